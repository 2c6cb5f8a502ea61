import Foundation
import GateModel
import Ledger
import Storage
import Synchronization

/// The one thread that writes. It takes whatever waits, does it in order inside one transaction, commits once, and only
/// then lets the answers go. A request alone does not wait for others.
///
/// Source: group commit as in PostgreSQL's and SQLite's documentation; docs/life-of-a-call.md.
final class Sequencer: Sendable {
    /// A piece of work: does its part in a group, and gives the step that lets its answer go.
    typealias Work = (Group) throws -> Release
    typealias Release = @Sendable (_ failure: GateError?) -> Void

    private struct Queue {
        var waiting: [(work: Work, fail: Release)] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let hasStopped = DispatchSemaphore(value: 0)
    /// Work in one group at most, so that nobody waits for a long one.
    private static let mostInGroup = 256
    /// Waiting at most; beyond it the gate is overloaded.
    private static let mostWaiting = 20_000

    private let store: any Store
    private let keys: LedgerKeys
    private let metrics: GateMetrics
    private let clock: @Sendable () -> Instant
    private let configuration: @Sendable () -> Configuration
    private let follow: @Sendable (Registry) -> Configuration
    private let publish: @Sendable (Registry, Int64) -> Void

    /// - Parameters:
    ///   - clock: The wall clock; the only reader of time in the gate.
    ///   - follow: Gives a configuration whose lists are those of a registry, where they differ.
    ///   - publish: Called after each group that changed the registry.
    init(
        store: any Store, keys: LedgerKeys, metrics: GateMetrics, clock: @escaping @Sendable () -> Instant,
        configuration: @escaping @Sendable () -> Configuration,
        follow: @escaping @Sendable (Registry) -> Configuration,
        publish: @escaping @Sendable (Registry, Int64) -> Void
    ) {
        self.store = store
        self.keys = keys
        self.metrics = metrics
        self.clock = clock
        self.configuration = configuration
        self.follow = follow
        self.publish = publish
    }

