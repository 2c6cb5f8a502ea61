import Foundation
import GRDB
import Ledger
import Storage

/// What is not in the log's database is in a segment. While entries are being moved they are in both; then those of the
/// database count.
extension SQLiteReading {
    func segments() throws -> [Segment] { try SegmentTable.all(log) }

    /// Entries of segments, of a stretch that the log's database does not have.
    func sealed(_ range: ClosedRange<Int64>, limit: Int, newestFirst: Bool = false) throws -> [StoredEntry] {
        try sealed(
            range, limit: limit, newestFirst: newestFirst, "sequence BETWEEN ? AND ?"
        ) {
            [$0.lowerBound, $0.upperBound]
        }
    }

    private func sealed(
        _ range: ClosedRange<Int64>, limit: Int, newestFirst: Bool, _ condition: String,
        _ arguments: (ClosedRange<Int64>) -> StatementArguments
    ) throws -> [StoredEntry] {
        var segments = try SegmentTable.readable(log).filter { $0.entries.overlaps(range) }
        if newestFirst { segments.reverse() }
        var found: [StoredEntry] = []
        for segment in segments where found.count < limit {
            let order = "ORDER BY sequence \(newestFirst ? "DESC" : "") LIMIT \(limit - found.count)"
            found += try files.read(segment) { file in
                try StoredEntry.fetch(
                    file, tail.cores, "\(condition) \(order)", arguments(segment.entries.clamped(to: range)))
            }
        }
        return try SegmentTable.applyRedactions(found, log)
    }

    /// Removable entries of segments.
    func sealedRemovable(
        _ kind: Int, _ condition: String, _ range: ClosedRange<Int64>, limit: Int
    ) throws -> [StoredEntry] {
        try sealed(range, limit: limit, newestFirst: false, "\(condition) AND kind = ? AND sequence BETWEEN ? AND ?") {
            [kind, $0.lowerBound, $0.upperBound]
        }
    }

    /// Adds those of some entries, in order, that are in segments.
    func addSealed(_ wanted: [Int64], to found: inout [Int64: StoredEntry]) throws {
        guard wanted.contains(where: { found[$0] == nil }) else { return }
        let missing = wanted.filter { found[$0] == nil }
        for segment in try SegmentTable.readable(log) {
            let own = missing.filter(segment.entries.contains)
            if own.isEmpty { continue }
            let entries = try files.read(segment) { try StoredEntry.fetch($0, tail.cores, of: own) }
            for entry in try SegmentTable.applyRedactions(own.compactMap { entries[$0] }, log) {
                found[entry.sequence] = entry
            }
        }
    }

    func frequentEntries(of segment: Segment) throws -> (all: Int64, named: Int64) {
        try files.read(segment) { file in
            guard
                let row = try Row.fetchOne(
                    file,
                    sql: """
                        SELECT count(*), count(CASE WHEN personal IS NOT NULL OR keys IS NOT NULL THEN 1 END) FROM entry
                        WHERE \(SegmentMaking.frequent)
                        """)
            else { return (0, 0) }
            return (row[0], row[1])
        }
    }
}

extension IndexedEntry {
    /// Reads entries in order, wherever they are, the first after `sequence`.
    static func each(
        _ log: Database, _ files: SegmentFiles, _ cores: CorePacking, after sequence: Int64, limit: Int,
        _ body: (IndexedEntry) throws -> Void
    ) throws {
        var (next, left) = (sequence, limit)
        func take(_ entry: IndexedEntry) throws {
            (next, left) = (entry.sequence, left - 1)
            try body(entry)
        }
        let first = try Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? 0
        if first > sequence + 1 {
            for segment in try SegmentTable.readable(log) where segment.entries.upperBound > next && left > 0 {
                try files.read(segment) { try each($0, cores, after: next, limit: left, take) }
            }
        }
        if left > 0 { try each(log, cores, after: next, limit: left, take) }
    }
}
