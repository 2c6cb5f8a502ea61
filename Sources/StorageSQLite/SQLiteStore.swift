import Foundation
import GRDB
import GateModel
import Ledger
import Storage

/// The log in one SQLite database of this machine. Several processes may hold it open; SQLite lets one write at a time.
///
/// The write transaction appends to the end of one table and touches no index with a random key: entries are found in
/// memory until `maintain` has indexed them in a second database, behind a watermark.
///
/// Source: SQLite's documentation of WAL and `PRAGMA synchronous`.
public final class SQLiteStore: Store {
    private let writer: DatabaseQueue
    private let readers: DatabasePool
    private let index: DatabaseQueue
    /// The writer's own look at the index, which no other work holds up.
    private let indexForWriter: DatabaseQueue
    private let indexReaders: DatabasePool
    private let checkpointer: DatabaseQueue
    private let tail: SharedTail

    /// - Parameter folder: Made if missing; holds `log.sqlite` and `index.sqlite`.
    /// - Throws: ``StorageError/notDurable(_:)`` if the database does not sync its commits.
    public init(folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let path = folder + "/log.sqlite"
            writer = try Connections.writer(path)
            try DatabaseMigrator.log.migrate(writer)
            let level = try writer.inDatabase { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
            guard level == 2 else { throw StorageError.notDurable("migrating lowered synchronous to \(level)") }
            readers = try Connections.readers(path)
            index = try Connections.index(folder + "/index.sqlite")
            try DatabaseMigrator.index.migrate(index)
            indexForWriter = try Connections.index(folder + "/index.sqlite")
            indexReaders = try Connections.readers(folder + "/index.sqlite")
            checkpointer = try DatabaseQueue(path: path)
            let watermark = try index.inDatabase { try Int64.fetchOne($0, sql: "SELECT sequence FROM watermark") ?? 0 }
            tail = SharedTail(watermark: watermark)
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    public func commit<T>(_ body: (any StoreTransaction) throws -> T) throws -> T {
        do {
            var result: T?
            // One view of the index for the whole group. The tail is pruned before it begins and not while it lasts, so that
            // nothing is in neither.
            tail.state.withLock { $0.prune() }
            try indexForWriter.read { index in
                try writer.writeWithoutTransaction { db in
                    try db.inTransaction(.immediate) {
                        let transaction = SQLiteTransaction(log: db, tail: tail) { try $0(index) }
                        try transaction.catchUp()
                        result = try body(transaction)
                        return .commit
                    }
                }
            }
            return result!
        } catch let error as DatabaseError {
            // What was appended to the tail may not be stored; read it again from the log.
            tail.state.withLock { $0.forget() }
            throw StorageError(error)
        } catch {
            tail.state.withLock { $0.forget() }
            throw error
        }
    }

    public func read<T>(_ body: (any StoreReading) throws -> T) throws -> T {
        do {
            return try readers.read { log in
                let reading = SQLiteReading(log: log, tail: tail) { query in try self.indexReaders.read { try query($0) } }
                try reading.catchUp()
                return try body(reading)
            }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    public func maintain() throws -> Int {
        do {
            let pending = try indexNext()
            _ = try? checkpointer.inDatabase { try $0.checkpoint(.passive) }
            return pending
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    /// Indexes up to 20,000 entries.
    private func indexNext() throws -> Int {
        let watermark = tail.state.withLock(\.watermark)
        let entries = try readers.read { try IndexedEntry.fetch($0, after: watermark, limit: 20_000) }
        guard let last = entries.last?.sequence else { return 0 }
        // In the order of the table, so that neighbours are written together.
        let mentions = entries.flatMap { entry in entry.keys.map { (key: $0, sequence: entry.sequence) } }
            .sorted { ($0.key.high, $0.key.low, $0.sequence) < ($1.key.high, $1.key.low, $1.sequence) }
        try index.inTransaction(.immediate) { db in
            let mention = try db.cachedStatement(sql: "INSERT OR IGNORE INTO mention VALUES (?, ?)")
            for (key, sequence) in mentions { try mention.execute(arguments: [Data(key.bytes), sequence]) }
            let open = try db.cachedStatement(sql: "INSERT OR IGNORE INTO open_attempt VALUES (?, ?)")
            let settle = try db.cachedStatement(sql: "DELETE FROM open_attempt WHERE sequence = ?")
            for entry in entries {
                if let decidedAt = entry.allowedAt { try open.execute(arguments: [entry.sequence, decidedAt]) }
                if let settled = entry.settles { try settle.execute(arguments: [settled]) }
            }
            try db.execute(sql: "UPDATE watermark SET sequence = max(sequence, ?)", arguments: [last])
            return .commit
        }
        tail.state.withLock { $0.advance(to: last) }
        return try read { Int(try $0.head() - last) }
    }

    public func close() throws {
        try readers.close()
        try indexReaders.close()
        try index.close()
        try indexForWriter.close()
        try checkpointer.close()
        try writer.close()
    }
}

extension StorageError {
    init(_ error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(error.message ?? "\(error.resultCode)")
        default: self = .unavailable(error.message ?? "\(error.resultCode)")
        }
    }
}
