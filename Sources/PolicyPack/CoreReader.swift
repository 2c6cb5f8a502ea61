import Documents
import GateModel
import RuleEngine

extension PackContext {
    /// Reads `core/pack.yaml`: the words that every pack uses and the rules that hold everywhere.
    static func core(_ reader: inout ObjectReader) -> (core: CorePack, notes: PackNotes) {
        var context = PackContext(purposes: reader.requireStrings("purposes"))
        _ = reader.requireString("pack")
        _ = reader.choice("jurisdiction", ["*"])
        _ = reader.localised("title")
        var notes = PackNotes(asOf: reader.requireString("as_of"))
        context.readSettings(&reader, core: [], notes: &notes)
        for var step in reader.objects("complaints") ?? [] {
            let within = step.span("within")
            if within == nil && !step.has("within") {
                step.fault(at: "within", "is required; give a length of time such as 15d")
            }
            let due = ComplaintStep(
                step: step.requireString("step"), within: within ?? .days(0),
                extends: step.choice("extends", notes.complaintSteps.filter { $0.extends == nil }.map(\.step)),
                needsApproval: step.boolean("approval") ?? false)
            if due.needsApproval && due.extends == nil {
                step.fault(at: "approval", "belongs to a step that extends another; name it in `extends`")
            }
            notes.complaintSteps.append(due)
            step.close()
        }
        let settings = reader.objectSettings()
        var seconds: [CallMode: Int] = [:]
        var ringGuard = Span.seconds(0)
        if var permit = reader.object("permit") {
            if var byMode = permit.object("seconds") {
                for mode in CallMode.allCases { seconds[mode] = byMode.integer(mode.rawValue, in: 1...300) }
                byMode.close()
            }
            ringGuard = permit.span("ring_guard") ?? .seconds(0)
            permit.close()
        }
        let due = reader.span("outcome_due") ?? .hours(2)
        var ownLists: [String: FactSource] = [:]
        if var lists = reader.object("own_lists") {
            for member in lists.members {
                ownLists[member.name] = lists.choice(member.name, FactSource.self)
            }
        }
        var outcomes: [String: OutcomeEffect] = [:]
        if let object = reader.object("outcomes") {
            for member in object.members {
                var outcome = ObjectReader(member.node, at: .member(object.pointer, member.name), faults: object.faults)
                outcomes[member.name] = context.outcome(&outcome)
            }
        }
        var looserNeedsTwo = false
        if var changes = reader.object("changes") {
            looserNeedsTwo = changes.choice("looser", ["one_person", "two_persons"]) == "two_persons"
            changes.close()
        }
        let rules = (reader.objects("rules") ?? []).compactMap { object in
            var object = object
            return context.rule(&object)
        }
        reader.close()
        notes.marks = context.ruleMarks
        var core = CorePack(
            purposes: context.purposes, settings: settings, permitSeconds: seconds, ringGuard: ringGuard,
            outcomeDue: due,
            outcomes: outcomes, ownLists: ownLists, rules: rules)
        core.looserNeedsTwo = looserNeedsTwo
        return (core, notes)
    }

    private func outcome(_ reader: inout ObjectReader) -> OutcomeEffect {
        var effect = OutcomeEffect(isConnection: reader.boolean("connection") ?? true)
        effect.isConversation = reader.boolean("conversation") ?? effect.isConnection
        effect.isAttempt = reader.boolean("attempt") ?? true
        effect.opensComplaint = reader.boolean("complaint") ?? false
        effect.endsConsents = reader.boolean("ends_consents") ?? false
        effect.listRecord = reader.string("list_record")
        effect.recordsProduct = reader.boolean("records_product") ?? false
        if var object = reader.object("refusal") {
            var refusal = OutcomeEffect.Refusal(strength: object.choice("strength", RefusalStrength.self) ?? .explicit)
            refusal.purposes = purposes(&object, "purposes") ?? []
            refusal.ownPurpose = check(&object, "own_purpose", against: purposes + ["all"], word: "purpose") ?? []
            refusal.areStated = object.boolean("stated") ?? false
            refusal.excepted = purposes(&object, "except_purposes") ?? []
            object.close()
            effect.refusal = refusal
        }
        reader.close()
        return effect
    }
}
