/// What an upload says, gathered in memory.
struct UploadContents {
    let numbers = NumberSet()
    private(set) var dated: [ListRecord] = []
    private(set) var prefixes: [ListRecord] = []
    private var ranges: Set<RangeRecord> = []
    /// Numbers that a change list takes out of the base; never also in ``numbers``.
    let removed = NumberSet()
    /// Whether the upload is a change list.
    private(set) var hasChanges = false
    private var changes: [(digits: UInt64, adds: Bool)] = []
    var covered: [NumberPrefix]
    var categories = CategoryTable()

    /// Prefixes and ranges of an upload. They are compared one by one with each number that is looked up by length,
    /// and are meant for whole blocks of numbers; there are fewer of those in the world.
    static let mostPrefixes = 1_000_000
    private static let changeBatch = 1 << 18

    init(covered: [NumberPrefix]) { self.covered = covered }

    mutating func addPrefix(_ record: ListRecord) throws(SuppressionError) {
        guard prefixes.count < Self.mostPrefixes else { throw .rejected(.tooManyPrefixes(limit: Self.mostPrefixes)) }
        prefixes.append(record)
    }

    /// A range with the period and category of its row.
    mutating func addRange(_ range: NumberRange, _ record: ListRecord) throws(SuppressionError) {
        // A range becomes some 50 prefixes.
        guard ranges.count < Self.mostPrefixes / 50 else {
            throw .rejected(.tooManyPrefixes(limit: Self.mostPrefixes / 50))
        }
        ranges.insert(RangeRecord(range: range, record: record))
    }

    /// A row of a change list; of several about one number the last one counts.
    mutating func change(_ digits: UInt64, adds: Bool) {
        hasChanges = true
        changes.append((digits, adds))
        if changes.count == Self.changeBatch { applyChanges() }
    }

    private mutating func applyChanges() {
        guard !changes.isEmpty else { return }
        let last = Dictionary(changes.map { ($0.digits, $0.adds) }) { $1 }
        changes.removeAll(keepingCapacity: true)
        let (added, taken) = (last.filter(\.value).keys.sorted(), last.filter { !$0.value }.keys.sorted())
        numbers.remove(taken)
        removed.remove(added)
        for digits in added { numbers.insert(digits) }
        for digits in taken { removed.insert(digits) }
    }

    mutating func add(_ record: ListRecord) throws(SuppressionError) {
        guard dated.count < ListImporter.mostDatedEntries else {
            throw .rejected(.tooManyDatedEntries(limit: ListImporter.mostDatedEntries))
        }
        dated.append(record)
    }

    /// Sorts and joins what was gathered; returns how many different entries remain.
    mutating func compact(isAsked: Bool) -> Int {
        applyChanges()
        numbers.flush()
        removed.flush()
        dated = isAsked ? ListRecord.latest(dated) : ListRecord.joined(dated)
        prefixes = ListRecord.joined(prefixes)
        let count = numbers.count + dated.count + prefixes.count + ranges.count + removed.count
        let fromRanges = ranges.flatMap { range in
            range.range.prefixes.map { digits in
                var record = range.record
                record.number = digits
                return record
            }
        }
        if !fromRanges.isEmpty { prefixes = ListRecord.joined(prefixes + fromRanges) }
        return count
    }

    /// What the upload says, as an index of its own. To be called once, after ``compact(isAsked:)``.
    ///
    /// - Parameter isRemoval: Of a change list, the numbers that it takes out and not those that it adds.
    func contents(of definition: ListDefinition, isRemoval: Bool) -> IndexContents {
        let numbers = isRemoval && hasChanges ? removed : numbers
        return IndexContents(
            effect: definition.effect, coverage: definition.coverage,
            bitmaps: numbers.bitmaps.filter { $0.value.count > 0 }.sorted { $0.key < $1.key }
                .map { (high: $0.key, bitmap: $0.value) },
            dated: dated, prefixes: prefixes, covered: Set(covered).sorted().map(\.digits), categories: categories)
    }
}

/// A range of an upload; a set of them counts equal rows once.
private struct RangeRecord: Hashable {
    var range: NumberRange
    var record: ListRecord
}
