import Transparency

extension TreeFiles {
    /// The first checkpoint that was shown of at least so many entries, so that the same stretch of the log is always named
    /// by the same one; nil where there is none yet. O(log checkpoints) reads.
    ///
    /// - Throws: ``LogTreeFault/checkpointUnreadable(why:)`` where something else stands among them.
    func firstCheckpoint(
        covering size: Int64, in file: String = TreeFiles.checkpoints
    ) throws -> (checkpoint: Checkpoint, note: SignedNote)? {
        // `low` is where a note begins; those that begin at `high` or behind it cover what is asked.
        var (low, high) = (Int64(0), self.size(file))
        var found: (checkpoint: Checkpoint, note: SignedNote)?
        while low < high {
            let middle = low + (high - low) / 2
            guard let next = try nextNote(in: file, from: middle, isStart: middle == low), next.start < high else {
                if middle == low { break }
                high = middle
                continue
            }
            let note: SignedNote
            let checkpoint: Checkpoint
            do {
                note = try SignedNote(bytes: next.bytes)
                checkpoint = try Checkpoint(text: note.text)
            } catch {
                throw LogTreeFault.checkpointUnreadable(why: "\(error)")
            }
            if checkpoint.size >= size {
                found = (checkpoint, note)
                high = middle
            } else {
                low = next.end
            }
        }
        return found
    }

    /// The first whole note that begins at a place or behind it.
    private func nextNote(
        in file: String, from place: Int64, isStart: Bool
    ) throws -> (bytes: [UInt8], start: Int64, end: Int64)? {
        // Far more than two notes are long; one byte before the place tells a note that begins just there.
        let bytes = try read(file, at: max(0, place - 4096), count: 131_072)
        let offset = Int(place - max(0, place - 4096))
        var start = isStart || place == 0 ? offset : nil
        var index = max(1, start == nil ? offset - 1 : offset + 1)
        while index < bytes.count {
            defer { index += 1 }
            guard bytes[index] == 10, bytes[index - 1] == 10 else { continue }
            let line = bytes[..<(index - 1)].lastIndex(of: 10).map { $0 + 1 } ?? 0
            guard bytes[line...].starts(with: "— ".utf8) else { continue }
            let end = index + 1
            guard let first = start else {
                if end >= offset { start = end }
                continue
            }
            let base = max(0, place - 4096)
            return (Array(bytes[first..<end - 1]), base + Int64(first), base + Int64(end))
        }
        return nil
    }
}
