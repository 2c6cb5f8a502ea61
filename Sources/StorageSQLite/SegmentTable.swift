import Foundation
import GRDB
import Ledger
import Storage

/// Which stretches of the log stand in files of their own, and what those files are yet to lose. Kept in the log's database,
/// so that one view of it tells where each entry is.
enum SegmentTable {
    private static let columns = "number, first, last, state, dropped_by, dropped"

    private static func segments(_ log: Database, _ condition: String) throws -> [Segment] {
        let statement = try log.cachedStatement(
            sql: "SELECT \(columns) FROM segment WHERE \(condition) ORDER BY number")
        return try Row.fetchAll(statement).map { row in
            guard let state = Segment.State(rawValue: row[3]), (row[1] as Int64) <= row[2] else {
                throw StorageError.damaged("segment \(row[0] as Int64) is none that this version knows")
            }
            return Segment(number: row[0], entries: row[1]...row[2], state: state, droppedBy: row[4], dropped: row[5])
        }
    }

    static func all(_ log: Database) throws -> [Segment] { try segments(log, "1") }

    /// Those whose file is in place.
    static func readable(_ log: Database) throws -> [Segment] { try segments(log, "state >= 2") }

    /// Makes sure that entries which are not where they were looked for are elsewhere: what is nowhere may have been a
    /// refusal, and nothing goes on without it.
    ///
    /// - Parameter segments: Those that may have all of them.
    static func require(_ absent: ClosedRange<Int64>, in segments: [Segment]) throws {
        var next = absent.lowerBound
        for segment in segments where segment.entries.contains(next) { next = segment.entries.upperBound + 1 }
        guard next <= absent.upperBound else { return }
        throw StorageError.damaged("entry \(next) is missing in the log; see `callgate log verify`")
    }

    /// The last entry that is in a segment; 0 for none.
    static func last(_ log: Database) throws -> Int64 {
        try Int64.fetchOne(log, sql: "SELECT max(last) FROM segment WHERE state >= 2") ?? 0
    }

    /// The next segment, up to an entry; nil where there is nothing to move.
    static func register(through last: Int64, _ log: Database) throws -> Segment? {
        let latest = try all(log).last
        let head = try Int64.fetchOne(log, sql: "SELECT max(sequence) FROM entry") ?? 0
        let first = try Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? 0
        // The last entry stays: it says where the log goes on.
        let last = min(last, head - 1)
        guard first > 0, last >= first else { return nil }
        let segment = Segment(number: (latest?.number ?? 0) + 1, entries: first...last, state: .sealing)
        try log.execute(
            sql: "INSERT INTO segment (number, first, last, state) VALUES (?, ?, ?, ?)",
            arguments: [segment.number, first, last, segment.state.rawValue])
        return segment
    }

    static func set(_ state: Segment.State, _ number: Int64, _ log: Database) throws {
        try log.execute(sql: "UPDATE segment SET state = ? WHERE number = ?", arguments: [state.rawValue, number])
    }

    /// Forgets a segment that was begun; its entries are where they were, and what was removed of them meanwhile is gone.
    static func undo(_ segment: Segment, _ log: Database) throws {
        try log.execute(
            sql: "DELETE FROM redaction WHERE sequence BETWEEN ? AND ?",
            arguments: [segment.entries.lowerBound, segment.entries.upperBound])
        try log.execute(sql: "DELETE FROM segment WHERE number = ?", arguments: [segment.number])
    }

    // MARK: What was removed of entries in segments

    /// Notes that an entry loses its personal part and names; nothing where it stands in the log's database alone.
    static func redact(
        _ entry: StoredEntry, keeping keys: [LookupKey], bound remains: [UInt8], by remover: Int64, _ log: Database
    ) throws {
        let isMoved = try Bool.fetchOne(
            log, sql: "SELECT EXISTS (SELECT 1 FROM segment WHERE ? BETWEEN first AND last)",
            arguments: [entry.sequence])
        guard isMoved == true else { return }
        try log.execute(
            sql: "INSERT OR REPLACE INTO redaction (sequence, keys, removed_by, remains) VALUES (?, ?, ?, ?)",
            arguments: [
                entry.sequence, keys.isEmpty ? nil : Data(keys.flatMap(\.bytes)), entry.removedBy ?? remover,
                Data(remains),
            ])
    }

    /// The entries of segments as they are by now.
    static func applyRedactions(_ entries: [StoredEntry], _ log: Database) throws -> [StoredEntry] {
        guard let first = entries.first?.sequence, let last = entries.last?.sequence else { return [] }
        let statement = try log.cachedStatement(
            sql: "SELECT sequence, keys, removed_by FROM redaction WHERE sequence BETWEEN ? AND ?")
        let rows = try Row.fetchAll(statement, arguments: [min(first, last), max(first, last)])
        guard !rows.isEmpty else { return entries }
        let redactions = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int64, $0) })
        return entries.map { entry in
            guard let row = redactions[entry.sequence] else { return entry }
            var entry = entry
            (entry.personal, entry.keys, entry.removedBy) = (nil, LookupKey.list(row[1]), row[2])
            return entry
        }
    }
}
