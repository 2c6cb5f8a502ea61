/// What a log sends a witness: a checkpoint, and the proof that it continues what the witness saw last.
///
/// Source: C2SP tlog-witness, add-checkpoint.
public struct CheckpointSubmission: Hashable, Sendable {
    /// From the size that the witness saw last to that of the checkpoint.
    public var proof: ConsistencyProof
    public var checkpoint: SignedNote

    public init(proof: ConsistencyProof, checkpoint: SignedNote) {
        (self.proof, self.checkpoint) = (proof, checkpoint)
    }
}

extension CheckpointSubmission: CustomStringConvertible {
    /// The request's body.
    public var description: String {
        "old \(proof.first)\n" + proof.path.map { "\($0)\n" }.joined() + "\n\(checkpoint)"
    }
}

extension SignedNote {
    /// Finds a witness's cosignature of this note among the lines that it answered, and verifies it. Lines of other keys
    /// are ignored.
    ///
    /// - Returns: nil where there is none of this key.
    /// - Throws: Where the answer is no signature lines, or the key's signature is wrong.
    public func cosignature(in answer: [UInt8], by key: VerifierKey) throws(TransparencyError) -> NoteSignature? {
        let answered = try SignedNote(bytes: Array("\(text)\n".utf8) + answer)
        // An empty line in the answer would make it a part of the text.
        guard answered.text.utf8.elementsEqual(text.utf8) else { throw .signatureLine(line: 1, .noDash) }
        _ = try answered.verified(by: [key])
        return answered.signatures.first(where: key.made)
    }
}
