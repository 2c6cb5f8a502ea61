import Glibc

/// A file mapped into memory, read only.
final class MappedFile {
    /// Valid as long as the object, which a mere use of the bytes does not keep alive.
    let bytes: UnsafeRawBufferPointer

    init(path: String) throws(SuppressionError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .io(operation: "inspect", path: path, code: errno) }
        let length = Int(status.st_size)
        // mmap refuses a length of nothing.
        guard length > 0 else { throw .corrupt(path: path, reason: "the file is empty") }
        guard let start = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            throw .io(operation: "map", path: path, code: errno)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: length)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
