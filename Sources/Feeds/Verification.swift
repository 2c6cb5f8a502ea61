import Crypto
import Foundation

/// Checks a file against the checksum and the signature that its definition asks for.
///
/// - Parameters:
///   - sha256: Of the file, in lower-case hexadecimal.
///   - file: Where the file lies at its source.
///   - read: Gets a companion's bytes.
func verify(
    _ path: String, sha256: String, _ definition: FeedDefinition, source file: FeedSource,
    _ read: (FeedSource) throws(FeedError) -> [UInt8]
) throws(FeedError) {
    func source(_ companion: FeedDefinition.Companion) -> FeedSource {
        switch companion {
        case .suffix(let suffix): file.adding(suffix)
        case .source(let source): source
        }
    }
    if let companion = definition.checksum {
        let source = source(companion)
        guard let expected = checksum(in: String(decoding: try read(source), as: UTF8.self), of: file.name) else {
            throw .checksumUnreadable(what: source.shown)
        }
        guard expected == sha256 else { throw .checksum(expected: expected, received: sha256) }
    }
    if let wanted = definition.signature {
        let source = source(wanted.companion)
        guard let signature = signature(in: try read(source)) else { throw .signatureUnreadable(what: source.shown) }
        // Mapped, so that a large file is not held in memory.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: wanted.publicKey),
            let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        else { throw .io(operation: "read", path: path, code: errno) }
        guard key.isValidSignature(signature, for: data) else { throw .signature }
    }
}

/// The SHA-256 of a file's bytes.
func sha256(of path: String) throws(FeedError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .io(operation: "open", path: path, code: errno) }
    defer { close(descriptor) }
    var hash = SHA256()
    try readPieces(of: descriptor, path: path) { bytes throws(FeedError) in hash.update(bufferPointer: bytes) }
    return hexadecimal(hash.finalize())
}

/// The SHA-256 in a text such as `sha256sum` writes: the only one, or the one before the file's name.
func checksum(in text: String, of name: String) -> String? {
    var found: [(digest: String, name: String?)] = []
    for line in text.split(whereSeparator: \.isNewline) {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let digest = words.first?.lowercased(), digest.utf8.count == 64,
            digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { continue }
        let path = words.dropFirst().first?.trimmingCharacters(in: .init(charactersIn: " *"))
        found.append((digest, path.map { ($0 as NSString).lastPathComponent }))
    }
    if let named = found.first(where: { $0.name == name }) { return named.digest }
    return found.count == 1 ? found[0].digest : nil
}

/// A signature as 64 bytes or in base64.
func signature(in bytes: [UInt8]) -> Data? {
    if bytes.count == 64 { return Data(bytes) }
    let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    guard let data = Data(base64Encoded: text), data.count == 64 else { return nil }
    return data
}
