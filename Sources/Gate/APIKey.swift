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

    /// A new secret and its hash. 256 random bits need no slow hash.
    static func makeSecret() -> (secret: String, hash: String) {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
        let secret = "cg_" + random.filter { $0.isLetter || $0.isNumber }
        return (secret, hash(secret))
    }

    static func hash(_ secret: String) -> String { hexadecimal(SHA256.hash(data: Data(secret.utf8))) }
}
