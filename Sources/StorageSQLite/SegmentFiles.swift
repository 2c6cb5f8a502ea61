import Foundation
import GRDB
import Ledger
import Storage
import Synchronization

/// The files of the log's segments, `segments/0001.sqlite` …, each opened when it is first read.
///
/// Nothing is added to a segment's file; a removal empties columns of it in place.
final class SegmentFiles: Sendable {
    private struct Open {
        /// The one used last at the end.
        var files: [(segment: Segment, queue: DatabaseQueue)] = []
    }

    /// So many are kept open.
    private static let most = 64
    let folder: String
    private let opened = Mutex(Open())

    /// - Parameter folder: The store's.
    init(folder: String) { self.folder = folder + "/segments" }

    func path(_ number: Int64) -> String {
        let digits = String(number)
        return "\(folder)/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).sqlite"
    }

    /// Reads a segment's file. Others that read the same one wait.
    ///
    /// - Throws: ``StorageError/damaged(_:)`` where it is not there, or is another's.
    func read<T>(_ segment: Segment, _ body: (Database) throws -> T) throws -> T {
        try queue(segment).inDatabase(body)
    }

    private func queue(_ segment: Segment) throws -> DatabaseQueue {
        try opened.withLock { open in
            if let place = open.files.firstIndex(where: { $0.segment == segment }) {
                let file = open.files.remove(at: place)
                open.files.append(file)
                return file.queue
            }
            // A file that was replaced belongs to another state of the segment.
            open.files.removeAll { $0.segment.number == segment.number }
            let queue = try connect(segment)
            // Whoever reads one that is let go of keeps it until then.
            if open.files.count >= SegmentFiles.most { open.files.removeFirst() }
            open.files.append((segment, queue))
            return queue
        }
    }

    private func connect(_ segment: Segment) throws -> DatabaseQueue {
        let queue = try connect(segment, isWriter: false)
        let own = try queue.inDatabase { try Row.fetchOne($0, sql: "SELECT number, first, last FROM segment") }
        guard let own, own[0] == segment.number, own[1] == segment.entries.lowerBound,
            own[2] == segment.entries.upperBound
        else {
            throw StorageError.damaged("\(path(segment.number)) is another segment than the log says")
        }
        return queue
    }

    /// - Parameter isWriter: Whether what was removed is to be taken out of it.
    func connect(_ segment: Segment, isWriter: Bool) throws -> DatabaseQueue {
        let path = path(segment.number)
        guard FileManager.default.fileExists(atPath: path) else {
            throw StorageError.damaged(
                "segment \(segment.number), with the entries \(segment.entries.lowerBound) to "
                    + "\(segment.entries.upperBound), is not at \(path); put its file back")
        }
        var configuration = Configuration()
        configuration.label = "callgate.segment"
        configuration.busyMode = .timeout(isWriter ? 0.5 : 5)
        configuration.prepareDatabase { db in
            // Not opened for reading alone: whoever comes after a killed process takes back what it began.
            try db.execute(sql: isWriter ? "PRAGMA secure_delete = ON" : "PRAGMA query_only = ON")
            if isWriter { try db.execute(sql: "PRAGMA synchronous = FULL") }
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Lets go of every file.
    func letGo() { opened.withLock { $0.files = [] } }

    /// Runs `body` while no other thread or process makes or changes segments.
    ///
    /// - Returns: nil where another does just now.
    func alone<T>(_ body: () throws -> T) throws -> T? {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let descriptor = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SegmentFiles.failure(folder + "/lock") }
        // Let go by name: a process that is just being started has a copy of the descriptor for a moment. The end of this
        // process lets go of it too.
        defer {
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw SegmentFiles.failure(folder + "/lock")
        }
        return try body()
    }

    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    /// Puts a whole file in place, durably.
    static func move(_ making: String, to path: String) throws {
        try sync(making)
        guard rename(making, path) == 0 else { throw failure(path) }
        try sync((path as NSString).deletingLastPathComponent)
    }

    static func failure(_ path: String) -> StorageError {
        .unavailable("\(path): \(String(cString: strerror(errno)))")
    }
}
