/// Reads the XML of a workbook piece by piece.
///
/// Knows what such files hold and no more: there is no document type, so that no entity can be declared or loaded.
/// Source: XML 1.0, fifth edition (November 2008).
final class XMLReader {
    enum Event { case open, close, text, end }

    /// Of the element that was opened or closed, without its namespace prefix.
    private(set) var name = ""
    /// Of the element that was opened, without namespace prefixes.
    private(set) var attributes: [(name: String, value: String)] = []
    /// The text that was read; not checked to be UTF-8.
    private(set) var text: [UInt8] = []

    private let source: any ByteSource
    private let part: String
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var place = 0
    private var end = 0
    private var open: [String] = []
    private var tag: [UInt8] = []
    private var closesAtOnce = false
    private var sawRoot = false

    /// - Parameter part: Name of the file in the archive, for errors.
    init(_ source: any ByteSource, part: String) {
        self.source = source
        self.part = part
    }

    deinit { buffer.deallocate() }

    /// The value of an attribute of the element that was opened, or nil.
    func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    /// What comes next; text that a comment interrupts comes in several pieces.
    func next() throws(TableFault) -> Event {
        if closesAtOnce {
            closesAtOnce = false
            return .close
        }
        text.removeAll(keepingCapacity: true)
        while let byte = try peek() {
            guard byte == UInt8(ascii: "<") else {
                try readText()
                return .text
            }
            place += 1
            guard let first = try peek() else { throw damaged("it ends too early") }
            switch first {
            case UInt8(ascii: "!"):
                if try readDeclaration() { return .text }
            case UInt8(ascii: "?"):
                try readTag(until: "?>")
                let lower = String(decoding: tag, as: UTF8.self).lowercased()
                guard !lower.contains("encoding") || lower.contains("utf-8") || lower.contains("us-ascii") else {
                    throw damaged("it is not written in UTF-8")
                }
            case UInt8(ascii: "/"): return try readClosing()
            default: return try readOpening()
            }
        }
        guard open.isEmpty, sawRoot else { throw damaged("it ends too early") }
        return .end
    }

    /// Reads on to the end, so that a file that is cut off or damaged is noticed.
    func finish() throws(TableFault) {
        while try next() != .end {}
    }

    private func readText() throws(TableFault) {
        while let byte = try peek(), byte != UInt8(ascii: "<") {
            place += 1
            if byte == UInt8(ascii: "&") {
                try readReference()
            } else {
                guard !open.isEmpty || byte <= 32 || byte >= 0x80 else { throw damaged("text outside of any element") }
                text.append(byte)
            }
            guard text.count <= TableLimits.cellBytes else { throw damaged("a text is longer than a cell can be") }
        }
    }

    /// Reads a comment or a piece of text that is taken literally; true for the latter.
    private func readDeclaration() throws(TableFault) -> Bool {
        place += 1
        let start = try peek()
        if start == UInt8(ascii: "-") {
            // Comments may be long, so they are not kept.
            var last: (UInt8, UInt8) = (0, 0)
            while let byte = try peek() {
                place += 1
                if byte == UInt8(ascii: ">"), last == (UInt8(ascii: "-"), UInt8(ascii: "-")) { return false }
                last = (last.1, byte)
            }
            throw damaged("it ends too early")
        }
        guard start == UInt8(ascii: "["), !open.isEmpty else {
            throw damaged("it declares a document type, which no workbook has")
        }
        try readTag(until: "]]>", limit: TableLimits.cellBytes)
        guard tag.starts(with: "[CDATA[".utf8) else { throw damaged("an unknown declaration") }
        text.append(contentsOf: tag.dropFirst(7))
        return true
    }

    private func readClosing() throws(TableFault) -> Event {
        place += 1
        try readTag(until: ">")
        while let last = tag.last, last <= 32 { tag.removeLast() }
        name = localName(tag[...])
        guard let opened = open.popLast(), opened == name else {
            throw damaged("an element is closed that is not open")
        }
        return .close
    }

