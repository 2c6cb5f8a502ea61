import Documents
import Foundation
import Gate
import GateModel
import Hummingbird

/// Files of rows: how they are received, and what becomes of them.
struct ImportController {
    let gate: Gate
    let authorization: Authorization

    /// Bytes of one file.
    static let longest = 2 << 30
    /// A file of no more than this may be answered at once.
    private static let few = (bytes: 4 << 20, rows: 1000)

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/imports") { request, _ in
            _ = try authorization.require(request, .operations, .compliance)
            let statuses = gate.importStatuses()
            return Response.json { json in
                json.name("imports")
                json.array { json in for status in statuses { status.write(to: &json) } }
            }
        }
        router.get("/v1/imports/{id}") { request, context in
            Response.json(.ok, told(try find(request, context)))
        }
        router.get("/v1/imports/{id}/rejects") { request, context in
            let path = gate.importRejectsPath(try find(request, context))
            let bytes = FileManager.default.contents(atPath: path) ?? Data("line,column,pointer,reason\r\n".utf8)
            return Response(
                status: .ok, headers: [.contentType: "text/csv; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.post("/v1/imports/{id}/approval") { request, context in
            let key = try authorization.require(request, .compliance)
            let id = try context.parameters.require("id")
            let body = try await request.json(mayBeEmpty: true)
            _ = try await gate.change("import", id, .approval, body, by: key).orProblem()
            return Response.json(.ok, told(try gate.importStatus(id)))
        }
    }

    /// A dialer sees what it sent itself.
    private func find(_ request: Request, _ context: GateContext) throws -> ImportStatus {
        let key = try authorization.require(request, .operations, .compliance, .dialer)
        let status = try gate.importStatus(try context.parameters.require("id"))
        guard key.role != .dialer || status.order.actor == key.id else {
            throw GateError.notFound("there is no such import")
        }
        return status
    }

    private func told(_ status: ImportStatus) -> [UInt8] {
        var json = JSONWriter()
        status.write(to: &json)
        return json.bytes
    }

    /// The form in which rows are sent; nil for a single body of JSON.
    static func format(_ request: Request) -> ImportOrder.Format? {
        let type = request.headers[.contentType]?.lowercased() ?? ""
        if type.hasPrefix("text/csv") { return .csv }
        return type.contains("ndjson") ? .ndjson : nil
    }

    /// Receives a file, never whole in memory.
    func receive(_ kind: ImportKind, _ format: ImportOrder.Format, _ request: Request, by key: APIKey) async throws
        -> Response
    {
        let order = try order(kind, format, request, by: key)
        // A few rows of these were always checked while the caller waits.
        let mayBeFew = format == .ndjson && (kind == .consents || kind == .attempts) && !order.skipsBadRows
        var held: [UInt8] = []
        var upload: ImportUpload?
        var received = 0
        do {
            if !mayBeFew { upload = try gate.beginImport(order) }
            for try await buffer in request.body {
                received += buffer.readableBytes
                guard received <= ImportController.longest else {
                    throw Problem(.contentTooLarge, "too-large", "a file of rows has at most 2 GiB; send several")
                }
                if upload == nil, received > ImportController.few.bytes {
                    upload = try gate.beginImport(order)
                    try upload?.feed(held)
                    held = []
                }
                if let upload {
                    try upload.feed(Array(buffer.readableBytesView))
                } else {
                    held.append(contentsOf: buffer.readableBytesView)
                }
            }
            if let upload { return try await accepted(upload) }
            if held.count(where: { $0 == 10 }) < ImportController.few.rows { return try await stage(order, held) }
            let upload = try gate.beginImport(order)
            try upload.feed(held)
            return try await accepted(upload)
        } catch {
            upload?.abandon()
            throw error
        }
    }

    private func accepted(_ upload: ImportUpload) async throws -> Response {
        let status = try await upload.finish()
        gate.enqueueImport(status.id)
        return .json(.accepted, told(status), headers: [.location: "/v1/imports/\(status.id)"])
    }

    private func stage(_ order: ImportOrder, _ bytes: [UInt8]) async throws -> Response {
        let rows: [Node]
        do throws(Faults) { rows = try parseNDJSON(bytes) } catch { throw Problem(.invalid(error)) }
        return try await stage(order, rows)
    }

    /// Checks a few rows while the caller waits.
    func stage(_ order: ImportOrder, _ rows: [Node]) async throws -> Response {
        guard rows.count <= ImportController.few.rows else {
            throw Problem(
                .contentTooLarge, "too-large",
                "at most 1000 rows at once; send more as application/x-ndjson or text/csv")
        }
        let id = try await gate.stage(order, rows).orProblem()
        return .json(.created) { json in
            json.member("id", id)
            json.member("state", "pending")
            json.member("count", rows.count)
        }
    }

    private func order(_ kind: ImportKind, _ format: ImportOrder.Format, _ request: Request, by key: APIKey)
        throws(Problem) -> ImportOrder
    {
        let query = try request.query("source", "tz", "bad_rows")
        guard ["refuse", "skip"].contains(query["bad_rows"] ?? "refuse") else {
            throw Problem(.invalid(Faults([Fault(pointer: "/bad_rows", detail: "must be refuse or skip")])))
        }
        return ImportOrder(
            kind, format, source: query["source"], zone: query["tz"], skipsBadRows: query["bad_rows"] == "skip", by: key
        )
    }
}
