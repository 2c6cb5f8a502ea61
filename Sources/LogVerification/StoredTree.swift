import Foundation
import LogAudit
import Synchronization

import struct Transparency.MerkleHash

/// The files of the tree as they were when the verification began: checkpoints and hashes.
///
/// They are read piece by piece and not mapped, as the gate may cut a file meanwhile.
///
/// Source: docs/decisions/0039-format-the-files-of-the-tree.md.
final class StoredTree: Sendable {
    /// `name+hash+key`; nil where none was written down.
    let key: String?
    /// The same of its SM2 key.
    let sm2Key: String?
    /// How many hashes each level has; those of `-1` descriptors none.
    private let levels: [(descriptor: Int32, count: Int64)]
    private let checkpoints: (descriptor: Int32, size: Int)
    private let cosigned: (descriptor: Int32, size: Int)
    /// The size that the last whole checkpoint claims.
    let claimed: Int64
    /// Hashes of leaves that were read last: they are asked for one after another.
    private let leaves = Mutex((first: Int64.min, bytes: [UInt8]()))
    private static let leavesAtOnce: Int64 = 1024

    init(folder: String) throws {
        // The service holds the lock while it writes; what it has written when it lets go is whole.
        let lock = open(folder + "/lock", O_RDONLY | O_CLOEXEC)
        defer { if lock >= 0 { close(lock) } }
        if lock >= 0 { flock(lock, LOCK_SH) }
        func file(_ name: String) throws -> (descriptor: Int32, size: Int) {
            let descriptor = open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
            var info = stat()
            if descriptor >= 0, fstat(descriptor, &info) == 0 { return (descriptor, Int(info.st_size)) }
            guard errno == ENOENT else {
                let why = String(cString: strerror(errno))
                throw LogVerification.Problem.cannot("\(folder)/\(name) cannot be read: \(why)")
            }
            return (-1, 0)
        }
        func line(_ name: String) throws -> String? {
            let (descriptor, size) = try file(name)
            defer { if descriptor >= 0 { close(descriptor) } }
            let text = String(decoding: StoredTree.read(descriptor, at: 0, count: min(size, 4096)), as: UTF8.self)
            return text.isEmpty ? nil : text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
        key = try line("key")
        sm2Key = try line("sm2-key")
        levels = try (0..<8).map { level in
            let (descriptor, size) = try file("level-\(level)")
            return (descriptor, Int64(size / 32))
        }
        // Before the log's own, which are there first. Its writer holds a lock on the file itself.
        var last = try file("cosigned")
        if last.descriptor >= 0 {
            flock(last.descriptor, LOCK_SH)
            var info = stat()
            if fstat(last.descriptor, &info) == 0 { last.size = Int(info.st_size) }
            flock(last.descriptor, LOCK_UN)
        }
        cosigned = last
        checkpoints = try file("checkpoints")
        claimed = StoredTree.lastSize(checkpoints)
    }

    deinit {
        for level in levels where level.descriptor >= 0 { close(level.descriptor) }
        for file in [checkpoints, cosigned] where file.descriptor >= 0 { close(file.descriptor) }
    }

    var hasCheckpoints: Bool { checkpoints.size > 0 }

    /// The hash that stands in the tiles; nil beyond their end, and for what was not signed when the verification
    /// began: that may be made anew meanwhile.
    func hash(_ level: Int, _ index: Int64) -> MerkleHash? {
        guard level < levels.count, index < claimed >> Int64(8 * level), index < levels[level].count else { return nil }
        guard level == 0 else {
            return MerkleHash(bytes: StoredTree.read(levels[level].descriptor, at: Int(index) * 32, count: 32))
        }
        return leaves.withLock { leaves in
            let first = index - index % StoredTree.leavesAtOnce
            if leaves.first != first {
                let count = min(levels[0].count - first, StoredTree.leavesAtOnce)
                leaves = (first, StoredTree.read(levels[0].descriptor, at: Int(first) * 32, count: Int(count) * 32))
            }
            let place = Int(index - first) * 32
            guard place + 32 <= leaves.bytes.count else { return nil }
            return MerkleHash(bytes: leaves.bytes[place..<place + 32])
        }
    }

    /// How many hashes the tiles lack of those that are signed.
    func missing(signed: Int64) -> Int64 {
        (0..<8).reduce(0) { $0 + max(0, (signed >> Int64(8 * $1)) - levels[$1].count) }
    }

    /// A checkpoint that may be wrong.
    struct Note: Sendable {
        var bytes: [UInt8]
        /// What it says of its size.
        var size: Int64?
        /// Whether the file ends before the note does.
        var isCut = false
    }

    /// The note that begins at an offset, and where the next one begins; nil at the file's end.
    func note(at offset: Int) -> (note: Note, next: Int)? { StoredTree.note(checkpoints, at: offset) }

    /// The same of the checkpoints that witnesses cosigned.
    func cosignedNote(at offset: Int) -> (note: Note, next: Int)? { StoredTree.note(cosigned, at: offset) }

    private static func note(_ checkpoints: (descriptor: Int32, size: Int), at offset: Int) -> (note: Note, next: Int)?
    {
        guard offset < checkpoints.size else { return nil }
        var reach = 1024
        while true {
            let count = min(reach, checkpoints.size - offset)
            let bytes = read(checkpoints.descriptor, at: offset, count: count)
            var (at, lines, lastIsSignature) = (0, 0, false)
            var size: Int64?
            while let end = bytes[at...].firstIndex(of: 10) {
                let line = bytes[at..<end]
                lines += 1
                if line.isEmpty && lastIsSignature {
                    return (Note(bytes: Array(bytes[..<at]), size: size), offset + end + 1)
                }
                if lines == 2 { size = Int64(String(decoding: line, as: UTF8.self)) }
                lastIsSignature = line.starts(with: "— ".utf8)
                at = end + 1
            }
            if bytes.count < count || offset + count == checkpoints.size || reach > 1 << 20 {
                return (Note(bytes: bytes, size: size, isCut: true), checkpoints.size)
            }
            reach *= 4
        }
    }

    private static func lastSize(_ checkpoints: (descriptor: Int32, size: Int)) -> Int64 {
        var (offset, size) = (max(0, checkpoints.size - 4096), Int64(0))
        // Begins in the middle of a note, and comes to its end.
        if offset > 0, let (_, next) = note(checkpoints, at: offset) { offset = next }
        while let (found, next) = note(checkpoints, at: offset) {
            if !found.isCut { size = max(size, found.size ?? 0) }
            offset = next
        }
        return size
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        guard descriptor >= 0, count > 0 else { return [] }
        return Array(unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                filled += got
            }
        }
    }
}
