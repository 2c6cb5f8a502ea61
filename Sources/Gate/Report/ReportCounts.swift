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

        func title(_ say: Wording) -> String {
            switch self {
            case .all: say("all", "合计")
            case .day: say("day", "日期")
            case .purpose: say("purpose", "用途")
            case .campaign: say("campaign", "活动")
            case .vendor: say("vendor", "外呼机构")
            case .legalEntity: say("legal entity", "法人主体")
            }
        }
    }

    struct Verdicts: Hashable {
        var allowed = 0
        var denied = 0
    }

    /// Why calls were denied: a rule, and what it told of them.
    struct DenialReason: Hashable {
        var rule: String
        var message: String
    }

    struct Denials {
        var calls = 0
        var toldFirst = 0
        var kind: ReasonKind
        var citation: String
    }

    struct Unreported {
        var allowed = 0
        var unreported = 0
        var oldest: Instant?
    }

    private(set) var verdicts: [Dimension: [String: Verdicts]] = [:]
    private(set) var denials: [DenialReason: Denials] = [:]
    private(set) var unreported: [String: Unreported] = [:]

    var all: Verdicts { verdicts[.all]?[""] ?? Verdicts() }
    var unreportedCount: Int { unreported.values.reduce(0) { $0 + $1.unreported } }

    /// - Parameter told: For each reason of a deny its message and its rule's citation, in the words of the decision's own
    ///   policy.
    mutating func add(
        _ record: DecisionRecord, outcome: String?, in zone: Zone,
        told words: [(message: String, citation: String)]
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
            var told: Set<DenialReason> = []
            for (place, (reason, (message, citation))) in zip(record.judgement.reasons, words).enumerated() {
                let why = DenialReason(rule: reason.rule, message: message)
                guard told.insert(why).inserted else { continue }
                var denial = denials[why] ?? Denials(kind: reason.kind, citation: citation)
                denial.calls += 1
                if place == 0 { denial.toldFirst += 1 }
                denials[why] = denial
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

    func rows(_ say: Wording) -> [[CSVCell]] {
        Dimension.allCases.flatMap { dimension in
            (verdicts[dimension] ?? [:]).sorted { $0.key < $1.key }.map { value, verdicts in
                [
                    .text(dimension.title(say)), .text(dimension == .purpose ? say.word(.purpose, value) : value),
                    .count(verdicts.allowed), .count(verdicts.denied),
                ]
            }
        }
    }

    func denialRows(_ say: Wording) -> [[CSVCell]] {
        denials.sorted {
            ($1.value.calls, $0.key.rule, $0.key.message) < ($0.value.calls, $1.key.rule, $1.key.message)
        }.map { why, denial in
            [
                .text(why.rule), .text(say.word(.kind, denial.kind.rawValue)), .count(denial.calls),
                .count(denial.toldFirst), .text(why.message), .text(denial.citation),
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
