import Documents
import Foundation
import GRDB
import Gate
import GateModel
import GateTesting
import Ledger
import RuleEngine
import Storage
import StorageSQLite
import Suppression

func at(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) else { fatalError("not RFC 3339: \(text)") }
    return instant
}

/// A Monday morning in China.
let monday = at("2026-11-23T10:00:00+08:00")

private let repository: String = {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
}()

/// A pack with few rules, so that what an outcome does is seen by itself.
func testPack(attempts: Int = 5, connections: Int = 1) -> String {
    func rule(_ id: String, _ kind: String, _ parameters: String, _ applies: String = "{}") -> String {
        """
          - {id: t.\(id), kind: \(kind), applies: \(applies), status: law, citation: c, message: {en: "\(id) in words", zh: m},
             parameters: \(parameters)}

        """
    }
    return """
        pack: cn.test
        jurisdiction: CN
        title: {en: For tests, zh: 测试}
        as_of: 2026-11-22
        zones: [Asia/Shanghai]
        purposes: [marketing, care, service, collection, fraud_alert, survey]
        any_hour: [marketing, care, service, collection, fraud_alert, survey]
        products: [loan, card]
        data_fields: [name]
        attributes:
          asks: {type: boolean}
        rules:

        """
            + rule("reassigned", "suppression", "{any_of: [{list: reassigned}]}")
            + rule("dnc", "suppression", "{any_of: [{list: internal-dnc}]}", "{purposes: [survey]}")
            + rule("refused", "suppression", "{any_of: [{opt_out: {strength: explicit}}]}")
            + rule("soft", "suppression", "{any_of: [{opt_out: {strength: soft, rest: 90d}}]}")
            + rule(
                "complaint", "suppression", "{any_of: [{complaint: {state: open}}]}", "{purposes: [marketing, care]}")
            + rule(
                "carrier", "suppression", "{any_of: [{list: carrier-refusal, match: category_is_product}]}",
                "{purposes: [marketing]}")
            + rule(
                "asked", "suppression",
                "{any_of: [{attempt: {within: 60d, connected: true, of: {attributes: {asks: true}}}}]}",
                "{attributes: {asks: true}}")
            + rule("consent", "consent", "{product: matches}", "{purposes: [marketing]}")
            + rule(
                "attempts", "frequency",
                "{count: attempts, max: \(attempts), within: {rolling: 24h}, per: [number, customer]}",
                "{except_purposes: [fraud_alert]}")
            + rule(
                "connections", "frequency",
                "{count: connections, max: \(connections), within: {rolling: 24h}, per: [number], of: {purposes: [care]}}",
                "{purposes: [care]}")
}

/// The shipped core pack, which asks for two persons where a policy gets looser.
let guardedCorePack: String = {
    do { return try String(contentsOfFile: repository + "/policy/core/pack.yaml", encoding: .utf8) } catch {
        fatalError("\(error)")
    }
}()

/// The same where every change of the policy takes effect at once.
let corePack = guardedCorePack.replacing("{looser: two_persons}", with: "{looser: one_person}")

func fixture(attempts: Int = 5, connections: Int = 1, inMemory: Bool = true) throws -> GateFixture {
    try GateFixture(
        core: corePack, pack: testPack(attempts: attempts, connections: connections), at: monday, inMemory: inMemory
    ) { try SQLiteStore(folder: $0, busyTimeout: 10) }
}

/// One gate with the keys that a test needs. Stops with the value.
final class Desk: Sendable {
    let fixture: GateFixture
    let gate: Gate
    let store: any Store
    let dialer: APIKey
    let operations: APIKey
    let compliance: APIKey
    var clock: SettableClock { fixture.clock }

    init(_ fixture: GateFixture, over store: (any Store)? = nil) async throws {
        self.fixture = fixture
        self.store = try store ?? fixture.store()
        gate = try fixture.open(over: self.store)
        dialer = try await gate.key(.dialer)
        operations = try await gate.key(.operations)
        compliance = try await gate.key(.compliance)
    }

    init(reopening other: Desk) throws {
        fixture = other.fixture
        store = try fixture.store()
        gate = try fixture.open(over: store)
        (dialer, operations, compliance) = (other.dialer, other.operations, other.compliance)
    }

    convenience init(attempts: Int = 5, connections: Int = 1) async throws {
        try await self.init(try GateTests.fixture(attempts: attempts, connections: connections))
    }

    deinit { close() }

    func close() {
        gate.stop()
        try? store.close()
    }

    static let phone = "+8613800000001"

