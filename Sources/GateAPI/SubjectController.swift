import Documents
import Gate
import GateModel
import Hummingbird

/// What is held about one person, by an opaque name that stands for the number.
struct SubjectController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/subjects/lookup", use: lookUp)
        router.get("/v1/subjects/{subject}", use: history)
    }

    @Sendable func lookUp(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let body = try await request.json()
        let (phone, customer, region, reason) = try gate.subjectQuery(body).orProblem()
        let subject = try await gate.lookUp(phone: phone, customer: customer, region: region, reason: reason, by: key)
            .orProblem()
        return .json { $0.member("subject", subject) }
    }

    @Sendable func history(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let name = try context.parameters.require("subject")
        guard let subject = gate.subject(name) else {
            throw Problem(.notFound, "not-found", "there is no such subject; POST /v1/subjects/lookup gives one")
        }
        let entries = try await gate.history(subject, by: key).orProblem()
        return .json { json in
            json.member("subject", name)
            json.name("entries")
            json.array { json in for entry in entries { entry.write(to: &json) } }
        }
    }
}
