import GateModel

/// The leading digits of E.164 numbers, country code first: `+1212` is every number of that area code.
public struct NumberPrefix: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits after the plus; their count is part of the prefix, since none starts with zero.
    public let digits: UInt64

    /// Reads a plus and 1 to 15 digits, the first not zero; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let number = E164(text) else { return nil }
        digits = number.digits
    }

    init(digits: UInt64) { self.digits = digits }

    /// Whether a number starts with these digits; a number is its own prefix.
    public func contains(_ number: E164) -> Bool { contains(digits: number.digits) }

    func contains(digits number: UInt64) -> Bool {
        var rest = number
        while rest > digits { rest /= 10 }
        return rest == digits
    }

    /// Whether the prefix is shorter than a country's calling code and two more digits, so that it may hold a whole
    /// country. Of the countries under +1 each has an area code or more, of which two digits name several.
    public var mayHoldCountry: Bool {
        let text = String(digits)
        let length = Self.callingCodeLength(text)
        return text.utf8.count < length + 2
    }

    /// Source: ITU-T E.164 (November 2010), list of assigned codes; unassigned ones count as three digits.
    private static func callingCodeLength(_ digits: String) -> Int {
        guard let first = digits.first, !"17".contains(first) else { return 1 }
        let twoDigits: Set<Substring> = [
            "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
            "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
            "86", "90", "91", "92", "93", "94", "95", "98",
        ]
        return twoDigits.contains(digits.prefix(2)) ? 2 : 3
    }

    /// A plus and the digits.
    public var description: String { "+\(digits)" }

    /// By value, so that a shorter prefix comes before a longer one.
    public static func < (a: NumberPrefix, b: NumberPrefix) -> Bool { a.digits < b.digits }
}
