/// A jurisdiction's public holidays, and the days that are worked in their stead.
///
/// Nothing is assumed for a year that is not covered: its days have no type, and rules that ask for one deny.
public struct HolidayCalendar: Hashable, Sendable {
    /// How policy packs call it, such as `cn`.
    public let id: String
    /// The exceptions to the ordinary week. Days in years that are not covered have no effect.
    public let days: [CivilDate: Day]
    /// Years whose list of days is complete.
    public let years: Set<Int>

    /// An exception to the ordinary week.
    public struct Day: Hashable, Sendable {
        /// How the day departs from the ordinary week.
        public enum Kind: Hashable, Sendable {
            /// A day off, whichever weekday it is.
            case holiday
            /// A working day, whichever weekday it is; often a Saturday or Sunday that makes up for a holiday.
            case adjustedWorkday
        }

        /// How the day departs from the ordinary week.
        public var kind: Kind
        /// What people call the day; for explanations only.
        public var name: String

        /// - Parameter name: For explanations only; may be empty.
        public init(kind: Kind, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// - Parameters:
    ///   - id: How policy packs call it.
    ///   - days: The exceptions to the ordinary week.
    ///   - years: Years whose list of days is complete; empty means that no day has a type.
    public init(id: String, days: [CivilDate: Day], years: Set<Int>) {
        self.id = id
        self.days = days
        self.years = years
    }

    /// What kind of day it is; nil where its year is not covered.
    ///
    /// - Complexity: O(1).
    public func dayType(_ date: CivilDate) -> DayType? {
        guard years.contains(date.year) else { return nil }
        switch days[date]?.kind {
        case .holiday: return .holiday
        case .adjustedWorkday: return .workday
        case nil: return date.weekday <= 5 ? .workday : .restday
        }
    }

    /// The last day up to which every day from `date` on is covered; nil where `date` itself is not.
    ///
    /// With the years 2025, 2026 and 2028, any day of 2025 gives 2026-12-31.
    /// - Complexity: O(*n*) in the years covered.
    public func lastCoveredDay(from date: CivilDate) -> CivilDate? {
        var year = date.year
        guard years.contains(year) else { return nil }
        while years.contains(year + 1) { year += 1 }
        return CivilDate(year: year, month: 12, day: 31)
    }
}

/// What a day is to those who work.
public enum DayType: Hashable, Sendable {
    /// A public holiday.
    case holiday
    /// Monday to Friday, or an adjusted working day.
    case workday
    /// Saturday or Sunday.
    case restday
}
