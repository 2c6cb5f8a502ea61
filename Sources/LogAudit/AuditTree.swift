import struct Transparency.MerkleHash

/// The tree, computed a second time in the simplest way: a binary counter whose digits are hashes.
///
/// Source: RFC 9162, section 2.1.1.
struct AuditTree: Sendable {
    private(set) var size: Int64 = 0
    /// At place n the root over 2^n leaves that wait for as many more; nil where none wait.
    private var waiting: [MerkleHash?] = Array(repeating: nil, count: 64)

    init() {}

    init?(_ start: LogAudit.Start) {
        guard start.size >= 0, start.roots.count == start.size.nonzeroBitCount else { return nil }
        size = start.size
        var roots = start.roots[...]
        for place in (0..<63).reversed() where size & 1 << place != 0 { waiting[place] = roots.removeFirst() }
    }

    /// - Parameter isRight: Judges each hash that became final: that of the leaf, the roots over 2, 4, 8 … leaves.
    /// - Returns: The height of the first hash that was not right; nil where all were. After one the tree is of no use.
    mutating func add(_ leaf: MerkleHash, isRight: (_ height: Int, _ hash: MerkleHash) -> Bool) -> Int? {
        var (carry, place) = (leaf, 0)
        if !isRight(0, carry) { return 0 }
        while let left = waiting[place] {
            waiting[place] = nil
            carry = .node(left, carry)
            place += 1
            if !isRight(place, carry) { return place }
        }
        waiting[place] = carry
        size += 1
        return nil
    }

    var root: MerkleHash {
        var root: MerkleHash?
        for hash in waiting {
            guard let hash else { continue }
            root = root.map { .node(hash, $0) } ?? hash
        }
        return root ?? .empty
    }

    var start: LogAudit.Start { LogAudit.Start(size: size, roots: waiting.compactMap(\.self).reversed()) }
}
