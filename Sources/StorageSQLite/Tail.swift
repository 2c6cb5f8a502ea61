import GRDB
import Ledger
import Synchronization

/// Where the committed entries that are not indexed yet are found, in memory.
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

    /// Takes in a committed entry; one that another reader has taken in already changes nothing.
    mutating func add(_ sequence: Int64, _ keys: [LookupKey]) {
        guard sequence > known else { return }
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
            let key = order[first].key
            first += 1
            // Each key is cut once: what is left of it begins after the watermark.
            guard let oldest = sequences[key]?.first, oldest <= watermark else { continue }
            sequences[key]?.removeAll { $0 <= watermark }
            if sequences[key]?.isEmpty ?? false { sequences[key] = nil }
        }
        if first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
    }
}

/// The tail behind its lock, shared by everything that reads and writes one store. Only what is committed stands in it.
final class SharedTail: Sendable {
    let state: Mutex<Tail>
    init(watermark: Int64) { state = Mutex(Tail(watermark: watermark)) }
}
