import Documents
import GateModel
import Numbering
import RuleEngine

/// Reads facts as policy cases, `check --facts` and previews write them. What is not given is quiet.
public struct FactsReader: Sendable {
    public static let relationshipKinds = ["transaction", "inquiry", "application", "contract"]
    public static let consentForms = ["express", "express_written", "recorded_voice", "click"]

    let policy: LoadedPolicy
    let call: Call
    private var vocabulary: Vocabulary { policy.vocabulary }

    public init(_ policy: LoadedPolicy, call: Call) {
        self.policy = policy
        self.call = call
    }

    public func read(_ reader: inout ObjectReader) -> Facts {
        var facts = Facts()
        readLists(&reader, &facts)
        facts.unavailable = Set(
            (reader.strings("unavailable") ?? []).compactMap { word in
                if let source = FactSource(rawValue: word) { return source }
                let known = FactSource.allCases.map(\.rawValue).joined(separator: ", ")
                reader.fault(at: "unavailable", "`\(word)` is no source of facts; known are \(known)")
                return nil
            })
        // What permits must be about the same number; what suppresses, about the number or the customer.
        facts.consents = each(&reader, "consents") { permission(&$0) { consent(&$0, isCase: true) } }
        facts.optOuts = each(&reader, "opt_outs") { suppression(&$0) { optOut(&$0) } }
        facts.relationships = each(&reader, "relationships") { permission(&$0) { relationship(&$0) } }
        facts.appointments = each(&reader, "appointments") { permission(&$0) { appointment(&$0) } }
        facts.complaints = each(&reader, "complaints") { suppression(&$0) { complaint(&$0) } }
        facts.stops = each(&reader, "stops") { stop(&$0) }
        let attempts = each(&reader, "attempts") { attempt(&$0) }
        readRegistries(&reader, &facts)
        for attempt in attempts { apply(attempt, to: &facts) }
        facts.attempts = attempts.filter { effect(of: $0)?.isAttempt ?? true }
        facts.emergencies = each(&reader, "emergencies") { object in
            Emergency(
                subdivision: object.requireString("subdivision"), from: object.requireInstant("from"),
                to: object.instant("to"))
        }
        facts.abandonmentRate = reader.double("abandonment_rate")
        facts.abandonmentAsOf = reader.instant("abandonment_as_of")
        reader.close()
        return facts
    }

    /// Nil where `body` finds that a fact is not about the call.
    private func each<T>(_ reader: inout ObjectReader, _ name: String, _ body: (inout ObjectReader) -> T?) -> [T] {
        (reader.objects(name) ?? []).compactMap { object in
            var object = object
            defer { object.close() }
            return body(&object)
        }
    }

    /// The called number where none is given.
    private func isSameNumber(_ object: inout ObjectReader) -> Bool {
        guard let phone = object.string("phone") else { return true }
        if !NumberReader.containsDigit(phone) {
            object.fault(at: "phone", "has no digit; give the number that the fact is about, or leave it out")
        }
        guard let number = policy.numbers.read(phone, region: call.number.region).e164 else {
            return phone == call.phone
        }
        return number == call.number.e164
    }

    private func permission<T>(_ object: inout ObjectReader, _ body: (inout ObjectReader) -> T) -> T? {
        let isOurs = isSameNumber(&object)
        let fact = body(&object)
        return isOurs ? fact : nil
    }

    private func suppression<T>(_ object: inout ObjectReader, _ body: (inout ObjectReader) -> T) -> T? {
        let isOurs = isSameNumber(&object) || (call.customer != nil && object.string("customer") == call.customer)
        let fact = body(&object)
        return isOurs ? fact : nil
    }

