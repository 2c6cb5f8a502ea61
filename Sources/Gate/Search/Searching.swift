import GateModel
import Ledger
import Storage

extension Gate {
    /// Decisions, the newest first, and the cursor to go on from; nil at the end. What is recorded meanwhile moves nothing
    /// from one page to another.
    public func decisions(_ filter: DecisionFilter) async -> Result<(found: [FoundDecision], cursor: Int64?), GateError>
    {
        await looking { reading, due in
            var found: [FoundDecision] = []
            let last = try self.each(filter, reading, due) { decision in
                found.append(decision)
                return found.count < filter.limit
            }
            return .success((found, last))
        }
    }

    /// Reads what a filter finds, the newest first, until `body` answers no.
    ///
    /// - Returns: The last sequence that was told; nil where it was read to the end.
    func each(
        _ filter: DecisionFilter, _ reading: any StoreReading, _ due: Instant,
        _ body: (FoundDecision) throws -> Bool
    ) throws -> Int64? {
        var query = try filter.query(keyFile.ledger, reading, due: due)
        while true {
            let sequences = try reading.decisions(query, limit: filter.limit)
            let reports = ReportsRead(reading, keyFile.ledger)
            for sequence in sequences {
                guard let entry = try reading.entry(sequence), let decision = try found(entry, reports, due),
                    filter.admits(decision)
                else { continue }
                if try !body(decision) { return sequence }
            }
            guard let last = sequences.last, sequences.count == filter.limit else { return nil }
            query.range = min(query.range.lowerBound, last)..<last
        }
    }
}
