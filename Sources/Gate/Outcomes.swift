import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine

/// What a dialer says became of a call.
public struct OutcomeReport: Sendable {
    public var decision: String?
    public var requestID: String?
    public var outcome: String?
    public var agent: String?
    public var callerID: String?
    public var dialedAt: Instant?
    public var answeredAt: Instant?
    public var endedAt: Instant?
    public var durationSeconds: Int?
    public var purposes: [String] = []
    public var disposition: String?
    public var recordingRef: String?
    public var reason: String?

    /// Reads a body; in a batch it also names the decision.
    public init(_ reader: inout ObjectReader, vocabulary: Vocabulary, namesDecision: Bool) {
        if namesDecision {
            decision = reader.string("id")
            requestID = reader.string("request_id")
            if (decision == nil) == (requestID == nil) { reader.fault("give either `id` or `request_id`") }
        }
        outcome = reader.choice("outcome", vocabulary.outcomes)
        disposition = reader.string("disposition")
        if outcome == nil && disposition == nil && !reader.isGiven("outcome") {
            reader.fault(at: "outcome", "is required; one of \(vocabulary.outcomes.joined(separator: ", "))")
        }
        agent = reader.string("agent")
        callerID = reader.string("caller_id")
        dialedAt = reader.instant("dialed_at")
        answeredAt = reader.instant("answered_at")
        endedAt = reader.instant("ended_at")
        durationSeconds = reader.integer("duration_seconds", in: 0...1_000_000)
        // A dialer that fills in every field may send none.
        if reader.strings("purposes")?.isEmpty == false {
            purposes = vocabulary.purposes(&reader, "purposes")?.words ?? []
        }
        recordingRef = reader.string("recording_ref")
        reason = reader.string("reason")
    }
}

/// What came of a report.
public struct OutcomeReceipt: Sendable {
    public var id: String
    public var decision: String
    public var outcome: String?
    public var isOpen: Bool
    public var findings: [String]

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("decision", decision)
            json.member("outcome", outcome)
            json.member("attempt", isOpen ? "open" : "settled")
            json.member("findings", findings)
        }
    }
}

extension Group {
    /// Records a report, and what the policy makes of it: refusals, complaints, list records.
    func report(_ report: OutcomeReport, by key: APIKey) throws -> Result<OutcomeReceipt, GateError> {
        guard let id = try decisionID(report, key), let opened = try find(id),
            opened.core.kind == .allow || opened.core.kind == .deny
        else { return .failure(.notFound("there is no such decision")) }
        guard var subject = try subject(of: opened), let numberKey = opened.entry.keys.first else {
            return .failure(.notFound("the person of this decision was erased"))
        }
        let record = try DecisionRecord(opened.core, personal: opened.personal)
        if key.role == .dialer && !key.vendors.contains(record.call.vendor) {
            return .failure(.notFound("there is no such decision"))
        }
        guard opened.core.kind == .allow else {
            return .failure(
                .conflict(
                    code: "not-an-allow", detail: "the call was denied; a denied call has no outcome",
                    id: id.description))
        }
        let core = configuration.policy.snapshot.core
        var outcome = OutcomeRecord(decision: id, at: now)
        outcome.outcome = report.outcome ?? report.disposition.flatMap { configuration.outcome(ofDisposition: $0, key) }
        (outcome.agent, outcome.callerID) = (report.agent, report.callerID)
        (outcome.dialedAt, outcome.answeredAt, outcome.endedAt) = (report.dialedAt, report.answeredAt, report.endedAt)
        outcome.durationSeconds = report.durationSeconds
        (outcome.purposes, outcome.disposition) = (report.purposes, report.disposition)
        (outcome.recordingRef, outcome.reason) = (report.recordingRef, report.reason)
        let effect = outcome.outcome.flatMap { core.outcomes[$0] }
        (outcome.isAttempt, outcome.isConnection) = (effect?.isAttempt ?? true, effect?.isConnection ?? true)

        let earlier = try state(numberKey).attempts.first { $0.decision == id }?.reports ?? []
        if let same = earlier.first(where: { $0.says(sameAs: outcome) }) {
            return .success(receipt(same, earlier: earlier))
        }
        if let effect, !effect.isAttempt, let refusal = givingBackIsRefused(record, earlier, key, report) {
            return .failure(refusal)
        }
        outcome.findings = findings(outcome, of: record, earlier: earlier, due: core.outcomeDue)
        subject.agent = report.agent ?? subject.agent
        let entryID = nextID()
        outcome.id = entryID
        let final = outcome
        try append(
            .outcome, entryID, actor: key.id, body: outcome.body, record: outcome.personal, about: subject,
            settles: outcome.outcome == nil ? nil : id.sequence
        ) { _ in .outcome(final) }
        if let effect { try apply(effect, of: outcome, to: record, about: subject, by: key) }
        return .success(receipt(outcome, earlier: earlier))
    }

