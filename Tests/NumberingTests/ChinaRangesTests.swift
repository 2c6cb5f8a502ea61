import GateModel
import Numbering
import Testing

@Suite("Ranges of China")
struct ChinaRangesTests {
    let reader = ChinaPlan.reader

    private static let mobilePrefixes =
        Array(130...139) + [145, 147] + Array(150...153) + Array(155...159) + [162, 165, 166, 167] + Array(170...173)
        + Array(175...178) + Array(180...193) + Array(195...199)

    @Test(
        "every prefix of people's mobiles reads as mobile, virtual operators and 192 included",
        arguments: mobilePrefixes)
    func allowsMobile(_ prefix: Int) {
        let reading = reader.read("+86\(prefix)00000012")
        #expect(reading.type == .mobile)
        #expect(reading.category == nil)
        #expect(reader.read("\(prefix) 0000 0012", region: "CN") == reading)
    }

    @Test(
        "every other three digits after 1 are no mobile", arguments: Set(100...199).subtracting(mobilePrefixes).sorted()
    )
    func deniesOtherPrefix(_ prefix: Int) {
        let reading = reader.read("+86\(prefix)00000012")
        #expect(reading.type == .invalid)
        #expect(reading.e164 == E164("+86\(prefix)00000012"))
        #expect(reading.region == "CN")
    }

    @Test("a mobile with a digit more or less is invalid, but can be found", arguments: ["1380000001", "138000000123"])
    func deniesWrongLength(_ national: String) {
        let reading = reader.read("+86" + national)
        #expect(reading.type == .invalid)
        #expect(reading.e164 == E164("+86" + national))
    }

    struct Special: Sendable, CustomTestStringConvertible {
        var national: String
        var category: String?
        var hasE164: Bool
        init(_ national: String, _ category: String?, _ hasE164: Bool) {
            self.national = national
            self.category = category
            self.hasE164 = hasE164
        }
        var testDescription: String { national }
    }

    @Test(
        "what is no line of a person or firm is invalid, and its category says why",
        arguments: [
            Special("13490000012", "satellite", true), Special("17400000012", "satellite", true),
            Special("17450000012", "satellite", true), Special("16190000012", "satellite", true),
            Special("16100000012", nil, true), Special("1400000000012", "iot", true),
            Special("1449999999912", "iot", true),
            Special("14000000012", nil, true), Special("14600000012", "iot", true), Special("14800000012", "iot", true),
            Special("14900000012", "iot", true), Special("1450000000012", nil, true),
            Special("700000000000012", "privacy", false), Special("7000000012", nil, true),
            Special("10690000", "sms", false), Special("106900001234", "sms", true),
            Special("1064900000012", "sms", true),
            Special("10690000123456789012", "sms", false), Special("110", "short", false),
            Special("119", "short", false),
            Special("120", "short", false), Special("122", "short", false), Special("112", "short", false),
            Special("114", "short", false), Special("999", "short", false), Special("12110", "short", false),
            Special("12121", "short", false), Special("12315", "short", false), Special("12345", "short", false),
            Special("12378", "short", false), Special("12395", "short", false), Special("95110", "short", false),
            Special("96110", "short", false), Special("95588", "service", false), Special("955880", "service", false),
            Special("95000012", "service", false), Special("9501234567", "service", true),
            Special("95012345678", "service", true), Special("96000", "service", false),
            Special("10000", "service", false),
            Special("10010", "service", false), Special("10086", "service", false),
            Special("1008600", "service", false),
            Special("10100012", "service", false), Special("17951", "short", false), Special("116114", "short", false),
            Special("98000000012", "reserved", true), Special("9800000", "reserved", false), Special("1", nil, false),
            Special("99", nil, false),
        ])
    func deniesSpecial(_ special: Special) {
        for input in ["+86" + special.national, "86" + special.national, special.national] {
            let reading = reader.read(input, region: "CN")
            #expect(reading.type == .invalid)
            #expect(reading.category == special.category)
            #expect((reading.e164 != nil) == special.hasE164)
            #expect(reading.region == "CN")
        }
    }

    @Test("a land line without its area code is no number", arguments: ["23001201", "2300120", "2300 1201"])
    func deniesLocalForm(_ local: String) {
        let expected = NumberReading(e164: nil, type: .invalid, region: "CN", zones: ["Asia/Shanghai"])
        #expect(reader.read(local, region: "CN") == expected)
        #expect(reader.read("+86 " + local) == expected)
    }

    @Test(
        "the mobiles beside the special ranges are mobiles",
        arguments: ["1348", "1350", "1450", "1470", "1730", "1750", "1620"])
    func allowsNeighbour(_ prefix: String) {
        #expect(reader.read("+86\(prefix)0000012").type == .mobile)
    }

    @Test("400 is shared cost and 800 toll free, and each is a category of its own")
    func readsFreeNumbers() {
        let shared = reader.read("400-000-0012", region: "CN")
        #expect(shared.type == .sharedCost)
        #expect(shared.category == "400")
        #expect(shared.e164 == E164("+864000000012"))
        let free = reader.read("+86 800 000 0012")
        #expect(free.type == .tollFree)
        #expect(free.category == "800")
        #expect(reader.read("+86400000001").type == .invalid)
        #expect(reader.read("+8640000000123").type == .invalid)
    }

    @Test("ten digits that begin with 106 are a land line of Beijing, and no message number")
    func allowsBeijing() {
        #expect(reader.read("+86 10 6000 0012").type == .fixedLine)
        #expect(reader.read("010-60000012", region: "CN").subdivisions == ["CN-BJ"])
    }
}
