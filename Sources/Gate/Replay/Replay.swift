import GateModel
import Ledger
import RuleEngine
import Storage

/// A past decision that is not decided again as it was.
public struct ReplayFinding: Sendable {
    public enum What: Sendable {
        /// In what the judgements differ.
        case different([ReplayDifference])
        /// Why it cannot be decided again.
        case unreadable(String)
    }

    /// The decision's id, or `entry N` where that cannot be read.
    public var id: String
    public var what: What
}

/// One thing that was recorded and would now be told otherwise.
public struct ReplayDifference: Hashable, Sendable {
    public var field: String
    public var recorded: String
    public var now: String

    public init(_ field: String, recorded: String, now: String) {
        self.field = field
        self.recorded = recorded
        self.now = now
    }
}

public struct ReplayCounts: Hashable, Sendable {
    public var equal = 0
    public var different = 0
    /// Decisions about persons who were erased: there are no facts any more to decide on.
    public var erased = 0
    /// Decisions whose record, policy or zones cannot be read.
    public var unreadable = 0
    /// Entries that were dropped with their segment, outcomes among them.
    public var dropped = 0

    public init() {}
}

/// What judges: `evaluate`, but for tests of what finds a difference.
public typealias Evaluator = @Sendable (Call, Facts, PolicySnapshot, any ZoneSource, Instant) -> Judgement

/// Decides past decisions again, from what the log holds of them and nothing else: the recorded call and facts, the
/// pinned policy and zones, the recorded instant.
public struct Replay: Sendable {
    private let decisions: PastDecisions
    private let snapshots: PinnedSnapshots
    private let evaluator: Evaluator

    /// - Throws: Where the key file is not that of this log.
    public init(
        store: any Store, keyFile: KeyFile,
        evaluator: @escaping Evaluator = { evaluate($0, $1, under: $2, zones: $3, at: $4) }
    ) throws {
        try store.read { try keyFile.requireFits($0) }
        decisions = PastDecisions(store: store, keys: keyFile.ledger)
        snapshots = PinnedSnapshots(store)
        self.evaluator = evaluator
    }

    /// Blocks; writes nothing.
    ///
    /// - Parameters:
    ///   - progress: How many entries of how many were read.
    ///   - found: Called with each finding in the order of the log, by one thread at a time.
    /// - Throws: The store's errors.
    public func run(
        _ range: PastRange, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
        found: @escaping @Sendable (ReplayFinding) -> Void
    ) throws -> ReplayCounts {
        try decisions.fold(range, into: ReplayCounts(), progress: progress, work: outcome) { counts, outcome in
            switch outcome {
            case .equal: counts.equal += 1
            case .erased: counts.erased += 1
            case .dropped(let count): counts.dropped += count
            case .found(let finding):
                if case .different = finding.what { counts.different += 1 } else { counts.unreadable += 1 }
                found(finding)
            }
        }
    }

    private enum Outcome: Sendable {
        case equal
        case erased
        case dropped(Int)
        case found(ReplayFinding)
    }

    private func outcome(_ decision: PastDecision) throws -> Outcome {
        switch decision {
        case .erased: return .erased
        case .dropped(let count): return .dropped(count)
        case .damaged(let id, let why): return .found(ReplayFinding(id: id, what: .unreadable(why)))
        case .opened(let record, let body, _):
            do {
                let differences = try differences(record, body)
                if differences.isEmpty { return .equal }
                return .found(ReplayFinding(id: record.id.description, what: .different(differences)))
            } catch let fault as PinFault {
                return .found(ReplayFinding(id: record.id.description, what: .unreadable(fault.description)))
            }
        }
    }

    private func differences(_ record: DecisionRecord, _ body: [UInt8]) throws -> [ReplayDifference] {
        let snapshot = try snapshots.find(record.snapshot)
        let zones = try snapshots.zones(snapshot, and: record.zones)
        let judgement = evaluator(
            record.call, snapshot.restored(record.facts, of: record.call), snapshot.policy, zones, record.at)
        let uses = record.zones.map { use in
            DecisionRecord.ZoneUse(
                name: use.name, offset: zones.zone(use.name)?.offset(at: record.at) ?? use.offset, sha256: use.sha256)
        }
        var found = judgement.differences(from: record.judgement)
        for (old, new) in zip(record.zones, uses) where old != new {
            found.append(.init("local_time", recorded: "\(old.name) \(old.offset) s", now: "\(new.offset) s"))
        }
        // The core repeats the call, and whoever changes it there only is found too.
        let again = DecisionRecord(
            id: record.id, at: record.at, actor: record.actor, call: record.call, facts: record.facts,
            judgement: judgement, snapshot: record.snapshot, zones: uses)
        if found.isEmpty && again.core != body {
            found.append(.init("record", recorded: "another call", now: "the call that was decided"))
        }
        return found
    }
}
