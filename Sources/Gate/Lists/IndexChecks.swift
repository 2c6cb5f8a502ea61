import Suppression
import Synchronization

extension Gate {
    /// Reads on in the indexes in force and compares them with their hashes; a list whose index is damaged is out of
    /// use from then on. Blocks for some 50 ms; called about once a second.
    public func checkIndexes() {
        let lists = configuration.lists
        let snapshots = lists.sorted { $0.key < $1.key }.compactMap { name, list in
            list.snapshot.map { (list: name, snapshot: $0) }
        }
        guard let failure = indexGuard.step(snapshots, at: now), let index = lists[failure.list]?.activation?.index
        else { return }
        logger.error("the list \(failure.list) is out of use, calls that depend on it are denied: \(failure.reason)")
        catalog.damaged.insert(failure.list, index, failure.reason)
        withdrawDamaged()
    }
}

/// Indexes that can be opened and are not what was written, until they are found to be whole or the process ends.
final class DamagedIndexes: Sendable {
    private let reasons = Mutex<[String: [Int: String]]>([:])

    /// Nil for an index of which nothing bad is known.
    func reason(_ list: String, _ version: Int) -> String? { reasons.withLock { $0[list]?[version] } }

    func insert(_ list: String, _ version: Int, _ reason: String) {
        reasons.withLock { $0[list, default: [:]][version] = reason }
    }

    func remove(_ list: String, _ version: Int) { reasons.withLock { $0[list]?[version] = nil } }
}
