import Calendars
import GateModel
import Ledger
import RuleEngine
import Tables

/// A decision as a row of a list of calls, for people: with what became of it.
struct CallRow {
    var record: DecisionRecord
    var mask: String?
    var agent: String?
    var reports: [OutcomeRecord]
    /// `open`, `unreported`, or the outcome that counts; nil for a deny.
    var outcome: String?
    /// The message of each reason, in the language of the list.
    var messages: [String]

    static func headings(_ say: Wording) -> [String] {
        [
            say("caller", "主叫"), say("called (masked)", "被叫（脱敏）"), say("time (UTC)", "时间（UTC）"),
            say("time (report)", "时间（报告时区）"), say("time (called party)", "时间（被叫当地）"), say("agent", "坐席工号"),
            say("purpose", "用途"), say("course", "处理过程"), say("result", "结果"), say("recording", "录音编号"),
            say("rules", "规则"), say("decision", "决定编号"), say("campaign", "活动"), say("vendor", "外呼机构"),
            say("legal entity", "法人主体"),
        ]
    }

    func cells(in zone: Zone, _ say: Wording) -> [CSVCell] {
        let (call, judgement) = (record.call, record.judgement)
        return [
            .text(call.callerID?.text), .text(mask), .text(record.at.rfc3339), .text(record.at.local(in: zone)),
            .text(judgement.localOffset.map { record.at.rfc3339(offsetSeconds: $0, milliseconds: true) }),
            .text(agent), .text(say.word(.purpose, call.purpose)), .text(course(in: zone, say)), .text(result(say)),
            .text(reports.compactMap(\.recordingRef).uniqued.joined(separator: " ")),
            .text(judgement.reasons.map(\.rule).joined(separator: " ")), .text(record.id.description),
            .text(call.campaign), .text(call.vendor), .text(call.legalEntity),
        ]
    }

    private func result(_ say: Wording) -> String {
        outcome.map { say.word(.outcome, $0) } ?? say("denied", "禁止外呼")
    }

    /// What was decided and done, in order.
    private func course(in zone: Zone, _ say: Wording) -> String {
        let judgement = record.judgement
        guard judgement.verdict == .allow else {
            return say("denied", "禁止外呼") + say(": ", "：") + messages.joined(separator: say("; ", "；"))
        }
        var parts = [say("allowed", "允许外呼")]
        func add(_ english: String, _ chinese: String, _ instant: Instant?) {
            if let instant { parts.append(say("\(english) ", chinese) + instant.local(in: zone)) }
        }
        add("valid until", "有效至", judgement.validUntil)
        for report in reports {
            add("dialled", "拨打", report.dialedAt)
            add("answered", "接通", report.answeredAt)
            add("ended", "结束", report.endedAt)
            add("reported", "回传", report.at)
            if let disposition = report.disposition { parts.append(say("disposition ", "话务结果") + disposition) }
            if !report.findings.isEmpty {
                parts.append(
                    say("findings ", "发现") + report.findings.map { say.word(.finding, $0) }.joined(separator: " "))
            }
        }
        return parts.joined(separator: say("; ", "；"))
    }
}

extension Instant {
    /// In a zone's local time, with its offset.
    func local(in zone: Zone) -> String { rfc3339(offsetSeconds: zone.offset(at: self), milliseconds: true) }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of its first place.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
