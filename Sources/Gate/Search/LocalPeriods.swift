import Calendars
import GateModel

/// Hours and days as a reader's clock shows them.
struct LocalPeriods {
    /// Nil for UTC.
    let zone: Zone?

    /// Where the hours or days begin that overlap a stretch of time, in order; the first at or before its start. A day may
    /// have 23 or 25 hours; an hour that a clock shows twice is two hours.
    ///
    /// - Parameter length: An hour or a day.
    func starts(of length: Span, from: Instant, to: Instant) -> [Instant] {
        var starts: [Instant] = []
        var start = self.start(of: length, at: from)
        while start < to {
            starts.append(start)
            start = next(length, after: start)
        }
        return starts
    }

    private func offset(at instant: Instant) -> Int64 { Int64(zone?.offset(at: instant) ?? 0) * 1000 }

    /// Where an hour or day of the clock begins, if the offset was the same all through it.
    private func start(of length: Span, at instant: Instant) -> Instant {
        let offset = offset(at: instant)
        let clock = instant.milliseconds + offset
        let rest = ((clock % length.milliseconds) + length.milliseconds) % length.milliseconds
        let start = Instant(milliseconds: instant.milliseconds - rest)
        // Where the clock was changed since, midnight is counted with the offset that held then.
        let before = self.offset(at: start)
        let corrected = Instant(milliseconds: start.milliseconds + offset - before)
        return before == offset || corrected > instant ? start : corrected
    }

    private func next(_ length: Span, after start: Instant) -> Instant {
        let offset = offset(at: start)
        let clock = start.milliseconds + offset
        let passed = ((clock % length.milliseconds) + length.milliseconds) % length.milliseconds
        let next = Instant(milliseconds: start.milliseconds - passed + length.milliseconds)
        let later = self.offset(at: next)
        guard later != offset, length > .hours(1) else { return next }
        let corrected = Instant(milliseconds: next.milliseconds + offset - later)
        // A midnight that the clock leaps over: the day begins with the leap.
        return self.offset(at: corrected) == later ? corrected : next
    }
}
