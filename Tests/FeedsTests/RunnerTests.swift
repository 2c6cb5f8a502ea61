import Foundation
import GateModel
import GateTesting
import Synchronization
import Testing

@testable import Feeds

/// A runner over a temporary folder whose deliveries are kept.
private final class Bench: Sendable {
    let folder: TemporaryFolder
    let clock = SettableClock(at("2026-11-23T10:00:00Z"))
    let delivered = Mutex<[String]>([])
    /// What the next deliveries end with.
    let outcome = Mutex<@Sendable () throws -> FeedOutcome>({ .taken(1) })
    let reported = DispatchSemaphore(value: 0)

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/drop", withIntermediateDirectories: true)
    }

    var lists: String { folder.path + "/lists" }

    func runner() -> FeedRunner {
        FeedRunner(
            root: lists, fetcher: alone, clock: { [clock] in clock.now }, random: { 0.5 },
            deliver: { [self] delivery in
                let text = FileManager.default.contents(atPath: delivery.path).map {
                    String(decoding: $0, as: UTF8.self)
                }
                delivered.withLock {
                    $0.append(
                        "\(delivery.name) \(delivery.mode.rawValue) \(delivery.asOf?.rfc3339 ?? "-"): \(text ?? "-")")
                }
                return try outcome.withLock { $0 }()
            },
            report: { [reported] _, _ in reported.signal() })
    }

    func file(_ path: String = "files/l.csv", mode: FeedDefinition.Mode = .replace) throws -> FeedDefinition {
        try FeedDefinition(
            source: .file(path: folder.path + "/" + path), schedule: FeedSchedule(every: .hours(24)), mode: mode)
    }

    func watched(checksum: FeedDefinition.Companion? = nil, sizeLimit: Int64 = 1000) throws -> FeedDefinition {
        try FeedDefinition(
            source: .folder(path: folder.path + "/drop"), schedule: FeedSchedule(every: .seconds(10)), mode: .add,
            checksum: checksum, sizeLimit: sizeLimit)
    }

    func state(_ list: String = "l") -> FeedState { FeedState.load(lists + "/" + list) }
    func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + path)) ?? []).sorted()
    }
}

@Suite("A runner of feeds")
struct RunnerTests {
    private let bench: Bench
    init() throws { bench = try Bench() }

    @Test("fetches what is due on a thread of its own, and remembers it")
    func fetchesDue() throws {
        try write("+8613800000001\n", bench.folder, "files/l.csv", "2026-11-22T08:00:00Z")
        let (runner, feeds) = (bench.runner(), ["l": try bench.file()])
        runner.tick(feeds, now: bench.clock.now)
        bench.reported.wait()
        runner.stop()
        #expect(bench.delivered.withLock { $0 } == ["l.csv replace 2026-11-22T08:00:00.000Z: +8613800000001\n"])
        let state = bench.state()
        #expect(state.lastSuccess == bench.clock.now)
        #expect(state.lastVersion == 1)
        #expect(bench.names("lists/l") == ["feed.json"])
        // Another process, an unchanged source: not due, and when due nothing is handed over.
        let second = bench.runner()
        bench.clock.advance(.hours(23))
        second.tick(feeds, now: bench.clock.now)
        bench.clock.advance(.hours(1))
        second.tick(feeds, now: bench.clock.now)
        bench.reported.wait()
        second.stop()
        #expect(bench.delivered.withLock { $0.count } == 1)
        #expect(bench.state().lastSuccess == bench.clock.now)
    }

    @Test("keeps what is known after a failure, counts it, and pauses")
    func countsFailures() throws {
        let (runner, definition) = (bench.runner(), try bench.file("files/none.csv"))
        for count in 1...3 {
            let state = try runner.fetch("l", definition)
            #expect(state.failures == count)
            #expect(state.lastError?.contains("is not there") == true)
        }
        let told = try runner.fetch("l", definition)
        #expect(bench.state() == told)
        let status = FeedStatus(definition, folder: bench.lists + "/l", now: bench.clock.now)
        #expect(status.nextAttempt == bench.clock.now + Span.seconds(8 * 60 + 60))
        #expect(bench.names("lists/l") == ["feed.json"])
        try bench.folder.write("+8613800000001\n", to: "files/none.csv")
        #expect(try runner.fetch("l", definition).failures == 0)
    }

    @Test("does not hand a rejected file over twice, and stays failed until the source changes")
    func remembersRejection() throws {
        try bench.folder.write("no number\n", to: "files/l.csv")
        let (runner, definition) = (bench.runner(), try bench.file())
        bench.outcome.withLock { $0 = { .rejected(7, why: "no line is a number") } }
        #expect(try runner.fetch("l", definition).lastError?.contains("no line is a number") == true)
        let second = try runner.fetch("l", definition)
        #expect(second.failures == 2)
        #expect(second.lastVersion == 7)
        #expect(bench.delivered.withLock { $0.count } == 1)
        bench.outcome.withLock { $0 = { .taken(8) } }
        #expect(try runner.fetch("l", definition, again: true).lastError == nil)
        #expect(bench.delivered.withLock { $0.count } == 2)
    }

