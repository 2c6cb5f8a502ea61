import Calendars
import GateModel
import RuleEngine
import Tables

/// What a report counts of the decisions of its period. Memory grows with the rules, days, campaigns and vendors, not with
/// the calls.
struct ReportCounts {
    /// What decisions are counted by, in the order of the table.
    enum Dimension: Int, CaseIterable {
        case all, day, purpose, campaign, vendor, legalEntity

        func title(_ say: ReportTable.Words) -> String {
            switch self {
            case .all: say("all", "合计")
            case .day: say("day", "日期")
            case .purpose: say("purpose", "用途")
            case .campaign: say("campaign", "活动")
            case .vendor: say("vendor", "供应商")
            case .legalEntity: say("legal entity", "法人主体")
            }
        }
    }

    struct Verdicts: Hashable {
        var allowed = 0
        var denied = 0
    }

    struct Denials {
        var calls = 0
        var toldFirst = 0
        var kind: ReasonKind
        var message = ""
        var citation = ""
    }

    struct Unreported {
        var allowed = 0
        var unreported = 0
        var oldest: Instant?
    }

    private(set) var verdicts: [Dimension: [String: Verdicts]] = [:]
    private(set) var denials: [String: Denials] = [:]
    private(set) var unreported: [String: Unreported] = [:]

    var all: Verdicts { verdicts[.all]?[""] ?? Verdicts() }
    var unreportedCount: Int { unreported.values.reduce(0) { $0 + $1.unreported } }

    /// - Parameter words: The message and the citation of a rule, in the words of the decision's own policy.
    mutating func add(
        _ record: DecisionRecord, outcome: String?, in zone: Zone,
        words: (Reason) -> (message: String, citation: String)
    ) {
        let call = record.call
        let isAllow = record.judgement.verdict == .allow
        for dimension in Dimension.allCases {
            let value: String =
                switch dimension {
                case .all: ""
                case .day: "\(zone.date(at: record.at))"
                case .purpose: call.purpose
                case .campaign: call.campaign ?? ""
                case .vendor: call.vendor
                case .legalEntity: call.legalEntity
                }
            if isAllow {
                verdicts[dimension, default: [:]][value, default: Verdicts()].allowed += 1
            } else {
                verdicts[dimension, default: [:]][value, default: Verdicts()].denied += 1
            }
        }
        guard isAllow else {
            var told: Set<String> = []
            for (place, reason) in record.judgement.reasons.enumerated() where told.insert(reason.rule).inserted {
                var denial = denials[reason.rule] ?? Denials(kind: reason.kind)
                denial.calls += 1
                if place == 0 { denial.toldFirst += 1 }
                if denial.citation.isEmpty { (denial.message, denial.citation) = words(reason) }
                denials[reason.rule] = denial
            }
            return
        }
        var vendor = unreported[call.vendor] ?? Unreported()
        vendor.allowed += 1
        if outcome == "unreported" {
            vendor.unreported += 1
            vendor.oldest = min(vendor.oldest ?? record.at, record.at)
        }
        unreported[call.vendor] = vendor
    }

    func rows(_ say: ReportTable.Words) -> [[CSVCell]] {
        Dimension.allCases.flatMap { dimension in
            (verdicts[dimension] ?? [:]).sorted { $0.key < $1.key }.map { value, verdicts in
                [.text(dimension.title(say)), .text(value), .count(verdicts.allowed), .count(verdicts.denied)]
            }
        }
    }

    var denialRows: [[CSVCell]] {
        denials.sorted { ($1.value.calls, $0.key) < ($0.value.calls, $1.key) }.map { rule, denial in
            [
                .text(rule), .text(denial.kind.rawValue), .count(denial.calls), .count(denial.toldFirst),
                .text(denial.message), .text(denial.citation),
            ]
        }
    }

    func unreportedRows(in zone: Zone) -> [[CSVCell]] {
        unreported.sorted { $0.key < $1.key }.map { vendor, counts in
            [
                .text(vendor), .count(counts.allowed), .count(counts.unreported), .text(counts.oldest?.rfc3339),
                .text(counts.oldest?.local(in: zone)),
            ]
        }
    }
}
