import Glibc
import Tables
import Testing

struct TableFileTests {
    static let list = (1...40).map { "\(13_800_000_000 + $0)\n" }.joined()

    @Test(arguments: ["list.gz", "members.gz", "list.zst", "frames.zst"])
    func unpacks(_ name: String) throws { #expect(try text(fixture(name)) == Self.list) }

    @Test(arguments: [
        ("bomb.gz", TableFault.bomb(ratio: TableLimits.greatestRatio)),
        ("bomb.zst", .bomb(ratio: TableLimits.greatestRatio)), ("bomb.xlsx", .bomb(ratio: TableLimits.greatestRatio)),
        ("old.xls", .unsupported(.oldWorkbook)), ("open.ods", .unsupported(.openDocument)),
        ("list.pdf", .unsupported(.pdf)), ("plain.zip", .unsupported(.zip)), ("list.xz", .unsupported(.otherArchive)),
    ])
    func refuses(_ name: String, _ fault: TableFault) {
        #expect(throws: fault) { try text(fixture(name)) }
    }

    @Test(arguments: ["<!DOCTYPE html>\n<html>", "\n  <HTML><body>", "\u{FEFF}<!doctype HTML PUBLIC>"])
    func aPageIsNamed(_ page: String) throws {
        let file = try TemporaryFile(page)
        #expect(throws: TableFault.unsupported(.html)) { try text(file) }
    }

    @Test func nothingIsNothingHoweverPacked() throws {
        let empty = try TemporaryFile("")
        #expect(throws: TableFault.empty) { try text(empty) }
        let packed = try TemporaryFile([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(throws: TableFault.empty) { try text(packed) }
    }

    @Test func whatIsNoFileIsRefused() {
        #expect(throws: TableFault.notAFile(path: "/dev")) { try TableFile(path: "/dev") }
        #expect(throws: TableFault.io(operation: "open", path: "/nowhere", code: ENOENT)) {
            try TableFile(path: "/nowhere")
        }
    }

    @Test(arguments: ["list.gz", "list.zst"]) func everyTruncationIsNoticed(_ name: String) throws {
        let whole = try contents(fixture(name))
        for length in 4..<whole.count {
            let file = try TemporaryFile(Array(whole[..<length]))
            #expect(throws: TableFault.self, "\(length)") { try text(file) }
        }
    }

    @Test func onlyZerosMayFollowAMember() throws {
        let whole = try contents(fixture("list.gz"))
        #expect(try text(try TemporaryFile(whole + [UInt8](repeating: 0, count: 200_000))) == Self.list)
        for tail in [[1], [0, 1], [0x1F, 1], [0, 0x1F, 0x8B]] as [[UInt8]] {
            let file = try TemporaryFile(whole + tail)
            #expect(throws: TableFault.self) { try text(file) }
        }
    }

    @Test(arguments: ["list.gz", "list.zst", "inline.xlsx", "list.pdf"]) func packingTwiceIsRefused(_ name: String)
        throws
    {
        // A gzip member whose content is stored as it is.
        let inner = try contents(fixture(name)).prefix(4000)
        let length = [UInt8(inner.count & 255), UInt8(inner.count >> 8)]
        let file = try TemporaryFile(
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + length + length.map(~) + inner + [UInt8](repeating: 0, count: 8))
        let error = #expect(throws: TableFault.self) { try text(file) }
        #expect(error == .nested || error == .unsupported(.pdf) || "\(error!)".contains("damaged"))
    }

    @Test func anEndlessLineIsHandedOutInPieces() throws {
        let file = try TemporaryFile([UInt8](repeating: 49, count: 100 << 20))
        var (bytes, longest) = (0, 0)
        let table = try TableFile(path: file.path)
        try table.read {
            bytes += $0.count
            longest = max(longest, $0.count)
        }
        #expect(bytes == 100 << 20)
        #expect(longest <= 1 << 18)
        #expect(table.bytesRead == table.size)
        let reader = RecordReader(hasColumns: true)
        #expect(throws: RecordFault.lineTooLong(line: 1)) {
            try table.read { chunk in
                var place = 0
                _ = try reader.next(in: chunk, at: &place)
            }
        }
        #expect(table.bytesRead < 1 << 20)
    }

    @Test func anErrorOfTheReaderEndsTheReading() throws {
        struct Enough: Error {}
        let table = try TableFile(path: fixture("list.gz"))
        #expect(throws: Enough.self) { try table.read { _ in throw Enough() } }
        var count = 0
        try table.read { count += $0.count }
        #expect(count == Self.list.utf8.count)
    }
}