    private func readOpening() throws(TableFault) -> Event {
        try readTag(until: ">")
        closesAtOnce = tag.last == UInt8(ascii: "/")
        if closesAtOnce { tag.removeLast() }
        let nameEnd = tag.firstIndex { $0 <= 32 } ?? tag.count
        name = localName(tag[..<nameEnd])
        guard !name.isEmpty else { throw damaged("an element without a name") }
        guard !open.isEmpty || !sawRoot else { throw damaged("a second root") }
        sawRoot = true
        try readAttributes(from: nameEnd)
        guard !closesAtOnce else { return .open }
        open.append(name)
        guard open.count <= TableLimits.xmlDepth else {
            throw damaged("elements lie deeper in one another than \(TableLimits.xmlDepth)")
        }
        return .open
    }

    private func readAttributes(from start: Int) throws(TableFault) {
        attributes.removeAll(keepingCapacity: true)
        var index = start
        func skipSpaces() { while index < tag.count, tag[index] <= 32 { index += 1 } }
        while true {
            skipSpaces()
            guard index < tag.count else { return }
            let nameStart = index
            while index < tag.count, tag[index] != UInt8(ascii: "="), tag[index] > 32 { index += 1 }
            let name = localName(tag[nameStart..<index])
            skipSpaces()
            guard index < tag.count, tag[index] == UInt8(ascii: "=") else {
                throw damaged("an attribute without a value")
            }
            index += 1
            skipSpaces()
            guard index < tag.count, tag[index] == UInt8(ascii: "\"") || tag[index] == UInt8(ascii: "'"),
                let end = tag[(index + 1)...].firstIndex(of: tag[index])
            else { throw damaged("an attribute without quotes") }
            attributes.append((name, try unescaped(tag[(index + 1)..<end])))
            index = end + 1
        }
    }

    private func unescaped(_ bytes: ArraySlice<UInt8>) throws(TableFault) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var result = ""
        var rest = bytes
        while let mark = rest.firstIndex(of: UInt8(ascii: "&")) {
            result += String(decoding: rest[..<mark], as: UTF8.self)
            guard let end = rest[mark...].firstIndex(of: UInt8(ascii: ";")) else { throw damaged("a broken reference") }
            result.unicodeScalars.append(try character(rest[(mark + 1)..<end]))
            rest = rest[(end + 1)...]
        }
        return result + String(decoding: rest, as: UTF8.self)
    }

    private func readReference() throws(TableFault) {
        var reference: [UInt8] = []
        while let byte = try peek(), byte != UInt8(ascii: ";") {
            place += 1
            reference.append(byte)
            guard reference.count <= 10 else { throw damaged("a broken reference") }
        }
        guard try peek() != nil, !open.isEmpty else { throw damaged("a broken reference") }
        place += 1
        text.append(contentsOf: String(Character(try character(reference[...]))).utf8)
    }

    private func character(_ reference: ArraySlice<UInt8>) throws(TableFault) -> Unicode.Scalar {
        let text = String(decoding: reference, as: UTF8.self)
        switch text {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = text.hasPrefix("#x")
            guard text.hasPrefix("#"),
                let code = UInt32(text.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
                code >= 32 || [9, 10, 13].contains(code), let scalar = Unicode.Scalar(code)
            else { throw damaged("a reference to something unknown") }
            return scalar
        }
    }

    /// Reads what lies between the place and an ending into ``tag``. An ending inside quotes is none if it is a mere `>`.
    private func readTag(until ending: String, limit: Int = TableLimits.xmlTag) throws(TableFault) {
        tag.removeAll(keepingCapacity: true)
        let ending = Array(ending.utf8)
        var quote: UInt8?
        while let byte = try peek() {
            place += 1
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == ending.last, ending.count == 1 || tag.suffix(ending.count - 1) == ending.dropLast()[...] {
                tag.removeLast(ending.count - 1)
                return
            } else if ending.count == 1, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
            tag.append(byte)
            guard tag.count <= limit else { throw damaged("a tag is longer than \(limit) bytes") }
        }
        throw damaged("it ends too early")
    }

    private func peek() throws(TableFault) -> UInt8? {
        if place == end {
            end = try source.read(into: buffer)
            place = 0
            if end == 0 { return nil }
        }
        return buffer[place]
    }

    private func localName(_ bytes: ArraySlice<UInt8>) -> String {
        let start = bytes.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? bytes.startIndex
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    private func damaged(_ reason: String) -> TableFault { ZipArchive.damaged("`\(part)`: \(reason)") }
}
