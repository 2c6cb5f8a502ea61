/// All that an appender must know of a tree: the roots of the full subtrees it consists of.
///
/// A value; copy it to try something. Appending one leaf costs O(1) on average, a root O(log size).
public struct RightEdge: Hashable, Sendable {
    /// How many leaves the tree has.
    public private(set) var size: Int64 = 0
    /// One root for each set bit of ``size``, the largest subtree first.
    public private(set) var roots: [MerkleHash] = []

    /// The edge of a tree without leaves.
    public init() {}

    /// - Returns: nil unless there is one root for each set bit of `size`.
    public init?(size: Int64, roots: [MerkleHash]) {
        guard size >= 0, roots.count == size.nonzeroBitCount else { return nil }
        (self.size, self.roots) = (size, roots)
    }

    /// The root of the tree as it is now.
    public var root: MerkleHash {
        guard var root = roots.last else { return .empty }
        for left in roots.dropLast().reversed() { root = .node(left, root) }
        return root
    }

    public mutating func append(_ leaf: MerkleHash) { append(leaf) { _, _, _ in } }

    /// Appends leaves in their order.
    ///
    /// - Returns: Every hash that became final and stands in a tile: the leaves themselves, then one for each subtree
    ///   of 256, 65,536 … leaves that is full now. Store them before a checkpoint of the new size is given away.
    public mutating func append(contentsOf leaves: some Sequence<MerkleHash>) -> [TileRun] {
        var runs: [TileRun] = []
        for leaf in leaves {
            append(leaf) { height, index, hash in
                guard height % Tile.height == 0 else { return }
                let level = height / Tile.height
                if level == runs.count { runs.append(TileRun(level: level, start: index, hashes: [])) }
                runs[level].hashes.append(hash)
            }
        }
        return runs
    }

    /// - Parameter completed: Told of every subtree that became full: 2^height leaves, the index-th of its height.
    private mutating func append(
        _ leaf: MerkleHash, completed: (_ height: Int, _ index: Int64, _ hash: MerkleHash) -> Void
    ) {
        var (hash, height) = (leaf, 0)
        completed(0, size, hash)
        while size >> height & 1 == 1 {
            hash = .node(roots.removeLast(), hash)
            height += 1
            completed(height, size >> height, hash)
        }
        roots.append(hash)
        size += 1
    }
}

/// Hashes that stand side by side in one level of tiles.
public struct TileRun: Hashable, Sendable {
    /// 0 for leaf hashes; at level n each hash covers 256^n leaves.
    public var level: Int
    /// The place of the first hash within its level. A file that holds a level has it at byte 32 × start.
    public var start: Int64
    public var hashes: [MerkleHash]
}
