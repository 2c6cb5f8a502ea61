import Foundation

/// A set of places in one chunk of the log, which is 65,536 entries long.
///
/// Stored as a list of places, two bytes each and ascending, or as one bit for each place, whichever is shorter; the length
/// tells which.
struct ChunkBits: Sendable {
    static let places = 65_536
    private static let wordCount = places / 64
    private static let storedAsBits = places / 8
    private var words = [UInt64](repeating: 0, count: wordCount)

    /// The chunk and the place in it of a sequence.
    static func place(_ sequence: Int64) -> (chunk: Int64, place: UInt16) {
        (sequence >> 16, UInt16(truncatingIfNeeded: sequence))
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func insert(_ places: some Sequence<UInt16>) {
        for place in places { words[Int(place) >> 6] |= 1 << UInt64(place & 63) }
    }

    mutating func remove(_ places: some Sequence<UInt16>) {
        for place in places { words[Int(place) >> 6] &= ~(1 << UInt64(place & 63)) }
    }

    /// Adds what is stored.
    mutating func insert(stored bytes: UnsafeRawBufferPointer) {
        if bytes.count == ChunkBits.storedAsBits {
            for index in words.indices {
                words[index] |= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
        } else {
            for offset in stride(from: 0, to: bytes.count - 1, by: 2) {
                let place = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
                words[Int(place) >> 6] |= 1 << UInt64(place & 63)
            }
        }
    }

    mutating func formIntersection(_ other: ChunkBits) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func subtract(_ other: ChunkBits) {
        for index in words.indices { words[index] &= ~other.words[index] }
    }

    /// Keeps only the places of a range.
    mutating func formIntersection(_ range: Range<Int>) {
        for index in words.indices { words[index] &= ChunkBits.mask(range, index) }
    }

    func count(in range: Range<Int>) -> Int {
        guard !range.isEmpty else { return 0 }
        var count = 0
        for index in (range.lowerBound >> 6)...((range.upperBound - 1) >> 6) {
            count += (words[index] & ChunkBits.mask(range, index)).nonzeroBitCount
        }
        return count
    }

    func count(commonWith other: ChunkBits) -> Int {
        var count = 0
        for index in words.indices { count += (words[index] & other.words[index]).nonzeroBitCount }
        return count
    }

    /// The bits of one word that lie in a range of places.
    private static func mask(_ range: Range<Int>, _ index: Int) -> UInt64 {
        let (low, high) = (max(0, range.lowerBound - index * 64), min(64, range.upperBound - index * 64))
        guard low < high else { return 0 }
        return (UInt64.max << UInt64(low)) & (UInt64.max >> UInt64(64 - high))
    }

    /// The last places, the greatest first.
    func last(_ limit: Int) -> [Int] {
        var found: [Int] = []
        for index in words.indices.reversed() {
            var word = words[index]
            while word != 0 {
                guard found.count < limit else { return found }
                let bit = 63 - word.leadingZeroBitCount
                found.append(index * 64 + bit)
                word &= ~(1 << UInt64(bit))
            }
        }
        return found
    }

    var stored: Data {
        let count = count
        guard count * 2 < ChunkBits.storedAsBits else {
            return words.map(\.littleEndian).withUnsafeBytes { Data($0) }
        }
        var places: [UInt16] = []
        places.reserveCapacity(count)
        for place in last(count).reversed() { places.append(UInt16(place).littleEndian) }
        return places.withUnsafeBytes { Data($0) }
    }
}
