import Calendars
import Documents
import GateModel
import Tables

/// The form of an export. Numbers are masked in every one.
public struct DecisionExport: Sendable {
    public enum Format: String, CaseIterable, Sendable {
        case ndjson, csv
    }

    public enum Headings: String, CaseIterable, Sendable {
        case en, zh
    }

    public var format: Format
    public var headings: Headings
    /// Whether a CSV file begins with a byte order mark.
    public var hasMark: Bool
    /// Whose clock the report's times are told by; nil for UTC.
    public var zone: Zone?

    public var mediaType: String {
        format == .csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson; charset=utf-8"
    }

    /// The names that ``read(_:in:)`` reads.
    public static let parameters = ["format", "headers", "bom"]

    /// Reads the form of an export, or everything that is wrong with it.
    public static func read(_ query: [String: String], in zone: Zone?) -> (form: DecisionExport?, faults: [Fault]) {
        var faults: [Fault] = []
        func choice<T: RawRepresentable & CaseIterable>(_ name: String, _ standard: T) -> T where T.RawValue == String {
            guard let text = query[name] else { return standard }
            if let value = T(rawValue: text) { return value }
            let words = T.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(Fault(pointer: "/\(name)", detail: "must be one of \(words)"))
            return standard
        }
        let format = choice("format", Format.ndjson)
        let headings = choice("headers", Headings.en)
        var hasMark = false
        if let bom = query["bom"] {
            hasMark = bom == "true"
            if !["true", "false"].contains(bom) {
                faults.append(Fault(pointer: "/bom", detail: "must be true or false"))
            }
        }
        if format == .ndjson {
            for name in ["headers", "bom"] where query[name] != nil {
                faults.append(Fault(pointer: "/\(name)", detail: "goes with format=csv only"))
            }
        }
        guard faults.isEmpty else { return (nil, faults) }
        return (DecisionExport(format: format, headings: headings, hasMark: hasMark, zone: zone), [])
    }

    // MARK: Writing

    /// What stands before the first decision.
    var head: [UInt8] {
        guard format == .csv else { return [] }
        var csv = CSVWriter(hasMark: hasMark)
        csv.row(DecisionExport.columns.map { headings == .zh ? $0.zh : $0.en })
        return csv.take()
    }

    func bytes(_ decisions: [FoundDecision]) -> [UInt8] {
        switch format {
        case .csv:
            var csv = CSVWriter()
            let say = Wording(language: headings == .zh ? .chinese : .english)
            for decision in decisions { csv.row(DecisionExport.columns.map { .text($0.value(decision, zone, say)) }) }
            return csv.take()
        case .ndjson:
            var bytes: [UInt8] = []
            for decision in decisions {
                var json = JSONWriter()
                decision.write(to: &json, showsNumber: false, in: zone)
                bytes += json.bytes
                bytes.append(10)
            }
            return bytes
        }
    }

    private typealias Column = (en: String, zh: String, value: @Sendable (FoundDecision, Zone?, Wording) -> String?)

    private static let columns: [Column] = [
        ("caller_id", "主叫", { found, _, _ in found.call.callerID?.text }),
        ("called_masked", "被叫（脱敏）", { found, _, _ in found.mask }),
        ("time", "时间", { found, zone, _ in local(found.at, zone?.offset(at: found.at) ?? 0) }),
        ("agent", "坐席工号", { found, _, _ in found.call.agent }),
        ("purpose", "用途", { found, _, say in say.word(.purpose, found.call.purpose) }),
        ("handling", "处理过程", { found, zone, say in found.handling(zone, say) }),
        (
            "result", "结果",
            { found, _, say in
                found.outcome.map { say.word(.outcome, $0) } ?? say.word(.verdict, found.judgement.verdict.rawValue)
            }
        ),
        (
            "recording_ref", "录音编号",
            { found, _, _ in joined(found.reports.compactMap(\.recordingRef)) }
        ),
        ("rules", "规则", { found, _, _ in joined(found.judgement.reasons.map(\.rule)) }),
        ("time_utc", "时间（UTC）", { found, _, _ in found.at.rfc3339 }),
        (
            "time_called_party", "时间（被叫方当地）",
            { found, _, _ in found.judgement.localOffset.map { local(found.at, $0) } }
        ),
        ("decision", "决定编号", { found, _, _ in found.answer.id }),
        ("campaign", "活动", { found, _, _ in found.call.campaign }),
        ("product", "产品", { found, _, _ in found.call.product }),
        ("customer", "客户", { found, _, _ in found.call.customer }),
        ("vendor", "外呼机构", { found, _, _ in found.call.vendor }),
        ("legal_entity", "法人主体", { found, _, _ in found.call.legalEntity }),
    ]

    private static func joined(_ texts: [String]) -> String? {
        texts.isEmpty ? nil : texts.joined(separator: " ")
    }

    fileprivate static func local(_ instant: Instant, _ offset: Int) -> String {
        instant.rfc3339(offsetSeconds: offset, milliseconds: false)
    }
}

extension FoundDecision {
    fileprivate var at: Instant { answer.record.at }
    fileprivate var call: Call { answer.record.call }
    fileprivate var judgement: Judgement { answer.record.judgement }

    /// The verdict, then what was reported and when: `allow; answered 2026-11-23T10:31:00+08:00`.
    fileprivate func handling(_ zone: Zone?, _ say: Wording) -> String {
        let told = reports.map { report in
            let at = DecisionExport.local(report.at, zone?.offset(at: report.at) ?? 0)
            return
                "\(report.outcome.map { say.word(.outcome, $0) } ?? report.disposition ?? say.word(.outcome, "open")) \(at)"
        }
        return ([say.word(.verdict, judgement.verdict.rawValue)] + told).joined(separator: "; ")
    }
}
