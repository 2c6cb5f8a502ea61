import Documents
import GateModel

/// A periodic report that is asked for: the audit of a stretch of time, from the log.
public struct ReportRequest: Sendable, Hashable {
    public var from: Instant
    /// Exclusive.
    public var to: Instant
    /// Whose local time stands beside UTC; nil for the zone of the instance's own pack.
    public var zone: String?
    public var language = CallAnswer.Language.chinese
    /// Whether the CSV files begin with a byte order mark, without which spreadsheets do not see UTF-8.
    public var hasMark = false

    public init(from: Instant, to: Instant) { (self.from, self.to) = (from, to) }

    /// Reads names and values as a query string or a command line gives them: `from`, `to`, `tz`, `lang`, `bom`.
    ///
    /// - Throws: Everything that is wrong in them.
    public init(_ pairs: [(name: String, value: String)]) throws(Faults) {
        let faults = FaultCollector()
        var seen: Set<String> = []
        self.init(from: .distantPast, to: .distantFuture)
        for (name, value) in pairs {
            func fault(_ detail: String) { faults.add(.member(.root, name), .none, detail) }
            func instant() -> Instant? {
                let instant = Instant(rfc3339: value)
                if instant == nil { fault("must be an instant with an offset such as 2026-10-01T00:00:00+08:00") }
                return instant
            }
            guard seen.insert(name).inserted else {
                fault("stands twice; give it once")
                continue
            }
            switch name {
            case "from": from = instant() ?? from
            case "to": to = instant() ?? to
            case "tz": zone = value
            case "lang":
                switch value {
                case "zh": language = .chinese
                case "en": language = .english
                default: fault("must be zh or en")
                }
            case "bom":
                hasMark = value == "true"
                if value != "true", value != "false" { fault("must be true or false") }
            default: fault("unknown; known are from, to, tz, lang, bom")
            }
        }
        for name in ["from", "to"] where !seen.contains(name) {
            faults.add(.member(.root, name), .none, "is required")
        }
        if to <= from { faults.add(.member(.root, "to"), .none, "must lie after `from`") }
        try faults.check()
    }
}

/// Why there is no report.
public enum ReportFault: Error, Sendable, CustomStringConvertible {
    /// What was asked for cannot be reported on; `at` names the option that is wrong.
    case request(at: String, String)
    /// The gate could not do it; it may be tried again.
    case unavailable(String)

    public var description: String {
        switch self {
        case .request(_, let why), .unavailable(let why): why
        }
    }
}
