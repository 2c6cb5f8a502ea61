import Foundation
import GRDB
import Ledger

/// The stored postings: for each term and each chunk of 65,536 entries, which decisions have the term.
///
/// A row's id is the term's number and the chunk, so that the rows of one term stand side by side in the order of the log.
struct PostingTable {
    let db: Database

    init(_ db: Database) { self.db = db }

    static func id(_ term: Int64, _ chunk: Int64) -> Int64 { term << 32 | chunk }
    static func chunk(ofID id: Int64) -> Int64 { id & 0xFFFF_FFFF }
    static func term(ofID id: Int64) -> Int64 { id >> 32 }

    /// The number of a term; nil where nothing has it.
    func number(of term: SearchTerm) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT id FROM term WHERE kind = ? AND text = ?")
        return try Int64.fetchOne(statement, arguments: [term.kind.rawValue, term.text])
    }

    /// Every term of a kind.
    func terms(_ kind: SearchTerm.Kind) throws -> [(number: Int64, text: String)] {
        try Row.fetchAll(db, sql: "SELECT id, text FROM term WHERE kind = ?", arguments: [kind.rawValue]).map {
            ($0[0], $0[1])
        }
    }

    /// Adds what a stretch of entries says. To add the same again changes nothing.
    func add(_ postings: Postings) throws {
        for (term, chunks) in postings.terms {
            let number = try number(of: term) ?? insert(term)
            for (chunk, places) in chunks {
                let id = PostingTable.id(number, chunk)
                var bits = try bits(id) ?? ChunkBits()
                bits.insert(places)
                try store(bits, id)
            }
        }
        let quarter = try db.cachedStatement(sql: "INSERT OR IGNORE INTO quarter VALUES (?, ?)")
        for mark in postings.quarters { try quarter.execute(arguments: [mark.quarter, mark.sequence]) }
    }

    private func insert(_ term: SearchTerm) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "INSERT INTO term (kind, text) VALUES (?, ?)")
        try statement.execute(arguments: [term.kind.rawValue, term.text])
        return db.lastInsertedRowID
    }

    private func bits(_ id: Int64) throws -> ChunkBits? {
        var bits: ChunkBits?
        try BulkQuery(db, "SELECT places FROM posting WHERE id = ?").rows(id) { row in
            var stored = ChunkBits()
            stored.insert(stored: row.buffer(0))
            bits = stored
            return false
        }
        return bits
    }

    private func store(_ bits: ChunkBits, _ id: Int64) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO posting VALUES (?, ?, ?)")
        try statement.execute(arguments: [id, bits.count, bits.stored])
    }

    /// Takes decisions out of all terms of a kind; a term that nothing has any more goes as well.
    func forget(_ kind: SearchTerm.Kind, of sequences: [Int64]) throws {
        let chunks = Dictionary(grouping: sequences.map(ChunkBits.place), by: \.chunk)
        for (number, _) in try terms(kind) {
            for (chunk, places) in chunks {
                let id = PostingTable.id(number, chunk)
                guard var bits = try bits(id) else { continue }
                let before = bits.count
                bits.remove(places.map(\.place))
                if bits.isEmpty {
                    try db.execute(sql: "DELETE FROM posting WHERE id = ?", arguments: [id])
                } else if bits.count != before {
                    try store(bits, id)
                }
            }
            try forgetUnused(number)
        }
    }

    /// Takes a stretch of the log out of all terms; a term that nothing has any more goes as well.
    func forget(_ stretch: ClosedRange<Int64>) throws {
        let chunks = (ChunkBits.place(stretch.lowerBound).chunk, ChunkBits.place(stretch.upperBound).chunk)
        for number in try Int64.fetchAll(db, sql: "SELECT id FROM term") {
            let ids = try Int64.fetchAll(
                db, sql: "SELECT id FROM posting WHERE id BETWEEN ? AND ?",
                arguments: [PostingTable.id(number, chunks.0), PostingTable.id(number, chunks.1)])
            for id in ids {
                guard var bits = try bits(id) else { continue }
                let start = PostingTable.chunk(ofID: id) << 16
                let low = max(stretch.lowerBound - start, 0)
                let high = min(stretch.upperBound - start, Int64(ChunkBits.places) - 1)
                var gone = bits
                gone.formIntersection(Int(low)..<Int(high) + 1)
                bits.subtract(gone)
                if bits.isEmpty {
                    try db.execute(sql: "DELETE FROM posting WHERE id = ?", arguments: [id])
                } else {
                    try store(bits, id)
                }
            }
            try forgetUnused(number)
        }
    }

    private func forgetUnused(_ term: Int64) throws {
        try db.execute(
            sql: "DELETE FROM term WHERE id = ? AND NOT EXISTS (SELECT 1 FROM posting WHERE id BETWEEN ? AND ?)",
            arguments: [term, PostingTable.id(term, 0), PostingTable.id(term, 0xFFFF_FFFF)])
    }
}
