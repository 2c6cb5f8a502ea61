import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import RuleEngine
import Storage

/// Washes one campaign file: every row with its verdict, in order. Reserves nothing and records no decision; that the file
/// was looked at is recorded. Blocks.
///
/// ```
/// file → blocks of rows → { one view of the store → gather → evaluate } on each worker → output, in order
/// ```
struct ScrubRun: Sendable {
    let gate: Gate
    let request: ScrubRequest
    let key: APIKey
    let input: String
    /// Where the output grows. It is the caller's to give it its name.
    let output: String
    /// Where ``ScrubProgress`` is kept.
    let state: String
    /// At which the calls are judged; counts where nothing is kept.
    let at: Instant
    var rowsInBlock = ScrubReader.rowsInBlock
    /// Syncing the output for each block would take longer than the block.
    var blocksBetweenStates = 16
    /// Called before each block is judged; what a test puts between.
    var beforeBlock: @Sendable (Int) throws -> Void = { _ in }

    /// One core for each, and two leave the sequencer most of a larger machine.
    static let workers = 2

    /// - Returns: How it went, once the output is whole and durable.
    /// - Throws: ``ScrubFault`` for a file that cannot be washed; ``ScrubStoppage`` or ``StorageError`` where the same scrub
    ///   may go on later.
    func run(_ job: BackgroundWork.Job) throws -> ScrubProgress {
        let configuration = gate.configuration
        let (sha256, bytes) = try digest(job)
        var progress = ScrubProgress(
            sha256: sha256, bytes: bytes, request: request, at: request.at ?? at,
            policy: configuration.policy.snapshot.id,
            lists: configuration.listsID)
        let file = try PrivateFile.open(output)
        // At once, and not when the last thread lets go of it: whoever comes next must find it unlocked.
        defer { try? file.close() }
        if let earlier = ScrubProgress(contentsOf: state), progress.continues(earlier),
            try file.seekToEnd() >= earlier.output
        {
            progress = earlier
        }
        let numbers = configuration.policy.numbers
        let template: ScrubCalls.Template
        do throws(Faults) { template = try ScrubCalls.template(request, [], configuration, by: key) } catch {
            throw ScrubFault(error.all.first.map { "\($0.pointer.dropFirst()) \($0.detail)" } ?? "\(error)")
        }
        let reader = try ScrubReader(input, request, rows: rowsInBlock, skipping: progress.records) {
            numbers.read($0, region: template.region).e164
        }
        try record(progress, "scrub begun")
        try file.truncate(atOffset: UInt64(progress.output))
        try file.seekToEnd()
        let line = ScrubLine(file: file, progress: progress, run: self, job: job)
        let at = progress.at
        progress = try line.work(reader) { form in
            ScrubJudge(
                configuration: configuration, catalog: gate.catalog, ledger: gate.keyFile.ledger, store: gate.store,
                at: at, form: form, calls: ScrubCalls(request, form.columns, configuration, by: key),
                registry: gate.registryAndHead)
        }
        try record(progress, "scrub done")
        return progress
    }

    private func digest(_ job: BackgroundWork.Job) throws -> (sha256: String, bytes: Int) {
        guard let handle = FileHandle(forReadingAtPath: input) else { throw ScrubFault("the file cannot be read") }
        var hash = SHA256()
        var bytes = 0
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            if job.isCancelled { throw ScrubStoppage.cancelled }
            hash.update(data: data)
            bytes += data.count
        }
        return (hexadecimal(hash.finalize()), bytes)
    }

    /// Records who washed which file, and for what: a scrub tells of many persons at once.
    private func record(_ progress: ScrubProgress, _ reason: String) throws {
        let (key, found) = (
            key, gate.keyFile.ledger.key(.source(kind: "scrub", source: progress.sha256, reference: ""))
        )
        let result = gate.sequencer.submitBlocking { group -> Result<Bool, GateError> in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("what", "scrub")
                json.member("reason", reason)
                json.member("owner", key.owner)
                json.member("purpose", progress.request.fields["purpose"])
                json.member("sha256", progress.sha256)
                json.member("bytes", progress.bytes)
                json.member("rows", progress.counts.rows)
                json.member("at", progress.at.rfc3339)
                json.member("policy", progress.policy)
                json.member("lists", progress.lists)
            }
            try group.append(.access, id, actor: key.id, json: json.bytes, found: [found])
            return .success(true)
        }
        if case .failure(let error) = result { throw ScrubStoppage("the scrub cannot be recorded: \(error)") }
    }
}

