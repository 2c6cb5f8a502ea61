/// What a log says of itself at one size: who it is, how many entries it has, and the root over all of them.
///
/// Source: C2SP tlog-checkpoint.
public struct Checkpoint: Hashable, Sendable {
    /// The log's name for ever, such as `gate.example/log`.
    public let origin: String
    public let size: Int64
    public let root: MerkleHash
    /// Further lines, which nobody audits; this log writes none.
    public let extensions: [String]

    /// - Throws: ``TransparencyError/checkpointLine(line:_:)`` where a line could not be read again.
    public init(
        origin: String, size: Int64, root: MerkleHash, extensions: [String] = []
    ) throws(TransparencyError) {
        guard size >= 0 else { throw .checkpointLine(line: 2, .size) }
        guard size > 0 || root == .empty else { throw .checkpointLine(line: 3, .emptyTree) }
        for (line, text) in zip([1] + Array(4..<4 + extensions.count), [origin] + extensions) {
            guard !text.isEmpty else { throw .checkpointLine(line: line, line == 1 ? .origin : .emptyExtension) }
            guard !text.utf8.contains(where: { $0 < 0x20 }) else { throw .checkpointLine(line: line, .control) }
        }
        (self.origin, self.size, self.root, self.extensions) = (origin, size, root, extensions)
    }

    /// Reads a note's text.
    public init(text: String) throws(TransparencyError) {
        // By bytes: a character may be made of a newline and its neighbour.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.popLast() == "" else { throw .noteEndsWithoutNewline }
        guard let origin = lines.first else { throw .checkpointLine(line: 1, .origin) }
        guard lines.count > 1, let size = number(lines[1]) else { throw .checkpointLine(line: 2, .size) }
        guard lines.count > 2, let root = MerkleHash(lines[2]) else { throw .checkpointLine(line: 3, .root) }
        try self.init(origin: origin, size: size, root: root, extensions: Array(lines.dropFirst(3)))
    }

    /// What is signed, with its last newline.
    public var text: String { ([origin, "\(size)", "\(root)"] + extensions).map { $0 + "\n" }.joined() }
}

/// A checkpoint whose signatures were found right.
public struct VerifiedCheckpoint: Hashable, Sendable {
    public let checkpoint: Checkpoint
    public let note: SignedNote
    /// Those of the witnesses asked for, one for each witness at most.
    public let cosignatures: [VerifiedSignature]

    /// Reads and verifies a checkpoint.
    ///
    /// - Parameters:
    ///   - origin: Whose checkpoint it must be.
    ///   - log: The log's keys; one must have signed.
    ///   - also: Further keys of the log, such as for SM2; each must have signed.
    ///   - witnesses: Whose cosignatures count. Others are ignored.
    ///   - quorum: How many of the witnesses must have signed.
    /// - Throws: Also where a known key's signature is wrong, whatever the other signatures say.
    public init(
        _ note: SignedNote, origin: String, log: [VerifierKey], also: [VerifierKey] = [],
        witnesses: [VerifierKey] = [], quorum: Int = 0
    ) throws(TransparencyError) {
        let signatures = try note.verified(by: log + also + witnesses)
        guard signatures.contains(where: { log.contains($0.key) }) else { throw .notSigned(by: origin) }
        for key in also where !signatures.contains(where: { $0.key == key }) { throw .notSigned(by: "\(key)") }
        checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
            throw .wrongOrigin(found: checkpoint.origin, expected: origin)
        }
        cosignatures = witnesses.compactMap { witness in signatures.first { $0.key == witness } }
        guard cosignatures.count >= quorum else {
            throw .tooFewCosignatures(wanted: quorum, found: cosignatures.count)
        }
        self.note = note
    }

    /// Reads and verifies a checkpoint as it is stored or sent.
    public init(
        bytes: [UInt8], origin: String, log: [VerifierKey], also: [VerifierKey] = [],
        witnesses: [VerifierKey] = [], quorum: Int = 0
    ) throws(TransparencyError) {
        try self.init(
            SignedNote(bytes: bytes), origin: origin, log: log, also: also, witnesses: witnesses, quorum: quorum)
    }
}

/// Reads a decimal number without sign and leading zeros.
func number(_ text: some StringProtocol) -> Int64? {
    guard let number = Int64(text), number >= 0, "\(number)".utf8.elementsEqual(text.utf8) else { return nil }
    return number
}
