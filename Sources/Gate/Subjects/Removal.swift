import Documents
import GateModel
import Ledger
import Storage

/// How much was removed, by kind of entry.
public struct RemovalCounts: Sendable, Hashable {
    public private(set) var kinds: [String: Int] = [:]
    /// Secrets that were destroyed, because nothing is left that they open.
    public var secrets = 0

    public var entries: Int { kinds.values.reduce(0, +) }

    mutating func count(_ kind: String, _ number: Int = 1) { kinds[kind, default: 0] += number }

    mutating func add(_ other: RemovalCounts) {
        for (kind, number) in other.kinds { count(kind, number) }
        secrets += other.secrets
    }

    public func write(to json: inout JSONWriter) {
        json.member("entries", entries)
        json.name("kinds")
        json.object { json in for (kind, number) in kinds.sorted(by: { $0.key < $1.key }) { json.member(kind, number) }
        }
        json.member("secrets", secrets)
    }

    init() {}

    /// What an entry that removed says.
    init(_ body: Node) {
        if case .object(let members)? = body["kinds"]?.value {
            for member in members { if let number = member.node.integer { kinds[member.name] = number } }
        }
        secrets = body["secrets"]?.integer ?? 0
    }
}

extension Node {
    var integer: Int? {
        if case .number(let text) = value { return Int(text) }
        return nil
    }
}

/// An entry that loses its personal part, and what it is found by from then on.
struct Removal {
    var entry: StoredEntry
    var kept: [LookupKey]

    init(_ entry: StoredEntry, keeping kept: [LookupKey] = []) { (self.entry, self.kept) = (entry, kept) }
}

extension Group {
    /// Takes the personal parts of entries out of the log, and names that they are found by. Secrets that open nothing any
    /// more are destroyed.
    ///
    /// - Parameter remover: The entry, appended next, that says so.
    func remove(_ removals: [Removal], by remover: EntryID) throws -> RemovalCounts {
        var counts = RemovalCounts()
        var subjects: [Int64: LookupKey] = [:]
        for removal in removals {
            let entry = removal.entry
            let remains = try keys.remains(
                of: EntryCore(bytes: entry.core).id, removal.kept, settles: entry.settles,
                removedBy: entry.removedBy ?? remover.sequence)
            try transaction.redact(entry, keeping: removal.kept, bound: remains, by: remover.sequence)
            // An entry is counted where it first loses something.
            if entry.removedBy == nil { counts.count(entry.kind.word) }
            if let subject = entry.subject, entry.personal != nil { subjects[subject] = entry.keys.first }
            // States in memory hold what was removed.
            for key in entry.keys { memory.states.remove(key) }
        }
        for (subject, key) in subjects.sorted(by: { $0.key < $1.key }) {
            // An entry that has a personal part is found by the number or customer whose secret it is under.
            let isUsed = try transaction.entries(by: key).contains { $0.subject == subject && $0.personal != nil }
            if isUsed { continue }
            try transaction.destroySecret(subject)
            counts.secrets += 1
        }
        return counts
    }

    /// What an entry is found by that tells of no person: its source's reference. The same row does not bring it back.
    func sourceKeys(_ entry: StoredEntry) throws -> [LookupKey] {
        let own = try ownKeys(entry)
        return entry.keys.filter { !own.contains($0) }
    }

    /// By which of its keys an entry is found by its number and customer; for one that cannot be opened, by all.
    func ownKeys(_ entry: StoredEntry) throws -> Set<LookupKey> {
        guard let subject = try? subject(of: open(entry)), subject.hashes.isEmpty else { return Set(entry.keys) }
        return Set(
            [subject.number.map { keys.key(.number($0)) }, subject.customer.map { keys.key(.customer($0)) }]
                .compactMap { $0 })
    }
}
