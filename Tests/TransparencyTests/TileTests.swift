import GateTesting
import Testing

@testable import Transparency

@Suite struct TileTests {
    @Test(
        arguments: [
            (Tile(0, 0, 256), "tile/0/000"), (Tile(0, 0, 1), "tile/0/000.p/1"), (Tile(7, 1, 255), "tile/7/001.p/255"),
            (Tile(1, 1_234_067, 256), "tile/1/x001/x234/067"), (Tile(0, 1000, 8), "tile/0/x001/000.p/8"),
            (Tile(63, 999, 256), "tile/63/999"),
        ] as [(Tile, String)])
    func aTileHasOnePath(tile: Tile, path: String) throws {
        #expect(TileResource.hashes(tile).description == path)
        #expect(try TileResource(path: path) == .hashes(tile))
    }

    @Test(arguments: [(0, 256, "tile/entries/000"), (1_000_000, 3, "tile/entries/x001/x000/000.p/3")])
    func aBundleOfEntriesHasOnePath(index: Int64, width: Int, path: String) throws {
        #expect(TileResource.entries(Tile(0, index, width)).description == path)
        #expect(try TileResource(path: path) == .entries(Tile(0, index, width)))
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000",
        "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/0/x000/000", "tile/0/001/000", "tile/0/x001/x000",
        "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/+1",
        "tile/0/000/", "tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/-01", "tile/0/x1/000", "tile/0/a00",
        "tile/entry/000", "tile/Entries/000", "tiles/0/000", "tile/0/../000", "tile/0/x00x/000", "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ])
    func whatIsNoPathIsRefused(path: String) {
        #expect(throws: TransparencyError.tilePath) { try TileResource(path: path) }
    }

    @Test func everyChangedCharacterOfAPathIsRefusedOrAnotherTile() throws {
        let path = "tile/1/x001/x234/067.p/8"
        let tile = try TileResource(path: path)
        for bit in 0..<path.utf8.count * 8 {
            guard let changed = String(validating: Array(path.utf8).flipping(bit: bit), as: UTF8.self),
                let other = try? TileResource(path: changed)
            else { continue }
            #expect(other != tile && other.description == changed)
        }
    }

    /// The example of the specification.
    @Test func aTreeOfSeventyThousandLeavesHasItsTiles() {
        let tiles = Tile.tiles(from: 0, to: 70_000)
        func count(_ level: Int, full: Bool) -> Int { tiles.count { $0.level == level && $0.isFull == full } }
        #expect([0, 1, 2, 3].map { count($0, full: true) } == [273, 1, 0, 0])
        #expect([0, 1, 2, 3].map { count($0, full: false) } == [1, 1, 1, 0])
        #expect(tiles.filter { !$0.isFull }.map(\.width) == [112, 17, 1])
        #expect(Tile.tiles(from: 0, to: 256) == [Tile(0, 0, 256), Tile(1, 0, 1)])
        #expect(Tile.tiles(from: 0, to: 0).isEmpty)
    }

    @Test(arguments: [0, 1, 200, 255, 256, 257, 65_535, 65_536] as [Int64])
    func whatATreeGainsIsItsNewTiles(older: Int64) {
        for newer in [older, older + 1, older + 255, older + 256, 70_000] as [Int64] where newer >= older {
            let before = Set(Tile.tiles(from: 0, to: older))
            let now = Set(Tile.tiles(from: 0, to: newer))
            #expect(Set(Tile.tiles(from: older, to: newer)) == now.subtracting(before))
            #expect(now.allSatisfy { $0.isIn(treeOf: newer) })
            #expect(now.subtracting(before).allSatisfy { !$0.isIn(treeOf: older) })
        }
    }

    @Test func aTileThatTheTreeHasNotIsNone() {
        #expect(Tile(level: 0, index: 0, size: 0) == nil)
        #expect(Tile(level: 1, index: 0, size: 255) == nil)
        #expect(Tile(level: -1, index: 0, size: 10) == nil)
        #expect(Tile(level: 8, index: 0, size: .max) == nil)
        #expect(Tile(level: 0, index: -1, size: 10) == nil)
        #expect(Tile(level: 0, index: .max, size: .max) == nil)
        #expect(Tile(level: 0, index: 1, size: 300)?.width == 44)
        #expect(!Tile(63, 0, 1).isIn(treeOf: .max))
    }

    @Test func aBundleComesBack() throws {
        let entries = [[], [1], [UInt8](repeating: 7, count: 65_535), [0, 0]] as [[UInt8]]
        let bytes = try EntryBundle.bytes(entries)
        #expect(bytes.prefix(5) == [0, 0, 0, 1, 1])
        #expect(try EntryBundle.entries(bytes, width: 4) == entries)
        #expect(throws: TransparencyError.bundle(place: 3)) { try EntryBundle.entries(bytes, width: 3) }
        #expect(throws: TransparencyError.bundle(place: 4)) { try EntryBundle.entries(bytes, width: 5) }
        #expect(throws: TransparencyError.bundle(place: 3)) { try EntryBundle.entries(bytes.dropLast(), width: 4) }
        #expect(throws: TransparencyError.entryTooLong(place: 1, count: 65_536)) {
            try EntryBundle.bytes([[], [UInt8](repeating: 7, count: 65_536)])
        }
    }
}
