import Calendars
import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import RuleEngine
import Storage
import Tables
import Transparency

/// What was made of a report.
public struct ReportSummary: Sendable {
    /// The entry of the log that says so; it holds the hash of the manifest.
    public var entry: String
    public var manifestSHA256: String
    /// How many entries the named checkpoint has.
    public var size: Int64
    public var allowed: Int
    public var denied: Int
}

/// Makes a report of one stretch of the log, in one pass over it. Blocks. The same log and request give the same bytes.
///
/// ```
/// entries of the period → tables, counts → page → manifest with hashes and the checkpoint → an entry of the log
/// ```
struct ReportRun: Sendable {
    let gate: Gate
    let request: ReportRequest
    let key: APIKey
    /// Where the report goes; made by the run.
    let folder: String

    private static let portion = 500
    /// The file for people.
    static let page = "report.html"

    /// - Throws: ``ReportFault``, ``StorageError``.
    func run(_ job: BackgroundWork.Job) throws -> ReportSummary {
        let configuration = gate.configuration
        let zone = try zone(configuration)
        guard request.to <= gate.now else {
            throw ReportFault.request(at: "to", "`to` lies in the future; a report is of what has been")
        }
        let due = configuration.policy.snapshot.core.outcomeDue
        let span = try span(due: due)
        if let segment = try gate.store.read({ try $0.dropped(in: span.period) }).last {
            throw ReportFault.request(
                at: "from",
                "decisions of the period were dropped with segment \(segment.number); it cannot be reported any more")
        }
        let seal = try seal(covering: span.reports.upperBound - 1)
        let cosigned = try cosigned(covering: span.reports.upperBound - 1)
        let say = Wording(language: request.language)
        let tables = try ReportFolder(folder, hasMark: request.hasMark, say)
        var course = ReportCourse(
            gate: gate, request: request, zone: zone, say: say, due: due, span: span, tables: tables)
        var next = span.period.lowerBound
        while next < span.period.upperBound {
            if job.isCancelled { throw ReportFault.unavailable("interrupted; nothing was recorded") }
            let count = min(Int64(Self.portion), span.period.upperBound - next)
            try gate.store.read { reading in
                try course.take(try reading.entries(in: next..<next + count), reading)
            }
            next += count
            job.report(done: Int(next - span.period.lowerBound), of: span.period.count)
        }
        try course.finish()
        var files = try tables.close()
        files.insert(try tables.write(page(course, files, seal, cosigned, span, zone, say), as: Self.page), at: 0)
        files.append(try tables.write(seal.note.bytes, as: "checkpoint.txt"))
        if let cosigned { files.append(try tables.write(cosigned.bytes, as: "cosigned.txt")) }
        let manifest = manifest(files, seal, span, zone)
        let sha256 = try tables.write(manifest, as: "manifest.json").sha256
        let all = course.counts.all
        return ReportSummary(
            entry: try record(sha256, seal), manifestSHA256: sha256, size: seal.checkpoint.size, allowed: all.allowed,
            denied: all.denied)
    }

    // MARK: What is read

    /// The stretches of the log that a report rests on.
    struct Extent {
        var period: Range<Int64>
        /// Up to where outcomes count: what is reported within its time belongs to the period.
        var reports: Range<Int64>
        /// Whether that time has not ended, so that a later report may say more.
        var isProvisional: Bool
    }

    private func span(due: Span) throws -> Extent {
        let period = try gate.store.stretch(from: request.from, to: request.to)
        let isProvisional = gate.now < request.to + due
        let end = try gate.store.stretch(from: nil, to: min(request.to + due, gate.now)).upperBound
        return Extent(
            period: period, reports: period.lowerBound..<max(end, period.upperBound), isProvisional: isProvisional)
    }

    private func zone(_ configuration: Configuration) throws -> Zone {
        if let name = request.zone {
            do { return try gate.zones.zone(named: name) } catch {
                throw ReportFault.request(
                    at: "tz", "the time zone `\(name)` is not known; name one such as Asia/Shanghai")
            }
        }
        guard let zone = configuration.homeZone(defaultRegion: gate.options.defaultRegion) else {
            throw ReportFault.request(at: "tz", "the policy has several time zones; name the report's own")
        }
        return zone
    }

    // MARK: What it is bound to

    private func seal(covering size: Int64) throws -> (checkpoint: Checkpoint, note: SignedNote) {
        do {
            if let found = try gate.tree.files.firstCheckpoint(covering: size) { return found }
            try gate.tree.extend(isLast: true)
            if let found = try gate.tree.files.firstCheckpoint(covering: size) { return found }
        } catch {
            throw ReportFault.unavailable("the log is not signed: \(error)")
        }
        throw ReportFault.unavailable("the period is not signed yet; start the service, or try again in a second")
    }

    /// The first checkpoint that covers the same and that a witness cosigned; nil where none did by now.
    private func cosigned(covering size: Int64) throws -> SignedNote? {
        do { return try gate.tree.files.firstCheckpoint(covering: size, in: TreeFiles.cosigned)?.note } catch {
            throw ReportFault.unavailable("what witnesses cosigned cannot be read: \(error)")
        }
    }

    private func manifest(
        _ files: [ReportFile], _ seal: (checkpoint: Checkpoint, note: SignedNote), _ span: Extent, _ zone: Zone
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("from", request.from.rfc3339)
            json.member("to", request.to.rfc3339)
            json.member("tz", zone.name)
            json.member("tzdata", gate.zones.version)
            json.member("lang", request.language == .chinese ? "zh" : "en")
            json.member("provisional", span.isProvisional)
            json.name("entries")
            json.object { json in
                json.member("first", Int(span.period.lowerBound))
                json.member("last", Int(span.period.upperBound - 1))
                json.member("outcomes_to", Int(span.reports.upperBound - 1))
            }
            json.name("checkpoint")
            json.object { json in
                json.member("size", Int(seal.checkpoint.size))
                json.member("root", "\(seal.checkpoint.root)")
                json.member("text", "\(seal.note)")
            }
            json.name("files")
            json.array { json in
                for file in files {
                    json.object { json in
                        json.member("name", file.name)
                        json.member("sha256", file.sha256)
                        json.member("bytes", file.bytes)
                        if let rows = file.rows { json.member("rows", rows) }
                    }
                }
            }
        }
        return json.bytes + [10]
    }

    /// Records who made which report; the hash of its manifest stands in the log from then on.
    private func record(_ sha256: String, _ seal: (checkpoint: Checkpoint, note: SignedNote)) throws -> String {
        let (key, request) = (key, request)
        let result = gate.sequencer.submitBlocking { group -> Result<String, GateError> in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("owner", key.owner)
                json.member("from", request.from.rfc3339)
                json.member("to", request.to.rfc3339)
                json.member("size", Int(seal.checkpoint.size))
                json.member("root", "\(seal.checkpoint.root)")
                json.member("manifest_sha256", sha256)
            }
            try group.append(.report, id, actor: key.id, json: json.bytes, found: [])
            return .success(id.description)
        }
        switch result {
        case .success(let id): return id
        case .failure(let error): throw ReportFault.unavailable("the report cannot be recorded: \(error)")
        }
    }
}
