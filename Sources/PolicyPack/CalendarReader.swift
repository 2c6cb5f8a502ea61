import Calendars
import Documents

extension HolidayCalendar {
    /// Reads a calendar file: a first line `# years: 2025 2026` that names the years it covers whole, a header
    /// `date,kind,name,source`, then a line a day whose kind is `holiday` or `adjusted_workday`.
    ///
    /// - Throws: Every faulty line.
    public static func parse(id: String, csv: String) throws(Faults) -> HolidayCalendar {
        var faults: [Fault] = []
        var years: Set<Int> = []
        var days: [CivilDate: Day] = [:]
        func fault(_ line: Int, _ detail: String) {
            faults.append(Fault(pointer: "", mark: Mark(line: line, column: 1), detail: detail))
        }
        var sawHeader = false
        for (index, raw) in csv.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.hasSuffix("\r") ? raw.dropLast() : raw
            if line.isEmpty { continue }
            if line.hasPrefix("# years:") {
                let words = line.dropFirst(8).split(separator: " ")
                years = Set(words.compactMap { Int($0) })
                if years.count != words.count || years.isEmpty {
                    fault(index + 1, "name the years, such as `# years: 2025 2026`")
                }
                continue
            }
            if line.hasPrefix("#") { continue }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            if !sawHeader {
                sawHeader = true
                if fields.prefix(3) != ["date", "kind", "name"] {
                    fault(index + 1, "the header must begin date,kind,name")
                }
                continue
            }
            guard fields.count >= 3, let date = CivilDate(fields[0]) else {
                fault(index + 1, "must be date,kind,name with a date such as 2026-10-01")
                continue
            }
            let kind: Day.Kind
            switch fields[1] {
            case "holiday": kind = .holiday
            case "adjusted_workday": kind = .adjustedWorkday
            default:
                fault(index + 1, "`\(fields[1])` is no kind; the kinds are holiday and adjusted_workday")
                continue
            }
            if days.updateValue(Day(kind: kind, name: String(fields[2])), forKey: date) != nil {
                fault(index + 1, "\(date) stands twice; leave one line")
            }
            if !years.contains(date.year) { fault(index + 1, "\(date.year) is not named in the line `# years:`") }
        }
        if years.isEmpty { fault(1, "the first line must name the years it covers, such as `# years: 2025 2026`") }
        if !faults.isEmpty { throw Faults(faults) }
        return HolidayCalendar(id: id, days: days, years: years)
    }

    /// This calendar with the years of another put in place of its own.
    public func replacingYears(of other: HolidayCalendar) -> HolidayCalendar {
        let kept = days.filter { !other.years.contains($0.key.year) }
        return HolidayCalendar(id: id, days: kept.merging(other.days) { $1 }, years: years.union(other.years))
    }
}
