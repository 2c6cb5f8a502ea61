import Foundation
import GRDB
import GateModel
import GateTesting
import Ledger
import Storage
import Testing

@testable import StorageSQLite

@Suite struct SegmentTests {
    private struct Killed: Error {}

    private let folder: TemporaryFolder
    private var file: String { folder.path + "/segments/0001.sqlite" }

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> SQLiteStore { try SQLiteStore(folder: folder.path) }

    private func empty() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            try? folder.remove(name)
        }
    }

    private func all(_ store: some Store) throws -> [StoredEntry] {
        try store.read { try $0.entries(after: 0, limit: .max) }
    }

    /// How many rows a database has, counted behind the store's back.
    private func count(_ path: String, _ condition: String = "1") throws -> Int {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entry WHERE \(condition)") ?? 0 }
    }

    private func seal(_ store: SQLiteStore, through last: Int64) throws -> Segment? {
        while try store.maintain() > 0 {}
        return try store.seal(through: last) { _ in }
    }

    @Test func aCopyWaitsForASegmentThatIsBeingMade() throws {
        let store = try open()
        defer { try? store.close() }
        var model = SearchModel(seed: 9)
        try model.append(20, to: store)
        let copies = try TemporaryFolder()
        let owner = SegmentFiles(folder: folder.path)
        var told = 0
        let refused = try #require(
            try owner.alone { () -> String? in
                do {
                    _ = try SQLiteStore.copyLog(of: folder.path, to: copies.path + "/a.sqlite", patience: 0) {
                        told += 1
                    }
                    return nil
                } catch { return "\(error)" }
            })
        #expect(told == 1 && refused?.contains("log segments") == true, "\(refused ?? "copied")")
        #expect(!FileManager.default.fileExists(atPath: copies.path + "/a.sqlite"))
        // The one that makes it is done as soon as the copy waits.
        let (held, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let maker = Thread {
            _ = try? owner.alone {
                held.signal()
                go.wait()
            }
        }
        maker.start()
        held.wait()
        let last = try SQLiteStore.copyLog(of: folder.path, to: copies.path + "/b.sqlite", patience: 60) {
            go.signal()
        }
        #expect(last?.sequence == 20)
    }

    @Test func whatWasMovedIsFoundAsBefore() throws {
        var (store, model) = (try open(), SearchModel(seed: 5))
        // Another process, which knew the log before.
        let other = try open()
        defer { try? other.close() }
        try model.append(600, to: store)
        try model.check(other, rounds: 5)
        let before = try all(store)
        #expect(try seal(store, through: 200)?.entries == 1...200)
        #expect(try seal(store, through: 450)?.entries == 201...450)
        #expect(try seal(store, through: 450) == nil)
        #expect(try count(folder.path + "/log.sqlite") == 150 && count(file) == 200)
        for store in [store, other] {
            #expect(try all(store) == before)
            try store.read { (view: any StoreReading) throws in
                #expect(try view.segments().map(\.entries) == [1...200, 201...450])
                for (after, limit) in [(0, 3), (198, 4), (440, 500), (449, 2), (600, 5)] as [(Int64, Int)] {
                    #expect(
                        try view.entries(after: after, limit: limit)
                            == Array(before.dropFirst(Int(after)).prefix(limit)))
                }
                for (end, limit) in [(Int64.max, 1000), (453, 6), (201, 2), (1, 5), (2, 5)] as [(Int64, Int)] {
                    let expected = before.filter { $0.sequence < end }.reversed().prefix(limit)
                    #expect(try view.entries(before: end, limit: limit) == Array(expected))
                }
                for sequence in [1, 200, 201, 450, 451, 600] {
                    #expect(try view.entry(Int64(sequence)) == before[sequence - 1])
                }
                #expect(try view.entry(601) == nil && view.entry(0) == nil)
                let keys = (1...22).map(StorageConformance.key)
                #expect(try view.entries(by: keys) == keys.map { try view.entries(by: $0) })
                #expect(
                    try view.removable(.deny, after: 0, through: 600, limit: 900).map(\.sequence)
                        == before.filter { $0.kind == .deny }.map(\.sequence))
            }
            try model.check(store, rounds: 30)
        }
        try model.append(80, to: store)
        try model.check(other, rounds: 20)
        // The index is derived from segments as well.
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        store = try open()
        defer { try? store.close() }
        try model.check(store, rounds: 30)
    }

    @Test func aRemovalReachesTheFilesOfSegments() throws {
        let store = try open()
        defer { try? store.close() }
        var model = SearchModel(seed: 11)
        try model.append(400, to: store)
        _ = try seal(store, through: 300)
        #expect(try store.read { try $0.entry(20)?.removedBy } == nil)
        let named = try count(file, "keys IS NOT NULL")
        try model.forget(store)
        try model.check(store, rounds: 30)
        let left = try store.read { view in try view.entries(in: 1..<301).count { !$0.keys.isEmpty } }
        #expect(try left < named && count(file, "keys IS NOT NULL") == left)
        #expect(try count(file, "removed_by IS NOT NULL AND personal IS NOT NULL") == 0)
        #expect(!FileManager.default.fileExists(atPath: file + "-journal"))
    }

    /// Killed after any step, and whoever comes next: every entry is there, once, as it was; what was removed meanwhile is
    /// removed.
    @Test func aSealingThatIsCutShortLosesNothing() throws {
        for step in 1... {
            empty()
            var (store, model) = (try open(), SearchModel(seed: 3))
            try model.append(300, to: store)
            while try store.maintain() > 0 {}
            let other = try open()
            var expected = try all(store)
            var steps = 0
            var isKilled = false
            do {
                _ = try store.seal(through: 250) { _ in
                } after: { done in
                    steps += 1
                    if done == .noted {
                        // Somebody is erased while the file is made.
                        try other.commit { transaction in
                            let entry = try #require(try transaction.entry(7))
                            try transaction.redact(entry, keeping: [], bound: [9], by: 300)
                        }
                        expected[6].personal = nil
                        (expected[6].keys, expected[6].removedBy) = ([], 300)
                    }
                    if steps == step { throw Killed() }
                }
            } catch is Killed { isKilled = true }
            try store.close()
            #expect(try all(other) == expected, "killed after step \(step)")
            store = try open()
            #expect(try all(store) == expected, "killed after step \(step)")
            try model.check(store, rounds: 3)
            while try store.maintain() > 0 {}
            #expect(try all(store) == expected && all(other) == expected, "finished after step \(step)")
            #expect(try store.expunge())
            let states = try store.read { try $0.segments().map(\.state) }
            #expect(states == [.sealed] || states == [] && isKilled)
            #expect(try count(folder.path + "/log.sqlite") == (states.isEmpty ? 300 : 50))
            if states.isEmpty {
                #expect(!FileManager.default.fileExists(atPath: file))
                #expect(try seal(store, through: 250)?.number == 1)
            }
            #expect(try count(file, "sequence = 7 AND (personal IS NOT NULL OR keys IS NOT NULL)") == 0)
            #expect(try all(store) == expected)
            try other.close()
            try store.close()
            if !isKilled {
                #expect(step > 5)
                return
            }
        }
    }

    @Test func whatIsNotAsItWasSignedIsNotMoved() throws {
        let store = try open()
        defer { try? store.close() }
        for _ in 0..<20 { try StorageConformance.append(store) }
        while try store.maintain() > 0 {}
        #expect(throws: Killed.self) {
            try store.seal(through: 15) { if $0.contains(where: { $0.sequence == 9 }) { throw Killed() } }
        }
        #expect(try store.read { try $0.segments() } == [] && all(store).count == 20)
        #expect(try count(folder.path + "/log.sqlite") == 20)
        // The last entry stays, whatever is asked.
        #expect(try store.seal(through: .max) { _ in }?.entries == 1...19)
        #expect(try store.read { try $0.head() } == 20)
        #expect(try StorageConformance.append(store) == 21)
    }

    @Test func aSegmentThatIsGoneIsDamageAndNotSkipped() throws {
        var store = try open()
        for n in 0..<40 { try StorageConformance.append(store, keys: [n % 2]) }
        _ = try seal(store, through: 20)
        _ = try seal(store, through: 30)
        try store.close()
        store = try open()
        defer { try? store.close() }
        let other = folder.path + "/segments/0002.sqlite"
        try folder.copy(file, to: "away")
        try FileManager.default.removeItem(atPath: file)
        func refuses(_ text: String) {
            for read in [
                { _ = try $0.entry(3) }, { _ = try $0.entries(after: 0, limit: 1) },
                { _ = try $0.entries(by: StorageConformance.key(1)) },
            ] as [(any StoreReading) throws -> Void] {
                #expect {
                    try store.read(read)
                } throws: {
                    if case .damaged(let why)? = $0 as? StorageError { why.contains(text) } else { false }
                }
            }
        }
        refuses("put its file back")
        #expect(try store.read { try $0.entry(25)?.sequence } == 25)
        #expect(try StorageConformance.append(store, keys: [7]) == 41)
        // Another's file in its place.
        try FileManager.default.copyItem(atPath: other, toPath: file)
        refuses("is another segment")
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.copyItem(atPath: folder.path + "/away", toPath: file)
        #expect(try all(store).count == 41)
    }

    /// Killed after any step of a drop: what stays is there, and in the end nothing else.
    @Test func aDropThatIsCutShortIsFinished() throws {
        for step in 1... {
            empty()
            var store = try open()
            for n in 0..<60 {
                try StorageConformance.append(store, keys: n % 4 == 0 ? [1] : [], n % 4 == 0 ? .optOut : .allow)
            }
            let segment = try #require(try seal(store, through: 40))
            let kept = try all(store).filter { $0.kind == .optOut || $0.sequence > 40 }
            #expect(try store.read { try $0.frequentEntries(of: segment) } == (30, 10))
            try store.commit { transaction in
                try transaction.append(StorageConformance.entry(61, .segmentDrop))
                try transaction.drop(segment, count: 30, by: 61)
            }
            var steps = 0
            var isKilled = false
            do {
                try store.finish { _ in
                    steps += 1
                    if steps == step { throw Killed() }
                }
            } catch is Killed { isKilled = true }
            try store.close()
            store = try open()
            while try store.maintain() > 0 {}
            #expect(try Array(all(store).dropLast()) == kept)
            #expect(try count(file) == 10)
            try store.read { (view: any StoreReading) throws in
                #expect(try view.segments().map(\.state) == [.dropped] && view.segments().map(\.dropped) == [30])
                var query = DecisionQuery()
                query.range = 1..<41
                #expect(try view.decisions(query, limit: 100) == [])
                #expect(try view.entries(by: StorageConformance.key(1)).count == 15)
                #expect(try view.entries(in: 1..<13).map(\.sequence) == [1, 5, 9])
                #expect(try view.countOpenAttempts(before: .distantFuture) == 15)
            }
            try store.close()
            if !isKilled {
                #expect(step == 4)
                return
            }
        }
    }
}
