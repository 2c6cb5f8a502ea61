import Calendars
import Documents
import Gate
import GateModel
import Hummingbird

/// Decisions looked for and counted.
struct SearchController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/decisions", use: list)
        router.get("/v1/decisions/counts", use: count)
    }

    @Sendable func list(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer, .operations, .compliance)
        let query = try request.query(DecisionFilter.parameters + ["tz", "limit", "cursor"])
        let zone = try gate.zone(query)
        var (filter, faults) = gate.filter(query, by: key)
        if let limit = query["limit"] {
            filter.limit = Int(limit) ?? 0
            if !(1...500).contains(filter.limit) {
                faults.append(Fault(pointer: "/limit", detail: "must lie in 1…500"))
            }
        }
        if let cursor = query["cursor"] {
            filter.cursor = Int64(cursor)
            if filter.cursor == nil {
                faults.append(Fault(pointer: "/cursor", detail: "is no cursor of an earlier page"))
            }
        }
        if !faults.isEmpty { throw Problem(.invalid(Faults(faults))) }
        let (found, cursor) = try await gate.decisions(filter).orProblem()
        return .json { json in
            json.name("decisions")
            json.array { json in
                for decision in found { decision.write(to: &json, showsNumber: key.role == .dialer, in: zone) }
            }
            json.member("cursor", cursor.map(String.init))
        }
    }

    @Sendable func count(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations, .compliance)
        let query = try request.query(DecisionFilter.parameters + ["tz", "by"])
        let zone = try gate.zone(query)
        var (filter, faults) = gate.filter(query, by: key)
        let counting = query["by"].flatMap(Counting.init)
        if counting == nil {
            let words = Counting.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(Fault(pointer: "/by", detail: "is required; one of \(words)"))
        }
        guard let counting, faults.isEmpty else { throw Problem(.invalid(Faults(faults))) }
        let counts = try await gate.countDecisions(filter, by: counting, in: zone).orProblem()
        return .json { json in
            json.member("by", counting.rawValue)
            json.name("counts")
            json.array { json in
                for part in counts {
                    json.object { json in
                        json.member("value", part.value)
                        json.member("count", part.count)
                    }
                }
            }
        }
    }
}

extension DecisionFilter {
    /// The query's names that a filter is read from.
    static let parameters = [
        "subject", "customer", "campaign", "agent", "vendor", "legal_entity", "caller_id", "verdict", "rule", "kind",
        "outcome", "from", "to",
    ]
}

extension Gate {
    /// The zone in which instants are asked for; nil for UTC.
    func zone(_ query: [String: String]) throws(Problem) -> Zone? {
        guard let name = query["tz"] else { return nil }
        if let zone = zones.zone(name) { return zone }
        throw Problem(.invalid(Faults([Fault(pointer: "/tz", detail: "is no IANA time zone; write Asia/Shanghai")])))
    }

    /// Reads what is looked for, within what the key may see, and everything that is wrong with it.
    func filter(_ query: [String: String], by key: APIKey) -> (filter: DecisionFilter, faults: [Fault]) {
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
