import GateTesting
import PolicyPack
import Testing

@Suite struct CoverageTests {
    private func coverage(_ rule: String, _ cases: [String]) throws -> PackCoverage.RuleCoverage {
        let pack = """
            pack: zz.main
            jurisdiction: ZZ
            title: {en: Made up, zh: 虚构}
            as_of: 2026-11-22
            zones: [America/New_York]
            calendar: ZZ
            purposes: [care, survey]
            attributes: {vip: {type: boolean}}
            rules:
              - {id: zz.rule, status: law, citation: c, message: {en: m, zh: m}, \(rule)}
            """
        let policy = try load(files(pack: pack))
        let text =
            "defaults: {at: 2026-11-23T10:00:00-05:00, call: {phone: \"+12125550142\", purpose: care, location: {subdivision: ZZ-N}}}\ncases:\n"
            + cases.map { "  - {name: n, expect: {verdict: deny}, \($0)}\n" }.joined()
        let read = cases.isEmpty ? [] : try policy.cases(yaml: text)
        let packs = policy.coverage(cases: ["ZZ/main/tests.yaml": read])
        return try #require(packs.last?.rules.first)
    }

    private func untried(_ coverage: PackCoverage.RuleCoverage) -> [String] {
        coverage.branches.filter { !$0.isTried }.map(\.name)
    }

    private let hours = "kind: hours, parameters: {windows: {workday: [\"09:00-17:00\"], restday: []}}"

    @Test func withoutACaseNothingIsTried() throws {
        let found = try coverage(hours, [])
        #expect(!found.isDenied && !found.isPassed)
        #expect(
            untried(found) == [
                "parameters/windows/restday closed", "parameters/windows/workday open",
                "parameters/windows/workday closed", "parameters/windows opens 09:00",
                "parameters/windows closes 17:00",
            ])
    }

    @Test func aLimitIsTriedFromBothSides() throws {
        let inside = ["at: 2026-11-23T09:00:00-05:00", "at: 2026-11-23T16:59:59-05:00"]
        let outside = ["at: 2026-11-23T08:59:59-05:00", "at: 2026-11-23T17:00:00-05:00"]
        let one = try coverage(hours, inside)
        #expect(one.isPassed && !one.isDenied)
        #expect(untried(one).contains("parameters/windows opens 09:00"))
        let both = try coverage(hours, inside + outside)
        #expect(both.isDenied && untried(both) == ["parameters/windows/restday closed"])
        #expect(try untried(coverage(hours, inside + outside + ["at: 2026-11-28T12:00:00-05:00"])).isEmpty)
    }

    @Test func anExceptionIsTriedByACaseThatItAloneSpares() throws {
        let rule =
            "kind: stop, applies: {purposes: [care, survey]}, parameters: {emergency: declared}, unless: [{call: {attributes: {vip: true}}}]"
        let emergency = "facts: {emergencies: [{subdivision: ZZ, from: 2026-01-01T00:00:00Z}]}"
        let spared = "call: {attributes: {vip: true}}"
        // Without an emergency the exception makes no difference.
        #expect(try untried(coverage(rule, [spared])).contains("unless/0"))
        let found = try coverage(rule, ["\(spared), \(emergency)", "call: {purpose: survey}, \(emergency)"])
        #expect(found.isDenied && found.isPassed)
        #expect(untried(found) == ["applies/purposes/care"])
    }

    @Test func everyShippedRuleIsDeniedAndPassedByACase() {
        let packs = shippedPolicy.coverage(cases: shippedCases)
        for rule in packs.flatMap(\.rules) { #expect(rule.isDenied && rule.isPassed, "\(rule.rule)") }
        #expect(packs.count == shippedPolicy.snapshot.packs.count + 1)
        // A part of a rule that no case tries any more is seen here.
        #expect(packs.flatMap(\.rules).flatMap(\.branches).count(where: \.isTried) >= 1500)
    }
}
