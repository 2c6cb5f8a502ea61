import Foundation
import Transparency

/// The file of cosigned checkpoints: in the form of `checkpoints`, each a copy of one of those with the signatures of
/// witnesses below the log's own.
///
/// It has a lock of its own, so that keeping a cosignature never holds up signing.
///
/// Format: docs/decisions/0069-outside-witnesses-cosign-checkpoints.md.
extension TreeFiles {
    static let cosigned = "cosigned"

    /// Adds cosignatures to the last note where that is the same checkpoint, else a new note behind it. Does nothing where
    /// another process was ahead. Blocks while one writes.
    func keep(_ cosignatures: [NoteSignature], of shown: LogTree.Shown) throws(LogTreeFault) {
        let descriptor = open(path(TreeFiles.cosigned), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw .file(path: path(TreeFiles.cosigned), why: String(cString: strerror(errno)))
        }
        // Let go by name: a process that is just being started has a copy of the descriptor for a moment. The end of this
        // process lets go of it too.
        defer {
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        let last = try lastNote(in: TreeFiles.cosigned)
        var note = shown.note
        if let last {
            do throws(TransparencyError) {
                let kept = try SignedNote(bytes: last.note)
                let size = try Checkpoint(text: kept.text).size
                if size > shown.checkpoint.size { return }
                if kept.text == note.text { note = kept }
            } catch {
                throw .cosignedUnreadable(why: "\(error)")
            }
        }
        let fresh = cosignatures.filter { new in
            !note.signatures.contains { $0.name == new.name && $0.keyID == new.keyID }
        }
        guard !fresh.isEmpty else { return }
        for cosignature in fresh { note = note.adding(cosignature) }
        let end = last?.end ?? 0
        // What a process that was killed began was never shown.
        try cut(TreeFiles.cosigned, to: end)
        try write(note.bytes + [10], to: TreeFiles.cosigned, at: end)
        try sync(TreeFiles.cosigned)
    }
}

extension LogTree {
    /// The newest checkpoint that witnesses cosigned, whichever process asked them.
    ///
    /// - Returns: nil where there is none of so many entries, or it is not within what this process knows to be signed.
    func cosigned(covering size: Int64) throws -> Shown? {
        guard let last = try files.lastNote(in: TreeFiles.cosigned), let key = verifierKey else { return nil }
        let verified: VerifiedCheckpoint
        do {
            verified = try VerifiedCheckpoint(bytes: last.note, origin: key.name, log: [key])
        } catch {
            throw LogTreeFault.cosignedUnreadable(why: "\(error)")
        }
        guard size...max(size, signed) ~= verified.checkpoint.size else { return nil }
        return Shown(checkpoint: verified.checkpoint, note: verified.note)
    }
}
