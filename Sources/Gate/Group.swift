import Crypto
import Documents
import GateModel
import Ledger
import Storage

/// Whom an entry is about: the called number's text, and the customer where one is given.
struct Subject {
    var number: String?
    var customer: String?
    /// Of an erased person, what is left to find the entries by: no name is known.
    var hashes: [LookupKey] = []
    /// What may be shown of the number.
    var mask: String?
    var agent: String?
}

/// One group of work inside one write transaction: one instant, one commit, each piece of work seeing those before it.
final class Group {
    let transaction: any StoreTransaction
    let keys: LedgerKeys
    var configuration: Configuration
    /// Never earlier than the last committed entry, whoever wrote it.
    private(set) var now: Instant
    /// How far the wall clock is behind ``now``; beyond ``greatestLag`` nothing is allowed.
    private(set) var lag = Span(milliseconds: 0)
    let memory: Memory
    /// Where the facts come from that are appended now; nil for those that came one by one and cite nothing.
    var origin: Origin?

    /// Two machines' clocks, or one that is being set right, may differ by this much.
    static let greatestLag = Span.minutes(1)

    init(
        transaction: any StoreTransaction, keys: LedgerKeys, configuration: Configuration, now: Instant, memory: Memory
    ) {
        self.transaction = transaction
        self.keys = keys
        self.configuration = configuration
        self.now = now
        self.memory = memory
    }

    // MARK: Reading

    /// Folds in what other processes have appended, and sets the instant. O(their entries).
    func catchUp() throws {
        let head = try transaction.head()
        while memory.head < head {
            let entries = try transaction.entries(after: memory.head, limit: 1000)
            guard let last = entries.last else { break }
            for entry in entries {
                let core = try EntryCore(bytes: entry.core)
                for key in entry.keys { memory.states.remove(key) }
                // Any state may hold what was removed.
                if core.kind == .erasure || core.kind == .retention { memory.states.removeAll() }
                memory.registry.fold(entry, core)
                memory.lastInstant = max(memory.lastInstant, core.at)
            }
            memory.head = last.sequence
        }
        let wallClock = now
        now = max(now, memory.lastInstant)
        lag = now - wallClock
        memory.lastInstant = now
    }

    /// The state of a number or customer, read from the log where it is not in memory.
    func state(_ key: LookupKey) throws -> SubjectState {
        if let state = memory.states.find(key) { return state }
        let state = try SubjectState(of: key, transaction.entries(by: key)) { subject in
            try transaction.secret(subject).map { try keys.unwrap($0) }
        }
        memory.states.insert(state, key)
        return state
    }

    func open(_ entry: StoredEntry) throws -> OpenedEntry { try OpenedEntry(entry, keys: keys, in: transaction) }

    /// The entry of an id, opened; nil where there is none of that id.
    func find(_ id: EntryID) throws -> OpenedEntry? {
        guard let entry = try transaction.entry(id.sequence) else { return nil }
        let opened = try open(entry)
        return opened.core.id == id ? opened : nil
    }

    // MARK: Writing

    func nextID() -> EntryID {
        EntryID(at: now, sequence: memory.head + 1, noise: memory.random.next())
    }

