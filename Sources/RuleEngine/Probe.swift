import GateModel

/// A rule that need not stand in the policy, ready to be asked.
public struct RuleProbe: Sendable {
    let planned: PlannedRule
    public var id: String { planned.rule.id }

    public init(_ rule: Rule, under policy: PolicySnapshot) {
        planned = PlannedRule(rule, ownLists: policy.core.ownLists)
    }
}

/// A call and what is known of it, as one pack's rules see it at one instant.
public struct CaseProbe {
    private let situation: Situation?
    private let now: Instant

    /// - Parameter pack: Nil for the core pack.
    public init(
        _ call: Call, _ facts: Facts, under policy: PolicySnapshot, pack: String?, zones: some ZoneSource,
        at now: Instant
    ) {
        let parts = parts(of: call, facts, under: policy, zones: zones, at: now)
        situation = parts.map(\.situation).first { $0.packIndex.map { policy.packs[$0].id } == pack }
        self.now = now
    }

    /// How a rule stands that would be one of the pack's; nil where it does not speak of the call.
    public func outcome(of probe: RuleProbe) -> RuleTrace.Outcome? {
        guard let situation else { return nil }
        let rule = probe.planned.rule
        let settings = situation.packIndex.map { situation.policy.packs[$0].settings } ?? situation.policy.core.settings
        guard rule.isEnabled(settings), rule.effectiveFrom <= now, now < rule.effectiveUntil,
            rule.applies.truth(in: situation, at: now) != .fails
        else { return nil }
        return RuleTrace.Outcome(probe.planned.standing(in: situation, at: now))
    }
}

extension RuleTrace.Outcome {
    init(_ standing: RuleStanding) {
        self =
            switch standing {
            case .passes(_, nil): .passes
            case .passes: .standsAside
            case .fails: .fails
            }
    }
}
