import Calendars
import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import Storage

/// Compares one file of call detail records with the log. Changes nothing but that the comparison itself is recorded.
/// Blocks.
///
/// ```
/// file → records (twice: checked whole, then compared) → { one view → permits of their numbers → matched } → findings
///      → the log's allows of the period that no record used → findings
/// ```
struct ReconciliationRun: Sendable {
    let gate: Gate
    let request: ReconciliationRequest
    let key: APIKey
    let input: String
    /// Where the findings go; nil where only their counts are wanted.
    let output: String?

    /// - Throws: ``UnreadableFile`` with every fault of the file; ``ReconciliationStoppage`` or ``StorageError`` where it may
    ///   be tried again.
    func run(_ job: BackgroundWork.Job) throws -> ReconciliationSummary {
        let configuration = gate.configuration
        let zone = try zone(configuration)
        let request = request
        let reader = CallRecordReader(path: input, request: request) { row, line throws(UnreadableFile) in
            CallRecordForm(
                columns: try CallRecordColumns(firstRow: row, line: line, request), request: request,
                configuration: configuration, zone: zone)
        }
        var summary = try check(reader, job)
        let stretch = try gate.store.stretch(
            from: summary.from - RecordMatcher.latest, to: summary.to + RecordMatcher.skew)
        var matcher = RecordMatcher(
            stretch, now: gate.now, outcomeDue: configuration.policy.snapshot.core.outcomeDue)
        if let segment = try gate.store.read({ try $0.dropped(in: stretch) }).last {
            throw UnreadableFile(
                line: 0,
                "decisions of the period were dropped with segment \(segment.number); calls of then cannot be compared")
        }
        let findings = try DifferenceFile(output, zone)
        try compare(reader, &matcher, &summary, findings, job)
        try missing(matcher.used, &summary, findings, job)
        try findings.close()
        try record(summary)
        return summary
    }

    private func zone(_ configuration: Configuration) throws -> Zone {
        if let name = request.zone {
            do { return try gate.zones.zone(named: name) } catch {
                throw UnreadableFile(line: 0, "the time zone is not known; name one such as Asia/Shanghai")
            }
        }
        guard let zone = configuration.homeZone(defaultRegion: gate.options.defaultRegion) else {
            throw UnreadableFile(line: 0, "the policy has several time zones; say whose time the records tell")
        }
        return zone
    }

    // MARK: Once over the file: is it whole, and from when to when

    private func check(_ reader: CallRecordReader, _ job: BackgroundWork.Job) throws -> ReconciliationSummary {
        let (sha256, bytes) = try digest(job)
        var faults: [RowFault] = []
        var (first, last) = (Instant.distantFuture, Instant.distantPast)
        try reader.read { block in
            if job.isCancelled { throw ReconciliationStoppage.cancelled }
            faults += block.faults.prefix(max(0, CallRecordReader.mostFaults - faults.count))
            for record in block.records { (first, last) = (min(first, record.at), max(last, record.at)) }
            job.report(done: block.bytesRead / 2, of: bytes)
        }
        if !faults.isEmpty { throw UnreadableFile(faults: faults) }
        let from = request.from ?? (first == .distantFuture ? nil : first)
        let to = request.to ?? (last == .distantPast ? nil : last + Span(milliseconds: 1))
        guard let from, let to, from < to else {
            throw UnreadableFile(line: 0, "no row is asked for, or none lies in the period; name both its ends")
        }
        return ReconciliationSummary(
            source: request.source ?? request.format.rawValue, sha256: sha256, bytes: bytes, vendor: request.vendor,
            from: from, to: to)
    }