    /// Appends an entry about a person.
    ///
    /// - Parameter record: What the kind keeps of the person beside the names.
    func append(
        _ kind: EntryKind, _ id: EntryID, actor: String, body: [UInt8], record: [UInt8] = [], about subject: Subject,
        known: (number: LookupKey, customer: LookupKey?)? = nil, extraKeys: [LookupKey] = [], settles: Int64? = nil,
        fact: (_ keys: [LookupKey]) -> SubjectFact?
    ) throws {
        var entryKeys: [LookupKey] = []
        if let number = subject.number { entryKeys.append(known?.number ?? keys.key(.number(number))) }
        if let customer = subject.customer { entryKeys.append(known?.customer ?? keys.key(.customer(customer))) }
        if entryKeys.isEmpty { entryKeys = subject.hashes }
        guard let primary = entryKeys.first else { preconditionFailure("a personal entry is kept under something") }
        let state = try state(primary)
        if state.secret == nil {
            let secret = SubjectSecret(using: &memory.random)
            state.subject = try transaction.addSubject(keys.wrap(secret, using: &memory.random))
            state.secret = secret
        }
        guard let secret = state.secret else { preconditionFailure("the secret was just made") }
        let part = PersonalPart(
            mask: subject.mask, number: subject.number, customer: subject.customer, agent: subject.agent,
            record: record, keys: entryKeys + extraKeys, settles: settles)
        let core = EntryCore(
            kind: kind, id: id, at: now, actor: actor, body: body + (origin?.bytes ?? []),
            binding: .person(secret.opening(id).commitment(part)))
        try store(
            StoredEntry(
                sequence: id.sequence, kind: kind, core: core.bytes,
                personal: part.stored(under: secret, id), subject: state.subject,
                keys: part.keys, settles: settles))
        if kind == .complaint || kind == .complaintStep { memory.registry.fold(complaint: core) }
        for key in entryKeys {
            // A state that is not in memory is read from the log when it is wanted, this entry included.
            guard let state = memory.states.find(key), let fact = fact(entryKeys) else { continue }
            state.apply(fact)
        }
    }

    /// Appends an entry about no person.
    ///
    /// - Parameter found: What it is found by; nil for what is folded into the registry.
    func append(_ kind: EntryKind, _ id: EntryID, actor: String, json: [UInt8], found: [LookupKey]? = nil) throws {
        let found = found ?? [keys.key(.registry)]
        let core = EntryCore(
            kind: kind, id: id, at: now, actor: actor, body: json, binding: keys.binding(id, found))
        let entry = StoredEntry(sequence: id.sequence, kind: kind, core: core.bytes, keys: found)
        try store(entry)
        memory.registry.fold(entry, core)
    }

    private func store(_ entry: StoredEntry) throws {
        precondition(entry.sequence == memory.head + 1, "an id is used for the next entry")
        try transaction.append(entry)
        memory.head = entry.sequence
    }

    /// The snapshot entry of the configuration in force; written when it changed.
    func snapshot() throws -> Int64 {
        if let snapshot = memory.snapshot, snapshot.generation == configuration.generation { return snapshot.sequence }
        let id = nextID()
        for (digest, bytes) in configuration.pins { try transaction.pin(digest, bytes) }
        let core = EntryCore(
            kind: .snapshot, id: id, at: now, actor: "gate", body: configuration.snapshotJSON,
            binding: keys.binding(id, []))
        try store(StoredEntry(sequence: id.sequence, kind: .snapshot, core: core.bytes))
        memory.snapshot = (id.sequence, configuration.generation)
        return id.sequence
    }
}

/// An entry with its core read and its personal part opened.
struct OpenedEntry {
    var entry: StoredEntry
    var core: EntryCore
    /// Nil where there is none, or where the person was erased.
    var personal: PersonalPart?
    var secret: SubjectSecret?

    init(_ entry: StoredEntry, keys: LedgerKeys, in store: any StoreReading) throws {
        try self.init(entry) { subject in try store.secret(subject).map { try keys.unwrap($0) } }
    }

    /// - Parameter secretOf: Gives a subject's secret; nil where it was destroyed.
    init(_ entry: StoredEntry, secretOf: (Int64) throws -> SubjectSecret?) throws {
        self.entry = entry
        core = try EntryCore(bytes: entry.core)
        guard let stored = entry.personal, let subject = entry.subject, let secret = try secretOf(subject) else {
            return
        }
        personal = try PersonalPart(
            stored: stored, keys: entry.keys, settles: entry.settles, under: secret, core.id)
        self.secret = secret
    }
}

extension StoredEntry {
    /// What the personal part shows without its person's secret; nil where there is none or it was erased.
    var shown: PersonalPart.Shown? { personal.flatMap { try? PersonalPart.Shown(stored: $0) } }
}
