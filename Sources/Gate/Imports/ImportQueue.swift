import Foundation
import GateModel
import Ledger
import Synchronization

/// The imports that this process works on. Refusals wait for nobody's long file: they have a thread of their own.
final class ImportQueue: Sendable {
    private struct State {
        var isCancelled = false
        var waiting: Set<EntryID> = []
        var jobs: [BackgroundWork.Job] = []
        /// Over, so that nobody looks at them again.
        var over: Set<EntryID> = []
    }

    let folder: ImportFolder
    private let state = Mutex(State())
    private let background: BackgroundWork
    private let refusals = BackgroundWork()
    private let aside = DispatchGroup()

    init(data: String, background: BackgroundWork) {
        folder = ImportFolder(data: data)
        self.background = background
    }

    func start() { refusals.start() }

    /// Whether work under way is to come to the end of its group, and no further.
    var isCancelled: Bool { state.withLock(\.isCancelled) }

    func cancel() { state.withLock { $0.isCancelled = true } }

    /// Returns when nothing is worked on any more. Blocks.
    func stop() {
        cancel()
        refusals.stop()
        aside.wait()
    }

    /// Works on an import once those before it are done; one that waits already is left as it is.
    func enqueue(_ status: ImportStatus, _ work: @escaping @Sendable () -> Void) {
        let id = status.id
        guard state.withLock({ $0.waiting.insert(id).inserted }) else { return }
        let lane = status.order.kind == .optOuts ? refusals : background
        let job = lane.add("import \(id)") { _ in
            self.state.withLock { _ = $0.waiting.remove(id) }
            work()
        }
        state.withLock { state in
            state.jobs.removeAll { $0.state == .ended }
            state.jobs.append(job)
        }
    }

    /// Does blocking work on a thread that neither decides nor answers.
    func aside<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withUnsafeContinuation { continuation in
            DispatchQueue.global(qos: .utility).async(group: aside) { continuation.resume(returning: work()) }
        }
    }

    /// The imports of the folder that may still have to be worked on.
    func unfinished() -> [ImportStatus] {
        let over = state.withLock(\.over)
        let found = folder.ids().filter { !over.contains($0) }.compactMap { folder.find($0) }
        let ended = found.filter(\.isOver).map(\.id)
        if !ended.isEmpty { state.withLock { $0.over.formUnion(ended) } }
        return found.filter { !$0.isOver }
    }

    /// Waits until nothing is worked on. Blocks.
    func settle() {
        for job in state.withLock(\.jobs) { job.wait() }
        aside.wait()
    }
}
