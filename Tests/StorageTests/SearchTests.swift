import GRDB
import GateTesting
import Ledger
import Storage
import Testing

@testable import StorageSQLite

@Suite struct SearchTests {
    /// Sets are kept by chunks of 65,536 entries; what is found goes over their edges.
    @Test(arguments: [1, 2]) func chunksMakeNoDifference(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        defer { try? store.close() }
        let first: Int64 = 3 * 65_536 - 150
        try store.writer.write { log in
            try log.execute(
                sql: """
                    WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < \(first))
                    INSERT INTO entry (sequence, kind, core) SELECT n, \(EntryKind.access.rawValue), x'80' FROM place
                    """)
        }
        var model = SearchModel(seed: seed, first: first)
        try model.append(250, to: store)
        try model.check(store, rounds: 30)
        _ = try store.maintain()
        try model.check(store, rounds: 60)
        try model.append(100, to: store)
        try model.check(store, rounds: 60)
    }

    @Test func aLostIndexFindsTheSame() throws {
        let folder = try TemporaryFolder()
        var store = try SQLiteStore(folder: folder.path)
        var model = SearchModel(seed: 5)
        try model.append(300, to: store)
        _ = try store.maintain()
        try store.close()
        for suffix in ["", "-wal", "-shm"] { try? folder.remove("index.sqlite\(suffix)") }
        store = try SQLiteStore(folder: folder.path)
        try model.check(store)
        _ = try store.maintain()
        try model.check(store)
        try store.close()
    }

    @Test func aTransactionFindsWhatItAppendedAndNobodyElseDoes() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        defer { try? store.close() }
        try store.commit { transaction in
            try transaction.append(StorageConformance.entry(1, .deny))
            #expect(try transaction.decisions(DecisionQuery(), limit: 9) == [1])
            #expect(try store.read { try $0.decisions(DecisionQuery(), limit: 9) }.isEmpty)
        }
        #expect(try store.read { try $0.decisions(DecisionQuery(), limit: 9) } == [1])
    }

    @Test(arguments: [0, 1, 4095, 4096, 65_536]) func setsComeBackAsTheyWere(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let places = Set((0..<65_536).shuffled(using: &random).prefix(count))
        var bits = ChunkBits()
        bits.insert(places.map { UInt16($0) })
        let stored = bits.stored
        #expect(stored.count == min(count * 2, 8192))
        var again = ChunkBits()
        stored.withUnsafeBytes { again.insert(stored: $0) }
        #expect(again.count == count && again.isEmpty == (count == 0))
        #expect(again.last(.max) == places.sorted(by: >))
        for range in [0..<65_536, 0..<0, 63..<65, 100..<30_000, 65_535..<65_536] {
            #expect(again.count(in: range) == places.count(where: range.contains))
            var part = again
            part.formIntersection(range)
            #expect(part.last(.max) == places.filter(range.contains).sorted(by: >))
        }
        again.remove(places.prefix(10).map { UInt16($0) })
        #expect(again.count == max(0, count - 10))
    }
}
