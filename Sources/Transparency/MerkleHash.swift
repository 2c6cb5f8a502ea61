import Crypto

/// A hash of the log's tree: 32 bytes of SHA-256, held in place so that millions of them cost no allocation.
///
/// Source: RFC 9162 (December 2021), section 2.1.1.
public struct MerkleHash: Hashable, Sendable {
    // The bytes in order of memory; never read as numbers.
    private let a, b, c, d: UInt64

    /// How many bytes a hash has.
    public static let count = 32

    /// - Returns: nil unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == MerkleHash.count else { return nil }
        let bytes = Array(bytes)
        self = bytes.withUnsafeBytes { MerkleHash($0) }
    }

    /// Takes the first 32 of at least 32 bytes.
    private init(_ raw: UnsafeRawBufferPointer) {
        a = raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        b = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        c = raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        d = raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    public var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

    /// SHA-256 of nothing: the root of a tree without leaves.
    public static let empty = MerkleHash(SHA256())

    /// The hash of an entry: SHA-256(0x00 ‖ entry). The prefix keeps an entry from passing for a node.
    public static func leaf(_ entry: [UInt8]) -> MerkleHash {
        var hash = SHA256()
        withUnsafeBytes(of: 0x00 as UInt8) { hash.update(bufferPointer: $0) }
        entry.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return MerkleHash(hash)
    }

    /// The hash over two subtrees: SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * count, alignment: 8) { buffer in
            buffer.storeBytes(of: 0x01, as: UInt8.self)
            buffer.storeBytes(of: left, toByteOffset: 1, as: MerkleHash.self)
            buffer.storeBytes(of: right, toByteOffset: 1 + count, as: MerkleHash.self)
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
            return MerkleHash(hash)
        }
    }

    private init(_ hash: SHA256) { self = hash.finalize().withUnsafeBytes { MerkleHash($0) } }
}

extension MerkleHash: CustomStringConvertible {
    /// Standard Base 64, as in checkpoints and proofs.
    public var description: String { Base64.text(bytes) }

    /// - Returns: nil unless the text is the one Base 64 form of 32 bytes.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Base64.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }
}
