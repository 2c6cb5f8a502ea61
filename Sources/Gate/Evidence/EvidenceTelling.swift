import Calendars
import Crypto
import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Transparency

/// Evidence with its records read, for whoever tells it: each decision with the policy and the lists it was made under.
struct EvidenceTelling {
    /// What decisions were made under, as the snapshot entry names it.
    struct Snapshot {
        var policyID: String
        var listsID: String
        var tzdata: String
        var pinned: PinnedSnapshot
        var versions: [Node]
    }

    let evidence: Evidence
    let records: [EntryID: DecisionRecord]
    let snapshots: [Int64: Snapshot]
    let checkpoint: Checkpoint
    let making: (core: EntryCore, body: Node)

    /// - Throws: ``EvidenceFault`` where something that a decision names is missing, not what its hash says, or of no use.
    init(_ evidence: Evidence) throws {
        self.evidence = evidence
        guard let making = evidence.making else {
            throw EvidenceFault.broken("the last entry does not say who made the bundle, and why")
        }
        self.making = making
        checkpoint = try Checkpoint(text: evidence.checkpoint.text)
        var records: [EntryID: DecisionRecord] = [:]
        for entry in evidence.entries where entry.core.kind == .allow || entry.core.kind == .deny {
            do {
                records[entry.core.id] = try DecisionRecord(entry.core, personal: entry.opened?.part)
            } catch {
                throw EvidenceFault.broken("the decision \(entry.core.id) cannot be read")
            }
        }
        self.records = records
        var snapshots: [Int64: Snapshot] = [:]
        let stored = Dictionary(evidence.entries.filter { $0.core.kind == .snapshot }.map { ($0.sequence, $0) }) { $1 }
        var policies: [String: PolicySnapshot] = [:]
        for sequence in Set(records.values.map(\.snapshot)).sorted() {
            guard let entry = stored[sequence] else {
                throw EvidenceFault.broken(
                    "entry \(sequence), which names the policy of a decision, is not in the bundle")
            }
            snapshots[sequence] = try Snapshot(entry.core, evidence, &policies)
        }
        for sequence in stored.keys.sorted() where snapshots[sequence] == nil {
            throw EvidenceFault.broken("entry \(sequence) names a policy under which nothing here was decided")
        }
        self.snapshots = snapshots
        try requireNothingElse()
    }

    /// What no decision names does not belong here.
    private func requireNothingElse() throws {
        let policies = Set(snapshots.values.map(\.policyID))
        if let extra = evidence.policies.keys.filter({ !policies.contains($0) }).min() {
            throw EvidenceFault.broken("nothing here was decided under the policy \(extra)")
        }
        var zones = Set(snapshots.values.flatMap { $0.pinned.zones.zones.values.map(\.sha256) })
        for record in records.values {
            for use in record.zones {
                guard evidence.zones[use.sha256] != nil else {
                    throw EvidenceFault.broken("the zone \(use.name) of the decision \(record.id) is not in the bundle")
                }
                zones.insert(use.sha256)
            }
        }
        if let extra = evidence.zones.keys.map({ $0 }).first(where: { !zones.contains($0) }) {
            throw EvidenceFault.broken("no decision here rests on the zone \(hexadecimal(extra))")
        }
    }

    /// The zones that a decision read.
    func zones(of record: DecisionRecord) throws -> PinnedZones {
        var zones = snapshots[record.snapshot]?.pinned.zones ?? PinnedZones(zones: [:])
        for use in record.zones {
            guard let bytes = evidence.zones[use.sha256], let zone = try? Zone(name: use.name, tzif: bytes) else {
                throw EvidenceFault.broken("the zone \(use.name) of the decision \(record.id) cannot be used")
            }
            zones.zones[use.name] = zone
        }
        return zones
    }

    func answer(_ record: DecisionRecord) -> CallAnswer? {
        guard let snapshot = snapshots[record.snapshot] else { return nil }
        return CallAnswer(
            record: record, id: record.id.description, policy: snapshot.pinned.policy, policyID: snapshot.policyID,
            listsID: snapshot.listsID, tzdata: snapshot.tzdata)
    }

