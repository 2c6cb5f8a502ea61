import Documents
import Gate
import GateModel
import Hummingbird

/// Consents, refusals, relationships, appointments, complaints, and calls made outside the gate.
struct FactController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        let roles: [(FactKind, [Role])] = [
            (.consents, [.operations]), (.optOuts, [.dialer, .operations, .compliance]),
            (.relationships, [.operations]),
            (.appointments, [.operations, .dialer]), (.complaints, [.compliance]),
        ]
        for (kind, allowed) in roles {
            router.post("/v1/\(kind.rawValue)") { request, _ in try await record(kind, request, allowed) }
        }
        router.post("/v1/consents/{id}/withdrawal") { request, context in
            let key = try authorization.require(request, .operations, .dialer, .compliance)
            let body = try await request.json(mayBeEmpty: true)
            return try created(await gate.withdrawConsent(try context.parameters.require("id"), body, by: key))
        }
        router.post("/v1/opt-outs/{id}/lift") { request, context in
            let key = try authorization.require(request, .compliance)
            return try created(await gate.lift(try context.parameters.require("id"), try await request.json(), by: key))
        }
        for step in ["steps", "extension", "closure"] {
            router.post("/v1/complaints/{id}/\(step)") { request, context in
                let key = try authorization.require(request, .compliance)
                let body = try await request.json(mayBeEmpty: true)
                return try created(await gate.stepComplaint(try context.parameters.require("id"), step, body, by: key))
            }
        }
        router.post("/v1/attempts") { request, _ in try await stage(.attempts, request) }
        router.post("/v1/attempts/{id}/approval") { request, context in try await approve(request, context) }
        router.post("/v1/consents/batches/{id}/approval") { request, context in try await approve(request, context) }
    }

    private func record(_ kind: FactKind, _ request: Request, _ roles: [Role]) async throws -> Response {
        let key = try authorization.require(request, anyOf: roles)
        if kind == .consents, request.headers[.contentType]?.contains("ndjson") ?? false {
            return try await stage(.consents, request)
        }
        let fact = try await gate.record(kind, try await request.json(), by: key).orProblem()
        return .json(fact.isNew ? .created : .ok) { json in
            json.member("id", fact.id)
            if !fact.due.isEmpty {
                json.name("due")
                json.array { json in
                    for (step, at) in fact.due {
                        json.object { json in
                            json.member("step", step)
                            json.member("at", at.rfc3339)
                        }
                    }
                }
            }
        }
    }

    /// A batch as NDJSON, as an array, or as an object that holds one.
    private func stage(_ kind: BatchKind, _ request: Request) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let bytes = try await request.bytes(upTo: 4 << 20)
        let rows: [Node]
        do throws(Faults) {
            if request.headers[.contentType]?.contains("ndjson") ?? false {
                rows = try parseNDJSON(bytes)
            } else {
                let body = try JSONParser.parse(bytes)
                if case .array(let nodes) = body.value {
                    rows = nodes
                } else if case .array(let nodes)? = body[kind.rawValue]?.value {
                    rows = nodes
                } else {
                    rows = [body]
                }
            }
        } catch {
            throw Problem(.invalid(error))
        }
        guard rows.count <= 1000 else { throw Problem(.contentTooLarge, "too-large", "at most 1000 rows at once") }
        let id = try await gate.stage(kind, rows, by: key).orProblem()
        return .json(.created) { json in
            json.member("id", id)
            json.member("state", "pending")
            json.member("count", rows.count)
        }
    }

    private func approve(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let id = try context.parameters.require("id")
        return try created(
            await gate.change("attempts", id, .approval, try await request.json(mayBeEmpty: true), by: key), status: .ok
        )
    }

    private func created(_ result: Result<String, GateError>, status: HTTPResponse.Status = .created) throws -> Response
    {
        let id = try result.orProblem()
        return .json(status) { $0.member("id", id) }
    }
}
