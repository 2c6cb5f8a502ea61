import Ledger

/// Which decisions are looked for. Everything that is given must be so.
public struct DecisionQuery: Sendable {
    /// Of each group a decision has one term at least; a group without terms is met by nothing.
    public var groups: [[SearchTerm]] = []
    /// None of these.
    public var without: [SearchTerm] = []
    /// Each of them names the decision.
    public var keys: [LookupKey] = []
    /// The stretch of the log, by sequence.
    public var range: Range<Int64> = 1..<Int64.max

    public init() {}
}
