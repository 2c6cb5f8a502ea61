import COpenSSL

/// SM2 signatures over SM3, in bytes.
///
/// Source: GB/T 32918.2-2016, GB/T 32905-2016; the signature's form is that of GB/T 35276-2017.
enum SM2 {
    static let secretCount = 32
    /// 0x04 and both coordinates.
    static let keyCount = 65
    /// What tells this kind of signature from others whose first byte is 0xff: the object identifier of SM2 with SM3.
    static let identifier = Array("oid/1.2.156.10197.1.501".utf8)

    static func isKey(_ key: [UInt8]) -> Bool { key.count == keyCount && copenssl_sm2_is_key(key) == 1 }

    /// - Returns: nil for bytes that are no secret.
    static func publicKey(of secret: [UInt8]) -> [UInt8]? {
        guard secret.count == secretCount else { return nil }
        var key = [UInt8](repeating: 0, count: keyCount)
        return copenssl_sm2_public(secret, &key) == 1 ? key : nil
    }

    /// - Returns: nil where the library cannot sign, such as for lack of random numbers.
    static func signature(of message: [UInt8], secret: [UInt8]) -> [UInt8]? {
        var signature = [UInt8](repeating: 0, count: Int(COPENSSL_SM2_LONGEST_SIGNATURE))
        var count = signature.count
        guard copenssl_sm2_sign(secret, message, message.count, &signature, &count) == 1 else { return nil }
        return Array(signature.prefix(count))
    }

    static func verifies(_ signature: [UInt8], of message: [UInt8], key: [UInt8]) -> Bool {
        !signature.isEmpty
            && copenssl_sm2_verify(key, message, message.count, signature, signature.count) == 1
    }
}

/// The log's second key: signs checkpoints with SM2 beside Ed25519, for those who must have GB/T 32918.
public struct SM2Signer: Sendable {
    private let secret: [UInt8]
    public let verifierKey: VerifierKey

    /// - Parameters:
    ///   - name: The log's origin.
    ///   - secret: 32 bytes, as ``newSecret()`` makes them.
    public init(name: String, secret: [UInt8]) throws(TransparencyError) {
        guard let key = SM2.publicKey(of: secret) else { throw .sm2Secret }
        self.secret = secret
        verifierKey = try VerifierKey(name: name, kind: .sm2, publicKey: key)
    }

    /// - Returns: nil where the library gives none.
    public static func newSecret() -> [UInt8]? {
        var secret = [UInt8](repeating: 0, count: SM2.secretCount)
        return copenssl_sm2_generate(&secret) == 1 ? secret : nil
    }

    /// The line to add to the checkpoint; another one each time, as SM2 takes a random number.
    public func sign(_ checkpoint: Checkpoint) throws(TransparencyError) -> NoteSignature {
        guard let signature = SM2.signature(of: Array(checkpoint.text.utf8), secret: secret) else { throw .cannotSign }
        return NoteSignature(name: verifierKey.name, keyID: verifierKey.id, signature: signature)
    }
}
