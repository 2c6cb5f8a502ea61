/// Why the tree over the log is not extended. Calls are decided all the same; nothing is signed before a person looked.
public enum LogTreeFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key file holds no key for the log, or another process could not add one.
    case noKey
    /// The name or key differs from those that the log was first signed with.
    case otherIdentity(written: String, given: String)
    case identityUnreadable(why: String)
    case checkpointUnreadable(why: String)
    /// What stands at the end of the file of cosigned checkpoints is none of this log.
    case cosignedUnreadable(why: String)
    /// The log was signed before, and none of what was signed is there: signed anew, it might be another history.
    case signaturesMissing(key: String)
    /// The last checkpoint speaks of more entries than there are.
    case logCut(signed: Int64, entries: Int64)
    /// What stands at or before this entry is not what was signed.
    case otherHistory(sequence: Int64)
    case missingEntry(sequence: Int64)
    /// The tiles do not give a right proof.
    case tilesDamaged
    case file(path: String, why: String)

    public var description: String {
        switch self {
        case .noKey: "the key file has no `log` key; start the service once, which adds it"
        case .otherIdentity(let written, let given):
            "the log is signed as `\(written)`, and would now be as `\(given)`; restore the key file and the origin, "
                + "for a log changes neither"
        case .identityUnreadable(let why): "tree/key cannot be read: \(why); restore it from a backup"
        case .checkpointUnreadable(let why):
            "the last checkpoint cannot be used: \(why); run `callgate log verify`, restore tree/checkpoints"
        case .cosignedUnreadable(let why):
            "the last cosigned checkpoint cannot be used: \(why); put tree/cosigned away, and a new one is begun"
        case .signaturesMissing(let key):
            "the log was signed as `\(key)`, and no checkpoint is there; restore tree/ from the newest backup, for a log is "
                + "not signed anew"
        case .logCut(let signed, let entries):
            "the log was cut: \(signed) entries are signed, \(entries) are there; restore the newest backup"
        case .otherHistory(let sequence):
            "the entries up to \(sequence) are not those that were signed; run `callgate log verify`, restore the log"
        case .missingEntry(let sequence): "entry \(sequence) is missing; restore the log"
        case .tilesDamaged:
            "the tree's files are damaged; stop the service, remove the files tree/level-*, and start it again"
        case .file(let path, let why): "\(path): \(why)"
        }
    }
}
