import struct Transparency.MerkleHash

/// Derives a whole log again from its entries and finds the first thing that is wrong.
///
/// Give it every entry in order, and each checkpoint at the latest when the entries it signs have been given; then
/// `finish()`. It has no code in common with what writes the log but the hash function, so that one mistake cannot hide
/// another. After a fault it answers every call with that fault. Pure, a value, O(log entries) memory.
public struct LogAudit: Sendable {
    /// A row of the log.
    public struct Entry: Sendable {
        /// 1 for the first entry. Its leaf has index `sequence - 1`.
        public var sequence: Int64
        /// The kind as it is stored beside the core; nil where it is not.
        public var kind: Int?
        /// The bytes that the leaf is made of.
        public var core: [UInt8]

        public init(sequence: Int64, kind: Int? = nil, core: [UInt8]) {
            (self.sequence, self.kind, self.core) = (sequence, kind, core)
        }
    }

    /// Where to begin, where the entries before are archived or were audited: the roots of the full subtrees of the
    /// tree so far, the largest first. Give the checkpoint of just this size first; it proves the start.
    public struct Start: Hashable, Sendable {
        public var size: Int64
        public var roots: [MerkleHash]
        public init(size: Int64 = 0, roots: [MerkleHash] = []) { (self.size, self.roots) = (size, roots) }
    }

    /// What one of the log's further keys was found to have signed.
    public struct Further: Hashable, Sendable {
        public var key: String
        public var checkpoints = 0
        /// The entries of the newest of them.
        public var signed: Int64 = 0
    }

    /// What an audit without fault has seen.
    public struct Summary: Hashable, Sendable {
        public var entries: Int64
        public var checkpoints: Int
        /// Entries up to here are signed; those behind are only as sure as the disk they lie on.
        public var signed: Int64
        public var root: MerkleHash
        /// What each of the further keys signed.
        public var further: [Further]
        /// Where an audit of later entries may begin.
        public var end: Start
    }

    private let origin: String
    private let keys: [AuditKey]
    private let furtherKeys: [AuditKey]
    private var further: [Further]
    private var tree: AuditTree
    private var lastTime = Int64.min
    private var checkpoints = 0
    /// The largest checkpoint whose root was found right.
    private var signed: Int64
    /// Checkpoints of more entries than were given yet, in order.
    private var pending: [SignedHead] = []
    private var newest: SignedHead?
    private var fault: AuditFault?

    /// - Parameters:
    ///   - origin: The log's name.
    ///   - keys: The log's public keys, of all times, as `name+hash+key`. A checkpoint needs the signature of one.
    ///   - further: Other keys of the log, such as for SM2. Where one signed, the signature must be right.
    /// - Returns: nil where a key is not one, none is given, or `start` has not one root for each set bit of its size.
    public init?(origin: String, keys: [String], further: [String] = [], start: Start = Start()) {
        let (read, others) = (keys.compactMap(AuditKey.init), further.compactMap(AuditKey.init))
        guard !read.isEmpty, read.count == keys.count, others.count == further.count, let tree = AuditTree(start) else {
            return nil
        }
        (self.origin, self.keys, self.tree) = (origin, read, tree)
        (furtherKeys, self.further) = (others, further.map { Further(key: $0) })
        signed = start.size
    }

    /// How many entries the log has so far.
    public var size: Int64 { tree.size }

    /// Takes the next entry.
    ///
    /// - Parameter stored: The hash that the tiles hold at a level and index, where there is one to compare: asked at
    ///   level 0 for each entry, at level 1 after every 256th, and so on. It makes a changed entry found at once and by
    ///   name; without it, it is found at the next checkpoint, among the entries since the last.
    public mutating func add(
        _ entry: Entry, stored: (_ level: Int, _ index: Int64) -> MerkleHash? = { _, _ in nil }
    ) throws(AuditFault) {
        do throws(AuditFault) {
            if let fault { throw fault }
            try place(entry)
            try hash(.leaf(entry.core), of: entry.sequence, stored)
            try settle()
        } catch {
            fault = error
            throw error
        }
    }

