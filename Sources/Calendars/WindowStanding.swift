import GateModel

/// Whether an instant lies in the permitted times.
public enum WindowStanding: Hashable, Sendable {
    /// Permitted up to, and not including, `until`.
    case open(until: Instant)
    /// Not permitted.
    case closed
    /// A holiday calendar is needed and does not cover the local date; treat as not permitted.
    case unknown
}

extension WeeklyWindows {
    /// Whether `instant` is permitted on the zone's clocks, and until when.
    ///
    /// Windows that adjoin, over midnight too, run on. The end given lies at most 48 hours ahead and never in a date
    /// that the calendar does not cover. Where clocks go back, what they read counts each time.
    /// - Parameter calendar: Not consulted unless ``needsCalendar``.
    /// - Complexity: O(log *n*) in the zone's changes.
    public func standing(at instant: Instant, in zone: Zone, calendar: HolidayCalendar?) -> WindowStanding {
        let instant = clamped(instant)
        let limit = instant + .days(2)
        var end = instant
        while end < limit {
            switch step(from: end, in: zone, calendar: calendar) {
            case .open(let next):
                end = next
                continue
            case .closed where end == instant: return .closed
            case .unknown where end == instant: return .unknown
            case .closed, .unknown: return .open(until: end)
            }
        }
        return .open(until: min(end, limit))
    }

    /// The earliest instant that is permitted, from `instant` on; `instant` itself if it is.
    ///
    /// Nil where there is none up to and including `instant + horizon`, or where a date that the calendar does not
    /// cover comes first. Exact to the millisecond where clocks change.
    /// - Parameters:
    ///   - calendar: Not consulted unless ``needsCalendar``.
    ///   - horizon: How far to look; a negative one finds nothing.
    /// - Complexity: O(*d* log *n*) for *d* days up to the opening: without a calendar, about a week at most.
    public func nextOpening(
        from instant: Instant, in zone: Zone, calendar: HolidayCalendar?, horizon: Span
    ) -> Instant? {
        guard !isEmpty else { return nil }
        var cursor = clamped(instant)
        let (sum, overflow) = cursor.milliseconds.addingReportingOverflow(horizon.milliseconds)
        let limit = clamped(Instant(milliseconds: overflow ? (horizon.milliseconds < 0 ? .min : .max) : sum))
        while cursor <= limit {
            switch step(from: cursor, in: zone, calendar: calendar) {
            case .open: return cursor
            case .unknown: return nil
            case .closed(let next): cursor = next
            }
        }
        return nil
    }

    private enum Step {
        /// Permitted here and up to this instant; beyond, look again.
        case open(Instant)
        /// Not permitted here, nor up to this instant; look again there.
        case closed(Instant)
        case unknown
    }

    /// What holds from an instant to the next window edge, local midnight or change of offset, whichever comes first.
    ///
    /// Within one offset the local clock runs evenly, so an edge of the clock is one instant.
    private func step(from instant: Instant, in zone: Zone, calendar: HolidayCalendar?) -> Step {
        let regime = zone.regime(at: instant)
        let local = LocalTime(clock: regime.clock(at: instant))
        guard let windows = windows(on: local.date, calendar: calendar) else { return .unknown }
        func end(atSecond second: Int) -> Instant {
            let edge = LocalTime(date: local.date, millisecondOfDay: second * 1000)
            return min(regime.instant(clock: edge.clock), regime.until)
        }
        guard let window = windows.first(where: { local.millisecondOfDay < $0.end * 1000 }) else {
            return .closed(end(atSecond: 86_400))
        }
        return local.millisecondOfDay >= window.start * 1000
            ? .open(end(atSecond: window.end)) : .closed(end(atSecond: window.start))
    }

    /// Keeps arithmetic on dates within the range of ``CivilDate``.
    private func clamped(_ instant: Instant) -> Instant {
        let limit = Int64(Int32.max - 1000) * millisecondsPerDay
        return Instant(milliseconds: min(max(instant.milliseconds, -limit), limit))
    }
}
