import Documents
import Foundation
import GateModel

/// A reconciliation that was asked for over the interface.
public struct ReconciliationStatus: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// The file is being sent.
        case receiving
        /// It is being compared, or waits for its turn.
        case running
        case done, failed
    }

    public var id: String
    public var state: State
    public var madeAt: Instant
    /// 0 to 1.
    public var progress: Double
    /// Where it is done.
    public var summary: ReconciliationSummary?
    /// Why it failed: each fault with its line and column.
    public var problems: [String]

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("state", state.rawValue)
            json.member("made_at", madeAt.rfc3339)
            json.name("progress")
            // In whole thousandths, so that no rounding prints a long tail.
            let thousandths = Int(progress * 1000)
            json.raw(Array("\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())".utf8))
            summary?.write(to: &json)
            json.member("problems", problems)
        }
    }
}

/// The reconciliations of an instance: `DATA/reconciliations/ID/{job.json, input, output}`.
final class Reconciliations: Sendable {
    private let folder: JobFolder

    init(data: String) { folder = JobFolder(data: data, name: "reconciliations") }

    fileprivate func begin(
        _ request: ReconciliationRequest, by key: APIKey, at now: Instant
    ) throws -> JobFolder.Intake {
        try folder.begin { id in
            try ReconciliationRecord(id: id, request: request, key: key.id, owner: key.owner, madeAt: now)
                .write(to: folder.path(id, "job.json"))
        }
    }

    fileprivate func remove(_ id: String) { folder.remove(id) }

    fileprivate func start(_ record: ReconciliationRecord, in gate: Gate) {
        var record = record
        record.state = .running
        let started = record
        try? started.write(to: folder.path(started.id, "job.json"))
        let run = ReconciliationRun(
            gate: gate, request: started.request, key: started.actor, input: folder.path(started.id, "input"),
            output: folder.path(started.id, "output"))
        folder.start(started.id) {
            gate.background.add("reconciliation") { [self] job in work(started, run, job, gate) }
        }
    }

    private func work(
        _ record: ReconciliationRecord, _ run: ReconciliationRun, _ job: BackgroundWork.Job, _ gate: Gate
    ) {
        var record = record
        do {
            record.summary = try run.run(job)
            record.state = .done
        } catch  where job.isCancelled {
            // The gate stops, or the job is removed; with the next start it begins anew.
            return
        } catch {
            record.state = .failed
            if let file = error as? UnreadableFile {
                record.problems = file.faults.map(\.text)
            } else {
                record.problems = ["the gate could not do it; send the file again"]
                gate.logger.error("a reconciliation failed: \(error)")
            }
            try? FileManager.default.removeItem(atPath: folder.path(record.id, "output"))
        }
        // The records are kept no longer than they are needed.
        try? FileManager.default.removeItem(atPath: folder.path(record.id, "input"))
        try? record.write(to: folder.path(record.id, "job.json"))
        folder.finish(record.id)
    }

    fileprivate func record(_ id: String) -> ReconciliationRecord? {
        JobFolder.isID(id) ? ReconciliationRecord(contentsOf: folder.path(id, "job.json")) : nil
    }

    fileprivate func status(_ record: ReconciliationRecord) -> ReconciliationStatus {
        ReconciliationStatus(
            id: record.id, state: record.state, madeAt: record.madeAt,
            progress: record.state == .done ? 1 : folder.share(record.id) ?? 0, summary: record.summary,
            problems: record.problems)
    }

    fileprivate func resultPath(_ id: String) -> String { folder.path(id, "output") }
    fileprivate var all: [ReconciliationRecord] { folder.ids.compactMap(record) }
    fileprivate func isKnown(_ id: String) -> Bool { folder.isKnown(id) }
}

extension Gate {
    /// Begins a reconciliation: feed the file, then ``finishReconciliation(_:)``.
    public func beginReconciliation(
        _ request: ReconciliationRequest, by key: APIKey
    ) -> Result<JobFolder.Intake, GateError> {
        do { return .success(try reconciliations.begin(request, by: key, at: now)) } catch {
            return .failure(.unavailable("the file cannot be kept: \(error)"))
        }
    }