    private func readLists(_ reader: inout ObjectReader, _ facts: inout Facts) {
        guard let lists = reader.object("lists") else { return }
        for member in lists.members where !member.node.isNull {
            var object = ObjectReader(member.node, at: .member(lists.pointer, member.name), faults: lists.faults)
            // Without an answer from the registry nobody knows whose number it is now.
            let answer = object.choice("answer", ["yes", "no", "no_data"])
            var fact = ListFact(isListed: object.boolean("listed") ?? (answer ?? "no" != "no"))
            fact.answer = answer
            fact.asOf = object.instant("as_of")
            fact.since = object.instant("since")
            fact.until = object.instant("until")
            fact.category = object.string("category")
            fact.isExempt = object.choice("effect", ["suppress", "exempt"]) == "exempt"
            fact.purposes = vocabulary.purposes(&object, "purposes") ?? .every
            fact.products = object.strings("products") ?? []
            switch object.choice("state", ["in_force", "stale", "missing", "uncovered"]) {
            case "stale": fact.state = .stale
            case "missing": fact.state = .missing
            case "uncovered": fact.state = .uncovered
            default: break
            }
            object.close()
            facts.lists[member.name] = fact
        }
    }

    /// What is given of a registry is all that is in it.
    private func readRegistries(_ reader: inout ObjectReader, _ facts: inout Facts) {
        if reader.has("caller_ids") {
            let records = each(&reader, "caller_ids") { callerID(&$0) }.filter { $0.number == call.callerID?.text }
            let fitting = records.first { $0.purposes.isEmpty || $0.purposes.contains(call.purpose) } ?? records.first
            facts.callerID = fitting.map { .registered($0) } ?? .unknown
        }
        if reader.has("campaigns") {
            let campaigns = each(&reader, "campaigns") { campaign(&$0) }
            facts.campaign = campaigns.first { $0.id == call.campaign }.map { .registered($0) } ?? .unknown
        }
        if reader.has("mandates") {
            facts.mandates = each(&reader, "mandates") { mandate(&$0) }
        }
        facts.listRecords = each(&reader, "list_records") { object in
            suppression(&object) { object in
                var record = ListRecord(list: object.requireString("list"), at: object.requireInstant("at"))
                record.category = object.string("category")
                record.liftedAt = object.instant("lifted_at")
                _ = object.string("customer")
                return record
            }
        }
    }

    /// - Parameter isCase: Whether words left out cover everything, as they do in a case and nowhere else.
    public func consent(_ object: inout ObjectReader, isCase: Bool) -> Consent {
        let modes = object.strings("modes")
        for mode in modes ?? [] where mode != "all" && CallMode(rawValue: mode) == nil {
            object.fault(at: "modes", "`\(mode)` is no mode")
        }
        let purposes = vocabulary.purposes(&object, "purposes")
        let products = object.strings("products").map(Scope.init(words:))
        if !isCase {
            for (name, isGiven) in [
                ("purposes", purposes != nil), ("products", products != nil), ("modes", modes != nil),
            ]
            where !isGiven && !object.has(name) {
                object.fault(at: name, "is required; [\"all\"] stands for everything")
            }
        }
        var consent = Consent(
            purposes: purposes ?? .every, products: products ?? .every, modes: modes.map(Scope.init(words:)) ?? .every,
            form: object.choice("form", FactsReader.consentForms) ?? "express",
            obtainedAt: object.requireInstant("obtained_at"))
        if !isCase && !object.has("form") { object.fault(at: "form", "is required") }
        consent.customer = object.string("customer")
        consent.legalEntity = object.string("legal_entity") ?? call.legalEntity
        consent.channel = object.string("channel") ?? "voice"
        consent.bundled = object.boolean("bundled") ?? false
        consent.thirdParty = object.boolean("third_party") ?? false
        consent.anyHour = object.boolean("any_hour") ?? false
        consent.dataFields = object.strings("data_fields") ?? []
        consent.expiresAt = object.instant("expires_at")
        consent.evidenceRef = object.string("evidence_ref")
        consent.evidenceSHA256 = object.string("evidence_sha256")
        if let digest = consent.evidenceSHA256, digest.utf8.count != 64 || !digest.allSatisfy(\.isHexDigit) {
            object.fault(at: "evidence_sha256", "is no SHA-256; give its 64 hexadecimal digits")
        }
        if isCase { consent.withdrawnAt = object.instant("withdrawn_at") }
        return consent
    }

