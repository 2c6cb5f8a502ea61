/// The fields of one record, as places in its bytes; reused from record to record. Not for several callers at once.
public struct Row {
    private struct Field {
        var start: Int
        var end: Int
        var isQuoted: Bool
    }

    private var fields: [Field] = []
    private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Text follows a closing quote.
    public private(set) var hasBrokenQuotes = false

    /// Fields in the row.
    public var count: Int { fields.count }

    /// An empty row.
    public init() {}

    /// - Parameters:
    ///   - record: Must outlive every reading of the row.
    ///   - delimiter: Nil takes the whole record as one field.
    public mutating func read(_ record: UnsafeRawBufferPointer, delimiter: UInt8?) {
        fields.removeAll(keepingCapacity: true)
        bytes = record
        hasBrokenQuotes = false
        guard let delimiter else {
            fields.append(Field(start: 0, end: record.count, isQuoted: false))
            return
        }
        guard find(UInt8(ascii: "\""), in: record) == nil else { return readQuoted(delimiter) }
        var start = 0
        while let length = find(delimiter, in: UnsafeRawBufferPointer(rebasing: record[start...])) {
            fields.append(Field(start: start, end: start + length, isQuoted: false))
            start += length + 1
        }
        fields.append(Field(start: start, end: record.count, isQuoted: false))
    }

    private mutating func readQuoted(_ delimiter: UInt8) {
        var state = QuoteState.start
        var field = Field(start: 0, end: 0, isQuoted: false)
        for (index, byte) in bytes.enumerated() {
            let before = state
            state.follow(byte, delimiter: delimiter)
            if before == .start, state == .inside {
                field = Field(start: index + 1, end: index + 1, isQuoted: true)
            } else if before == .inside, state == .closing {
                field.end = index
            } else if before == .closing || before == .closed, state == .plain {
                hasBrokenQuotes = true
            }
            if before != .inside, byte == delimiter {
                if !field.isQuoted { field.end = index }
                fields.append(field)
                field = Field(start: index + 1, end: index + 1, isQuoted: false)
            }
        }
        if !field.isQuoted { field.end = bytes.count }
        fields.append(field)
    }

    /// A field's bytes without the quotes and spaces around it, doubled quotes inside as they stand; nil where the row
    /// is too short.
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer? { trimmed(index) }

    private func trimmed(_ index: Int) -> UnsafeRawBufferPointer? {
        guard index < fields.count else { return nil }
        var (start, end) = (fields[index].start, fields[index].end)
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while start < end, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// A field's text without quotes and the spaces around it; empty where the row is too short.
    public func text(_ index: Int) -> String {
        guard let field = trimmed(index) else { return "" }
        guard fields[index].isQuoted, find(UInt8(ascii: "\""), in: field) != nil else {
            return String(decoding: field, as: UTF8.self)
        }
        var text: [UInt8] = []
        var skip = false
        for byte in field {
            let isSecondQuote = skip && byte == UInt8(ascii: "\"")
            skip = byte == UInt8(ascii: "\"") && !isSecondQuote
            if !isSecondQuote { text.append(byte) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a field is missing or holds only spaces.
    public func isEmpty(_ index: Int) -> Bool { trimmed(index)?.isEmpty ?? true }

    /// Whether no field holds anything.
    public var isBlank: Bool { (0..<fields.count).allSatisfy(isEmpty) }

    /// Whether a field holds a byte below 32, or 127.
    public func hasControlCharacter(_ index: Int) -> Bool { trimmed(index)?.contains { $0 < 32 || $0 == 127 } ?? false }

    /// Whether a quoted field goes over several lines.
    public func hasLineEnd(_ index: Int) -> Bool { trimmed(index).flatMap { find(10, in: $0) } != nil }

    /// The text of every field.
    public var texts: [String] { (0..<fields.count).map(text) }

    /// Whether the whole record is UTF-8.
    public var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }
}
