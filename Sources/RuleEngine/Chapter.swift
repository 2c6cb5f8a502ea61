import GateModel

/// What of a pack can apply to one purpose and mode.
struct Chapter: Sendable {
    var rules: [PlannedRule]
    var obligations: [PlannedObligation]

    init(rules: [PlannedRule], obligations: [PlannedObligation]) {
        self.rules = rules
        self.obligations = obligations
    }

    /// A whole pack, less what is switched off.
    init(_ rules: [Rule], _ settings: [String: Bool], _ obligations: [ObligationRule], _ ownLists: [String: FactSource])
    {
        self.rules = rules.filter { $0.isEnabled(settings) }.map { PlannedRule($0, ownLists: ownLists) }
        self.obligations = obligations.map(PlannedObligation.init)
    }

    func part(purpose: String, mode: CallMode) -> Chapter {
        var always: [Obligation] = []
        return Chapter(
            rules: rules.filter { $0.rule.applies.admits(purpose: purpose, mode: mode) },
            obligations: obligations.filter {
                guard $0.rule.applies.admits(purpose: purpose, mode: mode), !always.contains($0.obligation) else {
                    return false
                }
                if $0.applies == nil { always.append($0.obligation) }
                return true
            })
    }
}

/// Whether something speaks of a call. Held behind this, a condition is asked without being copied.
protocol CallTest: Sendable {
    func truth(in situation: Situation, at t: Instant) -> Truth
}

extension Applicability: CallTest {}

/// A rule as it is evaluated: shared, not copied, with what can be told of it beforehand.
final class PlannedRule: Sendable {
    let rule: Rule
    let check: any Check
    let applies: any CallTest
    /// Whether it applies to every call of its purposes and modes.
    let appliesAlways: Bool
    /// Whether it is a cap by customer.
    let countsByCustomer: Bool
    /// Whether it applies to a call may change as a mandate begins or ends.
    let appliesByMandate: Bool
    let effectiveFrom: Instant
    let effectiveUntil: Instant

    init(_ rule: Rule, ownLists: [String: FactSource]) {
        self.rule = rule
        check = rule.body.check(ownLists: ownLists)
        applies = rule.applies
        appliesAlways = rule.applies.isDecidedByPurposeAndMode
        if case .frequency(let check) = rule.body {
            countsByCustomer = check.per.contains(.customer)
        } else {
            countsByCustomer = false
        }
        appliesByMandate = rule.applies.attributes?.dependsOnMandate ?? false
        effectiveFrom = rule.effectiveFrom
        effectiveUntil = rule.effectiveUntil
    }
}

/// An obligation as it is given out.
final class PlannedObligation: Sendable {
    let rule: ObligationRule
    let obligation: Obligation
    /// Nil where it is owed for every call of its purposes and modes.
    let applies: (any CallTest)?

    init(_ rule: ObligationRule) {
        self.rule = rule
        obligation = rule.obligation
        applies = rule.applies.isDecidedByPurposeAndMode ? nil : rule.applies
    }
}
