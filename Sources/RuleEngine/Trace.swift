import GateModel

/// How a rule that speaks of a call stands towards it.
public struct RuleTrace: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case passes, fails, standsAside
    }

    public var rule: String
    public var outcome: Outcome
}

/// Every rule in force that speaks of the call at that instant, in the policy's order, and how it stands; for tests and
/// explanations of a policy. O(rules × facts).
public func trace(
    _ call: Call, _ facts: Facts, under policy: PolicySnapshot, zones: some ZoneSource, at now: Instant
) -> [RuleTrace] {
    parts(of: call, facts, under: policy, zones: zones, at: now).flatMap { part in
        part.chapter.rules.compactMap { planned in
            let rule = planned.rule
            guard rule.effectiveFrom <= now, now < rule.effectiveUntil,
                rule.applies.truth(in: part.situation, at: now) != .fails
            else { return nil }
            return RuleTrace(rule: rule.id, outcome: .init(planned.standing(in: part.situation, at: now)))
        }
    }
}
