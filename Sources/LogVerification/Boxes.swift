import COpenSSL

/// Opens boxes of AES-256-GCM. Belongs to one thread.
///
/// By libcrypto itself with a context that is kept, rather than the Swift library's boxes: two are opened for every entry, and
/// this took a seventh off a whole verification.
///
/// Source: NIST SP 800-38D (November 2007).
final class Boxes {
    private let context: OpaquePointer
    private static let tag = 16

    init() {
        guard let context = copenssl_gcm_new() else { preconditionFailure("there is no memory left") }
        self.context = context
    }

    deinit { copenssl_gcm_free(context) }

    /// - Parameters:
    ///   - sealed: Ciphertext and tag.
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes.
    /// - Returns: nil where it is not what was sealed under this key and nonce, with these known bytes.
    func open(
        _ sealed: ArraySlice<UInt8>, key: UnsafeRawBufferPointer, nonce: ArraySlice<UInt8>,
        known: ArraySlice<UInt8> = []
    ) -> [UInt8]? {
        guard sealed.count >= Boxes.tag, key.count == 32, nonce.count == 12 else { return nil }
        let count = sealed.count - Boxes.tag
        var isRight = false
        let plain = [UInt8](unsafeUninitializedCapacity: count) { plain, filled in
            isRight = sealed.withUnsafeBufferPointer { sealed in
                nonce.withUnsafeBufferPointer { nonce in
                    known.withUnsafeBufferPointer { known in
                        copenssl_gcm_open(
                            context, key.bindMemory(to: UInt8.self).baseAddress, nonce.baseAddress, known.baseAddress,
                            known.count, sealed.baseAddress, count, plain.baseAddress) == 1
                    }
                }
            }
            filled = isRight ? count : 0
        }
        return isRight ? plain : nil
    }

    /// - Parameter box: Nonce, ciphertext and tag.
    func open(_ box: [UInt8], key: UnsafeRawBufferPointer) -> [UInt8]? {
        guard box.count >= 12 else { return nil }
        return open(box[12...], key: key, nonce: box[..<12])
    }
}
