import Calendars
import Documents
import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// Decisions looked for and counted.
struct SearchController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/decisions", use: list)
        router.get("/v1/decisions/counts", use: count)
        router.get("/v1/decisions/export", use: export)
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
        let dropped = await gate.dropped(filter)
        return .json { json in
            json.name("decisions")
            json.array { json in
                for decision in found { decision.write(to: &json, showsNumber: key.role == .dialer, in: zone) }
            }
            json.member("cursor", cursor.map(String.init))
            json.member("dropped", dropped)
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
        let dropped = await gate.dropped(filter)
        return .json { json in
            json.member("by", counting.rawValue)
            json.member("dropped", dropped)
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

    @Sendable func export(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations, .compliance)
        let query = try request.query(DecisionFilter.parameters + DecisionExport.parameters + ["tz"])
        let zone = try gate.zone(query)
        let (filter, faults) = gate.filter(query, by: key)
        let (form, more) = DecisionExport.read(query, in: zone)
        guard let form, faults.isEmpty, more.isEmpty else { throw Problem(.invalid(Faults(faults + more))) }
        let export = try await gate.export(filter, form, by: key).orProblem()
        let dropped = await gate.dropped(filter)
        let body = ResponseBody { writer in
            while let bytes = try await export.next().get() { try await writer.write(ByteBuffer(bytes: bytes)) }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: form.mediaType,
                .contentDisposition: "attachment; filename=\"decisions.\(form.format.rawValue)\"",
                .dropped: String(dropped),
            ], body: body)
    }
}

extension HTTPField.Name {
    fileprivate static let dropped = HTTPField.Name("Callgate-Dropped")!
}

extension Gate {
    /// The zone in which instants are asked for; nil for UTC.
    func zone(_ query: [String: String]) throws(Problem) -> Zone? {
        guard let name = query["tz"] else { return nil }
        if let zone = zones.zone(name) { return zone }
        throw Problem(.invalid(Faults([Fault(pointer: "/tz", detail: "is no IANA time zone; write Asia/Shanghai")])))
    }
}
