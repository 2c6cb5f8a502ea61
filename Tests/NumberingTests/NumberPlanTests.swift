import GateModel
import Numbering
import Testing

@Suite("Number plans")
struct NumberPlanTests {
    @Test(
        "prefixes expand",
        arguments: [
            ("192", ["192"]), ("150-153", ["150", "151", "152", "153"]), ("7-7", ["7"]),
            ("098-101", ["098", "099", "100", "101"]),
            ("10[2-4]", ["102", "103", "104"]), ("2[0-157]", ["20", "21", "25", "27"]), ("[13][5]", ["15", "35"]),
        ])
    func expands(_ text: String, _ expected: [String]) throws {
        #expect(try NumberPlan.expandPrefixes(text) == expected)
    }

    @Test(
        "what is no prefix is refused with the remedy",
        arguments: [
            "", "-", "15x", "+86", "150-", "-153", "153-150", "15-153", "1-2-3", "１３０", "[", "[]", "1[", "1]", "[2-]",
            "[8-2]",
            "[a]", "1[2-4]-1[6-8]", "00000-99999", "[0-9][0-9][0-9][0-9][0-9]", "1234567890123456789012345",
        ])
    func refusesPrefix(_ text: String) {
        #expect(throws: NumberingError.prefix(text)) { try NumberPlan.expandPrefixes(text) }
    }

    @Test("a plan that contradicts itself is refused with all its problems at once")
    func refusesPlan() throws {
        let error = #expect(throws: NumberingError.self) {
            try NumberPlan(
                region: "cn", callingCode: 0, strip: ["x"],
                ranges: [
                    .init(prefixes: [], lengths: [0, 25]), .init(prefixes: ["1x"], lengths: [11], type: .invalid),
                    .init(prefixes: ["13"], lengths: [11], type: NumberType("moblie")),
                ],
                areaCodes: [
                    .init(prefix: "10", place: "", subdivisions: []), .init(prefix: "10", place: "", subdivisions: []),
                ])
        }
        guard case .plan(_, let problems) = error else { return }
        #expect(problems.count == 10)
        #expect(error?.description.contains("`moblie` is no type") == true)
        #expect(throws: NumberingError.self) { try NumberPlan(region: "CN", callingCode: 86, requireAreaCode: true) }
    }

    @Test("the plan of China has every range with known words")
    func readsFiles() {
        #expect(ChinaPlan.plan.ranges.count == 26)
        #expect(ChinaPlan.plan.strip.count == 13)
        let categories = Set(ChinaPlan.plan.ranges.compactMap(\.category))
        #expect(categories == ["satellite", "iot", "400", "800", "privacy", "sms", "short", "service", "reserved"])
    }
}
