import Calendars
import Documents
import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// Decisions: one, many, looked at beforehand, and looked for.
struct DecisionController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/decisions", use: decide)
        router.get("/v1/decide", use: decideFromQuery)
        router.head("/v1/decide") { _, _ in Response(status: .methodNotAllowed, headers: [.allow: "GET"]) }
        router.post("/v1/decisions/batch", use: decideBatch)
        router.post("/v1/decisions/preview", use: preview)
        router.get("/v1/decisions/{id}", use: show)
        router.get("/v1/permits/keys") { request, _ in
            _ = try authorization.require(request)
            return Response.json(.ok, gate.keyFile.jwks)
        }
    }

    @Sendable func decide(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer)
        let deadline = try deadline(request)
        try AnswerForm.check(try request.query("format")["format"])
        return tell(
            try await gate.decide(try await request.json(), by: key, deadline: deadline).orProblem(),
            AnswerForm(request))
    }

    @Sendable func decideFromQuery(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer)
        let deadline = try deadline(request)
        let body = try request.callFromQuery(gate.configuration.policy.vocabulary)
        guard body["request_id"]?.string != nil else {
            throw Problem(
                .invalid(Faults([Fault(pointer: "/request_id", detail: "is required on GET; give each call its own")])))
        }
        return tell(try await gate.decide(body, by: key, deadline: deadline).orProblem(), AnswerForm(request))
    }

    private func tell(_ answer: CallAnswer, _ form: AnswerForm) -> Response {
        switch form {
        case .json: .json(.ok, answer.json)
        case .flat: .json(.ok, answer.flatJSON)
        case .text: .text(.ok, answer.line)
        }
    }

    private func deadline(_ request: Request) throws(Problem) -> ContinuousClock.Instant? {
        guard let text = request.headers[.deadlineMilliseconds] else { return nil }
        guard let milliseconds = Int(text), (0...600_000).contains(milliseconds) else {
            throw Problem(
                .invalid(
                    Faults([Fault(pointer: "", detail: "`Deadline-Ms` must be a number of milliseconds, 0…600000")])))
        }
        return .now + .milliseconds(milliseconds)
    }

    @Sendable func decideBatch(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer)
        let results = try await gate.decideBatch(try await request.json(upTo: 4 << 20), by: key).orProblem()
        return .json { json in
            json.name("answers")
            json.array { json in
                for result in results {
                    switch result {
                    case .success(let answer): answer.write(to: &json)
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

    @Sendable func preview(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer, .operations, .compliance)
        let form = AnswerForm(request)
        let answer = try await gate.preview(try await request.json(), by: key).orProblem()
        // A preview allows nothing: no line of it may begin with what lets a call go.
        return form == .text ? .text(.ok, "PREVIEW " + answer.line) : tell(answer, form)
    }

    @Sendable func show(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .dialer, .operations, .compliance)
        let found = try await gate.decision(try context.parameters.require("id"), by: key).orProblem()
        var json = JSONWriter()
        found.write(to: &json, showsNumber: key.role == .dialer, in: try gate.zone(request.query("tz", "format")))
        return .json(.ok, json.bytes)
    }
}

extension HTTPField.Name {
    fileprivate static let deadlineMilliseconds = HTTPField.Name("Deadline-Ms")!
}
