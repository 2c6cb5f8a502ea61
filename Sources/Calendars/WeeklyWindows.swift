/// The times of day that are permitted, by kind of day and weekday.
///
/// The list for a date is that of the first key present in this order:
/// - on a holiday, `holiday`; without that key a holiday is the ordinary weekday it falls on;
/// - on the day before a holiday that is none itself, `eve`, then as on any day;
/// - on an adjusted working day, `workday`, then the weekday's own name, then `every`;
/// - on any other day, the weekday's own name, then `workday` (Monday to Friday) or `restday`, then `every`.
///
/// No key, like an empty list, permits nothing. Without `holiday`, `eve`, `workday` and `restday` no calendar is
/// consulted.
public struct WeeklyWindows: Hashable, Sendable {
    /// Whom a list of times is for.
    public enum Key: String, Hashable, Sendable, CaseIterable {
        case holiday, monday, tuesday, wednesday, thursday, friday, saturday, sunday, restday, workday, every
        case eve

        /// Relies on the order of the cases.
        ///
        /// - Parameter weekday: 1 for Monday to 7 for Sunday.
        init(weekday: Int) { self = Key.allCases[weekday] }
    }

    /// A stretch of the local clock, `start..<end`.
    public struct Window: Hashable, Sendable, CustomStringConvertible {
        /// Seconds since the clock read 00:00, 0..<86 400.
        public var start: Int
        /// Seconds since the clock read 00:00, up to 86 400, which is the end of the day; not in the window.
        public var end: Int

        /// Not checked here; the table checks its windows.
        public init(start: Int, end: Int) {
            self.start = start
            self.end = end
        }

        /// `09:00–20:30`, with seconds where they are not zero.
        public var description: String { "\(Window.clock(start))–\(Window.clock(end))" }

        private static func clock(_ second: Int) -> String {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            // A time outside the day occurs in error texts only.
            guard second >= 0 else { return "\(second) s" }
            let minutes = "\(two(second / 3600)):\(two(second / 60 % 60))"
            return second % 60 == 0 ? minutes : "\(minutes):\(two(second % 60))"
        }
    }

    /// As given.
    public let windows: [Key: [Window]]
    /// Whether the kind of day matters, so that a holiday calendar must cover the date.
    public let needsCalendar: Bool
    /// Whether no date has a window.
    let isEmpty: Bool
    /// What the keys come to: seven weekdays for each ``Kind``.
    private let resolved: [[Window]]

    private let knowsEves: Bool

    private enum Kind: Int, CaseIterable { case ordinary, adjusted, holiday, eve }

    /// - Parameter windows: Each list sorted and without overlaps; windows may adjoin.
    /// - Throws: ``WindowsError``; the policy must be corrected.
    public init(_ windows: [Key: [Window]]) throws(WindowsError) {
        guard !windows.isEmpty else { throw .noKeys }
        // In the order of the keys, so that the same mistake is named each time.
        for key in Key.allCases {
            guard let list = windows[key] else { continue }
            for (index, window) in list.enumerated() {
                guard window.start >= 0, window.end <= 86_400 else { throw .outsideDay(key, window) }
                guard window.start < window.end else { throw .notForward(key, window) }
                guard index == 0 || list[index - 1].end <= window.start else {
                    throw .outOfOrder(key, list[index - 1], window)
                }
            }
        }
        self.windows = windows
        self.needsCalendar = [.holiday, .eve, .workday, .restday].contains { windows[$0] != nil }
        self.knowsEves = windows[.eve] != nil
        let resolved = Kind.allCases.flatMap { kind in
            (1...7).map { weekday in
                WeeklyWindows.keys(kind, weekday: weekday).lazy.compactMap { windows[$0] }.first ?? []
            }
        }
        self.resolved = resolved
        self.isEmpty = resolved.allSatisfy(\.isEmpty)
    }

    private static func keys(_ kind: Kind, weekday: Int) -> [Key] {
        switch kind {
        case .holiday: [.holiday] + keys(.ordinary, weekday: weekday)
        case .eve: [.eve] + keys(.ordinary, weekday: weekday)
        case .adjusted: [.workday, Key(weekday: weekday), .every]
        case .ordinary: [Key(weekday: weekday), weekday <= 5 ? .workday : .restday, .every]
        }
    }

    /// The windows of a local date; nil where a calendar is needed and does not cover it.
    ///
    /// - Parameter calendar: The holidays of the place called; not consulted unless ``needsCalendar``.
    /// - Complexity: O(1).
    public func windows(on date: CivilDate, calendar: HolidayCalendar?) -> [Window]? {
        var kind = Kind.ordinary
        if needsCalendar {
            guard let calendar, calendar.years.contains(date.year) else { return nil }
            switch calendar.days[date]?.kind {
            case .holiday: kind = .holiday
            case .adjustedWorkday: kind = .adjusted
            case nil: break
            }
            if knowsEves, kind != .holiday {
                guard let tomorrow = calendar.dayType(date.adding(days: 1)) else { return nil }
                if tomorrow == .holiday { kind = .eve }
            }
        }
        return resolved[kind.rawValue * 7 + date.weekday - 1]
    }
}

/// What is wrong with a table of permitted times.
public enum WindowsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no key at all.
    case noKeys
    /// A window reaches outside 00:00–24:00.
    case outsideDay(WeeklyWindows.Key, WeeklyWindows.Window)
    /// A window does not end after its start.
    case notForward(WeeklyWindows.Key, WeeklyWindows.Window)
    /// The second window starts before the first ends.
    case outOfOrder(WeeklyWindows.Key, WeeklyWindows.Window, WeeklyWindows.Window)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .noKeys:
            "no times are given; name at least one of \(WeeklyWindows.Key.allCases.map(\.rawValue).joined(separator: ", "))"
        case .outsideDay(let key, let window):
            "`\(key.rawValue)`: \(window) reaches outside the day; keep within 00:00–24:00"
        case .notForward(let key, let window):
            """
            `\(key.rawValue)`: \(window) does not end after its start; \
            split a window that crosses midnight at 24:00
            """
        case .outOfOrder(let key, let first, let second):
            "`\(key.rawValue)`: \(second) starts before \(first) ends; sort the windows and join those that overlap"
        }
    }
}
