/// Where tiles are kept: files, a database, memory.
public protocol TileSource {
    /// Exactly `tile.width` hashes. A source that holds the tile in a greater width gives the first of them.
    ///
    /// - Throws: What reading throws; a proof passes it on.
    func hashes(of tile: Tile) throws -> [MerkleHash]
}

/// The tree at one size, read through its tiles: roots, proofs, and the edge to append to.
///
/// Keeps what it has read; use one for a few questions and drop it. A proof reads at most two tiles for each level of
/// tiles and computes fewer than 256 hashes in each.
public struct TreeView<Source: TileSource> {
    public let size: Int64
    private let source: Source
    private var read: [Tile: [MerkleHash]] = [:]

    /// - Parameter size: At most as many leaves as the source holds.
    public init(size: Int64, source: Source) { (self.size, self.source) = (size, source) }

    public mutating func root() throws -> MerkleHash { try edge().root }

    /// What an appender needs to go on: the way from stored tiles back to a ``RightEdge`` at start-up.
    public mutating func edge() throws -> RightEdge {
        var (roots, start) = ([MerkleHash](), Int64(0))
        for height in (0..<Int64.bitWidth - 1).reversed() where size >> height & 1 == 1 {
            roots.append(try node(height: height, index: start >> height))
            start += 1 << height
        }
        guard let edge = RightEdge(size: size, roots: roots) else { throw TransparencyError.beyondTree(size) }
        return edge
    }

    /// The proof that the leaf at `index` is in the tree of this size.
    ///
    /// Source: RFC 9162, section 2.1.3.1.
    public mutating func inclusionProof(of index: Int64) throws -> InclusionProof {
        guard 0..<size ~= index else { throw TransparencyError.beyondTree(index) }
        var (low, high, path) = (Int64(0), size, [MerkleHash]())
        while high - low > 1 {
            let middle = low + greatestPower(below: high - low)
            if index < middle {
                path.append(try subtree(middle, high))
                high = middle
            } else {
                path.append(try subtree(low, middle))
                low = middle
            }
        }
        return InclusionProof(index: index, size: size, path: path.reversed())
    }

    /// The proof that the tree of `first` leaves is the beginning of this one.
    ///
    /// From an empty tree or to itself there is nothing to prove, and the path is empty.
    ///
    /// Source: RFC 9162, section 2.1.4.1.
    public mutating func consistencyProof(from first: Int64) throws -> ConsistencyProof {
        guard 0...size ~= first else { throw TransparencyError.beyondTree(first) }
        var path: [MerkleHash] = []
        if first > 0 && first < size {
            var (low, high) = (Int64(0), size)
            while first != high {
                let middle = low + greatestPower(below: high - low)
                if first <= middle {
                    path.append(try subtree(middle, high))
                    high = middle
                } else {
                    path.append(try subtree(low, middle))
                    low = middle
                }
            }
            // The verifier holds this root already where it is the whole first tree.
            if low > 0 { path.append(try subtree(low, high)) }
        }
        return ConsistencyProof(first: first, second: size, path: path.reversed())
    }

    private func greatestPower(below count: Int64) -> Int64 {
        1 << (Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }

    /// The root over the leaves `low ..< high`, where that is a subtree of the tree.
    private mutating func subtree(_ low: Int64, _ high: Int64) throws -> MerkleHash {
        let count = high - low
        if count.nonzeroBitCount == 1 {
            return try node(height: count.trailingZeroBitCount, index: low >> count.trailingZeroBitCount)
        }
        let middle = low + greatestPower(below: count)
        return .node(try subtree(low, middle), try subtree(middle, high))
    }

    /// The root over a full subtree of 2^height leaves, computed from the tile that holds the level below or at it.
    private mutating func node(height: Int, index: Int64) throws -> MerkleHash {
        let above = height % Tile.height
        let first = index << above
        guard let tile = Tile(level: height / Tile.height, index: first / Int64(Tile.fullWidth), size: size) else {
            throw TransparencyError.beyondTree(size)
        }
        let offset = Int(first % Int64(Tile.fullWidth))
        var hashes = Array(try load(tile)[offset..<offset + (1 << above)])
        while hashes.count > 1 {
            for pair in 0..<hashes.count / 2 { hashes[pair] = .node(hashes[2 * pair], hashes[2 * pair + 1]) }
            hashes.removeLast(hashes.count / 2)
        }
        return hashes[0]
    }

    private mutating func load(_ tile: Tile) throws -> [MerkleHash] {
        if let hashes = read[tile] { return hashes }
        let hashes = try source.hashes(of: tile)
        guard hashes.count == tile.width else {
            throw TransparencyError.tileWidth(path: "\(TileResource.hashes(tile))", found: hashes.count)
        }
        read[tile] = hashes
        return hashes
    }
}

/// Tiles in memory, for tests and small logs. 32.2 bytes a leaf.
public struct MemoryTiles: TileSource, Sendable {
    private var levels: [[MerkleHash]] = []

    public init() {}

    /// Takes what ``RightEdge/append(contentsOf:)`` gave, in order.
    public mutating func store(_ runs: [TileRun]) {
        for run in runs {
            while levels.count <= run.level { levels.append([]) }
            levels[run.level].append(contentsOf: run.hashes)
        }
    }

    public func hashes(of tile: Tile) throws -> [MerkleHash] {
        guard tile.level < levels.count, tile.start + Int64(tile.width) <= levels[tile.level].count else {
            throw TransparencyError.tileWidth(path: "\(TileResource.hashes(tile))", found: 0)
        }
        return Array(levels[tile.level][Int(tile.start)..<Int(tile.start) + tile.width])
    }
}
