import GateModel
import PolicyPack
import RuleEngine
import Testing

@Suite struct MadeUpCountryTests {
    static let cases: [PolicyCase] = {
        var text = madeUpCases
        for (index, number) in numbers.enumerated() {
            text = text.replacing(": \(number.name)", with: ": \"\(phone(index))\"")
        }
        do {
            return try MadeUpCountry.policy.cases(yaml: text).map { policyCase in
                var policyCase = policyCase
                let index = numbers.indices.first { phone($0) == policyCase.call.phone }
                policyCase.call.number = numbers[index ?? 0].reading
                return policyCase
            }
        } catch {
            fatalError("\(error)")
        }
    }()

    /// The number as a case writes it; what it is read as is put in afterwards.
    private static func phone(_ index: Int) -> String { "+331990000\(10 + index)" }

    private static let numbers: [(name: String, reading: NumberReading)] = [
        ("mobile-1", MadeUpCountry.number()),
        ("mobile-2", MadeUpCountry.number(999_100_000_043)),
        ("fixed-1", MadeUpCountry.number(type: .fixedLine)),
        ("pager-1", MadeUpCountry.number(type: .pager)),
        ("odd-1", MadeUpCountry.number(type: .invalid, category: "odd")),
        ("voip-1", MadeUpCountry.number(type: .voip)),
        ("two-zones", MadeUpCountry.number(zones: ["America/New_York", "America/Chicago"])),
        ("city-1", MadeUpCountry.number(999_200_000_042)),
        ("south-1", MadeUpCountry.number(subdivisions: ["ZZ-S"])),
        ("north-1", MadeUpCountry.number(subdivisions: ["ZZ-N"], zones: ["America/Chicago"])),
        ("no-zone", MadeUpCountry.number(zones: [])),
        ("far-zones", MadeUpCountry.number(zones: ["America/New_York", "Asia/Tokyo", "Europe/London"])),
        ("abroad-1", NumberReading(e164: E164(digits: 998_100_000_042), type: .mobile, region: "ZY")),
    ]

    @Test(arguments: cases.map(\.name)) func comesOutAsTheCaseSays(name: String) throws {
        let policyCase = try #require(MadeUpCountryTests.cases.first { $0.name == name })
        let result = policyCase.run(under: MadeUpCountry.policy)
        #expect(result.differences.isEmpty, "\(name): \(result.differences.joined(separator: "; "))")
    }

    @Test func everyRuleDeniesInSomeCaseAndLetsPassInAnother() {
        var denied: Set<String> = []
        var passed: Set<String> = []
        for policyCase in MadeUpCountryTests.cases {
            for entry in policyCase.trace(under: MadeUpCountry.policy) {
                if entry.outcome == .fails { denied.insert(entry.rule) }
                if entry.outcome == .passes { passed.insert(entry.rule) }
            }
        }
        let snapshot = MadeUpCountry.policy.snapshot
        let all = Set((snapshot.core.rules + snapshot.packs.flatMap(\.rules)).map(\.id))
        #expect(all.subtracting(denied).sorted() == [])
        #expect(all.subtracting(passed).sorted() == [])
    }
}
