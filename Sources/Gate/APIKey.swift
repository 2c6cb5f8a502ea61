import Crypto
import Foundation
import GateModel

/// Who may ask, and for whom. The secret itself is never stored, only its SHA-256.
public struct APIKey: Sendable, Hashable {
    public enum Permits: String, Sendable, CaseIterable {
        case es256, hs256
    }

    public var id: String
    public var role: Role
    public var name: String
    /// Approvals need two owners.
    public var owner: String
    /// The vendors it may speak for; the first where a call names none.
    public var vendors: [String]
    public var legalEntities: [String]
    public var permits: Permits?
    var hash: String
    public var isRevoked = false
    /// The name under which a person signs in; nil for a key that a program holds. Such a key has no secret: it opens with
    /// the account's password.
    public var account: String?
    /// Whom the company's provider vouches for: 64 hexadecimal digits; nil for an account with a password of its own.
    public var identity: String?

    /// A new secret and its hash. 256 random bits need no slow hash.
    static func makeSecret() -> (secret: String, hash: String) {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
        let secret = "cg_" + random.filter { $0.isLetter || $0.isNumber }
        return (secret, hash(secret))
    }

    static func hash(_ secret: String) -> String { hexadecimal(SHA256.hash(data: Data(secret.utf8))) }

    /// What the key of a secret is found by: its hash as a number.
    static func fingerprint(_ secret: String) -> Fingerprint {
        var secret = secret
        return secret.withUTF8 { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return hash.finalize().withUnsafeBytes { Fingerprint($0) }
        }
    }

    /// The fingerprint of a stored hash.
    var fingerprint: Fingerprint? {
        let bytes = stride(from: 0, to: hash.utf8.count, by: 2).compactMap { offset in
            UInt8(hash.dropFirst(offset).prefix(2), radix: 16)
        }
        return bytes.count == 32 ? bytes.withUnsafeBytes { Fingerprint($0) } : nil
    }
}

/// The 32 bytes of a SHA-256.
struct Fingerprint: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    init(_ bytes: UnsafeRawBufferPointer) { words = bytes.loadUnaligned(as: SIMD4<UInt64>.self) }
}
