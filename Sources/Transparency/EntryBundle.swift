/// Entries one after another, each behind its length: the file of entries below one tile of level 0.
///
/// Source: C2SP tlog-tiles, log entries: big-endian uint16 lengths.
public enum EntryBundle {
    /// The longest entry that a bundle can hold, in bytes.
    public static let longestEntry = 65_535

    /// - Throws: ``TransparencyError/entryTooLong(place:count:)``.
    public static func bytes(_ entries: [[UInt8]]) throws(TransparencyError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.count + 2 })
        for (place, entry) in entries.enumerated() {
            guard entry.count <= longestEntry else { throw .entryTooLong(place: place, count: entry.count) }
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 0xFF))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    /// Reads the bundle of a tile.
    ///
    /// - Parameter width: How many entries must stand in it.
    /// - Throws: ``TransparencyError/bundle(place:)`` where it ends early or late.
    public static func entries(_ bytes: [UInt8], width: Int) throws(TransparencyError) -> [[UInt8]] {
        var (entries, at) = ([[UInt8]](), 0)
        for place in 0..<width {
            guard bytes.count - at >= 2 else { throw .bundle(place: place) }
            let end = at + 2 + (Int(bytes[at]) << 8 | Int(bytes[at + 1]))
            guard end <= bytes.count else { throw .bundle(place: place) }
            entries.append(Array(bytes[at + 2..<end]))
            at = end
        }
        guard at == bytes.count else { throw .bundle(place: width) }
        return entries
    }
}
