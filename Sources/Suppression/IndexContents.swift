import GateModel

/// Everything that an index holds, in memory, ready to be written.
struct IndexContents {
    var effect: ListDefinition.Effect
    var coverage: ListDefinition.Coverage
    /// Ascending by high half, none empty.
    var bitmaps: [(high: UInt32, bitmap: Bitmap)]
    /// Sorted by number.
    var dated: [ListRecord]
    /// Sorted by number.
    var prefixes: [ListRecord]
    /// Sorted.
    var covered: [UInt64]
    var categories: CategoryTable

    var entries: Int { bitmaps.reduce(dated.count + prefixes.count) { $0 + $1.bitmap.count } }

    /// Writes the index under its name, complete and durable, or not at all.
    func write(to path: String) throws(SuppressionError) -> FileDigest {
        for (_, bitmap) in bitmaps { bitmap.compact() }
        let forms = bitmaps.map { FrozenForm($0.bitmap) }
        let table = categories.encoded()
        var header = IndexHeader(
            effect: effect, coverage: coverage,
            bitmaps: zip(bitmaps, forms).map { item, form in
                .init(
                    high: item.high, section: .init(length: form.length), count: item.bitmap.count,
                    first: item.bitmap.first, last: item.bitmap.last)
            })
        header.dated.length = dated.count * MemoryLayout<ListRecord>.stride
        header.prefixes.length = prefixes.count * MemoryLayout<ListRecord>.stride
        header.covered.length = covered.count * MemoryLayout<UInt64>.stride
        header.categories.length = table.count
        header.categoryCount = categories.words.count
        header.directoriesChecksum = IndexHeader.checksum(of: forms.map(\.directory))
        header.layOut()

        let file = try AtomicFile(target: path)
        try file.write(header.encoded())
        try file.pad(to: IndexHeader.alignment)
        // Written and not copied into a mapping: a full disk is then an error, not a signal.
        for form in forms {
            try form.write(to: file)
            try file.pad(to: IndexHeader.alignment)
        }
        try file.write(dated)
        try file.pad(to: IndexHeader.alignment)
        try file.write(prefixes)
        try file.pad(to: IndexHeader.alignment)
        try file.write(covered)
        try file.pad(to: IndexHeader.alignment)
        try file.write(table)
        try file.pad(to: IndexHeader.alignment)
        return try file.commit()
    }
}

/// The different category words of a version, each stored once.
struct CategoryTable {
    private(set) var words: [String] = []
    private var places: [String: UInt32] = [:]

    /// More than this, and the column is no category but free text.
    static let most = 10_000

    init() {}

    mutating func place(of word: String) throws(SuppressionError) -> UInt32 {
        if let place = places[word] { return place }
        guard words.count < Self.most else { throw .rejected(.tooManyCategories(limit: Self.most)) }
        let place = UInt32(words.count)
        words.append(word)
        places[word] = place
        return place
    }

    /// Each word as its length in bytes, 32 bits, and its UTF-8.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            withUnsafeBytes(of: UInt32(word.utf8.count)) { bytes += $0 }
            bytes += word.utf8
        }
        return bytes
    }

    /// Nil where the bytes do not hold that many words.
    static func decoded(_ bytes: UnsafeRawBufferPointer, count: Int) -> [String]? {
        var words: [String] = []
        var offset = 0
        guard (0...most).contains(count) else { return nil }
        for _ in 0..<count {
            guard bytes.count - offset >= 4 else { return nil }
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            offset += 4
            guard bytes.count - offset >= length else { return nil }
            words.append(String(decoding: bytes[offset..<(offset + length)], as: UTF8.self))
            offset += length
        }
        return words
    }
}
