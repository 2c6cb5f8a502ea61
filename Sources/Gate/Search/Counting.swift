import Calendars
import GateModel
import Ledger
import Storage

/// By what decisions are counted.
public enum Counting: String, CaseIterable, Sendable {
    case rule, kind, verdict, hour, day, campaign, vendor, outcome
}

extension Gate {
    /// How many decisions a filter finds, in parts: the greatest first, hours and days in their order. A part is left out
    /// where nothing is in it. A decision counts under each rule that it failed.
    ///
    /// - Parameter zone: Whose hours and days they are; nil for UTC.
    public func countDecisions(
        _ filter: DecisionFilter, by counting: Counting, in zone: Zone?
    ) async -> Result<[(value: String, count: Int)], GateError> {
        await looking { reading, due in
            switch counting {
            case .hour, .day:
                return .success(try self.count(filter, by: counting, in: zone, reading, due))
            default: break
            }
            var counts = try self.count(filter, by: counting, reading, due)
            if counting == .outcome {
                for open in [DecisionFilter.Outcome.open, DecisionFilter.Outcome.unreported] {
                    var filter = filter
                    // Whoever asks for one outcome asks for no other.
                    guard filter.outcome == nil || filter.outcome == open else { continue }
                    filter.outcome = open
                    let count = try self.count(filter, by: .verdict, reading, due).values.reduce(0, +)
                    if count > 0 { counts[open] = count }
                }
            }
            return .success(
                counts.map { (value: $0.key, count: $0.value) }.sorted { ($1.count, $0.value) < ($0.count, $1.value) })
        }
    }

    /// By anything but time.
    func count(
        _ filter: DecisionFilter, by counting: Counting, _ reading: any StoreReading, _ due: Instant
    ) throws -> [String: Int] {
        let isByOutcome = counting == .outcome || filter.outcome != nil
        var query = try filter.query(keyFile.ledger, reading, due: due)
        guard isByOutcome else { return try reading.countDecisions(query, by: counting.term) }
        query.without.append(SearchTerm(.contradicted))
        var counts = try reading.countDecisions(query, by: counting.term)
        // The few on which reports differ are judged one by one.
        try eachContradicted(filter, reading, due) { decision in
            for value in counting.values(of: decision) { counts[value, default: 0] += 1 }
        }
        return counts
    }

    private func eachContradicted(
        _ filter: DecisionFilter, _ reading: any StoreReading, _ due: Instant, _ body: (FoundDecision) -> Void
    ) throws {
        var query = try filter.query(keyFile.ledger, reading, due: due)
        query.groups.append([SearchTerm(.contradicted)])
        let reports = ReportsRead(reading, keyFile.ledger)
        for sequence in try reading.decisions(query, limit: .max) {
            guard let entry = try reading.entry(sequence), let decision = try found(entry, reports, due),
                filter.admits(decision)
            else { continue }
            body(decision)
        }
    }

    // MARK: Hours and days

    private func count(
        _ filter: DecisionFilter, by counting: Counting, in zone: Zone?, _ reading: any StoreReading, _ due: Instant
    ) throws -> [(value: String, count: Int)] {
        guard let first = try reading.entries(after: 0, limit: 1).first else { return [] }
        let from = max(filter.from ?? .distantPast, try EntryCore(bytes: first.core).at)
        // No entry is later than the last one's instant.
        guard let last = try reading.entries(before: .max, limit: 1).first else { return [] }
        let end = Instant(milliseconds: try EntryCore(bytes: last.core).at.milliseconds + 1)
        let to = min(filter.to ?? .distantFuture, end)
        guard from < to else { return [] }
        let starts = LocalPeriods(zone: zone).starts(of: counting == .hour ? .hours(1) : .days(1), from: from, to: to)
        let bounds = try reading.sequences(notBefore: starts) + [Int64.max]
        var query = try filter.query(keyFile.ledger, reading, due: due)
        if filter.outcome != nil { query.without.append(SearchTerm(.contradicted)) }
        var counts = try reading.countDecisions(query, between: bounds)
        if filter.outcome != nil {
            try eachContradicted(filter, reading, due) { decision in
                let at = decision.answer.record.at
                if let place = starts.lastIndex(where: { $0 <= at }) { counts[place] += 1 }
            }
        }
        return zip(starts, counts).compactMap { start, count in
            guard count > 0 else { return nil }
            let text =
                zone.map { start.rfc3339(offsetSeconds: $0.offset(at: start), milliseconds: true) } ?? start.rfc3339
            return (counting == .hour ? text : String(text.prefix(10)), count)
        }
    }
}

extension Counting {
    /// The terms that it goes by; of hours and days those of every decision.
    fileprivate var term: SearchTerm.Kind {
        switch self {
        case .rule: .rule
        case .kind: .reasonKind
        case .verdict: .verdict
        case .campaign: .campaign
        case .vendor: .vendor
        case .outcome: .outcome
        case .hour, .day: .decision
        }
    }

    fileprivate func values(of decision: FoundDecision) -> Set<String> {
        let record = decision.answer.record
        switch self {
        case .rule: return Set(record.judgement.reasons.map(\.rule))
        case .kind: return Set(record.judgement.reasons.map(\.kind.rawValue))
        case .verdict: return [record.judgement.verdict.rawValue]
        case .campaign: return Set([record.call.campaign].compactMap { $0 })
        case .vendor: return [record.call.vendor]
        case .outcome: return Set([decision.outcome].compactMap { $0 })
        case .hour, .day: return []
        }
    }
}
