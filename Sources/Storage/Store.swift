import GateModel
import Ledger

/// One row of the log.
public struct StoredEntry: Sendable, Hashable {
    /// 1 for the first entry; without gaps.
    public var sequence: Int64
    public var kind: EntryKind
    /// Canonical bytes of an ``EntryCore``.
    public var core: [UInt8]
    /// The personal part, sealed; nil where there is none or where it was removed.
    public var personal: [UInt8]?
    /// The row of the subject's secret; nil where the entry is about nobody.
    public var subject: Int64?
    /// What the entry is found by.
    public var keys: [LookupKey]
    /// The allow whose attempt this entry settles.
    public var settles: Int64?
    /// The entry by which the personal part was removed; nil where it was not.
    public var removedBy: Int64?

    public init(
        sequence: Int64, kind: EntryKind, core: [UInt8], personal: [UInt8]? = nil, subject: Int64? = nil,
        keys: [LookupKey] = [], settles: Int64? = nil, removedBy: Int64? = nil
    ) {
        self.sequence = sequence
        self.kind = kind
        self.core = core
        self.personal = personal
        self.subject = subject
        self.keys = keys
        self.settles = settles
        self.removedBy = removedBy
    }
}

/// Why a store did not do what it was asked.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full, the database is locked, an I/O error: nothing was stored.
    case unavailable(String)
    /// What is stored is not what this program wrote, or is too new for it.
    case damaged(String)
    /// The store does not give the durability that was promised; it must not be used.
    case notDurable(String)

    public var description: String {
        switch self {
        case .unavailable(let why): "the store is not available: \(why)"
        case .damaged(let why): "the store is damaged: \(why)"
        case .notDurable(let why): "the store is not durable: \(why)"
        }
    }
}

/// The database as the gate needs it: an append-only log, found by keys, and the secrets of the persons in it.
///
/// A driver may be shared by several processes, and by several machines where its database is. `commit` serialises: what
/// one transaction reads under `lock` nobody changes before it ends.
public protocol Store: AnyObject, Sendable {
    /// Runs `body` in the one write transaction and returns when its effect is durable. Blocks; call it from a thread of
    /// your own, never from a task. Where `body` throws, nothing is stored.
    ///
    /// - Throws: What `body` throws; ``StorageError/unavailable(_:)`` where the outcome is unknown or nothing was stored.
    func commit<T>(_ body: (any StoreTransaction) throws -> T) throws -> T

    /// Runs `body` on one consistent view of what is committed. Blocks; any number may run at once.
    func read<T>(_ body: (any StoreReading) throws -> T) throws -> T

    /// Does the background work once: indexes what was appended. Blocks.
    ///
    /// - Returns: How many entries are not yet indexed.
    func maintain() throws -> Int

    /// Takes what was removed out of the database's files: of the older copies of its pages, and of what is derived. Blocks
    /// while somebody reads an older state; ``maintain()`` goes on with what is left.
    ///
    /// - Returns: Whether the log's own files hold none of it any more.
    func expunge() throws -> Bool

    /// Moves the oldest entries into the next segment and returns when they stand there durably and nowhere else. Blocks,
    /// for about the time that copying takes; commits go on meanwhile. What is cut short leaves every entry readable, and
    /// the next call or ``maintain()`` finishes or undoes it.
    ///
    /// - Parameters:
    ///   - last: The last entry to be moved. The log's last entry and what is not indexed stay.
    ///   - judge: Told of the segment's entries in order, as they were read back from its file, before anything is removed.
    ///     Where it throws, nothing is moved.
    /// - Returns: Nil where there is nothing to be moved, or another process does it just now.
    func seal(through last: Int64, judge: ([StoredEntry]) throws -> Void) throws -> Segment?

    /// Copies the file of a segment; it is there as a whole or not at all. Blocks.
    ///
    /// - Parameter path: A file that is not there yet.
    func copySegment(_ number: Int64, to path: String) throws

    func close() throws
}

