import GateModel
import Ledger
import RuleEngine

/// A report on what became of an allowed call.
public struct OutcomeRecord: Sendable, Hashable {
    public var id: EntryID?
    /// When it was reported.
    public var at: Instant
    /// The allow it is about.
    public var decision: EntryID
    /// Nil for a disposition that no file maps: the attempt stays open.
    public var outcome: String?
    public var agent: String?
    public var callerID: String?
    public var dialedAt: Instant?
    public var answeredAt: Instant?
    public var endedAt: Instant?
    public var durationSeconds: Int?
    public var purposes: [String]
    public var disposition: String?
    public var recordingRef: String?
    public var reason: String?
    /// What the policy made of the outcome when it was reported.
    public var isAttempt = true
    public var isConnection = true
    /// What is odd about it: `contradicts`, `late`, `other_caller_id`, `after_valid_until`, `unmapped_disposition`,
    /// `before_decision`, `in_the_future`, `out_of_order`, `untold`, `told_again`.
    public var findings: [String] = []

    /// Given back by the gate itself, because nobody was told of the allow in time.
    var isUntold: Bool { findings.contains(OutcomeRecord.untold) }
    static let untold = "untold"
    /// No report, but the gate's note that the allow was told to a second asker.
    var isToldAgain: Bool { findings.contains(OutcomeRecord.toldAgain) }
    static let toldAgain = "told_again"

    /// Whether two reports say the same, whenever they came.
    func says(sameAs other: OutcomeRecord) -> Bool {
        var (a, b) = (self, other)
        (a.at, a.id, a.findings) = (other.at, nil, [])
        (b.id, b.findings) = (nil, [])
        return a == b
    }

    var body: [UInt8] {
        var writer = CBORWriter(capacity: 128)
        writer.array(14)
        writer.data(decision.bytes)
        writer.text(outcome)
        writer.text(callerID)
        writer.instant(dialedAt)
        writer.instant(answeredAt)
        writer.instant(endedAt)
        writer.integer(durationSeconds)
        writer.texts(purposes)
        writer.text(disposition)
        writer.text(recordingRef)
        writer.text(reason)
        writer.bool(isAttempt)
        writer.bool(isConnection)
        writer.texts(findings)
        return writer.bytes
    }

    init(_ core: EntryCore, personal: PersonalPart?) throws(MalformedRecord) {
        var reader = CBORReader(core.body)
        try reader.array(14)
        guard let decision = EntryID(bytes: try reader.data()) else {
            throw MalformedRecord("an outcome of no decision")
        }
        (id, at, self.decision) = (core.id, core.at, decision)
        outcome = try reader.optionalText()
        callerID = try reader.optionalText()
        dialedAt = try reader.optionalInstant()
        answeredAt = try reader.optionalInstant()
        endedAt = try reader.optionalInstant()
        durationSeconds = try reader.optionalInteger()
        purposes = try reader.texts()
        disposition = try reader.optionalText()
        recordingRef = try reader.optionalText()
        reason = try reader.optionalText()
        isAttempt = try reader.bool()
        isConnection = try reader.bool()
        findings = try reader.texts()
        if let personal {
            var reader = CBORReader(personal.record)
            try reader.array(1)
            agent = try reader.optionalText()
        }
    }

    /// What its personal part keeps beside the names: the agent that was reported, if one was.
    var personal: [UInt8] {
        var writer = CBORWriter(capacity: 32)
        writer.array(1)
        writer.text(agent)
        return writer.bytes
    }

    init(decision: EntryID, at: Instant) {
        self.decision = decision
        self.at = at
        purposes = []
    }

    /// A report by the gate itself that nobody dialled.
    static func givenBack(_ decision: EntryID, at: Instant, because reason: String, under core: CorePack)
        -> OutcomeRecord
    {
        var report = OutcomeRecord(decision: decision, at: at)
        report.outcome = core.outcomes.first { !$0.value.isAttempt }?.key
        (report.isAttempt, report.isConnection, report.reason) = (false, false, reason)
        return report
    }
}
