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
    }

    private let database: OpaquePointer
    private let rows: OpaquePointer
    private let cores: StoredCores
    /// The sequence of the last entry when the log was opened; what is appended later is not looked at.
    let head: Int64

    /// - Throws: ``LogVerification/Problem`` where there is no log, ``LogVerification/Finding`` for a damaged one.
    init(path: String) throws {
        guard access(path, R_OK) == 0 else {
            throw LogVerification.Problem.cannot("there is no log at \(path), or it may not be read; give --data")
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close(opened)
            throw LogVerification.Problem.cannot("\(path) cannot be opened: \(String(cString: sqlite3_errstr(code)))")
        }
        do {
            sqlite3_busy_timeout(opened, 5000)
            sqlite3_exec(opened, "PRAGMA mmap_size = 1073741824", nil, nil, nil)
            let last = try StoredLog.prepare(opened, "SELECT max(sequence) FROM entry")
            defer { sqlite3_finalize(last) }
            let step = sqlite3_step(last)
            guard step == SQLITE_ROW else { throw StoredLog.failure(opened, step) }
            head = sqlite3_column_int64(last, 0)
            rows = try StoredLog.prepare(
                opened,
                """
                SELECT sequence, kind, core, personal, subject, (SELECT secret FROM subject WHERE id = entry.subject),
                    removed_by
                FROM entry WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT ?
                """)
            cores = try StoredCores(StoredLog.dictionaries(opened))
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

    /// The next rows from a sequence on, in order. A row that was put before the first one is among them.
    func portion(from sequence: Int64, limit: Int) throws -> [Row] {
        sqlite3_reset(rows)
        sqlite3_bind_int64(rows, 1, sequence)
        sqlite3_bind_int64(rows, 2, head)
        sqlite3_bind_int64(rows, 3, Int64(limit))
        defer { sqlite3_reset(rows) }
        var portion: [Row] = []
        portion.reserveCapacity(limit)
        while true {
            let step = sqlite3_step(rows)
            if step == SQLITE_DONE { return portion }
            guard step == SQLITE_ROW else { throw StoredLog.failure(database, step) }
            portion.append(
                Row(
                    sequence: sqlite3_column_int64(rows, 0), kind: Int(sqlite3_column_int64(rows, 1)),
                    core: cores.unpack(bytes(2) ?? []), personal: bytes(3),
                    subject: sqlite3_column_type(rows, 4) == SQLITE_NULL ? nil : sqlite3_column_int64(rows, 4),
                    secret: bytes(5),
                    removedBy: sqlite3_column_type(rows, 6) == SQLITE_NULL ? nil : sqlite3_column_int64(rows, 6)))
        }
    }

    private func bytes(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(rows, column) != SQLITE_NULL else { return nil }
        // The pointer before the length: asking for the bytes may change the form.
        guard let start = sqlite3_column_blob(rows, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(rows, column))))
    }

    /// None where the log is of a form that has none.
    private static func dictionaries(_ database: OpaquePointer) throws -> [UInt8: [UInt8]] {
        guard let query = try? prepare(database, "SELECT id, bytes FROM dictionary WHERE id BETWEEN 1 AND 127") else {
            return [:]
        }
        defer { sqlite3_finalize(query) }
        var found: [UInt8: [UInt8]] = [:]
        while sqlite3_step(query) == SQLITE_ROW {
            guard let start = sqlite3_column_blob(query, 1) else { continue }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(query, 1)))
            found[UInt8(sqlite3_column_int64(query, 0))] = Array(bytes)
        }
        return found
    }

    private static func prepare(_ database: OpaquePointer, _ sql: String) throws -> OpaquePointer {
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
