import Calendars
import Documents
import GateModel
import RuleEngine

/// Something in a policy that loads, and is yet likely to be wrong.
public struct LintFinding: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    public var severity: Severity
    /// Path below the policy folder.
    public var file: String
    public var mark: Mark
    /// Nil where the finding is about the pack.
    public var rule: String?
    /// Lower case, no final stop; says what is wrong and what to do.
    public var message: String

    public var description: String {
        let place = mark == .none ? "" : ":\(mark.line):\(mark.column)"
        return "\(file)\(place): \(severity.rawValue): \(rule.map { "\($0): " } ?? "")\(message)"
    }
}

extension LoadedPolicy {
    /// Looks for what loads and is yet likely to be wrong. Runs the cases, so O(cases × rules).
    ///
    /// - Parameters:
    ///   - cases: The packs' own, by path; see ``cases(_:)``. A pack without any has every rule untested.
    ///   - lists: Names of the lists that exist beside those that the gate keeps itself.
    ///   - today: The day for which calendars and effective dates are looked at.
    /// - Returns: In the order of the files and of their rules.
    public func lint(cases: [String: [PolicyCase]], lists: Set<String>, today: CivilDate) -> [LintFinding] {
        let core = PackLint(policy: self, id: "core", pack: nil, lists: lists, today: today)
        // A rule of the core holds everywhere, so any pack's cases may try it.
        var findings = core.findings(cases: cases.values.joined().map { $0 })
        for pack in snapshot.packs {
            let own = cases[PackTests.path(besidePack: paths[pack.id] ?? "")] ?? []
            findings += PackLint(policy: self, id: pack.id, pack: pack, lists: lists, today: today).findings(cases: own)
        }
        return findings
    }
}

/// The findings of one pack.
private struct PackLint {
    let policy: LoadedPolicy
    let id: String
    /// Nil for the core pack.
    let pack: Pack?
    let lists: Set<String>
    let today: CivilDate

    private var snapshot: PolicySnapshot { policy.snapshot }
    private var rules: [Rule] { pack?.rules ?? snapshot.core.rules }
    private var purposes: [String] { pack?.purposes ?? snapshot.core.purposes }

    func findings(cases: [PolicyCase]) -> [LintFinding] {
        var findings = withoutHours + calendarEnd
        let tested = outcomes(of: cases)
        for rule in rules {
            if rule.citation.allSatisfy(\.isWhitespace) {
                findings.append(finding(.error, rule, "has no citation; name its source"))
            }
            for list in Set(rule.namedLists).sorted() where !lists.contains(list) && snapshot.core.ownLists[list] == nil
            {
                let isRegister = policy.notes[id]?.registers.contains(list) == true
                findings.append(
                    isRegister
                        ? finding(
                            .warning, rule,
                            "the register `\(list)` is not installed, so every such call is denied; add it as a list")
                        : finding(
                            .error, rule,
                            "there is no list `\(list)`, so every such call is denied; add the list or correct its name"
                        ))
            }
            if let why = neverFires(rule) {
                findings.append(finding(.warning, rule, "can never deny: \(why)"))
                continue
            }
            if !tested.denied.contains(rule.id) {
                findings.append(finding(.error, rule, "no case is denied by it; add one"))
            }
            if !tested.passed.contains(rule.id) {
                findings.append(finding(.error, rule, "no case passes it; add one"))
            }
        }
        return findings + gaps
            + PackShape(rules: rules, pack: pack, calendar: calendar).findings.map {
                finding(.warning, $0.rule, $0.message)
            }
    }

    private func finding(_ severity: LintFinding.Severity, _ rule: Rule?, _ message: String) -> LintFinding {
        let notes = policy.notes[id]
        return LintFinding(
            severity: severity, file: policy.paths[id] ?? id, mark: rule.flatMap { notes?.marks[$0.id] } ?? .none,
            rule: rule?.id, message: message)
    }

    private func outcomes(of cases: [PolicyCase]) -> (denied: Set<String>, passed: Set<String>) {
        var denied: Set<String> = []
        var passed: Set<String> = []
        for entry in cases.lazy.flatMap({ $0.trace(under: policy) }) {
            switch entry.outcome {
            case .fails: denied.insert(entry.rule)
            case .passes: passed.insert(entry.rule)
            case .standsAside: break
            }
        }
        return (denied, passed)
    }

    // MARK: The pack

