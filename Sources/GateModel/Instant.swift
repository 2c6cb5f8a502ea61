/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Every instant in CallGate has this type. Differences are `Duration`s.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch, in UTC.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// - Parameter seconds: Whole seconds since the Unix epoch.
    public init(seconds: Int64) { self.milliseconds = seconds * 1000 }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    public var seconds: Int64 {
        milliseconds >= 0 ? milliseconds / 1000 : -((-milliseconds + 999) / 1000)
    }

    /// Later than every instant that can be written in RFC 3339.
    public static var distantFuture: Instant { Instant(milliseconds: .max / 4) }
    /// Earlier than every instant that can be written in RFC 3339.
    public static var distantPast: Instant { Instant(milliseconds: .min / 4) }

    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: Instant, span: Span) -> Instant {
        Instant(milliseconds: a.milliseconds + span.milliseconds)
    }
    public static func - (a: Instant, span: Span) -> Instant {
        Instant(milliseconds: a.milliseconds - span.milliseconds)
    }
    public static func - (a: Instant, b: Instant) -> Span { Span(milliseconds: a.milliseconds - b.milliseconds) }
}

/// A length of time in milliseconds.
public struct Span: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func seconds(_ n: Int64) -> Span { Span(milliseconds: n * 1000) }
    public static func minutes(_ n: Int64) -> Span { .seconds(n * 60) }
    public static func hours(_ n: Int64) -> Span { .minutes(n * 60) }
    /// Days of exactly 24 hours; a calendar day belongs to a zone and is counted there.
    public static func days(_ n: Int64) -> Span { .hours(n * 24) }

    public static func < (a: Span, b: Span) -> Bool { a.milliseconds < b.milliseconds }
}
