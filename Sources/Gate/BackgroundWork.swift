import Foundation
import Synchronization

/// Long work that may wait: one plain thread of low priority does it, one piece after another, beside the deciding.
///
/// Work that must survive a restart keeps what it needs on disk and is added again at the next start: a stop lets go of
/// what waits, and asks what runs to end soon.
public final class BackgroundWork: Sendable {
    /// One piece of work, as its owner and whoever waits for it see it. May be asked from any thread.
    public final class Job: Sendable {
        public enum State: Sendable, Hashable {
            case waiting, running, ended
        }

        /// How far a job has come, in units of its own; a total of 0 is not known yet.
        public struct Progress: Sendable, Hashable {
            public var done = 0
            public var total = 0

            /// 0 to 1; nil while the total is not known.
            public var share: Double? { total > 0 ? min(1, Double(done) / Double(total)) : nil }
        }

        private struct Standing {
            var state = State.waiting
            var progress = Progress()
        }

        private let standing = Mutex(Standing())
        private let cancelled = Atomic(false)
        private let hasEnded = DispatchSemaphore(value: 0)

        /// What it is, for the log; no name of a person or file.
        public let name: String

        init(_ name: String) { self.name = name }

        public var state: State { standing.withLock { $0.state } }
        public var progress: Progress { standing.withLock { $0.progress } }

        /// Whether the job is asked to end early. Work looks at this at least a few times a second.
        public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

        /// Asks the job to end early; one that still waits never begins.
        public func cancel() { cancelled.store(true, ordering: .relaxed) }

        /// Told by the work.
        public func report(done: Int, of total: Int) {
            standing.withLock { $0.progress = Progress(done: done, total: total) }
        }

        /// Returns when the job has ended, or was let go of. Blocks.
        public func wait() {
            hasEnded.wait()
            hasEnded.signal()
        }

        fileprivate func begin() { standing.withLock { $0.state = .running } }

        fileprivate func end() {
            standing.withLock { $0.state = .ended }
            hasEnded.signal()
        }
    }

    private struct Queue {
        var waiting: [(job: Job, body: @Sendable (Job) -> Void)] = []
        var running: Job?
        var isStarted = false
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let hasStopped = DispatchSemaphore(value: 0)

    public init() {}

    /// Starts the thread; a second call does nothing.
    public func start() {
        let isFirst = queue.withLock { queue in
            defer { queue.isStarted = true }
            return !queue.isStarted
        }
        guard isFirst else { return }
        let thread = Thread { self.run() }
        thread.name = "background"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Adds a piece of work behind those that wait. One added before ``start()`` waits for it, one added after ``stop()``
    /// ends without having begun.
    ///
    /// - Parameters:
    ///   - name: What it is, for the log.
    ///   - body: Does the work and tells what became of it in its own way. It may start threads of its own, which have the
    ///     same low priority.
    @discardableResult
    public func add(_ name: String, _ body: @escaping @Sendable (Job) -> Void) -> Job {
        let job = Job(name)
        let wasTaken = queue.withLock { queue in
            guard !queue.isStopped else { return false }
            queue.waiting.append((job, body))
            return true
        }
        if wasTaken {
            wakeUp.signal()
        } else {
            job.cancel()
            job.end()
        }
        return job
    }

    /// Lets go of what waits, asks what runs to end, and returns when it has. Blocks.
    public func stop() {
        let (dropped, isStarted) = queue.withLock { queue in
            defer { queue.waiting = [] }
            queue.isStopped = true
            queue.running?.cancel()
            return (queue.waiting, queue.isStarted)
        }
        for (job, _) in dropped {
            job.cancel()
            job.end()
        }
        guard isStarted else { return }
        wakeUp.signal()
        hasStopped.wait()
        hasStopped.signal()
    }

    private func run() {
        // Source: setpriority(2), which on Linux sets the niceness of one thread, and of the threads that it starts. A host
        // that does not allow it loses nothing but the order of precedence.
        _ = setpriority(.init(PRIO_PROCESS.rawValue), 0, 10)
        while true {
            wakeUp.wait()
            let (next, isStopped) = queue.withLock { queue in
                let next = queue.waiting.isEmpty ? nil : queue.waiting.removeFirst()
                queue.running = next?.job
                return (next, queue.isStopped)
            }
            if let (job, body) = next {
                if !job.isCancelled {
                    job.begin()
                    body(job)
                }
                job.end()
                queue.withLock { $0.running = nil }
            }
            if isStopped || queue.withLock({ $0.isStopped }) {
                hasStopped.signal()
                return
            }
        }
    }
}
