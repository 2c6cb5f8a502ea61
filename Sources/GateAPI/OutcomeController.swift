import Documents
import Gate
import GateModel
import Hummingbird

/// Reports of what became of calls.
struct OutcomeController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/decisions/{id}/outcome") { request, context in
            let key = try authorization.require(request, .dialer, .compliance)
            let id = try context.parameters.require("id")
            return try await tell(gate.report(try await request.json(), decision: id, by: key))
        }
        router.post("/v1/outcomes/batch") { request, _ in
            let key = try authorization.require(request, .dialer, .compliance)
            let results = try await gate.reportBatch(try await request.json(upTo: 4 << 20), by: key).orProblem()
            return Response.json { json in
                json.name("results")
                json.array { json in
                    for result in results {
                        switch result {
                        case .success(let receipt): receipt.write(to: &json)
                        case .failure(let error):
                            json.object { json in
                                json.name("error")
                                Problem(error).write(to: &json)
                            }
                        }
                    }
                }
            }
        }
        router.get("/v1/outcome", use: fromQuery)
        router.post("/v1/outcome", use: fromQuery)
        router.head("/v1/outcome") { _, _ in Response(status: .methodNotAllowed, headers: [.allow: "GET, POST"]) }
    }

    /// For dialers that can only fetch an address.
    @Sendable func fromQuery(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer, .compliance)
        let query = try request.query(
            "id", "request_id", "outcome", "disposition", "agent", "caller_id", "dialed_at", "answered_at", "ended_at",
            "duration_seconds", "purposes", "recording_ref", "reason", "format")
        try AnswerForm.check(query["format"])
        let members = query.filter { $0.key != "format" }.sorted { $0.key < $1.key }.map { name, text in
            switch name {
            case "duration_seconds" where Int(text) != nil: Node.Member(name: name, node: Node(.number(text)))
            case "purposes":
                Node.Member(
                    name: name, node: Node(.array(text.split(separator: ",").map { Node(.string(String($0))) })))
            case "caller_id" where text.first == " ":
                Node.Member(name: name, node: Node(.string("+" + text.dropFirst())))
            default: Node.Member(name: name, node: Node(.string(text)))
            }
        }
        let receipt = try await gate.report(Node(.object(members)), decision: nil, by: key).orProblem()
        if AnswerForm(request) == .text { return .text(.ok, "OK \(receipt.id) \(receipt.outcome ?? "-")") }
        return try tell(.success(receipt))
    }

    private func tell(_ result: Result<OutcomeReceipt, GateError>) throws -> Response {
        var json = JSONWriter()
        try result.orProblem().write(to: &json)
        return .json(.ok, json.bytes)
    }
}
