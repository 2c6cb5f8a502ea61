import Documents
import Foundation
import Gate
import Hummingbird

/// Campaign files that are washed: each row judged as a decision would judge it, nothing reserved.
struct ScrubController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/scrubs", use: begin)
        router.get("/v1/scrubs/{id}") { request, context in
            let key = try authorization.require(request, .operations)
            return tell(try gate.scrub(try context.parameters.require("id"), by: key).orProblem(), .ok)
        }
        router.get("/v1/scrubs/{id}/result", use: result)
        router.delete("/v1/scrubs/{id}") { request, context in
            let key = try authorization.require(request, .operations)
            let id = try context.parameters.require("id")
            // Waits for the block in hand.
            let gate = gate
            let removed = await withCheckedContinuation { continuation in
                DispatchQueue.global(qos: .utility).async {
                    continuation.resume(returning: gate.removeScrub(id, by: key))
                }
            }
            _ = try removed.orProblem()
            return Response(status: .noContent)
        }
    }

    private func tell(_ status: ScrubStatus, _ code: HTTPResponse.Status) -> Response {
        var json = JSONWriter()
        status.write(to: &json)
        return .json(code, json.bytes)
    }

    @Sendable func begin(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let scrub: ScrubRequest
        // Read before the `do`: what it throws is a problem already.
        let pairs = try request.query
        do throws(Faults) { scrub = try ScrubRequest(pairs) } catch { throw Problem(.invalid(error)) }
        let intake = try gate.beginScrub(scrub, by: key).orProblem()
        do {
            for try await buffer in request.body where !(try intake.feed(Array(buffer.readableBytesView))) {
                throw Problem(
                    .contentTooLarge, "too-large",
                    "the file is larger than \(JobFolder.mostBytes) bytes; send it in parts"
                )
            }
        } catch {
            gate.abandonScrub(intake)
            throw error
        }
        return tell(try gate.finishScrub(intake).orProblem(), .accepted)
    }

    @Sendable func result(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let id = try context.parameters.require("id")
        return try Response.file(
            try gate.scrubResult(id, by: key).orProblem(), as: "scrub-\(id).csv",
            contentType: "text/csv; charset=utf-8")
    }
}
