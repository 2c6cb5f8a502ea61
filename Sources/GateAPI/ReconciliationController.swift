import Documents
import Foundation
import Gate
import Hummingbird

/// Call detail records that are compared with the log.
struct ReconciliationController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/reconciliations", use: begin)
        router.get("/v1/reconciliations/{id}") { request, context in
            _ = try authorization.require(request, .compliance)
            return tell(try gate.reconciliation(try context.parameters.require("id")).orProblem(), .ok)
        }
        router.get("/v1/reconciliations/{id}/result") { request, context in
            _ = try authorization.require(request, .compliance)
            let id = try context.parameters.require("id")
            return try Response.file(
                try gate.reconciliationResult(id).orProblem(), as: "differences-\(id).csv",
                contentType: "text/csv; charset=utf-8")
        }
        router.delete("/v1/reconciliations/{id}") { request, context in
            _ = try authorization.require(request, .compliance)
            let (id, gate) = (try context.parameters.require("id"), gate)
            // Waits for the block in hand.
            let removed = await withCheckedContinuation { continuation in
                DispatchQueue.global(qos: .utility).async {
                    continuation.resume(returning: gate.removeReconciliation(id))
                }
            }
            _ = try removed.orProblem()
            return Response(status: .noContent)
        }
    }

    private func tell(_ status: ReconciliationStatus, _ code: HTTPResponse.Status) -> Response {
        var json = JSONWriter()
        status.write(to: &json)
        return .json(code, json.bytes)
    }

    @Sendable func begin(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let wanted: ReconciliationRequest
        // Read before the `do`: what it throws is a problem already.
        let pairs = try request.query
        do throws(Faults) { wanted = try ReconciliationRequest(pairs) } catch { throw Problem(.invalid(error)) }
        let intake = try gate.beginReconciliation(wanted, by: key).orProblem()
        do {
            for try await buffer in request.body where !(try intake.feed(Array(buffer.readableBytesView))) {
                throw Problem(
                    .contentTooLarge, "too-large",
                    "the file is larger than \(JobFolder.mostBytes) bytes; send it in parts")
            }
        } catch {
            _ = gate.removeReconciliation(intake.id)
            throw error
        }
        return tell(try gate.finishReconciliation(intake).orProblem(), .accepted)
    }
}
