import Foundation
import GRDB
import GateModel
import GateTesting
import Ledger
import Storage
import StorageSQLite
import Testing

@Suite struct SQLiteTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func open() throws -> SQLiteStore { try SQLiteStore(folder: folder.path) }

    func found(_ store: SQLiteStore, _ key: Int) throws -> [Int64] {
        try store.read { try $0.entries(by: StorageConformance.key(key)).map(\.sequence) }
    }

    func fill(_ store: SQLiteStore, _ count: Int) throws {
        for n in 0..<count { try StorageConformance.append(store, keys: [n % 3]) }
    }

    // MARK: The index

    @Test func aLostIndexGivesTheSameAnswers() throws {
        var store = try open()
        try fill(store, 30)
        _ = try store.maintain()
        let expected = try found(store, 1)
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        store = try open()
        #expect(try found(store, 1) == expected)
        _ = try store.maintain()
        #expect(try found(store, 1) == expected)
        try store.close()
    }

    /// What was taken out of the log and of the index might have been a refusal.
    @Test func anEntryThatIsMissingInLogAndIndexIsDamage() throws {
        var store = try open()
        try fill(store, 30)
        _ = try store.maintain()
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        let log = try DatabaseQueue(path: folder.path + "/log.sqlite")
        try log.writeWithoutTransaction { try $0.execute(sql: "DELETE FROM entry WHERE sequence = 7") }
        try log.close()
        store = try open()
        let damage = StorageError.damaged("entry 7 is missing in the log; see `callgate log verify`")
        for _ in 0..<2 {
            #expect(throws: damage) { try found(store, 1) }
            #expect(throws: damage) { try StorageConformance.append(store, keys: [1]) }
            #expect(throws: damage) { try store.maintain() }
        }
        try store.close()
    }

    @Test(arguments: ["this is no database, and long enough to be read as one", ""])
    func aDamagedIndexIsMadeAnew(contents: String) throws {
        var store = try open()
        try fill(store, 30)
        _ = try store.maintain()
        let expected = try found(store, 2)
        try store.close()
        for suffix in ["-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        try folder.write(String(repeating: contents, count: 200), to: "index.sqlite")
        store = try open()
        #expect(try found(store, 2) == expected)
        _ = try store.maintain()
        #expect(try found(store, 2) == expected)
        try store.close()
    }

    /// An index that is ahead of its log would hide every attempt until the log has caught up with it.
    @Test(arguments: [10, 40]) func anIndexOfALaterLogIsMadeAnew(written: Int) throws {
        var store = try open()
        try fill(store, 10)
        try store.close()
        try folder.copy(folder.path + "/log.sqlite", to: "backup")
        store = try open()
        try fill(store, 20)
        _ = try store.maintain()
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("log.sqlite\(suffix)") }
        try folder.copy(folder.path + "/backup", to: "log.sqlite")
        store = try open()
        for n in 0..<written { try StorageConformance.append(store, keys: [100 + n, 7], at: 5) }
        #expect(try found(store, 7).count == written)
        _ = try store.maintain()
        #expect(try found(store, 7).count == written)
        #expect(try found(store, 1).allSatisfy { $0 <= 10 })
        try store.close()
    }

    @Test func anIndexBehindTheLogGivesTheSameAnswers() throws {
        var store = try open()
        try fill(store, 10)
        _ = try store.maintain()
        try store.close()
        try folder.copy(folder.path + "/index.sqlite", to: "old-index")
        store = try open()
        try fill(store, 20)
        _ = try store.maintain()
        let expected = try found(store, 0)
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        try folder.copy(folder.path + "/old-index", to: "index.sqlite")
        store = try open()
        #expect(try found(store, 0) == expected)
        try store.close()
    }

    // MARK: Trouble

    @Test func aLogThatIsNoDatabaseIsRefused() throws {
        try folder.write(String(repeating: "no database at all. ", count: 500), to: "log.sqlite")
        #expect(throws: StorageError.self) { try open() }
        do { _ = try open() } catch StorageError.damaged {} catch { Issue.record("\(error)") }
    }

    @Test func aLogOfANewerVersionIsRefused() throws {
        try open().close()
        let queue = try DatabaseQueue(path: folder.path + "/log.sqlite")
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
        try queue.close()
        #expect {
            try open()
        } throws: {
            "\($0)".contains("newer version")
        }
    }

    @Test func anEntryOfAnUnknownKindIsDamageAndNotSkipped() throws {
        let store = try open()
        try fill(store, 1)
        let queue = try DatabaseQueue(path: folder.path + "/log.sqlite")
        try queue.write { try $0.execute(sql: "UPDATE entry SET kind = 999") }
        try queue.close()
        #expect {
            try store.read { try $0.entries(after: 0, limit: 10) }
        } throws: {
            if case .damaged? = $0 as? StorageError { true } else { false }
        }
        try store.close()
    }

    @Test func aFullDiskStoresNothingAndLosesNothing() throws {
        try open().close()
        let small = try SQLiteStore(folder: folder.path, mostPages: 40)
        var stored: Int64 = 0
        var failures = 0
        while failures < 3 {
            do {
                try small.commit { transaction in
                    var entry = StorageConformance.entry(try transaction.head() + 1, keys: [1])
                    entry.personal = [UInt8](repeating: 7, count: 20_000)
                    try transaction.append(entry)
                }
                stored += 1
            } catch StorageError.unavailable { failures += 1 }
        }
        #expect(stored > 0)
        #expect(try found(small, 1) == Array(1...stored))
        try small.close()
        // With room again it goes on where it stopped.
        let store = try open()
        #expect(try StorageConformance.append(store, keys: [1]) == stored + 1)
        #expect(try found(store, 1) == Array(1...(stored + 1)))
        try store.close()
    }

    @Test func aLockedDatabaseIsUnavailableAndRecovers() throws {
        let store = try SQLiteStore(folder: folder.path, busyTimeout: 0.05)
        try fill(store, 3)
        let other = try DatabaseQueue(path: folder.path + "/log.sqlite")
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            do {
                try StorageConformance.append(store, keys: [1])
                Issue.record("a write went through a lock")
            } catch StorageError.unavailable {}
            // Reading goes on.
            #expect(try found(store, 1) == [2])
            try db.execute(sql: "ROLLBACK")
        }
        #expect(try StorageConformance.append(store, keys: [1]) == 4)
        #expect(try found(store, 1) == [2, 4])
        try other.close()
        try store.close()
    }

    @Test func anIndexedEntryThatIsGoneIsDamageAndNotNothing() throws {
        let store = try SQLiteStore(folder: folder.path)
        for _ in 1...3 { try StorageConformance.append(store, keys: [1]) }
        while try store.maintain() > 0 {}
        try store.close()
        let other = try DatabaseQueue(path: folder.path + "/log.sqlite")
        try other.writeWithoutTransaction { try $0.execute(sql: "DELETE FROM entry WHERE sequence = 2") }
        try other.close()
        let opened = try SQLiteStore(folder: folder.path)
        #expect(throws: StorageError.self) { try opened.read { try $0.entries(by: StorageConformance.key(1)) } }
        #expect(throws: StorageError.self) { try opened.read { try $0.entries(by: [StorageConformance.key(1)]) } }
        try opened.close()
    }

    @Test func manyOpenTheSameNewFolderAtOnce() throws {
        let path = folder.path + "/new"
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 8) { n in
            do {
                let store = try SQLiteStore(folder: path, busyTimeout: 60)
                try StorageConformance.append(store, keys: [1])
                _ = try store.maintain()
                try store.close()
            } catch { failures.add("\(error)") }
        }
        #expect(failures.all == [])
        let store = try SQLiteStore(folder: path)
        #expect(try found(store, 1) == Array(1...8))
        try store.close()
    }

    @Test func theWriterSyncsItsCommits() throws {
        let store = try open()
        // Read back by the driver itself when it opens; a database that cannot be in WAL mode is refused.
        #expect(throws: StorageError.self) { try SQLiteStore(folder: "/proc/callgate") }
        try store.close()
    }
}

final class Failures: @unchecked Sendable {
    // Proof: every access holds the lock.
    private let lock = NSLock()
    private var texts: [String] = []
    func add(_ text: String) { lock.withLock { texts.append(text) } }
    var all: [String] { lock.withLock { texts } }
}
