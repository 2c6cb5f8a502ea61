import GateTesting
import PolicyPack
import RuleEngine
import Testing

/// A change and what it is in each direction: `stricter`, `looser`, `neither`, or `unknown` for looser because it cannot
/// be told. What is looser both ways opens something each way.
private struct Pair: CustomStringConvertible {
    var kind: String
    var old: String
    var new: String
    var there: String
    var back: String
    var description: String { "\(kind) \(old) → \(new)" }

    init(_ kind: String, _ old: String, _ new: String, _ there: String, back: String? = nil) {
        (self.kind, self.old, self.new, self.there) = (kind, old, new, there)
        self.back = back ?? (there == "stricter" ? "looser" : there == "looser" ? "stricter" : there)
    }
}

extension PolicyDifference {
    /// The word for a rule or whatever else is named so.
    fileprivate func word(_ subject: String) -> String {
        let found = changes.filter { $0.subject == subject }
        if found.isEmpty { return "equal" }
        if found.contains(where: { $0.direction == .looser && $0.isCertain }) { return "looser" }
        if found.contains(where: { $0.direction == .looser }) { return "unknown" }
        return found.contains { $0.direction == .stricter } ? "stricter" : "neither"
    }
}

private func country(rules: String, more: String = "", calendar: String = "ZZ") -> String {
    """
    pack: zz.main
    jurisdiction: ZZ
    title: {en: m, zh: m}
    as_of: 2026-11-22
    zones: [America/New_York]
    calendar: \(calendar)
    purposes: [marketing, care, survey]
    products: [loan, card]
    data_fields: [name, birthday, income, secret]
    attributes:
      age: {type: integer}
      grade: {type: choice, values: [low, mid, high], ordered: true}
      colour: {type: choice, values: [red, blue]}
    settings:
      strict: {default: false, text: {en: t, zh: t}}
      relaxed: {default: true, text: {en: t, zh: t}}
    \(more)
    rules:
    \(rules)
    """
}

private func rule(_ id: String, _ kind: String, _ parameters: String, more: String = "") -> String {
    """
      - {id: \(id), kind: \(kind), status: law, citation: c, message: {en: m, zh: m}, \(more) parameters: \(parameters)}

    """
}

private func difference(_ a: String, _ b: String) throws -> PolicyDifference {
    PolicyDifference(from: try load(files(pack: a)), to: try load(files(pack: b)))
}

