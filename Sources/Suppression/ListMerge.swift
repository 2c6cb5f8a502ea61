/// A change laid over a version: what the list holds after it.
enum ListMerge {
    /// The entries of all; of answers about one number, the latest.
    ///
    /// - Parameters:
    ///   - changes: In the order in which they were made.
    ///   - base: Nil is an empty list.
    static func adding(
        _ changes: [ListSnapshot], to base: ListSnapshot?, _ definition: ListDefinition
    ) throws(SuppressionError) -> IndexContents {
        try check(base, definition)
        var contents = IndexContents(
            effect: definition.effect, coverage: definition.coverage, bitmaps: union(changes, base), dated: [],
            prefixes: [], covered: [], categories: try CategoryTable(base?.categories ?? []))
        var (dated, prefixes) = (base?.dated.all() ?? [], base?.prefixes.all() ?? [])
        let isAsked = definition.coverage == .asked
        for change in changes {
            // An answer's category is a place in a table of its own, the same for every version.
            dated +=
                isAsked ? change.dated.all() : try moved(change.dated, of: change, to: &contents.categories)
            prefixes += try moved(change.prefixes, of: change, to: &contents.categories)
        }
        guard dated.count <= ListImporter.mostDatedEntries else {
            throw .rejected(.tooManyDatedEntries(limit: ListImporter.mostDatedEntries))
        }
        contents.dated = isAsked ? ListRecord.latest(dated) : ListRecord.joined(dated)
        contents.prefixes = ListRecord.joined(prefixes)
        contents.covered = try covered(definition, [base] + changes)
        return contents
    }

    /// The entries of the base that the change does not name.
    static func removing(
        _ change: ListSnapshot, from base: ListSnapshot?, _ definition: ListDefinition
    ) throws(SuppressionError) -> IndexContents {
        try check(base, definition)
        let removed = Set((0..<change.prefixes.count).map { change.prefixes[$0].number })
        return IndexContents(
            effect: definition.effect, coverage: definition.coverage,
            bitmaps: difference(base, change),
            dated: base?.dated.all().filter { !change.holdsPlain($0.number) } ?? [],
            prefixes: base?.prefixes.all().filter { !removed.contains($0.number) } ?? [],
            covered: try covered(definition, [base]), categories: try CategoryTable(base?.categories ?? []))
    }

    private static func check(_ base: ListSnapshot?, _ definition: ListDefinition) throws(SuppressionError) {
        if let base, base.coverage != definition.coverage {
            throw .rejected(.coverageChanged(was: base.coverage, now: definition.coverage))
        }
    }

    private static func union(
        _ changes: [ListSnapshot], _ base: ListSnapshot?
    ) -> [(high: UInt32, bitmap: Bitmap)] {
        var result: [UInt32: Bitmap] = [:]
        for view in base?.views ?? [] { result[view.high] = Bitmap.copy(view) }
        for view in changes.flatMap(\.views) {
            if let bitmap = result[view.high] { bitmap.add(view) } else { result[view.high] = Bitmap.copy(view) }
        }
        return result.sorted { $0.key < $1.key }.map { (high: $0.key, bitmap: $0.value) }
    }

    private static func difference(_ base: ListSnapshot?, _ change: ListSnapshot) -> [(high: UInt32, bitmap: Bitmap)] {
        var result: [(high: UInt32, bitmap: Bitmap)] = []
        for view in base?.views ?? [] {
            let other = change.views.first { $0.high == view.high }
            let bitmap = other.map { Bitmap.difference(view, $0) } ?? Bitmap.copy(view)
            if bitmap.count > 0 { result.append((view.high, bitmap)) }
        }
        return result
    }

    /// Records with their categories' places in another table.
    private static func moved(
        _ records: RecordTable, of snapshot: ListSnapshot, to categories: inout CategoryTable
    ) throws(SuppressionError) -> [ListRecord] {
        var result: [ListRecord] = []
        result.reserveCapacity(records.count)
        for var record in records.all() {
            if record.category < snapshot.categories.count {
                record.category = try categories.place(of: snapshot.categories[Int(record.category)])
            }
            result.append(record)
        }
        return result
    }

    private static func covered(
        _ definition: ListDefinition, _ parts: [ListSnapshot?]
    ) throws(SuppressionError) -> [UInt64] {
        guard definition.coverage == .prefixes else { return [] }
        let covered = Set(parts.flatMap { $0?.coveredPrefixes ?? [] })
        guard !covered.isEmpty else { throw .rejected(.noCoveredPrefix) }
        return covered.sorted().map(\.digits)
    }
}

extension CategoryTable {
    init(_ words: [String]) throws(SuppressionError) {
        self.init()
        for word in words { _ = try place(of: word) }
    }
}
