import Crypto
import Glibc

/// A file that appears under its name complete and durable, or not at all.
///
/// It is written beside its name; dropped without ``commit()``, it leaves nothing behind.
final class AtomicFile {
    private let target: String
    private let temporary: String
    private let descriptor: Int32
    private var hash = SHA256()
    private var committed = false
    private(set) var length = 0

    init(target: String) throws(SuppressionError) {
        let (folder, name) = split(target)
        var template = Array("\(folder)/.\(name).XXXXXX".utf8CString)
        let descriptor = template.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
        guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .io(operation: "create", path: target, code: errno)
        }
        self.target = target
        self.descriptor = descriptor
        temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SuppressionError) {
        hash.update(bufferPointer: bytes)
        length += bytes.count
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "write", path: target, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func write<Element: BitwiseCopyable>(_ elements: [Element]) throws(SuppressionError) {
        let result = elements.withUnsafeBytes { bytes in
            Result { () throws(SuppressionError) in try write(bytes) }
        }
        try result.get()
    }

    /// Writes zeros up to the next multiple of a power of two.
    func pad(to alignment: Int) throws(SuppressionError) {
        let missing = -length & (alignment - 1)
        if missing > 0 { try write([UInt8](repeating: 0, count: missing)) }
    }

    /// Makes the file durable and gives it its name; returns what was written.
    @discardableResult
    func commit() throws(SuppressionError) -> FileDigest {
        // Others than the service's own account have no business in a list.
        guard fchmod(descriptor, 0o640) == 0, fsync(descriptor) == 0 else {
            throw .io(operation: "flush", path: target, code: errno)
        }
        guard rename(temporary, target) == 0 else { throw .io(operation: "rename", path: target, code: errno) }
        committed = true
        try syncFolder(split(target).folder)
        return FileDigest(bytes: length, sha256: hexadecimal(hash.finalize()))
    }

    deinit {
        close(descriptor)
        if !committed { unlink(temporary) }
    }
}

/// Makes names created in a folder, or moved into it, durable.
func syncFolder(_ path: String) throws(SuppressionError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .io(operation: "open", path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .io(operation: "flush", path: path, code: errno) }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Lower-case hexadecimal digits of a digest.
func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

private func split(_ path: String) -> (folder: String, name: Substring) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), path[path.index(after: slash)...])
}
