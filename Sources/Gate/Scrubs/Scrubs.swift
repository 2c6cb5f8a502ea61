import Documents
import Foundation
import GateModel

/// A scrub that was asked for over the interface.
public struct ScrubStatus: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// The file is being sent.
        case receiving
        /// It is being washed, or waits for its turn.
        case running
        case done, failed
    }

    public var id: String
    public var state: State
    public var purpose: String
    /// Whose it is; nobody else may see it.
    public var owner: String
    public var madeAt: Instant
    /// 0 to 1.
    public var progress: Double
    public var counts = ScrubCounts()
    /// Why it failed, and where in the file.
    public var problem: ScrubFault?

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("state", state.rawValue)
            json.member("purpose", purpose)
            json.member("made_at", madeAt.rfc3339)
            json.name("progress")
            // In whole thousandths, so that no rounding prints a long tail.
            let thousandths = Int(progress * 1000)
            json.raw(Array("\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())".utf8))
            counts.write(to: &json)
            json.member("problem", problem?.detail)
            if let problem {
                json.member("line", problem.line)
                json.member("column", problem.column)
            }
        }
    }
}

/// The scrubs of an instance: `DATA/scrubs/ID/{job.json, input, output, state.json}`.
public final class Scrubs: Sendable {
    private let folder: JobFolder

    init(data: String) { folder = JobFolder(data: data, name: "scrubs") }

    private func path(_ id: String, _ file: String) -> String { folder.path(id, file) }

    fileprivate func begin(_ request: ScrubRequest, by key: APIKey, at now: Instant) throws -> JobFolder.Intake {
        try folder.begin { id in
            try ScrubRecord(id: id, request: request, key: key, madeAt: now).write(to: path(id, "job.json"))
        }
    }

    /// Removes a scrub with its files; what runs is ended first. Blocks for as long as a block takes.
    func remove(_ id: String) { folder.remove(id) }

    // MARK: Washing

    fileprivate func start(_ record: ScrubRecord, in gate: Gate) {
        var record = record
        record.state = .running
        try? record.write(to: path(record.id, "job.json"))
        let run = ScrubRun(
            gate: gate, request: record.request, key: record.key, input: path(record.id, "input"),
            output: path(record.id, "output"), state: path(record.id, "state.json"), at: record.madeAt)
        let started = record
        folder.start(started.id) {
            gate.background.add("scrub") { [self] job in wash(started, run, job, gate) }
        }
    }

    private func wash(_ record: ScrubRecord, _ run: ScrubRun, _ job: BackgroundWork.Job, _ gate: Gate) {
        var record = record
        do {
            record.counts = try run.run(job).counts
            record.state = .done
        } catch  where job.isCancelled {
            // The gate stops, or the scrub is removed; what is on disk says that it goes on.
            return
        } catch {
            record.state = .failed
            record.problem = error as? ScrubFault ?? ScrubFault("the gate could not do it; send the file again")
            if !(error is ScrubFault) { gate.logger.error("a scrub failed: \(error)") }
            for file in ["output", "state.json"] { try? FileManager.default.removeItem(atPath: path(record.id, file)) }
        }
        // The numbers of the campaign are kept no longer than they are needed.
        try? FileManager.default.removeItem(atPath: path(record.id, "input"))
        try? record.write(to: path(record.id, "job.json"))
        folder.finish(record.id)
    }

    // MARK: Looking

    fileprivate func record(_ id: String) -> ScrubRecord? {
        JobFolder.isID(id) ? ScrubRecord(contentsOf: path(id, "job.json")) : nil
    }

    fileprivate func status(_ record: ScrubRecord) -> ScrubStatus {
        var status = ScrubStatus(
            id: record.id, state: record.state, purpose: record.request.fields["purpose"] ?? "",
            owner: record.key.owner,
            madeAt: record.madeAt, progress: record.state == .done ? 1 : 0, counts: record.counts,
            problem: record.problem)
        if record.state == .running {
            status.progress = folder.share(record.id) ?? 0
            status.counts = ScrubProgress(contentsOf: path(record.id, "state.json"))?.counts ?? ScrubCounts()
        }
        return status
    }

    fileprivate func resultPath(_ id: String) -> String { path(id, "output") }

    fileprivate var all: [ScrubRecord] { folder.ids.compactMap(record) }

    fileprivate func isKnown(_ id: String) -> Bool { folder.isKnown(id) }
}

extension Gate {
    /// Begins a scrub: feed the file, then ``finishScrub(_:)``.
    public func beginScrub(_ request: ScrubRequest, by key: APIKey) -> Result<JobFolder.Intake, GateError> {
        let configuration = configuration
        do throws(Faults) { _ = try ScrubCalls.template(request, [], configuration, by: key) } catch {
            return .failure(.invalid(error))
        }
        do { return .success(try scrubs.begin(request, by: key, at: now)) } catch {
            return .failure(.unavailable("the file cannot be kept: \(error)"))
        }
    }

