import GRDB
import Ledger
import Synchronization

/// Where the committed entries that are not indexed yet are found, in memory.
struct Tail: Sendable {
    /// One key of one entry, linked to the entry before it that has the same key.
    private struct Mention {
        var key: LookupKey
        var sequence: Int64
        /// Position of the earlier mention; -1 for none.
        var previous: Int
    }

    /// Everything up to here is in the index.
    private(set) var watermark: Int64
    /// Everything up to here is in the index or in this tail.
    private(set) var known: Int64
    private var mentions: [Mention] = []
    /// The position of `mentions[0]`; positions only grow.
    private var base = 0
    /// Positions before this one are let go of.
    private var first = 0
    /// Key → position of its latest mention.
    private var latest: [LookupKey: Int] = [:]

    init(watermark: Int64) {
        self.watermark = watermark
        known = watermark
    }

    /// In order. O(found).
    func sequences(_ key: LookupKey) -> [Int64] {
        guard var position = latest[key] else { return [] }
        var found: [Int64] = []
        while position >= first {
            found.append(mentions[position - base].sequence)
            position = mentions[position - base].previous
        }
        return found.reversed()
    }

    /// Takes in a committed entry; one that another reader has taken in already changes nothing.
    mutating func add(_ sequence: Int64, _ keys: [LookupKey]) {
        guard sequence > known else { return }
        for key in keys {
            let position = base + mentions.count
            let previous = latest.updateValue(position, forKey: key) ?? -1
            mentions.append(Mention(key: key, sequence: sequence, previous: previous))
        }
        known = sequence
    }

    /// Reads what was appended by others, or at start. O(new entries).
    ///
    /// - Throws: ``StorageError/damaged(_:)`` where an entry is missing.
    mutating func catchUp(_ log: Database) throws {
        let statement = try log.cachedStatement(
            sql: "SELECT sequence, keys FROM entry WHERE sequence > ? ORDER BY sequence")
        let rows = try Row.fetchCursor(statement, arguments: [known])
        while let row = try rows.next() {
            let sequence: Int64 = row[0]
            // What another process has indexed and sealed meanwhile is found by the index.
            if sequence > known + 1 {
                try SegmentTable.require(known + 1...sequence - 1, in: SegmentTable.readable(log))
            }
            add(sequence, LookupKey.list(row[1]))
        }
    }

    /// Notes what the index now holds. It is let go by ``prune()``, not here: a group under way may still look at the
    /// index as it was before.
    mutating func advance(to sequence: Int64) {
        watermark = max(watermark, sequence)
        known = max(known, watermark)
    }

    /// Lets go of what the index holds. O(what is let go).
    mutating func prune() {
        while first - base < mentions.count, mentions[first - base].sequence <= watermark {
            let key = mentions[first - base].key
            if latest[key] == first { latest[key] = nil }
            first += 1
        }
        if first - base > max(1024, mentions.count / 2) {
            mentions.removeFirst(first - base)
            base = first
        }
    }
}

/// The tail behind its lock, shared by everything that reads and writes one store. Only what is committed stands in it.
final class SharedTail: Sendable {
    let state: Mutex<Tail>
    let postings = Mutex(RecentPostings())
    let cores: CorePacking
    init(watermark: Int64, cores: CorePacking) {
        state = Mutex(Tail(watermark: watermark))
        self.cores = cores
    }
}
