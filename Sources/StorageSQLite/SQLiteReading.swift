import Foundation
import GRDB
import GateModel
import Ledger
import Storage

/// One consistent view of the log.
class SQLiteReading: StoreReading {
    let log: Database
    let tail: SharedTail
    let files: SegmentFiles
    /// Runs a query on the index.
    let index: ((Database) throws -> [Int64]) throws -> [Int64]

    init(
        log: Database, tail: SharedTail, files: SegmentFiles,
        index: @escaping ((Database) throws -> [Int64]) throws -> [Int64]
    ) {
        self.log = log
        self.tail = tail
        self.files = files
        self.index = index
    }

    /// The postings of the entries that a view of the index does not hold.
    func recentPostings(_ index: Database) throws -> Postings {
        let watermark = try IndexFile.watermark(index).sequence
        return try tail.postings.withLock { try $0.take(log, tail.cores, behind: watermark) }
    }

    /// Brings the tail up to what others have appended.
    func catchUp() throws {
        let head = try head()
        try tail.state.withLock { if $0.known < head { try $0.catchUp(log) } }
    }

    func head() throws -> Int64 {
        try Int64.fetchOne(try log.cachedStatement(sql: "SELECT max(sequence) FROM entry")) ?? 0
    }

    func entry(_ sequence: Int64) throws -> StoredEntry? {
        if let entry = try StoredEntry.fetch(log, tail.cores, "sequence = ?", [sequence]).first { return entry }
        return try sealed(sequence...sequence, limit: 1).first
    }

    func entries(after sequence: Int64, limit: Int) throws -> [StoredEntry] {
        let own = try StoredEntry.fetch(log, tail.cores, "sequence > ? ORDER BY sequence LIMIT ?", [sequence, limit])
        // The log's database always has the last entry: where it has none, there is none.
        guard let first = own.first?.sequence, first > sequence + 1 else { return own }
        let earlier = try sealed(sequence + 1...first - 1, limit: limit)
        return earlier + own.prefix(limit - earlier.count)
    }

    func entries(before sequence: Int64, limit: Int) throws -> [StoredEntry] {
        let own = try StoredEntry.fetch(
            log, tail.cores, "sequence < ? ORDER BY sequence DESC LIMIT ?", [sequence, limit])
        let first = own.last?.sequence ?? sequence
        guard own.count < limit, first > 1 else { return own }
        return try own + sealed(1...first - 1, limit: limit - own.count, newestFirst: true)
    }

    func removable(_ kind: EntryKind, after sequence: Int64, through last: Int64, limit: Int) throws -> [StoredEntry] {
        guard sequence < last else { return [] }
        // In the words of the index, so that it is used.
        let condition =
            kind.rawValue > 4 ? DatabaseMigrator.removable : "(removed_by IS NULL OR keys IS NOT NULL)"
        let first = try Int64.fetchOne(log, sql: "SELECT min(sequence) FROM entry") ?? 0
        var found: [StoredEntry] = []
        if first > sequence + 1 {
            let range = sequence + 1...min(first - 1, last)
            found = try sealedRemovable(kind.rawValue, condition, range, limit: limit)
        }
        return try found
            + StoredEntry.fetch(
                log, tail.cores,
                condition + " AND kind = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
                [kind.rawValue, sequence, last, limit - found.count])
    }

    /// The entries of a key that may not be in the index yet, in order.
    func recentSequences(_ key: LookupKey) -> [Int64] { tail.state.withLock { $0.sequences(key) } }

    func entries(by key: LookupKey) throws -> [StoredEntry] {
        // The tail before the index: what leaves the tail in between is in the index by then.
        let recent = recentSequences(key)
        let indexed = try index { db in
            let statement = try db.cachedStatement(sql: "SELECT sequence FROM mention WHERE key = ? ORDER BY sequence")
            return try Int64.fetchAll(statement, arguments: [key.indexed])
        }
        var sequences = indexed
        for sequence in recent where !(indexed.last.map { $0 >= sequence } ?? false) { sequences.append(sequence) }
        var found = try StoredEntry.fetch(log, tail.cores, of: sequences)
        try addSealed(sequences, to: &found)
        try requireAll(indexed, found)
        // An index may still name what was removed, or another key that begins alike.
        return sequences.compactMap { found[$0] }.filter { $0.keys.contains(key) }
    }

