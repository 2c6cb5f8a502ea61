import Foundation
import GateModel
import Ledger
import Storage
import Synchronization

/// A store that fails when it is told to: before the n-th step of a run, or after a commit was stored.
public final class FaultingStore: Store {
    /// What goes wrong.
    public enum Fault: Sendable, Hashable {
        /// The n-th step fails, counted from 1: each read, append and pin, and each commit's end.
        case step(Int)
        /// The n-th commit is stored, and reported as failed.
        case storedButReported(Int)
    }

    private struct State {
        var fault: Fault?
        var steps = 0
        var commits = 0
        var hasFailed = false
        var hold: (held: DispatchSemaphore, release: DispatchSemaphore)?
    }

    private let inner: any Store
    private let state = Mutex(State())

    public init(_ inner: any Store) { self.inner = inner }

    /// Begins to count anew. Each fault happens once.
    public func arm(_ fault: Fault?) { state.withLock { $0 = State(fault: fault) } }

    /// The next commit is stored, but does not return before it is released.
    public func holdNextCommit() -> (held: DispatchSemaphore, release: DispatchSemaphore) {
        let hold = (held: DispatchSemaphore(value: 0), release: DispatchSemaphore(value: 0))
        state.withLock { $0.hold = hold }
        return hold
    }

    public var hasFailed: Bool { state.withLock(\.hasFailed) }

    fileprivate func step() throws {
        try state.withLock { state in
            state.steps += 1
            guard state.fault == .step(state.steps) else { return }
            state.hasFailed = true
            throw StorageError.unavailable("step \(state.steps) fails")
        }
    }

    public func commit<T>(_ body: (any StoreTransaction) throws -> T) throws -> T {
        let result = try inner.commit { transaction in
            let result = try body(FaultingTransaction(transaction, self))
            try step()
            return result
        }
        let hold = state.withLock { state in
            defer { state.hold = nil }
            return state.hold
        }
        if let hold {
            hold.held.signal()
            hold.release.wait()
        }
        try state.withLock { state in
            state.commits += 1
            guard state.fault == .storedButReported(state.commits) else { return }
            state.hasFailed = true
            throw StorageError.unavailable("commit \(state.commits) is stored and fails")
        }
        return result
    }

    public func read<T>(_ body: (any StoreReading) throws -> T) throws -> T {
        try step()
        return try inner.read(body)
    }

    public func maintain() throws -> Int { try inner.maintain() }
    public func expunge() throws -> Bool { try inner.expunge() }
    public func seal(through last: Int64, judge: ([StoredEntry]) throws -> Void) throws -> Segment? {
        try inner.seal(through: last, judge: judge)
    }
    public func copySegment(_ number: Int64, to path: String) throws { try inner.copySegment(number, to: path) }
    public func close() throws { try inner.close() }
}

private struct FaultingTransaction: StoreTransaction {
    let inner: any StoreTransaction
    let store: FaultingStore

    init(_ inner: any StoreTransaction, _ store: FaultingStore) {
        self.inner = inner
        self.store = store
    }

    private func stepping<T>(_ body: () throws -> T) throws -> T {
        try store.step()
        return try body()
    }

    func head() throws -> Int64 { try stepping { try inner.head() } }
    func entry(_ sequence: Int64) throws -> StoredEntry? { try stepping { try inner.entry(sequence) } }
    func entries(after sequence: Int64, limit: Int) throws -> [StoredEntry] {
        try stepping { try inner.entries(after: sequence, limit: limit) }
    }
    func entries(before sequence: Int64, limit: Int) throws -> [StoredEntry] {
        try stepping { try inner.entries(before: sequence, limit: limit) }
    }
    func entries(by key: LookupKey) throws -> [StoredEntry] { try stepping { try inner.entries(by: key) } }
    func entries(by keys: [LookupKey]) throws -> [[StoredEntry]] { try stepping { try inner.entries(by: keys) } }
    func removable(_ kind: EntryKind, after sequence: Int64, through last: Int64, limit: Int) throws -> [StoredEntry] {
        try stepping { try inner.removable(kind, after: sequence, through: last, limit: limit) }
    }
    func secrets(_ subjects: [Int64]) throws -> [[UInt8]?] { try stepping { try inner.secrets(subjects) } }
    func secret(_ subject: Int64) throws -> [UInt8]? { try stepping { try inner.secret(subject) } }
    func pinned(_ sha256: [UInt8]) throws -> [UInt8]? { try stepping { try inner.pinned(sha256) } }
    func openAttempts(before: Instant, limit: Int) throws -> [Int64] {
        try inner.openAttempts(before: before, limit: limit)
    }
    func countOpenAttempts(before: Instant) throws -> Int { try inner.countOpenAttempts(before: before) }
    func decisions(_ query: DecisionQuery, limit: Int) throws -> [Int64] { try inner.decisions(query, limit: limit) }
    func countDecisions(_ query: DecisionQuery, by kind: SearchTerm.Kind) throws -> [String: Int] {
        try inner.countDecisions(query, by: kind)
    }
    func countDecisions(_ query: DecisionQuery, between bounds: [Int64]) throws -> [Int] {
        try inner.countDecisions(query, between: bounds)
    }
    func sequences(notBefore instants: [Instant]) throws -> [Int64] { try inner.sequences(notBefore: instants) }
    func segments() throws -> [Segment] { try inner.segments() }
    func frequentEntries(of segment: Segment) throws -> (all: Int64, named: Int64) {
        try inner.frequentEntries(of: segment)
    }
    func drop(_ segment: Segment, count: Int64, by remover: Int64) throws {
        try stepping { try inner.drop(segment, count: count, by: remover) }
    }
    func lock(_ keys: [LookupKey]) throws { try stepping { try inner.lock(keys) } }
    func append(_ entry: StoredEntry) throws { try stepping { try inner.append(entry) } }
    func addSubject(_ secret: [UInt8]) throws -> Int64 { try stepping { try inner.addSubject(secret) } }
    func pin(_ sha256: [UInt8], _ bytes: [UInt8]) throws { try stepping { try inner.pin(sha256, bytes) } }
    func redact(_ entry: StoredEntry, keeping keys: [LookupKey], bound remains: [UInt8], by remover: Int64) throws {
        try stepping { try inner.redact(entry, keeping: keys, bound: remains, by: remover) }
    }
    func destroySecret(_ subject: Int64) throws { try stepping { try inner.destroySecret(subject) } }
}
