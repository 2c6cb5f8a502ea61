import Calendars
import Crypto
import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Storage
import Synchronization

/// Zones read from the bytes that the log pins, never from the system.
struct PinnedZones: ZoneSource {
    var zones: [String: Zone]
    func zone(_ name: String) -> Zone? { zones[name] }
}

/// What decisions were made under, read again from what the log pins.
struct PinnedSnapshot: Sendable {
    var policy: PolicySnapshot
    var zones: PinnedZones
    var held: [HeldList]

    /// The facts as the rules saw them, with the lists that said nothing.
    func restored(_ facts: Facts, of call: Call) -> Facts {
        var facts = facts
        for list in held where facts.lists[list.name] == nil && list.concerns(call.number) {
            var fact = ListFact(isListed: false)
            fact.asOf = list.asOf
            facts.lists[list.name] = fact
        }
        return facts
    }
}

/// Why something that a decision pins cannot be read.
struct PinFault: Error, Sendable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Snapshots by their sequence, each read once. May be used from several threads.
final class PinnedSnapshots: Sendable {
    private struct State {
        var snapshots: [Int64: Result<PinnedSnapshot, PinFault>] = [:]
        /// Many snapshots differ in nothing but their lists.
        var policies: [String: (policy: PolicySnapshot, zones: PinnedZones)] = [:]
        var zones: [[UInt8]: Zone] = [:]
    }

    private let store: any Store
    private let state = Mutex(State())

    init(_ store: any Store) { self.store = store }

    /// - Throws: ``PinFault`` for what is missing, damaged or not what its hash says; the store's errors.
    func find(_ sequence: Int64) throws -> PinnedSnapshot {
        // Under the lock, so that two threads do not load one policy twice.
        try state.withLock { state in
            if let known = state.snapshots[sequence] { return try known.get() }
            if state.snapshots.count >= 1000 { state.snapshots.removeAll() }
            do {
                let snapshot = try load(sequence, &state)
                state.snapshots[sequence] = .success(snapshot)
                return snapshot
            } catch let fault as PinFault {
                state.snapshots[sequence] = .failure(fault)
                throw fault
            }
        }
    }

    /// The zones of a snapshot, and those that a decision read besides.
    func zones(_ snapshot: PinnedSnapshot, and uses: [DecisionRecord.ZoneUse]) throws -> PinnedZones {
        var zones = snapshot.zones
        for use in uses where zones.zones[use.name]?.sha256 != use.sha256 {
            zones.zones[use.name] = try state.withLock { try zone(use.name, use.sha256, &$0) }
        }
        return zones
    }

    private func load(_ sequence: Int64, _ state: inout State) throws -> PinnedSnapshot {
        guard let entry = try store.read({ try $0.entry(sequence) }), entry.kind == .snapshot,
            let core = try? EntryCore(bytes: entry.core), let body = try? JSONParser.parse(core.body),
            let policyID = body["policy"]?.string, let tzdata = body["tzdata"]?.string,
            case .object(let zoneMembers)? = body["zones"]?.value, case .array(let lists)? = body["held"]?.value
        else { throw PinFault("entry \(sequence) is no snapshot that can be read") }
        var zones = PinnedZones(zones: [:])
        for member in zoneMembers {
            guard let digest = member.node.string.flatMap(bytes(hexadecimal:)) else {
                throw PinFault("snapshot \(sequence) names a zone without its hash")
            }
            zones.zones[member.name] = try zone(member.name, digest, &state)
        }
        let key = ([policyID, tzdata] + zones.zones.values.map { hexadecimal($0.sha256) }.sorted()).joined(
            separator: " ")
        let found = try state.policies[key] ?? (policy: policy(policyID, zones, tzdata), zones: zones)
        if state.policies.count >= 32 { state.policies.removeAll() }
        state.policies[key] = found
        return PinnedSnapshot(policy: found.policy, zones: found.zones, held: lists.compactMap(HeldList.init))
    }

    private func policy(_ id: String, _ zones: PinnedZones, _ tzdata: String) throws -> PolicySnapshot {
        guard let archive = try store.read({ try $0.pinned(Configuration.pinName(ofPolicy: id)) }) else {
            throw PinFault("the policy \(id.prefix(19)) is not in the log")
        }
        guard let files = try? PolicyFiles(archive: archive), files.id == id else {
            throw PinFault("what the log holds as policy \(id.prefix(19)) is not that policy")
        }
        do { return try files.load(zones: zones, tzdata: tzdata).snapshot } catch {
            throw PinFault("the policy \(id.prefix(19)) cannot be used by this version: \(error)")
        }
    }

    private func zone(_ name: String, _ digest: [UInt8], _ state: inout State) throws -> Zone {
        // One file may serve under several names.
        if let known = state.zones[digest], known.name == name { return known }
        guard let bytes = try store.read({ try $0.pinned(digest) }) else {
            throw PinFault("the zone \(name) is not in the log")
        }
        guard let zone = try? Zone(name: name, tzif: bytes), zone.sha256 == digest else {
            throw PinFault("what the log holds as zone \(name) is not that zone")
        }
        state.zones[digest] = zone
        return zone
    }
}

/// Nil for a text that is no lower-case hexadecimal.
func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
        switch byte {
        case 48...57: byte - 48
        case 97...102: byte - 87
        default: nil
        }
    }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    let values = digits.compactMap { $0 }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
