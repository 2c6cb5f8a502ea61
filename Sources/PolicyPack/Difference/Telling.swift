import Calendars
import GateModel
import RuleEngine

/// A value in a few words, for people.
func told(_ value: Any) -> String {
    switch value {
    case let text as String: text
    case let span as Span: told(span)
    case let instant as Instant:
        instant == .distantPast ? "always" : instant == .distantFuture ? "for ever" : instant.rfc3339
    case let set as Set<String>: "[\(set.sorted().joined(separator: ", "))]"
    case let list as [Any]: "[\(list.map(told).joined(separator: ", "))]"
    case let test as Condition.Test: told(test)
    case let condition as Condition: told(condition)
    case let zone as Zone: zone.name
    case let mode as CallMode: mode.rawValue
    case let source as FactSource: source.rawValue
    case let texts as Localised: texts.english
    default: "\(value)"
    }
}

private func told(_ span: Span) -> String {
    let seconds = span.milliseconds / 1000
    for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] where seconds != 0 && seconds % length == 0 {
        return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
}

private func told(_ test: Condition.Test) -> String {
    switch test {
    case .equals(let value): "= \(value)"
    case .not(let value): "≠ \(value)"
    case .isIn(let values): "in \(told(values))"
    case .below(let value): "< \(value)"
    case .atLeast(let value): "≥ \(value)"
    case .above(let value): "> \(value)"
    case .atMost(let value): "≤ \(value)"
    case .aboveAttribute(let name): "> \(name)"
    case .isAbsent(let absent): absent ? "absent" : "present"
    }
}

private func told(_ condition: Condition) -> String {
    var parts = condition.clauses.map { "\($0.attribute) \(told($0.test))" }
    if let modes = condition.modes { parts.append("mode in \(told(modes))") }
    if let vendors = condition.vendors { parts.append("vendor in \(told(vendors))") }
    if !condition.exceptVendors.isEmpty { parts.append("vendor not in \(told(condition.exceptVendors))") }
    if let fields = condition.anyDataField { parts.append("data field in \(told(fields))") }
    return parts.joined(separator: " and ")
}

extension SuppressionSource {
    var told: String {
        switch self {
        case .optOut: "opt_out"
        case .complaint: "complaint"
        case .list(let test): "list \(test.name)"
        case .otherLists: "other_lists"
        case .attempt: "attempt"
        }
    }
}

extension FrequencyCheck.Within {
    var told: String {
        switch self {
        case .rolling(let span): "rolling \(PolicyPack.told(span as Any))"
        case .calendarDays(let days): "\(days) calendar days"
        case .calendarWeek: "calendar week"
        case .calendarMonth: "calendar month"
        case .ever: "ever"
        }
    }
}
