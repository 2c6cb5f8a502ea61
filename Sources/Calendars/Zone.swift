import Crypto
import GateModel

/// A time zone: which offset from UTC its clocks have at each instant.
///
/// Immutable; any number of callers may use one at once. Two zones are equal if name and file are.
///
/// Source: RFC 9636 (October 2024), TZif versions 1 to 4.
public final class Zone: Hashable, Sendable, CustomStringConvertible {
    /// As it was asked for, such as `America/Vancouver`; an alias keeps its own name.
    public let name: String
    /// SHA-256 of the file, 32 bytes: what a decision was computed with.
    public let sha256: [UInt8]

    /// Milliseconds since the Unix epoch at which each offset begins; the first is `Int64.min`, unless the table is
    /// empty because the rule holds always.
    private let starts: [Int64]
    /// Seconds east of UTC from each start.
    private let offsets: [Int32]
    /// Holds from ``ruleStart`` on; nil where the table's last offset lasts.
    private let rule: ZoneRule?
    private let ruleStart: Int64

    /// Reads a TZif file.
    ///
    /// - Parameters:
    ///   - name: How the zone is called; not checked.
    ///   - tzif: The whole file. Leap seconds, as in the `right` folder, are taken out.
    /// - Throws: ``ZoneError/malformed(zone:reason:)`` where the file is cut short, longer than its contents or breaks
    ///   RFC 9636.
    /// - Complexity: O(*n*) in the length of the file, plus the changes up to the year 2100.
    public init(name: String, tzif: [UInt8]) throws(ZoneError) {
        let file: ZoneFile
        do {
            file = try ZoneFile(tzif)
        } catch {
            throw .malformed(zone: name, reason: error.reason)
        }
        self.name = name
        self.sha256 = Array(SHA256.hash(data: tzif))
        let table = ZoneTable(file)
        self.starts = table.starts
        self.offsets = table.offsets
        self.rule = table.rule
        self.ruleStart = table.ruleStart
    }

    /// Seconds east of UTC.
    ///
    /// - Complexity: O(log *n*) in the zone's changes; O(1) after the last one.
    public func offset(at instant: Instant) -> Int {
        let time = instant.milliseconds
        if time >= ruleStart { return regime(at: instant).offset }
        let last = starts.count - 1
        if time >= starts[last] { return Int(offsets[last]) }
        return Int(offsets[index(at: time)])
    }

    /// The stretch of constant offset that an instant falls in.
    ///
    /// It begins in the distant past before the first change, and ends in the distant future after the last.
    /// - Complexity: O(log *n*).
    public func regime(at instant: Instant) -> Regime {
        let instant = min(max(instant, .distantPast), .distantFuture)
        if let rule, instant.milliseconds >= ruleStart {
            var regime = rule.regime(at: instant)
            regime.from = max(regime.from, Instant(milliseconds: ruleStart), .distantPast)
            return regime
        }
        let index = index(at: instant.milliseconds)
        return Regime(
            offset: Int(offsets[index]),
            from: index == 0 ? .distantPast : Instant(milliseconds: starts[index]),
            until: index + 1 < starts.count
                ? Instant(milliseconds: starts[index + 1])
                : (rule == nil ? .distantFuture : Instant(milliseconds: ruleStart)))
    }

    /// The stretches of constant offset that overlap `from..<until`, in order, each whole; none where that is empty.
    ///
    /// - Complexity: O(*k* log *n*) for *k* stretches; a zone that still changes has two a year for ever.
    public func regimes(from: Instant, until: Instant) -> [Regime] {
        let until = min(until, .distantFuture)
        var result: [Regime] = []
        var cursor = max(from, .distantPast)
        while cursor < until {
            let regime = regime(at: cursor)
            result.append(regime)
            cursor = regime.until
        }
        return result
    }

    public static func == (a: Zone, b: Zone) -> Bool { a === b || (a.name == b.name && a.sha256 == b.sha256) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(sha256)
    }

    /// The name.
    public var description: String { name }

    /// The last start that is not later.
    private func index(at time: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }
}

/// A stretch of constant offset from UTC, `from..<until`.
public struct Regime: Hashable, Sendable {
    /// Seconds east of UTC.
    public var offset: Int
    /// The first instant.
    public var from: Instant
    /// The first instant after it.
    public var until: Instant

    /// - Parameters:
    ///   - offset: Seconds east of UTC.
    ///   - from: The first instant.
    ///   - until: The first instant after it, later than `from`.
    public init(offset: Int, from: Instant, until: Instant) {
        self.offset = offset
        self.from = from
        self.until = until
    }

    /// The instant at which a clock with this offset reads so; it may lie outside the stretch.
    func instant(clock: Int64) -> Instant { Instant(milliseconds: clock - Int64(offset) * 1000) }

    /// What the clock reads, as milliseconds since 1970-01-01T00:00 on the same clock.
    func clock(at instant: Instant) -> Int64 { instant.milliseconds + Int64(offset) * 1000 }
}

/// A zone's changes in the form that is searched: neighbours differ in offset, and the rule is written out for a while.
private struct ZoneTable {
    var starts: [Int64] = []
    var offsets: [Int32] = []
    var rule: ZoneRule?
    var ruleStart = Int64.max

    init(_ file: ZoneFile) {
        let constant = file.rule.flatMap(\.constant)
        if file.transitions.isEmpty, let footer = file.rule {
            // The footer then holds at every instant; RFC 9636, section 3.2, "transition times".
            guard let constant else {
                rule = footer
                ruleStart = .min
                return
            }
            append(.min, constant)
            return
        }
        append(.min, file.initialOffset)
        for transition in file.transitions { append(clamped(transition.second), transition.offset) }
        guard let footer = file.rule, constant == nil, let last = file.transitions.last else { return }
        // A table is quicker than the rule, so the years in which calls are gated are written out, up to 2100-01-01.
        // A rule from before 1800 is no real zone's, and writing it out could take for ever.
        let written: ClosedRange<Int64> = -5_364_662_400_000...4_102_444_800_000
        var cursor = Instant(milliseconds: clamped(last.second))
        if cursor.milliseconds >= written.lowerBound {
            repeat {
                cursor = footer.regime(at: cursor).until
                append(cursor.milliseconds, footer.regime(at: cursor).offset)
            } while cursor.milliseconds < written.upperBound
        }
        rule = footer
        ruleStart = cursor.milliseconds
    }

    private func clamped(_ second: Int64) -> Int64 {
        let (milliseconds, overflow) = second.multipliedReportingOverflow(by: 1000)
        let (past, future) = (Instant.distantPast.milliseconds, Instant.distantFuture.milliseconds)
        return overflow ? (second < 0 ? past : future) : min(max(milliseconds, past), future)
    }

    private mutating func append(_ start: Int64, _ offset: Int) {
        if starts.last == start {
            // Two changes at one instant, as at a leap second: the later one counts.
            starts.removeLast()
            offsets.removeLast()
        }
        if let last = offsets.last, last == Int32(offset) { return }
        starts.append(start)
        offsets.append(Int32(offset))
    }
}