    /// Puts a received file in the queue.
    public func finishScrub(_ intake: JobFolder.Intake) -> Result<ScrubStatus, GateError> {
        guard let record = scrubs.record(intake.id) else { return .failure(.unavailable("the file was not kept")) }
        scrubs.start(record, in: self)
        return .success(scrubs.status(scrubs.record(intake.id) ?? record))
    }

    /// Gives up a file that broke off; nothing is left of it.
    public func abandonScrub(_ intake: JobFolder.Intake) { scrubs.remove(intake.id) }

    /// A scrub of the key's owner.
    public func scrub(_ id: String, by key: APIKey) -> Result<ScrubStatus, GateError> {
        guard let record = scrubs.record(id), record.key.owner == key.owner else {
            return .failure(.notFound("there is no such scrub, or it was removed"))
        }
        return .success(scrubs.status(record))
    }

    /// The scrubs of the key's owner, the newest first.
    public func scrubs(by key: APIKey) -> [ScrubStatus] {
        scrubs.all.filter { $0.key.owner == key.owner }.map(scrubs.status).sorted { $0.madeAt > $1.madeAt }
    }

    /// Where the washed file lies.
    public func scrubResult(_ id: String, by key: APIKey) -> Result<String, GateError> {
        scrub(id, by: key).flatMap { status in
            guard status.state == .done else {
                return .failure(
                    .conflict(
                        code: "not-ready", detail: "the scrub is \(status.state.rawValue); its result is not there"))
            }
            return .success(scrubs.resultPath(id))
        }
    }

    /// Ends a scrub that runs and removes its files. Blocks.
    public func removeScrub(_ id: String, by key: APIKey) -> Result<Bool, GateError> {
        scrub(id, by: key).map { _ in
            scrubs.remove(id)
            return true
        }
    }

    /// Goes on with what an earlier process of the service left unfinished. For the service alone: at the command line it
    /// would take the service's work away from it.
    public func resumeScrubs() {
        for record in scrubs.all where !scrubs.isKnown(record.id) {
            switch record.state {
            case .running: scrubs.start(record, in: self)
            // The client has gone with the process; what it sent is not whole.
            case .receiving: scrubs.remove(record.id)
            case .done, .failed: break
            }
        }
    }

    /// Removes scrubs that are older than ``JobFolder/retention``. Blocks; called now and then.
    public func removeOldScrubs() {
        let oldest = now - JobFolder.retention
        for record in scrubs.all where record.madeAt < oldest && record.state != .running { scrubs.remove(record.id) }
    }
}

/// What is kept of a scrub on disk.
private struct ScrubRecord: Sendable {
    var id: String
    var request: ScrubRequest
    var key: APIKey
    var madeAt: Instant
    var state = ScrubStatus.State.receiving
    var counts = ScrubCounts()
    var problem: ScrubFault?

    init(id: String, request: ScrubRequest, key: APIKey, madeAt: Instant) {
        self.id = id
        self.request = request
        self.key = key
        self.madeAt = madeAt
    }

    init?(contentsOf path: String) {
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data)),
            node["version"]?.value == .number("1"), let id = node["id"]?.string,
            let madeAt = node["made_at"]?.string.flatMap({ Instant(rfc3339: $0) }),
            let state = node["state"]?.string.flatMap(ScrubStatus.State.init(rawValue:)),
            case .object(let fields)? = node["request"]?.value,
            let request = try? ScrubRequest(fields.map { (name: $0.name, value: $0.node.string ?? "") }),
            let key = node["key"]?.string, let owner = node["owner"]?.string, let counts = ScrubCounts(node)
        else { return nil }
        self.init(
            id: id, request: request,
            key: APIKey(
                id: key, role: .operations, name: key, owner: owner, vendors: node.strings("vendors"),
                legalEntities: node.strings("legal_entities"), permits: nil, hash: ""), madeAt: madeAt)
        (self.state, self.counts) = (state, counts)
        problem = node["problem"]?.string.map {
            ScrubFault($0, line: node.count("line"), column: node.count("column"))
        }
    }

    func write(to path: String) throws {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("id", id)
            json.member("state", state.rawValue)
            json.member("made_at", madeAt.rfc3339)
            json.member("key", key.id)
            json.member("owner", key.owner)
            json.member("vendors", key.vendors)
            json.member("legal_entities", key.legalEntities)
            json.name("request")
            json.object { json in for pair in request.pairs { json.member(pair.name, pair.value) } }
            counts.write(to: &json)
            json.member("problem", problem?.detail)
            json.member("line", problem?.line)
            json.member("column", problem?.column)
        }
        try PrivateFile.replace(path, with: json.bytes)
    }
}
