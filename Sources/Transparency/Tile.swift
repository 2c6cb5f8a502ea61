/// Up to 256 hashes side by side in one level of the tree: the unit in which hashes are stored and served.
///
/// Source: C2SP tlog-tiles.
public struct Tile: Hashable, Sendable {
    /// How many hashes a full tile has.
    public static let fullWidth = 256
    /// A tile spans so many levels of the tree.
    static let height = 8

    /// 0 for leaf hashes; each hash of level n + 1 is the root over one full tile of level n.
    public let level: Int
    /// The tile's place within its level.
    public let index: Int64
    /// How many hashes it has, 1 ... 256; fewer than 256 only at the right edge.
    public let width: Int

    /// The tile as it is in a tree of `size` leaves.
    ///
    /// - Returns: nil where such a tree has no such tile.
    public init?(level: Int, index: Int64, size: Int64) {
        guard level >= 0, level < 8, index >= 0 else { return nil }
        let (first, overflow) = index.multipliedReportingOverflow(by: Int64(Tile.fullWidth))
        let hashes = size >> (Tile.height * level)
        guard !overflow, first < hashes else { return nil }
        self.init(level, index, Int(min(hashes - first, Int64(Tile.fullWidth))))
    }

    init(_ level: Int, _ index: Int64, _ width: Int) {
        (self.level, self.index, self.width) = (level, index, width)
    }

    /// The place of the tile's first hash within its level; for level 0 the index of its first entry.
    public var start: Int64 { index * Int64(Tile.fullWidth) }

    public var isFull: Bool { width == Tile.fullWidth }

    /// Whether a tree of `size` leaves has all hashes of this tile.
    public func isIn(treeOf size: Int64) -> Bool {
        Tile(level: level, index: index, size: size).map { width <= $0.width } ?? false
    }

    /// Every tile that a tree of `newer` leaves has and one of `older` leaves had not, or not in that width.
    public static func tiles(from older: Int64, to newer: Int64) -> [Tile] {
        var tiles: [Tile] = []
        for level in 0..<8 {
            let (before, now) = (older >> (height * level), newer >> (height * level))
            guard now > before else { break }
            for index in (before / Int64(fullWidth))...((now - 1) / Int64(fullWidth)) {
                if let tile = Tile(level: level, index: index, size: newer) { tiles.append(tile) }
            }
        }
        return tiles
    }
}

/// What a tiled log serves besides its checkpoint.
public enum TileResource: Hashable, Sendable, CustomStringConvertible {
    /// `tile/<L>/<N>[.p/<W>]`: hashes, 32 bytes each.
    case hashes(Tile)
    /// `tile/entries/<N>[.p/<W>]`: the entries below a tile of level 0, as an ``EntryBundle``.
    case entries(Tile)

    public var tile: Tile {
        switch self {
        case .hashes(let tile), .entries(let tile): tile
        }
    }

    /// The path below the log's prefix, without a leading slash.
    public var description: String {
        switch self {
        case .hashes(let tile): "tile/\(tile.level)/" + tile.place
        case .entries(let tile): "tile/entries/" + tile.place
        }
    }

    /// Reads a path below the log's prefix, without a leading slash.
    ///
    /// - Throws: ``TransparencyError/tilePath`` unless it is exactly what ``description`` writes.
    public init(path: String) throws(TransparencyError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.utf8.count < 100, parts.count >= 3, parts[0] == "tile" else { throw .tilePath }
        var groups = parts.dropFirst(2)
        var width = Tile.fullWidth
        if groups.count > 1, let last = groups.last, groups.dropLast().last?.hasSuffix(".p") == true {
            guard let number = Int(last), 1..<Tile.fullWidth ~= number else { throw .tilePath }
            width = number
            groups = groups.dropLast()
        }
        let digits = groups.joined().filter { $0 != "x" && $0 != "." && $0 != "p" }
        guard let index = Int64(digits), index >= 0, index <= Int64.max / Int64(Tile.fullWidth) else {
            throw .tilePath
        }
        if parts[1] == "entries" {
            self = .entries(Tile(0, index, width))
        } else {
            guard let level = Int(parts[1]), 0...63 ~= level else { throw .tilePath }
            self = .hashes(Tile(level, index, width))
        }
        // Reading was lenient; a path has one form.
        guard description.utf8.elementsEqual(path.utf8) else { throw .tilePath }
    }
}

extension Tile {
    /// `<N>[.p/<W>]`: groups of three digits, all but the last with an `x` before them.
    fileprivate var place: String {
        var (rest, groups) = (index, [String]())
        repeat {
            let digits = String(rest % 1000)
            let group = String(repeating: "0", count: 3 - digits.count) + digits
            groups.insert(groups.isEmpty ? group : "x" + group, at: 0)
            rest /= 1000
        } while rest > 0
        return groups.joined(separator: "/") + (isFull ? "" : ".p/\(width)")
    }
}
