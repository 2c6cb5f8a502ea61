import GateModel

/// Two leading parts of E.164 numbers of the same length, and everything between them.
struct NumberRange: Hashable {
    let low: UInt64
    let high: UInt64

    /// Reads `+861380000000-+861380009999`; also with a dash, a tilde, two points or the Chinese word between. Nil for
    /// anything else, and where the second comes before the first.
    init?(_ text: String) {
        guard text.hasPrefix("+"), let second = text.dropFirst().firstIndex(of: "+") else { return nil }
        var first = text[..<second]
        guard let sign = ["-", "–", "—", "~", "～", "..", "至"].first(where: { trimmed(first).hasSuffix($0) }) else {
            return nil
        }
        first = trimmed(trimmed(first).dropLast(sign.count))
        guard let low = NumberPrefix(first), let high = NumberPrefix(trimmed(text[second...])),
            first.utf8.count == trimmed(text[second...]).utf8.count, low.digits <= high.digits
        else { return nil }
        (self.low, self.high) = (low.digits, high.digits)
    }

    /// Whether a text is meant as a range: it holds a second plus.
    static func isMeant(by text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "+") && text.utf8.dropFirst().contains(UInt8(ascii: "+"))
    }

    /// The fewest prefixes that hold the same numbers; at most 18 for each digit.
    var prefixes: [UInt64] {
        var result: [UInt64] = []
        var place = low
        while place <= high {
            var step: UInt64 = 1
            while place.isMultiple(of: step * 10), place + step * 10 - 1 <= high { step *= 10 }
            result.append(place / step)
            place += step
        }
        return result
    }
}

private func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
}
