import GateModel

/// An instant or a date in a list.
///
/// A date without an offset is some 26 hours wide, since its zone is not known: it is read as the end of that span
/// that allows fewer calls.
struct EntryDate {
    enum Bound { case start, end }

    /// The text as if it were in UTC.
    private let local: Instant
    private let hasOffset: Bool
    private let hasTime: Bool

    /// Reads RFC 3339, or `2026-01-31`, `2026/01/31` or `20260131` with or without ` 08:00` or ` 08:00:00`.
    init?(_ text: String) {
        if let instant = Instant(rfc3339: text) {
            (local, hasOffset, hasTime) = (instant, true, true)
            return
        }
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard let first = parts.first, parts.count <= 2 else { return nil }
        var date = String(first)
        if date.utf8.count == 8, date.utf8.allSatisfy({ (48...57).contains($0) }) {
            date = "\(date.prefix(4))-\(date.dropFirst(4).prefix(2))-\(date.suffix(2))"
        } else if date.contains("/") {
            date = String(date.map { $0 == "/" ? "-" : $0 })
        }
        var time = parts.count == 2 ? String(parts[1]) : "00:00:00"
        if time.utf8.count == 5 { time += ":00" }
        guard let instant = Instant(rfc3339: "\(date)T\(time)Z") else { return nil }
        (local, hasOffset, hasTime) = (instant, false, parts.count == 2)
    }

    /// - Parameter widens: Whether the period is to be the longest that the text can mean, or the shortest.
    func instant(_ bound: Bound, widens: Bool) -> Instant {
        guard !hasOffset else { return local }
        // Offsets lie between -12 and +14 hours. A day as an end is inclusive where the period widens.
        switch (bound, widens) {
        case (.start, true), (.end, false): return local - .hours(14)
        case (.start, false): return local + .hours(12)
        case (.end, true): return local + .hours(hasTime ? 12 : 36)
        }
    }
}
