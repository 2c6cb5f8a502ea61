import Testing

@testable import Tables

/// A source of bytes in memory.
private final class Bytes: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        let count = min(7, rest.count, buffer.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

struct DamageTests {
    static let names = [
        "list.gz", "members.gz", "list.zst", "frames.zst", "openpyxl.xlsx", "libreoffice.xlsx", "inline.xlsx",
        "gb18030.csv", "utf-8.csv", "utf-16.csv", "utf-16be.csv",
    ]

    /// 2000 files, each damaged in one to four places.
    @Test(arguments: 0..<20) func damageNeverMakesMoreLines(_ round: UInt64) throws {
        var numbers = SeededNumbers(seed: 20_261_125 + round)
        for attempt in 0..<100 {
            let name = Self.names.randomElement(using: &numbers)!
            var bytes = try contents(fixture(name))
            let lines = try text(fixture(name)).utf8.count { $0 == 10 }
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 2: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &numbers), at: place)
                }
            }
            let file = try TemporaryFile(bytes)
            // A damaged byte of plain text can become a line end.
            let most = name.hasSuffix(".csv") ? lines + 8 : lines
            do {
                let read = try text(file).utf8.count { $0 == 10 }
                #expect(read <= most, "round \(round), attempt \(attempt): \(name)")
            } catch is TableFault {}
        }
    }

    private func events(_ xml: String) throws -> [String] {
        let reader = XMLReader(Bytes(xml), part: "x")
        var result: [String] = []
        while true {
            switch try reader.next() {
            case .end: return result
            case .open: result.append("<\(reader.name)" + reader.attributes.map { " \($0.name)=\($0.value)" }.joined())
            case .close: result.append(">\(reader.name)")
            case .text: result.append(String(decoding: reader.text, as: UTF8.self))
            }
        }
    }

    @Test func readsElementsTextsAndAttributes() throws {
        let xml = """
            <?xml version="1.0" encoding="utf-8"?><!-- a > b --><x:a r:b='1 &gt; &quot;' c = "/>">t&amp;&#x7535;<b/>\
            <![CDATA[<&]]></x:a >
            """
        #expect(try events(xml) == ["<a b=1 > \" c=/>", "t&电", "<b", ">b", "<&", ">a"])
    }

    @Test(arguments: [
        "", "<a>", "<a></b>", "<a/><b/>", "text", "<a>&x;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&amp</a>",
        "<a b></a>",
        "<a b=1></a>", "<a b='1></a>", "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a><!-- </a>",
        "<a><![CDATA[</a>", "<?xml version='1.0' encoding='UTF-16'?><a/>", "<a", "< a/>", "</a>", "<a/>&amp;",
    ])
    func refusesWhatIsNotWellFormed(_ xml: String) {
        #expect(throws: TableFault.self) { try events(xml) }
    }

    @Test func depthAndLengthAreBounded() {
        #expect(throws: TableFault.self) { try events(String(repeating: "<a>", count: 65)) }
        #expect(throws: TableFault.self) { try events("<a b='" + String(repeating: "1", count: 70_000) + "'/>") }
        #expect(throws: TableFault.self) { try events("<a>" + String(repeating: "1", count: 140_000) + "</a>") }
    }
}
