import Calendars
import GateModel
import RuleEngine

extension ChangeCollector {
    mutating func compareCore(_ a: LoadedPolicy, _ b: LoadedPolicy) {
        let (old, new) = (a.snapshot.core, b.snapshot.core)
        pack = "core"
        // A purpose that no pack speaks of is denied, so it is the packs' purposes that count.
        compare("purposes", Set(old.purposes), Set(new.purposes), [])
        compareSettings(old.settings, new.settings)
        for mode in CallMode.allCases {
            // Without a word it is 60 seconds.
            let (seconds, secondsB) = (old.permitSeconds[mode] ?? 60, new.permitSeconds[mode] ?? 60)
            compare("permit.seconds.\(mode.rawValue)", seconds, secondsB, .growing(seconds, secondsB, means: .looser))
        }
        compare(
            "permit.ring_guard", old.ringGuard, new.ringGuard,
            .growing(old.ringGuard, new.ringGuard, means: .stricter))
        compare("outcome_due", old.outcomeDue, new.outcomeDue, [])
        // What waits for a second person today would not tomorrow.
        compare(
            "changes.looser", persons(old), persons(new),
            .setting(old.looserNeedsTwo, new.looserNeedsTwo, means: .stricter))
        // A list that the gate keeps itself is there and empty from the first; any other is missing until it is imported.
        subject = "own_lists"
        each(old.ownLists, new.ownLists, added: .looser, removed: .stricter) { collector, name, source, other in
            collector.compare(name, source, other, .unknown)
        }
        subject = "outcomes"
        each(old.outcomes, new.outcomes, added: [], removed: .looser) { collector, name, effect, other in
            collector.compare(name, effect, other)
        }
        subject = "complaints"
        compareSteps(a.complaintSteps, b.complaintSteps)
        subject = ""
        compareRules(old.rules, new.rules, settings: old.settings, new.settings)
    }

    private func persons(_ core: CorePack) -> String { core.looserNeedsTwo ? "two_persons" : "one_person" }

    private mutating func compareSettings(_ a: [String: Bool], _ b: [String: Bool]) {
        for name in Set(a.keys).union(b.keys).sorted() {
            let (old, new) = (a[name], b[name])
            let tendency: Tendency =
                switch name {
                case "consent_lifts_hours": .setting(old ?? false, new ?? false, means: .looser)
                case "address_wins": old ?? false == new ?? false ? [] : .unknown
                // Any other only switches rules, each of which says so itself.
                default: []
                }
            compare("settings.\(name)", old, new, tendency)
        }
    }

    private mutating func compareSteps(_ a: [ComplaintStep], _ b: [ComplaintStep]) {
        func steps(_ steps: [ComplaintStep], extending: Bool) -> [String: ComplaintStep] {
            Dictionary(steps.filter { ($0.extends != nil) == extending }.map { ($0.step, $0) }) { $1 }
        }
        for extending in [false, true] {
            // More to do is stricter; more time to do it in is looser.
            let added: Tendency = extending ? .looser : .stricter
            each(
                steps(a, extending: extending), steps(b, extending: extending), added: added,
                removed: extending ? .stricter : .looser
            ) { collector, name, step, other in
                collector.compare(
                    name, step.within, other.within, .growing(step.within, other.within, means: .looser))
                collector.compare("\(name).extends", step.extends, other.extends, .unknown)
                collector.compare(
                    "\(name).approval", step.needsApproval, other.needsApproval,
                    .setting(step.needsApproval, other.needsApproval, means: .stricter))
            }
        }
    }

