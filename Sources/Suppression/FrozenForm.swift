import CRoaring

/// A frozen bitmap about to be written: the places of its containers' data, and the directory that follows the data.
///
/// CRoaring's own writer wants a buffer for the whole, which would double an import's memory. Here each container goes
/// to the file from where it lies. The layout is that of `roaring_bitmap_frozen_serialize`: the data of all bitsets, of
/// all runs and of all arrays, then ``FrozenDirectory``.
struct FrozenForm {
    private typealias Kind = FrozenDirectory.Kind

    let bitmap: Bitmap
    /// The bytes after the containers' data.
    let directory: [UInt8]
    /// Of the whole frozen form, in bytes.
    let length: Int
    /// Data by kind, in the order in which they are written.
    private let zones: [[UnsafeRawBufferPointer]]

    /// - Parameter bitmap: Compact and not empty; not to be changed as long as the form is used.
    init(_ bitmap: Bitmap) {
        let table = bitmap.raw.pointee.high_low_container
        var zones: [Kind: [UnsafeRawBufferPointer]] = [:]
        var keys: [UInt8] = []
        var counts: [UInt8] = []
        var kinds: [UInt8] = []
        for index in 0..<Int(table.size) {
            guard let container = table.containers[index], let kind = Kind(rawValue: table.typecodes[index]) else {
                fatalError("a list's bitmap has a container of an unknown kind")
            }
            // Every kind of container begins with a 32-bit count and holds the pointer to its data in the second word.
            let count = Int(container.load(as: Int32.self))
            let data = container.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
            zones[kind, default: []].append(UnsafeRawBufferPointer(start: data, count: kind.length(of: count)))
            withUnsafeBytes(of: table.keys[index]) { keys += $0 }
            withUnsafeBytes(of: UInt16(kind == .runs ? count : count - 1)) { counts += $0 }
            kinds.append(kind.rawValue)
        }
        self.bitmap = bitmap
        self.zones = [Kind.bitset, .runs, .array].map { zones[$0] ?? [] }
        directory = keys + counts + kinds + FrozenDirectory.footer(containers: kinds.count)
        length = self.zones.joined().reduce(directory.count) { $0 + $1.count }
        precondition(length == bitmap.frozenLength, "the library lays containers out in another way")
    }

    func write(to file: AtomicFile) throws(SuppressionError) {
        for zone in zones {
            for data in zone { try file.write(data) }
        }
        try file.write(directory)
    }
}

/// The table of containers at the end of a frozen bitmap: keys, counts, kinds, and a word with their number.
///
/// The library believes what it says, so it is checked before the library sees it.
struct FrozenDirectory {
    enum Kind: UInt8 {
        case bitset = 1
        case array = 2
        case runs = 3

        /// Bytes of data of a container with so many numbers, or runs.
        func length(of count: Int) -> Int {
            switch self {
            case .bitset: 8192
            case .array: count * 2
            case .runs: count * 4
            }
        }
    }

    /// Numbers in the bitmap.
    let count: Int
    /// The directory's own bytes.
    let bytes: UnsafeRawBufferPointer

    private static let cookie: UInt32 = 13_766
    private static let mostContainers = 65_536
    private static let longestArray = 4096

    static func footer(containers: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(containers) << 15 | cookie) { Array($0) }
    }

    /// Nil unless the data of all containers fill the bytes before the directory, and no run goes beyond its container.
    ///
    /// Of the data only runs are read: what an array or a bitset holds can make an answer wrong, but no access.
    init?(_ frozen: UnsafeRawBufferPointer) {
        func half(_ offset: Int) -> Int { Int(frozen.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
        guard frozen.count >= 4 else { return nil }
        let footer = frozen.loadUnaligned(fromByteOffset: frozen.count - 4, as: UInt32.self)
        let size = Int(footer >> 15)
        let start = frozen.count - 4 - size * 5
        guard footer & 0x7FFF == Self.cookie, (1...Self.mostContainers).contains(size), start >= 0 else { return nil }

        var lengths: [Kind: Int] = [:]
        var count = 0
        var runs: [Int] = []
        for index in 0..<size {
            guard let kind = Kind(rawValue: frozen[start + size * 4 + index]),
                index == 0 || half(start + index * 2 - 2) < half(start + index * 2)
            else { return nil }
            let stored = half(start + size * 2 + index * 2)
            lengths[kind, default: 0] += kind.length(of: kind == .runs ? stored : stored + 1)
            switch kind {
            case .runs: runs.append(stored)
            case .array where stored >= Self.longestArray: return nil
            case .array, .bitset: count += stored + 1
            }
        }
        guard lengths.values.reduce(0, +) == start else { return nil }
        var offset = lengths[.bitset] ?? 0
        for number in runs {
            var next = 0
            for _ in 0..<number {
                let (first, more) = (half(offset), half(offset + 2))
                guard first >= next, first + more < 65_536 else { return nil }
                next = first + more + 1
                count += more + 1
                offset += 4
            }
        }
        self.count = count
        bytes = UnsafeRawBufferPointer(rebasing: frozen[start...])
    }
}
