import GateModel
import Metrics
import Synchronization

/// What the gate counts and times, as handles that are made once: counting a decision builds no labels.
public final class GateMetrics: Sendable {
    private let allows: Counter
    private let denies: Counter
    private let unavailable: Counter
    private let groupSize: Recorder
    private let commitTime: Timer
    private let denials: Labelled
    private let outcomes: Labelled
    private let removals: Labelled

    public init(factory: any MetricsFactory) {
        func decisions(_ verdict: Verdict) -> Counter {
            Counter(label: "callgate_decisions_total", dimensions: [("verdict", verdict.rawValue)], factory: factory)
        }
        (allows, denies) = (decisions(.allow), decisions(.deny))
        unavailable = Counter(label: "callgate_unavailable_total", factory: factory)
        groupSize = Recorder(label: "callgate_group_size", factory: factory)
        commitTime = Timer(label: "callgate_commit_seconds", factory: factory)
        denials = Labelled(label: "callgate_denials_total", dimension: "rule", factory: factory)
        removals = Labelled(label: "callgate_retention_removed_total", dimension: "kind", factory: factory)
        outcomes = Labelled(label: "callgate_outcomes_total", dimension: "outcome", factory: factory)
    }

    func count(_ judgement: Judgement) {
        (judgement.verdict == .allow ? allows : denies).increment()
        for reason in judgement.reasons { denials.counter(reason.rule).increment() }
    }

    func count(outcome: String?) { outcomes.counter(outcome ?? "unmapped").increment() }

    func count(_ report: RetentionReport) {
        for (kind, number) in report.removed.kinds { removals.counter(kind).increment(by: Int64(number)) }
    }

    func countUnavailable() { unavailable.increment() }

    /// - Parameter duration: From the begin of the transaction to its durable end.
    func countGroup(of size: Int, duration: Duration) {
        groupSize.record(size)
        let (seconds, attoseconds) = duration.components
        commitTime.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

/// Counters that differ in one label, each made when its value is first seen. The values are rule ids and the like, never
/// what a caller wrote.
public final class Labelled: Sendable {
    private let label: String
    private let dimension: String
    private let factory: any MetricsFactory
    private let counters = Mutex<[String: Counter]>([:])

    public init(label: String, dimension: String, factory: any MetricsFactory) {
        (self.label, self.dimension, self.factory) = (label, dimension, factory)
    }

    public func counter(_ value: String) -> Counter {
        counters.withLock { counters in
            if let counter = counters[value] { return counter }
            let counter = Counter(label: label, dimensions: [(dimension, value)], factory: factory)
            counters[value] = counter
            return counter
        }
    }
}