    func entries(by keys: [LookupKey]) throws -> [[StoredEntry]] {
        // The tail before the index, as for one key.
        var sequences = keys.map { recentSequences($0) }
        var allIndexed: [Int64] = []
        _ = try index { db in
            try BulkQuery(db, "SELECT sequence FROM mention WHERE key = ? ORDER BY sequence").each(keys.indices) {
                query in
                let place = query.place
                query.bind(keys[place].indexed)
                var indexed: [Int64] = []
                while try query.step() { indexed.append(query.integer(0)) }
                guard let last = indexed.last else { return }
                allIndexed += indexed
                sequences[place] = indexed + sequences[place].filter { $0 > last }
            }
            return []
        }
        let wanted = Array(Set(sequences.joined())).sorted()
        var found = try StoredEntry.fetch(log, tail.cores, of: wanted)
        try addSealed(wanted, to: &found)
        try requireAll(allIndexed, found)
        return zip(keys, sequences).map { key, sequences in
            sequences.compactMap { found[$0] }.filter { $0.keys.contains(key) }
        }
    }

    /// An entry that the index knows is there, unless it was dropped with its segment, or came after this view. One that is
    /// not may have been a refusal: nothing is decided without it.
    private func requireAll(_ indexed: [Int64], _ found: [Int64: StoredEntry]) throws {
        let missing = indexed.filter { found[$0] == nil }
        guard !missing.isEmpty else { return }
        let (first, last) = (try SegmentTable.last(log), try head())
        if let gone = missing.first(where: { $0 > first && $0 <= last }) {
            throw StorageError.damaged("entry \(gone) is missing in the log; see `callgate log verify`")
        }
    }

    func secrets(_ subjects: [Int64]) throws -> [[UInt8]?] {
        var secrets = [[UInt8]?](repeating: nil, count: subjects.count)
        try BulkQuery(log, "SELECT secret FROM subject WHERE id = ?").each(subjects.indices) { query in
            query.bind(subjects[query.place])
            if try query.step() { secrets[query.place] = query.bytes(0) }
        }
        return secrets
    }

    func secret(_ subject: Int64) throws -> [UInt8]? {
        let statement = try log.cachedStatement(sql: "SELECT secret FROM subject WHERE id = ?")
        return try Data.fetchOne(statement, arguments: [subject]).map { [UInt8]($0) }
    }

    func pinned(_ sha256: [UInt8]) throws -> [UInt8]? {
        try Data.fetchOne(log, sql: "SELECT bytes FROM pinned WHERE sha256 = ?", arguments: [Data(sha256)]).map {
            [UInt8]($0)
        }
    }

    func openAttempts(before: Instant, limit: Int) throws -> [Int64] {
        try index { db in
            try Int64.fetchAll(
                db, sql: "SELECT sequence FROM open_attempt WHERE decided_at < ? ORDER BY sequence LIMIT ?",
                arguments: [before.milliseconds, limit])
        }
    }

    func countOpenAttempts(before: Instant) throws -> Int {
        Int(
            try index { db in
                [
                    try Int64.fetchOne(
                        db, sql: "SELECT count(*) FROM open_attempt WHERE decided_at < ?",
                        arguments: [before.milliseconds])
                        ?? 0
                ]
            }[0])
    }
}

/// The one write transaction.
final class SQLiteTransaction: SQLiteReading, StoreTransaction {
    /// What this transaction appended. It joins the tail when it is committed: nobody finds what may never be stored.
    private(set) var appended: [(sequence: Int64, keys: [LookupKey])] = []
    private var sequences: [LookupKey: [Int64]] = [:]

    override func recentSequences(_ key: LookupKey) -> [Int64] {
        super.recentSequences(key) + (sequences[key] ?? [])
    }

    /// What is not committed must not be found by others.
    override func recentPostings(_ index: Database) throws -> Postings {
        var postings = RecentPostings()
        return try postings.take(log, tail.cores, behind: IndexFile.watermark(index).sequence)
    }

    /// SQLite lets one writer in at a time, on all keys at once.
    func lock(_ keys: [LookupKey]) throws {}

