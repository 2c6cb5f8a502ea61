import Documents
import Gate
import GateModel
import Hummingbird

/// Complaints: opened, answered, extended, closed, and what of them is overdue.
struct ComplaintController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/complaints", use: open)
        router.get("/v1/complaints", use: list)
        router.get("/v1/complaints/{id}", use: show)
        router.post("/v1/complaints/{id}/steps") { request, context in
            try await made(request, context, gate.stepComplaint)
        }
        router.post("/v1/complaints/{id}/extension", use: extend)
        router.post("/v1/complaints/{id}/extension/approval") { request, context in
            try await made(request, context, gate.approveExtension)
        }
        router.post("/v1/complaints/{id}/closure") { request, context in
            try await made(request, context, gate.closeComplaint)
        }
    }

    @Sendable func open(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let opened = try await gate.openComplaint(try await request.json(), by: key).orProblem()
        return .json(opened.isNew ? .created : .ok) { json in
            json.member("id", opened.id)
            json.member("number", opened.number)
            json.name("due")
            json.array { json in
                for (step, at) in opened.due {
                    json.object { json in
                        json.member("step", step)
                        json.member("at", at.rfc3339)
                    }
                }
            }
            json.member("earlier", opened.earlier)
        }
    }

    @Sendable func list(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let query = try request.query("state", "from", "to", "limit", "cursor")
        var faults: [Fault] = []
        func wrong(_ name: String, _ detail: String) { faults.append(Fault(pointer: "/\(name)", detail: detail)) }
        func read<T>(_ name: String, _ detail: String, _ read: (String) -> T?) -> T? {
            guard let text = query[name] else { return nil }
            let value = read(text)
            if value == nil { wrong(name, detail) }
            return value
        }
        var filter = ComplaintFilter()
        let words = ComplaintState.allCases.map(\.rawValue).joined(separator: ", ")
        filter.state = read("state", "must be one of \(words)", ComplaintState.init(rawValue:))
        for (name, member) in [("from", \ComplaintFilter.from), ("to", \ComplaintFilter.to)] {
            filter[keyPath: member] = read(
                name, "must be an instant with an offset such as 2026-11-23T20:30:00+08:00"
            ) { Instant(rfc3339: $0) }
        }
        filter.limit =
            read("limit", "must lie in 1…500") { Int($0).flatMap { 1...500 ~= $0 ? $0 : nil } } ?? filter.limit
        filter.cursor = read("cursor", "is no cursor of an earlier page") { Int64($0) }
        if !faults.isEmpty { throw Problem(.invalid(Faults(faults))) }
        let (found, cursor) = try await gate.complaints(filter).orProblem()
        let now = gate.now
        return .json { json in
            json.name("complaints")
            json.array { json in for complaint in found { complaint.write(to: &json, isWhole: false, at: now) } }
            json.member("cursor", cursor.map(String.init))
        }
    }

    @Sendable func show(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let found = try await gate.complaint(try context.parameters.require("id")).orProblem()
        var json = JSONWriter()
        found.write(to: &json, isWhole: true, at: gate.now)
        return .json(.ok, json.bytes)
    }

    @Sendable func extend(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let (id, isPending) = try await gate.extendComplaint(
            try context.parameters.require("id"), try await request.json(), by: key
        ).orProblem()
        return .json(.created) { json in
            json.member("id", id)
            json.member("state", isPending ? "pending" : "in_force")
        }
    }

    private func made(
        _ request: Request, _ context: GateContext,
        _ change: (String, Node, APIKey) async -> Result<String, GateError>
    ) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let body = try await request.json(mayBeEmpty: true)
        let id = try await change(try context.parameters.require("id"), body, key).orProblem()
        return .json(.created) { $0.member("id", id) }
    }
}
