/// A cell of a CSV file that is written.
public enum CSVCell: Hashable, Sendable {
    /// Reads back as this text in a spreadsheet too; nil and empty texts give an empty cell.
    case text(String?)
    /// A number to reckon with.
    case count(Int)
}

/// Writes rows as CSV in UTF-8 with CRLF, so that a spreadsheet takes no text for a formula, a number or a date.
///
/// Such a text gets an apostrophe before it: `'+8613800000001`, `'0012`, `'1E5`. Holds what was written until it is taken.
/// Source: RFC 4180 (October 2005), section 2; the leading characters are those of OWASP's page on CSV injection.
public struct CSVWriter: Sendable {
    private var bytes: [UInt8]

    /// - Parameter hasMark: Whether the file begins with a byte order mark, without which spreadsheets do not see UTF-8.
    public init(hasMark: Bool = false) { bytes = hasMark ? [0xEF, 0xBB, 0xBF] : [] }

    /// Bytes that were written and not yet taken.
    public var count: Int { bytes.count }

    public mutating func row(_ cells: [CSVCell]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .text(let text): if let text { Self.append(text, delimiter: UInt8(ascii: ","), to: &bytes) }
            case .count(let count): bytes += "\(count)".utf8
            }
        }
        bytes += [13, 10]
    }

    /// A row of texts, such as the headings.
    public mutating func row(_ texts: [String]) { row(texts.map { .text($0) }) }

    /// Hands out what was written since the last time.
    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// Writes one cell into a row of any delimiter. O(length).
    public static func append(_ text: String, delimiter: UInt8, to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let isMistaken = isMistaken(text)
        guard isMistaken || text.utf8.contains(where: { $0 == delimiter || $0 == quote || $0 < 32 }) else {
            bytes += text.utf8
            return
        }
        bytes.append(quote)
        if isMistaken { bytes.append(UInt8(ascii: "'")) }
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    /// Whether a spreadsheet would read something else than this text.
    private static func isMistaken(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        if "\t\r\n".unicodeScalars.contains(first) { return true }
        // Programs drop spaces before a formula. The wide forms count in East Asian ones.
        if let start = text.unicodeScalars.first(where: { !$0.properties.isWhitespace }),
            "=+-@＝＋－＠".unicodeScalars.contains(start)
        {
            return true
        }
        return (48...57).contains(first.value)
            && text.utf8.allSatisfy { (48...57).contains($0) || ".,eE+-/: %".utf8.contains($0) }
    }
}
