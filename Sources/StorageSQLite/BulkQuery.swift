import GRDB
import GRDBSQLite
import Ledger
import Storage

/// One prepared query, asked many times over. Straight through SQLite's own interface: a row that is fetched through
/// general types costs several times as much as the look-up itself.
struct BulkQuery {
    private let statement: SQLiteStatement
    private let database: SQLiteConnection?
    /// Which of the places is asked for now.
    private(set) var place = 0

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql).sqliteStatement
        database = db.sqliteConnection
    }

    /// Runs the query once for each place, and leaves it ready for others.
    consuming func each(_ places: Range<Int>, _ body: (inout BulkQuery) throws -> Void) throws {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for place in places {
            self.place = place
            sqlite3_reset(statement)
            try body(&self)
        }
    }

    /// Runs the query once, row by row until `body` answers no, and leaves it ready for others.
    func rows(_ value: Int64, _ body: (BulkQuery) throws -> Bool) throws {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        sqlite3_reset(statement)
        bind(value)
        while try step(), try body(self) {}
    }

    func bind(_ value: Int64) { sqlite3_bind_int64(statement, 1, value) }

    /// Whether there is another row.
    func step() throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: database.map { String(cString: sqlite3_errmsg($0)) })
        }
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func optionalInteger(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// Nil for a null.
    func bytes(_ column: Int32) -> [UInt8]? {
        guard sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
        return [UInt8](buffer(column))
    }

    /// The keys of a row: 16 bytes each.
    func keys(_ column: Int32) -> [LookupKey] {
        let bytes = buffer(column)
        return stride(from: 0, to: bytes.count - 15, by: 16).map { offset in
            LookupKey(
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
        }
    }

    /// Valid until the next step.
    func buffer(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }
}
