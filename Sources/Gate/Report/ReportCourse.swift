import Calendars
import Documents
import GateModel
import Ledger
import RuleEngine
import Storage
import Tables

/// One pass over the entries of a report. Belongs to one thread.
struct ReportCourse {
    let gate: Gate
    let request: ReportRequest
    let zone: Zone
    let say: Wording
    let due: Span
    let span: ReportRun.Extent
    let tables: ReportFolder
    private(set) var counts = ReportCounts()
    /// Known when the course is finished.
    private(set) var overdueComplaints = 0
    private(set) var refusals = RefusalDelays()
    /// Decisions about persons of whom only the verifiable part is left.
    private(set) var erased = 0
    private var changes: ReportChanges
    private var accesses: [AccessKey: Access] = [:]
    /// Policy, rule and detail → what is told of it.
    private var known: [String: (message: String, citation: String)] = [:]

    private struct AccessKey: Hashable {
        var owner: String
        var what: String
        var reason: String
    }

    private struct Access {
        var times = 0
        var first: Instant
        var last: Instant
    }

    /// Reasons are free text; so many different ones are counted, further ones together.
    private static let mostReasons = 5000

    init(
        gate: Gate, request: ReportRequest, zone: Zone, say: Wording, due: Span,
        span: ReportRun.Extent, tables: ReportFolder
    ) {
        (self.gate, self.request, self.zone, self.say, self.due) = (gate, request, zone, say, due)
        (self.span, self.tables) = (span, tables)
        changes = ReportChanges(gate.registry, zone, say)
    }

    /// Takes in the next entries, read in one view.
    mutating func take(_ entries: [StoredEntry], _ reading: any StoreReading) throws {
        let about = try mentions(of: entries, reading)
        for entry in entries {
            switch entry.kind {
            case .allow, .deny: try decision(entry, entry.keys.first.flatMap { about[$0] } ?? [], reading)
            case .optOut: try refusal(entry, entry.keys.first.flatMap { about[$0] } ?? [])
            case .access: try access(EntryCore(bytes: entry.core), entry)
            case .reconciliation: try reconciliation(EntryCore(bytes: entry.core))
            // Facts about persons: many, and no change of what is registered.
            case .outcome, .consent, .consentWithdrawal, .relationship, .appointment, .importedAttempt, .listRecord,
                .listEntry, .complaint, .complaintStep:
                break
            default:
                if let row = try changes.row(entry, EntryCore(bytes: entry.core), reading) {
                    try tables.write(row, to: .changes)
                }
            }
        }
    }

    /// What the log has under the numbers of allows and refusals, up to where outcomes count.
    private func mentions(
        of entries: [StoredEntry], _ reading: any StoreReading
    ) throws -> [LookupKey: [StoredEntry]] {
        let keys = Set(
            entries.filter { $0.kind == .allow || $0.kind == .optOut }.compactMap(\.keys.first)
        ).sorted()
        let end = span.reports.upperBound
        return Dictionary(
            uniqueKeysWithValues: zip(keys, try reading.entries(by: keys).map { $0.filter { $0.sequence < end } }))
    }

    // MARK: Decisions

    private mutating func decision(_ entry: StoredEntry, _ others: [StoredEntry], _ reading: any StoreReading) throws {
        let record = try DecisionRecord(try EntryCore(bytes: entry.core), personal: nil)
        var row = CallRow(record: record, reports: [], messages: [])
        if let shown = entry.shown { (row.mask, row.agent) = (shown.mask, shown.agent) } else { erased += 1 }
        var told: [(message: String, citation: String)] = []
        if entry.kind == .allow {
            var attempt = AttemptRecord(record, number: entry.keys.first)
            for other in others where other.kind == .outcome && other.sequence > entry.sequence {
                let report = try OutcomeRecord(try EntryCore(bytes: other.core), personal: nil)
                guard report.decision == record.id else { continue }
                attempt.reports.append(report)
                if let agent = other.shown?.agent { row.agent = agent }
            }
            row.reports = attempt.reports
            if attempt.isOpen {
                let end = request.to + due
                row.outcome = record.at + due <= min(end, gate.now) ? "unreported" : "open"
            } else {
                row.outcome = attempt.counted?.outcome ?? attempt.reports.last { $0.outcome != nil }?.outcome
            }
        } else {
            told = record.judgement.reasons.map { words(of: $0, record, reading) }
            row.messages = told.map(\.message)
        }
        counts.add(record, outcome: row.outcome, in: zone, told: told)
        try tables.write(row.cells(in: zone, say), to: .calls)
    }

    private mutating func words(
        of reason: Reason, _ record: DecisionRecord, _ reading: any StoreReading
    ) -> (message: String, citation: String) {
        let name = "\(record.snapshot)|\(reason.rule)|\(reason.detail ?? "")"
        if let found = known[name] { return found }
        var found = (message: "", citation: "")
        if let names = gate.snapshotNames(record.snapshot, in: reading),
            let rule = gate.policy(names.policy, in: reading).rule(reason.rule)
        {
            let text = rule.message(for: reason.detail)
            found = (say(text.english, text.chinese), rule.citation)
        }
        known[name] = found
        return found
    }

