import Calendars
import GateTesting
import PolicyPack
import Testing

@Suite struct LintTests {
    private static let today = CivilDate("2026-06-01")!

    private func rule(_ id: String, _ kind: String, _ rest: String) -> String {
        "  - {id: \(id), kind: \(kind), status: law, citation: c, message: {en: m, zh: m}, \(rest)}\n"
    }

    private func lint(
        _ rules: [String], head: String = "", cases: String? = nil, lists: Set<String> = [], today: CivilDate = today
    ) throws -> [String] {
        let pack = """
            pack: zz.main
            jurisdiction: ZZ
            title: {en: Made up, zh: 虚构}
            as_of: 2026-11-22
            zones: [America/New_York]
            purposes: [care]
            attributes: {vip: {type: boolean}}
            \(head)
            rules:

            """
        let policy = try load(files(pack: pack + rules.joined()))
        var read: [String: [PolicyCase]] = [:]
        if let cases { read["ZZ/main/tests.yaml"] = try policy.cases(yaml: cases) }
        return policy.lint(cases: read, lists: lists, today: today).filter { $0.file != "core/pack.yaml" }.map(
            \.description)
    }

    private var hours: String { rule("zz.hours", "hours", "parameters: {windows: {every: [\"09:00-20:00\"]}}") }

    @Test func aPurposeWithoutHoursIsFound() throws {
        let found = try lint([rule("zz.vip", "attribute", "parameters: {deny_when: [{vip: true}]}")])
        #expect(found.contains { $0.contains("no hours rule holds for every call of `care`") })
    }

    @Test func aPurposeThatMayBeCalledAtAnyHourIsNot() throws {
        let found = try lint(
            [rule("zz.vip", "attribute", "parameters: {deny_when: [{vip: true}]}")], head: "any_hour: [care]")
        #expect(!found.contains { $0.contains("no hours rule") })
    }

    @Test func hoursBehindASwitchAreNone() throws {
        let found = try lint(
            [rule("zz.hours", "hours", "enabled_by: s, parameters: {windows: {every: [\"09:00-20:00\"]}}")],
            head: "settings: {s: {default: true, text: {en: t, zh: t}}}")
        #expect(found.contains { $0.contains("no hours rule") })
    }

    @Test(arguments: [
        ("hours", "parameters: {windows: {every: [\"00:00-12:00\", \"12:00-24:00\"]}}", "its windows are always open"),
        ("stop", "applies: {purposes: [survey]}", "it applies to no purpose of the pack"),
        ("stop", "applies: {purposes: [care], except_purposes: [care]}", "it applies to no purpose of the pack"),
        ("stop", "effective: {until: 2026-05-01T00:00:00Z}", "it is no longer in force"),
        ("unavailable", "parameters: {attributes: declared}", "no attribute says `when_absent: deny`"),
        ("destination", "parameters: {denied_categories: [moon]}", "no numbering plan has the category moon"),
    ]) func aRuleThatCannotDenyIsFound(kind: String, rest: String, why: String) throws {
        let found = try lint([hours, rule("zz.x", kind, rest)])
        #expect(found.contains { $0.contains("zz.x: can never deny: \(why)") }, "\(found)")
    }

    @Test func aListThatDoesNotExistIsFound() throws {
        let named = rule("zz.list", "suppression", "parameters: {any_of: [{list: deceased}, {list: zz-dnc}]}")
        let found = try lint([hours, named])
        #expect(found.contains { $0.contains("error: zz.list: there is no list `zz-dnc`") })
        #expect(!found.contains { $0.contains("`deceased`") })
        #expect(try !lint([hours, named], lists: ["zz-dnc"]).contains { $0.contains("there is no list") })
    }

    @Test func aCalendarThatEndsSoonIsFound() throws {
        let inTime = try lint([hours], head: "calendar: ZZ", today: CivilDate("2026-11-01")!)
        #expect(!inTime.contains { $0.contains("calendar") })
        let late = try lint([hours], head: "calendar: ZZ", today: CivilDate("2026-11-02")!)
        #expect(late.contains { $0.contains("warning: the calendar `ZZ` ends on 2026-12-31") }, "\(late)")
        let tooLate = try lint([hours], head: "calendar: ZZ", today: CivilDate("2027-01-01")!)
        #expect(tooLate.contains { $0.contains("error: the calendar `ZZ` does not cover 2027-01-01") })
    }

    @Test func anUntestedRuleIsFoundWithItsPlace() throws {
        let found = try lint([hours])
        #expect(
            found.contains("ZZ/main/pack.yaml:10:5: error: zz.hours: no case is denied by it; add one"), "\(found)")
        #expect(found.contains("ZZ/main/pack.yaml:10:5: error: zz.hours: no case passes it; add one"))
    }

    @Test func aRuleThatIsTriedBothWaysIsNot() throws {
        let cases = """
            defaults: {call: {phone: "+12125550142", region: ZZ, purpose: care, location: {subdivision: ZZ-A}}}
            cases:
              - {name: by day, at: 2026-06-01T16:00:00Z, expect: {verdict: allow}}
              - {name: by night, at: 2026-06-01T06:00:00Z, expect: {verdict: deny}}
            """
        let found = try lint([hours], cases: cases)
        #expect(found == [], "\(found)")
    }

    @Test func anEmptyCitationIsFound() throws {
        let found = try lint(["  - {id: zz.x, kind: stop, status: law, citation: \" \", message: {en: m, zh: m}}\n"])
        #expect(found.contains { $0.contains("error: zz.x: has no citation") })
    }

    @Test func aGapBetweenTwoRulesIsFound() throws {
        func dated(_ id: String, _ dates: String) -> String {
            rule(id, "hours", "effective: {\(dates)}, parameters: {windows: {every: [\"09:00-20:00\"]}}")
        }
        let gap = try lint([
            dated("zz.old", "until: 2026-07-01T00:00:00Z"), dated("zz.new", "from: 2026-07-02T00:00:00Z"),
        ])
        #expect(gap.contains { $0.contains("zz.old: ends at 2026-07-01T00:00:00.000Z, and `zz.new` begins") }, "\(gap)")
        let none = try lint([
            dated("zz.old", "until: 2026-07-01T00:00:00Z"), dated("zz.new", "from: 2026-07-01T00:00:00Z"),
        ])
        #expect(!none.contains { $0.contains("close the gap") })
    }

    @Test func theShippedPacksHaveNoErrors() {
        let found = shippedPolicy.lint(cases: shippedCases, lists: [], today: LintTests.today)
        #expect(found.filter { $0.severity == .error }.map(\.description) == [])
    }
}
