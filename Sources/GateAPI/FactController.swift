import Documents
import Gate
import GateModel
import Hummingbird

/// Consents, refusals, relationships, appointments, conversations, and calls made outside the gate.
struct FactController {
    let gate: Gate
    let authorization: Authorization
    private var imports: ImportController { ImportController(gate: gate, authorization: authorization) }

    func addRoutes(to router: some RouterMethods<GateContext>) {
        let roles: [(FactKind, [Role])] = [
            (.consents, [.operations]), (.optOuts, [.dialer, .operations, .compliance]),
            (.relationships, [.operations]),
            (.appointments, [.operations, .dialer]), (.conversations, [.operations, .dialer]),
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
        router.post("/v1/attempts", use: attempts)
        router.post("/v1/attempts/{id}/approval") { request, context in try await approve(request, context) }
        router.post("/v1/consents/batches/{id}/approval") { request, context in try await approve(request, context) }
    }

    private func record(_ kind: FactKind, _ request: Request, _ roles: [Role]) async throws -> Response {
        let key = try authorization.require(request, anyOf: roles)
        if let format = ImportController.format(request), let bulk = ImportKind(rawValue: kind.rawValue) {
            return try await imports.receive(bulk, format, request, by: key)
        }
        let fact = try await gate.record(kind, try await request.json(), by: key).orProblem()
        return .json(fact.isNew ? .created : .ok) { $0.member("id", fact.id) }
    }

    /// Calls as a file of rows, as an array, or as an object that holds one.
    @Sendable private func attempts(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        if let format = ImportController.format(request) {
            return try await imports.receive(.attempts, format, request, by: key)
        }
        let body = try await request.json(upTo: 4 << 20)
        var rows = [body]
        if case .array(let nodes) = body.value { rows = nodes }
        if case .array(let nodes)? = body["attempts"]?.value { rows = nodes }
        return try await imports.stage(ImportOrder(.attempts, .ndjson, by: key), rows)
    }

    private func approve(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let id = try context.parameters.require("id")
        return try created(
            await gate.change("import", id, .approval, try await request.json(mayBeEmpty: true), by: key), status: .ok
        )
    }

    private func created(_ result: Result<String, GateError>, status: HTTPResponse.Status = .created) throws -> Response
    {
        let id = try result.orProblem()
        return .json(status) { $0.member("id", id) }
    }
}
