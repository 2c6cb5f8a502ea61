import Calendars
import GateModel
import Ledger
import RuleEngine
import Storage

/// A question that is ready for the sequencer: checked, normalised, its asker known.
public struct PreparedCall: Sendable {
    public var request: CallRequest
    public var call: Call
    public var keyID: String
    /// What number, customer and request are found by; computed before the sequencer, which has no time for it.
    let numberKey: LookupKey
    let customerKey: LookupKey?
    let requestKey: LookupKey?
    /// No answer may leave after this instant of the monotonic clock.
    public var deadline: ContinuousClock.Instant?

    init(
        request: CallRequest, call: Call, keyID: String, keys: LedgerKeys, deadline: ContinuousClock.Instant? = nil
    ) {
        self.request = request
        self.call = call
        self.keyID = keyID
        numberKey = keys.key(.number(call.subjectText))
        customerKey = call.customer.map { keys.key(.customer($0)) }
        requestKey = request.requestID.map { keys.key(.request(key: keyID, id: $0)) }
        self.deadline = deadline
    }
}

extension Group {
    /// normalise → { gather → evaluate → append } → answer: the middle of the pipe, for one call.
    ///
    /// - Returns: The decision, or that of the same request before.
    func decide(_ prepared: PreparedCall, with keyFile: KeyFile) throws -> Result<DecisionRecord, GateError> {
        guard let key = memory.registry.keys[prepared.keyID], !key.isRevoked else {
            return .failure(.forbidden("the key was revoked"))
        }
        if let deadline = prepared.deadline, ContinuousClock.now >= deadline {
            return .failure(.unavailable("the deadline passed before the decision could be made"))
        }
        if let requestKey = prepared.requestKey, let earlier = try transaction.entries(by: requestKey).last,
            let answer = try answerAgain(OpenedEntry(earlier, keys: keys, in: transaction), prepared)
        {
            return answer
        }
        // A clock that went back was wrong before or is wrong now: no hour can be known to be permitted.
        if lag > Group.greatestLag {
            return .failure(
                .unavailable(
                    "the clock is \(lag.milliseconds / 1000) s behind the last entry of the log, \(now.rfc3339); set it right"
                ))
        }
        let call = prepared.call
        let numberKey = prepared.numberKey
        try transaction.lock(prepared.customerKey.map { [numberKey, $0] } ?? [numberKey])
        if let replaced = prepared.request.replaces {
            if let refusal = try replace(replaced, by: prepared, numberKey: numberKey) { return .failure(refusal) }
        }
        let snapshot = try snapshot()
        let facts = try gather(call, numberKey: numberKey, customerKey: prepared.customerKey, at: now)
        let policy = configuration.policy
        let judgement = evaluate(call, facts, under: policy.snapshot, zones: configuration.zones, at: now)
        let id = nextID()
        var permit: String?
        if judgement.verdict == .allow, prepared.request.permit, let kind = key.permits {
            permit = keyFile.permit(id, call, issuedAt: now, validUntil: judgement.validUntil ?? now, kind, key: key)
        }
        let record = DecisionRecord(
            id: id, at: now, actor: key.id, call: call, facts: facts, judgement: judgement, snapshot: snapshot,
            zones: try zonesUsed(call, judgement), requestID: prepared.request.requestID,
            wantsPermit: prepared.request.permit, replaces: prepared.request.replaces, permit: permit,
            hasDeadline: prepared.deadline != nil)
        try append(record, prepared)
        return .success(record)
    }

    private func append(_ record: DecisionRecord, _ prepared: PreparedCall) throws {
        let isAllowed = record.judgement.verdict == .allow
        try append(
            isAllowed ? .allow : .deny, record.id, actor: record.actor, body: record.core, record: record.personal,
            about: record.call.subject, known: (prepared.numberKey, prepared.customerKey),
            extraKeys: prepared.requestKey.map { [$0] } ?? []
        ) { keys in
            isAllowed ? .attempt(AttemptRecord(record, number: keys.first), supersedes: nil) : nil
        }
    }

    // MARK: The same request again

    /// The same id with the same body gives the same answer; with another body it is a conflict; an allow that may no
    /// longer be used is never given again.
    ///
    /// - Returns: Nil where nobody was told of the earlier decision because its deadline had passed: decide anew.
    private func answerAgain(_ earlier: OpenedEntry, _ prepared: PreparedCall) throws -> Result<
        DecisionRecord, GateError
    >? {
        let record = try DecisionRecord(earlier.core, personal: earlier.personal)
        // What a later numbering plan says of the same number makes it no other call.
        var call = prepared.call
        if call.number.e164 == record.call.number.e164 { call.number = record.call.number }
        guard record.call == call, record.wantsPermit == prepared.request.permit,
            record.replaces == prepared.request.replaces
        else {
            return .failure(
                .conflict(
                    code: "request-id-reused",
                    detail: "this request_id was used for another call; give each call its own",
                    id: record.id.description))
        }
        guard record.judgement.verdict == .allow else { return .success(record) }
        let reports = try state(prepared.numberKey).attempts.first { $0.decision == record.id }?.reports ?? []
        if reports.contains(where: \.isUntold) { return nil }
        if let why = try expiry(of: record, prepared) {
            return .failure(.conflict(code: "decision-expired", detail: why, id: record.id.description))
        }
        if record.hasDeadline, !reports.contains(where: \.isToldAgain) {
            // Whoever asked first may not have been told, and would now give back what the second is told.
            var report = OutcomeRecord(decision: record.id, at: now)
            report.findings = [OutcomeRecord.toldAgain]
            try append(report, about: record.call.subject)
        }
        return .success(record)
    }

