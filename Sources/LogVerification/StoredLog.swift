import Foundation
import GRDBSQLite

/// Reads the rows of a log's database in large portions. It never writes, and a gate may go on writing beside it.
final class StoredLog {
    struct Row: Sendable {
        var sequence: Int64
        var kind: Int
        var core: [UInt8]
        var personal: [UInt8]?
        var subject: Int64?
        /// The wrapped secret of the person it is about; nil where there is none or it was destroyed.
        var secret: [UInt8]?
        /// The entry by which the personal part was removed; nil where it was not.
        var removedBy: Int64?
        /// What the entry is found by.
        var keys: [UInt8] = []
        /// The allow whose attempt it settles.
        var settles: Int64?
        /// What binds keys, settled allow and remover of an entry whose personal part was removed.
        var remains: [UInt8]?
    }

    /// A stretch of the log that stands in a file of its own.
    struct Segment: Sendable {
        var number: Int64
        var entries: ClosedRange<Int64>
        /// The entry that says that decisions and outcomes of it were dropped; nil where none were.
        var droppedBy: Int64?
        /// Whether they may be there still: a gate that was killed leaves them, and takes them out when it starts.
        var mayHoldDropped: Bool
    }

    private let database: OpaquePointer
    private let path: String
    /// Which entries the file is of, where it is that of a segment, alone.
    let own: ClosedRange<Int64>?
    private var rows: OpaquePointer?
    private var cores: StoredCores
    /// The segment that is read, then the database itself.
    private var place = 0
    /// What is read next there.
    private var next = Int64.min
    /// From how many entries that were dropped something was gone by which entry; known once all was read.
    private(set) var gone: [Int64: Int] = [:]
    /// In order, one after another from the log's beginning.
    let segments: [Segment]
    /// The sequence of the last entry when the log was opened; what is appended later is not looked at.
    let head: Int64

    /// - Parameter isSegment: Whether the file is that of a segment, alone.
    /// - Throws: ``LogVerification/Problem`` where there is no log, ``LogVerification/Finding`` for a damaged one.
    init(path: String, isSegment: Bool = false) throws {
        guard access(path, R_OK) == 0 else {
            throw LogVerification.Problem.cannot("there is no log at \(path), or it may not be read; give --data")
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close(opened)
            throw LogVerification.Problem.cannot("\(path) cannot be opened: \(String(cString: sqlite3_errstr(code)))")
        }
        self.path = path
        do {
            sqlite3_busy_timeout(opened, 5000)
            sqlite3_exec(opened, "PRAGMA mmap_size = 1073741824", nil, nil, nil)
            let last = try StoredLog.prepare(opened, "SELECT max(sequence) FROM entry")
            defer { sqlite3_finalize(last) }
            let step = sqlite3_step(last)
            guard step == SQLITE_ROW else { throw StoredLog.failure(opened, step) }
            head = sqlite3_column_int64(last, 0)
            own = isSegment ? try StoredLog.own(opened, path) : nil
            segments = isSegment ? [] : StoredLog.segments(opened)
            cores = try StoredCores(StoredLog.dictionaries(opened, "main"))
            database = opened
        } catch {
            sqlite3_close_v2(opened)
            throw error
        }
    }

    deinit {
        sqlite3_finalize(rows)
        sqlite3_close_v2(database)
    }

    /// The next rows, in order; none at the end. A row that was put before the first one is among them.
    func portion(limit: Int) throws -> [Row] {
        while true {
            if rows == nil { try open() }
            let portion = try read(limit)
            if !portion.isEmpty || place == segments.count { return portion }
            sqlite3_finalize(rows)
            rows = nil
            try run("DETACH segment")
            place += 1
        }
    }

