import GateModel
import Ledger
import RuleEngine
import Storage
import Tables

/// How many rows of a scrub were allowed and denied.
public struct ScrubCounts: Sendable, Hashable {
    public var rows = 0
    public var allowed = 0
    /// By the first rule that denies.
    public var denied: [String: Int] = [:]

    mutating func add(_ other: ScrubCounts) {
        rows += other.rows
        allowed += other.allowed
        denied.merge(other.denied, uniquingKeysWith: +)
    }
}

/// What is written of a block.
struct JudgedBlock {
    var number: Int
    var recordsRead: Int
    var bytesRead: Int
    var bytes: [UInt8] = []
    var counts = ScrubCounts()
}

/// Judges the rows of a block as a decision would, and records nothing. Belongs to one thread.
struct ScrubJudge {
    /// The policy stays for the whole file; its lists follow what the log says is in force.
    var configuration: Configuration
    let catalog: ListCatalog
    let ledger: LedgerKeys
    let store: any Store
    let at: Instant
    let form: ScrubForm
    var calls: ScrubCalls
    var registry: (registry: Registry, head: Int64)

    /// What stands in place of a rule where a record of the called person cannot be read. A decision answers 503 then.
    static let unreadable = "unavailable"

    /// A row's call and what it is found by.
    private struct Asked {
        var call: Call
        var numberKey: LookupKey
        var customerKey: LookupKey?
    }

    mutating func judge(_ block: ScrubBlock) throws -> JudgedBlock {
        let asked = try read(block)
        var keys: [LookupKey] = []
        keys.reserveCapacity(asked.count)
        for case let row? in asked {
            keys.append(row.numberKey)
            if let key = row.customerKey { keys.append(key) }
        }
        // The view ends here: what follows is computed from memory, so that no checkpoint waits for it.
        let view = try store.read { reading in
            try RecordsView(
                reading, of: keys, registry: &registry, configuration: &configuration, catalog: catalog, ledger: ledger)
        }
        var judged = JudgedBlock(number: block.number, recordsRead: block.recordsRead, bytesRead: block.bytesRead)
        judged.bytes.reserveCapacity(block.bytes.count + block.records.count * 96)
        if block.hasMark { judged.bytes += [0xEF, 0xBB, 0xBF] }
        var row = Row()
        for (record, asked) in zip(block.records, asked) {
            judged.bytes += block.bytes[record.range]
            switch record.kind {
            case .blank: break
            case .header: write(ScrubColumns.added, &judged.bytes)
            case .row:
                guard let asked else { continue }
                let fields = block.bytes.withUnsafeBytes { bytes in
                    row.read(UnsafeRawBufferPointer(rebasing: bytes[record.range]), delimiter: form.delimiter)
                    return row.count
                }
                // A short row is filled up, so that what is added stands under its header.
                for _ in fields..<max(fields, form.columns.count) { judged.bytes.append(form.delimiter) }
                write(judge(asked, in: view, &judged.counts), &judged.bytes)
            }
            judged.bytes += form.lineEnd
        }
        return judged
    }

    /// - Returns: Nil for what is no row.
    private mutating func read(_ block: ScrubBlock) throws -> [Asked?] {
        var row = Row()
        return try block.bytes.withUnsafeBytes { bytes in
            try block.records.map { record in
                guard record.kind == .row else { return nil }
                row.read(UnsafeRawBufferPointer(rebasing: bytes[record.range]), delimiter: form.delimiter)
                // A stray quote makes one field of many rows.
                if !record.isOneLine, row.hasLineEnd(form.columns.phone) {
                    throw ScrubFault("a quote swallows other rows; double the quotes inside a field", line: record.line)
                }
                let call = try calls.call(row, line: record.line)
                return Asked(
                    call: call, numberKey: ledger.key(.number(call.subjectText)),
                    customerKey: call.customer.map { ledger.key(.customer($0)) })
            }
        }
    }

    private func judge(_ asked: Asked, in view: RecordsView, _ counts: inout ScrubCounts) -> [String] {
        counts.rows += 1
        let facts: Facts
        do {
            facts = try view.gather(asked.call, numberKey: asked.numberKey, customerKey: asked.customerKey, at: at)
        } catch {
            counts.denied[Self.unreadable, default: 0] += 1
            return [Verdict.deny.rawValue, Self.unreadable, Self.unreadable, ""]
        }
        let judgement = evaluate(
            asked.call, facts, under: configuration.policy.snapshot, zones: configuration.zones, at: at)
        guard judgement.verdict == .deny else {
            counts.allowed += 1
            return [judgement.verdict.rawValue, "", "", ""]
        }
        let first = judgement.reasons.first?.rule ?? ""
        counts.denied[first, default: 0] += 1
        let rules = judgement.reasons.count == 1 ? first : judgement.reasons.map(\.rule).joined(separator: " ")
        return [judgement.verdict.rawValue, first, rules, judgement.retryAt?.rfc3339 ?? ""]
    }

    /// Adds cells to a row. The columns of the input are never touched; these are made safe for spreadsheets.
    private func write(_ cells: [String], _ bytes: inout [UInt8]) {
        for cell in cells {
            bytes.append(form.delimiter)
            CSVWriter.append(cell, delimiter: form.delimiter, to: &bytes)
        }
    }
}
