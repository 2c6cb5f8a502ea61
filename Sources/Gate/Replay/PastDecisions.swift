import Dispatch
import GateModel
import Ledger
import Storage
import Synchronization

/// Which past decisions to look at.
public struct PastRange: Sendable {
    public var from: Instant?
    /// Exclusive.
    public var to: Instant?
    /// At most so many, the earliest first; nil for all.
    public var limit: Int?

    public init(from: Instant? = nil, to: Instant? = nil, limit: Int? = nil) {
        self.from = from
        self.to = to
        self.limit = limit
    }
}

/// A decision as it was found in the log.
enum PastDecision {
    /// `body` is what the verifiable core says.
    case opened(DecisionRecord, body: [UInt8], mask: String?)
    /// Its personal part is gone with the person's secret.
    case erased
    case damaged(id: String, String)
    /// So many decisions and outcomes of a segment were dropped.
    case dropped(Int)
}

/// Reads past decisions in portions, each in a view of its own that is soon closed, and works on them in two threads.
/// Nothing is written and no decision waits for it.
struct PastDecisions: Sendable {
    let store: any Store
    let keys: LedgerKeys
    static let portion = 500

    private struct Reading {
        var next: Int64
        var left: Int
        var number = 0
        var failure: (any Error)?
    }

    private struct Folding<Value, State> {
        var next = 0
        var waiting: [Int: (values: [Value], reached: Int64)] = [:]
        var state: State
    }

    /// Works on each decision and folds the results in the order of the log. Blocks.
    ///
    /// - Parameters:
    ///   - work: Called from two threads.
    ///   - fold: Called by one thread at a time.
    ///   - progress: How many entries of how many were read.
    /// - Throws: The store's errors, and what `work` throws.
    func fold<Value: Sendable, State: Sendable>(
        _ range: PastRange, into state: State, progress: @escaping @Sendable (Int, Int) -> Void,
        work: @escaping @Sendable (PastDecision) throws -> Value,
        fold: @escaping @Sendable (inout State, Value) -> Void
    ) throws -> State {
        let bounds = try store.stretch(from: range.from, to: range.to)
        let reading = Mutex(Reading(next: bounds.lowerBound, left: range.limit ?? .max))
        let folding = Mutex(Folding<Value, State>(state: state))
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            do {
                while let portion = try reading.withLock({ try take(&$0, until: bounds.upperBound) }) {
                    var values = try portion.entries.map { try work(open($0.entry, secret: $0.secret)) }
                    if portion.dropped > 0 { values.append(try work(.dropped(portion.dropped))) }
                    folding.withLock { folding in
                        folding.waiting[portion.number] = (values, portion.reached)
                        while let ready = folding.waiting.removeValue(forKey: folding.next) {
                            folding.next += 1
                            for value in ready.values { fold(&folding.state, value) }
                            progress(
                                Int(ready.reached - bounds.lowerBound), Int(bounds.upperBound - bounds.lowerBound))
                        }
                    }
                }
            } catch {
                reading.withLock { $0.failure = $0.failure ?? error }
            }
        }
        if let failure = reading.withLock(\.failure) { throw failure }
        // A limit may end it early.
        if reading.withLock({ $0.next < bounds.upperBound }) { progress(bounds.count, bounds.count) }
        return folding.withLock(\.state)
    }

    private struct Portion {
        var number: Int
        var entries: [(entry: StoredEntry, secret: [UInt8]?)]
        /// How many entries are not there any more.
        var dropped: Int
        /// The sequence after the last entry that was read.
        var reached: Int64
    }

    private func take(_ reading: inout Reading, until end: Int64) throws -> Portion? {
        guard reading.failure == nil, reading.next < end, reading.left > 0 else { return nil }
        let count = Int(min(Int64(PastDecisions.portion), end - reading.next))
        let (left, next) = (reading.left, reading.next)
        let (found, dropped, reached) = try store.read { view in
            let entries = try view.entries(in: next..<next + Int64(count))
            // Of a segment that was dropped whole stretches may be gone.
            let reached =
                try entries.isEmpty
                ? min(end, view.entries(after: next - 1, limit: 1).first?.sequence ?? end) : next + Int64(count)
            let decisions = try entries.filter { $0.kind == .allow || $0.kind == .deny }.prefix(left).map { entry in
                (entry: entry, secret: try entry.subject.flatMap { try view.secret($0) })
            }
            return (decisions, Int(reached - next) - entries.count, reached)
        }
        reading.next = reached
        reading.left -= found.count
        defer { reading.number += 1 }
        return Portion(number: reading.number, entries: found, dropped: dropped, reached: reached)
    }

    private func open(_ entry: StoredEntry, secret wrapped: [UInt8]?) -> PastDecision {
        var id = "entry \(entry.sequence)"
        do {
            let core = try EntryCore(bytes: entry.core)
            id = core.id.description
            guard core.kind == entry.kind, core.id.sequence == entry.sequence else {
                return .damaged(id: id, "the entry stands under another kind or place than it says")
            }
            guard let stored = entry.personal, let wrapped else { return .erased }
            let personal = try PersonalPart(
                stored: stored, keys: entry.keys, settles: entry.settles, under: try keys.unwrap(wrapped), core.id)
            return .opened(try DecisionRecord(core, personal: personal), body: core.body, mask: personal.mask)
        } catch {
            return .damaged(id: id, "the record cannot be read")
        }
    }
}
