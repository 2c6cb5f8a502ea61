/// Turns what a cell of a workbook holds into text.
struct CellValues {
    let strings: SharedStrings
    let formats: CellFormats
    /// Whether day 0 is 1904-01-01 and not 1899-12-30.
    let countsFrom1904: Bool

    /// A number as it was typed: without exponent, and without a point where it is whole; a date as `2026-01-31`.
    func number(_ raw: [UInt8], style: Int) -> [UInt8] {
        let kind = formats[style]
        if kind != .number, let value = Double(String(decoding: raw, as: UTF8.self)),
            let text = date(value, hasTime: kind == .time)
        {
            return Array(text.utf8)
        }
        return Self.plain(raw) ?? raw
    }

    /// Moves the point as the exponent says, digit by digit, so that none is lost; nil for what is no number, and for
    /// one that is longer than any phone number or account.
    static func plain(_ raw: [UInt8]) -> [UInt8]? {
        let text = raw.drop { $0 == UInt8(ascii: "+") }
        let isNegative = text.first == UInt8(ascii: "-")
        let unsigned = isNegative ? text.dropFirst() : text
        let parts = unsigned.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
        let halves = parts[0].split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        var exponent = 0
        if parts.count == 2 {
            guard let value = Int(String(decoding: parts[1], as: UTF8.self)), abs(value) <= 40 else { return nil }
            exponent = value
        }
        var digits = Array(halves.joined())
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        var point = halves[0].count + exponent
        if point < 1 {
            digits.insert(contentsOf: repeatElement(48, count: 1 - point), at: 0)
            point = 1
        }
        while digits.count < point { digits.append(48) }
        while digits.count > point, digits.last == 48 { digits.removeLast() }
        while point > 1, digits[0] == 48 {
            digits.removeFirst()
            point -= 1
        }
        if digits.count > point { digits.insert(UInt8(ascii: "."), at: point) }
        return isNegative ? [UInt8(ascii: "-")] + digits : digits
    }

    /// A day count as text; nil for one outside of the calendar that spreadsheets have.
    func date(_ value: Double, hasTime: Bool) -> String? {
        guard value >= 0, value < 2_958_466 else { return nil }
        let seconds = Int((value * 86_400).rounded())
        let (day, second) = (seconds / 86_400, seconds % 86_400)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        if day == 0, hasTime { return time }
        // Day 60 is 29 February 1900, which never was; before it all days are one off.
        guard countsFrom1904 || day > 60 else { return nil }
        let (year, month, dayOfMonth) = Self.civil(day + (countsFrom1904 ? -24_107 : -25_569))
        let date = "\(year)-\(two(month))-\(two(dayOfMonth))"
        return second == 0 && !hasTime ? date : "\(date) \(time)"
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar, for years from 1900.
    private static func civil(_ day: Int) -> (Int, Int, Int) {
        func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        // Days from 1900-01-01; 400 years have always as many.
        var rest = day + 25_567
        var year = 1900 + rest / 146_097 * 400
        rest %= 146_097
        while rest >= (isLeap(year) ? 366 : 365) {
            rest -= isLeap(year) ? 366 : 365
            year += 1
        }
        var month = 1
        for length in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            guard rest >= length else { break }
            rest -= length
            month += 1
        }
        return (year, month, rest + 1)
    }

    /// Undoes `_x000D_`, by which spreadsheets write characters that XML cannot hold.
    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var rest = text
        while let mark = rest.firstIndex(of: UInt8(ascii: "_")) {
            result += rest[..<mark]
            rest = rest[mark...]
            if rest.count >= 7, rest[mark + 1] == UInt8(ascii: "x"), rest[mark + 6] == UInt8(ascii: "_"),
                let code = UInt32(String(decoding: rest[(mark + 2)..<(mark + 6)], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            {
                result += String(Character(scalar)).utf8
                rest = rest[(mark + 7)...]
            } else {
                result.append(UInt8(ascii: "_"))
                rest = rest.dropFirst()
            }
        }
        result += rest
        return result
    }
}
