import Documents
import GateModel
import Ledger

extension DecisionFilter {
    /// The query's names that a filter is read from.
    public static let parameters = [
        "subject", "customer", "campaign", "agent", "vendor", "legal_entity", "caller_id", "verdict", "rule", "kind",
        "outcome", "from", "to",
    ]
}

extension Gate {
    /// Reads what is looked for, within what the key may see, and everything that is wrong with it.
    public func filter(_ query: [String: String], by key: APIKey) -> (filter: DecisionFilter, faults: [Fault]) {
        var faults: [Fault] = []
        func wrong(_ name: String, _ detail: String) { faults.append(Fault(pointer: "/\(name)", detail: detail)) }
        func instant(_ name: String) -> Instant? {
            guard let text = query[name] else { return nil }
            let instant = Instant(rfc3339: text)
            if instant == nil { wrong(name, "must be an instant with an offset such as 2026-11-23T20:30:00+08:00") }
            return instant
        }
        var filter = sight(of: key)
        if let text = query["subject"] {
            filter.subject = subject(text)
            if filter.subject == nil { wrong("subject", "is no subject; POST /v1/subjects/lookup gives one") }
        }
        (filter.customer, filter.campaign, filter.agent) = (query["customer"], query["campaign"], query["agent"])
        (filter.vendor, filter.legalEntity, filter.rule) = (query["vendor"], query["legal_entity"], query["rule"])
        (filter.kind, filter.outcome) = (query["kind"], query["outcome"])
        filter.callerID = query["caller_id"].map(callerID)
        if let verdict = query["verdict"] {
            filter.verdict = Verdict(rawValue: verdict)
            if filter.verdict == nil { wrong("verdict", "must be allow or deny") }
        }
        (filter.from, filter.to) = (instant("from"), instant("to"))
        if let kind = query["kind"], ReasonKind(rawValue: kind) == nil {
            wrong("kind", "must be one of \(ReasonKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let words = [DecisionFilter.Outcome.open, DecisionFilter.Outcome.unreported]
        let outcomes = words + configuration.policy.vocabulary.outcomes
        if let outcome = query["outcome"], !outcomes.contains(outcome) {
            wrong("outcome", "must be one of \(outcomes.joined(separator: ", "))")
        }
        return (filter, faults)
    }
}
