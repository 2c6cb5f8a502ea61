import Foundation
import GRDB
import Ledger

/// What is still to be taken out of the files: kept in the log, in the transaction that removes, so that a process that is
/// killed leaves the rest to the next.
struct Expunging {
    /// Rows done at once.
    private static let most = 20_000

    /// The last row that was read.
    private var last: Int64
    /// What was removed.
    private var entries: [Int64]
    /// By what removed entries may still be found in the index.
    private var mentions: [(key: LookupKey, sequence: Int64)]

    /// - Parameter keys: What the entry is no longer found by.
    static func add(_ sequence: Int64, _ keys: [LookupKey], to log: Database) throws {
        let add = try log.cachedStatement(sql: "INSERT INTO expunging (sequence, key) VALUES (?, ?)")
        try add.execute(arguments: [sequence, nil])
        for key in keys { try add.execute(arguments: [sequence, Data(key.bytes)]) }
    }

    /// Nil where there is nothing to do.
    init?(_ log: Database) throws {
        let rows = try Row.fetchAll(log, sql: "SELECT id, sequence, key FROM expunging ORDER BY id LIMIT \(Self.most)")
        guard let end = rows.last else { return nil }
        last = end[0]
        entries = Set(rows.map { $0[1] }).sorted()
        mentions = rows.compactMap { row in (row[2] as Data?).flatMap { LookupKey(bytes: $0) }.map { ($0, row[1]) } }
    }

    /// - Returns: False where the index has not come to all of them yet: whoever fills it may have read them before.
    func forget(in index: DatabaseQueue) throws -> Bool {
        try index.inTransaction(.immediate) { db in
            let mention = try db.cachedStatement(sql: "DELETE FROM mention WHERE key = ? AND sequence = ?")
            for (key, sequence) in mentions { try mention.execute(arguments: [key.indexed, sequence]) }
            try PostingTable(db).forget(.agent, of: entries)
            return .commit
        }
        let watermark = try index.inDatabase { try IndexFile.watermark($0).sequence }
        return entries.allSatisfy { $0 <= watermark }
    }

    func finish(_ log: Database) throws {
        try log.execute(sql: "DELETE FROM expunging WHERE id <= ?", arguments: [last])
    }
}

extension Database {
    /// Copies the whole write-ahead log into the database and empties it.
    ///
    /// - Returns: Whether it was; not while somebody reads an older state, or writes.
    func emptyWriteAheadLog() throws -> Bool {
        do {
            try checkpoint(.truncate)
            return true
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
            return false
        }
    }
}
