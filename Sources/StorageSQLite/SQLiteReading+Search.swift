import Foundation
import GRDB
import GateModel
import Ledger
import Storage

extension SQLiteReading {
    func decisions(_ query: DecisionQuery, limit: Int) throws -> [Int64] {
        try searching(query) { try $0.sequences(limit: limit) }
    }

    func countDecisions(_ query: DecisionQuery, by kind: SearchTerm.Kind) throws -> [String: Int] {
        let isUnfiltered = query.groups.isEmpty && query.without.isEmpty && query.keys.isEmpty
        return try searching(query) { try $0.counts(by: kind, isUnfiltered: isUnfiltered) }
    }

    func countDecisions(_ query: DecisionQuery, between bounds: [Int64]) throws -> [Int] {
        try searching(query) { try $0.counts(between: bounds) }
    }

    /// Runs a search over one view of the index and what is behind its watermark.
    private func searching<T>(_ query: DecisionQuery, _ body: (PostingSearch) throws -> T) throws -> T {
        let head = try head()
        // The tail before the index, as for one key.
        let recent = query.keys.map { recentSequences($0) }
        var result: T?
        _ = try index { db in
            let mention = try db.cachedStatement(sql: "SELECT sequence FROM mention WHERE key = ? ORDER BY sequence")
            let mentions = try zip(query.keys, recent).map { key, recent in
                let indexed = try Int64.fetchAll(mention, arguments: [key.indexed])
                return indexed + recent.filter { $0 > indexed.last ?? 0 }
            }
            result = try body(
                PostingSearch(db, query, recent: recentPostings(db), mentions: mentions, head: head))
            return []
        }
        guard let result else { preconditionFailure("the index runs what it is given") }
        return result
    }

    // MARK: Time

    func sequences(notBefore instants: [Instant]) throws -> [Int64] {
        let head = try head()
        var sequences = [Int64](repeating: head + 1, count: instants.count)
        _ = try index { db in
            let select = "SELECT sequence FROM quarter WHERE quarter"
            let before = try BulkQuery(db, "\(select) <= ? ORDER BY quarter DESC LIMIT 1")
            let behind = try BulkQuery(db, "\(select) >= ? ORDER BY quarter LIMIT 1")
            let watermark = try IndexFile.watermark(db).sequence
            func first(_ query: BulkQuery, _ quarter: Int64) throws -> Int64? {
                var found: Int64?
                try query.rows(quarter) { row in
                    found = row.integer(0)
                    return false
                }
                return found
            }
            for (place, instant) in instants.enumerated() {
                let (quarter, rest) = instant.milliseconds.quotientAndRemainder(dividingBy: Postings.quarter)
                // An entry at a quarter's beginning is the quarter's first; behind the watermark no quarter is marked.
                if rest == 0, let known = try first(behind, quarter) {
                    sequences[place] = known
                    continue
                }
                let low = try rest == 0 ? watermark + 1 : first(before, quarter) ?? 1
                let high = min(try first(behind, quarter + 1) ?? head + 1, head + 1)
                sequences[place] = try firstEntry(notBefore: instant, in: min(low, high)..<high)
            }
            return []
        }
        return sequences
    }

    /// By halving; sequences that are gone are passed over.
    private func firstEntry(notBefore instant: Instant, in range: Range<Int64>) throws -> Int64 {
        var (low, high) = (range.lowerBound, range.upperBound)
        var found = high
        while low < high {
            let middle = (low + high) / 2
            let entry = try entries(after: middle - 1, limit: 1).first
            let sequence = entry?.sequence ?? range.upperBound
            let at = entry.map { EntryCore.id(in: $0.core)?.at ?? .distantPast } ?? .distantFuture
            if at < instant {
                low = sequence + 1
            } else {
                (high, found) = (middle, sequence)
            }
        }
        return min(found, range.upperBound)
    }
}
