import GateModel
import Ledger
import Storage

/// An attempt with what was reported of it.
struct AttemptRecord {
    var decision: EntryID
    var attempt: Attempt
    /// The number's key; two attempts at one number share it.
    var number: LookupKey?
    var customer: String?
    var actor: String
    var validUntil: Instant
    var reports: [OutcomeRecord] = []

    /// Nil for an attempt that was given back.
    var counted: Attempt? {
        guard !reports.isEmpty else { return attempt }
        let known = reports.filter { $0.outcome != nil }
        guard !known.isEmpty else { return attempt }
        // Of contradicting reports the stricter counts.
        guard known.contains(where: \.isAttempt) else { return nil }
        var result = attempt
        result.isConnection = known.contains(where: \.isConnection)
        result.outcome = known.first { $0.isConnection == result.isConnection && $0.isAttempt }?.outcome
        // A clock that runs wrong moves no attempt before its decision or past its report.
        func latest(_ time: (OutcomeRecord) -> Instant?) -> Instant? {
            known.compactMap { report in time(report).map { min(max($0, attempt.at), max(report.at, attempt.at)) } }
                .max()
        }
        result.at = latest(\.dialedAt) ?? attempt.at
        result.endedAt = latest(\.endedAt)
        return result
    }

    var isOpen: Bool { !reports.contains { $0.outcome != nil } }
}

/// Something recorded about a person.
enum SubjectFact {
    /// Without a record, one that is taken back by what supersedes it.
    case attempt(AttemptRecord?, supersedes: String?)
    case outcome(OutcomeRecord)
    case consent(Consent, supersedes: String?)
    /// Without a target, of every consent of the number.
    case withdrawal(of: String?, at: Instant)
    case optOut(OptOut)
    case listRecord(ListRecord)
    case listEntry(JournalEntry)
    case lift(of: String, at: Instant)
    /// Without one, a relationship that a correction gave to somebody else.
    case relationship(Relationship?, supersedes: String?)
    case appointment(Appointment)
    case complaint(Complaint)
    case complaintClosed(String, at: Instant)
}

/// Everything that is recorded under one number or one customer, folded from its entries. Belongs to the sequencer.
final class SubjectState {
    /// The row of the secret of this number or customer, once there is one.
    var subject: Int64?
    var secret: SubjectSecret?
    var attempts: [AttemptRecord] = []
    var consents: [Consent] = []
    /// Consent → the one that supersedes it.
    private var superseded: [String: String] = [:]
    var optOuts: [OptOut] = []
    var listRecords: [ListRecord] = []
    /// Small additions to lists, of versions in force and of others.
    var journal: [JournalEntry] = []
    var relationships: [Relationship] = []
    var appointments: [Appointment] = []
    var complaints: [Complaint] = []

    init() {}

    /// Folds the entries of a number or customer, in order.
    ///
    /// - Parameter secretOf: Gives a subject's secret; nil where it was destroyed.
    convenience init(
        of key: LookupKey, _ entries: [StoredEntry], secretOf: (Int64) throws -> SubjectSecret?
    ) throws {
        self.init()
        for entry in entries {
            let opened = try OpenedEntry(entry, secretOf: secretOf)
            // After an erasure the secret is a later one.
            if entry.keys.first == key, secret == nil, let secret = opened.secret {
                (subject, self.secret) = (entry.subject, secret)
            }
            if let fact = try SubjectFact(opened.core, keys: entry.keys, personal: opened.personal) { apply(fact) }
        }
    }

    func apply(_ fact: SubjectFact) {
        switch fact {
        case .attempt(let record, let supersedes):
            if let supersedes { attempts.removeAll { $0.attempt.id == supersedes } }
            if let record { attempts.append(record) }
        case .outcome(let report):
            for index in attempts.indices where attempts[index].decision == report.decision {
                attempts[index].reports.append(report)
            }
        case .consent(var consent, let supersedes):
            if let supersedes, let index = consents.firstIndex(where: { $0.id == supersedes }) {
                consent.withdrawnAt = consents[index].withdrawnAt
                consents[index] = consent
                superseded[supersedes] = consent.id
            } else {
                consents.append(consent)
            }
        case .withdrawal(var target, let at):
            // Whoever withdraws may hold the id of an earlier form of the consent.
            while let id = target, let later = superseded[id] { target = later }
            for index in consents.indices where target == nil || consents[index].id == target {
                consents[index].withdrawnAt = min(consents[index].withdrawnAt ?? at, at)
            }
        case .optOut(let optOut): optOuts.append(optOut)
        case .listRecord(let record): listRecords.append(record)
        case .listEntry(let entry): journal.append(entry)
        case .lift(let target, let at):
            for index in optOuts.indices where optOuts[index].id == target { optOuts[index].liftedAt = at }
            for index in listRecords.indices where listRecords[index].id == target { listRecords[index].liftedAt = at }
        case .relationship(let relationship, let supersedes):
            relationships.removeAll { $0.id == supersedes && supersedes != nil }
            if let relationship { relationships.append(relationship) }
        case .appointment(let appointment): appointments.append(appointment)
        case .complaint(let complaint): complaints.append(complaint)
        case .complaintClosed(let target, let at):
            for index in complaints.indices where complaints[index].id == target { complaints[index].closedAt = at }
        }
    }
}

