import Glibc

/// Why a text cannot be cut into records.
public enum RecordFault: Error, Hashable, Sendable {
    /// A line is longer than ``RecordReader/longest``.
    case lineTooLong(line: Int)
    /// A quote opened on this line is never closed, or not within ``RecordReader/longest``.
    case brokenQuoting(line: Int)
}

/// Cuts a stream of bytes into the records of a text file: lines, or CSV records whose quoted fields may span lines.
///
/// Holds at most one record. Source: RFC 4180 (October 2005), section 2, with LF as well as CRLF.
public final class RecordReader {
    /// Bytes of one record, its line ends included.
    public static let longest = 65_536

    /// Valid until the next call of the reader.
    public struct Record {
        /// Without the final line end and without a byte order mark.
        public var bytes: UnsafeRawBufferPointer
        /// 1 for the first line of the file.
        public var firstLine: Int
        public var lastLine: Int
    }

    /// What separates fields, found in the first record; nil while unknown and for files without columns.
    public private(set) var delimiter: UInt8?
    /// What may separate fields, unless said otherwise: comma, semicolon, tab, bar.
    public static let separators: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 9, UInt8(ascii: "|")]
    private let separators: [UInt8]
    private let hasColumns: Bool
    private let hasComments: Bool
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: longest, alignment: 1)
    private var used = 0
    private var lineStart = 0
    /// Lines read so far.
    public private(set) var line = 0
    private var firstLine = 1
    private var quotes = QuoteState.start
    private var handedOut = false

    /// - Parameters:
    ///   - hasColumns: False takes each line whole, quotes and commas included.
    ///   - separators: Of these the first that stands in the first record separates fields.
    ///   - hasComments: False where a record may begin with `#` and is like any other.
    public init(
        hasColumns: Bool, separators: [UInt8] = RecordReader.separators, hasComments: Bool = true
    ) {
        self.hasColumns = hasColumns
        self.separators = separators
        self.hasComments = hasComments
    }

    deinit { storage.deallocate() }

    /// The next record that ends in this chunk, or nil; then the rest of the chunk has been kept.
    public func next(in chunk: UnsafeRawBufferPointer, at position: inout Int) throws(RecordFault) -> Record? {
        releaseLast()
        while position < chunk.count {
            let rest = UnsafeRawBufferPointer(rebasing: chunk[position...])
            guard let length = find(10, in: rest) else {
                try keep(rest)
                position = chunk.count
                return nil
            }
            position += length + 1
            if let record = try take(UnsafeRawBufferPointer(rebasing: rest[..<length])) { return record }
        }
        return nil
    }

    /// The next line, where it is whole in this chunk and no part of a quoted field; nil where ``next(in:at:)`` must
    /// look.
    ///
    /// For files whose lines mostly need no reader: after ``skip(_:at:)`` the line counts as read. The first line of a
    /// file is never given.
    public func peek(in chunk: UnsafeRawBufferPointer, at position: Int) -> UnsafeRawBufferPointer? {
        releaseLast()
        guard used == 0, quotes == .start, line > 0, position < chunk.count else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: chunk[position...])
        guard let length = find(10, in: rest), length <= Self.longest else { return nil }
        return UnsafeRawBufferPointer(rebasing: rest[..<length])
    }

    /// Takes a line that ``peek(in:at:)`` gave for a record of its own.
    public func skip(_ peeked: UnsafeRawBufferPointer, at position: inout Int) {
        position += peeked.count + 1
        line += 1
    }

    /// The last record of a file that does not end with a line end, or nil.
    public func last() throws(RecordFault) -> Record? {
        releaseLast()
        if used > lineStart, let record = try take(UnsafeRawBufferPointer(start: nil, count: 0)) { return record }
        guard quotes != .inside else { throw .brokenQuoting(line: firstLine) }
        return nil
    }

    private func take(_ piece: UnsafeRawBufferPointer) throws(RecordFault) -> Record? {
        var text = piece
        if used > 0 {
            try keep(piece)
            text = UnsafeRawBufferPointer(rebasing: storage[lineStart..<used])
        } else if piece.count > Self.longest {
            throw .lineTooLong(line: line + 1)
        }
        line += 1
        if quotes != .inside { firstLine = line }
        scan(line == 1 ? withoutByteOrderMark(text) : text)
        guard quotes == .inside else {
            quotes = .start
            handedOut = true
            var whole = used > 0 ? UnsafeRawBufferPointer(rebasing: storage[..<used]) : piece
            if firstLine == 1 { whole = withoutByteOrderMark(whole) }
            if whole.last == 13 { whole = UnsafeRawBufferPointer(rebasing: whole.dropLast()) }
            return Record(bytes: whole, firstLine: firstLine, lastLine: line)
        }
        if used == 0 { try keep(piece) }
        try withUnsafeBytes(of: UInt8(10)) { byte throws(RecordFault) in try keep(byte) }
        lineStart = used
        return nil
    }

    /// Follows the quotes of one line; at its end the state says whether the record goes on.
    private func scan(_ text: UnsafeRawBufferPointer) {
        guard hasColumns else { return }
        if quotes == .start {
            guard let first = text.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return }
            if hasComments && first == UInt8(ascii: "#") { return }
            if delimiter == nil { delimiter = separator(of: text) }
            guard find(UInt8(ascii: "\""), in: text) != nil else { return }
        }
        for byte in text { quotes.follow(byte, delimiter: delimiter) }
    }

    private func separator(of text: UnsafeRawBufferPointer) -> UInt8 {
        var quoted = false
        for byte in text {
            if byte == UInt8(ascii: "\"") {
                quoted.toggle()
            } else if !quoted, separators.contains(byte) {
                return byte
            }
        }
        return separators[0]
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) throws(RecordFault) {
        guard used + bytes.count <= Self.longest else {
            if quotes == .inside { throw .brokenQuoting(line: firstLine) }
            throw .lineTooLong(line: line + 1)
        }
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        memcpy(storage.baseAddress! + used, source, bytes.count)
        used += bytes.count
    }

    private func releaseLast() {
        guard handedOut else { return }
        handedOut = false
        used = 0
        lineStart = 0
    }

    private func withoutByteOrderMark(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3)) : bytes
    }
}

/// Where in a CSV record a byte stands.
enum QuoteState {
    /// At the start of a field.
    case start
    case plain
    case inside
    /// After a quote inside a quoted field: its end, or the first half of a doubled quote.
    case closing
    /// After the end of a quoted field, where only spaces may stand.
    case closed

    mutating func follow(_ byte: UInt8, delimiter: UInt8?) {
        let isQuote = byte == UInt8(ascii: "\"")
        switch self {
        case .inside: self = isQuote ? .closing : .inside
        case .closing where isQuote: self = .inside
        case .start where isQuote: self = .inside
        // Spaces before an opening quote are common, though the standard has none.
        case .start where byte == 32: self = .start
        case .closing where byte == 32, .closed where byte == 32: self = .closed
        default: self = byte == delimiter ? .start : .plain
        }
    }
}

/// Place of the first such byte, or nil.
public func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let start = bytes.baseAddress, let found = memchr(start, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(found) - start
}
