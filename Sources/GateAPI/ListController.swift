import Documents
import Foundation
import Gate
import GateModel
import Hummingbird
import Suppression

/// Suppression lists and their versions.
struct ListController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/lists", use: list)
        router.get("/v1/lists/{name}", use: show)
        router.put("/v1/lists/{name}", use: define)
        router.post("/v1/lists/{name}/answers", use: answers)
        router.post("/v1/lists/{name}/versions", use: upload)
        router.get("/v1/lists/{name}/versions/{version}") { request, context in
            _ = try authorization.require(request, .operations, .compliance)
            return tell(try version(context), .ok)
        }
        router.get("/v1/lists/{name}/versions/{version}/rejects") { request, context in
            _ = try authorization.require(request, .operations)
            let found = try version(context)
            let path = gate.rejectsPath(found.list, found.number)
            let bytes = FileManager.default.contents(atPath: path) ?? Data("line,column,reason\n".utf8)
            return Response(
                status: .ok, headers: [.contentType: "text/csv; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.post("/v1/lists/{name}/versions/{version}/activation") { request, context in
            let key = try authorization.require(request, .operations, .compliance)
            let query = try request.query("rollback")
            let rollback = try flag(query, "rollback")
            let found = try version(context)
            return tell(try await gate.activate(found.list, found.number, rollback: rollback, by: key).orProblem(), .ok)
        }
    }

    private func flag(_ query: [String: String], _ name: String) throws(Problem) -> Bool {
        guard let text = query[name] else { return false }
        if text == "true" || text == "false" { return text == "true" }
        throw Problem(.invalid(Faults([Fault(pointer: "/\(name)", detail: "must be true or false")])))
    }

    @Sendable func define(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let name = try context.parameters.require("name")
        let isNew = try await gate.define(name, try await request.json(), by: key).orProblem()
        guard let status = gate.listStatuses().first(where: { $0.definition.name == name }) else {
            throw Problem(.serviceUnavailable, "unavailable", "the list is not in force yet")
        }
        var json = JSONWriter()
        write(status, to: &json)
        return .json(isNew ? .created : .ok, json.bytes)
    }

    @Sendable func answers(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let query = try request.query("source")
        let bytes = try await request.bytes(upTo: 16 << 20)
        let name = try context.parameters.require("name")
        return tell(try await gate.addAnswers(name, bytes, source: query["source"] ?? "answers", by: key), .accepted)
    }

    private func version(_ context: GateContext) throws -> ListVersion {
        guard let number = Int(try context.parameters.require("version")) else {
            throw Problem(.notFound, "not-found", "there is no such version")
        }
        return try gate.listVersion(try context.parameters.require("name"), number)
    }

    private func tell(_ version: ListVersion, _ status: HTTPResponse.Status) -> Response {
        var json = JSONWriter()
        gate.shown(version).write(to: &json)
        return .json(status, json.bytes)
    }

    private func write(_ status: ListStatus, to json: inout JSONWriter) {
        json.object { json in
            json.member("name", status.definition.name)
            json.member("effect", status.definition.effect.rawValue)
            json.member("purposes", status.definition.purposes)
            json.member("coverage", status.definition.coverage.rawValue)
            json.member("greatest_age", status.definition.greatestAge.map(written))
            json.member("kept_by_gate", status.definition.keptByGate)
            json.member("active_version", status.active?.number)
            json.member("as_of", status.active?.asOf.rfc3339)
            json.member("entries", status.active?.entries)
            json.member("activated_by", status.activation?.owner)
            json.member("activated_at", status.activation?.at.rfc3339)
            json.member("age_percent", status.age.map { Int($0 * 100) })
            json.member("problem", status.problem)
            if let feed = status.feed {
                json.name("feed")
                feed.write(to: &json)
            }
        }
    }

    /// As a definition writes it.
    private func written(_ age: Span) -> String {
        let hours = age.milliseconds / Span.hours(1).milliseconds
        return hours % 24 == 0 ? "\(hours / 24)d" : "\(hours)h"
    }

    @Sendable func list(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .operations, .compliance)
        return .json { json in
            json.name("lists")
            json.array { json in for status in gate.listStatuses() { write(status, to: &json) } }
        }
    }

    @Sendable func show(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .operations, .compliance)
        let name = try context.parameters.require("name")
        guard let status = gate.listStatuses().first(where: { $0.definition.name == name }) else {
            throw Problem(.notFound, "not-found", "there is no list `\(name)`")
        }
        let versions = try gate.listVersions(name)
        return .json { json in
            json.name("list")
            write(status, to: &json)
            json.name("versions")
            json.array { json in for version in versions { gate.shown(version).write(to: &json) } }
        }
    }

    @Sendable func upload(_ request: Request, _ context: GateContext) async throws -> Response {
        let key = try authorization.require(request, .operations)
        let query = try request.query("as_of", "mode", "source", "dry_run", "sha256")
        let isDryRun = try flag(query, "dry_run")
        let asOf = query["as_of"].map { Instant(rfc3339: $0) }
        if case .some(nil) = asOf {
            throw Problem(.invalid(Faults([Fault(pointer: "/as_of", detail: "must be an instant with an offset")])))
        }
        guard let mode = ListVersion.Mode(rawValue: query["mode"] ?? "replace") else {
            throw Problem(.invalid(Faults([Fault(pointer: "/mode", detail: "must be replace, add or remove")])))
        }
        let upload = try gate.beginUpload(
            try context.parameters.require("name"), mode: mode, asOf: asOf ?? nil, source: query["source"] ?? "upload",
            by: key.owner, isDryRun: isDryRun)
        let received = try await receive(request, into: upload, sha256: query["sha256"])
        guard upload.length <= Gate.quickUpload else {
            gate.checkLater(received)
            return tell(received, .accepted)
        }
        return tell(try await gate.check(received), .accepted)
    }

    /// An upload that breaks off, or that is shorter than was announced, never becomes a version.
    private func receive(_ request: Request, into upload: ListUpload, sha256: String?) async throws -> ListVersion {
        do {
            for try await buffer in request.body { try buffer.withUnsafeReadableBytes { try upload.take($0) } }
            if let announced = request.headers[.contentLength].flatMap(Int.init), announced != upload.length {
                throw Problem(.badRequest, "truncated", "the upload is not as long as was announced; send it again")
            }
            return try upload.end(sha256: sha256)
        } catch {
            upload.abandon(error is SuppressionError ? "it could not be stored: \(error)" : "the upload broke off")
            throw error
        }
    }
}