    /// Purposes that may be called at any hour though the pack does not say so. A state's pack stands beside its
    /// country's, whose hours hold there too.
    private var withoutHours: [LintFinding] {
        guard let pack else { return [] }
        let country = pack.jurisdiction.prefix(2)
        let hours = snapshot.packs.filter {
            $0.jurisdiction.prefix(2) == country && $0.jurisdiction.count <= pack.jurisdiction.count
        }
        .flatMap(\.rules).filter { $0.kind == .hours && $0.enabledBy == .always }
        return pack.purposes.filter { purpose in
            policy.notes[id]?.anyHour.contains(purpose) != true
                && !CallMode.allCases.allSatisfy { mode in
                    hours.contains {
                        $0.applies.admits(purpose: purpose, mode: mode) && $0.applies.isDecidedByPurposeAndMode
                    }
                }
        }.map {
            finding(
                .warning, nil,
                "no hours rule holds for every call of `\($0)`; add one, or list the purpose under `any_hour`")
        }
    }

    private var calendar: HolidayCalendar? { pack?.calendar.flatMap { snapshot.calendars[$0] } }

    private var calendarEnd: [LintFinding] {
        guard let name = pack?.calendar, let calendar else { return [] }
        guard let last = calendar.lastCoveredDay(from: today) else {
            return [finding(.error, nil, "the calendar `\(name)` does not cover \(today); add the year")]
        }
        guard last < today.adding(days: 60) else { return [] }
        return [
            finding(
                .warning, nil, "the calendar `\(name)` ends on \(last); add the next year as soon as it is published")
        ]
    }

    // MARK: Rules

    /// Why no call can be denied by the rule; nil where one may be.
    private func neverFires(_ rule: Rule) -> String? {
        let speaksOf = purposes.filter { purpose in
            CallMode.allCases.contains { rule.applies.admits(purpose: purpose, mode: $0) }
        }
        if speaksOf.isEmpty { return "it applies to no purpose of the pack" }
        if let products = rule.applies.products, products.isEmpty { return "it applies to no product" }
        if rule.effectiveUntil <= snapshotStart { return "it is no longer in force" }
        switch rule.body {
        case .hours(let check):
            let isAlwaysOpen = check.windows.windows.values.allSatisfy { list in
                var reached = 0
                for window in list where window.start <= reached { reached = max(reached, window.end) }
                return reached == 86_400
            }
            let coversWeek =
                check.windows.windows[.every] != nil
                || check.windows.windows[.workday] != nil && check.windows.windows[.restday] != nil
            return isAlwaysOpen && coversWeek ? "its windows are always open" : nil
        case .unavailable(let fields, _, let sources):
            let declarations = (pack?.attributes ?? snapshot.attributes).values
            return fields.isEmpty && sources.isEmpty && declarations.allSatisfy(\.deniesWhenAbsent.isEmpty)
                ? "no attribute says `when_absent: deny`" : nil
        case .destination(let check):
            guard check.permittedTypes == nil, check.deniedTypes.isEmpty else { return nil }
            let known = policy.numberCategories
            return check.deniedCategories.allSatisfy { !known.contains($0) }
                ? "no numbering plan has the category \(check.deniedCategories.joined(separator: ", "))" : nil
        default: return nil
        }
    }

    /// The start of the day; the zone matters little to something that ended.
    private var snapshotStart: Instant { Instant(seconds: Int64(today.daysSinceEpoch) * 86_400) }

    /// Stretches of time between a rule and the one that takes its place.
    private var gaps: [LintFinding] {
        struct Matter: Hashable {
            var kind: ReasonKind
            var applies: Applicability
            var fact: String?
        }
        let dated = rules.filter { $0.effectiveFrom > .distantPast || $0.effectiveUntil < .distantFuture }
        let matters = Dictionary(grouping: dated) { Matter(kind: $0.kind, applies: $0.applies, fact: $0.fact) }
        var findings: [LintFinding] = []
        for rule in dated {
            let others = matters[Matter(kind: rule.kind, applies: rule.applies, fact: rule.fact)] ?? []
            guard
                others.allSatisfy({ $0.effectiveFrom > rule.effectiveUntil || $0.effectiveUntil <= rule.effectiveUntil }
                ),
                let next = others.filter({ $0.effectiveFrom > rule.effectiveUntil }).min(by: {
                    $0.effectiveFrom < $1.effectiveFrom
                })
            else { continue }
            findings.append(
                finding(
                    .warning, rule,
                    """
                    ends at \(rule.effectiveUntil.rfc3339), and `\(next.id)` begins at \(next.effectiveFrom.rfc3339) \
                    only; close the gap
                    """
                ))
        }
        return findings
    }
}
