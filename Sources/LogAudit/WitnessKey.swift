import Crypto
import FoundationEssentials

/// A witness's public key, read from its `name+hash+key` form.
///
/// Source: C2SP tlog-cosignature, cosignature/v1.
struct WitnessKey: Sendable {
    let name: String
    /// What stands before the signature in a note's line.
    let lineStart: [UInt8]
    let id: [UInt8]
    private let key: Curve25519.Signing.PublicKey

    /// - Returns: nil for a text that is no Ed25519 key for cosignatures.
    init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let bytes = Data(base64Encoded: String(parts[2])),
            bytes.count == 33, bytes.first == 0x04,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes.dropFirst())
        else { return nil }
        id = Array(SHA256.hash(data: Data(parts[0].utf8) + [0x0A] + bytes).prefix(4))
        guard id.map({ ($0 < 16 ? "0" : "") + String($0, radix: 16) }).joined() == parts[1] else { return nil }
        self.key = key
        name = String(parts[0])
        lineStart = Array("— \(name) ".utf8)
    }

    /// When it signed, in seconds since 1970; nil where it did not sign this.
    func seconds(of signature: ArraySlice<UInt8>, over text: ArraySlice<UInt8>) -> Int64? {
        guard signature.count == 72 else { return nil }
        var seconds: UInt64 = 0
        for byte in signature.prefix(8) { seconds = seconds << 8 | UInt64(byte) }
        guard seconds <= UInt64(Int64.max) else { return nil }
        let message = Array("cosignature/v1\ntime \(seconds)\n".utf8) + text
        return key.isValidSignature(signature.dropFirst(8), for: message) ? Int64(seconds) : nil
    }
}