    /// Takes the next leaf in place of an entry that is not there any more: the hash that the tiles hold. That it is right
    /// shows the next checkpoint, or a hash above it.
    ///
    /// - Parameter stored: As for an entry; where it has no leaf, the entry is missing.
    public mutating func add(
        leafOf sequence: Int64, stored: (_ level: Int, _ index: Int64) -> MerkleHash?
    ) throws(AuditFault) {
        do throws(AuditFault) {
            if let fault { throw fault }
            guard sequence == tree.size + 1, let leaf = stored(0, sequence - 1) else {
                throw .missing(sequence: tree.size + 1, found: sequence)
            }
            try hash(leaf, of: sequence, stored)
            try settle()
        } catch {
            fault = error
            throw error
        }
    }

    /// Takes the next checkpoint: a whole signed note. They come in order of their size.
    public mutating func add(checkpoint bytes: [UInt8]) throws(AuditFault) {
        do throws(AuditFault) {
            if let fault { throw fault }
            checkpoints += 1
            let head = try SignedHead(bytes, number: checkpoints, origin: origin, keys: keys, further: furtherKeys)
            if let newest {
                guard newest.size <= head.size else {
                    throw .checkpointOutOfOrder(number: head.number, size: head.size, after: newest.size)
                }
                guard newest.size < head.size || newest.root == head.root else {
                    throw .fork(number: head.number, size: head.size)
                }
            }
            guard head.size >= tree.size else {
                throw .checkpointOutOfOrder(number: head.number, size: head.size, after: tree.size)
            }
            for place in head.further {
                further[place].checkpoints += 1
                further[place].signed = head.size
            }
            newest = head
            pending.append(head)
            try settle()
        } catch {
            fault = error
            throw error
        }
    }

    /// - Throws: ``AuditFault/beyondLog(number:size:entries:)`` where a checkpoint signs entries that did not come.
    public mutating func finish() throws(AuditFault) -> Summary {
        if let fault { throw fault }
        if let head = pending.first {
            let found = AuditFault.beyondLog(number: head.number, size: head.size, entries: tree.size)
            fault = found
            throw found
        }
        return Summary(
            entries: tree.size, checkpoints: checkpoints, signed: signed, root: tree.root, further: further,
            end: tree.start)
    }

    private mutating func place(_ entry: Entry) throws(AuditFault) {
        let (sequence, expected) = (entry.sequence, tree.size + 1)
        if sequence > expected { throw .missing(sequence: expected, found: sequence) }
        if sequence < expected { throw .outOfOrder(sequence: sequence, expected: expected) }
        let head: EntryHead
        do throws(EntryHead.Unreadable) { head = try EntryHead(entry.core) } catch {
            throw .unreadable(sequence: sequence, why: error.why)
        }
        guard head.sequence == sequence else { throw .elsewhere(sequence: sequence, idSays: head.sequence) }
        if let kind = entry.kind, kind != head.kind {
            throw .otherKind(sequence: sequence, stored: kind, entrySays: head.kind)
        }
        guard head.milliseconds >= lastTime else { throw .timeRunsBack(sequence: sequence) }
        lastTime = head.milliseconds
    }

    private mutating func hash(
        _ leaf: MerkleHash, of sequence: Int64, _ stored: (_ level: Int, _ index: Int64) -> MerkleHash?
    ) throws(AuditFault) {
        let index = sequence - 1
        let wrong = tree.add(leaf) { height, hash in
            // Every eighth level of the tree stands in tiles.
            guard height % 8 == 0, let stored = stored(height / 8, index >> height) else { return true }
            return stored == hash
        }
        if let wrong {
            let first = (index >> wrong) << wrong + 1
            throw .otherHash(level: wrong / 8, first: first, last: sequence)
        }
    }

    /// Judges the checkpoints whose last entry has come.
    private mutating func settle() throws(AuditFault) {
        while let head = pending.first, head.size == tree.size {
            guard tree.root.bytes == head.root else {
                throw .otherRoot(number: head.number, first: signed + 1, last: head.size)
            }
            signed = head.size
            pending.removeFirst()
        }
    }
}
