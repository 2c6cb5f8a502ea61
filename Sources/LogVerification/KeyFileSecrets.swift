import Crypto
import Foundation

/// What a verification needs of the key file.
struct KeyFileSecrets {
    var lookup: SymmetricKey
    var wrapping: SymmetricKey
    /// The public half of the key that signs the log; nil where the file has none.
    var publicKey: [UInt8]?
    /// As what the log was signed; nil where it never was.
    var signedAs: String?

    init(path: String) throws {
        struct Members: Decodable {
            var lookup: Data
            var wrapping: Data
            var log: Data?
            var signedAs: String?
            enum CodingKeys: String, CodingKey {
                case lookup, wrapping, log
                case signedAs = "log_signed_as"
            }
        }
        guard let data = FileManager.default.contents(atPath: path),
            let members = try? JSONDecoder().decode(Members.self, from: data), members.wrapping.count == 32,
            members.lookup.count == 32
        else { throw LogVerification.Problem.cannot("the key file \(path) cannot be read or is none") }
        signedAs = members.signedAs
        (lookup, wrapping) = (SymmetricKey(data: members.lookup), SymmetricKey(data: members.wrapping))
        if let seed = members.log {
            guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
                throw LogVerification.Problem.cannot("the key file \(path) has no usable `log`")
            }
            publicKey = Array(key.publicKey.rawRepresentation)
        }
    }
}
