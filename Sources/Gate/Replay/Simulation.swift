import Calendars
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Storage

/// Decides past decisions under another policy, with the facts that were seen then. Touches nothing.
public struct Simulation: Sendable {
    private let decisions: PastDecisions
    private let snapshots: PinnedSnapshots
    private let candidate: LoadedPolicy
    private let examples: Int

    /// - Parameters:
    ///   - candidate: The files of the other policy; the calendars that were imported are added, as the gate would.
    ///   - examples: How many decisions of each sort are named.
    /// - Throws: ``FileFaults`` for a policy that cannot be used; the store's errors; where the key file is not that of
    ///   this log.
    public init(
        store: any Store, keyFile: KeyFile, candidate: PolicyFiles, zones: ZoneDatabase, defaultRegion: String? = nil,
        examples: Int = 3
    ) throws {
        let registry = try store.read { view in
            try keyFile.requireFits(view)
            var registry = Registry()
            for entry in try view.entries(by: keyFile.ledger.key(.registry)) {
                registry.fold(entry, try EntryCore(bytes: entry.core))
            }
            return registry
        }
        var files = candidate
        files.addCalendars(of: registry)
        self.candidate = try files.load(zones: zones, tzdata: zones.version, defaultRegion: defaultRegion)
        decisions = PastDecisions(store: store, keys: keyFile.ledger)
        snapshots = PinnedSnapshots(store)
        self.examples = examples
    }

    /// Blocks; writes nothing.
    ///
    /// - Throws: The store's errors; `CancellationError` once it is cancelled.
    public func run(
        _ range: PastRange, isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> SimulationReport {
        let examples = examples
        return try decisions.fold(
            range, into: SimulationReport(candidate: candidate.snapshot.id), progress: progress,
            work: { decision in
                if isCancelled() { throw CancellationError() }
                return try outcome(decision)
            }, fold: { $0.take($1, examples: examples) })
    }

    private func outcome(_ decision: PastDecision) throws -> SimulatedOutcome {
        switch decision {
        case .erased: return .erased
        case .dropped(let count): return .dropped(count)
        case .damaged: return .unreadable
        case .opened(let record, _, let mask):
            do {
                return .decided(try simulate(record, mask))
            } catch is PinFault {
                return .unreadable
            }
        }
    }

    private func simulate(_ record: DecisionRecord, _ mask: String?) throws -> SimulatedDecision {
        let snapshot = try snapshots.find(record.snapshot)
        var facts = snapshot.restored(record.facts, of: record.call)
        var call = record.call
        call.number =
            call.number.e164.map { candidate.numbers.read($0.description, region: nil) }
            ?? candidate.numbers.read(call.phone, region: call.number.region)
        let policy = candidate.snapshot
        // A list that a rule named and of which nothing is recorded was missing, and is known to have been.
        let known = snapshot.policy.namedLists.union(snapshot.held.map(\.name)).union(facts.lists.keys)
        for name in policy.core.ownLists.keys where !known.contains(name) {
            facts.lists[name] = ListFact(isListed: false)
        }
        let unknown = policy.namedLists.filter { !known.contains($0) && policy.core.ownLists[$0] == nil }
        func judge() -> Judgement { evaluate(call, facts, under: policy, zones: candidate.zones, at: record.at) }
        let strict = judge()
        var lenient = strict
        if strict.verdict == .deny && !unknown.isEmpty {
            for name in unknown { facts.lists[name] = ListFact(isListed: false) }
            lenient = judge()
        }
        let offset = record.judgement.localOffset ?? strict.localOffset
        return SimulatedDecision(
            id: record.id.description, mask: mask, campaign: record.call.campaign ?? "",
            hour: offset.map { Int((record.at.seconds + Int64($0)) % 86_400 / 3600) } ?? -1,
            recorded: record.judgement, strict: strict, lenient: lenient, unknownLists: Set(unknown))
    }
}

enum SimulatedOutcome: Sendable {
    case decided(SimulatedDecision)
    case erased
    case unreadable
    case dropped(Int)
}

struct SimulatedDecision: Sendable {
    var id: String
    var mask: String?
    var campaign: String
    var hour: Int
    var recorded: Judgement
    /// Where a list of which nothing is known denies.
    var strict: Judgement
    /// Where it is taken as quiet.
    var lenient: Judgement
    var unknownLists: Set<String>
}

extension SimulationReport {
    mutating func take(_ outcome: SimulatedOutcome, examples limit: Int) {
        switch outcome {
        case .erased: erased += 1
        case .unreadable: unreadable += 1
        case .dropped(let count): dropped += count
        case .decided(let decision):
            decided += 1
            unknownLists.formUnion(decision.unknownLists)
            switch (decision.recorded.verdict, decision.strict.verdict) {
            case (.allow, .deny):
                if decision.lenient.verdict == .allow {
                    notKnown.add(decision, decision.strict.reasons, limit)
                } else {
                    allowToDeny.add(decision, decision.lenient.reasons, limit)
                }
            case (.deny, .allow): denyToAllow.add(decision, decision.recorded.reasons, limit)
            case (.deny, .deny):
                unchanged += 1
                if decision.lenient.verdict == .allow { deniedForNotKnown += 1 }
            case (.allow, .allow): unchanged += 1
            }
        }
    }
}

extension SimulationReport.Flips {
    fileprivate mutating func add(_ decision: SimulatedDecision, _ reasons: [Reason], _ limit: Int) {
        let example = SimulationReport.Example(id: decision.id, mask: decision.mask)
        total.add(example, atMost: limit)
        for rule in Set(reasons.map(\.rule)) { byRule[rule, default: .init()].add(example, atMost: limit) }
        byCampaign[decision.campaign, default: .init()].add(example, atMost: limit)
        byHour[decision.hour, default: .init()].add(example, atMost: limit)
    }
}
