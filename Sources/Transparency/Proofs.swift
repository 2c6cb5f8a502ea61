/// The hashes that lead from one leaf to the root.
///
/// Source: RFC 9162, section 2.1.3.
public struct InclusionProof: Hashable, Sendable {
    public var index: Int64
    /// The size of the tree. The proof does not bind it: it must come from a checkpoint, with the root.
    public var size: Int64
    /// From the leaf's sibling up to a child of the root.
    public var path: [MerkleHash]

    public init(index: Int64, size: Int64, path: [MerkleHash]) {
        (self.index, self.size, self.path) = (index, size, path)
    }

    /// Whether the leaf is in the tree with this root. Total: any proof is answered.
    ///
    /// Source: RFC 9162, section 2.1.3.2.
    public func verifies(leaf: MerkleHash, root: MerkleHash) -> Bool {
        guard index >= 0, index < size else { return false }
        var (fn, sn, r) = (index, size - 1, leaf)
        for p in path {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                r = .node(p, r)
                while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                r = .node(r, p)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return sn == 0 && r == root
    }
}

/// The hashes that show one tree to be the beginning of another.
///
/// Source: RFC 9162, section 2.1.4.
public struct ConsistencyProof: Hashable, Sendable {
    public var first: Int64
    public var second: Int64
    public var path: [MerkleHash]

    public init(first: Int64, second: Int64, path: [MerkleHash]) {
        (self.first, self.second, self.path) = (first, second, path)
    }

    /// Whether the tree with `firstRoot` is the beginning of the one with `secondRoot`. Total: any proof is answered.
    ///
    /// Source: RFC 9162, section 2.1.4.2. For an empty first tree and for two equal sizes, which it leaves out, the
    /// path must be empty, as C2SP tlog-witness has it.
    public func verifies(firstRoot: MerkleHash, secondRoot: MerkleHash) -> Bool {
        guard first >= 0, first <= second else { return false }
        if first == second { return path.isEmpty && firstRoot == secondRoot && (first > 0 || firstRoot == .empty) }
        if first == 0 { return path.isEmpty && firstRoot == .empty }
        if path.isEmpty { return false }
        let hashes = first.nonzeroBitCount == 1 ? [firstRoot] + path : path
        var (fn, sn) = (first - 1, second - 1)
        while fn & 1 == 1 { (fn, sn) = (fn >> 1, sn >> 1) }
        var (fr, sr) = (hashes[0], hashes[0])
        for c in hashes.dropFirst() {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                (fr, sr) = (.node(c, fr), .node(c, sr))
                while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
            } else {
                sr = .node(sr, c)
            }
            (fn, sn) = (fn >> 1, sn >> 1)
        }
        return fr == firstRoot && sr == secondRoot && sn == 0
    }
}
