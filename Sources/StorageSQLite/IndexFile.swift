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
    ///
    /// What is in segments is in the index from the start: it is not looked for behind the watermark.
    static func open(_ path: String, of log: some DatabaseReader, _ files: SegmentFiles, _ cores: CorePacking) throws
        -> DatabaseQueue
    {
        do {
            return try openSound(path, of: log, files, cores)
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            return try openSound(path, of: log, files, cores)
        }
    }

    private static func openSound(
        _ path: String, of log: some DatabaseReader, _ files: SegmentFiles, _ cores: CorePacking
    ) throws -> DatabaseQueue {
        let index = try Connections.oneAfterAnother(in: (path as NSString).deletingLastPathComponent) {
            let index = try Connections.index(path)
            try DatabaseMigrator.index.migrateBesideOthers(index)
            return index
        }
        let (sequence, entry) = try index.inDatabase { try watermark($0) }
        // A log that was put back from a backup has other entries there, or none: they would never be found.
        var found: Data?
        try log.read { log in
            try IndexedEntry.each(log, files, cores, after: sequence - 1, limit: 1) {
                if $0.sequence == sequence { found = Data($0.identity) }
            }
        }
        if sequence != 0 && found != entry {
            try index.inTransaction(.immediate) { db in
                for table in ["mention", "open_attempt", "term", "posting", "quarter"] {
                    try db.execute(sql: "DELETE FROM \(table)")
                }
                try db.execute(sql: "UPDATE watermark SET sequence = 0, entry = NULL")
                return .commit
            }
        }
        let sealed = try log.read { try SegmentTable.last($0) }
        while try index.inDatabase({ try watermark($0).sequence }) < sealed {
            guard try fill(index, from: log, files, cores) > 0 else { break }
        }
        return index
    }

    /// Up to where the log is indexed, and which entry stands there.
    static func watermark(_ db: Database) throws -> (sequence: Int64, entry: Data?) {
        guard let row = try Row.fetchOne(db, sql: "SELECT sequence, entry FROM watermark") else { return (0, nil) }
        return (row[0], row[1])
    }

    /// Indexes the next entries.
    ///
    /// - Throws: ``StorageError/damaged(_:)`` where one is missing that was not dropped with its segment.
    /// - Returns: Up to where the log is indexed now.
    static func fill(
        _ index: DatabaseQueue, from log: some DatabaseReader, _ files: SegmentFiles, _ cores: CorePacking
    ) throws -> Int64 {
        let done = try index.inDatabase { try watermark($0).sequence }
        guard try log.read({ try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM entry") ?? 0 }) > done else {
            return done
        }
        var indexed = done
        // The log is read inside the transaction: what is being forgotten there is not indexed afterwards.
        try index.inTransaction(.immediate) { db in
            // Another process may have come first: to index an allow again after its outcome would open it again.
            let done = try watermark(db).sequence
            var entries: [IndexedEntry] = []
            try log.read { log in
                var (next, dropped) = (done + 1, [Segment]?.none)
                try IndexedEntry.each(log, files, cores, after: done, limit: most) { entry in
                    if entry.sequence > next {
                        let known = try dropped ?? SegmentTable.readable(log).filter { $0.droppedBy != nil }
                        try SegmentTable.require(next...entry.sequence - 1, in: known)
                        dropped = known
                    }
                    next = entry.sequence + 1
                    entries.append(entry)
                }
            }
            indexed = entries.last?.sequence ?? done
            guard let last = entries.last else { return .rollback }
            // In the order of the table, so that neighbours are written together.
            let mentions = entries.flatMap { entry in entry.keys.map { ($0.indexed, entry.sequence) } }.sorted {
                $0 < $1
            }
            let mention = try db.cachedStatement(sql: "INSERT OR IGNORE INTO mention VALUES (?, ?)")
            for (key, sequence) in mentions { try mention.execute(arguments: [key, sequence]) }
            let open = try db.cachedStatement(sql: "INSERT OR IGNORE INTO open_attempt VALUES (?, ?)")
            let settle = try db.cachedStatement(sql: "DELETE FROM open_attempt WHERE sequence = ?")
            for entry in entries {
                if entry.kind == .allow { try open.execute(arguments: [entry.sequence, entry.at]) }
                if let settled = entry.settles { try settle.execute(arguments: [settled]) }
            }
            var postings = Postings()
            for entry in entries { postings.add(entry) }
            try PostingTable(db).add(postings)
            try db.execute(
                sql: "UPDATE watermark SET sequence = ?, entry = ?", arguments: [last.sequence, Data(last.identity)])
            return .commit
        }
        return indexed
    }
}

extension LookupKey {
    /// The key's first eight bytes, by which the index knows it: half of the whole, and of a thousand million keys none is
    /// likely to be mistaken for the one that is looked for (5 in 10¹¹). Whoever reads entries compares the whole key.
    var indexed: Int64 { Int64(bitPattern: high) }
}
