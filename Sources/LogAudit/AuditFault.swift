/// The first thing that is wrong with a log. An entry is named by its sequence; its leaf's index is one less.
public enum AuditFault: Error, Hashable, Sendable {
    // Entries.
    /// Entries are missing before this one.
    case missing(sequence: Int64, found: Int64)
    /// An entry whose place has passed: repeated, added or out of order.
    case outOfOrder(sequence: Int64, expected: Int64)
    case unreadable(sequence: Int64, why: String)
    /// The entry's id was given to another place in the log.
    case elsewhere(sequence: Int64, idSays: Int64)
    case otherKind(sequence: Int64, stored: Int, entrySays: Int)
    /// The entry is older than the one before it.
    case timeRunsBack(sequence: Int64)
    /// The entries do not give the hash that was stored for them: they or the hash were changed.
    case otherHash(level: Int, first: Int64, last: Int64)

    // Checkpoints; `number` counts them as they were given, from 1.
    case checkpointUnreadable(number: Int, why: String)
    case otherOrigin(number: Int, found: String)
    case notSigned(number: Int)
    case wrongSignature(number: Int)
    case checkpointOutOfOrder(number: Int, size: Int64, after: Int64)
    /// Two checkpoints of one size were signed that contradict each other.
    case fork(number: Int, size: Int64)
    /// The entries do not give the root that was signed. All before `first` are as they were signed.
    case otherRoot(number: Int, first: Int64, last: Int64)
    /// The checkpoint speaks of more entries than there are: the log was cut.
    case beyondLog(number: Int, size: Int64, entries: Int64)

    // Cosigned checkpoints.
    /// A fault of a checkpoint that stands among the cosigned.
    indirect case cosigned(AuditFault)
    case wrongCosignature(number: Int, witness: String)
    /// The log keeps no such checkpoint of its own: it signed two histories, or one was cut.
    case notOwn(number: Int, size: Int64)
    case noCosignature(witness: String)

    /// The first entry that may be wrong; nil where a checkpoint is.
    public var sequence: Int64? {
        switch self {
        case .missing(let sequence, _), .outOfOrder(let sequence, _), .unreadable(let sequence, _),
            .elsewhere(let sequence, _), .otherKind(let sequence, _, _), .timeRunsBack(let sequence),
            .otherHash(_, let sequence, _):
            sequence
        case .otherRoot(_, let first, let last): first > last ? nil : first
        case .beyondLog(_, _, let entries): entries + 1
        case .cosigned(let fault): fault.sequence
        case .checkpointUnreadable, .otherOrigin, .notSigned, .wrongSignature, .checkpointOutOfOrder, .fork,
            .wrongCosignature, .notOwn, .noCosignature:
            nil
        }
    }
}

extension AuditFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let sequence, let found):
            "entry \(sequence) is missing: entry \(found) stands in its place"
        case .outOfOrder(let sequence, let expected):
            "entry \(sequence) stands where entry \(expected) should: it was added, repeated or moved"
        case .unreadable(let sequence, let why): "entry \(sequence) cannot be read: \(why)"
        case .elsewhere(let sequence, let idSays):
            "entry \(sequence) has the id of entry \(idSays): it was moved or changed"
        case .otherKind(let sequence, let stored, let entrySays):
            "entry \(sequence) is stored as kind \(stored), but is of kind \(entrySays)"
        case .timeRunsBack(let sequence): "entry \(sequence) is older than the entry before it"
        case .otherHash(0, let first, _): "entry \(first) does not give the leaf hash that was stored for it"
        case .otherHash(let level, let first, let last):
            "entries \(first) to \(last) do not give the hash that was stored for them at level \(level)"
        case .checkpointUnreadable(let number, let why): "checkpoint \(number) cannot be read: \(why)"
        case .otherOrigin(let number, let found): "checkpoint \(number) is of another log, `\(found)`"
        case .notSigned(let number): "checkpoint \(number) has no signature of this log's key"
        case .wrongSignature(let number): "checkpoint \(number) has a wrong signature"
        case .checkpointOutOfOrder(let number, let size, let after):
            "checkpoint \(number) has \(size) entries and stands behind one with \(after)"
        case .fork(let number, let size):
            "checkpoint \(number) contradicts the one before it: two histories of \(size) entries were signed"
        case .otherRoot(let number, let first, let last) where first > last:
            "checkpoint \(number) does not sign the tree of \(last) entries that the audit began with"
        case .otherRoot(let number, let first, let last):
            "entries \(first) to \(last) do not give the root that checkpoint \(number) signs: "
                + "one of them was changed, or another history was signed"
        case .cosigned(let fault): "among the cosigned, \(fault)"
        case .wrongCosignature(let number, let witness):
            "checkpoint \(number) has a wrong cosignature of `\(witness)`"
        case .notOwn(let number, let size):
            "checkpoint \(number), of \(size) entries, is none of those that the log keeps: "
                + "two histories were signed, or checkpoints were removed"
        case .noCosignature(let witness): "the witness `\(witness)` cosigned no checkpoint of this log"
        case .beyondLog(let number, let size, let entries):
            "entry \(entries + 1) is missing: checkpoint \(number) signs \(size) entries, the log has \(entries)"
        }
    }
}
