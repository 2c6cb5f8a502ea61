import RuleEngine
import Synchronization

/// What snapshot entries name, for answers, and the policies among it. A handful of entries; they never change.
final class SnapshotNames: Sendable {
    typealias Names = (policy: String, lists: String, tzdata: String)

    private let names = Mutex<[Int64: Names]>([:])
    private let policies = Mutex<[String: PolicySnapshot]>([:])

    func policy(_ id: String) -> PolicySnapshot? { policies.withLock { $0[id] } }

    func insert(_ policy: PolicySnapshot, _ id: String) {
        policies.withLock { policies in
            if policies.count > 20 { policies.removeAll() }
            policies[id] = policy
        }
    }

    func find(_ sequence: Int64) -> Names? { names.withLock { $0[sequence] } }

    func insert(_ sequence: Int64, _ value: Names) {
        names.withLock { names in
            if names.count > 1000 { names.removeAll() }
            names[sequence] = value
        }
    }
}
