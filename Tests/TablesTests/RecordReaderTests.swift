import Tables
import Testing

/// Reads a text in chunks of a size, and gives the fields of each record with the line it begins on.
///
/// - Parameter skips: Whether lines of digits alone are peeked at and skipped.
func records(_ text: String, chunk: Int, hasColumns: Bool = true, skips: Bool = false) throws -> [String] {
    let reader = RecordReader(hasColumns: hasColumns)
    var row = Row()
    var result: [String] = []
    func keep(_ record: RecordReader.Record) {
        row.read(record.bytes, delimiter: reader.delimiter)
        result.append("\(record.firstLine): " + row.texts.joined(separator: "|"))
    }
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let piece = Array(bytes[start..<min(start + chunk, bytes.count)])
        var position = 0
        try piece.withUnsafeBytes { raw in
            while true {
                while skips, let line = reader.peek(in: raw, at: position), line.allSatisfy({ (48...57).contains($0) })
                {
                    reader.skip(line, at: &position)
                    result.append("\(reader.line): " + String(decoding: line, as: UTF8.self))
                }
                guard let record = try reader.next(in: raw, at: &position) else { break }
                keep(record)
            }
        }
        start += chunk
    }
    if let record = try reader.last() { keep(record) }
    return result
}

@Suite struct RecordReaderTests {
    @Test(arguments: 1...9) func chunksMayEndAnywhere(chunk: Int) throws {
        let text = "\u{FEFF}phone,name\r\n1,\"a \"\"b\"\"\"\n2,\"c\nd\"\n\n3, e "
        #expect(try records(text, chunk: chunk) == ["1: phone|name", "2: 1|a \"b\"", "3: 2|c\nd", "5: ", "6: 3|e"])
    }

    @Test(arguments: 1...9) func skippedLinesCountAsRecordsDo(chunk: Int) throws {
        let text = "\u{FEFF}1\n22\n333\nx,\"a\n4444\n5\"\n\n6\n\"7\n8\"\n9"
        let read = try records(text, chunk: chunk)
        #expect(try records(text, chunk: chunk, skips: true).filter { $0 != "8: " } == read.filter { $0 != "8: " })
        #expect(read.first == "1: 1")
        #expect(read.last == "11: 9")
    }

    @Test func theFirstRecordSaysWhatSeparatesFields() throws {
        #expect(try records("a;b,c\nd;e", chunk: 100) == ["1: a|b,c", "2: d|e"])
        #expect(try records("a\tb\n", chunk: 100) == ["1: a|b"])
        #expect(try records("\"a,b\";c\n", chunk: 100) == ["1: a,b|c"])
    }

    @Test func aFileWithoutColumnsIsTakenLineByLine() throws {
        #expect(try records("a,\"b\nc\n", chunk: 3, hasColumns: false) == ["1: a,\"b", "2: c"])
    }

    @Test func aQuoteThatIsNeverClosedNamesItsLine() {
        #expect(throws: RecordFault.brokenQuoting(line: 2)) { try records("a,b\nc,\"d\ne\n", chunk: 100) }
    }

    @Test func anEndlessLineIsRefusedBeforeItIsHeld() {
        let line = "a\n" + String(repeating: "1", count: RecordReader.longest + 1)
        #expect(throws: RecordFault.lineTooLong(line: 2)) { try records(line, chunk: 4096) }
    }
}
