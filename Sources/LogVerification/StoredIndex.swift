import Foundation
import GRDBSQLite

/// What entries are found by, compared with what they say: `index.sqlite` beside the log.
///
/// It is derived, so no proof needs it. But a refusal that it does not name is not found when a call is decided.
///
/// One pass compares sums over stretches of entries, which do not depend on the order. Stretches that differ are looked at
/// entry by entry: what the index names besides is harmless, for whoever reads an entry looks at its keys.
///
/// Source: docs/decisions/0001-one-append-only-log-and-a-derived-index-behind-a-watermark.md.
final class StoredIndex {
    /// For each stretch of entries the sum over what they are found by. Random in each process, so that nobody can make it
    /// come out.
    struct Sums: Sendable {
        private var sums: [Int64: Int] = [:]
        private(set) var count: Int64 = 0

        static func stretch(_ sequence: Int64) -> Int64 { sequence >> 12 }

        mutating func add(_ key: Int64, _ sequence: Int64) {
            var hasher = Hasher()
            hasher.combine(key)
            hasher.combine(sequence)
            sums[Sums.stretch(sequence), default: 0] &+= hasher.finalize()
            count += 1
        }

        mutating func add(_ other: Sums) {
            sums.merge(other.sums, uniquingKeysWith: &+)
            count += other.count
        }

        /// The stretches in which they differ.
        func differing(from other: Sums) -> Set<Int64> {
            Set(Set(sums.keys).union(other.sums.keys).filter { sums[$0, default: 0] != other.sums[$0, default: 0] })
        }
    }

    /// Up to where it goes.
    struct Mark: Sendable {
        /// Entries behind it are not in the index yet.
        let watermark: Int64
        /// The id of the entry at the watermark.
        let identity: [UInt8]

        /// Whether it is of another log, by the entry at its watermark.
        func isOfAnother(_ row: StoredLog.Row) -> Bool {
            row.sequence == watermark && Core(row.core).map { !$0.id.elementsEqual(identity) } ?? true
        }
    }

    let mark: Mark
    private let path: String
    private let database: OpaquePointer

    /// Keeps one view of it.
    ///
    /// - Parameter log: The log's database.
    /// - Returns: nil where there is none, or one that the gate makes anew when it starts.
    init?(beside log: String) {
        let path = (log as NSString).deletingLastPathComponent + "/index.sqlite"
        var opened: OpaquePointer?
        guard access(path, R_OK) == 0,
            sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let opened
        else {
            sqlite3_close(opened)
            return nil
        }
        sqlite3_busy_timeout(opened, 5000)
        sqlite3_exec(opened, "BEGIN", nil, nil, nil)
        let sql = "SELECT sequence, entry, (SELECT min(key) FROM mention) FROM watermark"
        let query = try? StoredLog.prepare(opened, sql)
        defer { sqlite3_finalize(query) }
        guard let query, sqlite3_step(query) == SQLITE_ROW, let identity = StoredLog.bytes(query, 1) else {
            sqlite3_close_v2(opened)
            return nil
        }
        mark = Mark(watermark: sqlite3_column_int64(query, 0), identity: identity)
        (self.path, database) = (path, opened)
    }

    deinit { sqlite3_close_v2(database) }

    /// What an entry is found by, as the index knows it: the first eight bytes of each key.
    static func keys(of row: StoredLog.Row) -> [Int64] {
        stride(from: 0, to: row.keys.count - 15, by: 16).map { start in
            row.keys[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
    }

    /// Everything that it names.
    func sums() throws -> Sums {
        var sums = Sums()
        let query = try StoredLog.prepare(database, "SELECT key, sequence FROM mention")
        defer { sqlite3_finalize(query) }
        while true {
            let step = sqlite3_step(query)
            if step == SQLITE_DONE { return sums }
            guard step == SQLITE_ROW else { throw failure() }
            sums.add(sqlite3_column_int64(query, 0), sqlite3_column_int64(query, 1))
        }
    }

    /// The first entry of some stretches that is not found by all that it is found by.
    ///
    /// - Parameter log: Opened after this.
    func fault(in stretches: Set<Int64>, of log: StoredLog) throws -> LogVerification.Finding? {
        let query = try StoredLog.prepare(database, "SELECT 1 FROM mention WHERE key = ? AND sequence = ?")
        defer { sqlite3_finalize(query) }
        while case let rows = try log.portion(limit: 4096), !rows.isEmpty {
            for row in rows where row.sequence <= mark.watermark && stretches.contains(Sums.stretch(row.sequence)) {
                for key in StoredIndex.keys(of: row) {
                    sqlite3_reset(query)
                    sqlite3_bind_int64(query, 1, key)
                    sqlite3_bind_int64(query, 2, row.sequence)
                    let step = sqlite3_step(query)
                    if step == SQLITE_ROW { continue }
                    guard step == SQLITE_DONE else { throw failure() }
                    return LogVerification.Finding(
                        sequence: row.sequence,
                        text: "entry \(row.sequence) is not found by what it is to be found by: \(path) was changed; "
                            + "stop the service, remove it with its -wal and -shm, and the next start makes it anew")
                }
            }
            if rows.last?.sequence ?? .max >= mark.watermark { break }
        }
        return nil
    }

    private func failure() -> LogVerification.Finding {
        LogVerification.Finding(text: "\(path) is damaged: \(String(cString: sqlite3_errmsg(database)))")
    }
}