/// What may be read of a store.
public protocol StoreReading {
    /// The sequence of the last entry; 0 for an empty log.
    func head() throws -> Int64
    func entry(_ sequence: Int64) throws -> StoredEntry?
    /// In order, the first after `sequence`.
    func entries(after sequence: Int64, limit: Int) throws -> [StoredEntry]
    /// The newest first, the first before `sequence`.
    func entries(before sequence: Int64, limit: Int) throws -> [StoredEntry]
    /// Every entry found by a key, in order. O(log entries + found).
    func entries(by key: LookupKey) throws -> [StoredEntry]
    /// For each of many keys what ``entries(by:)-(LookupKey)`` finds. Quickest where the keys are in order.
    func entries(by keys: [LookupKey]) throws -> [[StoredEntry]]
    /// Entries of a kind that have a personal part, or are found by a person, in order; it may give others besides. O(found);
    /// of decisions, outcomes and snapshots O(the stretch).
    func removable(_ kind: EntryKind, after sequence: Int64, through last: Int64, limit: Int) throws -> [StoredEntry]
    /// A subject's wrapped secret; nil where there is none or it was destroyed.
    func secret(_ subject: Int64) throws -> [UInt8]?
    /// For each of many subjects what ``secret(_:)`` gives. Quickest where they are in order.
    func secrets(_ subjects: [Int64]) throws -> [[UInt8]?]
    /// Bytes that decisions pin: a zone under its SHA-256, a policy's files under the SHA-256 of the policy's id.
    func pinned(_ sha256: [UInt8]) throws -> [UInt8]?
    /// Allows whose attempt nobody has reported on, decided before an instant, oldest first.
    func openAttempts(before: Instant, limit: Int) throws -> [Int64]
    func countOpenAttempts(before: Instant) throws -> Int
    /// The sequences of the decisions that a query finds, the newest first. What was reported contradictingly is found by
    /// each of its outcomes. O(log entries / 65,536 + found).
    func decisions(_ query: DecisionQuery, limit: Int) throws -> [Int64]
    /// How many decisions a query finds, by their terms of a kind; only what is found stands in it. Reads no entry but
    /// those of the last seconds.
    func countDecisions(_ query: DecisionQuery, by kind: SearchTerm.Kind) throws -> [String: Int]
    /// How many decisions a query finds in each stretch of the log from one bound to the next.
    ///
    /// - Parameter bounds: Sequences, ascending.
    /// - Returns: One fewer than there are bounds.
    func countDecisions(_ query: DecisionQuery, between bounds: [Int64]) throws -> [Int]
    /// For each instant the sequence of the first entry that is not before it; one behind the last where there is none.
    /// The log's instants never go back.
    func sequences(notBefore instants: [Instant]) throws -> [Int64]
    /// Every segment of the log, the oldest first; those being made included.
    func segments() throws -> [Segment]
    /// The decisions and outcomes of a sealed segment. O(its entries).
    ///
    /// - Returns: How many there are, and how many of them still have a personal part or are found by a name.
    func frequentEntries(of segment: Segment) throws -> (all: Int64, named: Int64)
}

extension StoreReading {
    /// The entries of a stretch, in order; what was dropped is not among them.
    public func entries(in stretch: Range<Int64>) throws -> [StoredEntry] {
        // What lies behind a gap is not read for nothing.
        guard let first = try entries(after: stretch.lowerBound - 1, limit: 1).first?.sequence,
            first < stretch.upperBound
        else { return [] }
        let found = try entries(after: first - 1, limit: Int(stretch.upperBound - first))
        return Array(found.prefix { $0.sequence < stretch.upperBound })
    }
}

/// What may be done inside the one write transaction.
public protocol StoreTransaction: StoreReading {
    /// Makes every other writer that locks one of these keys wait until this transaction has ended.
    func lock(_ keys: [LookupKey]) throws
    /// Stores the next entry; its sequence must be `head() + 1`.
    func append(_ entry: StoredEntry) throws
    /// Stores a subject's wrapped secret.
    ///
    /// - Returns: The row it is found by.
    func addSubject(_ secret: [UInt8]) throws -> Int64
    func pin(_ sha256: [UInt8], _ bytes: [UInt8]) throws
    /// Removes what an entry says of a person: its personal part, and every key but some. Its core stays, and so does the
    /// name of an earlier remover.
    ///
    /// - Parameters:
    ///   - keys: What the entry is found by from now on.
    ///   - remains: What binds it to them, in place of the commitment that it cannot fulfil any more.
    ///   - remover: The entry, of this same transaction, that says so.
    func redact(_ entry: StoredEntry, keeping keys: [LookupKey], bound remains: [UInt8], by remover: Int64) throws
    /// Destroys a subject's secret. Its row is never used again.
    func destroySecret(_ subject: Int64) throws
    /// Marks the decisions and outcomes of a sealed segment as dropped; ``Store/maintain()`` takes them out of its file.
    ///
    /// - Parameters:
    ///   - count: How many there are.
    ///   - remover: The entry, of this same transaction, that says so.
    func drop(_ segment: Segment, count: Int64, by remover: Int64) throws
}
