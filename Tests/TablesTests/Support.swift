import FoundationEssentials
import Glibc
import Tables

/// Path of a committed file; `Fixtures/make.py` says how each was made.
func fixture(_ name: String, file: StaticString = #filePath) -> String {
    let path = "\(file)"
    return path[..<(path.lastIndex(of: "/") ?? path.endIndex)] + "/Fixtures/" + name
}

func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// A file that disappears with the test.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        let memory = "/dev/shm"
        let folder = access(memory, W_OK) == 0 ? memory : FileManager.default.temporaryDirectory.path
        path = "\(folder)/tables-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
    }

    convenience init(_ text: String) throws { try self.init(Array(text.utf8)) }

    deinit { unlink(path) }
}

/// The whole text of a file.
func text(_ path: String, _ options: TableOptions = TableOptions()) throws -> String {
    var bytes: [UInt8] = []
    try TableFile(path: path, options: options).read { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
}

/// The whole text of a file that must live so long.
func text(_ file: TemporaryFile, _ options: TableOptions = TableOptions()) throws -> String {
    try withExtendedLifetime(file) { try text(file.path, options) }
}

/// Numbers that look random and are the same in every run.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Source: SplitMix64 (Steele, Lea and Flood, 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
