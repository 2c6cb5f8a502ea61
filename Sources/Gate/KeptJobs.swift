import Crypto
import GateModel
import Synchronization

/// Background jobs that were asked for on a page, with what they are to do and how they ended. What they make can be made
/// again, so only the newest few are kept, in memory. May be used from any thread.
final class KeptJobs<Order: Sendable, End: Sendable>: Sendable {
    struct Kept: Sendable {
        var id: String
        var order: Order
        var madeAt: Instant
        /// Who asked for it.
        var owner: String
        var job: BackgroundWork.Job
        /// Only asked once the job has ended.
        var end: @Sendable () -> End
    }

    private let kept = Mutex<[Kept]>([])

    /// So many are kept; more only while they run.
    private static var most: Int { 20 }

    /// A name that nobody guesses.
    static func newID() -> String { SymmetricKey(size: .bits128).withUnsafeBytes { hexadecimal(Array($0)) } }

    /// - Returns: Those that are forgotten for it, the oldest that have ended.
    @discardableResult
    func add(_ begun: Kept) -> [Kept] {
        kept.withLock { kept in
            kept.append(begun)
            let ended = kept.filter { $0.job.state == .ended }.prefix(max(0, kept.count - Self.most))
            kept.removeAll { old in ended.contains { $0.id == old.id } }
            return Array(ended)
        }
    }

    /// The newest first.
    var all: [Kept] { kept.withLock { $0 }.reversed() }

    func find(_ id: String) -> Kept? { kept.withLock { $0.first { $0.id == id } } }
}
