import GateModel
import RuleEngine

/// How far the cases of a pack try its rules.
///
/// A branch is a part of a rule that can be struck out or moved alone. A case tries it if it makes a difference there:
/// the rule denies the case as it stands and does not deny it without the branch, or the other way round.
public struct PackCoverage: Sendable {
    public struct Branch: Sendable, Hashable {
        /// Where it stands in the rule.
        public var name: String
        public var isTried: Bool
    }

    public struct RuleCoverage: Sendable {
        public var rule: String
        /// Whether a case is denied by it, and whether a case passes it.
        public var isDenied: Bool
        public var isPassed: Bool
        public var branches: [Branch]
    }

    /// Path of the pack below the policy folder.
    public var file: String
    public var rules: [RuleCoverage]
}

extension LoadedPolicy {
    /// What the packs' cases try. O(cases × rules × branches).
    ///
    /// - Parameter cases: By path; see ``cases(_:)``.
    /// - Returns: The core pack, then the others in the order of their ids.
    public func coverage(cases: [String: [PolicyCase]]) -> [PackCoverage] {
        let everyCase = cases.sorted { $0.key < $1.key }.flatMap(\.value)
        let core = coverage(of: snapshot.core.rules, pack: nil, file: paths["core"] ?? "core", cases: everyCase)
        return [core]
            + snapshot.packs.map { pack in
                let file = paths[pack.id] ?? pack.id
                let own = cases[PackTests.path(besidePack: file)] ?? []
                return coverage(of: pack.rules, pack: pack.id, file: file, cases: own)
            }
    }

    private func coverage(of rules: [Rule], pack: String?, file: String, cases: [PolicyCase]) -> PackCoverage {
        var tried = rules.map { TriedRule($0, under: snapshot) }
        for policyCase in cases {
            let probe = policyCase.probe(under: self, pack: pack)
            for index in tried.indices { tried[index].take(probe) }
        }
        return PackCoverage(file: file, rules: tried.map(\.coverage))
    }
}

/// A rule with its variants, and what was seen of them.
private struct TriedRule {
    let rule: RuleProbe
    let names: [String]
    /// By branch; what no case told from the rule itself yet.
    var untold: [[RuleProbe]]
    var isDenied = false
    var isPassed = false

    init(_ rule: Rule, under snapshot: PolicySnapshot) {
        self.rule = RuleProbe(rule, under: snapshot)
        let branches = rule.branches
        names = branches.map(\.name)
        untold = branches.map { $0.variants.map { RuleProbe($0, under: snapshot) } }
    }

    mutating func take(_ probe: CaseProbe) {
        let outcome = probe.outcome(of: rule)
        if outcome == .fails { isDenied = true }
        if outcome == .passes { isPassed = true }
        for index in untold.indices {
            untold[index].removeAll { (probe.outcome(of: $0) == .fails) != (outcome == .fails) }
        }
    }

    var coverage: PackCoverage.RuleCoverage {
        PackCoverage.RuleCoverage(
            rule: rule.id, isDenied: isDenied, isPassed: isPassed,
            branches: zip(names, untold).map { PackCoverage.Branch(name: $0, isTried: $1.isEmpty) })
    }
}