    private func digest(_ job: BackgroundWork.Job) throws -> (sha256: String, bytes: Int) {
        guard let handle = FileHandle(forReadingAtPath: input) else {
            throw UnreadableFile(line: 0, "the file cannot be read")
        }
        var hash = SHA256()
        var bytes = 0
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            if job.isCancelled { throw ReconciliationStoppage.cancelled }
            hash.update(data: data)
            bytes += data.count
        }
        return (hexadecimal(hash.finalize()), bytes)
    }

    // MARK: Again: each call and its permit

    private func compare(
        _ reader: CallRecordReader, _ matcher: inout RecordMatcher, _ summary: inout ReconciliationSummary,
        _ findings: DifferenceFile, _ job: BackgroundWork.Job
    ) throws {
        let ledger = gate.keyFile.ledger
        let deciders = gate.registry.keys.values.filter { $0.role == .dialer }.map(\.id).sorted()
        var previous: (call: String, subject: String)?
        try reader.read { block in
            if job.isCancelled { throw ReconciliationStoppage.cancelled }
            summary.leftOut += block.leftOut
            var records: [CallRecord] = []
            for record in block.records {
                let leg = record.callID.map { (call: $0, subject: record.subjectText) }
                // Queues and transfers write a row for each leg of a call.
                let isSameCall = leg.map { leg in previous.map { $0 == leg } ?? false } ?? false
                previous = leg
                if isSameCall || record.at < summary.from || record.at >= summary.to {
                    summary.leftOut += 1
                } else {
                    records.append(record)
                }
            }
            let keys = records.map { ledger.key(.number($0.subjectText)) }
            let first = matcher.used.stretch.lowerBound
            // The view ends here: what follows is computed from memory.
            let book = try gate.store.read { reading in
                try PermitBook(records, keys, from: first, in: reading) { request in
                    deciders.map { ledger.key(.request(key: $0, id: request)) }
                }
            }
            for (index, record) in records.enumerated() {
                let found = matcher.judge(record, book.named(index), book.page(keys[index]))
                summary.records += 1
                if found.isEmpty { summary.matched += 1 }
                for difference in found { try findings.write(difference, &summary) }
            }
            job.report(done: (summary.bytes + block.bytesRead) / 2, of: summary.bytes + summary.bytes / 10)
        }
    }

    // MARK: Over the log: permits that no call used

    private func missing(
        _ used: EntryMarks, _ summary: inout ReconciliationSummary, _ findings: DifferenceFile,
        _ job: BackgroundWork.Job
    ) throws {
        let stretch = try gate.store.stretch(from: summary.from, to: summary.to)
        var next = stretch.lowerBound
        while next < stretch.upperBound {
            if job.isCancelled { throw ReconciliationStoppage.cancelled }
            let count = Int(min(1000, stretch.upperBound - next))
            let (from, to, vendor) = (next, summary.to, summary.vendor)
            let permits: [Permit] = try gate.store.read { reading in
                let open = try reading.entries(in: from..<from + Int64(count))
                    .filter { !used[$0.sequence] }.compactMap { try Permit($0) }
                    // One that outlasts the period may be used after it.
                    .filter { $0.validUntil < to && (vendor == nil || $0.vendor == vendor) }
                let asked = Set(open.compactMap(\.number)).sorted()
                let pages = Dictionary(
                    uniqueKeysWithValues: zip(
                        asked,
                        try reading.entries(by: asked).map { entries in
                            try PermitBook.page(entries, from: from)
                        }))
                return open.map { permit in
                    permit.number.flatMap { pages[$0]?.permits.first { $0.sequence == permit.sequence } } ?? permit
                }
            }
            for permit in permits where !permit.isGivenBack {
                let told = permit.known.last?.outcome
                try findings.write(
                    Difference(
                        kind: .permitWithoutCall, at: permit.at, mask: permit.mask ?? "", callerID: permit.callerID,
                        decision: permit.id, validUntil: permit.validUntil, vendor: permit.vendor,
                        detail: told.map { "reported as \($0)" } ?? "nothing was reported"), &summary)
            }
            next += Int64(count)
        }
        job.report(done: 1, of: 1)
    }

    /// Records who compared which file, and what came of it; whom it is about stands nowhere.
    private func record(_ summary: ReconciliationSummary) throws {
        let key = key
        let result = gate.sequencer.submitBlocking { group -> Result<Bool, GateError> in
            var json = JSONWriter()
            json.object { json in
                json.member("owner", key.owner)
                summary.write(to: &json)
            }
            try group.append(.reconciliation, group.nextID(), actor: key.id, json: json.bytes, found: [])
            return .success(true)
        }
        if case .failure(let error) = result {
            throw ReconciliationStoppage("the comparison cannot be recorded: \(error)")
        }
    }
}
