import GateModel
import Numbering
import Testing

@Suite("Area codes of China")
struct AreaCodeTests {
    let reader = ChinaPlan.reader

    @Test("the table has 328 area codes in 31 subdivisions")
    func countsTable() {
        #expect(ChinaPlan.areaCodes.count == 328)
        #expect(Set(ChinaPlan.areaCodes.flatMap(\.subdivisions)).count == 31)
    }

    @Test(
        "a land line of each area code has its subdivision, with and without the trunk zero",
        arguments: ChinaPlan.areaCodes)
    func readsArea(_ area: NumberPlan.AreaCode) {
        let reading = reader.read("+86\(area.prefix)23001201")
        #expect(reading.type == .fixedLine)
        #expect(!reading.subdivisions.isEmpty)
        #expect(reading.subdivisions == area.subdivisions)
        #expect(reading.zones == ["Asia/Shanghai"])
        #expect(reader.read("0\(area.prefix)-23001201", region: "CN") == reading)
        #expect(reader.read("0\(area.prefix)-13001201", region: "CN").type == .invalid)
        #expect(reader.read("0\(area.prefix)-93001201", region: "CN").type == .invalid)
        #expect(reader.read("0\(area.prefix)-95588", region: "CN").type == .invalid)
        let seven = reader.read("0\(area.prefix)-2300120", region: "CN").type
        #expect(seven == (area.prefix.utf8.count == 3 ? .fixedLine : .invalid))
    }

    @Test(
        "an area code outside the table is invalid",
        arguments: Set(300...999).subtracting(ChinaPlan.areaCodes.compactMap { Int($0.prefix) }).sorted())
    func deniesUnknownArea(_ code: Int) {
        #expect(reader.read("+86\(code)23001201").type == .invalid)
        #expect(reader.read("0\(code)-2300120", region: "CN").type != .fixedLine)
    }

    @Test("a table parses with quotes, comments and several subdivisions")
    func parsesTable() throws {
        let csv = """
            # A comment.
            prefix,place,subdivisions,zones\r
            202,"Washington, ""D.C.\""\","US-DC",America/New_York
            208,Idaho,US-ID,America/Boise&America/Los_Angeles

            """
        let rows = try AreaCodeTable.parse(csv: csv)
        #expect(rows.map(\.place) == ["Washington, \"D.C.\"", "Idaho"])
        #expect(rows[1].zones == ["America/Boise", "America/Los_Angeles"])
    }

    @Test("a broken table names every broken line")
    func reportsLines() {
        let csv = "prefix,place,subdivisions,zones\n10,a,CN-BJ,\n010x,b,,\n10,c,,\n11,d\n12,\"e,,\n"
        let error = #expect(throws: NumberingError.self) { try AreaCodeTable.parse(csv: csv) }
        guard case .areaCodes(let problems) = error else { return }
        #expect(problems.map(\.line) == [3, 4, 5, 6])
        #expect(throws: NumberingError.self) { try AreaCodeTable.parse(csv: "") }
        #expect(throws: NumberingError.self) { try AreaCodeTable.parse(csv: "prefix,place\n") }
    }
}
