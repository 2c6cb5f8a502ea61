/// Reads the POSIX `TZ` string of a TZif footer.
///
/// Source: RFC 9636 (October 2024), section 3.3 and 3.3.2; POSIX.1-2017, 8.3.
struct ZoneRuleParser {
    private let bytes: [UInt8]
    private var index = 0
    /// Version 3 lets the time of a change run from −167 to 167 hours instead of 0 to 24.
    private let allowsExtendedTimes: Bool

    static func parse(_ bytes: [UInt8], version: Int) throws(ZoneFault) -> ZoneRule {
        var parser = ZoneRuleParser(bytes: bytes, allowsExtendedTimes: version >= 3)
        let rule = try parser.rule()
        guard parser.index == bytes.count else { throw parser.fault("unexpected text") }
        return rule
    }

    private init(bytes: [UInt8], allowsExtendedTimes: Bool) {
        self.bytes = bytes
        self.allowsExtendedTimes = allowsExtendedTimes
    }

    private mutating func rule() throws(ZoneFault) -> ZoneRule {
        try name()
        // POSIX counts west as positive.
        let standard = -(try time(hours: 24))
        guard index < bytes.count else { return ZoneRule(standard: standard, daylight: nil) }
        try name()
        let offset = peek == UInt8(ascii: ",") ? standard + 3600 : -(try time(hours: 24))
        // POSIX lets a system choose the rule where none is written; RFC 9636 does not.
        let start = try change()
        let end = try change()
        return ZoneRule(standard: standard, daylight: .init(offset: offset, start: start, end: end))
    }

    /// Three or more letters, or three or more letters, digits and signs within angle brackets.
    private mutating func name() throws(ZoneFault) {
        let isQuoted = take(UInt8(ascii: "<"))
        let first = index
        while let byte = peek {
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
            let isSignOrDigit = (48...57).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            guard isLetter || (isQuoted && isSignOrDigit) else { break }
            index += 1
        }
        guard index - first >= 3 else { throw fault("a name of fewer than three characters") }
        guard !isQuoted || take(UInt8(ascii: ">")) else { throw fault("a quoted name without its end") }
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    private mutating func time(hours limit: Int) throws(ZoneFault) -> Int {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        var seconds = try number(0...limit, digits: limit > 99 ? 3 : 2) * 3600
        if take(UInt8(ascii: ":")) {
            seconds += try number(0...59, digits: 2) * 60
            if take(UInt8(ascii: ":")) { seconds += try number(0...59, digits: 2) }
        }
        return isNegative ? -seconds : seconds
    }

    /// `,Jn`, `,n` or `,Mm.w.d`, each with an optional `/time`.
    private mutating func change() throws(ZoneFault) -> ZoneRule.Change {
        guard take(UInt8(ascii: ",")) else { throw fault("a rule for the change is missing") }
        let day: ZoneRule.Day
        if take(UInt8(ascii: "J")) {
            day = .julian(try number(1...365, digits: 3))
        } else if take(UInt8(ascii: "M")) {
            let month = try number(1...12, digits: 2)
            guard take(UInt8(ascii: ".")) else { throw fault("the week is missing") }
            let week = try number(1...5, digits: 1)
            guard take(UInt8(ascii: ".")) else { throw fault("the weekday is missing") }
            day = .weekday(month: month, week: week, weekday: try number(0...6, digits: 1))
        } else {
            day = .zeroBased(try number(0...365, digits: 3))
        }
        guard take(UInt8(ascii: "/")) else { return ZoneRule.Change(day: day, time: 7200) }
        if !allowsExtendedTimes, peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") {
            throw fault("a signed time needs version 3")
        }
        return ZoneRule.Change(day: day, time: try time(hours: allowsExtendedTimes ? 167 : 24))
    }

    private mutating func number(_ range: ClosedRange<Int>, digits limit: Int) throws(ZoneFault) -> Int {
        var value = 0
        var digits = 0
        while digits < limit, let byte = peek, (48...57).contains(byte) {
            value = value * 10 + Int(byte - 48)
            digits += 1
            index += 1
        }
        guard digits > 0, range.contains(value) else {
            throw fault("a number from \(range.lowerBound) to \(range.upperBound) is missing")
        }
        return value
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    private func fault(_ reason: String) -> ZoneFault {
        ZoneFault("footer `\(String(decoding: bytes, as: UTF8.self))`, character \(index + 1): \(reason)")
    }
}