/// Hands out blocks to the workers and writes what comes of them in order.
private final class ScrubLine: @unchecked Sendable {
    // Proof: whatever changes is touched only while `condition` is held.
    private let condition = NSCondition()
    private let file: FileHandle
    private let run: ScrubRun
    private let job: BackgroundWork.Job
    private var progress: ScrubProgress
    private var waiting: [ScrubBlock] = []
    /// The number of the block that is written next.
    private var next = 0
    private var sinceState = 0
    private var isRead = false
    private var failure: (any Error)?

    init(file: FileHandle, progress: ScrubProgress, run: ScrubRun, job: BackgroundWork.Job) {
        self.file = file
        self.progress = progress
        self.run = run
        self.job = job
    }

    /// Washes to the end of the file: this thread reads, the workers judge and write.
    ///
    /// - Throws: The first failure, after what was written before it is recorded.
    func work(_ reader: ScrubReader, _ judge: (ScrubForm) -> ScrubJudge) throws -> ScrubProgress {
        let hasEnded = DispatchSemaphore(value: 0)
        var workers = 0
        do {
            try reader.read { block, form in
                while workers < ScrubRun.workers {
                    workers += 1
                    let box = JudgeBox(judge(form))
                    let thread = Thread {
                        self.work(box)
                        hasEnded.signal()
                    }
                    thread.name = "scrub \(workers)"
                    thread.stackSize = 4 << 20
                    thread.start()
                }
                try add(block)
            }
        } catch {
            fail(error)
        }
        locked {
            isRead = true
            condition.broadcast()
        }
        for _ in 0..<workers { hasEnded.wait() }
        return try locked {
            if !(failure is ScrubFault) { try keep() }
            if let failure { throw failure }
            return progress
        }
    }

    private func locked<T>(_ body: () throws -> T) rethrows -> T {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    private func fail(_ error: any Error) {
        locked {
            // What is written is whole blocks, so it may be gone on from whatever failed.
            if failure == nil { failure = error }
            condition.broadcast()
        }
    }

    private func work(_ box: JudgeBox) {
        do {
            while let block = take() {
                try run.beforeBlock(block.number)
                try write(try box.judge.judge(block))
            }
        } catch {
            fail(error)
        }
    }

    /// Waits while enough blocks are in hand, so that memory does not grow with the file.
    private func add(_ block: ScrubBlock) throws {
        try locked {
            while waiting.count >= ScrubRun.workers, failure == nil { condition.wait() }
            if let failure { throw failure }
            if job.isCancelled { throw ScrubStoppage.cancelled }
            waiting.append(block)
            condition.broadcast()
        }
    }

    private func take() -> ScrubBlock? {
        locked {
            while waiting.isEmpty, !isRead, failure == nil { condition.wait() }
            if failure != nil || waiting.isEmpty { return nil }
            defer { condition.broadcast() }
            return waiting.removeFirst()
        }
    }

    private func write(_ judged: JudgedBlock) throws {
        try locked {
            while judged.number != next, failure == nil { condition.wait() }
            if judged.number != next { return }
            try file.write(contentsOf: Data(judged.bytes))
            progress.output += judged.bytes.count
            progress.records = judged.recordsRead
            progress.counts.add(judged.counts)
            next += 1
            sinceState += 1
            if sinceState >= run.blocksBetweenStates { try keep() }
            job.report(done: judged.bytesRead, of: progress.bytes)
            condition.broadcast()
        }
    }

    /// Makes the output durable, then records how far it counts.
    private func keep() throws {
        sinceState = 0
        guard fsync(file.fileDescriptor) == 0 else {
            throw ScrubStoppage("the output cannot be written: \(PrivateFile.message(errno))")
        }
        try progress.write(to: run.state)
    }
}

/// One worker's own judge.
private final class JudgeBox: @unchecked Sendable {
    // Proof: made for one thread, handed to it, touched by it alone.
    var judge: ScrubJudge
    init(_ judge: ScrubJudge) { self.judge = judge }
}
