import Synchronization
import Transparency

/// Asks one witness for cosignatures. May be called from any thread; blocks, one question at a time.
///
/// Source: C2SP tlog-witness, add-checkpoint.
public final class WitnessClient: Sendable {
    public let witness: Witness
    private let patience: Duration
    private let standing = Mutex<Standing>(Standing())
    /// A witness that names another size each time is not asked for ever.
    private static let mostQuestions = 3

    private struct Standing {
        var line: WitnessLine?
        /// What the witness cosigned last, as far as is known.
        var size: Int64 = 0
    }

    /// - Parameter patience: How long one question may take.
    public init(_ witness: Witness, patience: Duration = .seconds(10)) {
        (self.witness, self.patience) = (witness, patience)
    }

    /// The witness's cosignature of a checkpoint, verified.
    ///
    /// - Parameters:
    ///   - note: The checkpoint as the log signed it.
    ///   - proof: The proof that the tree of so many entries is the beginning of the checkpoint's.
    public func cosign(
        _ note: SignedNote, of checkpoint: Checkpoint, proof: @Sendable (Int64) throws -> ConsistencyProof
    ) throws(WitnessFault) -> NoteSignature {
        // What is thrown in a closure has lost its type.
        let result = standing.withLock { standing in
            Result { () throws(WitnessFault) in try cosign(note, of: checkpoint, proof, &standing) }
        }
        return try result.get()
    }

    private func cosign(
        _ note: SignedNote, of checkpoint: Checkpoint, _ proof: @Sendable (Int64) throws -> ConsistencyProof,
        _ standing: inout Standing
    ) throws(WitnessFault) -> NoteSignature {
        // One of more entries is another's; the witness says which it has.
        var old = standing.size <= checkpoint.size ? standing.size : 0
        for _ in 0..<Self.mostQuestions {
            let path: ConsistencyProof
            do { path = try proof(old) } catch { throw .unanswered(why: "there is no proof from \(old): \(error)") }
            let submission = CheckpointSubmission(proof: path, checkpoint: note)
            let (status, body) = try post("\(submission)", &standing)
            switch status {
            case 200:
                let cosignature: NoteSignature?
                do throws(TransparencyError) {
                    cosignature = try note.cosignature(in: body, by: witness.key)
                } catch {
                    throw .wrongCosignature(why: "\(error)")
                }
                guard let cosignature else { throw .noCosignature }
                standing.size = checkpoint.size
                return cosignature
            case 409:
                guard body.last == 10, let size = Int64(String(decoding: body.dropLast(), as: UTF8.self)), size >= 0
                else { throw .conflict }
                if size == old { throw .otherHistory(size: size) }
                standing.size = size
                if size > checkpoint.size { throw .ahead(size: size) }
                old = size
            case 403: throw .notTrusted
            case 404: throw .unknownLog
            case 422: throw .inconsistent(size: old)
            default: throw .status(status)
            }
        }
        throw .conflict
    }

    private func post(_ body: String, _ standing: inout Standing) throws(WitnessFault) -> (status: Int, body: [UInt8]) {
        if standing.line == nil { standing.line = try WitnessLine() }
        guard let line = standing.line else { throw .unanswered(why: "there is no connection") }
        let (seconds, attoseconds) = patience.components
        return try line.post(
            body, to: witness.url + "/add-checkpoint",
            patience: Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
