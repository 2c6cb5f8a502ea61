import Crypto

/// HMAC-SHA-256 of several messages under one key: the key is prepared once.
///
/// Written out, as the library's goes over its input by generic regions, which was a sixth of a whole verification.
/// Source: RFC 2104 (February 1997).
struct MessageCode {
    private var inner = SHA256()
    private var outer = SHA256()
    private static let block = 64

    /// - Parameter key: At most 64 bytes.
    init(key: UnsafeRawBufferPointer) {
        precondition(key.count <= Self.block)
        withUnsafeTemporaryAllocation(byteCount: Self.block, alignment: 8) { block in
            func update(_ hash: inout SHA256, pad: UInt8) {
                for index in 0..<Self.block { block[index] = (index < key.count ? key[index] : 0) ^ pad }
                hash.update(bufferPointer: UnsafeRawBufferPointer(block))
            }
            update(&inner, pad: 0x36)
            update(&outer, pad: 0x5C)
        }
    }

    func code(of message: [UInt8]) -> SHA256Digest {
        var (inner, outer) = (inner, outer)
        message.withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }
}
