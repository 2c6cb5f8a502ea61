import Documents
import GateModel
import Ledger
import Storage

/// What a run of the retention did, or would do.
public struct RetentionReport: Sendable, Hashable {
    public var removed = RemovalCounts()
    /// Entries that are older than their kind is kept, and stay because they are in force.
    public var standing = 0
    /// Entries that a legal hold keeps.
    public var held = 0
    /// The first of those among the frequent kinds; a later run begins before it.
    var firstHeld: Int64?
    /// What was counted with another entry.
    var counted: Set<Int64> = []

    mutating func add(_ other: RetentionReport) {
        removed.add(other.removed)
        standing += other.standing
        held += other.held
        firstHeld = [firstHeld, other.firstHeld].compactMap { $0 }.min()
        counted.formUnion(other.counted)
    }

    public func write(to json: inout JSONWriter) {
        removed.write(to: &json)
        json.member("standing", standing)
        json.member("held", held)
    }
}

/// Who runs the retention, as the log names them.
struct RetentionActor: Sendable {
    var id: String
    var owner: String
}

extension Group {
    /// Removes those of some entries that are no longer kept, and says so in one entry of the same commit.
    ///
    /// - Parameters:
    ///   - sequences: Entries that are older than `end`.
    ///   - counted: What an earlier call has counted; a dry run only counts.
    func expire(
        _ sequences: [Int64], before end: Instant, dryRun counted: Set<Int64>?, by actor: RetentionActor
    ) throws -> RetentionReport {
        let holds = memory.registry.holds(at: now)
        let id = nextID()
        var report = RetentionReport()
        report.counted = counted ?? []
        for sequence in sequences where !report.counted.contains(sequence) {
            guard let entry = try transaction.entry(sequence), entry.personal != nil || !entry.keys.isEmpty else {
                continue
            }
            if entry.keys.contains(where: { holds[$0] != nil }) {
                report.held += 1
                if entry.kind.isFrequent { report.firstHeld = min(report.firstHeld ?? sequence, sequence) }
                continue
            }
            guard let expired = try expired(entry, before: end) else {
                report.standing += 1
                continue
            }
            if counted == nil {
                report.removed.add(try remove(expired, by: id))
            } else {
                for removal in expired where removal.entry.removedBy == nil {
                    report.removed.count(removal.entry.kind.word)
                    if removal.entry.sequence != sequence { report.counted.insert(removal.entry.sequence) }
                }
            }
        }
        guard counted == nil, report.removed.entries > 0 else { return report }
        var json = JSONWriter()
        let removed = report.removed
        json.object { json in
            json.member("owner", actor.owner)
            removed.write(to: &json)
        }
        try append(.retention, id, actor: actor.id, json: json.bytes, found: [])
        return report
    }

    /// What goes with an entry that is older than its kind is kept; nil where it is still in force.
    private func expired(_ entry: StoredEntry, before end: Instant) throws -> [Removal]? {
        switch entry.kind {
        case .consent: return try expiredConsents(entry, before: end)
        // Goes with its consent, or when there is none any more.
        case .consentWithdrawal:
            let isFree = try entry.keys.first.map { try state($0).consents.isEmpty } ?? true
            return isFree ? [Removal(entry)] : nil
        case .lift:
            // The refusal that it ended goes with it.
            var body = CBORReader(try EntryCore(bytes: entry.core).body)
            try body.array(2)
            let lifted = try EntryID(try body.text()).flatMap { try transaction.entry($0.sequence) }
            return [Removal(entry)] + (lifted.map { [Removal($0)] } ?? [])
        // What suppresses stays, without a name.
        case .optOut, .listRecord, .listEntry:
            return entry.personal == nil ? nil : [Removal(entry, keeping: entry.keys)]
        case .complaint: return try expiredComplaint(entry, before: end)
        case .complaintStep:
            let target = try target(of: entry)
            let isFree = try entry.keys.first.map { try !state($0).complaints.contains { $0.id == target } } ?? true
            return isFree ? [Removal(entry)] : nil
        case .relationship, .importedAttempt: return [Removal(entry, keeping: try sourceKeys(entry))]
        default: return [Removal(entry)]
        }
    }

    /// A person's consents go together, once the last has ended: one alone could take a withdrawal along that another
    /// rests on.
    private func expiredConsents(_ entry: StoredEntry, before end: Instant) throws -> [Removal]? {
        guard let key = entry.keys.first else { return [Removal(entry)] }
        for consent in try state(key).consents {
            guard let last = [consent.withdrawnAt, consent.expiresAt].compactMap({ $0 }).min(), last < end else {
                return nil
            }
        }
        let all = try transaction.entries(by: key).filter {
            ($0.kind == .consent || $0.kind == .consentWithdrawal) && $0.keys.first == key && $0.removedBy == nil
        }
        guard try all.allSatisfy({ try EntryCore(bytes: $0.core).at < end }) else { return nil }
        let holds = memory.registry.holds(at: now)
        guard !all.contains(where: { $0.keys.contains { holds[$0] != nil } }) else { return nil }
        return try all.map { entry in
            Removal(entry, keeping: entry.kind == .consent ? try sourceKeys(entry) : [])
        }
    }

    private func expiredComplaint(_ entry: StoredEntry, before end: Instant) throws -> [Removal]? {
        guard let key = entry.keys.first else { return [Removal(entry)] }
        let id = try EntryCore(bytes: entry.core).id.description
        guard let closedAt = try state(key).complaints.first(where: { $0.id == id })?.closedAt, closedAt < end else {
            return nil
        }
        let steps = try transaction.entries(by: key).filter {
            try $0.kind == .complaintStep && $0.removedBy == nil && target(of: $0) == id
        }
        return [Removal(entry)] + steps.map { Removal($0) }
    }

    /// The complaint of a step.
    private func target(of step: StoredEntry) throws -> String {
        var body = CBORReader(try EntryCore(bytes: step.core).body)
        try body.array(3)
        return try body.text()
    }
}
