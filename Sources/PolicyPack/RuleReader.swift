import Documents
import GateModel
import RuleEngine

extension PackContext {
    /// Reads one rule. Where something is wrong the faults say so and the rule is left out.
    mutating func rule(_ reader: inout ObjectReader) -> Rule? {
        let id = reader.requireString("id")
        if !id.isEmpty, id.wholeMatch(of: /[a-z0-9_]+(\.[a-z0-9_]+)+/) == nil {
            reader.fault(at: "id", "`\(id)` is no rule id; write it like us.fl.hours")
        }
        if ruleMarks.updateValue(reader.mark, forKey: id) != nil {
            reader.fault(at: "id", "the rule id `\(id)` stands twice; give each rule its own")
        }
        if !reader.has("kind") { reader.fault(at: "kind", "is required") }
        let kind = reader.choice("kind", ReasonKind.self)
        let applies = applicability(&reader, "applies")
        if !reader.has("status") { reader.fault(at: "status", "is required") }
        let status = reader.choice("status", LegalStatus.self) ?? .companyPolicy
        let citation = reader.requireString("citation")
        let message = reader.localised("message")
        var body: RuleBody?
        if let kind { body = self.body(of: kind, &reader) } else { _ = reader.node("parameters") }
        // What stands in for a body that could not be read is never evaluated: the faults refuse the whole file.
        var rule = Rule(
            id: id, kind: kind ?? .stop, applies: applies, status: status, citation: citation, message: message,
            body: body ?? .stop)
        rule.fact = reader.string("fact")
        rule.confidence = reader.string("confidence")
        rule.enabledBy = enabledBy(&reader)
        if var effective = reader.object("effective") {
            rule.effectiveFrom = effective.instant("from") ?? .distantPast
            rule.effectiveUntil = effective.instant("until") ?? .distantFuture
            if rule.effectiveFrom >= rule.effectiveUntil { effective.fault("`from` must lie before `until`") }
            effective.close()
        }
        if let details = reader.object("details") {
            for member in details.members {
                var detail = ObjectReader(
                    member.node, at: .member(details.pointer, member.name), faults: details.faults)
                rule.details[member.name] = detail.localisedText()
            }
        }
        if var aside = reader.object("stands_aside") {
            for member in aside.members {
                let sources = check(
                    &aside, member.name, against: FactSource.allCases.map(\.rawValue), word: "fact source")
                rule.standsAside[member.name] = Set((sources ?? []).compactMap(FactSource.init(rawValue:)))
                if !purposes.contains(member.name) { aside.fault(at: member.name, "no declared purpose") }
            }
        }
        rule.unless = exceptions(&reader)
        reader.close()
        return body == nil ? nil : rule
    }

    private func enabledBy(_ reader: inout ObjectReader) -> Rule.Switch {
        guard let node = reader.node("enabled_by") else { return .always }
        let name: String
        let value: Bool
        if case .object = node.value {
            var object = reader.object("enabled_by")!
            (name, value) = (object.requireString("not"), false)
            object.close()
        } else {
            (name, value) = (reader.string("enabled_by") ?? "", true)
        }
        if !settings.contains(name) {
            reader.fault(at: "enabled_by", "`\(name)` is no declared setting; declare it under `settings`")
        }
        return .setting(name, is: value)
    }

    private func body(of kind: ReasonKind, _ reader: inout ObjectReader) -> RuleBody? {
        switch kind {
        case .campaign, .stop:
            guard var parameters = reader.object("parameters") else { return kind == .campaign ? .campaign : .stop }
            defer { parameters.close() }
            return kind == .campaign ? campaign(&parameters) : stop(&parameters)
        default: break
        }
        guard var parameters = reader.object("parameters") else {
            reader.fault(at: "parameters", "is required for kind `\(kind.rawValue)`")
            return nil
        }
        let body = body(of: kind, parameters: &parameters)
        parameters.close()
        return body
    }

    private func body(of kind: ReasonKind, parameters p: inout ObjectReader) -> RuleBody? {
        switch kind {
        case .destination: destination(&p)
        case .callerID: callerID(&p)
        case .suppression: suppression(&p)
        case .consent: consent(&p)
        case .data: data(&p)
        case .hours: hours(&p)
        case .frequency: frequency(&p)
        case .attribute: attribute(&p)
        case .freshness: freshness(&p)
        case .unavailable: unavailable(&p)
        case .campaign, .stop: nil
        }
    }
}
