import Foundation
import GRDB
import GateTesting
import Ledger
import Storage
import StorageSQLite
import Testing

@Suite struct PackingTests {
    /// A long log learns a dictionary from its own cores; what is read stays what was written, also for whoever had the
    /// store open before.
    @Test func coresAreStoredShortAndComeBackAsTheyWere() throws {
        let folder = try TemporaryFolder()
        let (store, other) = (try SQLiteStore(folder: folder.path), try SQLiteStore(folder: folder.path))
        defer {
            try? store.close()
            try? other.close()
        }
        var model = SearchModel(seed: 9)
        try model.append(4200, to: store)
        let before = try store.read { try $0.entries(after: 0, limit: 5000) }
        while try store.maintain() > 0 {}
        try model.append(300, to: store)
        _ = try other.maintain()
        // The other process packs with the same dictionary.
        try model.append(100, to: other)
        let all = try store.read { try $0.entries(after: 0, limit: 5000) }
        #expect(all.count == 4600 && Array(all.prefix(4200)) == before)
        #expect(try other.read { try $0.entries(after: 0, limit: 5000) } == all)
        #expect(all.allSatisfy { EntryCore.id(in: $0.core)?.sequence == $0.sequence })
        try model.check(other, rounds: 20)
        let queue = try DatabaseQueue(path: folder.path + "/log.sqlite")
        defer { try? queue.close() }
        let (written, stored, numbers) = try queue.read { db in
            (
                all.dropFirst(4200).map(\.core.count).reduce(0, +),
                try Int.fetchOne(db, sql: "SELECT sum(length(core)) FROM entry WHERE sequence > 4200") ?? 0,
                try Int.fetchAll(db, sql: "SELECT id FROM dictionary")
            )
        }
        #expect(stored < written * 2 / 3 && numbers == [1], "\(stored) of \(written) bytes")
        // What was damaged is told, or read as something else; never passed over.
        var packed = try queue.read {
            try Data.fetchOne($0, sql: "SELECT core FROM entry WHERE sequence = 4500") ?? Data()
        }
        #expect(packed.first == 1)
        packed.removeLast()
        try queue.write { try $0.execute(sql: "UPDATE entry SET core = ? WHERE sequence = 4500", arguments: [packed]) }
        #expect(throws: StorageError.self) { try store.read { try $0.entry(4500) } }
        packed[0] = 2
        try queue.write { try $0.execute(sql: "UPDATE entry SET core = ? WHERE sequence = 4500", arguments: [packed]) }
        #expect(throws: StorageError.self) { try store.read { try $0.entry(4500) } }
    }
}