    func append(_ entry: StoredEntry) throws {
        let statement = try log.cachedStatement(
            sql:
                "INSERT INTO entry (sequence, kind, core, personal, subject, keys, settles) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        try statement.execute(arguments: [
            entry.sequence, entry.kind.rawValue, tail.cores.pack(entry.core), entry.personal.map { Data($0) },
            entry.subject,
            entry.keys.isEmpty ? nil : Data(entry.keys.flatMap(\.bytes)), entry.settles,
        ])
        appended.append((entry.sequence, entry.keys))
        for key in entry.keys { sequences[key, default: []].append(entry.sequence) }
    }

    func addSubject(_ secret: [UInt8]) throws -> Int64 {
        let statement = try log.cachedStatement(sql: "INSERT INTO subject (secret) VALUES (?)")
        try statement.execute(arguments: [Data(secret)])
        return log.lastInsertedRowID
    }

    func pin(_ sha256: [UInt8], _ bytes: [UInt8]) throws {
        try log.execute(
            sql: "INSERT OR IGNORE INTO pinned VALUES (?, ?)", arguments: [Data(sha256), Data(bytes)])
    }

    func redact(_ entry: StoredEntry, keeping keys: [LookupKey], bound remains: [UInt8], by remover: Int64) throws {
        let update = try log.cachedStatement(
            sql: """
                UPDATE entry SET personal = NULL, keys = ?, removed_by = coalesce(removed_by, ?), remains = ?
                WHERE sequence = ?
                """)
        try update.execute(arguments: [
            keys.isEmpty ? nil : Data(keys.flatMap(\.bytes)), remover, Data(remains), entry.sequence,
        ])
        try SegmentTable.redact(entry, keeping: keys, bound: remains, by: remover, log)
        try Expunging.add(entry.sequence, entry.keys.filter { !keys.contains($0) }, to: log)
    }

    func drop(_ segment: Segment, count: Int64, by remover: Int64) throws {
        try log.execute(
            sql: "UPDATE segment SET state = ?, dropped = ?, dropped_by = ? WHERE number = ? AND state = ?",
            arguments: [
                Segment.State.dropping.rawValue, count, remover, segment.number, Segment.State.sealed.rawValue,
            ])
        guard log.changesCount == 1 else {
            throw StorageError.unavailable("segment \(segment.number) is not sealed any more")
        }
    }

    func destroySecret(_ subject: Int64) throws {
        try log.execute(sql: "UPDATE subject SET secret = NULL WHERE id = ?", arguments: [subject])
        try Expunging.add(0, [], to: log)
    }
}

extension LookupKey {
    /// The keys of a row: 16 bytes each.
    static func list(_ data: Data?) -> [LookupKey] {
        guard let data else { return [] }
        return data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 15, by: 16).map { offset in
                LookupKey(
                    high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            }
        }
    }
}

extension StoredEntry {
    static func fetch(
        _ db: Database, _ cores: CorePacking, _ condition: String, _ arguments: StatementArguments
    ) throws -> [StoredEntry] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sequence, kind, core, personal, subject, keys, settles, removed_by FROM entry WHERE \(condition)
                """)
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            guard let kind = EntryKind(rawValue: row[1]) else {
                throw StorageError.damaged(
                    "entry \(row[0] as Int64) is of kind \(row[1] as Int), which this version does not know")
            }
            return try StoredEntry(
                sequence: row[0], kind: kind, core: (row[2] as Data).withUnsafeBytes { try cores.unpack($0, db) },
                personal: (row[3] as Data?).map { [UInt8]($0) },
                subject: row[4], keys: LookupKey.list(row[5]), settles: row[6], removedBy: row[7])
        }
    }

    /// Those of some entries that a database has.
    static func fetch(_ db: Database, _ cores: CorePacking, of sequences: [Int64]) throws -> [Int64: StoredEntry] {
        var found: [Int64: StoredEntry] = [:]
        found.reserveCapacity(sequences.count)
        let columns = "kind, core, personal, subject, keys, settles, removed_by"
        try BulkQuery(db, "SELECT \(columns) FROM entry WHERE sequence = ?").each(sequences.indices) { query in
            let sequence = sequences[query.place]
            query.bind(sequence)
            guard try query.step() else { return }
            guard let kind = EntryKind(rawValue: Int(query.integer(0))) else {
                throw StorageError.damaged(
                    "entry \(sequence) is of kind \(query.integer(0)), which this version does not know")
            }
            found[sequence] = try StoredEntry(
                sequence: sequence, kind: kind, core: cores.unpack(query.buffer(1), db), personal: query.bytes(2),
                subject: query.optionalInteger(3), keys: query.keys(4), settles: query.optionalInteger(5),
                removedBy: query.optionalInteger(6))
        }
        return found
    }
}