    // MARK: Refusals

    private mutating func refusal(_ entry: StoredEntry, _ others: [StoredEntry]) throws {
        let core = try EntryCore(bytes: entry.core)
        var body = CBORReader(core.body)
        let optOut = try body.optOut()
        let batch = Origin(core)?.batch
        let delay = max(0, (core.at - optOut.at).milliseconds)
        // A file tells of refusals that others took; its delay is not the gate's.
        if batch == nil { refusals.add(delay) }
        let next = others.first { $0.sequence > entry.sequence && ($0.kind == .allow || $0.kind == .deny) }
        let seen = try next.map { try EntryCore(bytes: $0.core) }
        try tables.write(
            [
                .text(core.id.description), .text(entry.shown?.mask), .text(optOut.at.rfc3339),
                .text(optOut.at.local(in: zone)), .text(core.at.rfc3339), .text(core.at.local(in: zone)),
                .count(Int(delay)), .text(optOut.purposes.words.map { say.word(.purpose, $0) }.joined(separator: " ")),
                .text(say.word(.strength, optOut.strength.rawValue)), .text(optOut.source), .text(batch),
                .text(seen?.id.description),
                .text(seen.map { $0.kind == .allow ? say("allowed", "允许外呼") : say("denied", "禁止外呼") }),
                .text(seen?.at.rfc3339),
            ], to: .refusals)
    }

    // MARK: Access, comparisons

    private mutating func access(_ core: EntryCore, _ entry: StoredEntry) throws {
        let body = try? JSONParser.parse(core.body)
        let (owner, reason) = (body?["owner"]?.string ?? changes.person(core.actor), body?["reason"]?.string ?? "")
        let what = body?["what"]?.string.map { say.word(.access, $0) } ?? ""
        try tables.write(
            [
                .text(core.at.rfc3339), .text(core.at.local(in: zone)), .text(owner), .text(core.actor), .text(what),
                .text(reason), .text(entry.keys.first?.text),
            ], to: .access)
        var name = AccessKey(owner: owner, what: what, reason: reason)
        if accesses[name] == nil, accesses.count >= Self.mostReasons { name.reason = "…" }
        accesses[name, default: Access(first: core.at, last: core.at)].times += 1
        accesses[name]?.last = core.at
    }

    private func reconciliation(_ core: EntryCore) throws {
        guard let body = try? JSONParser.parse(core.body), let summary = ReconciliationSummary(body) else { return }
        var row: [CSVCell] = [
            .text(core.at.rfc3339), .text(core.at.local(in: zone)), .text(body["owner"]?.string), .text(summary.source),
            .text(summary.sha256), .text(summary.vendor), .text(summary.from.rfc3339), .text(summary.to.rfc3339),
            .count(summary.records), .count(summary.matched),
        ]
        row += DifferenceKind.allCases.map { .count(summary.differences[$0] ?? 0) }
        try tables.write(row, to: .reconciliations)
    }

    /// Writes what is known only at the end.
    mutating func finish() throws {
        for row in counts.rows(say) { try tables.write(row, to: .counts) }
        for row in counts.denialRows(say) { try tables.write(row, to: .denials) }
        for row in counts.unreportedRows(in: zone) { try tables.write(row, to: .unreported) }
        let opened = try gate.store.read {
            try FoundComplaint.all(in: $0, keys: gate.keyFile.ledger, before: span.period.upperBound)
        }
        let complaints = ReportComplaints(opened, request.from..<request.to, entries: span.period)
        overdueComplaints = complaints.overdueCount
        for row in complaints.rows(in: zone, say) { try tables.write(row, to: .complaints) }
        for row in changes.stopRows(request.from..<request.to) { try tables.write(row, to: .stops) }
        for (name, access) in accesses.sorted(by: {
            ($0.key.owner, $0.key.what, $0.key.reason) < ($1.key.owner, $1.key.what, $1.key.reason)
        }) {
            try tables.write(
                [
                    .text(name.owner), .text(name.what), .text(name.reason), .count(access.times),
                    .text(access.first.rfc3339),
                    .text(access.first.local(in: zone)), .text(access.last.rfc3339), .text(access.last.local(in: zone)),
                ], to: .accessCounts)
        }
    }
}

/// How long refusals took from being said to being recorded.
struct RefusalDelays {
    /// Seconds, with milliseconds; nil where there was none.
    private(set) var greatest: String?
    private var longest: Int64 = -1
    /// Up to 1 s, 1 min, 1 h, 24 h, and more.
    private var counts = [0, 0, 0, 0, 0]
    private static let limits: [Int64] = [1000, 60_000, 3_600_000, 86_400_000]

    mutating func add(_ milliseconds: Int64) {
        counts[Self.limits.firstIndex { milliseconds <= $0 } ?? 4] += 1
        longest = max(longest, milliseconds)
        greatest = longest.inSeconds
    }

    var text: String { counts.map(String.init).joined(separator: " / ") }
}

extension Int64 {
    /// Milliseconds as seconds with three decimals.
    fileprivate var inSeconds: String { "\(self / 1000)." + "\(self % 1000 + 1000)".dropFirst() }
}
