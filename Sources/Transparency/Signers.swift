import Crypto
import FoundationEssentials

/// The log's own key: signs checkpoints.
public struct NoteSigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// What verifiers need; it may be shown to anybody.
    public let verifierKey: VerifierKey

    /// - Parameters:
    ///   - name: The log's origin, so that who reads a checkpoint knows which key to ask for.
    ///   - seed: 32 secret random bytes.
    public init(name: String, seed: [UInt8]) throws(TransparencyError) {
        key = try signingKey(seed)
        verifierKey = try VerifierKey(name: name, publicKey: [UInt8](key.publicKey.rawRepresentation))
    }

    /// Signs a checkpoint. Never sign two that are not consistent: the log would contradict itself for ever.
    public func sign(_ checkpoint: Checkpoint) -> SignedNote {
        let text = checkpoint.text
        return SignedNote(
            text: text,
            signatures: [
                NoteSignature(name: verifierKey.name, keyID: verifierKey.id, signature: signature(text, key))
            ])
    }
}

/// A witness's key: says that at a time a checkpoint was the largest seen, and consistent with all before it.
///
/// Source: C2SP tlog-cosignature, cosignature/v1.
public struct Cosigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    public let verifierKey: VerifierKey

    /// - Parameter seed: 32 secret random bytes, of this witness alone: what is signed does not hold its name.
    public init(name: String, seed: [UInt8]) throws(TransparencyError) {
        key = try signingKey(seed)
        verifierKey = try VerifierKey(
            name: name, kind: .cosignature, publicKey: [UInt8](key.publicKey.rawRepresentation))
    }

    /// The line to add to the checkpoint. The caller has verified consistency and stored the checkpoint.
    ///
    /// - Parameter posixSeconds: Now, in seconds since 1970 UTC; not negative.
    public func cosign(_ checkpoint: Checkpoint, posixSeconds: Int64) -> NoteSignature {
        precondition(posixSeconds >= 0, "a cosignature's time is not before 1970")
        let message = cosignedMessage(checkpoint.text, posixSeconds: posixSeconds)
        return NoteSignature(
            name: verifierKey.name, keyID: verifierKey.id, signature: bigEndian(posixSeconds) + signature(message, key))
    }
}

private func signingKey(_ seed: [UInt8]) throws(TransparencyError) -> Curve25519.Signing.PrivateKey {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
        throw .seed(count: seed.count)
    }
    return key
}

private func signature(_ message: String, _ key: Curve25519.Signing.PrivateKey) -> [UInt8] {
    guard let signature = try? key.signature(for: Array(message.utf8)) else {
        preconditionFailure("Ed25519 signs any message")
    }
    return [UInt8](signature)
}