    /// How a list stood for a decision.
    struct ListStanding {
        var name: String
        var version: Int?
        var asOf: String?
        var sha256: String?
        var state: String
        /// Nil where the person was erased and nobody knows any more.
        var isListed: Bool?
        var fact: ListFact?
    }

    /// Every list that was in force or missing when a decision was made, in the order of the names.
    func lists(of record: DecisionRecord, isErased: Bool) -> [ListStanding] {
        guard let snapshot = snapshots[record.snapshot] else { return [] }
        let versions = Dictionary(
            snapshot.versions.compactMap { version in version["list"]?.string.map { ($0, version) } }
        ) { $1 }
        let held = snapshot.pinned.held.filter { isErased || $0.concerns(record.call.number) }
        let names = Set(held.map(\.name)).union(record.facts.lists.keys).union(record.facts.listRecords.map(\.list))
        return names.sorted().map { name in
            let fact = record.facts.lists[name]
            let asOf = versions[name]?["as_of"]?.string ?? held.first { $0.name == name }?.asOf?.rfc3339
            var number: Int?
            if case .number(let text)? = versions[name]?["version"]?.value { number = Int(text) }
            let isRecorded = record.facts.listRecords.contains { $0.list == name && $0.liftedAt == nil }
            return ListStanding(
                name: name, version: number, asOf: asOf ?? fact?.asOf?.rfc3339,
                sha256: versions[name]?["sha256"]?.string,
                state: fact?.state.word ?? "in_force", isListed: isErased ? nil : isRecorded || fact?.isListed ?? false,
                fact: fact)
        }
    }
}

extension EvidenceTelling.Snapshot {
    /// - Parameter policies: Those that were loaded already: many snapshots differ in nothing but their lists.
    fileprivate init(_ core: EntryCore, _ evidence: Evidence, _ policies: inout [String: PolicySnapshot]) throws {
        let broken = EvidenceFault.broken("entry \(core.id.sequence) is no snapshot that can be read")
        guard let body = try? JSONParser.parse(core.body), let policyID = body["policy"]?.string,
            let tzdata = body["tzdata"]?.string, let listsID = body["lists"]?.string,
            case .object(let zoneMembers)? = body["zones"]?.value, case .array(let held)? = body["held"]?.value,
            case .array(let versions)? = body["versions"]?.value
        else { throw broken }
        var zones = PinnedZones(zones: [:])
        for member in zoneMembers {
            guard let digest = member.node.string.flatMap(bytes(hexadecimal:)) else { throw broken }
            guard let bytes = evidence.zones[digest] else {
                throw EvidenceFault.broken("the zone \(member.name) of entry \(core.id.sequence) is not in the bundle")
            }
            guard let zone = try? Zone(name: member.name, tzif: bytes), zone.sha256 == digest else {
                throw EvidenceFault.broken("the zone \(member.name) cannot be used")
            }
            zones.zones[member.name] = zone
        }
        guard let files = evidence.policies[policyID] else {
            throw EvidenceFault.broken("the policy \(policyID), under which was decided, is not in the bundle")
        }
        let known = ([policyID, tzdata] + zones.zones.map { $0.key + hexadecimal($0.value.sha256) }.sorted())
            .joined(separator: " ")
        let policy: PolicySnapshot
        do { policy = try policies[known] ?? files.load(zones: zones, tzdata: tzdata).snapshot } catch {
            throw EvidenceFault.broken("the policy \(policyID) cannot be used by this version: \(error)")
        }
        policies[known] = policy
        self.init(
            policyID: policyID, listsID: listsID, tzdata: tzdata,
            pinned: PinnedSnapshot(policy: policy, zones: zones, held: held.compactMap(HeldList.init)),
            versions: versions)
    }
}

extension ListFact.State {
    var word: String {
        switch self {
        case .inForce: "in_force"
        case .stale: "stale"
        case .missing: "missing"
        case .uncovered: "uncovered"
        }
    }
}
