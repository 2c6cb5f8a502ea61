/// One rule that failed.
public struct Reason: Hashable, Sendable {
    public var rule: String
    public var kind: ReasonKind
    /// Which of the rule's faults, where it knows several.
    public var detail: String?
    /// The source that did not answer, where that is why.
    public var source: FactSource?
    /// The earliest instant at which this rule would pass if only time passed; nil if there is none within reach.
    public var retryAt: Instant?

    public init(
        rule: String, kind: ReasonKind, detail: String? = nil, source: FactSource? = nil, retryAt: Instant? = nil
    ) {
        self.rule = rule
        self.kind = kind
        self.detail = detail
        self.source = source
        self.retryAt = retryAt
    }
}

/// A rule that would have denied or judged, and did not, and why.
public struct StoodAside: Hashable, Sendable {
    public var rule: String
    /// `no_customer`, `exempt_list`, or the fact that was not available.
    public var why: String

    public init(rule: String, why: String) {
        self.rule = rule
        self.why = why
    }
}

/// What the caller must do if the call is made.
public struct Obligation: Hashable, Sendable {
    public var kind: String
    public var values: [String: AttributeValue]
    public var fields: [String]?

    public init(kind: String, values: [String: AttributeValue] = [:], fields: [String]? = nil) {
        self.kind = kind
        self.values = values
        self.fields = fields
    }
}

/// Where a value that the rules used came from.
public enum Provenance: String, Sendable, Hashable {
    case onRecord = "on_record"
    case asserted
}

/// What the rules say of one call at one instant.
public struct Judgement: Hashable, Sendable {
    public var verdict: Verdict
    /// In the policy's order; empty on allow.
    public var reasons: [Reason]
    public var retryAt: Instant?
    /// Exclusive end of the time in which the call may be sent; nil on deny.
    public var validUntil: Instant?
    public var obligations: [Obligation]
    public var stoodAside: [StoodAside]
    public var jurisdictions: [String]
    /// Seconds east of UTC of the first candidate zone; nil where the place is unknown.
    public var localOffset: Int?
    /// Attributes that a record or the call supplied, and which.
    public var provenance: [String: Provenance]

    public init(
        verdict: Verdict, reasons: [Reason], retryAt: Instant?, validUntil: Instant?, obligations: [Obligation],
        stoodAside: [StoodAside], jurisdictions: [String], localOffset: Int?, provenance: [String: Provenance]
    ) {
        self.verdict = verdict
        self.reasons = reasons
        self.retryAt = retryAt
        self.validUntil = validUntil
        self.obligations = obligations
        self.stoodAside = stoodAside
        self.jurisdictions = jurisdictions
        self.localOffset = localOffset
        self.provenance = provenance
    }
}
