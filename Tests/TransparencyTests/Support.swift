import Foundation
import GateTesting

@testable import Transparency

/// The same leaves as those of `reference.py`.
func entry(_ number: Int64) -> [UInt8] { Array("leaf \(number)".utf8) }

func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func bytes(hexadecimal text: some StringProtocol) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
}

func hash(_ text: some StringProtocol) -> MerkleHash { MerkleHash(bytes: bytes(hexadecimal: text))! }

extension [UInt8] {
    func flipping(bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}

extension MerkleHash {
    func flipping(bit: Int) -> MerkleHash { MerkleHash(bytes: bytes.flipping(bit: bit))! }
}

/// A log of the reference's leaves in memory.
struct SmallLog {
    var edge = RightEdge()
    var tiles = MemoryTiles()

    init(size: Int64 = 0) { grow(to: size) }

    mutating func grow(to size: Int64) {
        tiles.store(edge.append(contentsOf: (edge.size..<size).lazy.map { .leaf(entry($0)) }))
    }

    func view(_ size: Int64) -> TreeView<MemoryTiles> { TreeView(size: size, source: tiles) }
}

struct ProgramFailed: Error { var text: String }

/// Runs `reference.py`, which shares nothing with this package.
func reference(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("reference.py")
    // A file, not a pipe: the program may end before it has read everything.
    let folder = try TemporaryFolder()
    let path = folder.path + "/input"
    try Data(input).write(to: URL(fileURLWithPath: path))
    let process = try ChildProcess(
        ["python3", script.path] + arguments,
        environment: [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "PYTHONIOENCODING": "utf-8",
        ],
        input: .file(path), output: .pipe, errors: .file(folder.path + "/errors"))
    let bytes = process.readAll()
    guard process.wait() == .exit(0) else {
        throw ProgramFailed(text: (try? String(contentsOfFile: folder.path + "/errors", encoding: .utf8)) ?? "")
    }
    return bytes
}
