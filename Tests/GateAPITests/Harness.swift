import Calendars
import Documents
import Foundation
import Gate
import GateAPI
import GateModel
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import StorageSQLite
import Synchronization
import Testing
import Witnesses

/// A gate over a real store in a temporary folder, with a key of each role, asked through HTTP. Its clock stands still
/// until a test sets it.
struct API: Sendable {
    let gate: Gate
    let folder: String
    let clock: SettableClock
    let logs: LogBook
    let client: any TestClientProtocol
    let dialer: String
    let operations: String
    let compliance: String
    let admin: String

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path(percentEncoded: false)
}

/// Runs a test on a fresh gate at half past ten of a Monday morning in Shanghai, and leaves nothing behind.
func withAPI(
    at start: String = "2026-11-23T10:30:00+08:00", _ setup: TestingSetup = .router, witnesses: [Witness] = [],
    sm2: Bool = false,
    _ body: @escaping @Sendable (API) async throws -> Void
) async throws {
    let folder = NSTemporaryDirectory() + "callgate-api-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: API.root + "blocklists", toPath: folder + "/blocklists")
    try FileManager.default.copyItem(atPath: API.root + "policy", toPath: folder + "/policy")
    try FileManager.default.createDirectory(atPath: folder + "/policy/dispositions", withIntermediateDirectories: true)
    try Data("disposition,outcome\nNA,no_answer\nSALE,answered\n".utf8)
        .write(to: URL(filePath: folder + "/policy/dispositions/default.csv"))
    let clock = SettableClock(Instant(rfc3339: start)!)
    let logs = LogBook()
    var logger = Logger(label: "test") { _ in logs }
    logger.logLevel = .trace
    let store = try SQLiteStore(folder: folder + "/data")
    // Closed before the folder goes: a connection that closes itself later would stand in the way.
    defer { try? store.close() }
    var options = GateOptions(data: folder + "/data", policy: folder + "/policy", blocklists: folder + "/blocklists")
    options.checkpointsEvery = .zero
    options.witnesses = witnesses
    let gate = try Gate(
        options: options, store: store,
        keyFile: try KeyFile.open(path: folder + "/test.keys", mayCreate: true, addsSM2Key: sm2),
        zones: try ZoneDatabase(),
        clock: { clock.now }, logger: logger, metricsFactory: PrometheusRegistry())
    try gate.start()
    defer { gate.stop() }
    let dialer = try await gate.makeKey(.dialer, "dialer", permits: .es256)
    let operations = try await gate.makeKey(.operations, "operations")
    let compliance = try await gate.makeKey(.compliance, "compliance")
    let admin = try await gate.makeKey(.admin, "admin")
    let application = Application(
        router: makeRouter(gate), configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: logger)
    try await application.test(setup) { client in
        try await body(
            API(
                gate: gate, folder: folder, clock: clock, logs: logs, client: client, dialer: dialer,
                operations: operations,
                compliance: compliance, admin: admin))
    }
}

extension Gate {
    func makeKey(
        _ role: Role, _ name: String, owner: String? = nil, vendors: [String] = [], entities: [String] = [],
        permits: APIKey.Permits? = nil
    ) async throws -> String {
        try await createKey(
            role: role, name: name, owner: owner ?? name, vendors: vendors, legalEntities: entities, permits: permits,
            by: "test"
        ).get()
    }
}

/// What came back.
struct Reply: Sendable {
    var status: Int
    var headers: HTTPFields
    var text: String

    /// Null for what is no JSON.
    var json: Node { (try? JSONParser.parse(Array(text.utf8))) ?? Node(.null) }

    subscript(name: String) -> String? { json[name]?.string }

    /// The rules that a decision gives, joined.
    var rules: String { json.list("reasons").compactMap { $0["rule"]?.string }.joined(separator: " ") }
    var kinds: String { json.list("reasons").compactMap { $0["kind"]?.string }.joined(separator: " ") }
    var pointers: [String] { json.list("errors").compactMap { $0["pointer"]?.string } }
}

extension Node {
    func list(_ name: String) -> [Node] {
        if case .array(let nodes)? = self[name]?.value { return nodes }
        return []
    }

    var names: Set<String> {
        if case .object(let members) = value { return Set(members.map(\.name)) }
        return []
    }
}

extension API {
    @discardableResult func send(
        _ method: HTTPRequest.Method, _ path: String, _ key: String? = nil, _ body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Reply {
        var headers = headers
        if let key, headers[.authorization] == nil { headers[.authorization] = "Bearer \(key)" }
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Reply(status: Int(response.status.code), headers: response.headers, text: String(buffer: response.body))
    }

    func post(_ path: String, _ key: String?, _ body: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.post, path, key, body, headers: headers)
    }

    func get(_ path: String, _ key: String?, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.get, path, key, headers: headers)
    }

    /// Registers and approves the caller id that the calls of these tests show.
    func approveCallerID(_ number: String = "+862223456789") async throws {
        let made = try await post("/v1/caller-ids", operations, "{\"number\":\"\(number)\"}")
        try #require(made.status == 201)
        try #require(try await post("/v1/caller-ids/\(made["id"]!)/approval", compliance, "").status == 200)
    }

    /// A service call that the policy allows once the caller id is approved.
    func decide(_ extra: String = "", phone: String = "+8613812345678", key: String? = nil, headers: HTTPFields = [:])
        async throws -> Reply
    {
        try await post("/v1/decisions", key ?? dialer, API.call(extra, phone: phone), headers: headers)
    }

    static func call(_ extra: String = "", phone: String = "+8613812345678") -> String {
        let more = extra.isEmpty ? "" : "," + extra
        return """
            {"phone":"\(phone)","purpose":"service","caller_id":"+862223456789","attributes":{"sales_content":false}\(more)}
            """
    }

    /// A marketing call of card.
    static func marketing(_ extra: String = "", phone: String = "+8613812345678") -> String {
        let more = extra.isEmpty ? "" : "," + extra
        return """
            {"phone":"\(phone)","purpose":"marketing","product":"card","caller_id":"+862223456789"\(more)}
            """
    }

    func consent(_ phone: String = "+8613812345678", _ extra: String = "") async throws -> Reply {
        let more = extra.isEmpty ? "" : "," + extra
        return try await post(
            "/v1/consents", operations,
            """
            {"phone":"\(phone)","purposes":["marketing"],"products":["card"],"modes":["live"],"channel":"voice",
             "form":"recorded_voice","obtained_at":"2026-06-10T10:00:00+08:00"\(more)}
            """)
    }

    /// How many decisions compliance finds.
    func countDecisions() async throws -> Int {
        try await get("/v1/decisions", compliance).json.list("decisions").count
    }
}

/// A clock that a test sets.
final class SettableClock: Sendable {
    private let instant: Mutex<Instant>
    init(_ instant: Instant) { self.instant = Mutex(instant) }
    var now: Instant { instant.withLock { $0 } }
    func set(_ text: String) { instant.withLock { $0 = Instant(rfc3339: text)! } }
    func advance(_ span: Span) { instant.withLock { $0 = $0 + span } }
}

/// Keeps every log line.
final class LogBook: LogHandler {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
