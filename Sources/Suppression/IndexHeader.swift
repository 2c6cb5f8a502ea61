import Crypto

/// The first bytes of an index: where its sections lie, under a checksum of their own, and a checksum over the bitmaps'
/// directories.
///
/// All words are 64 bits in the machine's order, as the frozen bitmaps are; the magic word reads differently on a
/// machine of the other order. Sections follow in the order of the properties, each at a multiple of 32 bytes.
struct IndexHeader {
    struct Section: Equatable {
        var offset = 0
        /// In bytes.
        var length = 0
        var end: Int { offset + length }
    }

    struct BitmapSection: Equatable {
        var high: UInt32
        var section = Section()
        var count: Int
        /// Smallest and largest member: read back at opening, so that a library that lays its frozen form out
        /// differently is noticed.
        var first: UInt32
        var last: UInt32
    }

    var effect: ListDefinition.Effect
    var coverage: ListDefinition.Coverage
    var bitmaps: [BitmapSection]
    var dated = Section()
    var prefixes = Section()
    var covered = Section()
    var categories = Section()
    var categoryCount = 0
    /// Of the bitmaps, in order; filled where a header is read.
    private(set) var directories: [FrozenDirectory] = []
    /// The first word of the SHA-256 over the bitmaps' directories.
    var directoriesChecksum: UInt64 = 0

    static let alignment = 32
    private static let magic: UInt64 = 0x5453_494C_4554_4147  // "GATELIST" on a little-endian machine
    private static let formatVersion: UInt64 = 1
    private static let fixedWords = 17
    private static let bitmapWords = 5
    private static let checksumWords = 4
    /// Every high half that 15 digits can have.
    private static let mostBitmaps = 232_831

