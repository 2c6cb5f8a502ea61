import Foundation
import Transparency

/// The tree as it lies on disk, in a folder of its own: `level-N` with the hashes of each level of tiles side by side,
/// `checkpoints` with every one that was shown, `key` and `sm2-key` with the log's name and public keys, `lock`.
///
/// Format: docs/decisions/0039-format-the-files-of-the-tree.md.
struct TreeFiles: TileSource {
    /// A step that a test may let fail, as a process would that is killed just then.
    enum Step: Sendable, Hashable {
        case write(file: String)
        case sync(file: String)
        case cut(file: String)
    }

    enum Interruption: Sendable {
        case before, halfway
    }

    let folder: String
    /// Asked before each change; nil everywhere but in tests.
    var interrupt: (@Sendable (Step) -> Interruption?)?

    static let levels = 8
    static let checkpoints = "checkpoints"
    static let sm2Key = "sm2-key"

    func path(_ name: String) -> String { folder + "/" + name }
    static func level(_ level: Int) -> String { "level-\(level)" }

    func prepare() throws(LogTreeFault) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(path: folder, why: error.localizedDescription)
        }
    }

    // MARK: Reading

    func hashes(of tile: Tile) throws -> [MerkleHash] {
        let bytes = try read(
            TreeFiles.level(tile.level), at: tile.start * Int64(MerkleHash.count), count: tile.width * MerkleHash.count)
        return stride(from: 0, to: bytes.count - bytes.count % MerkleHash.count, by: MerkleHash.count).compactMap {
            MerkleHash(bytes: bytes[$0..<$0 + MerkleHash.count])
        }
    }

    /// How many bytes a file has; 0 for none.
    func size(_ name: String) -> Int64 {
        var info = stat()
        return stat(path(name), &info) == 0 ? Int64(info.st_size) : 0
    }

    /// - Returns: Fewer bytes than asked for at the file's end; none where there is no file.
    func read(_ name: String, at offset: Int64, count: Int) throws(LogTreeFault) -> [UInt8] {
        let descriptor = open(path(name), O_RDONLY | O_CLOEXEC)
        if descriptor < 0 && errno == ENOENT { return [] }
        guard descriptor >= 0 else { throw failure(name) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress! + done, count - done, off_t(offset) + off_t(done))
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure(name) }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }

    // MARK: Changing

    func write(_ bytes: [UInt8], to name: String, at offset: Int64) throws(LogTreeFault) {
        let cut = interrupt?(.write(file: name))
        if cut == .before { throw .file(path: name, why: "interrupted") }
        let isNew = access(path(name), F_OK) != 0
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(name) }
        defer { close(descriptor) }
        let count = cut == .halfway ? bytes.count / 2 : bytes.count
        var done = 0
        while done < count {
            let wrote = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + off_t(done))
            }
            if wrote < 0 && errno == EINTR { continue }
            guard wrote > 0 else { throw failure(name) }
            done += wrote
        }
        if cut == .halfway { throw .file(path: name, why: "interrupted") }
        if isNew { try syncFolder() }
    }

    func sync(_ name: String) throws(LogTreeFault) {
        if interrupt?(.sync(file: name)) != nil { throw .file(path: name, why: "interrupted") }
        let descriptor = open(path(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(name) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(name) }
    }

    /// Cuts a file that is longer; a shorter one and a missing one stay as they are.
    func cut(_ name: String, to size: Int64) throws(LogTreeFault) {
        guard self.size(name) > size else { return }
        if interrupt?(.cut(file: name)) != nil { throw .file(path: name, why: "interrupted") }
        guard truncate(path(name), off_t(size)) == 0 else { throw failure(name) }
    }

    /// Writes a small file that is there as a whole or not at all.
    func replace(_ name: String, with bytes: [UInt8]) throws(LogTreeFault) {
        try cut(name + ".new", to: 0)
        try write(bytes, to: name + ".new", at: 0)
        try sync(name + ".new")
        guard rename(path(name + ".new"), path(name)) == 0 else { throw failure(name) }
        try syncFolder()
    }

    private func syncFolder() throws(LogTreeFault) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("") }
    }

    private func failure(_ name: String) -> LogTreeFault {
        .file(path: path(name), why: String(cString: strerror(errno)))
    }

    /// Runs `body` while no other process changes the files.
    ///
    /// - Returns: nil where another does just now.
    func alone<T>(_ body: () throws -> T) throws -> T? {
        let descriptor = open(path("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("lock") }
        // Let go by name: a process that is just being started has a copy of the descriptor for a moment. The end of this
        // process lets go of it too.
        defer {
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw failure("lock")
        }
        return try body()
    }
}

/// The file of checkpoints: signed notes one after another, a blank line behind each.
extension TreeFiles {
    /// Far more than a note is long.
    private static let reach: Int64 = 65_536

    /// The last whole checkpoint, and where it ends; nil where there is none. What was begun behind it was never shown.
    ///
    /// - Throws: ``LogTreeFault/checkpointUnreadable(why:)`` where something else stands at the end.
    func lastCheckpoint() throws(LogTreeFault) -> (note: [UInt8], end: Int64)? {
        try lastNote(in: TreeFiles.checkpoints)
    }

    func lastNote(in file: String) throws(LogTreeFault) -> (note: [UInt8], end: Int64)? {
        func fault(_ why: String) -> LogTreeFault {
            file == TreeFiles.checkpoints ? .checkpointUnreadable(why: why) : .cosignedUnreadable(why: why)
        }
        let size = size(file)
        let start = max(0, size - TreeFiles.reach)
        let bytes = try read(file, at: start, count: Int(size - start))
        let end = TreeFiles.noteEnd(in: bytes, before: bytes.count)
        guard TreeFiles.isBeginning(bytes[(end ?? 0)...]), end != nil || start == 0 else {
            throw fault("what stands at the file's end is none")
        }
        guard let end else { return nil }
        let first = TreeFiles.noteEnd(in: bytes, before: end - 1)
        guard let first = first ?? (start == 0 ? 0 : nil) else { throw fault("it has no beginning") }
        return (Array(bytes[first..<end - 1]), start + Int64(end))
    }

    /// Whether a note may begin so: three lines, a blank one, signatures.
    private static func isBeginning(_ bytes: ArraySlice<UInt8>) -> Bool {
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        // The last one is not over yet.
        for (number, line) in lines.dropLast().enumerated() {
            guard line.isEmpty == (number == 3) else { return false }
            if number > 3, !line.starts(with: "— ".utf8) { return false }
        }
        return lines.count <= 4 || lines.last!.isEmpty || lines.last!.starts(with: "— ".utf8.prefix(lines.last!.count))
    }

    /// The end of the last note before an index: behind a blank line that follows a line of a signature.
    private static func noteEnd(in bytes: [UInt8], before limit: Int) -> Int? {
        for at in stride(from: limit - 1, to: 0, by: -1) where bytes[at] == 10 && bytes[at - 1] == 10 {
            let line = bytes[..<(at - 1)].lastIndex(of: 10).map { $0 + 1 } ?? 0
            if bytes[line...].starts(with: "— ".utf8) { return at + 1 }
        }
        return nil
    }

    /// - Returns: The file's new end.
    func append(checkpoint note: [UInt8], at end: Int64) throws(LogTreeFault) -> Int64 {
        try write(note + [10], to: TreeFiles.checkpoints, at: end)
        try sync(TreeFiles.checkpoints)
        return end + Int64(note.count) + 1
    }
}
