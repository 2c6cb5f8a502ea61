import Foundation
import GateModel
import GateTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import StorageSQLite
import Testing

@testable import Console
@testable import Gate

/// The console over a real gate, asked as a browser would ask.
struct Desk: Sendable {
    let console: Console
    let gate: Gate
    let clock: SettableClock
    let folder: TemporaryFolder
    let client: any TestClientProtocol

    struct Reply: Sendable {
        var status: Int
        var text: String
        var place: String?
        var cookie: String?
    }

    func get(_ path: String, _ cookie: String? = nil, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.get, path, cookie, headers: headers)
    }

    /// As a form of our own pages sends it.
    func post(
        _ path: String, _ cookie: String? = nil, _ fields: [String: String] = [:],
        headers: HTTPFields = [.secFetchSite: "same-origin"]
    ) async throws -> Reply {
        let body = fields.map { "\(Form.encoded($0.key))=\(Form.encoded($0.value))" }.joined(separator: "&")
        return try await send(.post, path, cookie, body, headers: headers)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ cookie: String?, _ body: String = "", headers: HTTPFields
    ) async throws -> Reply {
        var headers = headers
        if let cookie { headers[.cookie] = "callgate_session=\(cookie)" }
        return try await client.execute(uri: path, method: method, headers: headers, body: .init(string: body)) {
            let set = $0.headers[values: .setCookie].first { $0.hasPrefix("callgate_session=") }
            return Reply(
                status: $0.status.code, text: String(buffer: $0.body), place: $0.headers[.location],
                cookie: set.map { String($0.dropFirst(17).prefix { $0 != ";" }) })
        }
    }

    /// Asks a page that waits again until it no longer does, for half a minute at most.
    func settled(_ path: String, _ cookie: String) async throws -> Reply {
        for _ in 0..<300 {
            let reply = try await get(path, cookie)
            if !reply.text.contains("data-refresh") { return reply }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(path) still waits")
        return try await get(path, cookie)
    }

    /// A session without the slow password.
    func session(_ role: Role, _ name: String? = nil) async throws -> (cookie: String, token: String, key: APIKey) {
        let account = try await gate.recordAccount(
            name ?? "test.\(role)", role: role, owner: name ?? "\(role)", by: "test"
        ).get()
        let cookie = console.sessions.begin(account, zone: "Asia/Shanghai", in: gate)
        let session = try #require(console.sessions.find(cookie, in: gate))
        return (cookie, session.token, account)
    }
}

func withDesk(_ pack: String = pack, _ body: @escaping @Sendable (Desk) async throws -> Void) async throws {
    let fixture = try GateFixture(
        core: try String(contentsOfFile: policyFolder + "/core/pack.yaml", encoding: .utf8), pack: pack,
        at: Instant(rfc3339: "2026-11-23T10:30:00+08:00")!
    ) { try SQLiteStore(folder: $0) }
    let gate = try fixture.open()
    defer { gate.stop() }
    let console = try Console(gate: gate, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let router = Router()
    console.addRoutes(to: router)
    try await Application(router: router).test(.router) { client in
        try await body(Desk(console: console, gate: gate, clock: fixture.clock, folder: fixture.folder, client: client))
    }
}

let pack = """
    pack: cn.test
    jurisdiction: CN
    title: {en: For tests, zh: 测试}
    as_of: 2026-11-22
    zones: [Asia/Shanghai]
    purposes: [marketing, care, service, collection, fraud_alert, survey]
    any_hour: [marketing, care, service, collection, fraud_alert, survey]
    rules:
      - {id: t.dnc, kind: suppression, status: law, citation: c, message: {en: On the list., zh: 在名单中。},
         parameters: {any_of: [{list: internal-dnc}]}}

    """
