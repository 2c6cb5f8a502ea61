import Crypto
import Foundation
import GateModel
import Ledger

/// The imports on disk: `<data>/imports/<id>/{rows, meta.json, rejects.csv, lock}`, for the gate's own account alone.
///
/// A value without state of its own; safe from any thread. What changes an import is done by whoever holds its lock.
struct ImportFolder: Sendable {
    private let root: String

    init(data: String) { root = data + "/imports" }

    func path(_ id: EntryID, _ name: String) -> String { "\(root)/\(id)/\(name)" }

    /// Where the file itself lies until the import is over.
    func rowsPath(_ id: EntryID) -> String { path(id, "rows") }

    /// Makes the folder of a new import.
    func make(at now: Instant) throws(GateError) -> EntryID {
        try makeFolder(root)
        while true {
            // No entry of the log has the sequence 0, so no import has the id of an entry.
            let id = EntryID(at: now, sequence: 0, noise: .random(in: .min ... .max))
            if mkdir("\(root)/\(id)", 0o700) == 0 { return id }
            guard errno == EEXIST else { throw failure("make the folder of an import") }
        }
    }

    private func makeFolder(_ path: String) throws(GateError) {
        if access(path, F_OK) == 0 { return }
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        throw failure("make the folder of imports")
    }

    /// Every import that has a folder, the oldest first.
    func ids() -> [EntryID] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().compactMap { EntryID($0) }
    }

    /// Nil for an unknown import.
    func find(_ id: EntryID) -> ImportStatus? {
        FileManager.default.contents(atPath: path(id, "meta.json")).flatMap { ImportStatus(metadata: [UInt8]($0)) }
    }

    /// - Parameter isDurable: False where a lost change does no harm, such as progress.
    func save(_ status: ImportStatus, isDurable: Bool = true) throws(GateError) {
        try write(status.metadata, to: path(status.id, "meta.json"), isDurable: isDurable)
        guard isDurable else { return }
        let folder = open("\(root)/\(status.id)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open the folder of an import") }
        defer { close(folder) }
        if fsync(folder) != 0 { throw failure("flush the folder of an import") }
    }

    /// `line,column,pointer,reason` with a header, as a list's rejected lines.
    func writeRejects(_ faults: [RowFault], of id: EntryID) throws(GateError) {
        let lines = ["line,column,pointer,reason"] + faults.map(\.csv)
        try write(Array((lines + [""]).joined(separator: "\r\n").utf8), to: path(id, "rejects.csv"), isDurable: false)
    }

    func removeRows(_ id: EntryID) { unlink(rowsPath(id)) }

    /// Leaves nothing of an import.
    func remove(_ id: EntryID) { try? FileManager.default.removeItem(atPath: "\(root)/\(id)") }

    /// The one who may work on an import, in this process or another; nil while somebody else does.
    func lock(_ id: EntryID) -> ImportLock? {
        let descriptor = open(path(id, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return ImportLock(descriptor)
    }

    private func write(_ bytes: [UInt8], to path: String, isDurable: Bool) throws(GateError) {
        let temporary = path + ".new"
        let file = try SpoolFile(path: temporary)
        try file.write(bytes)
        if isDurable { try file.flush() }
        if rename(temporary, path) != 0 { throw failure("rename a file of an import") }
    }
}

/// Held while somebody works on an import; a process that dies lets it go.
final class ImportLock: Sendable {
    private let descriptor: Int32
    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
    // By name, as a process that is just being started has a copy of the descriptor for a moment.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

/// A file of mode 0600 that is being written. For one task at a time.
final class SpoolFile {
    private let descriptor: Int32
    private var hash = SHA256()
    private(set) var length = 0

    init(path: String) throws(GateError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw failure("make a file of an import") }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws(GateError) {
        let code = bytes.withUnsafeBytes { bytes -> Int32 in
            hash.update(bufferPointer: bytes)
            var rest = bytes
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno != EINTR { return errno }
                if count > 0 { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
            }
            return 0
        }
        length += bytes.count
        errno = code
        if code != 0 { throw failure("write a file of an import") }
    }

    func flush() throws(GateError) {
        if fsync(descriptor) != 0 { throw failure("flush a file of an import") }
    }

    var sha256: String { hexadecimal(hash.finalize()) }
}

/// What the system said when something could not be done.
private func failure(_ what: String) -> GateError {
    .unavailable("cannot \(what): \(String(cString: strerror(errno)))")
}
