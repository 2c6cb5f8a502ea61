import Documents
import Foundation
import GateModel
import Ledger
import Storage
import Synchronization

/// When the retention last ran, and whether it waits or runs.
final class RetentionStanding: Sendable {
    struct State {
        var isUnderWay = false
        var last: (at: Instant, report: RetentionReport)?
        var isRead = false
    }

    let state = Mutex(State())
    let openedAt = ContinuousClock.now
}

extension LedgerKeys.Name {
    /// What the ends of runs are found by.
    fileprivate static let retention = LedgerKeys.Name.source(kind: "retention", source: "", reference: "")
}

extension Gate {
    /// Entries in one commit: decisions that come meanwhile wait for a few milliseconds.
    private static let portion = 200
    /// A start has other things to do.
    static let rest = Duration.seconds(600)

    /// When the retention last ran to its end, and what it did; nil for never.
    public func lastRetention() throws -> (at: Instant, report: RetentionReport)? {
        if retention.state.withLock({ $0.isRead }) { return retention.state.withLock { $0.last } }
        let last = try store.read { reading in try reading.entries(by: keyFile.ledger.key(.retention)).last }
        return try retention.state.withLock { state in
            state.isRead = true
            if let last { state.last = try Gate.end(last) }
            return state.last
        }
    }

    /// Adds a run to the background work where a day has passed since the last one. Blocks for a moment; called about once
    /// a minute.
    public func runRetentionIfDue() { runRetentionIfDue(afterRest: Gate.rest) }

    func runRetentionIfDue(afterRest rest: Duration) {
        guard ContinuousClock.now - retention.openedAt >= rest, (try? isRetentionDue()) == true else { return }
        let isFree = retention.state.withLock { state in
            defer { state.isUnderWay = true }
            return !state.isUnderWay
        }
        guard isFree else { return }
        background.add("retention") { [self] job in
            defer { retention.state.withLock { $0.isUnderWay = false } }
            do {
                let report = try runRetention(by: APIKey.commandLine(owner: "gate"), actor: "gate", job: job)
                if report.removed.entries > 0 { logger.info("retention removed \(report.removed.entries) entries") }
            } catch {
                logger.error("the retention stopped and goes on tomorrow: \(error)")
            }
        }
    }

    /// A new log is a day old before its first run.
    func isRetentionDue() throws -> Bool {
        let last: Instant
        if let run = try lastRetention() {
            last = run.at
        } else {
            guard let first = try store.read({ try $0.entries(after: 0, limit: 1).first }) else { return false }
            last = try EntryCore(bytes: first.core).at
        }
        return now - last >= .days(1)
    }

    /// Removes what is older than the policy keeps it. Blocks; a run that ends early leaves the rest to the next.
    ///
    /// The age is counted from the log's last entry: a clock that runs ahead, and under which nothing was recorded, removes
    /// nothing.
    ///
    /// - Parameters:
    ///   - isDryRun: Whether it only counts.
    ///   - actor: As the log names it; nil for the key's id.
    public func runRetention(
        isDryRun: Bool = false, by key: APIKey, actor: String? = nil, job: BackgroundWork.Job? = nil
    ) throws -> RetentionReport {
        let actor = RetentionActor(id: actor ?? key.id, owner: key.owner)
        let (head, clock) = try store.read { reading in
            let head = try reading.head()
            return (head, try reading.entry(head).map { try EntryCore(bytes: $0.core).at } ?? .distantPast)
        }
        let reached =
            try store.read { reading in try reading.entries(by: keyFile.ledger.key(.retention)).last }
            .flatMap { try JSONParser.parse(EntryCore(bytes: $0.core).body)["reached"]?.integer } ?? 0
        var report = RetentionReport()
        var frequentEnd = Int64(reached)
        for part in RetentionClass.allCases {
            guard let end = configuration.policy.retentionEnd(of: part.records, at: clock) else { continue }
            let last = try store.read { min(try $0.sequences(notBefore: [end])[0] - 1, head) }
            for kind in part.kinds {
                var from = kind.isFrequent ? Int64(reached) : 0
                if kind.isFrequent { frequentEnd = max(frequentEnd, last) }
                while job?.isCancelled != true {
                    let portion = try store.read { reading in
                        try reading.removable(kind, after: from, through: last, limit: Gate.portion).map(\.sequence)
                    }
                    guard let next = portion.last else { break }
                    let counted = isDryRun ? report.counted : nil
                    let done = sequencer.submitBlocking {
                        .success(try $0.expire(portion, before: end, dryRun: counted, by: actor))
                    }
                    report.add(try done.get())
                    from = next
                }
            }
        }
        guard !isDryRun, job?.isCancelled != true else { return report }
        try finish(report, reached: min(frequentEnd, (report.firstHeld ?? .max) - 1), by: actor)
        while try !store.expunge() && job?.isCancelled != true { usleep(50_000) }
        return report
    }

    private func finish(_ report: RetentionReport, reached: Int64, by actor: RetentionActor) throws {
        let key = keyFile.ledger.key(.retention)
        let at = sequencer.submitBlocking { group -> Result<Instant, GateError> in
            var json = JSONWriter()
            json.object { json in
                json.member("owner", actor.owner)
                json.name("run")
                json.object { report.write(to: &$0) }
                json.member("reached", Int(reached))
            }
            try group.append(.retention, group.nextID(), actor: actor.id, json: json.bytes, found: [key])
            return .success(group.now)
        }
        let end = try at.get()
        metrics.count(report)
        retention.state.withLock { $0.last = (end, report) }
    }

    /// What the end of a run says.
    private static func end(_ entry: StoredEntry) throws -> (at: Instant, report: RetentionReport) {
        let core = try EntryCore(bytes: entry.core)
        let run = try JSONParser.parse(core.body)["run"] ?? Node(.null)
        var report = RetentionReport()
        report.removed = RemovalCounts(run)
        (report.standing, report.held) = (run["standing"]?.integer ?? 0, run["held"]?.integer ?? 0)
        return (core.at, report)
    }
}
