import Synchronization

/// What snapshot entries name, for answers. A handful of entries; they never change.
final class SnapshotNames: Sendable {
    typealias Names = (policy: String, lists: String, tzdata: String)

    private let names = Mutex<[Int64: Names]>([:])

    func find(_ sequence: Int64) -> Names? { names.withLock { $0[sequence] } }

    func insert(_ sequence: Int64, _ value: Names) {
        names.withLock { names in
            if names.count > 1000 { names.removeAll() }
            names[sequence] = value
        }
    }
}
