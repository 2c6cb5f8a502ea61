import GateModel
import Ledger
import Storage

/// What decisions are looked for.
public struct DecisionFilter: Sendable {
    public var subject: LookupKey?
    public var customer: String?
    public var campaign: String?
    public var agent: String?
    public var vendor: String?
    public var legalEntity: String?
    public var verdict: Verdict?
    public var rule: String?
    public var kind: String?
    public var callerID: String?
    public var outcome: String?
    public var from: Instant?
    public var to: Instant?
    public var limit = 50
    /// The sequence before which to go on.
    public var cursor: Int64?
    /// Nil for every vendor.
    public var vendors: [String]?
    /// Where operations asks: the campaigns it may see; nil for every call, with a campaign or without.
    public var campaigns: Set<String>?

    public init() {}
}

extension DecisionFilter {
    func admits(_ found: FoundDecision) -> Bool {
        let record = found.answer.record
        let call = record.call
        if let vendors, !vendors.contains(call.vendor) { return false }
        if let campaigns, !campaigns.contains(call.campaign ?? "") { return false }
        if let customer, call.customer != customer { return false }
        if let campaign, call.campaign != campaign { return false }
        if let agent, call.agent != agent { return false }
        if let vendor, call.vendor != vendor { return false }
        if let legalEntity, call.legalEntity != legalEntity { return false }
        if let callerID, call.callerID?.text != callerID { return false }
        if let verdict, record.judgement.verdict != verdict { return false }
        if let rule, !record.judgement.reasons.contains(where: { $0.rule == rule }) { return false }
        if let kind, !record.judgement.reasons.contains(where: { $0.kind.rawValue == kind }) { return false }
        if let outcome, found.outcome != outcome { return false }
        if let from, record.at < from { return false }
        if let to, record.at >= to { return false }
        return true
    }
}

extension DecisionFilter {
    /// The same as a question to the index; what an outcome is where reports differ is left to ``admits(_:)``.
    ///
    /// - Parameter due: Allows before it that nobody has reported on are unreported.
    func query(_ keys: LedgerKeys, _ reading: any StoreReading, due: Instant) throws -> DecisionQuery {
        var query = DecisionQuery()
        func ask(_ kind: SearchTerm.Kind, _ text: String?) {
            if let text { query.groups.append([SearchTerm(kind, text)]) }
        }
        ask(.verdict, verdict?.rawValue)
        ask(.campaign, campaign)
        ask(.agent, agent)
        ask(.vendor, vendor)
        ask(.legalEntity, legalEntity)
        ask(.callerID, callerID)
        ask(.rule, rule)
        ask(.reasonKind, kind)
        if let vendors { query.groups.append(vendors.map { SearchTerm(.vendor, $0) }) }
        if let campaigns { query.groups.append(campaigns.map { SearchTerm(.campaign, $0) }) }
        query.keys = [subject, customer.map { keys.key(.customer($0)) }].compactMap { $0 }
        var (from, to) = (from, to)
        switch outcome {
        case Outcome.open, Outcome.unreported:
            ask(.verdict, Verdict.allow.rawValue)
            query.without = [SearchTerm(.settled)]
            if outcome == Outcome.unreported { to = min(to ?? due, due) } else { from = max(from ?? due, due) }
        case let outcome: ask(.outcome, outcome)
        }
        let bounds = try reading.sequences(notBefore: [from, to].compactMap { $0 })
        let (low, high) = (from == nil ? 1 : bounds[0], to == nil ? Int64.max : bounds[bounds.count - 1])
        let end = min(high, cursor ?? .max)
        query.range = min(low, end)..<end
        return query
    }

    /// What is told of an allow that nobody has reported on: not yet, or not in time.
    public enum Outcome {
        public static let open = "open"
        public static let unreported = "unreported"
    }
}
