import GateModel

/// When a feed is fetched.
public struct FeedSchedule: Hashable, Sendable {
    /// A time of day with its offset from UTC named: no zone, so no jumps of summer time.
    public struct TimeOfDay: Hashable, Sendable {
        /// Minutes since midnight UTC, 0 to 1439.
        public let minutes: Int64

        /// Reads `03:30+08:00` or `03:30Z`; nil for anything else.
        public init?(_ text: String) {
            guard text.utf8.count == 6 || text.utf8.count == 11,
                let instant = Instant(rfc3339: "1970-01-02T\(text.prefix(5)):00\(text.dropFirst(5))")
            else { return nil }
            minutes = (instant.seconds / 60 + 1440) % 1440
        }
    }

    /// Between two fetches; at least 10 seconds.
    public let every: Span
    /// Nil where it does not matter at what time.
    public let at: TimeOfDay?

    /// - Parameter at: Only with an `every` of whole days, or of a part of a day such as 6h.
    /// - Throws: ``FeedError/definition(field:why:)``.
    public init(every: Span, at: TimeOfDay? = nil) throws(FeedError) {
        guard every >= .seconds(10) else { throw .definition(field: "every", why: "must be at least 10s") }
        let day = Span.days(1).milliseconds
        if at != nil, every.milliseconds % day != 0, day % every.milliseconds != 0 {
            throw .definition(
                field: "at", why: "needs an `every` of whole days or of a part of a day, such as 24h or 6h")
        }
        self.every = every
        self.at = at
    }

    /// The first instant at which a fetch is due after one that ended well.
    func next(after end: Instant) -> Instant {
        guard let at else { return end + every }
        let day = Span.days(1).milliseconds
        // Of several days, all but the last must have passed; then the next slot of the day's grid.
        let grid = min(every.milliseconds, day)
        let offset = at.minutes * 60_000
        let from = end.milliseconds + max(0, every.milliseconds - day) - offset
        let (slot, rest) = from.quotientAndRemainder(dividingBy: grid)
        return Instant(milliseconds: (rest < 0 ? slot : slot + 1) * grid + offset)
    }
}

/// The pause after a number of failures in a row: a minute, doubling to an hour, and up to a quarter more, so that many
/// gates do not return at once.
///
/// - Parameters:
///   - failures: At least 1.
///   - jitter: 0 to 1.
func pause(afterFailures failures: Int, jitter: Double) -> Span {
    let seconds: Int64 = min(60 << Int64(min(failures - 1, 6)), 3600)
    let more = Double(seconds) * 250 * min(max(jitter, 0), 1)
    return Span(milliseconds: seconds * 1000 + Int64(more))
}

/// When a feed is to be fetched next; an instant that is not later than `now` means at once.
public func nextAttempt(_ state: FeedState, _ definition: FeedDefinition, now: Instant) -> Instant {
    // Never tried, another source than the one tried, or a clock that was put back.
    guard let last = state.lastAttempt, state.source == definition.fingerprint, last <= now else { return now }
    if state.failures > 0 { return last + pause(afterFailures: state.failures, jitter: state.jitter) }
    return definition.schedule.next(after: last)
}
