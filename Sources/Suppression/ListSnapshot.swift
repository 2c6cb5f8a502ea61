import Crypto
import GateModel

/// One version of a list, open for reading: immutable, mapped, shared by every decision.
///
/// Sendable: every stored property is a `let`, the mapping is read only and lives as long as the snapshot, and reading
/// a frozen bitmap writes nothing. Any number of callers may look up at once, without a lock. That holds as long as
/// nobody cuts the file short in place, which is why versions are only ever written anew.
public final class ListSnapshot: @unchecked Sendable {
    /// As the definition had it when the version was made.
    public let coverage: ListDefinition.Coverage
    /// As the definition had it when the version was made.
    public let effect: ListDefinition.Effect
    /// Entries of every kind.
    public let entryCount: Int
    /// The prefixes that the version covers, sorted; empty unless ``coverage`` is `prefixes`.
    public let coveredPrefixes: [NumberPrefix]

    let views: [BitmapView]
    let dated: RecordTable
    let prefixes: RecordTable
    let categories: [String]
    private let file: MappedFile?
    private let path: String
    private let digest: String

    /// Opens an index in a time that depends on the number ranges it touches, not on how many numbers it holds.
    ///
    /// Header, length and places are checked here, the content by ``verify()``.
    ///
    /// - Parameters:
    ///   - path: The index.
    ///   - sha256: What ``verify()`` compares with: the version's ``ListVersion/index`` digest.
    /// - Throws: ``SuppressionError/io(operation:path:code:)`` or ``SuppressionError/corrupt(path:reason:)``; treat the
    ///   list as unavailable.
    public init(path: String, sha256: String) throws(SuppressionError) {
        let file = try MappedFile(path: path)
        let header = try IndexHeader(file.bytes, path: path)
        func slice(_ section: IndexHeader.Section) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: file.bytes[section.offset..<section.end])
        }
        guard let categories = CategoryTable.decoded(slice(header.categories), count: header.categoryCount) else {
            throw .corrupt(path: path, reason: "the table of categories is cut off")
        }
        var views: [BitmapView] = []
        for (bitmap, directory) in zip(header.bitmaps, header.directories) {
            let view = BitmapView(high: bitmap.high, frozen: slice(bitmap.section), directory)
            guard let view, view.first == bitmap.first, view.last == bitmap.last else {
                view?.free()
                for view in views { view.free() }
                throw .corrupt(path: path, reason: "a bitmap does not read as it was written")
            }
            views.append(view)
        }
        self.file = file
        self.path = path
        self.views = views
        self.categories = categories
        digest = sha256
        coverage = header.coverage
        effect = header.effect
        dated = RecordTable(bytes: slice(header.dated))
        prefixes = RecordTable(bytes: slice(header.prefixes))
        entryCount = header.plainCount + dated.count + prefixes.count
        coveredPrefixes = slice(header.covered).withMemoryRebound(to: UInt64.self) {
            $0.map(NumberPrefix.init(digits:))
        }
    }

    /// A list that holds nothing: what the gate's own lists are before their first version.
    public init(emptyFor definition: ListDefinition) {
        coverage = definition.coverage
        effect = definition.effect
        entryCount = 0
        coveredPrefixes = []
        views = []
        dated = RecordTable(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        prefixes = dated
        categories = []
        file = nil
        path = ""
        digest = ""
    }

    deinit { for view in views { view.free() } }

    /// How a number is listed, or nil where it is not.
    ///
    /// A number with several periods gives one match that errs on the side of fewer calls; ``matches(_:)`` has them
    /// all. Of an asked list, a number is listed if its answer is `yes`. No allocation for a plain hit or for a miss;
    /// logarithmic in the number of dated entries.
    public func lookup(_ number: E164) -> ListMatch? {
        if coverage == .asked { return answer(number)?.value == .yes ? ListMatch() : nil }
        if effect == .suppress, holdsPlain(number.digits) { return ListMatch() }
        let matches = matches(number)
        return matches.isEmpty ? nil : ListMatch.combined(matches, effect: effect)
    }

    /// Every entry that lists a number: its own, then those of prefixes, the longest first. Empty where there is none,
    /// and for asked lists.
    public func matches(_ number: E164) -> [ListMatch] {
        guard coverage != .asked else { return [] }
        var result: [ListMatch] = []
        if holdsPlain(number.digits) { result.append(ListMatch()) }
        if dated.count > 0 { append(dated, number.digits, to: &result) }
        guard prefixes.count > 0 else { return result }
        var digits = number.digits
        while digits > 0 {
            append(prefixes, digits, to: &result)
            digits /= 10
        }
        return result
    }

    /// Whether the absence of a number from ``lookup(_:)`` means anything.
    public func covers(_ number: E164) -> Bool {
        switch coverage {
        case .complete: true
        case .prefixes: coveredPrefixes.contains { $0.contains(number) }
        case .asked: answer(number) != nil
        }
    }

    /// The source's answer about a number; nil where it was never asked, and for lists of other coverage.
    public func answer(_ number: E164) -> ListAnswer? {
        guard coverage == .asked, let index = dated.range(of: number.digits).first else { return nil }
        let record = dated[index]
        return ListAnswer.Value(record: record).map {
            ListAnswer(value: $0, receivedAt: Instant(milliseconds: record.from))
        }
    }

    /// Reads the whole index and compares it with the hash it was opened with. Takes about a second for 1 GB.
    ///
    /// - Throws: ``SuppressionError/corrupt(path:reason:)``; let no decision rest on this version any more.
    public func verify() throws(SuppressionError) {
        var hash = SHA256()
        update(&hash, from: 0, count: length)
        if let error = damage(hash) { throw error }
    }

    /// Of the index in bytes; 0 for a list that holds nothing.
    var length: Int { file?.bytes.count ?? 0 }

    /// Path and hash: equal for what need not be read twice.
    var name: String { "\(path) \(digest)" }

    func update(_ hash: inout SHA256, from start: Int, count: Int) {
        guard let file else { return }
        withExtendedLifetime(file) {
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + count]))
        }
    }

    /// What is wrong if this is the hash over the whole index; nil if it is the one recorded.
    func damage(_ hash: SHA256) -> SuppressionError? {
        guard file != nil, hexadecimal(hash.finalize()) != digest else { return nil }
        return .corrupt(path: path, reason: "its SHA-256 is not the one recorded")
    }

    /// Whether a number stands in it without a period of its own, prefixes left aside.
    func holdsPlain(_ digits: UInt64) -> Bool {
        let high = UInt32(truncatingIfNeeded: digits >> 32)
        var low = 0
        var end = views.count
        while low < end {
            let middle = (low + end) / 2
            if views[middle].high < high { low = middle + 1 } else { end = middle }
        }
        guard low < views.count, views[low].high == high else { return false }
        return views[low].contains(UInt32(truncatingIfNeeded: digits))
    }

    private func append(_ table: RecordTable, _ digits: UInt64, to result: inout [ListMatch]) {
        for index in table.range(of: digits) { result.append(match(of: table[index])) }
    }

    func match(of record: ListRecord) -> ListMatch {
        ListMatch(
            from: record.from == ListRecord.unbounded ? nil : Instant(milliseconds: record.from),
            until: record.until == ListRecord.endless ? nil : Instant(milliseconds: record.until),
            category: category(of: record))
    }

    func category(of record: ListRecord) -> String? {
        record.category < categories.count ? categories[Int(record.category)] : nil
    }
}
