import LogAudit

extension LogVerification {
    /// Where things are.
    public struct Places: Sendable {
        public var database: String
        /// The folder of the tree.
        public var tree: String
        /// The key file, for what is sealed; nil or a missing file leaves that unchecked.
        public var keys: String?
        /// Whether the database is the file of one segment, alone: its entries are judged against the tree, and the tree
        /// against what was signed. Personal parts are not.
        public var isSegment = false
        /// The log's public key as the verifier got it elsewhere, `name+hash+key`; nil trusts the one beside the log.
        public var key: String?
        /// The log's SM2 key, in the same form: it must have signed. nil looks at signatures of the one beside the log.
        public var sm2Key: String?
        /// The keys of witnesses, `name+hash+key`, each of which must have cosigned the log.
        public var witnesses: [String] = []

        public init(database: String, tree: String, keys: String? = nil, key: String? = nil) {
            (self.database, self.tree, self.keys, self.key) = (database, tree, keys, key)
        }
    }

    /// The first thing that is wrong.
    public struct Finding: Error, Hashable, Sendable {
        /// The first entry that may be wrong; nil where a checkpoint or a file is.
        public var sequence: Int64?
        public var text: String
    }

    /// Why nothing can be said.
    public enum Problem: Error, Hashable, Sendable {
        case cannot(String)
    }

    /// What was seen of a log without a fault.
    public struct Report: Hashable, Sendable {
        public var key: String
        public var entries: Int64 = 0
        /// Entries up to here are signed.
        public var signed: Int64 = 0
        public var checkpoints = 0
        /// In Base 64.
        public var root = ""
        /// Entries whose personal part is the one that they bind.
        public var personal = 0
        /// Entries whose personal part was removed by an entry that says so.
        public var erased = 0
        /// Entries whose personal part could not be checked without the key file.
        public var unchecked = 0
        /// Entries that are not there any more, by an entry that says so; of a segment alone, those outside of it. Their
        /// hashes in the tree are those that were signed.
        public var dropped: Int64 = 0
        public var segments = 0
        /// Of a segment alone, which entries it is of; all of them are there.
        public var stretch: ClosedRange<Int64>?
        /// Hashes that are signed and not stored; the gate makes them anew.
        public var missingHashes: Int64 = 0
        /// By how many keys the index finds the entries, all of them right; nil where there is no index of this log.
        public var mentions: Int64?
        /// What was signed with SM2; nil where there is no such key.
        public var sm2: LogAudit.Further?
        /// How many checkpoints are kept as cosigned.
        public var cosigned = 0
        /// What each witness that was asked for cosigned.
        public var witnesses: [CosignedAudit.Witnessed] = []
    }
}