    /// Makes ready the file that is read next.
    private func open() throws {
        let columns = "entry.sequence, kind, core"
        guard place < segments.count else {
            next = segments.last.map { $0.entries.upperBound + 1 } ?? .min
            let secret = own != nil ? "NULL" : "(SELECT secret FROM subject WHERE id = entry.subject)"
            rows = try prepare(
                """
                SELECT \(columns), personal, subject, \(secret), removed_by, keys, settles, remains
                FROM main.entry WHERE sequence >= ? AND sequence <= \(head) ORDER BY sequence LIMIT ?
                """)
            cores = try StoredCores(StoredLog.dictionaries(database, "main"))
            return
        }
        let segment = segments[place]
        let digits = String(segment.number)
        let name = "segments/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).sqlite"
        let file = (path as NSString).deletingLastPathComponent + "/" + name
        guard access(file, R_OK) == 0 else {
            throw LogVerification.Finding(
                sequence: segment.entries.lowerBound,
                text: "entry \(segment.entries.lowerBound) is missing: segment \(segment.number) is not at \(file)")
        }
        try run("ATTACH '\(file.replacingOccurrences(of: "'", with: "''"))' AS segment")
        next = .min
        let own = try StoredLog.own(database, file, in: "segment")
        guard own == segment.entries else {
            throw LogVerification.Finding(
                sequence: segment.entries.lowerBound,
                text: "segment \(segment.number) is another in its file than the log says")
        }
        try compare(segment)
        try takeGone()
        // What a removal has yet to take out of the file counts as gone.
        rows = try prepare(
            """
            SELECT \(columns), iif(redaction.sequence IS NULL, personal, NULL), subject,
                (SELECT secret FROM main.subject WHERE id = entry.subject), coalesce(entry.removed_by, redaction.removed_by),
                iif(redaction.sequence IS NULL, entry.keys, redaction.keys), settles,
                iif(redaction.sequence IS NULL, entry.remains, redaction.remains)
            FROM segment.entry LEFT JOIN main.redaction ON redaction.sequence = entry.sequence
            WHERE entry.sequence >= ? ORDER BY entry.sequence LIMIT ?
            """)
        cores = try StoredCores(StoredLog.dictionaries(database, "segment"))
    }

    /// What is being moved stands in both, and must be the same.
    private func compare(_ segment: Segment) throws {
        let first = place == 0 ? Int64.min : segment.entries.lowerBound
        let differing = try prepare(
            """
            SELECT own.sequence FROM main.entry AS own LEFT JOIN segment.entry AS moved USING (sequence)
            WHERE own.sequence BETWEEN ? AND ? AND moved.core IS NOT own.core ORDER BY 1 LIMIT 1
            """)
        defer { sqlite3_finalize(differing) }
        sqlite3_bind_int64(differing, 1, first)
        sqlite3_bind_int64(differing, 2, segment.entries.upperBound)
        let step = sqlite3_step(differing)
        if step == SQLITE_DONE { return }
        guard step == SQLITE_ROW else { throw StoredLog.failure(database, step) }
        let sequence = sqlite3_column_int64(differing, 0)
        throw LogVerification.Finding(
            sequence: sequence, text: "entry \(sequence) is another in the database than in segment \(segment.number)")
    }

    /// What is kept beside the entries, by the hash that names it. A segment's file alone has none.
    func eachPin(_ body: (_ name: [UInt8], _ bytes: [UInt8]) throws -> Void) throws {
        let query = try prepare("SELECT sha256, bytes FROM main.pinned")
        defer { sqlite3_finalize(query) }
        while true {
            let step = sqlite3_step(query)
            if step == SQLITE_DONE { return }
            guard step == SQLITE_ROW else { throw StoredLog.failure(database, step) }
            try body(StoredLog.bytes(query, 0) ?? [], StoredLog.bytes(query, 1) ?? [])
        }
    }

    private func takeGone() throws {
        let query = try prepare("SELECT removed_by, entries FROM segment.gone WHERE removed_by > 0")
        defer { sqlite3_finalize(query) }
        while sqlite3_step(query) == SQLITE_ROW {
            gone[sqlite3_column_int64(query, 0), default: 0] += Int(sqlite3_column_int64(query, 1))
        }
    }

    private func read(_ limit: Int) throws -> [Row] {
        sqlite3_reset(rows)
        sqlite3_bind_int64(rows, 1, next)
        sqlite3_bind_int64(rows, 2, Int64(limit))
        defer { sqlite3_reset(rows) }
        var portion: [Row] = []
        portion.reserveCapacity(limit)
        while true {
            let step = sqlite3_step(rows)
            if step == SQLITE_DONE { break }
            guard step == SQLITE_ROW else { throw StoredLog.failure(database, step) }
            portion.append(
                Row(
                    sequence: sqlite3_column_int64(rows, 0), kind: Int(sqlite3_column_int64(rows, 1)),
                    core: cores.unpack(bytes(2) ?? []), personal: bytes(3),
                    subject: integer(4), secret: bytes(5), removedBy: integer(6), keys: bytes(7) ?? [],
                    settles: integer(8), remains: bytes(9)))
        }
        guard let last = portion.last?.sequence else { return [] }
        // There is nothing behind the last possible sequence; the audit has found it out of order.
        next = last == .max ? last : last + 1
        return portion
    }

    private func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(rows, column) == SQLITE_NULL ? nil : sqlite3_column_int64(rows, column)
    }