    private mutating func compare(_ name: String, _ a: OutcomeEffect, _ b: OutcomeEffect) {
        func set(_ part: String, _ old: Bool, _ new: Bool, _ meaning: Tendency) {
            compare("\(name).\(part)", old, new, .setting(old, new, means: meaning))
        }
        set("attempt", a.isAttempt, b.isAttempt, .stricter)
        set("connection", a.isConnection, b.isConnection, .stricter)
        set("complaint", a.opensComplaint, b.opensComplaint, .stricter)
        set("ends_consents", a.endsConsents, b.endsConsents, .stricter)
        set("records_product", a.recordsProduct, b.recordsProduct, .looser)
        compare(
            "\(name).list_record", a.listRecord, b.listRecord,
            a.listRecord == nil ? .stricter : b.listRecord == nil ? .looser : .unknown)
        switch (a.refusal, b.refusal) {
        case (nil, nil): break
        case (nil, _?): add("\(name).refusal", nil, "added", .stricter)
        case (_?, nil): add("\(name).refusal", "removed", nil, .looser)
        case (let a?, let b?):
            compare("\(name).refusal.strength", a.strength.rawValue, b.strength.rawValue, .unknown)
            compare(
                "\(name).refusal.purposes", Set(a.purposes), Set(b.purposes),
                .gaining(a.purposes, b.purposes, means: .stricter))
            let (own, ownB) = (refused(a.ownPurpose), refused(b.ownPurpose))
            compare("\(name).refusal.own_purpose", own, ownB, .gaining(own, ownB, means: .stricter))
            set("refusal.stated", a.areStated, b.areStated, .unknown)
            compare(
                "\(name).refusal.except_purposes", Set(a.excepted), Set(b.excepted),
                .gaining(a.excepted, b.excepted, means: .looser))
        }
    }

    private func refused(_ words: [String]) -> Set<String> { words.contains("all") ? purposes : Set(words) }

    mutating func comparePacks(_ a: LoadedPolicy, _ b: LoadedPolicy) {
        let (old, new) = (
            Dictionary(a.snapshot.packs.map { ($0.id, $0) }) { $1 },
            Dictionary(b.snapshot.packs.map { ($0.id, $0) }) { $1 }
        )
        for id in Set(old.keys).union(new.keys).sorted() {
            (pack, subject) = (id, "")
            switch (old[id], new[id]) {
            case (nil, let added?):
                // Where no pack spoke, every call was denied; beside another pack this one can only deny more.
                let isCovered = a.snapshot.packs.contains {
                    $0.jurisdiction == added.jurisdiction || $0.jurisdiction == added.jurisdiction.prefix(2)
                }
                add("pack", nil, added.jurisdiction, isCovered ? .stricter : .looser)
            case (let removed?, nil):
                let isCovered = b.snapshot.packs.contains {
                    $0.jurisdiction.prefix(2) == removed.jurisdiction.prefix(2)
                }
                add("pack", removed.jurisdiction, nil, isCovered ? .looser : .stricter)
            case (let pack?, let changed?):
                compare(pack, changed, cores: (a.snapshot.core.settings, b.snapshot.core.settings))
                compareRetention(a.notes[id]?.retention ?? [], b.notes[id]?.retention ?? [])
            default: break
            }
        }
        subject = ""
    }

    private mutating func compare(_ a: Pack, _ b: Pack, cores: ([String: Bool], [String: Bool])) {
        compare("jurisdiction", a.jurisdiction, b.jurisdiction, .unknown)
        // Every zone must permit the call; without any it is the number's own.
        let zones: Tendency =
            a.zones.isEmpty || b.zones.isEmpty
            ? .unknown : .gaining(a.zones.map(\.name), b.zones.map(\.name), means: .stricter)
        compare("zones", a.zones.map(\.name), b.zones.map(\.name), zones)
        compare("calendar", a.calendar, b.calendar, .unknown)
        compare("purposes", Set(a.purposes), Set(b.purposes), .gaining(a.purposes, b.purposes, means: .looser))
        // A pack that names no product takes any.
        let products: Tendency =
            .gaining(a.products.isEmpty ? nil : a.products, b.products.isEmpty ? nil : b.products, means: .looser)
        compare("products", Set(a.products), Set(b.products), products)
        compare("data_fields", a.dataFields, b.dataFields, [])
        compareSettings(
            a.settings.filter { cores.0[$0.key] != $0.value }, b.settings.filter { cores.1[$0.key] != $0.value })
        compareAttributes(a.attributes, b.attributes)
        subject = "obligations"
        compare(a.obligations, b.obligations)
        compareRules(a.rules, b.rules, settings: a.settings, b.settings)
    }

