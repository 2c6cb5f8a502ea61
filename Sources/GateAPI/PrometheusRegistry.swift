import Metrics
import Synchronization

/// Holds every series that the process makes and renders them in the Prometheus text format.
///
/// The same label and dimensions give the same series, whoever makes them.
public final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        var label: String
        /// As they are rendered: `{verdict="allow"}`, or empty.
        var dimensions: String
    }

    fileprivate enum Series {
        case counter(PrometheusCounter)
        case gauge(PrometheusGauge)
        case histogram(PrometheusHistogram)
    }

    private let series = Mutex<[Key: Series]>([:])

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let made = make(label, dimensions) { .counter(PrometheusCounter()) }
        guard case .counter(let counter) = made else { return NOOPMetricsHandler.instance }
        return counter
    }

    /// A gauge where it does not aggregate, a histogram of sizes where it does.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let made = make(label, dimensions) {
            aggregate
                ? .histogram(PrometheusHistogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256]))
                : .gauge(PrometheusGauge())
        }
        switch made {
        case .gauge(let gauge): return gauge
        case .histogram(let histogram): return histogram
        case .counter: return NOOPMetricsHandler.instance
        }
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let made = make(label, dimensions) {
            .histogram(PrometheusHistogram(bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]))
        }
        guard case .histogram(let histogram) = made else { return NOOPMetricsHandler.instance }
        return histogram
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        let made = make(label, dimensions) { .gauge(PrometheusGauge()) }
        guard case .gauge(let gauge) = made else { return NOOPMetricsHandler.instance }
        return gauge
    }

    // A series lives as long as the process: a counter that went away and came back would lose its past.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}

    private func make(_ label: String, _ dimensions: [(String, String)], _ new: () -> Series) -> Series {
        let key = Key(label: label, dimensions: render(dimensions))
        return series.withLock { series in
            if let known = series[key] { return known }
            let made = new()
            series[key] = made
            return made
        }
    }

    /// Source: the Prometheus text format 0.0.4. O(series).
    public func text() -> String {
        let all = series.withLock { $0 }
        var text = ""
        let families = Dictionary(grouping: all, by: \.key.label).sorted { $0.key < $1.key }
        for (label, members) in families {
            guard let first = members.first else { continue }
            if let help = prometheusHelp[label] { text += "# HELP \(label) \(help)\n" }
            text += "# TYPE \(label) \(first.value.type)\n"
            for (key, series) in members.sorted(by: { $0.key.dimensions < $1.key.dimensions }) {
                switch series {
                case .counter(let counter): text += "\(label)\(key.dimensions) \(counter.value)\n"
                case .gauge(let gauge): text += "\(label)\(key.dimensions) \(gauge.value)\n"
                case .histogram(let histogram): text += histogram.text(label, dimensions: key.dimensions)
                }
            }
        }
        return text
    }
}

extension PrometheusRegistry.Series {
    fileprivate var type: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

private func render(_ dimensions: [(String, String)]) -> String {
    if dimensions.isEmpty { return "" }
    let pairs = dimensions.map { name, value in
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\(name)=\"\(escaped)\""
    }
    return "{" + pairs.joined(separator: ",") + "}"
}

private let prometheusHelp = [
    "callgate_decisions_total": "Decisions by verdict since start",
    "callgate_denials_total": "Reasons of denials by rule since start",
    "callgate_outcomes_total": "Reported outcomes since start",
    "callgate_unavailable_total": "Decisions answered 503 since start",
    "callgate_unreported_attempts": "Allows without an outcome past its due time",
    "callgate_degraded": "1 while something is denied or refused that should not be",
    "callgate_calendar_days_left": "Days until a holiday calendar ends; warned from 60",
    "callgate_list_age_ratio": "Age of a list's version over its greatest age",
    "callgate_http_errors_total": "Answers that are problem documents, by status, since start",
    "callgate_group_size": "Pieces of work in one commit",
    "callgate_commit_seconds": "Time of one commit, from its begin until it is durable",
]
