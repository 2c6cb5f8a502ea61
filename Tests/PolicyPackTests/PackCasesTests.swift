import Documents
import GateModel
import GateTesting
import PolicyPack
import RuleEngine
import Testing

@Suite struct PackCasesTests {
    struct NamedCase: CustomTestStringConvertible {
        var path: String
        var policyCase: PolicyCase
        var testDescription: String { "\(path):\(policyCase.line) \(policyCase.name)" }
    }

    static let all: [NamedCase] = shippedCases.sorted { $0.key < $1.key }.flatMap { path, cases in
        cases.map { NamedCase(path: path, policyCase: $0) }
    }

    @Test(arguments: all) func comesOutAsItSays(_ named: NamedCase) {
        let result = named.policyCase.run(under: shippedPolicy)
        #expect(result.hasPassed, "\(named.testDescription): \(result.differences.joined(separator: "; "))")
    }

    @Test func everyPackOfAJurisdictionHasCases() {
        let withCases = Set(shippedCases.filter { !$0.value.isEmpty }.keys)
        for pack in shippedPolicy.snapshot.packs {
            let path = PackTests.path(besidePack: shippedPolicy.paths[pack.id] ?? "")
            #expect(withCases.contains(path), "\(pack.id) has no cases")
        }
    }

    @Test func namesOfCasesAreSentencesThatStandOnce() {
        for (path, cases) in shippedCases {
            let names = Dictionary(grouping: cases, by: \.name)
            #expect(names.filter { $0.value.count > 1 }.keys.sorted() == [], "\(path)")
        }
    }
}

@Suite struct CaseFormatTests {
    private func run(_ yaml: String) throws -> [CaseResult] {
        try shippedPolicy.cases(yaml: yaml).map { $0.run(under: shippedPolicy) }
    }

    @Test func mapsOfTheDefaultsAreMergedAndListsReplaced() throws {
        let cases = try shippedPolicy.cases(
            yaml: """
                defaults:
                  at: 2026-11-23T10:30:00+08:00
                  call: {phone: "+8613800000001", purpose: care, attributes: {sales_content: false, greeting: true}}
                  facts: {opt_outs: [{purposes: [care], at: 2026-01-01T00:00:00Z}, {at: 2026-01-01T00:00:00Z}]}
                cases:
                  - {name: a, call: {attributes: {greeting: false}}, facts: {opt_outs: [{at: 2026-01-01T00:00:00Z}]}, expect: {verdict: deny}}
                """)
        let only = try #require(cases.first)
        #expect(only.call.attributes == ["sales_content": .boolean(false), "greeting": .boolean(false)])
        #expect(only.facts.optOuts.count == 1)
    }

