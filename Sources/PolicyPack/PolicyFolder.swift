import Glibc
import Synchronization

/// A policy folder that is read again and again: a file is opened only where its metadata says that it changed.
///
/// Any number of callers may read at once; one reads at a time.
public final class PolicyFolder: Sendable {
    /// What tells two states of a file apart.
    private struct Stamp: Equatable {
        var inode: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Known {
        var stamp: Stamp
        var bytes: [UInt8]
    }

    private let folder: String
    private let known = Mutex<[String: Known]>([:])

    public init(_ folder: String) { self.folder = folder }

    /// The folder's files as they are now. O(files); what did not change is neither opened nor copied.
    ///
    /// - Throws: The folder's or a file's path, where it cannot be read.
    public func read() throws(FileFaults) -> PolicyFiles {
        let outcome: Result<PolicyFiles, FileFaults> = known.withLock { known in
            var kept: [String: Known] = [:]
            do throws(FileFaults) {
                let files = try PolicyFiles(folder: folder) { path in
                    guard let stamp = currentStamp(path),
                        let bytes = known[path].flatMap({ $0.stamp == stamp ? $0.bytes : nil })
                    else { return nil }
                    kept[path] = Known(stamp: stamp, bytes: bytes)
                    return bytes
                }
                for (path, bytes) in files.bytes where kept[path] == nil {
                    if let stamp = currentStamp(path), isSettled(stamp) {
                        kept[path] = Known(stamp: stamp, bytes: bytes)
                    }
                }
                known = kept
                return .success(files)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private func currentStamp(_ path: String) -> Stamp? {
        var status = stat()
        guard stat(folder + "/" + path, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    /// A file written a moment ago may be written again within the clock's grain, and its metadata would not say so.
    private func isSettled(_ stamp: Stamp) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec - stamp.seconds >= 2
    }
}