    private func expiry(of record: DecisionRecord, _ prepared: PreparedCall) throws -> String? {
        if let validUntil = record.judgement.validUntil, now >= validUntil {
            return "the allow was valid until \(validUntil.rfc3339); ask again with a new request_id"
        }
        let numberKey = prepared.numberKey
        if let attempt = try state(numberKey).attempts.first(where: { $0.decision == record.id }), !attempt.isOpen {
            return "an outcome was reported for this call; ask again with a new request_id"
        }
        // Only what stops or suppresses counts: the call's own reservation must not deny it.
        var facts = try gather(record.call, numberKey: numberKey, customerKey: prepared.customerKey, at: now)
        facts.attempts.removeAll { $0.id == record.id.description }
        // What was lifted meanwhile stood between the answer and the call: an allow that ended does not come back.
        for (stop, _) in registry.stops where min(stop.liftedAt ?? now, stop.until ?? now) >= record.at {
            var stop = stop
            (stop.liftedAt, stop.until) = (nil, nil)
            facts.stops.append(stop)
        }
        for index in facts.optOuts.indices where facts.optOuts[index].liftedAt.map({ $0 >= record.at }) ?? false {
            facts.optOuts[index].liftedAt = nil
        }
        let judgement = evaluate(
            record.call, facts, under: configuration.policy.snapshot, zones: configuration.zones, at: now)
        let isSuppressed = judgement.reasons.contains {
            $0.kind == .suppression || $0.kind == .stop || $0.detail == ConsentFault.withdrawn.rawValue
        }
        return isSuppressed ? "the number was since suppressed or calling was stopped" : nil
    }

    // MARK: Replacing an open allow

    private func replace(_ text: String, by prepared: PreparedCall, numberKey: LookupKey) throws -> GateError? {
        guard let id = EntryID(text), let opened = try find(id), opened.core.kind == .allow,
            opened.core.actor == prepared.keyID
        else { return .conflict(code: "cannot-replace", detail: "`replaces` names no allow of this key") }
        let record = try DecisionRecord(opened.core, personal: opened.personal)
        guard record.call.subjectText == prepared.call.subjectText, record.call.purpose == prepared.call.purpose else {
            return .conflict(code: "cannot-replace", detail: "`replaces` names an allow of another number or purpose")
        }
        guard let attempt = try state(numberKey).attempts.first(where: { $0.decision == id }), attempt.isOpen else {
            return .conflict(
                code: "cannot-replace", detail: "an outcome was already reported for the allow to be replaced")
        }
        let report = OutcomeRecord.givenBack(
            id, at: now, because: "replaced", under: configuration.policy.snapshot.core)
        try append(report, about: record.call.subject)
        return nil
    }

    /// Appends the gate's own report of what became of an allow.
    func append(_ report: OutcomeRecord, about subject: Subject) throws {
        var report = report
        let id = nextID()
        report.id = id
        try append(
            .outcome, id, actor: "gate", body: report.body,
            record: report.personal, about: subject, settles: report.outcome == nil ? nil : report.decision.sequence
        ) { _ in .outcome(report) }
    }

    // MARK: Zones

    private func zonesUsed(_ call: Call, _ judgement: Judgement) throws -> [DecisionRecord.ZoneUse] {
        var names: [String] = []
        var uses: [DecisionRecord.ZoneUse] = []
        func use(_ zone: Zone) {
            guard !names.contains(zone.name) else { return }
            names.append(zone.name)
            uses.append(.init(name: zone.name, offset: zone.offset(at: now), sha256: zone.sha256))
        }
        for pack in configuration.policy.snapshot.packs where judgement.jurisdictions.contains(pack.jurisdiction) {
            for zone in pack.zones { use(zone) }
        }
        // The rules of the core pack, and packs without a legal time, count in the number's own.
        for name in call.number.zones {
            if let zone = configuration.zones.zone(name) { use(zone) }
        }
        if let zone = call.location.timeZone.flatMap(configuration.zones.zone) { use(zone) }
        // The packs' own zones are pinned with the snapshot; any other when it is first used.
        for use in uses where !memory.pinnedZones.contains(use.sha256) {
            if let bytes = try? configuration.zones.bytes(named: use.name) { try transaction.pin(use.sha256, bytes) }
            memory.pinnedZones.insert(use.sha256)
        }
        return uses
    }
}

extension Call {
    /// The text a number is looked up by; for one that cannot be read, its own.
    var subjectText: String { number.e164?.description ?? "\(number.region ?? "")!\(phone)" }

    var subject: Subject {
        Subject(number: subjectText, customer: customer, mask: mask, agent: agent)
    }

    /// What may be shown of the number.
    var mask: String { number.e164?.mask ?? "****" }
}

extension E164 {
    /// What may be shown of it.
    var mask: String { masked(callingCode: callingCode(self)) }
}

/// The country calling code that a mask leaves out. Source: ITU-T E.164 (2010), the lengths of assigned codes.
private func callingCode(_ number: E164) -> Int {
    var leading = number.digits
    while leading >= 1000 { leading /= 10 }
    guard leading >= 100 else { return 0 }
    let (one, two) = (Int(leading) / 100, Int(leading) / 10)
    if one == 1 || one == 7 { return one }
    return twoDigitCodes.contains(two) ? two : Int(leading)
}

private let twoDigitCodes: Set<Int> = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64,
    65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
]
