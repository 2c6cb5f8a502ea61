import GateModel

/// Between instants and what a zone's clocks and calendars show.
extension Zone {
    /// The local date.
    ///
    /// - Complexity: O(log *n*) in the zone's changes.
    public func date(at instant: Instant) -> CivilDate { local(at: instant).date }

    /// The local date and time of day.
    ///
    /// - Complexity: O(log *n*) in the zone's changes.
    public func local(at instant: Instant) -> LocalTime {
        let instant = min(max(instant, .distantPast), .distantFuture)
        return LocalTime(clock: instant.milliseconds + Int64(offset(at: instant)) * 1000)
    }

    /// The first instant whose local date is `date` or later.
    ///
    /// Usually midnight. Where midnight falls in a gap, the gap's end; where it comes twice, the first; where the whole
    /// date is left out, as 2011-12-30 in Samoa, the start of the next one.
    /// - Complexity: O(log *n*).
    public func start(of date: CivilDate) -> Instant {
        firstInstant(clockAtLeast: Int64(date.daysSinceEpoch) * millisecondsPerDay)
    }

    /// The first instant at which the local clock reads `local`, or the gap's end where it never does.
    ///
    /// - Complexity: O(log *n*).
    public func instant(of local: LocalTime) -> Instant {
        for regime in regimes(around: local.clock) {
            let candidate = regime.instant(clock: local.clock)
            if regime.from <= candidate && candidate < regime.until { return candidate }
        }
        return firstInstant(clockAtLeast: local.clock)
    }

    private func firstInstant(clockAtLeast clock: Int64) -> Instant {
        for regime in regimes(around: clock) {
            let candidate = max(regime.from, regime.instant(clock: clock))
            if candidate < regime.until { return candidate }
        }
        preconditionFailure("the last stretch around a clock reading contains or follows it")
    }

    /// Offsets lie between −25 and 26 hours, so the reading can occur nowhere else.
    private func regimes(around clock: Int64) -> [Regime] {
        regimes(
            from: Instant(milliseconds: clock) - .hours(26),
            until: Instant(milliseconds: clock) + .hours(25) + .seconds(1))
    }
}

extension Instant {
    /// The same local day and time of day so many calendar months later, or earlier where negative.
    ///
    /// The month's last day where it has no such day; the gap's end where the clock never reads so; the first of two.
    /// An unchanged date returns the instant itself.
    public func adding(months: Int, in zone: Zone) -> Instant {
        let local = zone.local(at: self)
        let date = local.date.adding(months: months)
        if date == local.date { return self }
        return zone.instant(of: LocalTime(date: date, millisecondOfDay: local.millisecondOfDay))
    }
}
