import LogAudit

/// Follows the file of cosigned checkpoints beside that of the log's own.
///
/// Source: docs/decisions/0069-outside-witnesses-cosign-checkpoints.md.
struct CosignedCourse: Sendable {
    private let tree: StoredTree
    private(set) var audit: CosignedAudit
    private var offset = 0
    private var next: StoredTree.Note?

    init(_ audit: CosignedAudit, _ tree: StoredTree) { (self.audit, self.tree) = (audit, tree) }

    /// Judges those of no more entries than a checkpoint of the log that was found right.
    mutating func follow(_ own: StoredTree.Note) throws(AuditFault) {
        while let note = try peek(), note.size ?? 0 <= own.size ?? 0 {
            next = nil
            try audit.add(note.bytes, own: note.size == own.size ? own.bytes : nil)
        }
    }

    /// - Throws: Also where there is one of more entries than the log's own have.
    mutating func finish() throws(AuditFault) -> [CosignedAudit.Witnessed] {
        if let note = try peek() { try audit.add(note.bytes, own: nil) }
        return try audit.finish()
    }

    private mutating func peek() throws(AuditFault) -> StoredTree.Note? {
        if next == nil, let (note, end) = tree.cosignedNote(at: offset) { (next, offset) = (note, end) }
        if next?.isCut == true {
            throw .cosigned(
                .checkpointUnreadable(
                    number: audit.count + 1,
                    why: "it is cut off at the end of its file; a service that was killed leaves one"))
        }
        return next
    }
}
