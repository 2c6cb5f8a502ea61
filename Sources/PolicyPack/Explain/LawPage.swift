import GateModel
import RuleEngine

/// The law of a place as the gate sees it, for people: a page in Markdown.
public struct LawPage {
    let policy: LoadedPolicy
    let words: LawWords

    public init(_ policy: LoadedPolicy, language: LawWords.Language) {
        self.policy = policy
        words = LawWords(language: language)
    }

    /// Every jurisdiction of which a pack speaks, in order.
    public static func jurisdictions(of policy: LoadedPolicy) -> [String] {
        Set(policy.snapshot.packs.map(\.jurisdiction)).sorted()
    }

    /// Every jurisdiction's page in every language, by the name of its file. O(rules).
    public static func files(of policy: LoadedPolicy) -> [String: String] {
        var files: [String: String] = [:]
        for language in LawWords.Language.allCases {
            let page = LawPage(policy, language: language)
            for jurisdiction in jurisdictions(of: policy) {
                files["\(jurisdiction).\(page.words.suffix)"] = page.text(jurisdiction: jurisdiction, isAlone: true)
            }
        }
        return files
    }

    /// The packs that speak of a jurisdiction, the country's first, and every rule of theirs. O(rules).
    ///
    /// - Parameters:
    ///   - purpose: Only what can apply to it; nil for all.
    ///   - isAlone: Whether the packs of the country around it are named and not shown.
    /// - Returns: Nil where no pack speaks of the jurisdiction.
    public func text(jurisdiction: String, purpose: String? = nil, isAlone: Bool = false) -> String? {
        let own = policy.snapshot.packs.filter { $0.jurisdiction == jurisdiction }
        guard !own.isEmpty else { return nil }
        let country = String(jurisdiction.prefix(2))
        let around = country == jurisdiction ? [] : policy.snapshot.packs.filter { $0.jurisdiction == country }
        var lines = ["# \(jurisdiction): \(own.map { words(of: $0.title) }.joined(separator: "; "))", ""]
        lines += [words.notice, ""]
        if !around.isEmpty && isAlone { lines += ["\(words.beside) [\(country)](\(country).\(words.suffix))", ""] }
        for pack in (isAlone ? [] : around) + own { lines += section(pack, purpose) }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private func words(of text: Localised) -> String { words.text(text) }

    private func section(_ pack: Pack, _ purpose: String?) -> [String] {
        let notes = policy.notes[pack.id]
        var lines = ["## \(words(of: pack.title))", ""]
        lines.append("- \(words.asOf): \(notes?.asOf ?? "")")
        if !pack.zones.isEmpty { lines.append("- \(words.zones): \(pack.zones.map(\.name).joined(separator: ", "))") }
        lines.append("- \(words.purposes): \(pack.purposes.joined(separator: ", "))")
        if let any = notes?.anyHour, !any.isEmpty {
            lines.append("- \(words.anyHour): \(any.sorted().joined(separator: ", "))")
        }
        if let registers = notes?.registers, !registers.isEmpty {
            lines.append("- \(words.registers): \(registers.sorted().joined(separator: ", "))")
        }
        for watch in notes?.watch ?? [] { lines.append("- \(words.watch): \(words(of: watch))") }
        for (name, text) in (notes?.settings ?? [:]).sorted(by: { $0.key < $1.key }) {
            let isOn = pack.settings[name] == true
            lines.append("- \(words.setting) `\(name)` (\(isOn ? words.on : words.off)): \(words(of: text))")
        }
        lines.append("")
        for kind in ReasonKind.allCases {
            let rules = pack.rules.filter { rule in
                rule.kind == kind
                    && (purpose.map { name in
                        CallMode.allCases.contains { rule.applies.admits(purpose: name, mode: $0) }
                    } ?? true)
            }
            guard !rules.isEmpty else { continue }
            lines += ["### \(words.kind(kind))", ""]
            for rule in rules { lines += paragraph(rule, pack) }
        }
        lines += owed(pack, notes)
        return lines
    }

    private func paragraph(_ rule: Rule, _ pack: Pack) -> [String] {
        var lines = ["**`\(rule.id)`** \(words(of: rule.message))", ""]
        for line in words.parameters(of: rule.body) { lines.append("- \(line)") }
        let applies = words.calls(rule.applies)
        if !applies.isEmpty { lines.append("- \(words.appliesTo): \(applies)") }
        for exception in rule.unless { lines.append("- \(words.unless): \(words.exception(exception))") }
        if rule.effectiveFrom > .distantPast { lines.append("- \(words.from): \(rule.effectiveFrom.rfc3339)") }
        if rule.effectiveUntil < .distantFuture { lines.append("- \(words.until): \(rule.effectiveUntil.rfc3339)") }
        if case .setting(let name, let value) = rule.enabledBy {
            let isOn = pack.settings[name] == value
            lines.append("- \(words.enabledBy) `\(name)`: \(isOn ? words.on : words.off)")
        }
        lines.append("- \(words.status(rule.status)); \(words.confidence) \(rule.confidence ?? "–")")
        lines.append("- \(words.citation): \(rule.citation)")
        return lines + [""]
    }

    private func owed(_ pack: Pack, _ notes: PackNotes?) -> [String] {
        var lines: [String] = []
        if !pack.obligations.isEmpty {
            lines += ["### \(words.obligations)", ""]
            for rule in pack.obligations {
                let values = rule.obligation.values.sorted { $0.key < $1.key }.map { " \($0.key) \(told($0.value))" }
                let calls = words.calls(rule.applies)
                lines.append(
                    "- `\(rule.obligation.kind)`\(values.joined(separator: ","))\(calls.isEmpty ? "" : " (\(calls))")")
            }
            lines.append("")
        }
        if let retention = notes?.retention, !retention.isEmpty {
            lines += ["### \(words.retention)", ""]
            for term in retention {
                let minimum = term.minimum.map { "\(words.minimum) \($0), " } ?? ""
                lines.append("- `\(term.record)`: \(minimum)\(words.kept) \(term.period). \(term.citation)")
            }
            lines.append("")
        }
        return lines
    }
}