    private func bytes(_ column: Int32) -> [UInt8]? { StoredLog.bytes(rows, column) }

    static func bytes(_ rows: OpaquePointer?, _ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(rows, column) != SQLITE_NULL else { return nil }
        // The pointer before the length: asking for the bytes may change the form.
        guard let start = sqlite3_column_blob(rows, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(rows, column))))
    }

    /// None where the log is of a form that has none.
    private static func dictionaries(_ database: OpaquePointer, _ schema: String) throws -> [UInt8: [UInt8]] {
        guard
            let query = try? prepare(database, "SELECT id, bytes FROM \(schema).dictionary WHERE id BETWEEN 1 AND 127")
        else { return [:] }
        defer { sqlite3_finalize(query) }
        var found: [UInt8: [UInt8]] = [:]
        while sqlite3_step(query) == SQLITE_ROW {
            guard let start = sqlite3_column_blob(query, 1) else { continue }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(query, 1)))
            found[UInt8(sqlite3_column_int64(query, 0))] = Array(bytes)
        }
        return found
    }

    /// None where the log is of a form that has none.
    private static func segments(_ database: OpaquePointer) -> [Segment] {
        let sql = "SELECT number, first, last, state, dropped_by FROM segment WHERE state >= 2 ORDER BY number"
        guard let query = try? prepare(database, sql) else { return [] }
        defer { sqlite3_finalize(query) }
        var found: [Segment] = []
        while sqlite3_step(query) == SQLITE_ROW {
            let (first, last) = (sqlite3_column_int64(query, 1), sqlite3_column_int64(query, 2))
            let state = sqlite3_column_int64(query, 3)
            found.append(
                Segment(
                    number: sqlite3_column_int64(query, 0), entries: min(first, last)...last,
                    droppedBy: state >= 3 ? sqlite3_column_int64(query, 4) : nil, mayHoldDropped: state == 3))
        }
        return found
    }

    /// Which entries the file of a segment says that it is of.
    private static func own(
        _ database: OpaquePointer, _ path: String, in schema: String = "main"
    ) throws -> ClosedRange<Int64> {
        let query = try? prepare(
            database, "SELECT first, last FROM \(schema).segment WHERE number > 0 AND first > 0")
        defer { sqlite3_finalize(query) }
        guard let query, sqlite3_step(query) == SQLITE_ROW,
            sqlite3_column_int64(query, 0) <= sqlite3_column_int64(query, 1)
        else { throw LogVerification.Problem.cannot("\(path) is no segment of a log") }
        return sqlite3_column_int64(query, 0)...sqlite3_column_int64(query, 1)
    }

    private func prepare(_ sql: String) throws -> OpaquePointer { try StoredLog.prepare(database, sql) }

    private func run(_ sql: String) throws {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StoredLog.failure(database, code) }
    }

    static func prepare(_ database: OpaquePointer, _ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(database, code) }
        return statement
    }

    private static func failure(_ database: OpaquePointer, _ code: Int32) -> any Error {
        let text = String(cString: sqlite3_errmsg(database))
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR:
            return LogVerification.Finding(sequence: nil, text: "the database is damaged: \(text)")
        default: return LogVerification.Problem.cannot("the database cannot be read: \(text)")
        }
    }
}
