import GateModel
import Ledger
import Storage

/// What the sequencer keeps in memory between groups. All of it can be read again from the log, and is, after any failure:
/// then this object is dropped. A class, because a copied cache would be copied whole at the next insertion.
final class Memory {
    /// The last entry that is folded in.
    var head: Int64 = 0
    var lastInstant = Instant.distantPast
    var registry = Registry()
    var states = StateCache()
    /// The snapshot entry in force, and the configuration it was written for.
    var snapshot: (sequence: Int64, generation: Int)?
    var pinnedZones: Set<[UInt8]> = []
    var random = BufferedRandom()
}

/// The states of the persons called lately, in two generations: when the young one is full the old one is let go.
struct StateCache {
    private var young: [LookupKey: SubjectState] = [:]
    private var old: [LookupKey: SubjectState] = [:]
    let capacity = 8_192

    mutating func find(_ key: LookupKey) -> SubjectState? {
        if let state = young[key] { return state }
        guard let state = old[key] else { return nil }
        insert(state, key)
        return state
    }

    mutating func insert(_ state: SubjectState, _ key: LookupKey) {
        if young.count >= capacity {
            old = young
            young.removeAll(keepingCapacity: false)
        }
        young[key] = state
    }

    mutating func remove(_ key: LookupKey) {
        young[key] = nil
        old[key] = nil
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
