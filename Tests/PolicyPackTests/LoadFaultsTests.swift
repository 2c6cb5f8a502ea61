import GateTesting
import PolicyPack
import Testing

/// A good pack and its bad twins: every fault is told, each with its place and a remedy.
@Suite struct LoadFaultsTests {
    private static let head = """
        pack: zz.main
        jurisdiction: ZZ
        title: {en: Made up, zh: 虚构}
        as_of: 2026-11-22
        calendar: ZZ
        purposes: [marketing, care]
        products: [loan]
        data_fields: [name]
        attributes:
          age: {type: integer}
          grade: {type: choice, values: [low, high], ordered: true}
        settings:
          strict: {default: false, text: {en: t, zh: t}}
        rules:

        """

    private static let hours = """
          - id: zz.hours
            kind: hours
            status: law
            citation: c
            message: {en: m, zh: m}
            parameters: {windows: {workday: ["09:00-20:00"], restday: [], holiday: []}}

        """

    /// A rule in one line, which is then line 21 of the file.
    private func faultsOf(rule: String) -> [String] {
        faults(files(pack: Self.head + Self.hours + "  - " + rule + "\n")).map {
            String($0.dropFirst("ZZ/main/pack.yaml:".count))
        }
    }

    private let common = "status: law, citation: c, message: {en: m, zh: m}"

    @Test func theGoodTwinLoads() {
        #expect(faults(files(pack: Self.head + Self.hours)) == [])
    }

