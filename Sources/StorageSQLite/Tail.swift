import GRDB
import Ledger

/// Where the entries that are not indexed yet are found, in memory.
struct Tail: Sendable {
    /// Everything up to here is in the index.
    private(set) var watermark: Int64
    /// Everything up to here is in the index or in this tail.
    private(set) var known: Int64
    private var sequences: [LookupKey: [Int64]] = [:]
    private var order: [(key: LookupKey, sequence: Int64)] = []
    private var first = 0

    init(watermark: Int64) {
        self.watermark = watermark
        known = watermark
    }

    func sequences(_ key: LookupKey) -> [Int64] { sequences[key] ?? [] }

    mutating func add(_ sequence: Int64, _ keys: [LookupKey]) {
        for key in keys {
            sequences[key, default: []].append(sequence)
            order.append((key, sequence))
        }
        known = sequence
    }

    /// Reads what was appended by others, or at start. O(new entries).
    mutating func catchUp(_ log: Database) throws {
        let statement = try log.cachedStatement(sql: "SELECT sequence, keys FROM entry WHERE sequence > ? ORDER BY sequence")
        let rows = try Row.fetchCursor(statement, arguments: [known])
        while let row = try rows.next() { add(row[0], LookupKey.list(row[1])) }
    }

    /// Lets go of what the index now holds. O(what is let go).
    mutating func advance(to sequence: Int64) {
        watermark = max(watermark, sequence)
        known = max(known, watermark)
        while first < order.count, order[first].sequence <= watermark {
            let (key, sequence) = order[first]
            sequences[key]?.removeAll { $0 == sequence }
            if sequences[key]?.isEmpty ?? false { sequences[key] = nil }
            first += 1
        }
        if first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
    }

    /// Drops what is not known to be stored; the next reader catches up from the log.
    mutating func forget() { self = Tail(watermark: watermark) }
}
