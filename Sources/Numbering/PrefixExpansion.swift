extension NumberPlan {
    /// The most prefixes that one text may expand to: all of four digits.
    static let mostPrefixes = 10_000

    /// Expands one text of a data file: `150-153` to 150, 151, 152 and 153, `10[2-8]` and `1[38]` by their classes of
    /// digits, in ascending order; `192` passes through.
    ///
    /// - Throws: ``NumberingError/prefix(_:)`` for anything else.
    public static func expandPrefixes(_ text: String) throws(NumberingError) -> [String] {
        guard let prefixes = span(text) ?? classes(text) else { throw NumberingError.prefix(text) }
        return prefixes
    }

    private static func span(_ text: String) -> [String]? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends[0].utf8.count == ends[1].utf8.count, ends[0].utf8.count <= 9,
            let first = number(ends[0]), let last = number(ends[1]), first <= last, last - first < mostPrefixes
        else { return nil }
        let width = ends[0].utf8.count
        return (first...last).map { value in
            let digits = String(value)
            return String(repeating: "0", count: width - digits.utf8.count) + digits
        }
    }

    private static func classes(_ text: String) -> [String]? {
        var prefixes = [""]
        var rest = Substring(text)
        while let character = rest.popFirst() {
            var choices: [Int] = []
            if character == "[" {
                guard let end = rest.firstIndex(of: "]"), let members = members(rest[..<end]) else { return nil }
                choices = members
                rest = rest[rest.index(after: end)...]
            } else {
                guard let digit = number(Substring(String(character))) else { return nil }
                choices = [digit]
            }
            guard prefixes.count * choices.count <= mostPrefixes, prefixes[0].utf8.count < mostDigits else {
                return nil
            }
            prefixes = prefixes.flatMap { prefix in choices.map { "\(prefix)\($0)" } }
        }
        return prefixes == [""] ? nil : prefixes
    }

    /// The digits of `2-8` or `0-57-9`, ascending, each once.
    private static func members(_ text: Substring) -> [Int]? {
        var members: Set<Int> = []
        var previous: Int?
        var rest = text
        while let character = rest.popFirst() {
            if character == "-" {
                guard let low = previous, let next = rest.popFirst(), let high = number(Substring(String(next))),
                    low <= high
                else { return nil }
                members.formUnion(low...high)
                previous = nil
            } else {
                guard let digit = number(Substring(String(character))) else { return nil }
                members.insert(digit)
                previous = digit
            }
        }
        return members.isEmpty ? nil : members.sorted()
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
