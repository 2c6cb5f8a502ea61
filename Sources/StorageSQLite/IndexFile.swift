import Foundation
import GRDB
import GateModel
import Ledger
import Storage

/// `index.sqlite`: by which entries a key is found, up to a watermark. Derived from the log, so whatever is wrong with it
/// is mended by making it anew.
enum IndexFile {
    /// Entries indexed in one transaction.
    private static let most = 20_000

    /// Opens the index of a log; one that is damaged, or belongs to another log, is emptied.
    static func open(_ path: String, of log: some DatabaseReader) throws -> DatabaseQueue {
        do {
            return try openSound(path, of: log)
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            return try openSound(path, of: log)
        }
    }

    private static func openSound(_ path: String, of log: some DatabaseReader) throws -> DatabaseQueue {
        let index = try Connections.index(path)
        try DatabaseMigrator.index.migrateBesideOthers(index)
        let (sequence, entry) = try index.inDatabase { try watermark($0) }
        // A log that was put back from a backup has other entries there, or none: they would never be found.
        let found = try log.read { try StoredEntry.fetch($0, "sequence = ?", [sequence]).first }
        if sequence != 0 && found.map(identity) != entry {
            try index.inTransaction(.immediate) { db in
                for table in ["mention", "open_attempt"] { try db.execute(sql: "DELETE FROM \(table)") }
                try db.execute(sql: "UPDATE watermark SET sequence = 0, entry = NULL")
                return .commit
            }
        }
        return index
    }

    /// Up to where the log is indexed, and which entry stands there.
    static func watermark(_ db: Database) throws -> (sequence: Int64, entry: Data?) {
        guard let row = try Row.fetchOne(db, sql: "SELECT sequence, entry FROM watermark") else { return (0, nil) }
        return (row[0], row[1])
    }

    /// What tells an entry from that of another log at the same place.
    private static func identity(_ entry: StoredEntry) -> Data {
        guard let core = try? EntryCore(bytes: entry.core) else { return Data(entry.core.prefix(64)) }
        return Data(core.id.bytes)
    }

    /// Forgets by what removed entries were found.
    static func forget(_ mentions: [(key: Data, sequence: Int64)], in index: DatabaseQueue) throws {
        try index.inTransaction(.immediate) { db in
            let forget = try db.cachedStatement(sql: "DELETE FROM mention WHERE key = ? AND sequence = ?")
            for (key, sequence) in mentions { try forget.execute(arguments: [key, sequence]) }
            return .commit
        }
    }

    /// Indexes the next entries.
    ///
    /// - Returns: Up to where the log is indexed now.
    static func fill(_ index: DatabaseQueue, from log: some DatabaseReader) throws -> Int64 {
        let done = try index.inDatabase { try watermark($0).sequence }
        let entries = try log.read { try IndexedEntry.fetch($0, after: done, limit: most) }
        guard let last = entries.last else { return done }
        // In the order of the table, so that neighbours are written together.
        let mentions = entries.flatMap { entry in entry.keys.map { ($0, entry.sequence) } }.sorted {
            ($0.0.high, $0.0.low, $0.1) < ($1.0.high, $1.0.low, $1.1)
        }
        var indexed = last.sequence
        try index.inTransaction(.immediate) { db in
            // Another process may have come first: to index an allow again after its outcome would open it again.
            let now = try watermark(db).sequence
            guard now == done else {
                indexed = now
                return .rollback
            }
            let mention = try db.cachedStatement(sql: "INSERT OR IGNORE INTO mention VALUES (?, ?)")
            for (key, sequence) in mentions { try mention.execute(arguments: [Data(key.bytes), sequence]) }
            let open = try db.cachedStatement(sql: "INSERT OR IGNORE INTO open_attempt VALUES (?, ?)")
            let settle = try db.cachedStatement(sql: "DELETE FROM open_attempt WHERE sequence = ?")
            for entry in entries {
                if entry.isAllow { try open.execute(arguments: [entry.sequence, entry.at]) }
                if let settled = entry.settles { try settle.execute(arguments: [settled]) }
            }
            try db.execute(
                sql: "UPDATE watermark SET sequence = ?, entry = ?", arguments: [last.sequence, last.id])
            return .commit
        }
        return indexed
    }
}
