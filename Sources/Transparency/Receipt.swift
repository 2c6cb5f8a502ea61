/// The proof that one entry is in the log, as a text file that verifies offline with nothing but the log's key.
///
/// Source: C2SP tlog-proof. Its extra data is the entry itself: the bytes are hashed, so they need no trust.
public struct Receipt: Hashable, Sendable {
    /// The header line, and with it the version of the format.
    public static let header = "c2sp.org/tlog-proof@v1"
    /// No tree of fewer than 2^63 leaves has a longer path.
    static let longestPath = 63

    /// The entry's bytes, of which the leaf is made; nil where they travel beside the receipt.
    public var entry: [UInt8]?
    public var index: Int64
    /// From the leaf's sibling up to a child of the root.
    public var path: [MerkleHash]
    /// The signed checkpoint, as the log gave it.
    public var checkpoint: SignedNote

    public init(entry: [UInt8]?, index: Int64, path: [MerkleHash], checkpoint: SignedNote) {
        (self.entry, self.index, self.path, self.checkpoint) = (entry, index, path, checkpoint)
    }

    /// Reads a receipt. Nothing is verified yet.
    public init(bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= 2 * SignedNote.greatestLength else {
            throw .noteTooLong(limit: 2 * SignedNote.greatestLength)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .noteNotUTF8 }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func text(_ line: Int) -> String {
            line < lines.count ? String(decoding: lines[line], as: UTF8.self) : ""
        }
        guard text(0).utf8.elementsEqual(Receipt.header.utf8) else { throw .receiptLine(line: 1, .header) }
        var line = 1
        if text(line).utf8.starts(with: "extra ".utf8) {
            guard let bytes = Base64.bytes(text(line).dropFirst("extra ".count)) else {
                throw .receiptLine(line: line + 1, .extra)
            }
            entry = bytes
            line += 1
        }
        guard text(line).utf8.starts(with: "index ".utf8), let index = number(text(line).dropFirst("index ".count))
        else { throw .receiptLine(line: line + 1, .index) }
        self.index = index
        path = []
        line += 1
        while line < lines.count, !lines[line].isEmpty {
            guard path.count < Receipt.longestPath else { throw .receiptLine(line: line + 1, .tooManyHashes) }
            guard let hash = MerkleHash(text(line)) else { throw .receiptLine(line: line + 1, .hash) }
            path.append(hash)
            line += 1
        }
        guard line + 1 < lines.count else { throw .receiptLine(line: line + 1, .noCheckpoint) }
        checkpoint = try SignedNote(bytes: Array(bytes[lines[line + 1].startIndex...]))
    }

    public var bytes: [UInt8] { Array(description.utf8) }

    /// Verifies everything: the checkpoint's signature, then that the entry is the leaf at the index.
    ///
    /// - Parameters:
    ///   - entry: The entry's bytes, where the receipt does not hold them. Where both do, both must verify.
    ///   - origin: See ``VerifiedCheckpoint``, also for the rest.
    /// - Returns: The checkpoint that speaks for the entry.
    public func verify(
        entry given: [UInt8]? = nil, origin: String, log: [VerifierKey], also: [VerifierKey] = [],
        witnesses: [VerifierKey] = [], quorum: Int = 0
    ) throws(TransparencyError) -> VerifiedCheckpoint {
        let verified = try VerifiedCheckpoint(
            checkpoint, origin: origin, log: log, also: also, witnesses: witnesses, quorum: quorum)
        let entries = [given, entry].compactMap(\.self)
        guard !entries.isEmpty else { throw .receiptWithoutEntry }
        let (size, root) = (verified.checkpoint.size, verified.checkpoint.root)
        let proof = InclusionProof(index: index, size: size, path: path)
        for entry in entries where !proof.verifies(leaf: .leaf(entry), root: root) {
            throw .notIncluded(index: index, size: size)
        }
        return verified
    }
}

extension Receipt: CustomStringConvertible {
    /// The receipt as a file; `.tlog-proof` is its usual ending.
    public var description: String {
        var text = Receipt.header + "\n"
        if let entry { text += "extra \(Base64.text(entry))\n" }
        text += "index \(index)\n"
        for hash in path { text += "\(hash)\n" }
        return text + "\n\(checkpoint)"
    }
}
