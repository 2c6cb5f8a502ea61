import GateModel
import Ledger

/// What facts are gathered from: the sequencer's group where a call is decided, a view of the store where many calls are
/// only judged.
protocol RecordSource {
    var configuration: Configuration { get }
    var registry: Registry { get }
    /// Everything that is recorded under a number or customer.
    func state(_ key: LookupKey) throws -> SubjectState
}

extension Group: RecordSource {
    var registry: Registry { memory.registry }
}

extension RecordSource {
    /// Everything that is on record about a call.
    ///
    /// - Parameter now: At which lists are judged and stops looked for.
    func gather(_ call: Call, numberKey: LookupKey, customerKey: LookupKey?, at now: Instant) throws -> Facts {
        var facts = Facts()
        facts.assumesQuiet = false
        facts.lists = configuration.listFacts(call, at: now)
        let number = try state(numberKey)
        lay(number.journal, over: &facts, at: now)
        facts.consents = number.consents
        facts.optOuts = number.optOuts
        facts.listRecords = number.listRecords
        facts.relationships = number.relationships
        facts.appointments = number.appointments
        facts.complaints = number.complaints
        for record in number.attempts {
            guard var attempt = record.counted else { continue }
            attempt.sameNumber = true
            // A try at this number that names nobody else is counted for the customer too.
            attempt.sameCustomer = call.customer != nil && (record.customer == nil || record.customer == call.customer)
            facts.attempts.append(attempt)
        }
        if let customerKey { try gather(customerKey, numberKey, into: &facts) }
        register(call, into: &facts, at: now)
        return facts
    }

    /// Small additions of the versions in force.
    private func lay(_ journal: [JournalEntry], over facts: inout Facts, at now: Instant) {
        for entry in journal {
            guard let activation = registry.activations[entry.list]?.last,
                activation.journal.contains(entry.version)
            else { continue }
            let greatestAge = configuration.lists[entry.list]?.definition.greatestAge
            facts.lists[entry.list]?.take(entry, greatestAge: greatestAge, at: now)
        }
    }

    /// What is on record about the customer under other numbers.
    private func gather(_ customerKey: LookupKey, _ numberKey: LookupKey, into facts: inout Facts) throws {
        let state = try state(customerKey)
        for record in state.attempts where record.number != numberKey {
            guard var attempt = record.counted else { continue }
            (attempt.sameNumber, attempt.sameCustomer) = (false, true)
            facts.attempts.append(attempt)
        }
        func others<T: Identified>(_ own: [T], _ all: inout [T]) {
            for fact in own where !all.contains(where: { $0.id == fact.id }) { all.append(fact) }
        }
        // A suppression matches on either; a consent needs the number, and is not looked for here.
        others(state.optOuts, &facts.optOuts)
        others(state.complaints, &facts.complaints)
        others(state.relationships, &facts.relationships)
    }

    private func register(_ call: Call, into facts: inout Facts, at now: Instant) {
        let registry = registry
        if let callerID = call.callerID {
            let found = registry.callerIDs[callerID.text]
            facts.callerID =
                found.map { $0.isApproved && !$0.isWithdrawn ? .registered($0.value) : .unknown } ?? .unknown
        }
        if let campaign = call.campaign {
            facts.campaign = registry.campaigns[campaign]?.current.map { .registered($0.value) } ?? .unknown
        }
        if call.vendor != Call.ownVendor { facts.mandates = registry.mandates[call.vendor]?.map(\.value) }
        for (stop, _) in registry.stops where stop.liftedAt == nil && (stop.until ?? .distantFuture) > now {
            facts.stops.append(stop)
        }
        for emergency in registry.emergencies where emergency.isOpen(at: now) && emergency.mayConcern(call) {
            facts.emergencies.append(emergency.fact)
        }
        let dialing = AbandonmentReport.Dialing(vendor: call.vendor, campaign: call.campaign)
        if let report = registry.abandonment[dialing] {
            (facts.abandonmentRate, facts.abandonmentAsOf) = (report.rate, report.to)
        }
    }
}

/// A fact with the id of its entry.
protocol Identified {
    var id: String? { get }
}

extension OptOut: Identified {}
extension Complaint: Identified {}
extension Relationship: Identified {}
