import Foundation
import GRDB
import Storage

extension SQLiteStore {
    /// Copies the log into a new file as it stands at one moment, while services go on writing, and its segments into the
    /// folder `segments` beside it. O(the log's size).
    ///
    /// - Parameters:
    ///   - folder: The store's folder.
    ///   - path: A file that is not there yet.
    ///   - patience: How many seconds to wait for a segment that is being made: what is moved between the copies would be in
    ///     neither.
    ///   - waiting: Called once, where it waits.
    /// - Returns: The sequence and the core of the copy's last entry; nil where it holds none.
    /// - Throws: ``StorageError/unavailable(_:)`` where a segment is being made for longer. Blocks.
    public static func copyLog(
        of folder: String, to path: String, patience: Int = 600, waiting: () -> Void = {}
    ) throws -> (sequence: Int64, core: [UInt8])? {
        do {
            let files = SegmentFiles(folder: folder)
            for step in 0...patience * 10 {
                if let copied = try files.alone({ try copy(folder, to: path, files) }) { return copied }
                if step == 0 { waiting() }
                if step < patience * 10 { usleep(100_000) }
            }
            throw StorageError.unavailable(
                "a segment has been made for longer than \(patience) seconds; `callgate log segments` says `sealed` when it is "
                    + "done: run the backup again then")
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    private static func copy(
        _ folder: String, to path: String, _ files: SegmentFiles
    ) throws -> (sequence: Int64, core: [UInt8])? {
        // In one step: a copy in several would begin anew with each commit of a service.
        let copy = try DatabaseQueue(path: path)
        try Connections.readers(folder + "/log.sqlite").backup(to: copy)
        let cores = CorePacking()
        let last = try copy.inDatabase { db -> (sequence: Int64, core: [UInt8])? in
            guard
                let row = try Row.fetchOne(db, sql: "SELECT sequence, core FROM entry ORDER BY sequence DESC LIMIT 1")
            else { return nil }
            return (row[0], try (row[1] as Data).withUnsafeBytes { try cores.unpack($0, db) })
        }
        // A log of an earlier version has none.
        let segments = try copy.inDatabase { try $0.tableExists("segment") ? SegmentTable.readable($0) : [] }
        try copy.close()
        let place = SegmentFiles(folder: (path as NSString).deletingLastPathComponent)
        for segment in segments {
            try FileManager.default.createDirectory(
                atPath: place.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let copy = try DatabaseQueue(path: place.path(segment.number))
            try files.connect(segment, isWriter: false).backup(to: copy)
            try copy.close()
        }
        return last
    }
}
