/// What an upload says, gathered in memory.
struct UploadContents {
    var numbers = NumberSet()
    private(set) var dated: [ListRecord] = []
    var prefixes: [ListRecord] = []
    var covered: [NumberPrefix]
    var categories = CategoryTable()

    init(covered: [NumberPrefix]) { self.covered = covered }

    var isEmpty: Bool { numbers.isEmpty && dated.isEmpty && prefixes.isEmpty }

    mutating func add(_ record: ListRecord) throws(SuppressionError) {
        guard dated.count < ListImporter.mostDatedEntries else {
            throw .rejected(.tooManyDatedEntries(limit: ListImporter.mostDatedEntries))
        }
        dated.append(record)
    }

    /// Sorts and joins what was gathered; returns how many different entries remain.
    mutating func compact(isAsked: Bool) -> Int {
        numbers.flush()
        dated = isAsked ? ListRecord.latest(dated) : ListRecord.joined(dated)
        prefixes = ListRecord.joined(prefixes)
        return numbers.count + dated.count + prefixes.count
    }

    /// The content of the version that the upload makes of its base. To be called once, after ``compact(isAsked:)``.
    func applied(
        _ mode: ListVersion.Mode, to base: ListSnapshot?, definition: ListDefinition
    ) throws(SuppressionError) -> IndexContents {
        if let base, base.coverage != definition.coverage {
            throw .rejected(.coverageChanged(was: base.coverage, now: definition.coverage))
        }
        var contents = IndexContents(
            effect: definition.effect, coverage: definition.coverage, bitmaps: combinedBitmaps(mode, base),
            dated: dated, prefixes: prefixes, covered: [], categories: categories)
        var covered = Set(covered)
        if mode == .remove {
            contents.dated = base?.dated.all().filter { !numbers.contains($0.number) } ?? []
            let removed = Set(prefixes.map(\.number))
            contents.prefixes = base?.prefixes.all().filter { !removed.contains($0.number) } ?? []
            contents.categories = try CategoryTable(base?.categories ?? [])
            covered = []
        } else if let base {
            guard base.dated.count + dated.count <= ListImporter.mostDatedEntries else {
                throw .rejected(.tooManyDatedEntries(limit: ListImporter.mostDatedEntries))
            }
            let isAsked = definition.coverage == .asked
            let kept = try base.dated.all().map { record throws(SuppressionError) in
                isAsked ? record : try moved(record, from: base, to: &contents.categories)
            }
            contents.dated = isAsked ? ListRecord.latest(kept + dated) : ListRecord.joined(kept + dated)
            let keptPrefixes = try base.prefixes.all().map { record throws(SuppressionError) in
                try moved(record, from: base, to: &contents.categories)
            }
            contents.prefixes = ListRecord.joined(keptPrefixes + prefixes)
        }
        if definition.coverage == .prefixes {
            covered.formUnion(base?.coveredPrefixes ?? [])
            guard !covered.isEmpty else { throw .rejected(.noCoveredPrefix) }
            contents.covered = covered.sorted().map(\.digits)
        }
        return contents
    }

    private func combinedBitmaps(_ mode: ListVersion.Mode, _ base: ListSnapshot?) -> [(high: UInt32, bitmap: Bitmap)] {
        var result = mode == .remove ? [:] : numbers.bitmaps
        for view in base?.views ?? [] {
            let own = numbers.bitmaps[view.high]
            switch (mode, own) {
            case (.remove, let own?): result[view.high] = .difference(view, own)
            case (_, nil): result[view.high] = .copy(view)
            case (_, let own?): result[view.high] = .union(view, own)
            }
        }
        return result.filter { $0.value.count > 0 }.sorted { $0.key < $1.key }.map { (high: $0.key, bitmap: $0.value) }
    }

    /// A record of the base with its category's place in another table.
    private func moved(
        _ record: ListRecord, from base: ListSnapshot, to categories: inout CategoryTable
    ) throws(SuppressionError) -> ListRecord {
        guard record.category < base.categories.count else { return record }
        var record = record
        record.category = try categories.place(of: base.categories[Int(record.category)])
        return record
    }
}

extension CategoryTable {
    init(_ words: [String]) throws(SuppressionError) {
        self.init()
        for word in words { _ = try place(of: word) }
    }
}
