import Testing

@testable import Transparency

@Suite struct TreeTests {
    /// The eight leaves that implementations of RFC 6962 have tested with since 2012, and their roots.
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].map { Transparency.MerkleHash.leaf(bytes(hexadecimal: $0)) }
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ].map { hash($0) }

    @Test func theWellKnownTreeHasItsRoots() {
        var edge = RightEdge()
        #expect(edge.root == Self.roots[0])
        for (leaf, root) in zip(Self.leaves, Self.roots.dropFirst()) {
            edge.append(leaf)
            #expect(edge.root == root)
        }
    }

    @Test(
        arguments: [
            (
                0, 8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ]
            ),
            (
                5, 8,
                [
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ]
            ),
            (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        ] as [(Int64, Int64, [String])])
    func theWellKnownTreeHasItsInclusionProofs(index: Int64, size: Int64, path: [String]) throws {
        var (edge, tiles) = (RightEdge(), MemoryTiles())
        tiles.store(edge.append(contentsOf: Self.leaves))
        var view = TreeView(size: size, source: tiles)
        let proof = try view.inclusionProof(of: index)
        #expect(proof.path == path.map { hash($0) })
        #expect(proof.verifies(leaf: Self.leaves[Int(index)], root: Self.roots[Int(size)]))
    }

    @Test(
        arguments: [
            (
                1, 8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ]
            ),
            (
                6, 8,
                [
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ]
            ),
            (
                2, 5,
                [
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ]
            ),
        ] as [(Int64, Int64, [String])])
    func theWellKnownTreeHasItsConsistencyProofs(first: Int64, second: Int64, path: [String]) throws {
        var (edge, tiles) = (RightEdge(), MemoryTiles())
        tiles.store(edge.append(contentsOf: Self.leaves))
        var view = TreeView(size: second, source: tiles)
        let proof = try view.consistencyProof(from: first)
        #expect(proof.path == path.map { hash($0) })
        #expect(proof.verifies(firstRoot: Self.roots[Int(first)], secondRoot: Self.roots[Int(second)]))
    }

    /// Every root and every proof of the trees of 0 to 70 leaves, against the reference's recursive definitions.
    @Test func everyTreeIsThatOfTheReference() throws {
        let log = SmallLog(size: 70)
        var edges = [RightEdge()]
        for number in 0..<70 as Range<Int64> {
            edges.append(edges[edges.count - 1])
            edges[edges.count - 1].append(.leaf(entry(number)))
        }
        let text = String(decoding: try reference(["tree", "70"]), as: UTF8.self)
        var counts = [0, 0, 0]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let (hashes, a, b) = (words.dropFirst(3).map { hash($0) }, Int64(words[1])!, Int64(words[2])!)
            switch words[0] {
            case "root":
                var view = log.view(a)
                #expect(try view.root() == hashes[0])
                #expect(try view.edge() == edges[Int(a)])
                #expect(edges[Int(a)].root == hashes[0])
                counts[0] += 1
            case "inclusion":
                var view = log.view(b)
                #expect(try view.inclusionProof(of: a).path == hashes)
                counts[1] += 1
            default:
                var view = log.view(b)
                #expect(try view.consistencyProof(from: a).path == hashes)
                counts[2] += 1
            }
        }
        #expect(counts == [71, 70 * 71 / 2, 69 * 70 / 2])
    }

    /// Over three levels of tiles, where subtrees end inside tiles and at their bounds.
    @Test func aTreeOfSeventyThousandLeavesProvesItself() throws {
        let sizes: [Int64] = [1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 65_792, 70_000]
        var (log, roots) = (SmallLog(), [MerkleHash]())
        for size in sizes {
            log.grow(to: size)
            roots.append(log.edge.root)
        }
        for (size, root) in zip(sizes, roots) {
            var view = log.view(size)
            #expect(try view.root() == root)
            for index in sizes.flatMap({ [$0 - 1, $0] }) where index < size {
                let proof = try view.inclusionProof(of: index)
                #expect(proof.verifies(leaf: .leaf(entry(index)), root: root))
                #expect(!proof.verifies(leaf: .leaf(entry(index + 1)), root: root))
            }
            for (first, firstRoot) in zip(sizes, roots) where first <= size {
                #expect(try view.consistencyProof(from: first).verifies(firstRoot: firstRoot, secondRoot: root))
            }
        }
    }

    @Test func anAppenderGoesOnFromStoredTiles() throws {
        var (log, whole) = (SmallLog(size: 300), SmallLog(size: 600))
        var view = log.view(300)
        log.edge = try view.edge()
        log.grow(to: 600)
        #expect(log.edge == whole.edge)
        #expect(try log.tiles.hashes(of: Tile(level: 1, index: 0, size: 600)!).count == 2)
        whole.grow(to: 601)
        #expect(log.edge.root != whole.edge.root)
    }

    @Test func anEdgeHasOneRootForEachBitOfItsSize() {
        let root = MerkleHash.leaf([1])
        #expect(RightEdge(size: 5, roots: [root, root])?.size == 5)
        #expect(RightEdge(size: 5, roots: [root]) == nil)
        #expect(RightEdge(size: -1, roots: []) == nil)
        #expect(RightEdge(size: 0, roots: []) == RightEdge())
    }

    @Test func whatIsBeyondTheTreeIsRefused() {
        var view = SmallLog(size: 5).view(5)
        for index in [-1, 5, .max] as [Int64] {
            #expect(throws: TransparencyError.beyondTree(index)) { try view.inclusionProof(of: index) }
        }
        for first in [-1, 6] as [Int64] {
            #expect(throws: TransparencyError.beyondTree(first)) { try view.consistencyProof(from: first) }
        }
        var tooLarge = SmallLog(size: 5).view(6)
        #expect(throws: TransparencyError.tileWidth(path: "tile/0/000.p/6", found: 0)) { try tooLarge.root() }
    }

    @Test func aHashHasOneFormOfText() {
        let hash = MerkleHash.empty
        #expect(MerkleHash(hash.description) == hash)
        #expect(hash.description == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        for text in ["", "47DE", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "\(hash) ", "\(hash)\(hash)"] {
            #expect(MerkleHash(text) == nil)
        }
        // The last character's lowest two bits say nothing; set, they are another text for the same bytes.
        #expect(MerkleHash("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=") == nil)
    }
}
