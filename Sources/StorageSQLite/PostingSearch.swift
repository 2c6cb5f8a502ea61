import GRDB
import Ledger
import Storage

/// One search over stored postings and those in memory: chunk by chunk, the newest first, sets are cut with each other.
final class PostingSearch {
    /// What is united before it is cut with the others.
    private struct Source {
        /// The numbers of stored terms.
        var stored: [Int64]
        var recent: [[Int64: [UInt16]]]
        /// The chunks that `recent` has something in, ascending; those passed by are dropped.
        var chunks: [Int64]

        init(stored: [Int64], recent: [[Int64: [UInt16]]]) {
            self.stored = stored
            self.recent = recent
            chunks = Set(recent.flatMap(\.keys)).sorted()
        }
    }

    private let db: Database
    private let table: PostingTable
    private let recent: Postings
    private let range: Range<Int64>
    private var sources: [Source] = []
    private var without: Source
    private let latest: BulkQuery
    private let members: BulkQuery

    /// - Parameters:
    ///   - mentions: For each key of the query, the sequences that it finds.
    ///   - head: The last entry of the view.
    init(_ index: Database, _ query: DecisionQuery, recent: Postings, mentions: [[Int64]], head: Int64) throws {
        db = index
        table = PostingTable(index)
        self.recent = recent
        let end = min(query.range.upperBound, head + 1)
        range = min(max(1, query.range.lowerBound), end)..<end
        latest = try BulkQuery(index, "SELECT id FROM posting WHERE id <= ? ORDER BY id DESC LIMIT 1")
        members = try BulkQuery(index, "SELECT places FROM posting WHERE id = ?")
        without = Source(stored: [], recent: [])
        without = try source(query.without)
        for sequences in mentions {
            let places = sequences.map(ChunkBits.place)
            sources.append(
                Source(
                    stored: [], recent: [Dictionary(grouping: places, by: \.chunk).mapValues { $0.map(\.place) }]))
        }
        for group in query.groups { sources.append(try source(group)) }
        // A key finds outcomes and consents as well.
        sources.append(try source([SearchTerm(.decision)]))
    }

    private func source(_ terms: [SearchTerm]) throws -> Source {
        Source(stored: try terms.compactMap(table.number), recent: terms.compactMap { recent.terms[$0] })
    }

    /// The newest first.
    func sequences(limit: Int) throws -> [Int64] {
        var found: [Int64] = []
        try each { chunk, bits in
            for place in bits.last(limit - found.count) { found.append(chunk << 16 | Int64(place)) }
            return found.count < limit
        }
        return found
    }

    /// - Parameter isUnfiltered: Whether nothing but the range cuts a term's decisions, so that stored counts do.
    func counts(by kind: SearchTerm.Kind, isUnfiltered: Bool) throws -> [String: Int] {
        var chunks: [Int64: ChunkBits] = [:]
        if !isUnfiltered {
            try each { chunk, bits in
                chunks[chunk] = bits
                return true
            }
        }
        var counts: [String: Int] = [:]
        var stored = Dictionary(uniqueKeysWithValues: try table.terms(kind).map { ($0.text, $0.number) })
        for term in recent.terms.keys where term.kind == kind && stored[term.text] == nil { stored[term.text] = 0 }
        let counted = try BulkQuery(db, "SELECT id, count FROM posting WHERE id >= ? ORDER BY id")
        for (text, number) in stored {
            var count = 0
            var fresh = recent.terms[SearchTerm(kind, text)] ?? [:]
            var rows: [(chunk: Int64, count: Int)] = []
            if number > 0 {
                try counted.rows(PostingTable.id(number, 0)) { row in
                    let id = row.integer(0)
                    guard PostingTable.term(ofID: id) == number else { return false }
                    rows.append((PostingTable.chunk(ofID: id), Int(row.integer(1))))
                    return true
                }
            }
            for (chunk, whole) in rows {
                let places = fresh.removeValue(forKey: chunk)
                if isUnfiltered && places == nil && isWhole(chunk) {
                    count += whole
                } else if isUnfiltered || chunks[chunk] != nil {
                    count += try self.count(number, places, chunk, within: chunks[chunk])
                }
            }
            for (chunk, places) in fresh where isUnfiltered || chunks[chunk] != nil {
                count += try self.count(nil, places, chunk, within: chunks[chunk])
            }
            if count > 0 { counts[text] = count }
        }
        return counts
    }