extension SubjectFact {
    /// What an entry adds to the state of the persons it names; nil for entries that add nothing.
    ///
    /// - Parameter personal: The opened personal part; nil where it was erased.
    init?(_ core: EntryCore, keys: [LookupKey], personal: PersonalPart?) throws {
        var body = CBORReader(core.body)
        let id = core.id.description
        let customer = personal?.customer
        switch core.kind {
        case .allow:
            var record = AttemptRecord(try DecisionRecord(core, personal: personal), number: keys.first)
            record.attempt.isErased = personal == nil
            self = .attempt(record, supersedes: nil)
        case .outcome:
            self = .outcome(try OutcomeRecord(core, personal: personal))
        case .consent:
            try body.array(3)
            let supersedes = try body.optionalText()
            var consent = try body.consent()
            consent.evidenceSHA256 = try body.optionalText()
            (consent.id, consent.customer) = (id, customer)
            self = .consent(consent, supersedes: supersedes)
        case .consentWithdrawal:
            try body.array(2)
            self = .withdrawal(of: try body.optionalText(), at: try body.instant())
        case .optOut:
            var optOut = try body.optOut()
            (optOut.id, optOut.customer) = (id, customer)
            self = .optOut(optOut)
        case .listRecord:
            var record = try body.listRecord()
            record.id = id
            self = .listRecord(record)
        case .listEntry: self = .listEntry(try JournalEntry(&body))
        case .lift:
            try body.array(2)
            self = .lift(of: try body.text(), at: core.at)
        case .relationship:
            try body.array(2)
            let supersedes = try body.optionalText()
            var relationship = try body.isNull() ? nil : try body.relationship()
            relationship?.id = id
            relationship?.customer = customer
            self = .relationship(relationship, supersedes: supersedes)
        case .appointment:
            var appointment = try body.appointment()
            (appointment.id, appointment.customer) = (id, customer)
            self = .appointment(appointment)
        case .complaint:
            try body.array(2)
            _ = try body.text()
            var complaint = try body.complaint()
            (complaint.id, complaint.customer) = (id, customer)
            self = .complaint(complaint)
        case .complaintStep:
            try body.array(3)
            let (target, step) = (try body.text(), try body.text())
            guard step == "closure" else { return nil }
            self = .complaintClosed(target, at: core.at)
        case .importedAttempt:
            var supersedes: String?
            // One that supersedes nothing stands alone.
            var ahead = body
            if try ahead.array() == 2 {
                try body.array(2)
                supersedes = try body.text()
            }
            guard var attempt = try body.isNull() ? nil : try body.attempt() else {
                self = .attempt(nil, supersedes: supersedes)
                return
            }
            attempt.id = id
            var record = AttemptRecord(
                decision: core.id, attempt: attempt, number: keys.first, customer: customer, actor: core.actor,
                validUntil: attempt.at)
            record.attempt.isUngated = true
            self = .attempt(record, supersedes: supersedes)
        default:
            return nil
        }
    }
}

extension AttemptRecord {
    init(_ record: DecisionRecord, number: LookupKey?) {
        let call = record.call
        var attempt = Attempt(
            at: record.at, purpose: call.purpose, sameNumber: true, sameCustomer: true, isConnection: true)
        attempt.id = record.id.description
        attempt.mode = call.mode
        attempt.product = call.product
        attempt.campaign = call.campaign
        attempt.event = call.event
        attempt.attributes = call.attributes
        attempt.vendor = call.vendor
        self.init(
            decision: record.id, attempt: attempt, number: number, customer: call.customer, actor: record.actor,
            validUntil: record.judgement.validUntil ?? record.at)
    }
}
