import Crypto
import Dispatch
import Foundation
import LogAudit
import Synchronization

import struct Transparency.MerkleHash

/// Derives a stored log again, offline, from its database and the files of its tree, and finds the first thing that is
/// wrong. It has no code in common with the gate but the hash function (`scripts/check`), changes nothing, and may run
/// beside a gate.
public struct LogVerification: Sendable {
    private struct Course: Sendable {
        var audit: LogAudit
        var cosigned: CosignedCourse
        let segments: [StoredLog.Segment]
        /// For each segment, how many entries of it are not there.
        var dropped: [Int64: Int64] = [:]
        var offset = 0
        var next: StoredTree.Note?
        var checkpoints = 0
        var fault: Finding?
    }

    private static let portion = 16_384
    private static let parts = max(1, ProcessInfo.processInfo.activeProcessorCount)

    private let tree: StoredTree
    private let places: Places
    private let key: String
    private let secrets: KeyFileSecrets?

    /// - Throws: ``Problem`` or ``Finding``.
    public init(_ places: Places) throws {
        self.places = places
        // Before the tree: what it says of it was true when it was written.
        var secrets: KeyFileSecrets?
        if let path = places.keys, access(path, F_OK) == 0 { secrets = try KeyFileSecrets(path: path) }
        tree = try StoredTree(folder: places.tree)
        if let signed = secrets?.signedAs, !tree.hasCheckpoints {
            throw Finding(
                text: "the log was signed as `\(signed)`, and no checkpoint is at \(places.tree): they were lost")
        }
        guard let key = places.key ?? tree.key else {
            throw tree.hasCheckpoints
                ? Problem.cannot("there is no key of this log at \(places.tree)/key; give --key")
                : Problem.cannot("the log was never signed; run `callgate serve` once")
        }
        if let written = tree.key, written != key {
            throw Finding(
                text: "the log's own key is `\(written)`, not the one given: it is another log, or was taken over")
        }
        if let (written, given) = tree.sm2Key.flatMap({ own in places.sm2Key.map { (own, $0) } }), written != given {
            throw Finding(text: "the log's own SM2 key is `\(written)`, not the one given")
        }
        self.key = key
        if let own = secrets?.publicKey, !key.hasSuffix("+" + Data([1] + own).base64EncodedString()) {
            throw Finding(text: "the key file is of another log: it does not hold the secret of `\(key)`")
        }
        self.secrets = secrets
    }

    /// Reads everything. Uses all processors.
    ///
    /// - Parameter progress: Told how many of how many entries were read.
    /// - Throws: ``Finding`` for the first thing that is wrong, ``Problem``.
    public func run(progress: (Int64, Int64) -> Void = { _, _ in }) throws -> Report {
        let origin = String(key.split(separator: "+", maxSplits: 1).first ?? "")
        let further = [places.sm2Key ?? tree.sm2Key].compactMap(\.self)
        guard let audit = LogAudit(origin: origin, keys: [key], further: further),
            let cosigned = CosignedAudit(origin: origin, keys: [key], witnesses: places.witnesses)
        else {
            let names = ([key] + further + places.witnesses).joined(separator: "`, `")
            throw Problem.cannot("one of `\(names)` is no key; it has the form name+hash+key")
        }
        let log = try StoredLog(path: places.database, isSegment: places.isSegment)
        let course = Mutex(
            Course(
                audit: audit, cosigned: CosignedCourse(cosigned, tree),
                segments: log.own.map { StoredLog.Segment.around($0, tree) } ?? log.segments))
        var report = Report(key: key)
        report.segments = log.segments.count
        report.stretch = log.own
        let pins = log.own == nil ? try Pins(log) : nil
        // Before any entry is read: what an entry is found by only becomes less.
        let index = log.own == nil ? StoredIndex(beside: places.database) : nil
        var (mentions, isIndexOfAnother) = (StoredIndex.Sums(), false)
        var removals = Removals()
        var drops: [Int64: DropClaim] = [:]
        // The next portion is read while one is judged.
        func read() -> Result<[StoredLog.Row], any Error> {
            Result { try log.portion(limit: LogVerification.portion) }
        }
        var ahead = read()
        while true {
            let rows = try ahead.get()
            guard let last = rows.last else { break }
            for row in rows { if let claim = DropClaim(row) { drops[row.sequence] = claim } }
            let found = personal(rows, index?.mark) { part in
                if part == 0 { ahead = read() } else { course.withLock { follow(rows, &$0) } }
            }
            report.personal += found.right
            report.erased += found.erased
            removals.add(found.removals)
            report.unchecked += found.unchecked
            mentions.add(found.mentions)
            isIndexOfAnother = isIndexOfAnother || found.isIndexOfAnother
            let fault = course.withLock { $0.fault }
            let faults = [fault, found.fault, pins.flatMap { rows.lazy.compactMap($0.fault).first }].compactMap(\.self)
            if let first = faults.min(by: { ($0.sequence ?? .max) < ($1.sequence ?? .max) }) { throw first }
            progress(last.sequence, log.head)
            guard last.sequence < .max else { break }
        }
        let dropped = course.withLock { $0.dropped }
        if log.own == nil {
            removals.add(log.gone)
            if let fault = removals.fault(upTo: log.head) { throw fault }
            for segment in log.segments { try segment.judge(dropped[segment.number] ?? 0, drops) }
        }
        let summary = try course.withLock { course in
            if log.own != nil { takeDropped(before: tree.claimed + 1, &course) }
            follow(nil, &course)
            if let fault = course.fault { throw fault }
            do throws(AuditFault) {
                let summary = try course.audit.finish()
                report.witnesses = try course.cosigned.finish()
                report.cosigned = course.cosigned.audit.count
                return summary
            } catch {
                throw Finding(sequence: error.sequence, text: "\(error)")
            }
        }
        report.dropped = course.withLock { $0.dropped.values.reduce(0, +) }
        (report.entries, report.signed) = (summary.entries, summary.signed)
        report.sm2 = summary.further.first
        if let given = places.sm2Key, report.sm2?.checkpoints == 0 {
            throw Finding(text: "no checkpoint has a signature of `\(given)`")
        }
        (report.checkpoints, report.root) = (summary.checkpoints, "\(summary.root)")
        guard summary.entries == 0 || summary.checkpoints > 0 else {
            throw Problem.cannot(
                "none of the \(summary.entries) entries is signed, so nothing proves them; was the log ever served?")
        }
        report.missingHashes = tree.missing(signed: summary.signed)
        if let index, !isIndexOfAnother {
            let differing = try mentions.differing(from: index.sums())
            if !differing.isEmpty, let fault = try index.fault(in: differing, of: StoredLog(path: places.database)) {
                throw fault
            }
            report.mentions = mentions.count
        }
        return report
    }

