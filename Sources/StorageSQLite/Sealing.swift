import Foundation
import GRDB
import Ledger
import Storage

/// Moves old entries into segments, and drops what the log says is dropped.
///
/// ```
/// the segment is noted → file made and checked → file in place → noted as sealed → rows deleted, portion by portion
/// ```
///
/// Whoever removes something of an entry notes it in `redaction` too as soon as its segment is noted, so that no file that
/// is made meanwhile brings it back. Killed before the segment is sealed, all rows are where they were; after it, they are in
/// the segment as well until they are deleted.
extension SQLiteStore {
    /// What has just been done.
    enum SealingStep: Hashable {
        case noted, made, placed, sealed, deleted, replaced, forgotten
    }

    /// Rows deleted in one commit: decisions that come meanwhile wait for some milliseconds.
    private static let portion: Int64 = 2000
    /// Removals taken into the files of segments at once.
    private static let mostRedactions = 20_000

    public func seal(through last: Int64, judge: ([StoredEntry]) throws -> Void) throws -> Segment? {
        try seal(through: last, judge: judge) { _ in }
    }

    func seal(
        through last: Int64, judge: ([StoredEntry]) throws -> Void, after step: (SealingStep) throws -> Void
    ) throws -> Segment? {
        try translating {
            try files.alone { () -> Segment? in
                try finish(after: step)
                let indexed = try index.inDatabase { try IndexFile.watermark($0).sequence }
                guard
                    var segment = try writer.write({ try SegmentTable.register(through: min(last, indexed), $0) })
                else { return nil }
                try step(.noted)
                let (path, making) = (files.path(segment.number), files.path(segment.number) + ".making")
                do {
                    try SegmentMaking.make(making, from: self.path, segment)
                    try SegmentMaking.check(making, segment, tail.cores, judge)
                } catch {
                    try undo(segment)
                    throw error
                }
                try step(.made)
                try SegmentFiles.move(making, to: path)
                try step(.placed)
                segment.state = .sealed
                try writer.write { try SegmentTable.set(.sealed, segment.number, $0) }
                try step(.sealed)
                try deleteMoved(after: step)
                return segment
            } ?? nil
        }
    }

    /// Finishes what an ended process left, and takes back a segment that it had only begun.
    func finishSegments() throws {
        try translating {
            let isLeft = try readers.read { log in
                let segments = try SegmentTable.all(log)
                guard let last = segments.last(where: { $0.state != .sealing })?.entries.upperBound else {
                    return !segments.isEmpty
                }
                return try segments.contains { $0.state == .sealing || $0.state == .dropping }
                    || Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? .max <= last
            }
            if isLeft { _ = try files.alone { try finish { _ in } } }
        }
    }

    func finish(after step: (SealingStep) throws -> Void) throws {
        for segment in try readers.read(SegmentTable.all) {
            switch segment.state {
            case .sealing: try undo(segment)
            case .dropping: try finishDropping(segment, after: step)
            case .sealed, .dropped: continue
            }
        }
        try deleteMoved(after: step)
    }

    private func undo(_ segment: Segment) throws {
        try SegmentMaking.remove(files.path(segment.number) + ".making")
        try SegmentMaking.remove(files.path(segment.number))
        try writer.write { try SegmentTable.undo(segment, $0) }
    }

    /// Deletes the rows that stand in segments.
    private func deleteMoved(after step: (SealingStep) throws -> Void) throws {
        let (segments, first) = try readers.read { log in
            (try SegmentTable.readable(log), try Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? .max)
        }
        for segment in segments where segment.entries.upperBound >= first {
            // Nothing is deleted here that is not there.
            try files.read(segment) { _ in }
            var (isDone, portions) = (false, 0)
            while !isDone {
                isDone = try writer.write { log in
                    let first = try Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? .max
                    guard first <= segment.entries.upperBound else { return true }
                    let end = min(first + SQLiteStore.portion, segment.entries.upperBound + 1)
                    try log.execute(sql: "DELETE FROM entry WHERE sequence < ?", arguments: [end])
                    return end > segment.entries.upperBound
                }
                try step(.deleted)
                // Deleted pages are written as well; without a service nobody else copies them into the database.
                portions += 1
                if portions % 16 == 0 || isDone { try checkpoint() }
                // What waits comes in between.
                usleep(1000)
            }
        }
    }

