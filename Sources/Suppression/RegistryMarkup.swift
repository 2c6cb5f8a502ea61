/// Reads a do-not-call registry's XML: `ph` elements with a number, inside `ac` elements with an area code.
///
/// Lenient, since the published sample is not well-formed: it closes `list` twice. But an `ac` or `list` that is
/// never closed means that the file was cut off. Source: Canada's DNCL, formats of its files.
struct RegistryMarkup {
    struct Number {
        /// Without country code; nil where the element lacks its value, or stands in no area.
        var digits: String?
        var line: Int
        /// In characters, from 1.
        var column: Int
    }

    /// Bytes of one tag.
    private static let longestTag = 4096

    private var line = 1
    private var column = 0
    private var tag: [UInt8] = []
    private var tagPlace = (line: 1, column: 1)
    private var isInTag = false
    private var area: String?
    private var isListOpen = false
    private(set) var hasNumbers = false

    mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ body: (Number) throws(SuppressionError) -> Void
    ) throws(SuppressionError) {
        for byte in bytes {
            if byte == 10 {
                line += 1
                column = 0
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            if byte == UInt8(ascii: "<") {
                isInTag = true
                tag.removeAll(keepingCapacity: true)
                tagPlace = (line, column)
            } else if byte == UInt8(ascii: ">"), isInTag {
                isInTag = false
                try take(body)
            } else if isInTag {
                guard tag.count < Self.longestTag else { throw .rejected(.unknownMarkup(line: tagPlace.line)) }
                tag.append(byte)
            }
        }
    }

    /// Whether the text ends where a list can end.
    func finish() throws(SuppressionError) {
        guard !isInTag, area == nil, !isListOpen else { throw .rejected(.cutMarkup(line: line)) }
        guard hasNumbers else { throw .rejected(.unknownMarkup(line: 1)) }
    }

    private mutating func take(_ body: (Number) throws(SuppressionError) -> Void) throws(SuppressionError) {
        let text = String(decoding: tag, as: UTF8.self)
        switch text.prefix(while: { $0.isLetter || $0 == "/" && text.first == "/" }) {
        case "list":
            isListOpen = true
            if let type = value("type", in: text), type.lowercased() != "full" {
                throw .rejected(.partialMarkup(line: tagPlace.line))
            }
        case "/list": isListOpen = false
        case "ac": area = value("val", in: text) ?? ""
        case "/ac": area = nil
        case "ph":
            hasNumbers = true
            let number = value("val", in: text)
            var digits: String?
            if let area, let number, isDigits(area, 3...3), isDigits(number, 7...7) { digits = area + number }
            try body(Number(digits: digits, line: tagPlace.line, column: tagPlace.column))
        default: break
        }
    }

    private func value(_ name: String, in tag: String) -> String? {
        let parts = tag.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for quote in ["'", "\""] {
            guard let start = parts.range(ofText: " \(name)=\(quote)") else { continue }
            let rest = parts[start...]
            return rest.firstIndex(of: Character(quote)).map { String(rest[..<$0]) }
        }
        return nil
    }
}

extension String {
    /// Where the first occurrence of a text ends; nil where there is none.
    fileprivate func range(ofText text: String) -> Index? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(text) { return index(place, offsetBy: text.count) }
            place = index(after: place)
        }
        return nil
    }
}