    @Test(arguments: [
        (
            "{id: zz.x, kind: hours, COMMON, parameters: {windows: {every: [\"09:00-25:00\"]}}}",
            "`09:00-25:00` is no window"
        ),
        (
            "{id: zz.x, kind: hours, COMMON, parameters: {windows: {every: [\"12:00-09:00\"]}}}",
            "`12:00-09:00` is no window"
        ),
        (
            "{id: zz.x, kind: hours, COMMON, parameters: {windows: {every: [\"09:00-12:00\", \"11:00-13:00\"]}}}",
            "starts before"
        ),
        (
            "{id: zz.x, kind: hours, COMMON, parameters: {windows: {workdays: [\"09:00-12:00\"]}}}",
            "did you mean `workday`?"
        ),
        ("{id: zz.x, kind: hours, COMMON, parameters: {}}", "/windows: is required"),
        ("{id: zz.x, kind: hour, COMMON, parameters: {}}", "did you mean `hours`?"),
        ("{id: zz.x, COMMON, parameters: {}}", "/kind: is required"),
        ("{id: zz.x, kind: hours, COMMON}", "/parameters: is required"),
        ("{id: Hours, kind: stop, COMMON}", "is no rule id; write it like us.fl.hours"),
        ("{id: zz.hours, kind: stop, COMMON}", "the rule id `zz.hours` stands twice"),
        ("{id: core.stop, kind: stop, COMMON}", "the rule id `core.stop` stands in another pack too"),
        ("{id: zz.x, kind: stop, COMMON, applies: {purposes: [sport]}}", "`sport` is no declared purpose"),
        ("{id: zz.x, kind: stop, COMMON, applies: {products: [yacht]}}", "`yacht` is no declared product"),
        ("{id: zz.x, kind: stop, COMMON, applies: {modes: [shout]}}", "`shout` is no mode"),
        ("{id: zz.x, kind: stop, COMMON, applies: {number_types: [tin]}}", "`tin` is no declared type of number"),
        (
            "{id: zz.x, kind: stop, COMMON, applies: {number_prefixes: [\"212\"]}}",
            "`212` begins no number in E.164 form; write +1212"
        ),
        ("{id: zz.x, kind: stop, COMMON, applies: {attributes: {height: 3}}}", "height: no declared attribute"),
        ("{id: zz.x, kind: stop, COMMON, applies: {attributes: {age: old}}}", "age: must be a whole number"),
        (
            "{id: zz.x, kind: stop, COMMON, applies: {attributes: {grade: {above_attribute: age}}}}",
            "declared with the same type"
        ),
        ("{id: zz.x, kind: stop, COMMON, applies: {attributes: {age: {}}}}", "tests nothing"),
        ("{id: zz.x, kind: stop, COMMON, enabled_by: lenient}", "`lenient` is no declared setting"),
        ("{id: zz.x, kind: stop, COMMON, stands_aside: {care: [weather]}}", "`weather` is no declared fact source"),
        ("{id: zz.x, kind: stop, COMMON, effective: {from: 2026-01-01}}", "must be an instant with an offset"),
        (
            "{id: zz.x, kind: stop, COMMON, effective: {from: 2026-02-01T00:00:00Z, until: 2026-01-01T00:00:00Z}}",
            "`from` must lie before"
        ),
        ("{id: zz.x, kind: stop, COMMON, colour: red}", "colour: unknown field"),
        ("{id: zz.x, kind: stop, citation: c, message: {en: m, zh: m}}", "/status: is required"),
        ("{id: zz.x, kind: stop, status: law, citation: c, message: {en: m}}", "/message/zh: is required"),
        ("{id: zz.x, kind: stop, status: rumour, citation: c, message: {en: m, zh: m}}", "`rumour` is not one of law"),
        (
            "{id: zz.x, kind: frequency, COMMON, parameters: {count: attempts, within: {rolling: 1d}}}",
            "/max: is required"
        ),
        (
            "{id: zz.x, kind: frequency, COMMON, parameters: {count: attempts, max: 0, within: ever}}",
            "must lie in 1…100000"
        ),
        (
            "{id: zz.x, kind: frequency, COMMON, parameters: {count: attempts, max: 1, within: {rolling: 1 day}}}",
            "is no length of time"
        ),
        (
            "{id: zz.x, kind: frequency, COMMON, parameters: {count: attempts, max: 1, within: {calendar: year}}}",
            "`year` is not one of"
        ),
        (
            "{id: zz.x, kind: frequency, COMMON, parameters: {count: attempts, max: 1, within: ever, per: [cat]}}",
            "`cat` is no declared subject"
        ),
        ("{id: zz.x, kind: suppression, COMMON, parameters: {any_of: [{rumour: true}]}}", "names no source"),
        (
            "{id: zz.x, kind: suppression, COMMON, parameters: {any_of: [{opt_out: {rest: 1d, within: 2d}}]}}",
            "give one of them"
        ),
        ("{id: zz.x, kind: suppression, COMMON, parameters: {any_of: [{attempt: {}}]}}", "/within: is required"),
        ("{id: zz.x, kind: consent, COMMON, parameters: {forms: [nod]}}", "`nod` is no form"),
        ("{id: zz.x, kind: consent, COMMON, parameters: {greatest_age: 2y}}", "is no number of months; write 24mo"),
        ("{id: zz.x, kind: data, COMMON, parameters: {permitted: [shoe]}}", "`shoe` is no declared data field"),
        ("{id: zz.x, kind: data, COMMON, parameters: {}}", "judges nothing"),
        ("{id: zz.x, kind: destination, COMMON, parameters: {denied_categories: []}}", "denies nothing"),
        ("{id: zz.x, kind: caller_id, COMMON, parameters: {required: perhaps}}", "/required: must be true or false"),
        ("{id: zz.x, kind: attribute, COMMON, parameters: {deny_when: []}}", "denies nothing"),
        ("{id: zz.x, kind: freshness, COMMON, parameters: {list: l}}", "/greatest_age: is required"),
        (
            "{id: zz.x, kind: unavailable, COMMON, parameters: {require: [shoe]}}",
            "`shoe` is no declared field of the call"
        ),
    ]) func aBadRuleIsToldWithItsPlaceAndARemedy(rule: String, expected: String) {
        let found = faultsOf(rule: rule.replacing("COMMON", with: common))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("21:") }, "\(found)")
    }

    @Test func everyFaultOfEveryFileIsToldAtOnce() {
        var bad = files(
            pack: """
                pack: zz.main
                jurisdiction: Zedland
                title: {en: Made up}
                as_of: 2026-11-22
                zones: [Mars/Olympus]
                calendar: YY
                purposes: [marketing, sport]
                attributes:
                  age: {type: number}
                  grade: {type: choice}
                  age_too: {type: integer, when_absent: {sunday: deny}}
                settings: {strict: {}}
                sort: 3
                rules: {}
                """)
        bad.bytes["ZZ/numbering.yaml"] = Array("region: ZZ\nranges: [{prefixes: [\"1-\"], lengths: [99]}]\n".utf8)
        bad.bytes["ZZ/calendar.csv"] = Array("date,kind,name\n2026-13-01,holiday,x\n2026-11-26,feast,y\n".utf8)
        bad.bytes["YZ/p/pack.yaml"] = [0xFF, 0xFE]
        let found = faults(bad).joined(separator: "\n")
        for expected in [
            "ZZ/main/pack.yaml:2:15: /jurisdiction: `Zedland` is no ISO 3166 code",
            "ZZ/main/pack.yaml:3:8: /title/zh: is required", "/zones: `Mars/Olympus` is not in the time zone database",
            "/purposes: `sport` is no declared purpose",
            "/attributes/age/type: `number` is not one of boolean, integer",
            "/attributes/grade/values: is required for a choice", "/attributes/age_too/when_absent/sunday",
            "/settings/strict/default: is required", "ZZ/main/pack.yaml:13:7: /sort: unknown field",
            "ZZ/main/pack.yaml:14:8: /rules: must be an array, is an object", "ZZ/numbering.yaml:2:",
            "ZZ/calendar.csv:2:1: must be date,kind,name", "ZZ/calendar.csv:3:1: `feast` is no kind",
            "ZZ/calendar.csv:1:1: the first line must name the years", "YZ/p/pack.yaml: is not UTF-8 text",
        ] {
            #expect(found.contains(expected), "\(expected)\n\(found)")
        }
    }

    @Test func aFileThatIsNoYAMLSaysWhere() {
        let found = faults(files(pack: "pack: zz\n  rules: [\n"))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("ZZ/main/pack.yaml:2:") == true, "\(found)")
    }

    @Test func aKeyThatStandsTwiceIsRefused() {
        let found = faults(
            files(pack: Self.head.replacing("calendar: ZZ\n", with: "calendar: ZZ\ncalendar: ZZ\n") + Self.hours))
        #expect(found.first?.contains("the key `calendar` stands twice") == true, "\(found)")
    }

    @Test func workdaysWithoutACalendarAreRefused() {
        let found = faults(files(pack: Self.head.replacing("calendar: ZZ\n", with: "") + Self.hours))
        #expect(
            found == ["ZZ/main/pack.yaml:14:5: `zz.hours` speaks of workdays or holidays; name the pack's `calendar`"])
    }

    @Test func aCalendarThatDoesNotExistIsRefused() {
        let found = faults(files(pack: Self.head.replacing("calendar: ZZ\n", with: "calendar: YY\n") + Self.hours))
        #expect(found.count == 1 && found[0].contains("there is no calendar `YY`"), "\(found)")
    }

    @Test func aFolderWithoutACorePackIsRefused() {
        let error = #expect(throws: FileFaults.self) { try PolicyFiles(folder: policyFolder + "/CN") }
        #expect(error?.description.contains("core/pack.yaml: is missing") == true)
    }

    @Test func theIdIsThatOfTheBytes() throws {
        var other = shippedFiles
        #expect(other.id == shippedFiles.id)
        other.bytes["core/pack.yaml"]?.append(10)
        #expect(other.id != shippedFiles.id)
    }
}
