import Metrics
import Synchronization

/// A number that only grows.
final class PrometheusCounter: CounterHandler {
    private let total = Atomic<Int64>(0)

    var value: Int64 { total.load(ordering: .relaxed) }
    func increment(by amount: Int64) { total.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { total.store(0, ordering: .relaxed) }
}

/// A number that is set.
final class PrometheusGauge: RecorderHandler, MeterHandler {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
}

/// How often values lay below each of some bounds. Times are in seconds.
final class PrometheusHistogram: RecorderHandler, TimerHandler {
    private struct State {
        /// One for each bound, and one for what lies above them all.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func text(_ label: String, dimensions: String) -> String {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let inner = dimensions.isEmpty ? "" : String(dimensions.dropFirst().dropLast()) + ","
        var text = ""
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            text += "\(label)_bucket{\(inner)le=\"\(bound)\"} \(total)\n"
        }
        return text + "\(label)_sum\(dimensions) \(sum)\n\(label)_count\(dimensions) \(total)\n"
    }
}
