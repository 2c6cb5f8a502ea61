import Documents
import PolicyPack

extension Policy.Test {
    /// Prints what the packs' own cases try of each rule.
    func showCoverage(_ policy: LoadedPolicy, _ folder: String) throws {
        guard files.isEmpty, format != "junit" else {
            throw Failure.input(
                "--coverage is told of the packs' own cases, as text or json; leave out files and junit")
        }
        let packs: [PackCoverage]
        do {
            packs = policy.coverage(cases: try policy.cases(try PackTests(folder: folder)))
        } catch {
            throw Failure.input("\(error)")
        }
        if format == "json" { print(json(packs)) } else { show(packs) }
    }

    private func show(_ packs: [PackCoverage]) {
        for pack in packs {
            print("\(pack.file): \(pack.summary)")
            for rule in pack.rules where !rule.untried.isEmpty {
                print("  \(rule.rule) \(rule.summary), not tried: \(rule.untried.joined(separator: ", "))")
            }
        }
        print(packs.flatMap(\.rules).summary)
    }

    private func json(_ packs: [PackCoverage]) -> String {
        var json = JSONWriter()
        json.array { json in
            for pack in packs {
                for rule in pack.rules {
                    json.object { json in
                        json.member("file", pack.file)
                        json.member("rule", rule.rule)
                        json.member("denied", rule.isDenied)
                        json.member("passed", rule.isPassed)
                        json.member("tried", rule.branches.filter(\.isTried).map(\.name))
                        json.member("untried", rule.branches.filter { !$0.isTried }.map(\.name))
                    }
                }
            }
        }
        return json.text
    }
}

extension PackCoverage {
    fileprivate var summary: String { rules.summary }
}

extension PackCoverage.RuleCoverage {
    fileprivate var summary: String { "\(branches.count(where: \.isTried))/\(branches.count)" }

    fileprivate var untried: [String] {
        (isDenied ? [] : ["denies"]) + (isPassed ? [] : ["passes"])
            + branches.filter { !$0.isTried }.map(\.name)
    }
}

extension [PackCoverage.RuleCoverage] {
    fileprivate var summary: String {
        let branches = flatMap(\.branches)
        return "\(count) rules, \(count(where: { $0.isDenied && $0.isPassed })) denied and passed; "
            + "\(branches.count(where: \.isTried)) of \(branches.count) branches tried"
    }
}