    var wordCount: Int { Self.fixedWords + bitmaps.count * Self.bitmapWords + Self.checksumWords }
    var fileLength: Int { Self.aligned(categories.end) }
    var plainCount: Int { bitmaps.reduce(0) { $0 + $1.count } }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & -alignment }

    /// Gives every section its place, in order, from the lengths already set.
    mutating func layOut() {
        var end = wordCount * 8
        func place(_ section: inout Section) {
            section.offset = Self.aligned(end)
            end = section.end
        }
        for index in bitmaps.indices { place(&bitmaps[index].section) }
        place(&dated)
        place(&prefixes)
        place(&covered)
        place(&categories)
    }

    func encoded() -> [UInt64] {
        var words: [UInt64] = [
            Self.magic, Self.formatVersion, UInt64(fileLength), UInt64(wordCount),
            effect == .suppress ? 0 : 1, coverage.code,
        ]
        for section in [dated, prefixes, covered, categories] {
            words += [UInt64(section.offset), UInt64(section.length)]
        }
        words += [UInt64(categoryCount), UInt64(bitmaps.count), directoriesChecksum]
        for bitmap in bitmaps {
            words += [
                UInt64(bitmap.high), UInt64(bitmap.section.offset), UInt64(bitmap.section.length),
                UInt64(bitmap.count), UInt64(bitmap.first) << 32 | UInt64(bitmap.last),
            ]
        }
        return words + words.withUnsafeBytes(Self.checksum)
    }

    /// - Throws: ``SuppressionError/corrupt(path:reason:)`` unless every section lies inside the file.
    init(_ file: UnsafeRawBufferPointer, path: String) throws(SuppressionError) {
        func damaged(_ reason: String) -> SuppressionError { .corrupt(path: path, reason: reason) }
        func word(_ index: Int) -> UInt64 { file.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }

        guard file.count >= (Self.fixedWords + Self.checksumWords) * 8 else { throw damaged("the header is cut off") }
        guard word(0) == Self.magic else { throw damaged("it is no list index of this kind of machine") }
        guard word(1) == Self.formatVersion else { throw damaged("its format version \(word(1)) is unknown") }
        let bitmapCount = word(15)
        guard bitmapCount <= Self.mostBitmaps,
            word(3) == UInt64(Self.fixedWords + Int(bitmapCount) * Self.bitmapWords + Self.checksumWords),
            word(3) <= UInt64(file.count / 8)
        else { throw damaged("the header is cut off") }
        let checked = (Int(word(3)) - Self.checksumWords) * 8
        let stored = (0..<Self.checksumWords).map { word(checked / 8 + $0) }
        guard Self.checksum(UnsafeRawBufferPointer(rebasing: file[..<checked])) == stored else {
            throw damaged("the header's checksum does not fit")
        }
        guard word(2) == UInt64(file.count) else { throw damaged("the file's length does not fit") }
        guard let coverage = ListDefinition.Coverage(code: word(5)), word(4) <= 1 else {
            throw damaged("the header's flags are unknown")
        }
        self.coverage = coverage
        effect = word(4) == 0 ? .suppress : .exempt

        var end = Int(word(3)) * 8
        func section(_ index: Int, of stride: UInt64) throws(SuppressionError) -> Section {
            let (offset, length) = (word(index), word(index + 1))
            guard offset.isMultiple(of: UInt64(Self.alignment)), offset >= UInt64(end), offset <= UInt64(file.count),
                length <= UInt64(file.count) - offset, length.isMultiple(of: stride)
            else { throw damaged("a section lies outside the file") }
            end = Int(offset + length)
            return Section(offset: Int(offset), length: Int(length))
        }
        bitmaps = []
        for index in 0..<Int(bitmapCount) {
            let at = Self.fixedWords + index * Self.bitmapWords
            guard let high = UInt32(exactly: word(at)), high > bitmaps.last?.high ?? 0 || index == 0 else {
                throw damaged("the bitmaps are out of order")
            }
            bitmaps.append(
                BitmapSection(
                    high: high, section: try section(at + 1, of: 1), count: Int(truncatingIfNeeded: word(at + 3)),
                    first: UInt32(truncatingIfNeeded: word(at + 4) >> 32),
                    last: UInt32(truncatingIfNeeded: word(at + 4))))
        }
        let record = UInt64(MemoryLayout<ListRecord>.stride)
        dated = try section(6, of: record)
        prefixes = try section(8, of: record)
        covered = try section(10, of: 8)
        categories = try section(12, of: 1)
        categoryCount = Int(truncatingIfNeeded: word(14))
        directories = []
        for bitmap in bitmaps {
            let frozen = UnsafeRawBufferPointer(rebasing: file[bitmap.section.offset..<bitmap.section.end])
            guard let directory = FrozenDirectory(frozen), directory.count == bitmap.count else {
                throw damaged("a bitmap does not hold what the header says")
            }
            directories.append(directory)
        }
        directoriesChecksum = word(16)
        guard Self.checksum(of: directories.map { Array($0.bytes) }) == directoriesChecksum else {
            throw damaged("the directories of the bitmaps are not what was written")
        }
    }

    init(effect: ListDefinition.Effect, coverage: ListDefinition.Coverage, bitmaps: [BitmapSection]) {
        self.effect = effect
        self.coverage = coverage
        self.bitmaps = bitmaps
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> [UInt64] {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return words(hash)
    }

    /// The first word is enough to notice damage.
    static func checksum(of directories: [[UInt8]]) -> UInt64 {
        var hash = SHA256()
        for directory in directories { hash.update(data: directory) }
        return words(hash)[0]
    }

    private static func words(_ hash: SHA256) -> [UInt64] {
        hash.finalize().withUnsafeBytes { digest in
            (0..<checksumWords).map { digest.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
    }
}

extension ListDefinition.Coverage {
    fileprivate var code: UInt64 {
        switch self {
        case .complete: 0
        case .prefixes: 1
        case .asked: 2
        }
    }

    fileprivate init?(code: UInt64) {
        switch code {
        case 0: self = .complete
        case 1: self = .prefixes
        case 2: self = .asked
        default: return nil
        }
    }
}
