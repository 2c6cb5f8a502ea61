import Documents
import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// Evidence bundles, made for a decision, a person or a complaint.
struct EvidenceController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.post("/v1/evidence", use: make)
    }

    @Sendable func make(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .compliance)
        let (scope, reason) = try gate.evidenceRequest(try await request.json()).orProblem()
        let bundle = try await gate.evidence(scope, reason: reason, by: key).orProblem()
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip", .contentDisposition: "attachment; filename=\"\(bundle.name)\"",
                .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bundle.bytes)))
    }
}