    @Test("hands a file over again that could not be taken")
    func triesAgain() throws {
        try bench.folder.write("+8613800000001\n", to: "files/l.csv")
        let (runner, definition) = (bench.runner(), try bench.file())
        bench.outcome.withLock { $0 = { throw Broken("the disk is full") } }
        #expect(try runner.fetch("l", definition).lastError?.contains("the disk is full") == true)
        bench.outcome.withLock { $0 = { .taken(2) } }
        #expect(try runner.fetch("l", definition).lastVersion == 2)
    }

    @Test("lets one process at a time fetch a list")
    func locks() throws {
        try bench.folder.write("+8613800000001\n", to: "files/l.csv")
        let lock = try FolderLock(bench.lists + "/l", list: "l")
        let (runner, definition) = (bench.runner(), try bench.file())
        #expect(throws: FeedError.busy(list: "l")) { try runner.fetch("l", definition) }
        withExtendedLifetime(lock) {}
        #expect(bench.names("lists/l") == [])
    }

    @Test("reads a state that is damaged as none")
    func readsDamagedState() throws {
        try bench.folder.write("{\"version\":1,\"failures\":\"many\"", to: "lists/l/feed.json")
        #expect(bench.state() == FeedState())
    }

    @Test("takes the complete files of a folder in the order of their change, and moves them")
    func takesFolder() throws {
        let (runner, definition) = (bench.runner(), try bench.watched())
        try write("b", bench.folder, "drop/a.csv", "2026-11-22T09:00:00Z")
        try write("a", bench.folder, "drop/z.csv", "2026-11-22T08:00:00Z")
        for name in [".hidden", "x.part", "y.tmp"] {
            try write("n", bench.folder, "drop/" + name, "2026-11-22T08:00:00Z")
        }
        try runner.fetch("l", definition)
        #expect(bench.delivered.withLock { $0 } == [])
        try write("grown", bench.folder, "drop/a.csv", "2026-11-22T10:00:00Z")
        try runner.fetch("l", definition)
        #expect(bench.delivered.withLock { $0 } == ["z.csv add 2026-11-22T08:00:00.000Z: a"])
        try runner.fetch("l", definition)
        #expect(bench.delivered.withLock { $0.last } == "a.csv add 2026-11-22T10:00:00.000Z: grown")
        #expect(bench.names("drop") == [".hidden", "done", "x.part", "y.tmp"])
        #expect(bench.names("drop/done") == ["a.csv", "z.csv"])
    }

    @Test("moves a file that is no good aside with the reason, and goes on with the next")
    func movesFailed() throws {
        let (runner, definition) = (bench.runner(), try bench.watched(sizeLimit: 3))
        try write("", bench.folder, "drop/1.csv", "2026-11-22T08:00:00Z")
        try write("long", bench.folder, "drop/2.csv", "2026-11-22T09:00:00Z")
        try write("ok", bench.folder, "drop/3.csv", "2026-11-22T10:00:00Z")
        try runner.fetch("l", definition)
        let state = try runner.fetch("l", definition)
        #expect(state.lastError == nil)
        #expect(bench.names("drop/failed") == ["1.csv", "1.csv.reason", "2.csv", "2.csv.reason"])
        let reason = FileManager.default.contents(atPath: bench.folder.path + "/drop/failed/2.csv.reason") ?? Data()
        #expect(String(decoding: reason, as: UTF8.self).contains("larger than 3 bytes"))
        #expect(bench.names("drop/done") == ["3.csv"])
    }

    @Test("leaves a file of a folder where it is when it could not be taken")
    func leavesFile() throws {
        let (runner, definition) = (bench.runner(), try bench.watched())
        try write("a", bench.folder, "drop/a.csv", "2026-11-22T08:00:00Z")
        bench.outcome.withLock { $0 = { throw Broken("the disk is full") } }
        try runner.fetch("l", definition)
        #expect(try runner.fetch("l", definition).failures == 1)
        #expect(bench.names("drop") == ["a.csv"])
        bench.outcome.withLock { $0 = { .taken(1) } }
        #expect(try runner.fetch("l", definition).failures == 0)
        #expect(bench.names("drop/done") == ["a.csv"])
    }

    @Test("lets a file of a folder wait for its checksum")
    func waitsForChecksum() throws {
        let (runner, definition) = (bench.runner(), try bench.watched(checksum: .suffix(".sha256")))
        try write("a", bench.folder, "drop/a.csv", "2026-11-22T08:00:00Z")
        for _ in 0..<2 { try runner.fetch("l", definition) }
        #expect(bench.names("drop") == ["a.csv"])
        try write(
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.csv\n", bench.folder,
            "drop/a.csv.sha256", "2026-11-22T08:00:00Z")
        for _ in 0..<2 { try runner.fetch("l", definition) }
        #expect(bench.names("drop/done") == ["a.csv", "a.csv.sha256"])
        #expect(bench.delivered.withLock { $0.count } == 1)
    }

    @Test("tells of a folder that is not there, until it is")
    func tellsOfMissingFolder() throws {
        let (runner, definition) = (bench.runner(), try bench.watched())
        try bench.folder.remove("drop")
        #expect(try runner.fetch("l", definition).lastError?.contains("cannot be used") == true)
        try FileManager.default.createDirectory(atPath: bench.folder.path + "/drop", withIntermediateDirectories: true)
        #expect(try runner.fetch("l", definition).lastError == nil)
    }
}
