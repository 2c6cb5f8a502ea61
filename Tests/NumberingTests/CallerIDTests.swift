import GateModel
import Numbering
import Testing

@Suite("Caller ids")
struct CallerIDTests {
    let reader = ChinaPlan.reader

    @Test(
        "all spellings of one caller id give one text",
        arguments: [
            ("95588", ["95588", "+8695588", "8695588", "095588", "９５５８８", "95-588", "tel:95588;phone-context=+86"]),
            ("95000012", ["95000012", "+86 95000012", "8695000012"]),
            ("10100012", ["10100012", "8610100012", "1010 0012"]),
            ("96000", ["96000", "+8696000"]),
            ("12345", ["12345", "+8612345", "8612345", "0086 12345"]),
            ("+864000000012", ["4000000012", "400-000-0012", "+864000000012", "864000000012", "0086 400 000 0012"]),
            ("+8695012345678", ["95012345678", "+86 950 1234 5678"]),
            ("+862223001201", ["022-23001201", "2223001201", "+862223001201", "862223001201"]),
            ("+8613800000012", ["13800000012", "013800000012", "+86 13800000012"]),
            ("700000000000012", ["700000000000012", "+86700000000000012", "86700000000000012"]),
        ])
    func givesOneText(_ text: String, _ spellings: [String]) {
        for spelling in spellings { #expect(reader.readCallerID(spelling, region: "CN").text == text) }
    }

    @Test("a service code is no callable number, but says what it is")
    func readsServiceCode() {
        let expected = CallerIDReading(text: "95588", type: .invalid, category: "service")
        #expect(reader.readCallerID("95588", region: "CN") == expected)
        #expect(reader.readCallerID("4000000012", region: "CN").category == "400")
        #expect(reader.readCallerID("4000000012", region: "CN").type == .sharedCost)
    }

    @Test("without a region a national form keeps its digits, and a text without number is empty")
    func keepsDigits() {
        #expect(reader.readCallerID("955-88") == CallerIDReading(text: "95588", type: .invalid))
        #expect(reader.readCallerID("BANK") == CallerIDReading(text: "", type: .invalid))
        #expect(reader.readCallerID("(212) 555-0112", region: "US").text == "+12125550112")
        #expect(reader.readCallerID("911", region: "US").text == "911")
    }
}