    static func call(_ purpose: String, _ phone: String, _ more: String) -> Node {
        body(#"{"phone":"\#(phone)","purpose":"\#(purpose)"\#(more.isEmpty ? "" : ",")\#(more)}"#)
    }

    /// - Parameter more: Further members of the body.
    func decide(_ purpose: String = "service", _ more: String = "", phone: String = Desk.phone, by key: APIKey? = nil)
        async -> Told
    {
        Told(await gate.decide(Desk.call(purpose, phone, more), by: key ?? dialer))
    }

    /// The id of an allow.
    func allow(_ purpose: String = "service", _ more: String = "", phone: String = Desk.phone) async throws -> String {
        let told = await decide(purpose, more, phone: phone)
        guard case .allow(let answer) = told else { throw Unexpected("\(told)") }
        return answer.record.id.description
    }

    func report(_ id: String, _ outcome: String, _ more: String = "", by key: APIKey? = nil) async -> Result<
        OutcomeReceipt, GateError
    > {
        await gate.report(
            body(#"{"outcome":"\#(outcome)"\#(more.isEmpty ? "" : ",")\#(more)}"#), decision: id, by: key ?? dialer)
    }

    func consent(_ more: String = "", phone: String = Desk.phone, obtained: String = "2026-01-05T10:00:00+08:00")
        async throws -> RecordedFact
    {
        try await gate.record(
            .consents,
            body(
                #"""
                {"phone":"\#(phone)","purposes":["marketing"],"products":["card","loan"],"modes":["live"],
                 "form":"recorded_voice","obtained_at":"\#(obtained)"\#(more.isEmpty ? "" : ",")\#(more)}
                """#), by: operations
        ).get()
    }

    func optOut(_ json: String) async throws -> RecordedFact {
        try await gate.record(.optOuts, body(json), by: dialer).get()
    }

    func heads() throws -> Int64 { try store.read { try $0.head() } }
}

struct Unexpected: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// An answer, in words a test can compare.
enum Told: CustomStringConvertible {
    case allow(CallAnswer)
    case deny(CallAnswer)
    case failure(GateError)

    init(_ result: Result<CallAnswer, GateError>) {
        switch result {
        case .success(let answer): self = answer.verdict == .allow ? .allow(answer) : .deny(answer)
        case .failure(let error): self = .failure(error)
        }
    }

    /// `allow`, `deny t.attempts …`, the code of a conflict, or the name of the error.
    var description: String {
        switch self {
        case .allow: "allow"
        case .deny(let answer): "deny " + answer.record.judgement.reasons.map(\.rule).joined(separator: " ")
        case .failure(let error): error.name
        }
    }

    var answer: CallAnswer? {
        switch self {
        case .allow(let answer), .deny(let answer): answer
        case .failure: nil
        }
    }
}

extension GateError {
    var name: String {
        switch self {
        case .invalid(let faults): "invalid " + faults.all.map(\.pointer).joined(separator: " ")
        case .forbidden: "forbidden"
        case .notFound: "not found"
        case .conflict(let code, _, _): code
        case .unavailable: "unavailable"
        }
    }
}

extension Result where Failure == GateError {
    var name: String {
        switch self {
        case .success: "done"
        case .failure(let error): error.name
        }
    }
}

/// Changes a database behind the gate's back.
func sqlite(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
}

func + (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds + b.milliseconds) }
func - (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds - b.milliseconds) }

extension Desk {
    /// A checked version of a list, from numbers one a line.
    func upload(
        _ list: String, _ numbers: [String], _ mode: ListVersion.Mode, by owner: String = "operations",
        isDryRun: Bool = false
    ) async throws -> ListVersion {
        let upload = try gate.beginUpload(
            list, mode: mode, asOf: nil, source: "test.csv", by: owner, isDryRun: isDryRun)
        try Array(numbers.map { $0 + "\n" }.joined().utf8).withUnsafeBytes { try upload.take($0) }
        return try await gate.check(try upload.end())
    }
}

/// Waits without holding up the tests beside.
func wait(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            semaphore.wait()
            continuation.resume()
        }
    }
}

/// Waits without holding up the tests beside. A task's own timers stand still under a faked clock.
func pause(milliseconds: UInt32) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            usleep(milliseconds * 1000)
            continuation.resume()
        }
    }
}

/// Asks again and again. A test that waited on its own thread for a task of its own could hold up that task for ever.
func wait(until isTrue: @escaping @Sendable () -> Bool) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            while !isTrue() { usleep(1000) }
            continuation.resume()
        }
    }
}
