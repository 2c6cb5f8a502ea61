/// RFC 3339 text of instants. Source: RFC 3339 (July 2002), section 5.6.
extension Instant {
    /// Reads `2026-11-23T20:30:00+08:00`, with `T` and `Z` in either case and a fraction of any length.
    ///
    /// A fraction finer than a millisecond is cut. Returns nil for anything else, for a date that does not exist, and
    /// where the offset is missing. A leap second (`:60`) reads as the first second of the next minute.
    public init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[from..<(from + count)] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
        guard let year = number(0, 4), byte(4) == UInt8(ascii: "-"), let month = number(5, 2),
            byte(7) == UInt8(ascii: "-"), let day = number(8, 2),
            byte(10) == UInt8(ascii: "T") || byte(10) == UInt8(ascii: "t"),
            let hour = number(11, 2), byte(13) == UInt8(ascii: ":"), let minute = number(14, 2),
            byte(16) == UInt8(ascii: ":"), let second = number(17, 2),
            (1...12).contains(month), (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second),
            let days = Instant.daysFromCivil(year: year, month: month, day: day)
        else { return nil }
        var index = 19
        var fraction = 0
        if byte(index) == UInt8(ascii: ".") {
            var digits = 0
            index += 1
            while let value = number(index, 1) {
                if digits < 3 { fraction = fraction * 10 + value }
                digits += 1
                index += 1
            }
            guard digits > 0 else { return nil }
            for _ in digits..<max(digits, 3) { fraction *= 10 }
        }
        var offset = 0
        switch byte(index) {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            index += 1
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard let hours = number(index + 1, 2), byte(index + 3) == UInt8(ascii: ":"),
                let minutes = number(index + 4, 2), hours <= 23, minutes <= 59
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (byte(index) == UInt8(ascii: "-") ? -1 : 1)
            index += 6
        default:
            return nil
        }
        guard index == bytes.count else { return nil }
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
        self.init(milliseconds: seconds * 1000 + Int64(fraction))
    }

    /// `2026-11-24T01:00:00.000Z`: UTC with milliseconds, as answers carry it.
    public var rfc3339: String { rfc3339(offsetSeconds: 0, milliseconds: true) }

    /// The same instant on a clock with another offset from UTC.
    ///
    /// - Parameters:
    ///   - offsetSeconds: East positive; written in whole minutes as RFC 3339 demands.
    ///   - milliseconds: Whether three fraction digits are written.
    public func rfc3339(offsetSeconds: Int, milliseconds writesMilliseconds: Bool) -> String {
        let local = milliseconds + Int64(offsetSeconds) * 1000
        var (days, ofDay) = local.quotientAndRemainder(dividingBy: 86_400_000)
        if ofDay < 0 { (days, ofDay) = (days - 1, ofDay + 86_400_000) }
        let (year, month, day) = Instant.civilFromDays(days)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            var n = 0
            func put(_ byte: UInt8) {
                buffer[n] = byte
                n += 1
            }
            func put(_ value: some BinaryInteger, _ width: Int) {
                var divisor = 1
                for _ in 1..<width { divisor *= 10 }
                var rest = Int(value)
                for _ in 0..<width {
                    put(UInt8(48 + rest / divisor % 10))
                    rest %= divisor
                    divisor = max(1, divisor / 10)
                }
            }
            put(year, 4)
            put(UInt8(ascii: "-"))
            put(month, 2)
            put(UInt8(ascii: "-"))
            put(day, 2)
            put(UInt8(ascii: "T"))
            put(ofDay / 3_600_000, 2)
            put(UInt8(ascii: ":"))
            put(ofDay / 60_000 % 60, 2)
            put(UInt8(ascii: ":"))
            put(ofDay / 1000 % 60, 2)
            if writesMilliseconds {
                put(UInt8(ascii: "."))
                put(ofDay % 1000, 3)
            }
            if offsetSeconds == 0 && writesMilliseconds {
                put(UInt8(ascii: "Z"))
            } else {
                put(UInt8(ascii: offsetSeconds < 0 ? "-" : "+"))
                put(abs(offsetSeconds) / 3600, 2)
                put(UInt8(ascii: ":"))
                put(abs(offsetSeconds) / 60 % 60, 2)
            }
            return n
        }
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; nil where the date does not exist.
    public static func daysFromCivil(year: Int, month: Int, day: Int) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= daysInMonth(year: year, month: month) else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The inverse of ``daysFromCivil(year:month:day:)``.
    public static func civilFromDays(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let z = Int(days) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}
