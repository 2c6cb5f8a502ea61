/// A text of unknown encoding as UTF-8.
struct TextFile {
    /// Begins the text anew; a second pass finds the encoding, or the line of a fault.
    let open: () throws(TableFault) -> any ByteSource
    let declared: TextEncoding?

    static let chunk = 1 << 18

    /// Hands the text out as UTF-8 without a byte order mark and without NUL.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var encoding: TextEncoding?
        var validity = UTF8Validity()
        var converter: TextConverter?
        var offset = 0
        try forEachChunk { chunk in
            var bytes = chunk
            if offset == 0 {
                encoding = try firstGuess(chunk)
                if let encoding, encoding != .utf8 { converter = try TextConverter(encoding) }
                if let encoding, chunk.starts(with: encoding.mark) {
                    bytes = UnsafeRawBufferPointer(rebasing: chunk[encoding.mark.count...])
                }
            }
            let start = offset + chunk.count - bytes.count
            offset += chunk.count
            if encoding == nil {
                // As long as all is ASCII it does not matter.
                let plain = plainPrefix(of: bytes)
                if plain < bytes.count {
                    if bytes[plain] == 0 { throw TableFault.binary(line: try place(of: start + plain, in: .utf8).line) }
                    let found = try survey()
                    if found != .utf8 { converter = try TextConverter(found) }
                    encoding = found
                }
            }
            if let converter, let encoding {
                try convert(bytes, from: start, by: converter, encoding, body)
            } else {
                if encoding != nil, let place = validity.firstFault(in: bytes) {
                    throw try fault(at: start + place, isNUL: place >= 0 && bytes[place] == 0, .utf8)
                }
                if !bytes.isEmpty { try body(bytes) }
            }
        }
        guard offset > 0 else { throw TableFault.empty }
        if let length = validity.unfinished { throw try fault(at: offset - length, isNUL: false, .utf8) }
        if let encoding, let converter, converter.isUnfinished {
            throw try fault(at: markLength(encoding) + converter.taken, isNUL: false, encoding)
        }
    }

    private func convert(
        _ bytes: UnsafeRawBufferPointer, from start: Int, by converter: TextConverter, _ encoding: TextEncoding,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let isValid = try converter.convert(bytes) { text in
            if find(0, in: text) != nil { throw TableFault.binary(line: try lineOfNUL(encoding)) }
            try body(text)
        }
        if !isValid { throw try fault(at: try markLength(encoding) + converter.taken, isNUL: false, encoding) }
    }

    /// What a mark or a declaration says, or NUL bytes; nil for what only the rest of the text can tell.
    private func firstGuess(_ chunk: UnsafeRawBufferPointer) throws(TableFault) -> TextEncoding? {
        switch FileKind(chunk) {
        case .text: break
        case .gzip, .zstd, .zip: throw .nested
        case .foreign(let kind): throw .unsupported(kind)
        }
        let marked = TextEncoding.allCases.first { !$0.mark.isEmpty && chunk.starts(with: $0.mark) }
        if let declared {
            if let marked, marked != declared, marked != .gb18030 {
                throw .contradiction(declared: declared, found: marked)
            }
            return declared
        }
        if let marked { return marked }
        // ASCII in UTF-16 has a NUL in every pair, always on the same side.
        let start = chunk.prefix(4096)
        var nuls = [0, 0]
        for (index, byte) in start.enumerated() where byte == 0 { nuls[index & 1] += 1 }
        if nuls[0] == 0, nuls[1] > 1, nuls[1] * 8 >= start.count { return .utf16LittleEndian }
        if nuls[1] == 0, nuls[0] > 1, nuls[0] * 8 >= start.count { return .utf16BigEndian }
        if nuls != [0, 0], let place = start.firstIndex(of: 0) {
            throw .binary(line: 1 + start[..<place].count { $0 == 10 })
        }
        return nil
    }

    /// Reads the whole text once to find its encoding: UTF-8 if it is valid, else GB18030 if that is.
    private func survey() throws -> TextEncoding {
        var validity = UTF8Validity()
        var offset = 0
        var broken: Int?
        var isNUL = false
        try forEachChunk { chunk in
            guard broken == nil else { return }
            if let place = validity.firstFault(in: chunk) {
                broken = offset + place
                isNUL = place >= 0 && chunk[place] == 0
            }
            offset += chunk.count
        }
        if broken == nil, let length = validity.unfinished { broken = offset - length }
        guard let broken else { return .utf8 }
        if isNUL { throw try fault(at: broken, isNUL: true, .utf8) }
        if validity.wideCharacters >= 2 {
            let place = try place(of: broken, in: .utf8)
            throw TableFault.mixedEncodings(line: place.line, column: place.column)
        }
        let converter = try TextConverter(.gb18030)
        var isValid = true
        offset = 0
        var foreign: Int?
        try forEachChunk { chunk in
            guard isValid, foreign == nil else { return }
            foreign = UTF8Run.first(in: chunk).map { offset + $0 }
            offset += chunk.count
            isValid = try converter.convert(chunk) { _ in }
        }
        if let foreign {
            let place = try place(of: foreign, in: .gb18030)
            throw TableFault.mixedEncodings(line: place.line, column: place.column)
        }
        if isValid, !converter.isUnfinished { return .gb18030 }
        let place =
            try converter.taken > broken
            ? place(of: converter.taken, in: .gb18030) : place(of: broken, in: .utf8)
        throw TableFault.unknownEncoding(line: place.line, column: place.column)
    }

    private func fault(at offset: Int, isNUL: Bool, _ encoding: TextEncoding) throws -> TableFault {
        let place = try place(of: offset, in: encoding)
        return isNUL ? .binary(line: place.line) : .badSequence(encoding, line: place.line, column: place.column)
    }

    private func markLength(_ encoding: TextEncoding) throws -> Int {
        let source = try open()
        return try withChunk(of: 16) { buffer in
            let count = try source.fill(buffer)
            return buffer[..<count].starts(with: encoding.mark) ? encoding.mark.count : 0
        }
    }

    private func lineOfNUL(_ encoding: TextEncoding) throws -> Int {
        let converter = try TextConverter(encoding)
        var place = TextPlace()
        var isFound = false
        try forEachChunk { chunk in
            guard !isFound else { return }
            _ = try converter.convert(chunk) { text in
                guard !isFound else { return }
                let end = find(0, in: text)
                isFound = end != nil
                place.advance(over: UnsafeRawBufferPointer(rebasing: text[..<(end ?? text.count)]))
            }
        }
        return place.line
    }

    /// Line and column of a place, found by reading the text again: nothing is counted while all is well.
    private func place(of offset: Int, in encoding: TextEncoding) throws -> TextPlace {
        var place = TextPlace()
        let skipped = try markLength(encoding)
        let converter = encoding == .utf8 ? nil : try TextConverter(encoding)
        var position = 0
        try forEachChunk { chunk in
            let range = max(position, skipped)..<max(min(position + chunk.count, offset), max(position, skipped))
            let part = UnsafeRawBufferPointer(
                rebasing: chunk[(range.lowerBound - position)..<(range.upperBound - position)])
            position += chunk.count
            guard !part.isEmpty else { return }
            if let converter {
                _ = try converter.convert(part) { place.advance(over: $0) }
            } else {
                place.advance(over: part)
            }
        }
        return place
    }

    private func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let source = try open()
        try withChunk(of: Self.chunk) { buffer in
            while true {
                let count = try source.fill(buffer)
                guard count > 0 else { return }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private func withChunk<R>(of size: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> R) throws -> R {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        return try body(buffer)
    }
}

/// UTF-8 inside a text of another encoding.
enum UTF8Run {
    /// Characters of three bytes in a row that no other text makes by chance.
    private static let enough = 4

    /// Where in a chunk a run of bytes above 127 begins that is UTF-8 from end to end; nil where none is.
    static func first(in chunk: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < chunk.count {
            index += plainPrefix(of: UnsafeRawBufferPointer(rebasing: chunk[index...]))
            let start = index
            while index < chunk.count, chunk[index] >= 0x80 { index += 1 }
            if index - start >= 3 * enough {
                var validity = UTF8Validity()
                let run = UnsafeRawBufferPointer(rebasing: chunk[start..<index])
                if validity.firstFault(in: run) == nil, validity.unfinished == nil, validity.wideCharacters >= enough {
                    return start
                }
            }
            if index == start { index += 1 }
        }
        return nil
    }
}
