import NIOCore

/// Runs the tasks of requests on the event loops themselves, in turn: an answer that a group sets free wakes its loop
/// once and not a thread for each request.
///
/// What blocks must not run here: storage is read, and files are taken in, on queues of their own.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}