    @Test func theFirstReasonIsThatOfTheFirstCheck() throws {
        let only = try #require(
            shippedPolicy.cases(
                yaml: """
                    cases:
                      - name: a minor who refused, by a vendor without a mandate, at night
                        at: 2026-11-23T21:30:00+08:00
                        call:
                          {phone: "+8613800000001", caller_id: "+862223456789", purpose: marketing, product: wealth,
                           attributes: {customer_age: 16, vendor_mandate: false}}
                        facts:
                          opt_outs: [{purposes: [marketing], strength: explicit, at: 2026-01-01T00:00:00Z}]
                        expect: {verdict: deny}
                    """
            ).first)
        let reasons = evaluate(
            only.call, only.facts, under: shippedPolicy.snapshot, zones: shippedPolicy.zones, at: only.at
        )
        .reasons.map(\.rule)
        #expect(
            reasons == [
                "cn.person.minor", "cn.vendor.mandate_denied", "cn.refusal.explicit", "cn.consent.marketing",
                "cn.hours.marketing",
            ])
    }

    @Test func aCaseThatComesOutOtherwiseSaysHow() throws {
        let results = try run(
            """
            cases:
              - name: a wrong expectation
                at: 2026-11-23T21:00:00+08:00
                call:
                  {phone: "+8613800000001", caller_id: "+862223456789", purpose: service, attributes: {sales_content: false}}
                expect: {verdict: allow, kinds: [], retry_at: null}
            """)
        let differences = try #require(results.first).differences
        #expect(differences.contains("verdict: expected allow, got deny"))
        #expect(differences.contains("kinds: expected [], got [hours]"))
        #expect(differences.contains("retry_at: expected null, got 2026-11-24T09:00:00.000+08:00"))
    }

    @Test func everyFaultOfAFileIsToldWithItsPlace() {
        let error = #expect(throws: Faults.self) {
            _ = try shippedPolicy.cases(
                yaml: """
                    cases:
                      - name: bad
                        at: 2026-11-23
                        call: {phone: "+8613800000001", purpose: marketting, attributes: {customer_age: old}}
                        facts: {unavailable: [weather], attempts: [{outcome: eaten}], stops: [{}]}
                        expect: {kinds: [luck], verdict: perhaps}
                    """)
        }
        let text = error?.description ?? ""
        #expect(text.contains("3:9: /cases/0/at: must be an instant with an offset"))
        #expect(text.contains("did you mean `marketing`?"))
        #expect(text.contains("/cases/0/call/attributes/customer_age: must be a whole number, is a string"))
        #expect(text.contains("`weather` is no source of facts"))
        #expect(text.contains("/cases/0/facts/attempts/0/at: is required"))
        #expect(text.contains("`eaten` is not one of"))
        #expect(text.contains("/cases/0/facts/stops/0: halts nothing"))
        #expect(text.contains("`luck` is no kind"))
        #expect(text.contains("`perhaps` is not one of allow, deny"))
    }

    private static let call =
        "{phone: \"+8613800000001\", caller_id: \"+862223456789\", purpose: service, attributes: {sales_content: false}}"

    @Test(arguments: [
        ("", "1:1: must be an object"),
        ("defaults: {}", "/cases: is required; give at least one case"),
        ("cases: []", "/cases: is required; give at least one case"),
        ("defaults: []\ncases: [{}]", "1:11: /defaults: must be an object"),
    ])
    func aFileThatTriesNothingIsRefused(_ yaml: String, _ detail: String) {
        let error = #expect(throws: Faults.self) { _ = try shippedPolicy.cases(yaml: yaml) }
        #expect(error?.description.contains(detail) == true, "\(error?.description ?? "nothing")")
    }

    @Test(arguments: [
        ("", "2:5: /cases/0/expect: is required"),
        ("expect:", "/cases/0/expect: is required"),
        ("expect: {}", "5:13: /cases/0/expect: expects nothing"),
        ("expect: {verdict: null}", "5:23: /cases/0/expect/verdict: is required"),
        ("expect: {verdict: allow, kinds: }", "/cases/0/expect/kinds: is required"),
        ("expect: {verdict: allow}\n    settings: {address_wins: }", "/cases/0/settings/address_wins: is required"),
        (
            "expect: {verdict: allow}\n    facts: {attempts: [{at: 2026-11-23T10:29:00Z, phone: none}]}",
            "phone: has no digit"
        ),
        ("expect: {verdict: allow}\n    facts: {stops: [{caller_ids: [own line]}]}", "caller_ids: holds a number that"),
        ("expect: {verdict: allow}\n    facts: {caller_ids: [{number: own line}]}", "number: is no number"),
    ])
    func aCaseThatWouldPassUnseenIsRefused(_ rest: String, _ detail: String) {
        let yaml = """
            cases:
              - name: a
                at: 2026-11-23T10:30:00+08:00
                call: \(CaseFormatTests.call)
                \(rest)
            """
        let error = #expect(throws: Faults.self) { _ = try shippedPolicy.cases(yaml: yaml) }
        #expect(error?.description.contains(detail) == true, "\(error?.description ?? "nothing")")
    }

    @Test func aCaseThatCannotBeReadLeavesTheOthers() throws {
        let yaml = """
            cases:
              - {name: a, at: 2026-11-23T10:30:00+08:00, call: \(CaseFormatTests.call), expect: {verdict: perhaps}}
              - {name: b, at: 2026-11-23T10:30:00+08:00, call: \(CaseFormatTests.call), expect: {verdict: allow}}
            """
        let read = try shippedPolicy.readCases(yaml: yaml)
        #expect(read.map(\.name) == ["a", "b"] && read.map { $0.policyCase != nil } == [false, true])
        #expect(read[0].faults.map(\.pointer) == ["/cases/0/expect/verdict"])
    }

    /// What is abroad, and where no clock is known, has no hour at which it may be called.
    @Test func anAddressAbroadWithoutAZoneIsDenied() throws {
        let yaml = """
            defaults: {call: \(CaseFormatTests.call)}
            cases:
              - name: abroad
                at: 2026-11-23T10:30:00+08:00
                call: {purpose: service, location: {subdivision: ZZ-NY}}
                expect: {verdict: deny}
              - name: in another province
                at: 2026-11-23T10:30:00+08:00
                call: {purpose: service, location: {subdivision: CN-XJ}}
                expect: {verdict: allow}
            """
        for result in try shippedPolicy.cases(yaml: yaml).map({ $0.run(under: shippedPolicy) }) {
            #expect(result.differences == [], "\(result.name)")
        }
    }

    @Test(arguments: ["", " ", "+"]) func aNumberWithoutADigitIsNoCall(_ phone: String) {
        let yaml = """
            cases:
              - {name: a, at: 2026-11-23T10:30:00+08:00, call: {phone: "\(phone)", purpose: care}, expect: {verdict: deny}}
            """
        #expect(throws: Faults.self) { _ = try shippedPolicy.cases(yaml: yaml) }
    }

    @Test func aCaseWithoutACallIsToldWithItsPlace() {
        let error = #expect(throws: Faults.self) {
            _ = try shippedPolicy.cases(
                yaml: "cases:\n  - {name: a, at: 2026-11-23T10:30:00Z, expect: {verdict: deny}}")
        }
        #expect(error?.description.contains("2:5: /cases/0/call/phone: is required") == true)
    }
}
