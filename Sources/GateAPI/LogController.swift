import Documents
import Foundation
import Gate
import HTTPTypes
import Hummingbird

/// The log as evidence: checkpoint, key, proofs and tiles.
struct LogController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/log/checkpoint") { request, _ in
            _ = try authorization.require(request)
            return note(try await gate.logCheckpoint().orProblem())
        }
        router.get("/v1/log/checkpoint/cosigned") { request, _ in
            _ = try authorization.require(request)
            return note(try await gate.cosignedCheckpoint().orProblem())
        }
        router.get("/v1/log/key") { request, _ in
            _ = try authorization.require(request)
            return note(try await gate.logKey().orProblem() + "\n")
        }
        router.get("/v1/log/key/sm2") { request, _ in
            _ = try authorization.require(request)
            return note(try await gate.logSM2Key().orProblem() + "\n")
        }
        router.get("/v1/decisions/{id}/proof", use: proof)
        router.get("/v1/log/consistency", use: consistency)
        router.get("/v1/log/tile/**", use: tile)
    }

    @Sendable func proof(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let found = try await gate.receipt(of: try context.parameters.require("id")).orProblem()
        guard request.headers[.accept]?.contains("application/json") == true else {
            return note("\(found.receipt)")
        }
        return .json { json in
            json.member("index", Int(found.receipt.index))
            json.member("size", Int(found.size))
            json.member("entry", Data(found.receipt.entry ?? []).base64EncodedString())
            json.member("hashes", found.receipt.path.map { "\($0)" })
            json.member("checkpoint", "\(found.receipt.checkpoint)")
        }
    }

    @Sendable func consistency(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let query = try request.query("from", "to")
        var faults: [Fault] = []
        func size(_ name: String) -> Int64? {
            guard let text = query[name] else { return nil }
            guard let size = Int64(text), size >= 0 else {
                faults.append(Fault(pointer: "/\(name)", detail: "must be the size of a tree, a number of entries"))
                return nil
            }
            return size
        }
        let (from, to) = (size("from"), size("to"))
        if query["from"] == nil { faults.append(Fault(pointer: "/from", detail: "is required")) }
        guard faults.isEmpty, let from else { throw Problem(.invalid(Faults(faults))) }
        let proof = try await gate.logConsistency(from: from, to: to).orProblem()
        return .json { json in
            json.member("from", Int(proof.first))
            json.member("to", Int(proof.second))
            json.member("hashes", proof.path.map { "\($0)" })
        }
    }

    @Sendable func tile(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .compliance)
        let path = "tile/" + context.parameters.getCatchAll().joined(separator: "/")
        let bytes = try await gate.logTile(path).orProblem()
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func note(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
