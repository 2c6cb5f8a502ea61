import FoundationEssentials
import Glibc
import Suppression
import Tables
import Testing

/// Lists read from files of every kind.
struct FileTests {
    /// The fixtures of the tests of `Tables`; `make.py` beside them says how each was made.
    static func fixture(_ name: String, file: StaticString = #filePath) -> String {
        let path = "\(file)".split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(path)/TablesTests/Fixtures/\(name)"
    }

    private func importer(_ options: ImportOptions = ImportOptions()) throws -> ListImporter {
        ListImporter(definition: try list(), asOf: noon, options: options, normalise: chinese)
    }

    @Test(arguments: [
        ("list.gz", 40), ("frames.zst", 40), ("gb18030.csv", 2), ("utf-16.csv", 2), ("openpyxl.xlsx", 3),
        ("libreoffice.xlsx", 4), ("inline.xlsx", 2),
    ])
    func reads(_ name: String, _ accepted: Int) throws {
        // One of the workbooks holds a row without a number.
        let importer = try importer(ImportOptions(maximumRejectedShare: 0.3))
        try importer.read(try TableFile(path: Self.fixture(name)))
        let fixture = try Fixture()
        let summary = try withExtendedLifetime(fixture) { try importer.finish(writing: "\(fixture.path)/index") }
        #expect(summary.counts.accepted == accepted)
    }

    @Test func aBadRowOfAWorkbookHasItsRowNumber() throws {
        let importer = try importer(ImportOptions(maximumRejectedShare: 0.3))
        try importer.read(try TableFile(path: Self.fixture("openpyxl.xlsx")))
        #expect(importer.rejects == [Reject(line: 6, column: 2, reason: .noNumber)])
    }

    @Test func aFileThatIsNoTableRejectsTheUpload() throws {
        let fixture = try Fixture()
        let whole = try Data(contentsOf: URL(filePath: Self.fixture("list.gz")))
        try whole.dropLast(3).write(to: URL(filePath: fixture.path + "/cut.gz"))
        let importer = try importer()
        let rejected = SuppressionError.rejected(.table(.truncated("gzip")))
        #expect(throws: rejected) { try importer.read(try TableFile(path: fixture.path + "/cut.gz")) }
        // What was fed before counts for nothing.
        #expect(throws: rejected) { try importer.finish(writing: "/nowhere/index") }
    }

    /// 500 damaged files: never more numbers than lines, whatever comes of them.
    @Test(arguments: 0..<5) func damageNeverMakesMoreNumbers(_ round: UInt64) throws {
        var state = 20_261_125 &+ round
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let names = ["list.gz", "list.zst", "libreoffice.xlsx", "inline.xlsx", "gb18030.csv", "utf-16.csv"]
        let fixture = try Fixture()
        for attempt in 0..<100 {
            let name = names[random(names.count)]
            var bytes = Array(try Data(contentsOf: URL(filePath: Self.fixture(name))))
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            let path = "\(fixture.path)/\(attempt)"
            try Data(bytes).write(to: URL(filePath: path))
            let importer = try importer(ImportOptions(maximumRejectedShare: 1))
            do {
                try importer.read(try TableFile(path: path))
                let counts = try importer.finish(writing: "\(path).index").counts
                #expect(counts.accepted + counts.duplicates + counts.rejected == counts.lines, "\(name)")
                #expect(counts.accepted <= 42 && counts.duplicates >= 0, "\(name)")
            } catch is SuppressionError {
            } catch is TableFault {}
            unlink(path)
        }
    }
}
