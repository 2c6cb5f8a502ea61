import GateModel
import Synchronization

/// What the gate counts, for `/metrics`.
public final class Counters: Sendable {
    public struct Totals: Sendable {
        public var verdicts: [Verdict: Int] = [:]
        public var rules: [String: Int] = [:]
        public var outcomes: [String: Int] = [:]
        public var unavailable = 0
    }

    private let totals = Mutex(Totals())

    public var current: Totals { totals.withLock { $0 } }

    func count(_ judgement: Judgement) {
        totals.withLock { totals in
            totals.verdicts[judgement.verdict, default: 0] += 1
            for reason in judgement.reasons { totals.rules[reason.rule, default: 0] += 1 }
        }
    }

    func count(outcome: String?) { totals.withLock { $0.outcomes[outcome ?? "unmapped", default: 0] += 1 } }

    func countUnavailable() { totals.withLock { $0.unavailable += 1 } }
}
