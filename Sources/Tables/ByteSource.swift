import Glibc
import Synchronization

/// Bytes in order, as many as are asked for or fewer.
protocol ByteSource: AnyObject {
    /// How many bytes were put at the start of the buffer; 0 at the end only.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int
}

extension ByteSource {
    /// Reads on until the buffer is full or the source ends.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        var count = 0
        while count < buffer.count {
            let read = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if read == 0 { break }
            count += read
        }
        return count
    }
}

/// An open file. Reading does not move a position, so that several sources may read it at once.
final class OpenFile: Sendable {
    let path: String
    let size: Int
    private let descriptor: Int32
    /// How far it was read; set anew by each pass.
    let position = Atomic<Int>(0)

    init(path: String) throws(TableFault) {
        // Without O_NONBLOCK a named pipe would wait for a writer before it is refused.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .io(operation: "open", path: path, code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .io(operation: "examine", path: path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile(path: path)
        }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// How many bytes were read at a place; fewer than asked for only at the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        var count = 0
        while count < buffer.count {
            let result = pread(descriptor, buffer.baseAddress! + count, buffer.count - count, off_t(offset + count))
            if result == 0 { break }
            if result < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "read", path: path, code: errno)
            }
            count += result
        }
        return count
    }

    /// Bytes of a place, all of them.
    ///
    /// - Throws: ``TableFault/truncated(_:)`` where the file ends before.
    func bytes(_ range: Range<Int>, of what: String) throws(TableFault) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= size else { throw .truncated(what) }
        var result = [UInt8](repeating: 0, count: range.count)
        let count = try result.withUnsafeMutableBytes { buffer in
            Result { () throws(TableFault) in try read(at: range.lowerBound, into: buffer) }
        }.get()
        guard count == range.count else { throw .truncated(what) }
        return result
    }
}

/// A part of a file, from its start to its end.
final class FileSource: ByteSource {
    private let file: OpenFile
    private var offset: Int
    private let end: Int

    /// - Parameter range: Nil is the whole file.
    init(_ file: OpenFile, _ range: Range<Int>? = nil) {
        self.file = file
        offset = range?.lowerBound ?? 0
        end = range?.upperBound ?? file.size
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(max(0, end - offset)))
        guard !wanted.isEmpty else { return 0 }
        let count = try file.read(at: offset, into: wanted)
        offset += count
        file.position.store(offset, ordering: .relaxed)
        return count
    }
}