    /// Gives the audit the checkpoints that are due.
    ///
    /// - Parameter size: Only those of so many entries at most; nil for all that are left.
    private func follow(_ size: Int64?, _ course: inout Course) {
        while course.fault == nil {
            if course.next == nil, let (note, next) = tree.note(at: course.offset) {
                (course.next, course.offset) = (note, next)
            }
            guard let note = course.next else { return }
            if let size, let own = note.size, own > size { return }
            course.next = nil
            course.checkpoints += 1
            if note.isCut {
                course.fault = Finding(
                    text: "checkpoint \(course.checkpoints) is cut off at the end of its file; "
                        + "a service that was killed leaves one, and drops it when it starts")
                return
            }
            do throws(AuditFault) {
                try course.audit.add(checkpoint: note.bytes)
                try course.cosigned.follow(note)
            } catch {
                course.fault = Finding(sequence: error.sequence, text: "\(error)")
            }
        }
    }

    /// Takes the leaves of entries that were dropped from the tree.
    private func takeDropped(before sequence: Int64, _ course: inout Course) {
        while course.fault == nil, course.audit.size + 1 < sequence {
            let missing = course.audit.size + 1
            guard let segment = course.segments.first(where: { $0.droppedBy != nil && $0.entries.contains(missing) })
            else { return }
            follow(course.audit.size, &course)
            guard course.fault == nil else { return }
            do throws(AuditFault) {
                try course.audit.add(leafOf: missing) { tree.hash($0, $1) }
                course.dropped[segment.number, default: 0] += 1
            } catch {
                course.fault = Finding(sequence: error.sequence, text: "\(error)")
            }
        }
    }

    private func follow(_ rows: [StoredLog.Row], _ course: inout Course) {
        for row in rows where course.fault == nil {
            takeDropped(before: row.sequence, &course)
            follow(course.audit.size, &course)
            guard course.fault == nil else { return }
            do throws(AuditFault) {
                try course.audit.add(.init(sequence: row.sequence, kind: row.kind, core: row.core)) {
                    tree.hash($0, $1)
                }
            } catch {
                course.fault = Finding(sequence: error.sequence, text: "\(error)")
            }
        }
    }

    private struct Personal {
        var right = 0
        var erased = 0
        var removals = Removals()
        var unchecked = 0
        var mentions = StoredIndex.Sums()
        var isIndexOfAnother = false
        var fault: Finding?

        mutating func take(_ row: StoredLog.Row, _ index: StoredIndex.Mark) {
            guard row.sequence <= index.watermark else { return }
            for key in StoredIndex.keys(of: row) { mentions.add(key, row.sequence) }
            if index.isOfAnother(row) { isIndexOfAnother = true }
        }
    }

    /// Judges the personal parts, and does two other works, 0 and 1, beside it.
    private func personal(
        _ rows: [StoredLog.Row], _ index: StoredIndex.Mark?, beside body: (Int) -> Void
    ) -> Personal {
        withoutActuallyEscaping(body) { body in
            // Proof: each work is run once, and all are over when this returns.
            nonisolated(unsafe) let body = body
            let total = Mutex(Personal())
            let size = 1 + (rows.count - 1) / (LogVerification.parts * 8)
            DispatchQueue.concurrentPerform(iterations: 2 + LogVerification.parts * 8) { part in
                if part < 2 { return body(part) }
                let start = min(rows.count, (part - 2) * size)
                var own = Personal()
                let boxes = Boxes()
                for row in rows[start..<min(rows.count, start + size)] {
                    // The secrets are not in a segment's file.
                    if places.isSegment {
                        if row.personal != nil { own.unchecked += 1 }
                        continue
                    }
                    if let index { own.take(row, index) }
                    if let claim = RemovalClaim(row) { own.removals.take(claim, of: row.sequence) }
                    if let remover = row.removedBy { own.removals.take(by: remover) }
                    switch PersonalPart.judge(row, secrets, boxes) {
                    case .none: continue
                    case .right: own.right += 1
                    case .removed: own.erased += 1
                    case .notChecked: own.unchecked += 1
                    case .wrong(let why):
                        own.fault = Finding(sequence: row.sequence, text: "entry \(row.sequence) \(why)")
                    }
                    if own.fault != nil { break }
                }
                total.withLock { total in
                    total.right += own.right
                    total.erased += own.erased
                    total.removals.add(own.removals)
                    total.unchecked += own.unchecked
                    total.mentions.add(own.mentions)
                    total.isIndexOfAnother = total.isIndexOfAnother || own.isIndexOfAnother
                    if let fault = own.fault, fault.sequence ?? 0 < total.fault?.sequence ?? .max {
                        total.fault = fault
                    }
                }
            }
            return total.withLock { $0 }
        }
    }
}
