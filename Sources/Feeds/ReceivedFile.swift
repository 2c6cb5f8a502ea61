import Crypto
import Foundation
import GateModel

/// A file on its way from a source; it is removed with the last reference to it. For one thread.
public final class ReceivedFile {
    public let path: String
    /// Bytes.
    public private(set) var length: Int64 = 0
    private let descriptor: Int32
    private var hash = SHA256()

    /// Makes the file, empty, in place of one that a killed process left.
    init(_ path: String) throws(FeedError) {
        self.path = path
        descriptor = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .io(operation: "create", path: path, code: errno) }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Lower-case hexadecimal, of what was received so far.
    public var sha256: String { hexadecimal(hash.finalize()) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FeedError) {
        hash.update(bufferPointer: bytes)
        length += Int64(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "write", path: path, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Throws away what was received.
    func startAfresh() throws(FeedError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .io(operation: "truncate", path: path, code: errno)
        }
        hash = SHA256()
        length = 0
    }
}

/// Size and time of change of a regular file.
struct FileFacts: Equatable {
    var bytes: Int64
    var seconds: Int64
    var nanoseconds: Int64
    var modified: Instant { Instant(milliseconds: seconds * 1000 + nanoseconds / 1_000_000) }

    /// Nil for what is no regular file.
    init?(_ info: stat) {
        guard info.st_mode & S_IFMT == S_IFREG else { return nil }
        bytes = Int64(info.st_size)
        seconds = Int64(info.st_mtim.tv_sec)
        nanoseconds = Int64(info.st_mtim.tv_nsec)
    }

    /// Links are not followed.
    init?(path: String) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        self.init(info)
    }
}

/// One fetch of a list at a time, among all processes: the list's folder is locked while this lives.
final class FolderLock {
    private let descriptor: Int32

    /// - Parameter folder: `DATA/lists/NAME`; made where it is missing.
    init(_ folder: String, list: String) throws(FeedError) {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .io(operation: "create", path: folder, code: errno)
        }
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(operation: "open", path: folder, code: errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            // `deinit` closes the descriptor.
            throw .busy(list: list)
        }
    }

    deinit { close(descriptor) }
}
