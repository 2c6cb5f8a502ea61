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
        router.post("/v1/subjects/{subject}/reveal", use: reveal)
        router.post("/v1/subjects/{subject}/erasure", use: erase)
        router.post("/v1/holds", use: hold)
        router.get("/v1/holds", use: holds)
        router.post("/v1/holds/{id}/lift", use: lift)
    }

    @Sendable func lookUp(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let body = try await request.json()
        let (phone, customer, region, reason) = try gate.subjectQuery(body).orProblem()
        let subject = try await gate.lookUp(phone: phone, customer: customer, region: region, reason: reason, by: key)
            .orProblem()
        return .json { $0.member("subject", subject) }
    }

    private func subject(_ context: GateContext) throws -> (name: String, key: Gate.SubjectKey) {
        let name = try context.parameters.require("subject")
        guard let subject = gate.subject(name) else {
            throw Problem(.notFound, "not-found", "there is no such subject; POST /v1/subjects/lookup gives one")
        }
        return (name, subject)
    }

    @Sendable func history(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let (name, subject) = try subject(context)
        let entries = try await gate.history(subject, by: key).orProblem()
        return .json { json in
            json.member("subject", name)
            json.name("entries")
            json.array { json in for entry in entries { entry.write(to: &json) } }
        }
    }

    @Sendable func reveal(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let (name, subject) = try subject(context)
        let reason = try gate.reason(try await request.json()).orProblem()
        let revealed = try await gate.reveal(subject, reason: reason, by: key).orProblem()
        return .json { json in
            json.member("subject", name)
            json.member("phone", revealed.phone)
            json.member("customer", revealed.customer)
        }
    }

    @Sendable func erase(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let (name, subject) = try subject(context)
        let reason = try gate.reason(try await request.json()).orProblem()
        let erasure = try await gate.erase(subject, reason: reason, by: key).orProblem()
        return .json { json in
            json.member("id", erasure.id)
            json.member("subject", name)
            json.member("at", erasure.at.rfc3339)
            erasure.removed.write(to: &json)
        }
    }

    @Sendable func hold(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let id = try await gate.hold(try await request.json(), by: key).orProblem()
        return .json(.created) { json in
            json.member("id", id)
            json.member("state", "in_force")
        }
    }

    @Sendable func lift(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let body = try await request.json()
        _ = try gate.reason(body).orProblem()
        let id = try await gate.change("hold", try context.parameters.require("id"), .lift, body, by: key).orProblem()
        return .json { json in
            json.member("id", id)
            json.member("state", "lift")
        }
    }

    @Sendable func holds(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let (holds, now) = (gate.registry.holds, gate.now)
        return .json { json in
            json.name("holds")
            json.array { json in
                for hold in holds {
                    json.object { json in
                        json.member("id", hold.id.description)
                        json.member("subjects", hold.subjectNames)
                        json.member("complaint", hold.complaint)
                        json.member("reason", hold.reason)
                        json.member("from", hold.from.rfc3339)
                        json.member("until", hold.until?.rfc3339)
                        json.member("lifted_at", hold.liftedAt?.rfc3339)
                        json.member("made_by", hold.madeBy)
                        json.member("in_force", hold.isInForce(at: now))
                    }
                }
            }
        }
    }
}
