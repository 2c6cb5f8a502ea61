import GateModel
import Ledger
import Storage

/// Records decisions after the pattern of some that are in the log, by the code that records real ones, many in a commit.
/// For measuring; nobody else may write meanwhile. Belongs to one thread.
package final class DecisionCopies {
    private let gate: Gate
    private let memory = Memory()
    private var patterns: [DecisionRecord] = []

    /// The last entry's instant; what is recorded must not be earlier.
    package var last: Instant { memory.lastInstant }

    /// Reads the patterns: every decision of a small log.
    package init(gate: Gate) throws {
        self.gate = gate
        try gate.store.read { reading in
            memory.head = try reading.head()
            for sequence in try reading.decisions(DecisionQuery(), limit: 10_000) {
                guard let entry = try reading.entry(sequence) else { continue }
                let opened = try OpenedEntry(entry, keys: gate.keyFile.ledger, in: reading)
                patterns.append(try DecisionRecord(opened.core, personal: opened.personal))
            }
            for entry in try reading.entries(before: .max, limit: 1) {
                memory.lastInstant = try EntryCore(bytes: entry.core).at
            }
        }
        guard !patterns.isEmpty else { throw StorageError.unavailable("there is no decision to make others of") }
    }

    /// Records so many in one commit.
    ///
    /// - Parameters:
    ///   - random: Chooses the patterns.
    ///   - change: Makes another call of a pattern's, and says its instant, its request id, and what is reported of it where
    ///     it is an allow.
    package func record(
        _ count: Int, using random: inout some RandomNumberGenerator,
        change: (inout Call) -> (at: Instant, requestID: String, outcome: String?)
    ) throws {
        try gate.store.commit { transaction in
            for _ in 0..<count {
                let pattern = patterns[Int.random(in: 0..<patterns.count, using: &random)]
                var call = pattern.call
                let changed = change(&call)
                memory.lastInstant = max(memory.lastInstant, changed.at)
                let group = Group(
                    transaction: transaction, keys: gate.keyFile.ledger, configuration: gate.configuration,
                    now: memory.lastInstant, memory: memory)
                let record = DecisionRecord(
                    id: group.nextID(), at: group.now, actor: pattern.actor, call: call, facts: pattern.facts,
                    judgement: pattern.judgement, snapshot: pattern.snapshot, zones: pattern.zones,
                    requestID: changed.requestID, wantsPermit: pattern.wantsPermit, hasDeadline: pattern.hasDeadline)
                let request = gate.keyFile.ledger.key(.request(key: pattern.actor, id: changed.requestID))
                let isAllowed = record.judgement.verdict == .allow
                try group.append(
                    isAllowed ? .allow : .deny, record.id, actor: record.actor, body: record.core,
                    record: record.personal, about: call.subject, extraKeys: [request]
                ) { _ in nil }
                if isAllowed, let outcome = changed.outcome {
                    var report = OutcomeRecord(decision: record.id, at: group.now)
                    report.outcome = outcome
                    (report.dialedAt, report.endedAt) = (group.now, group.now)
                    try group.append(report, about: call.subject)
                }
            }
        }
    }
}
