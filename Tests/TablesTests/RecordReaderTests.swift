import Tables
import Testing

/// Reads a text in chunks of a size, and gives the fields of each record with the line it begins on.
func records(_ text: String, chunk: Int, hasColumns: Bool = true) throws -> [String] {
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
            while let record = try reader.next(in: raw, at: &position) { keep(record) }
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
