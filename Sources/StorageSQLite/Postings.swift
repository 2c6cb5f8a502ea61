import GRDB
import GateModel
import Ledger
import Storage

/// What the index needs of an entry.
struct IndexedEntry {
    var sequence: Int64
    var kind: EntryKind?
    var keys: [LookupKey]
    var settles: Int64?
    var core: [UInt8]
    var personal: [UInt8]?

    /// What tells it from an entry of another log at the same place.
    var identity: [UInt8] { EntryCore.id(in: core)?.bytes ?? Array(core.prefix(64)) }
    /// When it was made, in milliseconds; 0 where that cannot be read.
    var at: Int64 { EntryCore.id(in: core)?.at.milliseconds ?? 0 }

    /// Reads entries in order, the first after `sequence`.
    static func each(
        _ db: Database, _ cores: CorePacking, after sequence: Int64, limit: Int, _ body: (IndexedEntry) throws -> Void
    ) throws {
        let query = try BulkQuery(
            db,
            """
            SELECT sequence, kind, keys, settles, core, personal FROM entry
            WHERE sequence > ? ORDER BY sequence LIMIT \(limit)
            """)
        try query.rows(sequence) { row in
            try body(
                IndexedEntry(
                    sequence: row.integer(0), kind: EntryKind(rawValue: Int(row.integer(1))), keys: row.keys(2),
                    settles: row.optionalInteger(3), core: cores.unpack(row.buffer(4), db), personal: row.bytes(5)))
            return true
        }
    }
}

/// Which decisions have which terms, of a stretch of entries that is held in memory: those about to be stored, or those
/// behind the watermark.
struct Postings: Sendable {
    /// Term → chunk → places, in no order where outcomes came in another.
    private(set) var terms: [SearchTerm: [Int64: [UInt16]]] = [:]
    /// Quarter of an hour since 1970 → its first entry. Each begins later than the one before.
    private(set) var quarters: [(quarter: Int64, sequence: Int64)] = []
    static let quarter: Int64 = 15 * 60 * 1000

    mutating func add(_ entry: IndexedEntry) {
        let quarter = entry.at / Postings.quarter
        if quarters.last.map({ $0.quarter < quarter }) ?? true { quarters.append((quarter, entry.sequence)) }
        guard let kind = entry.kind,
            let found = SearchTerms(kind, sequence: entry.sequence, core: entry.core, personal: entry.personal)
        else { return }
        let (chunk, place) = ChunkBits.place(found.decision)
        for term in found.terms { terms[term, default: [:]][chunk, default: []].append(place) }
    }
}

/// The postings of what is behind the watermark, kept up by whoever searches.
struct RecentPostings: Sendable {
    /// What `postings` begin behind; -1 for none.
    private var watermark: Int64 = -1
    private var known: Int64 = -1
    private var postings = Postings()

    /// Takes in what the view shows behind the watermark. O(new entries).
    mutating func take(_ log: Database, _ cores: CorePacking, behind watermark: Int64) throws -> Postings {
        if self.watermark != watermark {
            (self.watermark, known, postings) = (watermark, watermark, Postings())
        }
        try IndexedEntry.each(log, cores, after: known, limit: Int(Int32.max)) { entry in
            postings.add(entry)
            known = entry.sequence
        }
        return postings
    }

    mutating func forget() { self = RecentPostings() }
}
