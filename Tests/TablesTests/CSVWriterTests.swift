import Tables
import Testing

@Suite struct CSVWriterTests {
    private func written(_ cells: CSVCell...) -> String {
        var writer = CSVWriter()
        writer.row(cells)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    @Test func quotesWhatWouldEndACell() {
        #expect(written(.text("a"), .text("b,c"), .text("d\"e"), .text("f\ng")) == "a,\"b,c\",\"d\"\"e\",\"f\ng\"\r\n")
        #expect(written(.text(nil), .text(""), .count(-12)) == ",,-12\r\n")
    }

    @Test(arguments: [
        "=1+1", "+86", "-1", "@a", "\ta", "\ra", "＝1", "＋1", "－1", "＠a", " =1", "\u{3000}\u{A0}-1", "\n=1", "  ＠a",
    ])
    func aFormulaIsText(_ text: String) { #expect(written(.text(text)) == "\"'\(text)\"\r\n") }

    @Test(arguments: ["0012", "1E5", "3-4", "8:30", "1.5", "12345678901234567890", "2026/1/31"])
    func whatLooksLikeANumberIsText(_ text: String) { #expect(written(.text(text)) == "\"'\(text)\"\r\n") }

    @Test(arguments: ["A1024", "138****0001", "2026-11-23T20:30:00.000+08:00", "cn.hours.marketing", "用途"])
    func whatIsTextStaysAsItIs(_ text: String) { #expect(written(.text(text)) == "\(text)\r\n") }

    @Test func theMarkStandsOnceAtTheStart() {
        var writer = CSVWriter(hasMark: true)
        writer.row(["a"])
        #expect(writer.take() == [0xEF, 0xBB, 0xBF] + "a\r\n".utf8)
        writer.row(["b"])
        #expect(writer.take() == Array("b\r\n".utf8))
        #expect(writer.count == 0)
    }
}
