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
    fileprivate var integer: Int? {
        if case .number(let text) = value { return Int(text) }
        return nil
    }
}

/// For what an entry is still found by a person once its personal part is gone.
enum RemovalReason {
    /// The person was erased: what suppresses stays, and so does what counts in caps.
    case erasure
    /// The entry is older than it is kept: what suppresses stays.
    case age
}

extension Group {
    /// Takes the personal parts of entries out of the log, and the names that they are found by, as far as nothing needs
    /// them. Secrets that open nothing any more are destroyed.
    ///
    /// - Parameter remover: The entry, appended next, that says so.
    func remove(_ entries: [StoredEntry], because reason: RemovalReason, by remover: EntryID) throws -> RemovalCounts {
        var counts = RemovalCounts()
        var subjects: [Int64: LookupKey] = [:]
        for entry in entries {
            try transaction.redact(entry, keeping: keysKept(entry, reason), by: remover.sequence)
            if entry.personal != nil { counts.count(entry.kind.word) }
            if let subject = entry.subject { subjects[subject] = entry.keys.first }
        }
        for (subject, key) in subjects.sorted(by: { $0.key < $1.key }) {
            // An entry that has a personal part is found by the number or customer whose secret it is under.
            let isUsed = try transaction.entries(by: key).contains { $0.subject == subject && $0.personal != nil }
            if isUsed { continue }
            try transaction.destroySecret(subject)
            counts.secrets += 1
        }
        // States in memory hold what was removed.
        memory.states.removeAll()
        return counts
    }

    private func keysKept(_ entry: StoredEntry, _ reason: RemovalReason) throws -> [LookupKey] {
        switch entry.kind {
        case .optOut, .listRecord, .listEntry, .lift, .complaint, .complaintStep: return entry.keys
        case .outcome: return reason == .erasure ? entry.keys : []
        case .importedAttempt where reason == .erasure: return entry.keys
        case .allow where reason == .erasure:
            let own = try ownKeys(entry)
            return entry.keys.filter(own.contains)
        case .consent, .relationship, .importedAttempt:
            // Its source's reference stays, so that the same row does not bring it back.
            let own = try ownKeys(entry)
            return entry.keys.filter { !own.contains($0) }
        default: return []
        }
    }

    /// By which of its keys an entry is found by its number and customer; for one that cannot be opened, by all.
    private func ownKeys(_ entry: StoredEntry) throws -> Set<LookupKey> {
        guard let subject = try? subject(of: open(entry)), subject.hashes.isEmpty else { return Set(entry.keys) }
        return Set(
            [subject.number.map { keys.key(.number($0)) }, subject.customer.map { keys.key(.customer($0)) }]
                .compactMap { $0 })
    }
}
