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
    public func contains(_ number: E164) -> Bool {
        var rest = number.digits
        while rest > digits { rest /= 10 }
        return rest == digits
    }

    /// A plus and the digits.
    public var description: String { "+\(digits)" }

    /// By value, so that a shorter prefix comes before a longer one.
    public static func < (a: NumberPrefix, b: NumberPrefix) -> Bool { a.digits < b.digits }
}
