import Calendars
import GateModel
import RuleEngine

/// 2026-03-02, a Monday.
let firstMonday = CivilDate(daysSinceEpoch: 20_514)

/// An ordinary week, a week of holidays, a week of adjusted working days.
let threeWeeks: HolidayCalendar = {
    var days: [CivilDate: HolidayCalendar.Day] = [:]
    for offset in 7..<14 {
        days[firstMonday.adding(days: offset)] = .init(kind: .holiday, name: "")
        days[firstMonday.adding(days: offset + 7)] = .init(kind: .adjustedWorkday, name: "")
    }
    return HolidayCalendar(id: "", days: days, years: [firstMonday.year])
}()

extension Tendency {
    /// Whether the second list of windows opens more or less of the day.
    static func opening(_ a: [WeeklyWindows.Window], _ b: [WeeklyWindows.Window]) -> Tendency {
        var tendency = Tendency()
        if !lies(b, in: a) { tendency.formUnion(.looser) }
        if !lies(a, in: b) { tendency.formUnion(.stricter) }
        return tendency
    }

    /// Both are sorted; windows may adjoin.
    private static func lies(_ inner: [WeeklyWindows.Window], in outer: [WeeklyWindows.Window]) -> Bool {
        var joined: [WeeklyWindows.Window] = []
        for window in outer {
            if let last = joined.last, last.end == window.start {
                joined[joined.count - 1].end = window.end
            } else {
                joined.append(window)
            }
        }
        return inner.allSatisfy { window in joined.contains { $0.start <= window.start && window.end <= $0.end } }
    }
}

extension WeeklyWindows {
    var told: String {
        Key.allCases.compactMap { key in
            windows[key].map { "\(key.rawValue) \($0.map(\.description).joined(separator: ", "))" }
        }.joined(separator: "; ")
    }
}

extension ChangeCollector {
    /// A day that becomes a holiday is stricter or looser by what the hours rules say of holidays.
    mutating func compareCalendars(_ a: PolicySnapshot, _ b: PolicySnapshot) {
        pack = ""
        for id in Set(a.calendars.keys).union(b.calendars.keys).sorted() {
            subject = "calendar \(id)"
            let empty = HolidayCalendar(id: id, days: [:], years: [])
            let (old, new) = (a.calendars[id] ?? empty, b.calendars[id] ?? empty)
            guard old != new else { continue }
            let windows = b.packs.filter { $0.calendar == id }.flatMap(\.rules).compactMap { rule in
                if case .hours(let check) = rule.body, check.windows.needsCalendar { check.windows } else { nil }
            }
            for year in old.years.union(new.years).sorted() {
                let dates = CivilDate.all(in: year).filter { old.dayType($0) != new.dayType($0) }
                var tendency = Tendency()
                for windows in windows {
                    for date in dates {
                        tendency.formUnion(
                            .opening(
                                windows.windows(on: date, calendar: old) ?? [],
                                windows.windows(on: date, calendar: new) ?? []))
                    }
                }
                if old.years.contains(year) != new.years.contains(year) {
                    add(
                        "\(year)", old.years.contains(year) ? "covered" : nil,
                        new.years.contains(year) ? "covered" : nil,
                        tendency)
                } else if !dates.isEmpty {
                    let names = dates.prefix(5).map(\.description).joined(separator: ", ")
                    add("\(year)", nil, "\(dates.count) other days: \(names)\(dates.count > 5 ? " …" : "")", tendency)
                }
            }
        }
    }
}

extension CivilDate {
    fileprivate static func all(in year: Int) -> [CivilDate] {
        guard let first = CivilDate(year: year, month: 1, day: 1), let last = CivilDate(year: year, month: 12, day: 31)
        else { return [] }
        return (first.daysSinceEpoch...last.daysSinceEpoch).map(CivilDate.init(daysSinceEpoch:))
    }
}
