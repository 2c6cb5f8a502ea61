/// The digits of a number as somebody wrote it; no digit is interpreted yet.
///
/// Accepted: decimal digits of any script, one plus before them (full-width too), separators (spaces, hyphens, dots,
/// slashes, brackets and their full-width and typographic forms, direction marks), a `tel:` URI with its parameters
/// (RFC 3966, 2004-12), and after the number an extension of 1 to 6 digits, which is dropped: the gate judges the line.
/// Any other character makes the text no number. Letters are not read as keypad digits: `138xxxx0001` is a masked
/// number, not a number.
struct WrittenNumber: Hashable, Sendable {
    /// Whether the digits begin with a calling code.
    var isInternational = false
    var digits = DigitRun()

    init?(_ input: String) {
        let parts = input.split(separator: ";", omittingEmptySubsequences: false)
        guard let first = parts.first, read(Self.withoutScheme(first)) else { return nil }
        for parameter in parts.dropFirst() where !apply(parameter) { return nil }
        guard digits.count > 0 else { return nil }
    }

    /// - Returns: The value of a decimal digit of any script.
    static func digit(_ scalar: Unicode.Scalar) -> Int? {
        if scalar.isASCII { return (48...57).contains(scalar.value) ? Int(scalar.value) - 48 : nil }
        guard scalar.properties.numericType == .decimal else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    private static func withoutScheme(_ text: Substring) -> Substring {
        let trimmed = text.drop { $0 == " " }
        return trimmed.prefix(4).lowercased() == "tel:" ? trimmed.dropFirst(4) : trimmed
    }

    private mutating func read(_ text: Substring) -> Bool {
        var rest = text.unicodeScalars
        while let scalar = rest.first {
            if let digit = Self.digit(scalar) {
                guard digits.append(digit) else { return false }
            } else if scalar == "+" || scalar == "\u{FF0B}" {
                guard !isInternational, digits.count == 0 else { return false }
                isInternational = true
            } else if !Self.isSeparator(scalar) {
                return digits.count > 0 && Self.isExtension(rest)
            }
            rest.removeFirst()
        }
        return true
    }

    /// A parameter of a `tel:` URI, or an extension after a dialling pause.
    private mutating func apply(_ parameter: Substring) -> Bool {
        guard let equals = parameter.firstIndex(of: "=") else {
            return Self.isExtensionDigits(parameter.unicodeScalars)
        }
        guard parameter[..<equals].lowercased() == "phone-context", !isInternational,
            let context = WrittenNumber(String(parameter[parameter.index(after: equals)...])), context.isInternational
        else { return true }
        guard let whole = context.digits + digits else { return false }
        digits = whole
        isInternational = true
        return true
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20, 0x28, 0x29, 0x2D, 0x2E, 0x2F, 0x5B, 0x5D: true  // white space ( ) - . / [ ]
        case 0xA0, 0xAD, 0xB7: true  // no-break space, soft hyphen, middle dot
        case 0x2000...0x2015, 0x2028...0x202F, 0x2060, 0x2066...0x2069, 0x2212, 0xFEFF: true  // spaces, dashes, marks
        case 0x3000, 0x30FC, 0xFF08, 0xFF09, 0xFF0D, 0xFF0E, 0xFF0F, 0xFF3B, 0xFF3D: true  // full-width forms
        default: false
        }
    }
}

/// Extensions.
extension WrittenNumber {
    private static let markers = ["extension", "extn", "ext", "x", "#", ",", "转分机", "分机", "转", "轉", "分機"]
        .map { Array($0.unicodeScalars) }

    private static func isExtension(_ text: Substring.UnicodeScalarView) -> Bool {
        let lowered = text.prefix(9).map { (65...90).contains($0.value) ? Unicode.Scalar(UInt8($0.value) + 32) : $0 }
        guard let marker = markers.first(where: { lowered.starts(with: $0) }) else { return false }
        var rest = text.dropFirst(marker.count)
        // A second pause is no second extension.
        if marker == [","] { rest = rest.drop { $0 == "," } }
        return isExtensionDigits(rest.drop { $0 == ":" || $0 == "\u{FF1A}" })
    }

    /// No more than 6, or a second telephone number would pass for an extension of the first.
    private static func isExtensionDigits(_ text: Substring.UnicodeScalarView) -> Bool {
        var count = 0
        for scalar in text {
            if digit(scalar) != nil { count += 1 } else if !isSeparator(scalar) { return false }
        }
        return (1...6).contains(count)
    }
}
