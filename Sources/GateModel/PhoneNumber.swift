/// A telephone number in E.164 form.
///
/// Its description is the number itself: never interpolate one into a log line or an error text; use ``masked``.
public struct E164: Hashable, Sendable, CustomStringConvertible {
    /// The digits after the plus, as a number; E.164 allows 15, which fit.
    public let digits: UInt64

    /// - Parameter digits: 1 to 15 digits, the first not zero.
    public init?(digits: UInt64) {
        guard digits > 0, digits < 1_000_000_000_000_000 else { return nil }
        self.digits = digits
    }

    /// Reads `+8613800000001` and nothing looser.
    public init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        var count = 0
        var first = true
        for byte in text.utf8 {
            if first {
                guard byte == UInt8(ascii: "+") else { return nil }
                first = false
                continue
            }
            guard (48...57).contains(byte), count < 15, !(count == 0 && byte == 48) else { return nil }
            value = value * 10 + UInt64(byte - 48)
            count += 1
        }
        guard count > 0 else { return nil }
        self.digits = value
    }

    public var description: String { "+\(digits)" }

    /// `138****5678` for a national part of eleven digits, fewer digits shown for a shorter one. Safe to show.
    ///
    /// - Parameter callingCode: The country calling code that is left out, such as 86.
    public func masked(callingCode: Int) -> String {
        var text = Substring(String(digits))
        let code = String(callingCode)
        if text.hasPrefix(code) { text = text.dropFirst(code.count) }
        guard text.count > 7 else { return "****" + text.suffix(2) }
        return text.prefix(3) + "****" + text.suffix(4)
    }
}

/// What kind of line a number is: libphonenumber's type in lower case with underscores; `invalid` means that it is no
/// callable number.
public struct NumberType: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let invalid = NumberType("invalid")
    public static let mobile = NumberType("mobile")
    public static let fixedLine = NumberType("fixed_line")
    public static let fixedLineOrMobile = NumberType("fixed_line_or_mobile")
    public static let tollFree = NumberType("toll_free")
    public static let premiumRate = NumberType("premium_rate")
    public static let sharedCost = NumberType("shared_cost")
    public static let voip = NumberType("voip")
    public static let personalNumber = NumberType("personal_number")
    public static let pager = NumberType("pager")
    public static let uan = NumberType("uan")
    public static let voicemail = NumberType("voicemail")
    public static let unknown = NumberType("unknown")

    public static let all: [NumberType] = [
        .invalid, .mobile, .fixedLine, .fixedLineOrMobile, .tollFree, .premiumRate, .sharedCost, .voip, .personalNumber,
        .pager, .uan, .voicemail, .unknown,
    ]
}

/// A number as the gate reads it.
public struct NumberReading: Hashable, Sendable {
    /// Nil where the input is no number that can exist; then ``type`` is `invalid`.
    public var e164: E164?
    public var type: NumberType
    /// What a numbering plan in the policy folder says of the number's range beyond its type (`satellite`, `iot`,
    /// `privacy`, `short`, …); nil for an ordinary number.
    public var category: String?
    /// ISO 3166-1 alpha-2 code of the numbering area, nil where unknown. Known for an invalid number too when its
    /// country was said or is in the number itself, so that the pack of that country still speaks.
    public var region: String?
    /// ISO 3166-2 codes of every subdivision that the number may lie in; empty where its number says nothing.
    public var subdivisions: [String]
    /// IANA names of every zone that the number may lie in; empty where unknown.
    public var zones: [String]

    public init(
        e164: E164?, type: NumberType, category: String? = nil, region: String?, subdivisions: [String] = [],
        zones: [String] = []
    ) {
        self.e164 = e164
        self.type = type
        self.category = category
        self.region = region
        self.subdivisions = subdivisions
        self.zones = zones
    }
}
