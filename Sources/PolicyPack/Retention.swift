import Calendars
import GateModel

/// How long a record is kept: `30d`, or `60mo` of calendar months.
public struct RetentionTerm: Hashable, Sendable {
    private enum Length: Hashable, Sendable {
        case span(Span)
        case months(Int)
    }

    private let length: Length

    /// - Returns: Nil for a text that is no term.
    init?(_ text: String) {
        if text.hasSuffix("mo"), let value = Int(text.dropLast(2)), (1...1200).contains(value) {
            length = .months(value)
        } else if text.hasSuffix("d"), let value = Int64(text.dropLast()), (1...36_525).contains(value) {
            length = .span(.days(value))
        } else {
            return nil
        }
    }

    /// What is older than this has been kept so long. Months are counted in whole days of UTC, to the longer side.
    public func end(at now: Instant) -> Instant {
        switch length {
        case .span(let span): return now - span
        case .months(let months):
            let today = CivilDate(daysSinceEpoch: Int32(clamping: now.seconds / 86_400))
            return Instant(seconds: Int64(today.adding(months: -months).daysSinceEpoch) * 86_400)
        }
    }
}

extension LoadedPolicy {
    /// Before which instant records of some names are older than they are kept: by the pack that keeps them longest, and
    /// never within a minimum. Nil where no pack says how long; then they are kept.
    public func retentionEnd(of records: [String], at now: Instant) -> Instant? {
        notes.values.flatMap(\.retention).filter { records.contains($0.record) }
            .flatMap { [$0.minimum, $0.period] }.compactMap { $0.flatMap(RetentionTerm.init)?.end(at: now) }.min()
    }
}