    private func finishDropping(_ segment: Segment, after step: (SealingStep) throws -> Void) throws {
        let (path, making) = (files.path(segment.number), files.path(segment.number) + ".making")
        try SegmentMaking.make(making, from: path, segment, isDropping: true)
        try step(.made)
        try SegmentFiles.move(making, to: path)
        try step(.replaced)
        try index.inTransaction(.immediate) { db in
            try PostingTable(db).forget(segment.entries)
            try db.execute(
                sql: "DELETE FROM open_attempt WHERE sequence BETWEEN ? AND ?",
                arguments: [segment.entries.lowerBound, segment.entries.upperBound])
            return .commit
        }
        try step(.forgotten)
        try writer.write { try SegmentTable.set(.dropped, segment.number, $0) }
    }

    /// Takes what was removed out of the files of segments.
    ///
    /// - Returns: Whether all of it was; not while such a file is being made or read.
    func redactSegments() throws -> Bool {
        struct Redaction {
            var sequence: Int64
            var keys: Data?
            var remover: Int64
            var remains: Data?
        }
        let redactions = try readers.read { log in
            try Row.fetchAll(
                log,
                sql: "SELECT sequence, keys, removed_by, remains FROM redaction ORDER BY sequence LIMIT ?",
                arguments: [SQLiteStore.mostRedactions]
            ).map { Redaction(sequence: $0[0], keys: $0[1], remover: $0[2], remains: $0[3]) }
        }
        if redactions.isEmpty { return true }
        let segments = try readers.read(SegmentTable.all)
        // What is left is taken out the next time.
        var isDone = redactions.count < SQLiteStore.mostRedactions
        for segment in segments {
            let own = redactions.filter { segment.entries.contains($0.sequence) }
            if own.isEmpty { continue }
            guard segment.state == .sealed || segment.state == .dropped else {
                isDone = false
                continue
            }
            do {
                let file = try files.connect(segment, isWriter: true)
                defer { try? file.close() }
                try file.write { db in
                    for redaction in own {
                        try db.execute(
                            sql: """
                                UPDATE entry SET personal = NULL, keys = ?, removed_by = ?, remains = ? WHERE sequence = ?
                                """,
                            arguments: [
                                redaction.keys, redaction.remover, redaction.remains, redaction.sequence,
                            ])
                    }
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                isDone = false
                continue
            }
            try writer.write { log in
                // A file that is being replaced meanwhile gets it again.
                let state = try Int.fetchOne(
                    log, sql: "SELECT state FROM segment WHERE number = ?", arguments: [segment.number])
                guard state == segment.state.rawValue else {
                    isDone = false
                    return
                }
                for redaction in own {
                    try log.execute(
                        sql: """
                            DELETE FROM redaction WHERE sequence = ? AND keys IS ? AND removed_by = ? AND remains IS ?
                            """,
                        arguments: [redaction.sequence, redaction.keys, redaction.remover, redaction.remains])
                }
            }
        }
        return isDone
    }

    public func copySegment(_ number: Int64, to path: String) throws {
        try translating {
            guard let segment = try readers.read(SegmentTable.readable).first(where: { $0.number == number }) else {
                throw StorageError.damaged("there is no segment \(number)")
            }
            let making = path + ".making"
            try SegmentMaking.remove(making)
            let copy = try DatabaseQueue(path: making)
            chmod(making, 0o600)
            try files.connect(segment, isWriter: false).backup(to: copy)
            try copy.close()
            try SegmentFiles.move(making, to: path)
        }
    }

    private func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as DatabaseError { throw StorageError(error) }
    }
}
