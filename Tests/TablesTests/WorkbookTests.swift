import Testing

@testable import Tables

struct WorkbookTests {
    static let start = """
        姓名,手机号,登记日期,备注
        甲,13800000001,2026-01-31,"a, ""b"" c"
        乙,13800000002,2026-01-31 08:30:00,TRUE

        丙,13800000003,2026-02-01,0.5

        """

    @Test func readsWhatAProgramWrote() throws {
        #expect(try text(fixture("openpyxl.xlsx")) == Self.start + "丁\n")
    }

    @Test func readsWhatLibreOfficeWroteWithTheValuesOfFormulas() throws {
        #expect(try text(fixture("libreoffice.xlsx")) == Self.start + "丁,13800000004\n")
    }

    @Test func readsTextsInsideCellsAndTheirEscapes() throws {
        #expect(try text(fixture("inline.xlsx")) == "phone,name\n13800000001,x_000D_\n13800000002,_x000D_y_x005F_\n")
    }

    @Test func readsTheSheetThatIsNamed() throws {
        let read = try text(fixture("openpyxl.xlsx"), TableOptions(sheet: "other"))
        #expect(read == "# covers: +86138, +86139\n\"#\",phone\n1,13800000005\n")
        // A hidden sheet too, if it is asked for by name.
        #expect(try text(fixture("openpyxl.xlsx"), TableOptions(sheet: "说明")) == "13800009999\n")
        #expect(throws: TableFault.noSuchSheet("x", found: ["说明", "名单", "other"])) {
            try text(fixture("openpyxl.xlsx"), TableOptions(sheet: "x"))
        }
    }

    @Test func aFormulaWithoutItsValueIsNamed() {
        let error = #expect(throws: TableFault.self) { try text(fixture("formula-without-value.xlsx")) }
        #expect("\(error!)".hasPrefix("row 6, column 2: a formula without its value"))
    }

    @Test(arguments: ["entity-bomb.xlsx", "external-entity.xlsx"]) func noEntityIsEverDeclared(_ name: String) {
        let error = #expect(throws: TableFault.self) { try text(fixture(name)) }
        #expect("\(error!)".contains("declares a document type"))
    }

    @Test func everyTruncationIsNoticed() throws {
        let whole = try contents(fixture("inline.xlsx"))
        for length in 4..<whole.count {
            let file = try TemporaryFile(Array(whole[..<length]))
            #expect(throws: TableFault.self, "\(length)") { try text(file) }
        }
    }

    @Test(arguments: [
        ("13800000001", "13800000001"), ("1.3800000001E10", "13800000001"), ("1.38E+10", "13800000000"),
        ("8613800000001.0", "8613800000001"), ("0.5", "0.5"), ("5E-1", "0.5"), ("-1.50", "-1.5"), ("12.50e1", "125"),
        ("007", "7"), ("0", "0"), ("1e-3", "0.001"),
    ])
    func aNumberKeepsEveryDigit(_ raw: String, _ plain: String) {
        #expect(CellValues.plain(Array(raw.utf8)).map { String(decoding: $0, as: UTF8.self) } == plain)
    }

    @Test(arguments: ["", "x", "1e", "1e999", "--1", "1.2.3", "1e+9999999999999999999999", "."])
    func whatIsNoNumberIsLeftAsItIs(_ raw: String) { #expect(CellValues.plain(Array(raw.utf8)) == nil) }

    @Test(arguments: [
        ("yyyy\\-mm\\-dd", CellFormats.Kind.date), ("yyyy\"年\"m\"月\"d\"日\";@", .date), ("[$-804]mmm", .date),
        ("[h]:mm:ss", .time), ("General", .number), ("0.00E+00", .number), ("\"day\" 0", .number), ("@", .number),
        ("[Red]0", .number), ("G/通用格式", .number),
    ])
    func aFormatSaysWhatANumberIs(_ code: String, _ kind: CellFormats.Kind) {
        #expect(CellFormats.kind(of: code) == kind)
    }

    @Test(arguments: [
        (61.0, false, "1900-03-01"), (46_053, false, "2026-01-31"), (46_053.5, false, "2026-01-31 12:00:00"),
        (46_082, false, "2026-03-01"), (45_351, false, "2024-02-29"), (0.25, true, "06:00:00"),
        (2_958_465, false, "9999-12-31"), (73_109, false, "2100-02-28"), (73_110, false, "2100-03-01"),
    ])
    func aDayCountIsADate(_ value: Double, _ hasTime: Bool, _ text: String) {
        let values = CellValues(strings: SharedStrings(), formats: CellFormats(), countsFrom1904: false)
        #expect(values.date(value, hasTime: hasTime) == text)
    }

    @Test(arguments: [
        ("a_x000D_b", "a\rb"), ("_x005F_x000D_", "_x000D_"), ("_x_", "_x_"), ("_xD800_", "_xD800_"), ("_", "_"),
    ])
    func escapesAreUndone(_ raw: String, _ text: String) {
        #expect(CellValues.unescaped(Array(raw.utf8)[...]) == Array(text.utf8))
    }

    @Test func daysOfNoCalendarStayNumbers() {
        let values = CellValues(strings: SharedStrings(), formats: CellFormats(), countsFrom1904: false)
        #expect(values.date(60, hasTime: false) == nil)
        #expect(values.date(-1, hasTime: false) == nil)
        #expect(values.date(3e6, hasTime: false) == nil)
        let other = CellValues(strings: SharedStrings(), formats: CellFormats(), countsFrom1904: true)
        #expect(other.date(44_591, hasTime: false) == "2026-01-31")
    }
}