    private mutating func compareAttributes(
        _ a: [String: AttributeDeclaration], _ b: [String: AttributeDeclaration]
    ) {
        for name in Set(a.keys).union(b.keys).sorted() {
            subject = "attribute \(name)"
            switch (a[name], b[name]) {
            case (nil, let added?):
                add("declared", nil, "\(added.kind)", added.deniesWhenAbsent.isEmpty ? [] : .stricter)
            case (let removed?, nil):
                add("declared", "\(removed.kind)", nil, removed.deniesWhenAbsent.isEmpty ? [] : .looser)
            case (let old?, let new?):
                compare("type", "\(old.kind)", "\(new.kind)", .unknown)
                compare(
                    "when_absent", old.deniesWhenAbsent, new.deniesWhenAbsent,
                    .gaining(old.deniesWhenAbsent, new.deniesWhenAbsent, means: .stricter))
                if old.record != new.record { add("on_record", old.record?.word, new.record?.word, .unknown) }
            default: break
            }
        }
        subject = ""
    }

    private mutating func compare(_ a: [ObligationRule], _ b: [ObligationRule]) {
        var old = a
        for rule in b {
            // The same words for other calls, else the same kind with other words.
            let same = old.firstIndex { $0.obligation == rule.obligation && $0.applies == rule.applies }
            let kin = old.firstIndex { $0.obligation == rule.obligation }
            guard let index = same ?? kin ?? old.firstIndex(where: { $0.obligation.kind == rule.obligation.kind })
            else {
                add(rule.obligation.kind, nil, "added", .stricter)
                continue
            }
            let was = old.remove(at: index)
            compare("\(rule.obligation.kind).applies", was.applies, rule.applies, widening: .stricter)
            compare("\(rule.obligation.kind).with", was.obligation.told, rule.obligation.told, .unknown)
        }
        for rule in old { add(rule.obligation.kind, "removed", nil, .looser) }
        subject = ""
    }

    private mutating func compareRetention(_ a: [PackNotes.Retention], _ b: [PackNotes.Retention]) {
        subject = "retention"
        func all(_ list: [PackNotes.Retention]) -> [String: String] {
            Dictionary(list.map { ($0.record, "\($0.minimum ?? "none") to \($0.period)") }) { $1 }
        }
        each(all(a), all(b), added: [], removed: []) { collector, name, old, new in
            collector.compare(name, old, new, [])
        }
        subject = ""
    }

    /// A list that a rule names is left to that rule; any other binds every call that it covers.
    mutating func compareNamedLists(_ a: PolicySnapshot, _ b: PolicySnapshot) {
        (pack, subject) = ("core", "other_lists")
        guard (a.core.rules + a.packs.flatMap(\.rules)).contains(where: \.takesOtherLists) else { return }
        let rules = b.core.rules + b.packs.flatMap(\.rules)
        for name in b.namedLists.subtracting(a.namedLists).sorted() {
            let isBinding = b.core.rules.contains { $0.binds(name) }
            add(
                "list \(name)", "binds every call",
                isBinding ? "named by a core rule" : "left to the rules that name it",
                isBinding ? [] : .unknown)
        }
        guard rules.contains(where: \.takesOtherLists) else { return }
        for name in a.namedLists.subtracting(b.namedLists).sorted() {
            add("list \(name)", "left to the rules that name it", "binds every call", .stricter)
        }
    }
}

extension Rule {
    fileprivate var takesOtherLists: Bool {
        guard case .suppression(let sources) = body else { return false }
        return sources.contains { if case .otherLists = $0 { true } else { false } }
    }

    /// Whether it denies every call to a number on the list.
    fileprivate func binds(_ list: String) -> Bool {
        guard case .suppression(let sources) = body, applies == .everything, enabledBy == .always,
            effectiveFrom == .distantPast, effectiveUntil == .distantFuture, standsAside.isEmpty, unless.isEmpty
        else { return false }
        return sources.contains { $0 == .list(ListTest(list)) }
    }
}

extension AttributeDeclaration.Record {
    fileprivate var word: String {
        switch self {
        case .vendorMandate: "vendor_mandate"
        case .failedInARow: "failed_in_a_row"
        }
    }
}

extension Obligation {
    fileprivate var told: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