    private func count(_ number: Int64?, _ places: [UInt16]?, _ chunk: Int64, within filter: ChunkBits?) throws -> Int {
        var bits = ChunkBits()
        if let number { try insert(&bits, number, chunk) }
        if let places { bits.insert(places) }
        return filter.map { bits.count(commonWith: $0) } ?? bits.count(in: self.places(of: chunk))
    }

    /// How many in each stretch between bounds.
    func counts(between bounds: [Int64]) throws -> [Int] {
        var counts = [Int](repeating: 0, count: max(0, bounds.count - 1))
        // The stretch that the last place of the chunk lies in, or one before it.
        var stretch = counts.count - 1
        try each { chunk, bits in
            let start = chunk << 16
            while stretch >= 0, bounds[stretch] >= start + Int64(ChunkBits.places) { stretch -= 1 }
            var index = stretch
            while index >= 0, bounds[index + 1] > start {
                let low = max(bounds[index], start) - start
                let high = min(bounds[index + 1], start + Int64(ChunkBits.places)) - start
                counts[index] += bits.count(in: Int(low)..<Int(max(low, high)))
                index -= 1
            }
            return stretch >= 0
        }
        return counts
    }

    // MARK: Chunk by chunk

    /// - Parameter body: Told of each chunk with something in it, the newest first; answers whether to go on.
    private func each(_ body: (Int64, ChunkBits) throws -> Bool) throws {
        guard !range.isEmpty else { return }
        var chunk = (range.upperBound - 1) >> 16
        walk: while chunk >= range.lowerBound >> 16 {
            // A chunk that one of them has nothing in is passed over, however many there are.
            for index in sources.indices {
                guard let at = try latest(&sources[index], upTo: chunk) else { return }
                if at < chunk {
                    chunk = at
                    continue walk
                }
            }
            var bits = try self.bits(sources[0], chunk)
            for source in sources.dropFirst() { bits.formIntersection(try self.bits(source, chunk)) }
            if !without.stored.isEmpty || !without.recent.isEmpty { bits.subtract(try self.bits(without, chunk)) }
            if !isWhole(chunk) { bits.formIntersection(places(of: chunk)) }
            if !bits.isEmpty, try !body(chunk, bits) { return }
            chunk -= 1
        }
    }

    /// Whether a chunk lies in the range from end to end.
    private func isWhole(_ chunk: Int64) -> Bool { places(of: chunk) == 0..<ChunkBits.places }

    private func places(of chunk: Int64) -> Range<Int> {
        let start = chunk << 16
        let low = min(max(0, range.lowerBound - start), Int64(ChunkBits.places))
        let high = min(max(low, range.upperBound - start), Int64(ChunkBits.places))
        return Int(low)..<Int(high)
    }

    /// The last chunk up to this one that a source has something in.
    private func latest(_ source: inout Source, upTo chunk: Int64) throws -> Int64? {
        while let last = source.chunks.last, last > chunk { source.chunks.removeLast() }
        var found = source.chunks.last
        for number in source.stored where found != chunk {
            try latest.rows(PostingTable.id(number, chunk)) { row in
                let id = row.integer(0)
                if PostingTable.term(ofID: id) == number { found = max(found ?? 0, PostingTable.chunk(ofID: id)) }
                return false
            }
        }
        return found
    }

    private func bits(_ source: Source, _ chunk: Int64) throws -> ChunkBits {
        var bits = ChunkBits()
        for number in source.stored { try insert(&bits, number, chunk) }
        for places in source.recent { if let places = places[chunk] { bits.insert(places) } }
        return bits
    }

    private func insert(_ bits: inout ChunkBits, _ number: Int64, _ chunk: Int64) throws {
        try members.rows(PostingTable.id(number, chunk)) { row in
            bits.insert(stored: row.buffer(0))
            return false
        }
    }
}
