import Tables
import Testing

struct EncodingTests {
    static let expected = "姓名,手机号\n甲,13800000001\n乙乙,13800000002\n"

    @Test(arguments: [
        "utf-8.csv", "utf-8-mark.csv", "utf-16.csv", "utf-16le.csv", "utf-16be.csv", "gb18030.csv", "gbk.csv",
    ])
    func recognises(_ name: String) throws {
        #expect(try text(fixture(name)) == Self.expected)
    }

    @Test(arguments: [
        ("utf-8.csv", "UTF-8"), ("utf-16le.csv", "utf-16le"), ("utf-16.csv", "utf-16le"), ("gbk.csv", "GBK"),
        ("gb18030.csv", "gb2312"),
    ])
    func readsWhatIsDeclared(_ name: String, _ encoding: String) throws {
        let declared: TextEncoding = try #require(TextEncoding(name: encoding))
        #expect(try text(fixture(name), TableOptions(encoding: declared)) == Self.expected)
    }

    @Test func aDeclarationSettlesWhatCannotBeGuessed() throws {
        // `Peña` in Windows-1252 is also two Chinese characters.
        let file = try TemporaryFile([80, 101, 0xF1, 97, 10])
        #expect(try text(file, TableOptions(encoding: .windows1252)) == "Peña\n")
        #expect(try text(file) != "Peña\n")
        let big5 = try TemporaryFile([0xB9, 0x71, 10])
        #expect(try text(big5, TableOptions(encoding: .big5)) == "電\n")
        #expect(TextEncoding(name: "morse") == nil)
    }

    @Test func aMarkAgainstTheDeclarationIsRefused() {
        let declared = TableOptions(encoding: .gb18030)
        #expect(throws: TableFault.contradiction(declared: .gb18030, found: .utf8)) {
            try text(fixture("utf-8-mark.csv"), declared)
        }
    }

    @Test func whatComesLateStillDecides() throws {
        let digits = String(repeating: "13800000001\n", count: 50_000)
        let file = try TemporaryFile(Array(digits.utf8) + [0xB5, 0xE7, 0xBB, 0xB0, 10])
        #expect(try text(file) == digits + "电话\n")
    }

    @Test func aCharacterMayLieAcrossChunks() throws {
        for shift in 0..<4 {
            let line = String(repeating: "电话𠮷", count: 30_000) + "\n"
            let expected = String(repeating: "x", count: shift) + line
            #expect(try text(try TemporaryFile(expected)) == expected)
            let declared = TableOptions(encoding: .utf16BigEndian)
            let units = expected.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            #expect(try text(try TemporaryFile(units), declared) == expected)
        }
    }

    @Test func aSecondEncodingIsNamedWithItsPlace() throws {
        let utf8 = Array("姓名,手机号\n甲,13800000001\n".utf8)
        let gbk: [UInt8] = [0xC0, 0xEE, 44, 49, 10]
        let joined = try TemporaryFile(utf8 + [120] + gbk)
        #expect(throws: TableFault.mixedEncodings(line: 3, column: 2)) { try text(joined) }
        let other = try TemporaryFile(gbk + gbk + Array("ab全国名单,1\n".utf8))
        #expect(throws: TableFault.mixedEncodings(line: 3, column: 3)) { try text(other) }
    }

    @Test func anInvalidSequenceIsNamedWithItsPlace() throws {
        let marked = try TemporaryFile([0xEF, 0xBB, 0xBF] + Array("电话\n12".utf8) + [0xFF, 10])
        #expect(throws: TableFault.badSequence(.utf8, line: 2, column: 3)) { try text(marked) }
        let cut = try TemporaryFile([0xEF, 0xBB, 0xBF] + Array("电话\n1".utf8) + [0xE7, 0x94])
        #expect(throws: TableFault.badSequence(.utf8, line: 2, column: 2)) { try text(cut) }
        let pair = try TemporaryFile([0xFF, 0xFE, 49, 0, 10, 0, 50, 0, 0, 0xDC, 50, 0])
        #expect(throws: TableFault.badSequence(.utf16LittleEndian, line: 2, column: 2)) { try text(pair) }
        let odd = try TemporaryFile([0xFF, 0xFE, 49, 0, 10])
        #expect(throws: TableFault.badSequence(.utf16LittleEndian, line: 1, column: 2)) { try text(odd) }
        let latin = try TemporaryFile(Array("phone,name\n1,Jos".utf8) + [0xE9, 10])
        #expect(throws: TableFault.unknownEncoding(line: 2, column: 6)) { try text(latin) }
        #expect(throws: TableFault.badSequence(.gb18030, line: 2, column: 6)) {
            try text(latin, TableOptions(encoding: .gb18030))
        }
    }

    @Test(arguments: [
        [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE4, 0xB8, 0x41],
    ])
    func nothingButUTF8IsTakenForIt(_ bytes: [UInt8]) throws {
        let file = try TemporaryFile([49, 10] + bytes + [10])
        #expect(throws: TableFault.badSequence(.utf8, line: 2, column: 1)) {
            try text(file, TableOptions(encoding: .utf8))
        }
    }

    @Test func aNULIsRefusedWhereverItStands() throws {
        let lines = String(repeating: "13800000001\n", count: 40_000)
        let cases: [(bytes: [UInt8], line: Int)] = [
            ([49, 10, 0, 1, 2, 3, 4, 5, 6, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2), (Array(lines.utf8) + [0], 40_001),
            (Array("电话\n\u{0}".utf8), 2), (Array((lines + "电话\n").utf8) + [0], 40_002),
            ([0xFF, 0xFE, 49, 0, 10, 0, 0, 0], 2),
        ]
        for (bytes, line) in cases {
            let file = try TemporaryFile(bytes)
            #expect(throws: TableFault.binary(line: line)) { try text(file) }
        }
    }
}
