import Documents
import Foundation
import Gate
import Hummingbird

extension Response {
    static func json(_ status: HTTPResponse.Status = .ok, _ bytes: [UInt8], headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func json(_ status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        json.object(body)
        return .json(status, json.bytes)
    }

    /// A file, sent piece by piece.
    ///
    /// - Throws: 404 where there is none.
    static func file(_ path: String, as name: String, contentType: String) throws(Problem) -> Response {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Problem(.notFound, "not-found", "there is no such file, or it was removed")
        }
        return .file(file, as: name, contentType: contentType)
    }

    static func file(_ file: FileHandle, as name: String, contentType: String) -> Response {
        let body = ResponseBody { writer in
            while let data = try file.read(upToCount: 1 << 18), !data.isEmpty {
                try await writer.write(ByteBuffer(bytes: data))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: contentType, .contentDisposition: "attachment; filename=\"\(name)\""], body: body)
    }

    static func text(_ status: HTTPResponse.Status = .ok, _ line: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=us-ascii", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: line + "\n")))
    }
}

/// An error as the outside sees it. The only place where errors become HTTP.
///
/// Source: RFC 9457 (July 2023).
struct Problem: Error {
    var status: HTTPResponse.Status
    /// Stable, for programs.
    var code: String
    var detail: String
    var faults: [Fault] = []
    var id: String?
    /// The methods that the address takes; nil for any other problem.
    private(set) var allowedMethods: [String]?

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    init(_ error: GateError) {
        switch error {
        case .invalid(let faults):
            self.init(
                .badRequest, "invalid-request",
                "the request is wrong in \(faults.all.count == 1 ? "one place" : "\(faults.all.count) places")")
            self.faults = faults.all
        case .forbidden(let why): self.init(.forbidden, "forbidden", why)
        case .notFound(let what): self.init(.notFound, "not-found", what)
        case .conflict(let code, let detail, let id):
            self.init(.conflict, code, detail)
            self.id = id
        case .unavailable(let why): self.init(.serviceUnavailable, "unavailable", why)
        }
    }

    init(notAllowed method: String, butOnly allowed: [String]) {
        self.init(
            .methodNotAllowed, "method-not-allowed",
            "this address does not take \(method), but \(allowed.joined(separator: " and "))")
        allowedMethods = allowed
    }

    static let unauthorized = Problem(
        .unauthorized, "unauthorized", "give a key: `Authorization: Bearer KEY`, or HTTP Basic with the key as password"
    )

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("type", "urn:callgate:problem:\(code)")
            json.member("title", status.reasonPhrase)
            json.member("status", status.code)
            json.member("code", code)
            json.member("detail", withoutNumbers(detail, quotedOnly: true))
            if let id { json.member("id", id) }
            if !faults.isEmpty {
                json.name("errors")
                json.array { json in
                    for fault in faults {
                        json.object { json in
                            json.member("pointer", withoutNumbers(fault.pointer, quotedOnly: false))
                            json.member("detail", withoutNumbers(fault.detail, quotedOnly: true))
                            if fault.mark != .none {
                                json.member("line", Int(fault.mark.line))
                                json.member("column", Int(fault.mark.column))
                            }
                        }
                    }
                }
            }
        }
    }

    func response(_ form: AnswerForm) -> Response {
        var response: Response
        if form == .text {
            response = .text(status, "ERROR \(status.code) \(code)")
        } else {
            var json = JSONWriter()
            write(to: &json)
            response = .json(status, json.bytes)
            response.headers[.contentType] = "application/problem+json"
        }
        if status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        if let allowedMethods { response.headers[.allow] = allowedMethods.joined(separator: ", ") }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer, Basic realm=\"callgate\"" }
        return response
    }
}

extension Result where Failure == GateError {
    /// The value, or the problem that the outside is told.
    func orProblem() throws(Problem) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let error): throw Problem(error)
        }
    }
}
