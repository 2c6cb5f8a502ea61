import Calendars
import GateModel
import RuleEngine

/// What lint sees in a pack without any case: what nobody can use, and what another rule makes idle.
struct PackShape {
    let rules: [Rule]
    let pack: Pack?
    let calendar: HolidayCalendar?

    /// Nil where a finding is about the pack.
    typealias Finding = (rule: Rule?, message: String)

    var findings: [Finding] { fields + days + shadows + beyondCalendar }

    /// A field that no rule on data names is denied to everybody, mostly by oversight.
    private var fields: [Finding] {
        var named: Set<String> = []
        for rule in rules {
            guard case .data(let check) = rule.body else { continue }
            named.formUnion(check.forbidden.union(check.withConsent).union(check.separateConsent))
            named.formUnion(check.permitted ?? [])
        }
        let idle = (pack?.dataFields ?? []).subtracting(named).sorted()
        return idle.isEmpty
            ? []
            : [
                (
                    nil,
                    "no data rule permits or forbids \(idle.joined(separator: ", ")); name each field or strike it out"
                )
            ]
    }

    /// A weekday without times permits nothing; an empty list says that this is meant.
    private var days: [Finding] {
        let weekdays: [WeeklyWindows.Key] = [.monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday]
        return rules.compactMap { rule in
            guard case .hours(let check) = rule.body, check.windows.windows[.every] == nil else { return nil }
            let silent = weekdays.enumerated().filter { index, key in
                check.windows.windows[key] == nil && check.windows.windows[index < 5 ? .workday : .restday] == nil
            }.map(\.element.rawValue)
            guard !silent.isEmpty else { return nil }
            return (rule, "says nothing of \(silent.joined(separator: ", ")); write [] where no time is permitted")
        }
    }

    /// Hours that another rule always closes too.
    private var shadows: [Finding] {
        rules.compactMap { rule in
            guard case .hours(let check) = rule.body,
                let stricter = rules.first(where: { covers($0, rule) && isWithin($0, check) })
            else { return nil }
            return (rule, "can change nothing: `\(stricter.id)` is never open when it is closed; strike one out")
        }
    }

    /// Whether whatever the second rule judges the first judges too.
    private func covers(_ first: Rule, _ second: Rule) -> Bool {
        first.id != second.id && first.enabledBy == .always && first.applies.isDecidedByPurposeAndMode
            && first.effectiveFrom <= second.effectiveFrom && first.effectiveUntil >= second.effectiveUntil
            && first.standsAside.isEmpty && first.unless.allSatisfy(second.unless.contains)
            && (pack?.purposes ?? []).allSatisfy { purpose in
                CallMode.allCases.allSatisfy {
                    !second.applies.admits(purpose: purpose, mode: $0)
                        || first.applies.admits(purpose: purpose, mode: $0)
                }
            }
    }

    private func isWithin(_ rule: Rule, _ other: HoursCheck) -> Bool {
        guard case .hours(let check) = rule.body, check.lifts.allSatisfy(other.lifts.contains),
            check.windows != other.windows
        else { return false }
        var tendency = Tendency()
        // An ordinary week, one of holidays and one of adjusted working days.
        for offset in 0..<21 {
            let date = firstMonday.adding(days: Int(offset))
            guard let outer = other.windows.windows(on: date, calendar: threeWeeks),
                let inner = check.windows.windows(on: date, calendar: threeWeeks)
            else { return false }
            tendency.formUnion(.opening(outer, inner))
        }
        return tendency.isSubset(of: .stricter)
    }

    /// A rule whose time has no calendar yet.
    private var beyondCalendar: [Finding] {
        guard let last = calendar?.years.max() else { return [] }
        return rules.compactMap { rule in
            guard case .hours(let check) = rule.body, check.windows.needsCalendar,
                rule.effectiveFrom > .distantPast || rule.effectiveUntil < .distantFuture
            else { return nil }
            let end = Instant(seconds: Int64(CivilDate(year: last + 1, month: 1, day: 1)?.daysSinceEpoch ?? 0) * 86_400)
            let needed = rule.effectiveUntil < .distantFuture ? rule.effectiveUntil : rule.effectiveFrom
            return needed > end ? (rule, "is in force after its calendar ends with \(last); add the years") : nil
        }
    }
}
