import Crypto
import FoundationEssentials

/// A public key with the name it signs under, as it is handed to whoever verifies.
///
/// Source: C2SP signed-note, C2SP tlog-cosignature; of SM2, docs/decisions/0070-format-an-sm2-signature-beside-ed25519.md.
public struct VerifierKey: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// Over the note's text.
        case ed25519 = 0x01
        /// Ed25519 by a witness, over the time and a checkpoint's text.
        case cosignature = 0x04
        /// SM2 with SM3 over the note's text.
        case sm2 = 0xff

        /// What stands before a public key of this kind.
        var prefix: [UInt8] { [rawValue] + (self == .sm2 ? SM2.identifier : []) }

        func isKey(_ bytes: [UInt8]) -> Bool {
            self == .sm2 ? SM2.isKey(bytes) : (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
        }
    }

    public let name: String
    public let kind: Kind
    /// 32 bytes, as in RFC 8032; of SM2 65, 0x04 and both coordinates.
    public let publicKey: [UInt8]
    /// SHA-256(name ‖ newline ‖ kind ‖ public key), the first four bytes; of SM2 the identifier stands behind the kind.
    public let id: UInt32

    public init(name: String, kind: Kind = .ed25519, publicKey: [UInt8]) throws(TransparencyError) {
        guard isKeyName(name) else { throw .keyName(name) }
        guard kind.isKey(publicKey) else { throw .verifierKey(.notAKey) }
        (self.name, self.kind, self.publicKey) = (name, kind, publicKey)
        id = SHA256.hash(data: Array(name.utf8) + [0x0A] + kind.prefix + publicKey)
            .prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads a key of the form `name+hash+key`.
    public init(_ text: String) throws(TransparencyError) {
        // The key's Base 64 may hold a plus of its own.
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .verifierKey(.form) }
        let digits = String(parts[1]) ?? ""
        guard digits.utf8.count == 8, digits.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }),
            let stated = UInt32(digits, radix: 16)
        else { throw .verifierKey(.id) }
        guard let bytes = Base64.bytes(String(parts[2]) ?? "") else { throw .verifierKey(.notBase64) }
        guard let first = bytes.first, let kind = Kind(rawValue: first), bytes.starts(with: kind.prefix) else {
            throw .verifierKey(.unknownKind)
        }
        guard let name = String(parts[0]), isKeyName(name) else { throw .verifierKey(.keyName) }
        try self.init(name: name, kind: kind, publicKey: Array(bytes.dropFirst(kind.prefix.count)))
        guard id == stated else { throw .verifierKey(.otherID) }
    }

    /// Whether a signature names this key.
    func made(_ signature: NoteSignature) -> Bool {
        signature.keyID == id && signature.name.utf8.elementsEqual(name.utf8)
    }

    /// - Throws: ``TransparencyError/wrongSignature(name:)``.
    func verify(_ signature: NoteSignature, of text: String) throws(TransparencyError) -> VerifiedSignature {
        if kind == .sm2 {
            guard SM2.verifies(signature.signature, of: Array(text.utf8), key: publicKey) else {
                throw .wrongSignature(name: name)
            }
            return VerifiedSignature(key: self, posixSeconds: nil)
        }
        var (bytes, message, time) = (signature.signature[...], text, Int64?.none)
        if kind == .cosignature {
            guard let seconds = Int64(exactly: bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) else {
                throw .wrongSignature(name: name)
            }
            (time, bytes, message) = (seconds, bytes.dropFirst(8), cosignedMessage(text, posixSeconds: seconds))
        }
        guard bytes.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey),
            key.isValidSignature(bytes, for: Array(message.utf8))
        else { throw .wrongSignature(name: name) }
        return VerifiedSignature(key: self, posixSeconds: time)
    }
}

extension VerifierKey: CustomStringConvertible {
    /// `name+hash+key`.
    public var description: String {
        let digits = String(id, radix: 16)
        return name + "+" + String(repeating: "0", count: 8 - digits.count) + digits + "+"
            + Base64.text(kind.prefix + publicKey)
    }
}

/// A signature that was found right.
public struct VerifiedSignature: Hashable, Sendable {
    public let key: VerifierKey
    /// When a witness signed, in seconds since 1970 UTC; nil for a signature without a time.
    public let posixSeconds: Int64?
}

/// What a witness signs: the time, then the checkpoint.
func cosignedMessage(_ text: String, posixSeconds: Int64) -> String {
    "cosignature/v1\ntime \(posixSeconds)\n" + text
}
