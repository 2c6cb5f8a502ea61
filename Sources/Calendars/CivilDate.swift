import GateModel

/// A day of the proleptic Gregorian calendar, without a zone.
///
/// Covers about 5.8 million years on either side of 1970; arithmetic that would leave that range stops at its ends.
/// Source: RFC 3339 (July 2002), `full-date`.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01, which is 0.
    public let daysSinceEpoch: Int32

    /// - Parameter daysSinceEpoch: Days since 1970-01-01.
    public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

    init(clamping days: Int64) { self.daysSinceEpoch = Int32(clamping: days) }

    /// Nil where the date does not exist, such as 2026-02-29, or lies outside the range of the type.
    ///
    /// - Parameters:
    ///   - year: Astronomical year; 0 is 1 BC.
    ///   - month: 1...12.
    ///   - day: 1...31.
    public init?(year: Int, month: Int, day: Int) {
        // The guard keeps the arithmetic below from overflowing.
        guard (-6_000_000...6_000_000).contains(year),
            let days = Instant.daysFromCivil(year: year, month: month, day: day), let exact = Int32(exactly: days)
        else { return nil }
        self.daysSinceEpoch = exact
    }

    /// Reads `2026-11-23` and nothing looser; nil for anything else and for a date that does not exist.
    public init?(_ text: some StringProtocol) {
        var fields = (year: 0, month: 0, day: 0)
        var count = 0
        for byte in text.utf8 {
            let digit = Int(byte) - 48
            switch count {
            case 4, 7:
                guard byte == UInt8(ascii: "-") else { return nil }
            case 0...9:
                guard (0...9).contains(digit) else { return nil }
                if count < 4 {
                    fields.year = fields.year * 10 + digit
                } else if count < 7 {
                    fields.month = fields.month * 10 + digit
                } else {
                    fields.day = fields.day * 10 + digit
                }
            default:
                return nil
            }
            count += 1
        }
        guard count == 10 else { return nil }
        self.init(year: fields.year, month: fields.month, day: fields.day)
    }

    /// Year, month 1...12 and day 1...31, computed together at the price of one of them.
    public var fields: (year: Int, month: Int, day: Int) { Instant.civilFromDays(Int64(daysSinceEpoch)) }
    /// Astronomical year; 0 is 1 BC.
    public var year: Int { fields.year }
    /// 1...12.
    public var month: Int { fields.month }
    /// 1...31.
    public var day: Int { fields.day }

    /// Day of the week, 1 for Monday to 7 for Sunday. Source: ISO 8601-1:2019, 4.2.2.
    public var weekday: Int { Int((Int64(daysSinceEpoch) + 3).flooredRemainder(by: 7)) + 1 }

    /// The date so many days later, or earlier where negative.
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = Int64(daysSinceEpoch).addingReportingOverflow(Int64(days))
        return CivilDate(clamping: overflow ? (days < 0 ? .min : .max) : sum)
    }

    /// The same day so many months later, or earlier where negative; the month's last day where it has no such day.
    ///
    /// 2026-01-31 plus one month is 2026-02-28.
    public func adding(months: Int) -> CivilDate {
        let (year, month, day) = fields
        // Wider than the whole range, and narrow enough not to overflow.
        let months = min(max(months, -200_000_000), 200_000_000)
        let total = Int64(year) * 12 + Int64(month - 1) + Int64(months)
        let newYear = Int(total.flooredQuotient(by: 12))
        let newMonth = Int(total.flooredRemainder(by: 12)) + 1
        let newDay = min(day, Instant.daysInMonth(year: newYear, month: newMonth))
        guard let days = Instant.daysFromCivil(year: newYear, month: newMonth, day: newDay) else {
            preconditionFailure("a day within its month exists")
        }
        return CivilDate(clamping: days)
    }

    public static func < (a: CivilDate, b: CivilDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

    /// `2026-11-23`; years outside 0...9999 carry a sign.
    public var description: String {
        let (year, month, day) = fields
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let sign = year < 0 ? "-" : (year > 9999 ? "+" : "")
        return "\(sign)\(padded(abs(year), 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

/// What a wall clock and a wall calendar show together, without saying where they hang.
public struct LocalTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The local date.
    public var date: CivilDate
    /// Milliseconds since the clock read 00:00, 0..<86 400 000; on a day with a gap, more than have passed.
    public var millisecondOfDay: Int

    /// - Parameter millisecondOfDay: 0..<86 400 000.
    public init(date: CivilDate, millisecondOfDay: Int) {
        self.date = date
        self.millisecondOfDay = millisecondOfDay
    }

    public static func < (a: LocalTime, b: LocalTime) -> Bool {
        (a.date, a.millisecondOfDay) < (b.date, b.millisecondOfDay)
    }

    /// `2026-11-23T09:30:00.000`.
    public var description: String {
        let start = Instant(milliseconds: Int64(millisecondOfDay)).rfc3339
        return "\(date)\(start.dropFirst(10).dropLast())"
    }

    /// The clock's reading as milliseconds since 1970-01-01T00:00 on the same clock.
    var clock: Int64 { Int64(date.daysSinceEpoch) * millisecondsPerDay + Int64(millisecondOfDay) }

    init(clock: Int64) {
        self.date = CivilDate(clamping: clock.flooredQuotient(by: millisecondsPerDay))
        self.millisecondOfDay = Int(clock.flooredRemainder(by: millisecondsPerDay))
    }
}

let millisecondsPerDay: Int64 = 86_400_000

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    func flooredRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
