import GateModel
import RuleEngine

extension ChangeCollector {
    /// Every rule can only deny, so one more is stricter.
    mutating func compareRules(
        _ a: [Rule], _ b: [Rule], settings settingsA: [String: Bool], _ settingsB: [String: Bool]
    ) {
        let (old, new) = (
            Dictionary(a.map { ($0.id, $0) }) { $1 }, Dictionary(b.map { ($0.id, $0) }) { $1 }
        )
        for id in Set(old.keys).union(new.keys).sorted() {
            subject = id
            switch (old[id], new[id]) {
            case (nil, let rule?):
                add(
                    "rule", nil, "\(rule.kind.rawValue)\(rule.isOn(settingsB) ? "" : ", off")",
                    rule.isOn(settingsB) ? .stricter : [])
            case (let rule?, nil):
                add(
                    "rule", "\(rule.kind.rawValue)\(rule.isOn(settingsA) ? "" : ", off")", nil,
                    rule.isOn(settingsA) ? .looser : [])
            case (let rule?, let changed?):
                compare(rule, changed, wasOn: rule.isOn(settingsA), isOn: changed.isOn(settingsB))
            default: break
            }
        }
        subject = ""
    }

    private mutating func compare(_ a: Rule, _ b: Rule, wasOn: Bool, isOn: Bool) {
        compare("enabled", wasOn ? "on" : "off", isOn ? "on" : "off", .setting(wasOn, isOn, means: .stricter))
        compare("enabled_by", a.enabledBy.told, b.enabledBy.told, [])
        // What is off, or was, denies as a whole or not at all.
        isIdle = !(wasOn && isOn)
        defer { isIdle = false }
        compare(
            "effective.from", a.effectiveFrom, b.effectiveFrom,
            .growing(a.effectiveFrom, b.effectiveFrom, means: .looser))
        compare(
            "effective.until", a.effectiveUntil, b.effectiveUntil,
            .growing(a.effectiveUntil, b.effectiveUntil, means: .stricter))
        compare("applies", a.applies, b.applies, widening: .stricter)
        for purpose in Set(a.standsAside.keys).union(b.standsAside.keys).sorted() {
            let (old, new) = (a.standsAside[purpose] ?? [], b.standsAside[purpose] ?? [])
            compare(
                "stands_aside.\(purpose)", Set(old.map(\.rawValue)), Set(new.map(\.rawValue)),
                .gaining(old, new, means: .looser))
        }
        compareExceptions(a.unless, b.unless)
        compare(a.body, b.body, kinds: (a.kind, b.kind))
        compare("status", a.status.rawValue, b.status.rawValue, [])
        compare("citation", a.citation, b.citation, [])
        compare("message", a.message, b.message, [])
        for detail in Set(a.details.keys).union(b.details.keys).sorted() {
            compare("details.\(detail)", a.details[detail], b.details[detail], [])
        }
        compare("fact", a.fact, b.fact, [])
        compare("confidence", a.confidence, b.confidence, [])
    }

    /// Each one more lets more calls pass.
    private mutating func compareExceptions(_ a: [RuleException], _ b: [RuleException]) {
        guard a != b else { return }
        let (more, fewer) = (b.contains { !a.contains($0) }, a.contains { !b.contains($0) })
        let tendency: Tendency = more && fewer ? .unknown : more ? .looser : fewer ? .stricter : []
        add("unless", "\(a.count)", "\(b.count)", tendency)
    }

    private mutating func compare(_ a: RuleBody, _ b: RuleBody, kinds: (ReasonKind, ReasonKind)) {
        switch (a, b) {
        case (.covered, .covered), (.knownProduct, .knownProduct), (.campaign, .campaign), (.stop, .stop),
            (.emergency, .emergency):
            break
        case (.destination(let a), .destination(let b)): compare(a, b)
        case (.callerID(let a), .callerID(let b)): compare(a, b)
        case (.suppression(let a), .suppression(let b)): compare(a, b)
        case (.consent(let a), .consent(let b)): compare(a, b)
        case (.data(let a), .data(let b)): compare(a, b)
        case (.hours(let a), .hours(let b)): compare(a, b)
        case (.frequency(let a), .frequency(let b)): compare(a, b)
        case (.attribute(let a), .attribute(let b)): compare(a, b)
        case (.abandonment(let a), .abandonment(let b)):
            compare("abandoned_above", a.above, b.above, .growing(a.above, b.above, means: .looser))
            let never = Span.days(1_000_000)
            let (age, other) = (a.greatestAge ?? never, b.greatestAge ?? never)
            compare("greatest_age", a.greatestAge, b.greatestAge, .growing(age, other, means: .looser))
        case (.freshness(let list, let age), .freshness(let other, let otherAge)):
            compare("list", list, other, .unknown)
            compare("greatest_age", age, otherAge, .growing(age, otherAge, means: .looser))
        case (
            .unavailable(let fields, let declared, let sources), .unavailable(let fieldsB, let declaredB, let sourcesB)
        ):
            compare(
                "require", fields.map(\.rawValue), fieldsB.map(\.rawValue), .gaining(fields, fieldsB, means: .stricter))
            compare("attributes", declared, declaredB, .setting(declared, declaredB, means: .stricter))
            compare("sources", sources, sourcesB, .gaining(sources, sourcesB, means: .stricter))
        default:
            // Nothing can be said of what is judged in another way altogether.
            let (old, new) = (kinds.0.rawValue, kinds.1.rawValue)
            add("kind", old, old == new ? "\(new), with other parameters" : new, .unknown)
        }
    }
}

extension Rule {
    func isOn(_ settings: [String: Bool]) -> Bool {
        switch enabledBy {
        case .always: true
        case .setting(let name, let value): settings[name] == value
        }
    }
}

extension Rule.Switch {
    fileprivate var told: String {
        switch self {
        case .always: "always"
        case .setting(let name, let value): value ? name : "not \(name)"
        }
    }
}
