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
    let writer: DatabaseQueue
    let readers: DatabasePool
    let index: DatabaseQueue
    /// The writer's own look at the index, which no other work holds up.
    private let indexForWriter: DatabaseQueue
    private let indexReaders: DatabasePool
    private let checkpointer: DatabaseQueue
    let tail: SharedTail
    let path: String
    let files: SegmentFiles
    /// The writer's own, which no other work holds up.
    private let filesForWriter: SegmentFiles
    /// A write-ahead log larger than this holds up the writer for a moment so that it can begin anew.
    private static let mostWriteAhead = 64 << 20

    /// - Parameters:
    ///   - folder: Made if missing; holds `log.sqlite` and `index.sqlite`.
    ///   - busyTimeout: How long a write waits for that of another process, in seconds.
    ///   - mostPages: The database's greatest size in pages of 4096 bytes; nil for what the disk holds.
    /// - Throws: ``StorageError/notDurable(_:)`` if the database does not sync its commits.
    public init(folder: String, busyTimeout: Double = 5, mostPages: Int? = nil) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            path = folder + "/log.sqlite"
            writer = try Connections.oneAfterAnother(in: folder) { [path] in
                let writer = try Connections.writer(path, busyTimeout: busyTimeout, mostPages: mostPages)
                try DatabaseMigrator.log.migrateUnlessNewer(writer)
                return writer
            }
            try Connections.checkDurability(writer, path)
            readers = try Connections.readers(path)
            let indexPath = folder + "/index.sqlite"
            let cores = CorePacking()
            try readers.read { try cores.take($0) }
            files = SegmentFiles(folder: folder)
            filesForWriter = SegmentFiles(folder: folder)
            index = try IndexFile.open(indexPath, of: readers, files, cores)
            indexForWriter = try Connections.index(indexPath)
            indexReaders = try Connections.readers(indexPath)
            checkpointer = try Connections.checkpointer(path)
            tail = SharedTail(watermark: try index.inDatabase { try IndexFile.watermark($0).sequence }, cores: cores)
        } catch let error as DatabaseError {
            throw StorageError(error)
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError.unavailable("\(folder) cannot be used: \(error.localizedDescription)")
        }
    }

    public func commit<T>(_ body: (any StoreTransaction) throws -> T) throws -> T {
        do {
            // One view of the index for the whole group. The tail is pruned before it begins and not while it lasts, so that
            // nothing is in neither.
            tail.state.withLock { $0.prune() }
            return try indexForWriter.read { index in
                try writer.writeWithoutTransaction { db in
                    let transaction = SQLiteTransaction(log: db, tail: tail, files: filesForWriter) { try $0(index) }
                    var result: T?
                    try db.inTransaction(.immediate) {
                        try transaction.catchUp()
                        result = try body(transaction)
                        return .commit
                    }
                    tail.state.withLock { tail in
                        for entry in transaction.appended { tail.add(entry.sequence, entry.keys) }
                    }
                    guard let result else { preconditionFailure("a transaction that was committed has run its body") }
                    return result
                }
            }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    public func read<T>(_ body: (any StoreReading) throws -> T) throws -> T {
        do {
            return try readers.read { log in
                let reading = SQLiteReading(log: log, tail: tail, files: files) { query in
                    try self.indexReaders.read { try query($0) }
                }
                try reading.catchUp()
                return try body(reading)
            }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    public func maintain() throws -> Int {
        do {
            try tail.cores.learn(from: readers, into: writer)
            let indexed = try IndexFile.fill(index, from: readers, files, tail.cores)
            tail.state.withLock { $0.advance(to: indexed) }
            try checkpoint()
            try finishSegments()
            _ = try expunge()
            return try read { Int(max(0, try $0.head() - indexed)) }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    public func expunge() throws -> Bool {
        do {
            let isRedacted = try redactSegments()
            guard let work = try readers.read(Expunging.init) else { return isRedacted }
            let isForgotten = try work.forget(in: index)
            let isGone = try checkpointer.inDatabase { try $0.emptyWriteAheadLog() }
            guard isGone, isForgotten, try index.writeWithoutTransaction({ try $0.emptyWriteAheadLog() }) else {
                return isGone && isRedacted
            }
            try writer.write { try work.finish($0) }
            tail.postings.withLock { $0.forget() }
            // The list itself named keys.
            _ = try checkpointer.inDatabase { try $0.emptyWriteAheadLog() }
            return isRedacted
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    /// Copies the write-ahead log into the database. A writer that never rests keeps it from beginning anew, so beyond a
    /// size the writer is made to wait for the rest.
    func checkpoint() throws {
        _ = try? checkpointer.inDatabase { try $0.checkpoint(.passive) }
        let size = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
        if let size, size > SQLiteStore.mostWriteAhead {
            _ = try? checkpointer.inDatabase { try $0.checkpoint(.truncate) }
        }
    }

    public func close() throws {
        files.letGo()
        filesForWriter.letGo()
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