    /// Puts a received file in the queue.
    public func finishReconciliation(_ intake: JobFolder.Intake) -> Result<ReconciliationStatus, GateError> {
        guard let record = reconciliations.record(intake.id) else {
            return .failure(.unavailable("the file was not kept"))
        }
        reconciliations.start(record, in: self)
        return reconciliation(intake.id)
    }

    /// Gives up a file that broke off, or ends a reconciliation, and removes its files. Blocks.
    public func removeReconciliation(_ id: String) -> Result<Bool, GateError> {
        reconciliation(id).map { _ in
            reconciliations.remove(id)
            return true
        }
    }

    /// Those that are kept, the newest first.
    public func allReconciliations() -> [ReconciliationStatus] {
        reconciliations.all.map(reconciliations.status).sorted { $0.madeAt > $1.madeAt }
    }

    public func reconciliation(_ id: String) -> Result<ReconciliationStatus, GateError> {
        guard let record = reconciliations.record(id) else {
            return .failure(.notFound("there is no such reconciliation, or it was removed"))
        }
        return .success(reconciliations.status(record))
    }

    /// Where the findings lie.
    public func reconciliationResult(_ id: String) -> Result<String, GateError> {
        reconciliation(id).flatMap { status in
            guard status.state == .done else {
                return .failure(
                    .conflict(
                        code: "not-ready",
                        detail: "the reconciliation is \(status.state.rawValue); its result is not there"))
            }
            return .success(reconciliations.resultPath(id))
        }
    }

    /// Begins anew what an earlier process of the service left unfinished. For the service alone.
    public func resumeReconciliations() {
        for record in reconciliations.all where !reconciliations.isKnown(record.id) {
            switch record.state {
            case .running: reconciliations.start(record, in: self)
            // The client has gone with the process; what it sent is not whole.
            case .receiving: reconciliations.remove(record.id)
            case .done, .failed: break
            }
        }
    }

    /// Removes those that are older than ``JobFolder/retention``. Blocks; called now and then.
    public func removeOldReconciliations() {
        let oldest = now - JobFolder.retention
        for record in reconciliations.all where record.madeAt < oldest && record.state != .running {
            reconciliations.remove(record.id)
        }
    }
}

/// What is kept of a reconciliation on disk.
private struct ReconciliationRecord: Sendable {
    var id: String
    var request: ReconciliationRequest
    var key: String
    var owner: String
    var madeAt: Instant
    var state = ReconciliationStatus.State.receiving
    var summary: ReconciliationSummary?
    var problems: [String] = []

    init(id: String, request: ReconciliationRequest, key: String, owner: String, madeAt: Instant) {
        (self.id, self.request, self.key, self.owner, self.madeAt) = (id, request, key, owner, madeAt)
    }

    var actor: APIKey {
        APIKey(
            id: key, role: .compliance, name: key, owner: owner, vendors: [], legalEntities: [], permits: nil, hash: "")
    }

    init?(contentsOf path: String) {
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data)),
            node["version"]?.value == .number("1"), let id = node["id"]?.string,
            let madeAt = node["made_at"]?.string.flatMap({ Instant(rfc3339: $0) }),
            let state = node["state"]?.string.flatMap(ReconciliationStatus.State.init(rawValue:)),
            case .object(let fields)? = node["request"]?.value,
            let request = try? ReconciliationRequest(fields.map { (name: $0.name, value: $0.node.string ?? "") }),
            let key = node["key"]?.string, let owner = node["owner"]?.string
        else { return nil }
        self.init(id: id, request: request, key: key, owner: owner, madeAt: madeAt)
        self.state = state
        summary = node["summary"].flatMap(ReconciliationSummary.init)
        problems = node.strings("problems")
    }

    func write(to path: String) throws {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("id", id)
            json.member("state", state.rawValue)
            json.member("made_at", madeAt.rfc3339)
            json.member("key", key)
            json.member("owner", owner)
            json.name("request")
            json.object { json in for pair in request.pairs { json.member(pair.name, pair.value) } }
            if let summary {
                json.name("summary")
                json.object { summary.write(to: &$0) }
            }
            json.member("problems", problems)
        }
        try PrivateFile.replace(path, with: json.bytes)
    }
}