    private func optOut(_ object: inout ObjectReader) -> OptOut {
        var optOut = OptOut(
            purposes: vocabulary.purposes(&object, "purposes") ?? .all,
            strength: object.choice("strength", RefusalStrength.self) ?? .explicit, at: object.requireInstant("at"))
        optOut.customer = object.string("customer")
        optOut.source = object.string("source")
        optOut.liftedAt = object.instant("lifted_at")
        return optOut
    }

    private func relationship(_ object: inout ObjectReader) -> Relationship {
        var relationship = Relationship(kind: object.requireString("kind"), lastAt: object.requireInstant("last_at"))
        relationship.customer = object.string("customer")
        relationship.legalEntity = object.string("legal_entity") ?? call.legalEntity
        return relationship
    }

    private func appointment(_ object: inout ObjectReader) -> Appointment {
        var appointment = Appointment(
            purposes: vocabulary.purposes(&object, "purposes") ?? .all, from: object.requireInstant("from"),
            to: object.requireInstant("to"))
        appointment.customer = object.string("customer")
        appointment.evidenceRef = object.string("evidence_ref")
        return appointment
    }

    private func complaint(_ object: inout ObjectReader) -> Complaint {
        var complaint = Complaint(receivedAt: object.requireInstant("received_at"))
        complaint.customer = object.string("customer")
        complaint.closedAt = object.instant("closed_at")
        for name in ["channel", "external_ref", "class", "nature", "summary_ref"] { _ = object.string(name) }
        _ = object.strings("decision_ids")
        return complaint
    }

    public func stop(_ object: inout ObjectReader) -> Stop {
        var stop = Stop()
        stop.all = object.boolean("all") ?? false
        stop.purposes = object.strings("purposes") ?? []
        stop.campaigns = object.strings("campaigns") ?? []
        stop.vendors = object.strings("vendors") ?? []
        stop.callerIDs = (object.strings("caller_ids") ?? []).map { callerID($0, of: &object) }
        stop.jurisdictions = object.strings("jurisdictions") ?? []
        stop.exceptPurposes = object.strings("except_purposes") ?? []
        for (name, words) in [("purposes", stop.purposes), ("except_purposes", stop.exceptPurposes)] {
            for word in words where !vocabulary.purposes.contains(word) {
                object.fault(at: name, "`\(word)` is no purpose")
            }
        }
        stop.from = object.instant("from") ?? object.instant("at")
        stop.until = object.instant("until")
        stop.liftedAt = object.instant("lifted_at")
        stop.reason = object.string("reason")
        let narrows = [stop.purposes, stop.campaigns, stop.vendors, stop.callerIDs, stop.jurisdictions]
        if !stop.all && narrows.allSatisfy(\.isEmpty) {
            object.fault("halts nothing; give all: true, or purposes, campaigns, vendors, caller_ids or jurisdictions")
        }
        return stop
    }

    /// A caller id in the one spelling that calls have too. One that no call can have would halt nothing.
    private func callerID(_ written: String, of object: inout ObjectReader) -> String {
        let reading = policy.numbers.readCallerID(written, region: call.number.region)
        // A code of a plan, or a service code of a region that is not said, has no international form.
        let isCode = reading.category != nil || (reading.text.utf8.count <= 8 && !reading.text.hasPrefix("0"))
        if reading.text.isEmpty || (reading.e164 == nil && !isCode) {
            object.fault(at: "caller_ids", "holds a number that cannot be read; write it as +862223456789")
        }
        return reading.text
    }

    private func effect(of attempt: Attempt) -> OutcomeEffect? {
        attempt.outcome.flatMap { policy.snapshot.core.outcomes[$0] }
    }

