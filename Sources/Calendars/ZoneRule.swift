import GateModel

/// The rule in a TZif footer: what holds after the last transition in the table.
///
/// Source: RFC 9636 (October 2024), section 3.3; POSIX.1-2017, 8.3, `TZ`.
struct ZoneRule: Sendable {
    /// Seconds east of UTC.
    var standard: Int
    /// Nil where the clock never changes.
    var daylight: Daylight?

    /// The part of the year with the other offset. It need not be summer, nor the larger offset (Dublin).
    struct Daylight: Sendable {
        var offset: Int
        var start: Change
        var end: Change
    }

    /// A change of the clock, once a year.
    struct Change: Sendable {
        var day: Day
        /// Seconds from 00:00 of the day, on the clock that is about to change; −167 h to 167 h.
        var time: Int
    }

    enum Day: Sendable {
        /// 1...365; 29 February is never counted.
        case julian(Int)
        /// 0...365; 29 February is counted.
        case zeroBased(Int)
        /// Weekday 0 (Sunday) to 6; week 5 means the last.
        case weekday(month: Int, week: Int, weekday: Int)

        /// Days since 1970-01-01.
        func days(in year: Int) -> Int64 {
            switch self {
            case .julian(let n):
                let leapDay = Instant.daysInMonth(year: year, month: 2) == 29 && n >= 60
                return firstDay(year, 1) + Int64(n - 1) + (leapDay ? 1 : 0)
            case .zeroBased(let n):
                return firstDay(year, 1) + Int64(n)
            case .weekday(let month, let week, let weekday):
                let first = firstDay(year, month)
                // 1970-01-01 was a Thursday.
                let firstWeekday = Int((first + 4).flooredRemainder(by: 7))
                var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                if day >= Instant.daysInMonth(year: year, month: month) { day -= 7 }
                return first + Int64(day)
            }
        }

        private func firstDay(_ year: Int, _ month: Int) -> Int64 {
            Instant.daysFromCivil(year: year, month: month, day: 1) ?? 0
        }
    }

    /// The offset that holds for ever, nil where the clock changes.
    var constant: Int? {
        guard let daylight, daylight.offset != standard else { return standard }
        // RFC 9636 writes permanent daylight time as an end that meets the next start; 400 years repeat exactly.
        let isPermanent = (2000..<2400).allSatisfy { year in
            let changes = changes(in: year, daylight)
            return changes.end == self.changes(in: year + 1, daylight).start || changes.start == changes.end
        }
        return isPermanent ? daylight.offset : nil
    }

    /// The stretch of constant offset around an instant; O(1).
    ///
    /// - Parameter instant: Between the distant past and the distant future.
    func regime(at instant: Instant) -> Regime {
        guard let daylight else { return Regime(offset: standard, from: .distantPast, until: .distantFuture) }
        let second = instant.milliseconds.flooredQuotient(by: 1000)
        let year = Instant.civilFromDays((second + Int64(standard)).flooredQuotient(by: 86_400)).year
        // Times of up to a week either way can move a change into the neighbouring year, hence two years around.
        var changes: [(second: Int64, isStart: Bool)] = []
        for year in (year - 2)...(year + 2) {
            let (start, end) = self.changes(in: year, daylight)
            changes.append((start, true))
            changes.append((end, false))
        }
        // Of an end and a start at one instant the start holds: daylight time that never ends.
        changes.sort { $0.second != $1.second ? $0.second < $1.second : !$0.isStart && $1.isStart }
        var from = changes[0].second
        var isDaylight = changes[0].isStart
        var until = changes[changes.count - 1].second
        for (index, change) in changes.enumerated() {
            let isOverridden = index + 1 < changes.count && changes[index + 1].second == change.second
            if isOverridden || change.isStart == isDaylight { continue }
            if change.second > second {
                until = change.second
                break
            }
            from = change.second
            isDaylight = change.isStart
        }
        return Regime(
            offset: isDaylight ? daylight.offset : standard, from: Instant(seconds: from),
            until: Instant(seconds: until))
    }

    private func changes(in year: Int, _ daylight: Daylight) -> (start: Int64, end: Int64) {
        (
            daylight.start.day.days(in: year) * 86_400 + Int64(daylight.start.time - standard),
            daylight.end.day.days(in: year) * 86_400 + Int64(daylight.end.time - daylight.offset)
        )
    }
}