    /// Reads the registry from the log and starts the thread.
    ///
    /// - Throws: Where the log cannot be read.
    func start() throws {
        let memory = try recall()
        publish(memory.registry, memory.head)
        let box = MemoryBox(memory)
        let thread = Thread { self.run(box) }
        thread.name = "sequencer"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Lets what waits be done, then stops the thread. Blocks.
    func stop() {
        queue.withLock { $0.isStopped = true }
        wakeUp.signal()
        hasStopped.wait()
        hasStopped.signal()
    }

    /// Pieces of work that wait for the next group.
    var queueLength: Int { queue.withLock { $0.waiting.count } }

    /// Does a piece of work in the next group and returns when it is durable.
    ///
    /// The work is not part of the calling task: cancelling the task does not undo it.
    func submit<T: Sendable>(_ work: @escaping @Sendable (Group) throws -> Result<T, GateError>) async -> Result<
        T, GateError
    > {
        await withUnsafeContinuation { continuation in enqueue(work) { continuation.resume(returning: $0) } }
    }

    /// The same for a plain thread: blocks until it is durable.
    func submitBlocking<T: Sendable>(_ work: @escaping @Sendable (Group) throws -> Result<T, GateError>) -> Result<
        T, GateError
    > {
        let isDone = DispatchSemaphore(value: 0)
        let box = ResultBox<T>()
        enqueue(work) { result in
            box.value.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        return box.value.withLock { $0 } ?? .failure(.unavailable("the gate is stopping"))
    }

    private func enqueue<T: Sendable>(
        _ work: @escaping @Sendable (Group) throws -> Result<T, GateError>,
        _ finish: @escaping @Sendable (Result<T, GateError>) -> Void
    ) {
        let wasTaken = queue.withLock { queue in
            guard !queue.isStopped, queue.waiting.count < Sequencer.mostWaiting else { return false }
            queue.waiting.append(
                (
                    work: { group in
                        let result = try work(group)
                        return { failure in finish(failure.map { .failure($0) } ?? result) }
                    },
                    fail: { failure in finish(.failure(failure ?? .unavailable("the gate is stopping"))) }
                ))
            return true
        }
        if wasTaken {
            wakeUp.signal()
        } else {
            finish(.failure(.unavailable("the gate is overloaded or stopping")))
        }
    }

    /// Like ``submit(_:)``, but waits no longer than until a deadline.
    ///
    /// - Parameter late: Told what came of the work, where that was after the deadline.
    /// - Returns: Nil where the deadline came first.
    func submit<T: Sendable>(
        by deadline: ContinuousClock.Instant, _ work: @escaping @Sendable (Group) throws -> Result<T, GateError>,
        late: @escaping @Sendable (Result<T, GateError>) async -> Void
    ) async -> Result<T, GateError>? {
        await withUnsafeContinuation { continuation in
            let race = Race<Result<T, GateError>?> { continuation.resume(returning: $0) }
            let timer = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                race.finish(nil)
            }
            Task {
                let result = await submit(work)
                timer.cancel()
                let isLate = ContinuousClock.now >= deadline
                if !race.finish(isLate ? nil : result) || isLate { await late(result) }
            }
        }
    }

    private func run(_ box: MemoryBox) {
        while true {
            wakeUp.wait()
            let (batch, isStopped) = queue.withLock { queue in
                let batch = Array(queue.waiting.prefix(Sequencer.mostInGroup))
                queue.waiting.removeFirst(batch.count)
                return (batch, queue.isStopped && queue.waiting.isEmpty)
            }
            // One signal stands for each piece of work; the group has taken several.
            for _ in 1..<max(batch.count, 1) { _ = wakeUp.wait(timeout: .now()) }
            if !batch.isEmpty { commit(batch, box) }
            if isStopped {
                hasStopped.signal()
                return
            }
        }
    }

    private func commit(_ batch: [(work: Work, fail: Release)], _ box: MemoryBox) {
        do {
            if box.memory == nil { box.memory = try recall() }
            var releases: [Release] = []
            releases.reserveCapacity(batch.count)
            let before = box.memory?.head ?? 0
            let start = ContinuousClock.now
            try store.commit { transaction in
                // Dropped if anything below throws.
                let memory = box.take()
                let group = Group(
                    transaction: transaction, keys: keys, configuration: configuration(), now: clock(), memory: memory)
                try group.catchUp()
                if group.configuration.listGeneration != memory.registry.listGeneration {
                    group.configuration = follow(memory.registry)
                }
                for (work, fail) in batch {
                    let head = group.memory.head
                    do {
                        releases.append(try work(group))
                    } catch let error as MalformedRecord where group.memory.head == head {
                        // A record that cannot be read denies those it is about, and nobody else in the group.
                        releases.append { _ in fail(.unavailable("\(error)")) }
                    }
                }
                box.memory = group.memory
            }
            metrics.countGroup(of: batch.count, duration: ContinuousClock.now - start)
            if let memory = box.memory, memory.head != before { publish(memory.registry, memory.head) }
            for release in releases { release(nil) }
        } catch {
            // Whatever memory holds may not be stored: read it again before going on.
            box.memory = nil
            let why = "\(error)"
            for (_, fail) in batch { fail(.unavailable(why)) }
        }
    }

    /// Reads what the sequencer must know from the log; the start-up path, and the way back from a failed commit.
    private func recall() throws -> Memory {
        try store.read { store in
            let memory = Memory()
            memory.registry = try Registry(reading: store, keys: keys)
            memory.head = try store.head()
            if let last = try store.entry(memory.head) { memory.lastInstant = try EntryCore(bytes: last.core).at }
            return memory
        }
    }
}

private final class ResultBox<T: Sendable>: Sendable {
    let value = Mutex<Result<T, GateError>?>(nil)
}

/// Several may finish it; the first does.
private final class Race<T: Sendable>: Sendable {
    private let isFinished = Mutex(false)
    private let body: @Sendable (T) -> Void

    init(_ body: @escaping @Sendable (T) -> Void) { self.body = body }

    /// - Returns: Whether this was the first.
    @discardableResult
    func finish(_ value: T) -> Bool {
        let isFirst = isFinished.withLock { isFinished in
            defer { isFinished = true }
            return !isFinished
        }
        if isFirst { body(value) }
        return isFirst
    }
}

/// Holds the memory for the sequencer's thread, and for nobody else.
private final class MemoryBox: @unchecked Sendable {
    // Proof: made by `start`, handed to one thread, touched by that thread alone.
    var memory: Memory?
    init(_ memory: Memory) { self.memory = memory }

    func take() -> Memory {
        defer { memory = nil }
        return memory ?? Memory()
    }
}