    /// What an attempt's outcome made of it is on record too.
    private func apply(_ attempt: Attempt, to facts: inout Facts) {
        guard attempt.sameNumber || attempt.sameCustomer, let effect = effect(of: attempt) else { return }
        let at = attempt.endedAt ?? attempt.at
        if let refusal = effect.refusal {
            let purposes = refusal.purposes(ofCall: attempt.purpose, stated: [], known: vocabulary.purposes)
            if !purposes.isEmpty {
                facts.optOuts.append(OptOut(purposes: .named(purposes), strength: refusal.strength, at: at))
            }
        }
        if effect.opensComplaint { facts.complaints.append(Complaint(receivedAt: at)) }
        guard attempt.sameNumber else { return }
        if let list = effect.listRecord {
            facts.listRecords.append(
                ListRecord(list: list, category: effect.recordsProduct ? attempt.product : nil, at: at))
        }
        if effect.endsConsents {
            for index in facts.consents.indices where facts.consents[index].obtainedAt <= at {
                facts.consents[index].withdrawnAt = facts.consents[index].withdrawnAt ?? at
            }
        }
    }

    /// An attempt, be it one that gave its place back.
    private func attempt(_ object: inout ObjectReader) -> Attempt {
        let customer = object.string("customer")
        let sameNumber = isSameNumber(&object)
        // A try at this number that names nobody else is counted for the customer too.
        let sameCustomer = call.customer != nil && (customer == call.customer || (customer == nil && sameNumber))
        let outcome = object.choice("outcome", vocabulary.outcomes)
        let effect = outcome.flatMap { policy.snapshot.core.outcomes[$0] }
        var attempt = Attempt(
            at: object.requireInstant("at"), purpose: vocabulary.purpose(&object, "purpose") ?? call.purpose,
            sameNumber: sameNumber, sameCustomer: sameCustomer, isConnection: effect?.isConnection ?? true)
        attempt.outcome = outcome
        attempt.mode = object.choice("mode", CallMode.self) ?? .live
        attempt.product = object.string("product")
        attempt.campaign = object.string("campaign")
        attempt.event = object.string("event")
        attempt.direction = object.choice("direction", CallDirection.self) ?? .outbound
        attempt.endedAt = object.instant("ended_at")
        attempt.vendor = object.string("vendor") ?? Call.ownVendor
        attempt.attributes = vocabulary.attributes(&object, "attributes")
        return attempt
    }

    private func callerID(_ object: inout ObjectReader) -> CallerIDRecord {
        let number = object.requireString("number")
        var record = CallerIDRecord(number: policy.numbers.readCallerID(number, region: call.number.region).text)
        if record.number.isEmpty && !number.isEmpty { object.fault(at: "number", "is no number") }
        record.purposes = purposes(&object)
        record.outboundApproved = object.boolean("outbound_approved") ?? false
        _ = object.string("filing_ref")
        record.legalEntity = object.string("legal_entity") ?? call.legalEntity
        return record
    }

    private func campaign(_ object: inout ObjectReader) -> Campaign {
        var campaign = Campaign(
            id: object.requireString("id"), purpose: vocabulary.purpose(&object, "purpose") ?? call.purpose)
        campaign.legalEntity = object.string("legal_entity") ?? call.legalEntity
        campaign.product = object.string("product")
        campaign.callerIDs = (object.strings("caller_ids") ?? []).map {
            policy.numbers.readCallerID($0, region: call.number.region).text
        }
        campaign.script = object.string("script")
        campaign.startsAt = object.instant("starts_at")
        campaign.endsAt = object.instant("ends_at")
        campaign.isPaused = object.boolean("paused") ?? false
        campaign.attributes = vocabulary.attributes(&object, "attributes")
        return campaign
    }

    private func mandate(_ object: inout ObjectReader) -> Mandate {
        var mandate = Mandate(vendor: object.string("vendor") ?? call.vendor)
        mandate.mandateRef = object.string("mandate_ref")
        mandate.purposes = purposes(&object)
        mandate.products = object.strings("products") ?? []
        mandate.from = object.instant("from")
        mandate.to = object.instant("to")
        mandate.legalEntity = object.string("legal_entity") ?? call.legalEntity
        return mandate
    }

    /// Purposes by name, where none means every one.
    private func purposes(_ object: inout ObjectReader) -> [String] {
        let words = object.strings("purposes") ?? []
        if words == ["all"] { return [] }
        for word in words where !vocabulary.purposes.contains(word) {
            object.fault(
                at: "purposes",
                "`\(word)` is no purpose; the purposes are \(vocabulary.purposes.joined(separator: ", "))")
        }
        return words
    }
}
