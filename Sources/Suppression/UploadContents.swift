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

    /// What the upload says, as an index of its own. To be called once, after ``compact(isAsked:)``.
    func contents(of definition: ListDefinition) -> IndexContents {
        IndexContents(
            effect: definition.effect, coverage: definition.coverage,
            bitmaps: numbers.bitmaps.filter { $0.value.count > 0 }.sorted { $0.key < $1.key }
                .map { (high: $0.key, bitmap: $0.value) },
            dated: dated, prefixes: prefixes, covered: Set(covered).sorted().map(\.digits), categories: categories)
    }
}