@Suite struct DifferenceTests {
    private let pairs: [Pair] = [
        Pair("destination", "{permitted_types: [mobile, pager]}", "{permitted_types: [mobile]}", "stricter"),
        Pair("destination", "{denied_types: [pager]}", "{denied_types: [pager, uan]}", "stricter"),
        Pair("destination", "{denied_types: [pager]}", "{denied_types: [uan]}", "looser", back: "looser"),
        Pair(
            "destination", "{denied_types: [pager]}", "{permitted_types: [mobile], denied_types: [pager]}", "stricter"),
        Pair("destination", "{denied_categories: [odd]}", "{denied_categories: [odd, even]}", "stricter"),
        Pair(
            "destination", "{permitted_types: [mobile]}", "{permitted_types: [mobile], except_categories: [odd]}",
            "looser"),
        Pair("destination", "{covered: true}", "{denied_types: [pager]}", "unknown"),
        Pair("caller_id", "{required: true}", "{required: true, registered: true}", "stricter"),
        Pair(
            "caller_id", "{denied: [{prefix: \"400\"}]}", "{denied: [{prefix: \"400\"}, {prefix: \"106\"}]}", "stricter"
        ),
        Pair(
            "caller_id", "{denied: [{prefix: \"400\"}]}", "{denied: [{prefix: \"400\", unless: outbound_approved}]}",
            "looser"),
        Pair(
            "caller_id", "{denied: [{prefix: \"400\"}]}",
            "{denied: [{prefix: \"4\", unless: outbound_approved}, {prefix: \"400\"}]}", "unknown", back: "looser"),
        Pair("suppression", "{any_of: [{opt_out: {rest: 30d}}]}", "{any_of: [{opt_out: {rest: 90d}}]}", "stricter"),
        Pair("suppression", "{any_of: [{opt_out: {rest: 30d}}]}", "{any_of: [{opt_out: {}}]}", "stricter"),
        Pair("suppression", "{any_of: [{opt_out: {strength: soft}}]}", "{any_of: [{opt_out: {}}]}", "stricter"),
        Pair(
            "suppression", "{any_of: [{opt_out: {strength: soft}}]}", "{any_of: [{opt_out: {strength: explicit}}]}",
            "looser", back: "looser"),
        Pair(
            "suppression", "{any_of: [{opt_out: {}}]}", "{any_of: [{opt_out: {lifted: counts, purposes: any}}]}",
            "stricter"),
        Pair(
            "suppression", "{any_of: [{opt_out: {strength: soft}}, {complaint: {state: open}}]}",
            "{any_of: [{complaint: {state: open}}, {opt_out: {strength: soft}}]}", "equal"),
        Pair(
            "suppression", "{any_of: [{complaint: {state: open}}]}", "{any_of: [{complaint: {state: any}}]}", "stricter"
        ),
        Pair(
            "suppression", "{any_of: [{list: reassigned}]}", "{any_of: [{list: reassigned}, {list: deceased}]}",
            "stricter"),
        Pair(
            "suppression", "{any_of: [{list: reassigned}]}",
            "{any_of: [{list: reassigned, match: category_is_product}]}", "looser"),
        Pair(
            "suppression", "{any_of: [{attempt: {within: 30d}}]}", "{any_of: [{attempt: {within: 60d}}]}", "stricter"),
        Pair(
            "suppression", "{any_of: [{attempt: {within: 30d}}]}",
            "{any_of: [{attempt: {within: 30d, connected: true}}]}", "looser"),
        Pair("consent", "{forms: [click]}", "{forms: [click, express_written]}", "looser"),
        Pair("consent", "{product: any}", "{forms: [click]}", "stricter"),
        Pair("consent", "{product: any}", "{product: matches}", "unknown"),
        Pair("consent", "{bundled: false}", "{bundled: true}", "looser"),
        Pair("consent", "{third_party: true}", "{third_party: false}", "stricter"),
        Pair("consent", "{all_modes: [live]}", "{all_modes: [live, predictive]}", "looser"),
        Pair("consent", "{all_products: true}", "{all_products: false}", "stricter"),
        Pair("consent", "{greatest_age: 12mo}", "{greatest_age: 6mo}", "stricter"),
        Pair("consent", "{bundled: false}", "{greatest_age: 6mo}", "stricter"),
        Pair("data", "{forbidden: [secret]}", "{forbidden: [secret, income]}", "stricter"),
        Pair("data", "{forbidden: [secret]}", "{permitted: [name]}", "stricter"),
        Pair("data", "{permitted: [name]}", "{permitted: [name, income]}", "looser"),
        Pair("data", "{permitted: [name], with_consent: [income]}", "{permitted: [name, income]}", "looser"),
        Pair(
            "data", "{permitted: [name], with_consent: [income]}", "{permitted: [name], separate_consent: [income]}",
            "stricter"),
        Pair("hours", "{windows: {every: [\"09:00-20:00\"]}}", "{windows: {every: [\"09:00-19:00\"]}}", "stricter"),
        Pair(
            "hours", "{windows: {every: [\"09:00-20:00\"]}}", "{windows: {every: [\"08:00-19:00\"]}}", "looser",
            back: "looser"),
        Pair(
            "hours", "{windows: {every: [\"09:00-12:00\", \"12:00-20:00\"]}}", "{windows: {every: [\"09:00-20:00\"]}}",
            "neither"),
        Pair(
            "hours", "{windows: {every: [\"09:00-20:00\"]}}", "{windows: {sunday: [], every: [\"09:00-20:00\"]}}",
            "stricter"),
        Pair(
            "hours", "{windows: {every: [\"09:00-20:00\"]}}", "{windows: {holiday: [], every: [\"09:00-20:00\"]}}",
            "stricter"),
        Pair(
            "hours", "{windows: {every: [\"09:00-20:00\"]}}",
            "{windows: {every: [\"09:00-20:00\"]}, lifted_by: [appointment]}", "looser"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 2, within: {rolling: 24h}}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {rolling: 48h}}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: connections, max: 3, within: {rolling: 24h}}", "looser"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {calendar: day}}",
            "{count: attempts, max: 3, within: {calendar: week}}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {calendar: week}}",
            "{count: attempts, max: 3, within: {calendar: month}}", "unknown"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {calendar: day}}",
            "{count: attempts, max: 3, within: {rolling: 24h}}", "unknown"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {calendar_days: 3}}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: ever}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {calendar: day}}",
            "{count: attempts, max: 3, within: ever}", "unknown", back: "looser"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {rolling: 24h}, per: [number, customer]}", "stricter"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {rolling: 24h}, same: [campaign]}", "looser"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {rolling: 24h}, of: {purposes: [care]}}", "looser"),
        Pair(
            "frequency", "{count: attempts, max: 3, within: {rolling: 24h}}",
            "{count: attempts, max: 3, within: {rolling: 24h}, runs_from: conversation_end}", "stricter"),
        Pair("attribute", "{deny_when: [{age: {below: 18}}]}", "{deny_when: [{age: {below: 21}}]}", "stricter"),
        Pair("attribute", "{deny_when: [{age: {above: 80}}]}", "{deny_when: [{age: {above: 70}}]}", "stricter"),
        Pair(
            "attribute", "{deny_when: [{grade: {at_most: low}}]}", "{deny_when: [{grade: {at_most: mid}}]}", "stricter"),
        Pair("attribute", "{deny_when: [{colour: red}]}", "{deny_when: [{colour: {in: [red, blue]}}]}", "stricter"),
        Pair("attribute", "{deny_when: [{colour: red}]}", "{deny_when: [{colour: blue}]}", "looser", back: "looser"),
        Pair(
            "attribute", "{deny_when: [{age: {below: 18}}]}", "{deny_when: [{age: {below: 18}}, {colour: red}]}",
            "stricter"),
        Pair(
            "attribute", "{deny_when: [{age: {below: 18}}]}", "{deny_when: [{age: {below: 18}, colour: red}]}", "looser"
        ),
        Pair(
            "attribute", "{deny_when: [{age: {below: 18}, mode: [live]}]}", "{deny_when: [{age: {below: 18}}]}",
            "stricter"),
        Pair("freshness", "{list: reassigned, greatest_age: 31d}", "{list: reassigned, greatest_age: 7d}", "stricter"),
        Pair("freshness", "{list: reassigned, greatest_age: 31d}", "{list: deceased, greatest_age: 31d}", "unknown"),
        Pair("unavailable", "{require: [customer]}", "{require: [customer, event]}", "stricter"),
        Pair("unavailable", "{require: [customer]}", "{require: [customer], attributes: declared}", "stricter"),
        Pair("unavailable", "{sources: [owner]}", "{sources: [owner, consents]}", "stricter"),
    ]

    @Test func parametersOfEveryKindAreStricterOneWayAndLooserTheOther() throws {
        func pack(_ parameters: (Pair) -> String) -> String {
            country(
                rules: pairs.enumerated().map { rule("t.r\($0.offset)", $0.element.kind, parameters($0.element)) }
                    .joined())
        }
        let (old, new) = (try load(files(pack: pack(\.old))), try load(files(pack: pack(\.new))))
        let (there, back) = (PolicyDifference(from: old, to: new), PolicyDifference(from: new, to: old))
        for (index, pair) in pairs.enumerated() {
            #expect(there.word("t.r\(index)") == pair.there, "\(pair)")
            #expect(back.word("t.r\(index)") == pair.back, "back: \(pair)")
        }
        #expect(Set(pairs.map(\.kind)).count == 10)
        #expect(PolicyDifference(from: old, to: old).changes.isEmpty)
    }

    /// What stands beside the parameters, in one rule each.
    private let frames: [(old: String, new: String, there: String)] = [
        ("applies: {purposes: [care]},", "applies: {purposes: [care, survey]},", "stricter"),
        ("applies: {except_purposes: [care]},", "applies: {purposes: [survey]},", "looser"),
        ("", "applies: {modes: [live]},", "looser"),
        ("", "applies: {except_modes: [live]},", "looser"),
        ("applies: {products: [loan]},", "applies: {products: [card]},", "both"),
        ("applies: {number_types: [mobile]},", "", "stricter"),
        ("applies: {number_prefixes: [\"+1212\"]},", "applies: {number_prefixes: [\"+1212\", \"+1718\"]},", "stricter"),
        ("applies: {number_prefixes: [\"+1212\"]},", "", "stricter"),
        ("applies: {vendors: [own]},", "applies: {vendors: [own, agency]},", "stricter"),
        ("applies: {except_vendors: [own]},", "", "stricter"),
        ("applies: {attributes: {age: {below: 18}}},", "applies: {attributes: {age: {below: 10}}},", "looser"),
        ("", "effective: {from: 2027-01-01T00:00:00-05:00},", "looser"),
        ("", "effective: {until: 2027-01-01T00:00:00-05:00},", "looser"),
        ("effective: {from: 2027-01-01T00:00:00Z},", "effective: {from: 2026-12-01T00:00:00Z},", "stricter"),
        ("", "stands_aside: {care: [owner]},", "looser"),
        ("enabled_by: strict,", "", "stricter"),
        ("enabled_by: strict,", "enabled_by: relaxed,", "stricter"),
        ("enabled_by: relaxed,", "", "neither"),
        ("enabled_by: strict, applies: {purposes: [care]},", "enabled_by: strict,", "neither"),
        ("confidence: high,", "", "neither"),
    ]

    @Test func whatStandsAroundTheParametersIsCompared() throws {
        func pack(_ frame: ((old: String, new: String, there: String)) -> String) -> String {
            country(
                rules: frames.enumerated().map {
                    rule("t.r\($0.offset)", "unavailable", "{require: [customer]}", more: frame($0.element))
                }.joined())
        }
        let (old, new) = (try load(files(pack: pack(\.old))), try load(files(pack: pack(\.new))))
        let (there, back) = (PolicyDifference(from: old, to: new), PolicyDifference(from: new, to: old))
        for (index, frame) in frames.enumerated() {
            let both = frame.there == "both"
            #expect(there.word("t.r\(index)") == (both ? "looser" : frame.there), "\(frame)")
            let reversed =
                both
                ? "looser" : frame.there == "stricter" ? "looser" : frame.there == "looser" ? "stricter" : frame.there
            #expect(back.word("t.r\(index)") == reversed, "back: \(frame)")
        }
    }

    @Test func rulesThatComeAndGoAreNamed() throws {
        let one = rule("t.one", "unavailable", "{require: [customer]}")
        let two = rule("t.two", "unavailable", "{require: [event]}")
        let off = rule("t.off", "unavailable", "{require: [event]}", more: "enabled_by: strict,")
        let added = try difference(country(rules: one), country(rules: one + two + off))
        #expect(added.word("t.two") == "stricter" && added.word("t.off") == "neither" && !added.isLooser)
        let removed = try difference(country(rules: one + two + off), country(rules: one))
        #expect(removed.word("t.two") == "looser" && removed.word("t.off") == "neither" && removed.isLooser)
    }

    @Test func aListThatARuleNamesNoLongerBindsEveryCall() throws {
        let one = rule("t.one", "unavailable", "{require: [customer]}")
        let named =
            one + rule("t.list", "suppression", "{any_of: [{list: litigation}]}", more: "applies: {purposes: [care]},")
        let there = try difference(country(rules: one), country(rules: named))
        #expect(there.word("t.list") == "stricter" && there.word("other_lists") == "unknown")
        #expect(try difference(country(rules: named), country(rules: one)).word("other_lists") == "stricter")
    }

    @Test func obligationsAndAttributesAreCompared() throws {
        func pack(_ more: String) -> String {
            country(rules: rule("t.one", "unavailable", "{require: [event]}"), more: more)
        }
        func word(_ a: String, _ b: String) throws -> String {
            try difference(pack("obligations: \(a)"), pack("obligations: \(b)")).word("obligations")
        }
        #expect(try word("[{kind: identify}]", "[{kind: identify}, {kind: human_agent}]") == "stricter")
        #expect(try word("[{kind: identify}, {kind: human_agent}]", "[{kind: identify}]") == "looser")
        #expect(try word("[{kind: identify}]", "[{kind: identify, applies: {purposes: [care]}}]") == "looser")
        #expect(try word("[{kind: keep, with: {days: 30}}]", "[{kind: keep, with: {days: 20}}]") == "unknown")
        #expect(try word("[{kind: a}, {kind: b}]", "[{kind: b}, {kind: a}]") == "equal")
    }

    // MARK: The core pack and the files beside the packs

    private func core(_ old: String, _ new: String) throws -> PolicyDifference {
        var changed = files(pack: country(rules: rule("t.one", "unavailable", "{require: [event]}")))
        let before = try load(changed)
        let text = String(decoding: changed.bytes["core/pack.yaml"] ?? [], as: UTF8.self)
        #expect(text.contains(old))
        changed.bytes["core/pack.yaml"] = Array(text.replacing(old, with: new).utf8)
        return PolicyDifference(from: before, to: try load(changed))
    }

    @Test func theCorePackIsCompared() throws {
        #expect(try core("live: 60", "live: 90").isLooser)
        #expect(try !core("live: 60", "live: 30").isLooser)
        #expect(try !core("ring_guard: 0s", "ring_guard: 30s").isLooser)
        #expect(try core("address_wins:\n    default: false", "address_wins:\n    default: true").isLooser)
        #expect(
            try core("consent_lifts_hours:\n    default: false", "consent_lifts_hours:\n    default: true").isLooser)
        #expect(try core("answered: {connection: true}", "answered: {connection: false}").word("outcomes") == "looser")
        #expect(
            try core("busy: {connection: false}", "busy: {connection: true}").word("outcomes") == "stricter")
        #expect(try core("own_purpose: [care, survey]", "own_purpose: [care]").word("outcomes") == "looser")
        #expect(try core("own_purpose: [care, survey]", "own_purpose: [all]").word("outcomes") == "stricter")
        #expect(try core("within: 15d", "within: 20d").word("complaints") == "looser")
        #expect(try core("extends: closure, approval: true", "extends: closure").word("complaints") == "looser")
        let special = "  - {step: closure_if_special, within: 60d, extends: closure, approval: true}\n"
        #expect(try core(special, "").word("complaints") == "stricter")
        #expect(try core("  - {step: first_answer, within: 24h}\n", "").word("complaints") == "looser")
        #expect(try core("  litigators: refusals\n", "").word("own_lists") == "stricter")
        #expect(try core("outcome_due: 2h", "outcome_due: 3h").changes.map(\.direction) == [.neither])
        #expect(try core("# What is due", "# What falls due").changes.isEmpty)
    }

    @Test func aCalendarIsComparedByWhatItOpens() throws {
        let closed = rule("t.hours", "hours", "{windows: {holiday: [], every: [\"09:00-20:00\"]}}")
        let open = rule("t.hours", "hours", "{windows: {holiday: [\"00:00-24:00\"], every: [\"09:00-20:00\"]}}")
        let indifferent = rule("t.hours", "hours", "{windows: {every: [\"09:00-20:00\"]}}")
        func words(_ rules: String, _ csv: String) throws -> String {
            var changed = files(pack: country(rules: rules))
            let before = try load(changed)
            changed.bytes["ZZ/calendar.csv"] = Array(csv.utf8)
            return PolicyDifference(from: before, to: try load(changed)).word("calendar ZZ")
        }
        let more = "# years: 2026\ndate,kind,name\n2026-11-26,holiday,Harvest\n2026-11-27,holiday,Harvest\n"
        #expect(try words(closed, more) == "stricter")
        #expect(try words(open, more) == "looser")
        #expect(try words(indifferent, more) == "neither")
        // A year that is not covered has no permitted hours.
        #expect(try words(closed, "# years: 2026 2027\ndate,kind,name\n2026-11-26,holiday,Harvest\n") == "looser")
    }

    @Test func packsPlansAndDispositionsAreCompared() throws {
        let before = files(pack: country(rules: rule("t.one", "unavailable", "{require: [event]}")))
        func word(_ path: String, _ text: String, from base: PolicyFiles? = nil) throws -> [PolicyChange] {
            var changed = base ?? before
            changed.bytes[path] = Array(text.utf8)
            return PolicyDifference(from: try load(base ?? before), to: try load(changed)).changes
        }
        func pack(_ id: String, _ jurisdiction: String) -> String {
            """
            pack: \(id)
            jurisdiction: \(jurisdiction)
            title: {en: m, zh: m}
            as_of: 2026-11-22
            zones: [America/New_York]
            purposes: [care]
            rules: []
            """
        }
        // Where nobody spoke, every call was denied.
        #expect(try word("YY/pack.yaml", pack("yy.main", "YY")).map(\.direction) == [.looser])
        #expect(try word("ZZ/north/pack.yaml", pack("zz.north", "ZZ-N")).map(\.direction) == [.stricter])
        func plan(_ range: String) -> String {
            "region: YY\ncalling_code: 999\nranges:\n  - {prefixes: [\"1\"], type: mobile}\n\(range)"
        }
        let planned = try word("YY/numbering.yaml", plan(""))
        #expect(planned.map(\.isCertain) == [false] && planned.map(\.direction) == [.looser])
        var base = before
        base.bytes["YY/numbering.yaml"] = Array(plan("").utf8)
        let closed = try word("YY/numbering.yaml", plan("  - {prefixes: [\"12\"], callable: false}\n"), from: base)
        #expect(closed.map(\.direction) == [.stricter])
        let typed = try word("YY/numbering.yaml", plan("  - {prefixes: [\"12\"], type: pager}\n"), from: base)
        #expect(typed.map(\.direction) == [.looser])
        let codes = try word("dispositions/default.csv", "disposition,outcome\nA,answered\n")
        #expect(codes.map(\.direction) == [.looser])
    }

    @Test func theShippedPolicyDiffersFromItselfInNothing() {
        #expect(PolicyDifference(from: shippedPolicy, to: shippedPolicy).changes.isEmpty)
    }
}