    private func receipt(_ outcome: OutcomeRecord, earlier: [OutcomeRecord]) -> OutcomeReceipt {
        OutcomeReceipt(
            id: outcome.id?.description ?? "", decision: outcome.decision.description, outcome: outcome.outcome,
            isOpen: outcome.outcome == nil && !earlier.contains { $0.outcome != nil }, findings: outcome.findings)
    }

    private func decisionID(_ report: OutcomeReport, _ key: APIKey) throws -> EntryID? {
        if let decision = report.decision { return EntryID(decision) }
        guard let requestID = report.requestID else { return nil }
        let entry = try transaction.entries(by: keys.key(.request(key: key.id, id: requestID))).last
        return try entry.map { try EntryCore(bytes: $0.core).id }
    }

    /// A call that was not dialled gives its attempt back: from the dialer until ten minutes after the allow ended, later
    /// from compliance with a reason.
    private func givingBackIsRefused(
        _ record: DecisionRecord, _ earlier: [OutcomeRecord], _ key: APIKey, _ report: OutcomeReport
    ) -> GateError? {
        let end = (record.judgement.validUntil ?? record.at) + .minutes(10)
        if now <= end { return nil }
        if key.role == .compliance {
            return report.reason == nil
                ? .invalid("/reason", "is required for a late not_dialed; say how it is known") : nil
        }
        return .conflict(
            code: "too-late", detail: "not_dialed is taken until \(end.rfc3339); ask compliance",
            id: record.id.description)
    }

    private func findings(
        _ outcome: OutcomeRecord, of record: DecisionRecord, earlier: [OutcomeRecord], due: Span
    ) -> [String] {
        var findings: [String] = []
        if outcome.outcome == nil { findings.append("unmapped_disposition") }
        if earlier.contains(where: { $0.outcome != nil && $0.outcome != outcome.outcome }) {
            findings.append("contradicts")
        }
        if now > record.at + due { findings.append("late") }
        if let callerID = outcome.callerID,
            configuration.policy.numbers.readCallerID(callerID, region: record.call.number.region).text
                != record.call.callerID?.text
        {
            findings.append("other_caller_id")
        }
        if let dialedAt = outcome.dialedAt {
            if dialedAt > record.judgement.validUntil ?? record.at { findings.append("after_valid_until") }
            if dialedAt < record.at { findings.append("before_decision") }
        }
        let told = [outcome.dialedAt, outcome.answeredAt, outcome.endedAt].compactMap { $0 }
        if told.contains(where: { $0 > now + .minutes(1) }) { findings.append("in_the_future") }
        if told != told.sorted() { findings.append("out_of_order") }
        return findings
    }

    private func apply(
        _ effect: OutcomeEffect, of outcome: OutcomeRecord, to record: DecisionRecord, about subject: Subject,
        by key: APIKey
    ) throws {
        var subject = subject
        subject.agent = record.call.agent
        // A clock that runs wrong makes no refusal older than the call in which it was said.
        let at = max(record.at, min(outcome.endedAt ?? outcome.answeredAt ?? outcome.dialedAt ?? now, now))
        try apply(
            effect,
            of: EndedCall(
                purpose: record.call.purpose, product: record.call.product, at: at, refused: outcome.purposes,
                source: "outcome:\(record.id)", decisions: [record.id.description]),
            about: subject, by: key)
    }
}

/// A call whose outcome has an effect, made through the gate or outside of it.
struct EndedCall {
    var purpose: String
    var product: String?
    /// When the outcome was told.
    var at: Instant
    /// Purposes that the called party named; empty for none.
    var refused: [String] = []
    /// What a refusal gives as its source.
    var source: String
    var decisions: [String] = []
}

extension Group {
    /// Records what the policy makes of an outcome: a refusal, a complaint, a record of a list, the end of consents.
    func apply(_ effect: OutcomeEffect, of call: EndedCall, about subject: Subject, by key: APIKey) throws {
        if let refusal = effect.refusal {
            let purposes = refusal.purposes(
                ofCall: call.purpose, stated: call.refused, known: configuration.policy.snapshot.core.purposes)
            if !purposes.isEmpty {
                var optOut = OptOut(purposes: .named(purposes), strength: refusal.strength, at: call.at)
                optOut.source = call.source
                try append(optOut, about: subject, by: key.id)
            }
        }
        if effect.opensComplaint {
            let details = complaintDetails(
                { $0.member("source", "outcome") }, decisions: call.decisions, receivedAt: call.at,
                steps: configuration.policy.complaintSteps)
            try append(Complaint(receivedAt: call.at), details: details, about: subject, by: key.id)
        }
        if let list = effect.listRecord {
            let listRecord = ListRecord(list: list, category: effect.recordsProduct ? call.product : nil, at: call.at)
            try append(listRecord, about: subject, by: key.id)
        }
        if effect.endsConsents { try appendWithdrawal(of: nil, at: call.at, about: subject, by: key.id) }
    }
}
