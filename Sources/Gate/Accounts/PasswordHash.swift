import Crypto
import CryptoExtras
import Documents
import Foundation
import Ledger

/// What is kept of a password: scrypt's result, keyed once more with the key file, so that the data folder alone does not
/// let anybody try passwords.
///
/// Source: RFC 7914 (August 2016); OWASP Password Storage Cheat Sheet (2025), which asks for at least N = 2^16, r = 8, p = 2.
struct PasswordHash: Sendable, Hashable {
    /// 64 MiB and about a fifth of a second.
    static let rounds = 1 << 16
    static let blockSize = 8
    static let parallelism = 2

    private var rounds: Int
    private var salt: [UInt8]
    private var verifier: String

    /// Blocks for as long as the hash takes.
    init(_ password: String, account: String, keys: LedgerKeys) throws {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        try self.init(
            rounds: PasswordHash.rounds, salt: salt,
            verifier: PasswordHash.verifier(password, salt, PasswordHash.rounds, account, keys))
    }

    private init(rounds: Int, salt: [UInt8], verifier: String) {
        (self.rounds, self.salt, self.verifier) = (rounds, salt, verifier)
    }

    /// Blocks for as long as the hash takes.
    func matches(_ password: String, account: String, keys: LedgerKeys) -> Bool {
        (try? PasswordHash.verifier(password, salt, rounds, account, keys)) == verifier
    }

    private static func verifier(
        _ password: String, _ salt: [UInt8], _ rounds: Int, _ account: String, _ keys: LedgerKeys
    ) throws -> String {
        // Typed on another keyboard, the same letters may come in other code points.
        let normal = Array(password.precomposedStringWithCompatibilityMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: normal, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism)
        let hash = key.withUnsafeBytes { hexadecimal(Array($0)) }
        return keys.key(.source(kind: "password", source: account, reference: hash)).text
    }

    // MARK: The file

    init?(contentsOf path: String) {
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data)),
            node["version"]?.value == .number("1"), let rounds = node.count("rounds"),
            let salt = node["salt"]?.string.flatMap({ Data(base64Encoded: $0) }),
            let verifier = node["verifier"]?.string
        else { return nil }
        self.init(rounds: rounds, salt: [UInt8](salt), verifier: verifier)
    }

    func write(to path: String) throws {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("rounds", rounds)
            json.member("salt", Data(salt).base64EncodedString())
            json.member("verifier", verifier)
        }
        try PrivateFile.replace(path, with: json.bytes)
    }

    /// Changes whenever the password does.
    var stamp: String { verifier }
}
