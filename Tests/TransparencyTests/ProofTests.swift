import GateTesting
import Testing

@testable import Transparency

@Suite struct ProofTests {
    /// Sizes at which every bit is changed; at the others one bit of each hash, chosen at random.
    static let exhaustive: Set<Int64> = [1, 2, 3, 5, 8, 13, 33, 64, 70]

    func bits(_ size: Int64, _ random: inout SeededGenerator) -> [Int] {
        Self.exhaustive.contains(size) ? Array(0..<256) : [Int.random(in: 0..<256, using: &random)]
    }

    @Test(arguments: 1...70 as ClosedRange<Int64>)
    func everyInclusionProofVerifiesAndNoChangedOneDoes(size: Int64) throws {
        var random = SeededGenerator(seed: UInt64(size))
        let log = SmallLog(size: size)
        var view = log.view(size)
        let root = log.edge.root
        // Where every bit is tried, not every leaf is: the first, the last and one between.
        let indices = Self.exhaustive.contains(size) ? Array(Set([0, size / 2, size - 1])) : Array(0..<size)
        for index in indices {
            let (proof, leaf) = (try view.inclusionProof(of: index), MerkleHash.leaf(entry(index)))
            #expect(proof.verifies(leaf: leaf, root: root))
            func refuses(_ changed: InclusionProof) -> Bool { !changed.verifies(leaf: leaf, root: root) }
            var changed = proof
            for place in proof.path.indices {
                for bit in bits(size, &random) {
                    changed.path[place] = proof.path[place].flipping(bit: bit)
                    #expect(refuses(changed), "index \(index), hash \(place), bit \(bit)")
                }
                changed = proof
                changed.path.remove(at: place)
                #expect(refuses(changed), "index \(index), hash \(place) left out")
                changed = proof
            }
            for bit in bits(size, &random) {
                #expect(!proof.verifies(leaf: leaf.flipping(bit: bit), root: root), "index \(index), leaf, bit \(bit)")
                #expect(!proof.verifies(leaf: leaf, root: root.flipping(bit: bit)), "index \(index), root, bit \(bit)")
            }
            for bit in 0..<64 {
                changed.index = index ^ (1 << bit)
                #expect(refuses(changed), "index \(index), its bit \(bit)")
            }
            changed = proof
            changed.path.append(root)
            #expect(refuses(changed))
            changed.path = [root] + proof.path
            #expect(refuses(changed))
        }
    }

    @Test(arguments: 1...70 as ClosedRange<Int64>)
    func everyConsistencyProofVerifiesAndNoChangedOneDoes(second: Int64) throws {
        var random = SeededGenerator(seed: UInt64(second))
        let log = SmallLog(size: second)
        var view = log.view(second)
        let secondRoot = log.edge.root
        let firsts =
            Self.exhaustive.contains(second) ? Array(Set([1, second / 2, second - 1, second])) : Array(0...second)
        for first in firsts where first >= 0 {
            let proof = try view.consistencyProof(from: first)
            let firstRoot = SmallLog(size: first).edge.root
            #expect(proof.verifies(firstRoot: firstRoot, secondRoot: secondRoot))
            func refuses(_ changed: ConsistencyProof) -> Bool {
                !changed.verifies(firstRoot: firstRoot, secondRoot: secondRoot)
            }
            var changed = proof
            for place in proof.path.indices {
                for bit in bits(second, &random) {
                    changed.path[place] = proof.path[place].flipping(bit: bit)
                    #expect(refuses(changed), "from \(first), hash \(place), bit \(bit)")
                }
                changed = proof
                changed.path.remove(at: place)
                #expect(refuses(changed), "from \(first), hash \(place) left out")
                changed = proof
            }
            for bit in bits(second, &random) {
                #expect(!proof.verifies(firstRoot: firstRoot.flipping(bit: bit), secondRoot: secondRoot))
                // From an empty tree nothing is proved, so any second root goes.
                if first > 0 {
                    #expect(!proof.verifies(firstRoot: firstRoot, secondRoot: secondRoot.flipping(bit: bit)))
                }
            }
            changed.path.append(secondRoot)
            #expect(refuses(changed))
        }
    }

    @Test func nonsenseIsRefused() {
        let (a, b) = (MerkleHash.leaf([1]), MerkleHash.leaf([2]))
        for (index, size) in [(-1, 2), (2, 2), (0, 0), (0, -1), (.max, .min), (.max, .max)] as [(Int64, Int64)] {
            #expect(!InclusionProof(index: index, size: size, path: [a]).verifies(leaf: b, root: .node(b, a)))
        }
        #expect(InclusionProof(index: 0, size: 2, path: [a]).verifies(leaf: b, root: .node(b, a)))
        for (first, second) in [(-1, 2), (3, 2), (0, 2), (2, 2), (.min, .max), (1, .max)] as [(Int64, Int64)] {
            #expect(
                !ConsistencyProof(first: first, second: second, path: [a]).verifies(
                    firstRoot: b, secondRoot: .node(b, a)))
        }
        #expect(ConsistencyProof(first: 1, second: 2, path: [a]).verifies(firstRoot: b, secondRoot: .node(b, a)))
        #expect(!ConsistencyProof(first: 0, second: 0, path: []).verifies(firstRoot: a, secondRoot: a))
        #expect(!ConsistencyProof(first: 0, second: 3, path: []).verifies(firstRoot: a, secondRoot: b))
        #expect(ConsistencyProof(first: 0, second: 3, path: []).verifies(firstRoot: .empty, secondRoot: b))
        #expect(!ConsistencyProof(first: 3, second: 4, path: []).verifies(firstRoot: a, secondRoot: a))
    }
}
