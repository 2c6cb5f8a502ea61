import Foundation
import GRDB
import Ledger
import Storage

/// Makes the file of a segment: the rows as they are, and what they are packed with.
enum SegmentMaking {
    /// Decisions and outcomes: what is dropped of a segment. All else stays.
    static let frequent = [EntryKind.allow, .deny, .outcome].map { "kind = \($0.rawValue)" }.joined(separator: " OR ")
    private static let portion: Int64 = 20_000

    /// Copies a segment's rows into a new file that is not durable yet. O(rows).
    ///
    /// - Parameters:
    ///   - path: What is there already is removed.
    ///   - source: The log's database; where decisions and outcomes are dropped, the segment's file.
    static func make(_ path: String, from source: String, _ segment: Segment, isDropping: Bool = false) throws {
        try remove(path)
        var configuration = Configuration()
        configuration.label = "callgate.segment.making"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // A file that is cut short is made anew; a whole one is synced before it is put in place.
            try db.execute(sql: "PRAGMA page_size = \(Connections.pageSize)")
            try db.execute(sql: "PRAGMA journal_mode = OFF")
            try db.execute(sql: "PRAGMA synchronous = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        chmod(path, 0o600)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "ATTACH ? AS source", arguments: [source])
            let schema = try Row.fetchAll(
                db,
                sql: """
                    SELECT type, sql FROM source.sqlite_master
                    WHERE tbl_name IN ('entry', 'dictionary') AND sql IS NOT NULL
                    """)
            for row in schema where row[0] as String == "table" { try db.execute(sql: row[1]) }
            try db.execute(sql: "INSERT INTO main.dictionary SELECT * FROM source.dictionary")
            // How many entries that were dropped had been removed by which entry: so that its number can be checked.
            try db.execute(sql: "CREATE TABLE gone (removed_by INTEGER PRIMARY KEY, entries INTEGER NOT NULL)")
            if isDropping {
                try db.execute(
                    sql: """
                        INSERT INTO main.gone SELECT remover, sum(entries) FROM (
                            SELECT coalesce(removed_by, 0) AS remover, count(*) AS entries FROM source.entry
                            WHERE \(frequent) GROUP BY 1
                            UNION ALL SELECT removed_by, entries FROM source.gone
                        ) GROUP BY 1
                        """)
            }
            try db.execute(
                sql: """
                    CREATE TABLE segment (number INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
                    INSERT INTO main.segment VALUES (\(segment.number), \(segment.entries.lowerBound), \
                    \(segment.entries.upperBound));
                    """)
            let condition = isDropping ? "NOT (\(frequent))" : "1"
            let copy = try db.makeStatement(
                sql: """
                    INSERT INTO main.entry SELECT * FROM source.entry WHERE sequence BETWEEN ? AND ? AND (\(condition))
                    ORDER BY sequence
                    """)
            // In portions: one long reading would keep the log's write-ahead log from being emptied.
            var next = segment.entries.lowerBound
            while next <= segment.entries.upperBound {
                let last = min(next + portion - 1, segment.entries.upperBound)
                try copy.execute(arguments: [next, last])
                next = last + 1
            }
            for row in schema where row[0] as String == "index" { try db.execute(sql: row[1]) }
        }
        try queue.close()
    }

    static func remove(_ path: String) throws {
        for suffix in ["", "-journal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// Tells `judge` of every entry of a file, in order.
    ///
    /// - Throws: ``StorageError/damaged(_:)`` where one is missing, and what `judge` throws.
    static func check(
        _ path: String, _ segment: Segment, _ cores: CorePacking, _ judge: ([StoredEntry]) throws -> Void
    ) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { db in
            var next = segment.entries.lowerBound
            while next <= segment.entries.upperBound {
                let entries = try StoredEntry.fetch(
                    db, cores, "sequence BETWEEN ? AND ? ORDER BY sequence LIMIT 8192",
                    [next, segment.entries.upperBound])
                for (place, entry) in entries.enumerated() where entry.sequence != next + Int64(place) {
                    throw StorageError.damaged("entry \(next + Int64(place)) is missing")
                }
                guard !entries.isEmpty else { throw StorageError.damaged("entry \(next) is missing") }
                try judge(entries)
                next += Int64(entries.count)
            }
        }
        try queue.close()
    }
}
