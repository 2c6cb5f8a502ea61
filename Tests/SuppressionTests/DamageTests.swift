import FoundationEssentials
import GateModel
import Suppression
import Testing

struct DamageTests {
    /// An index with every kind of section.
    private func sample() throws -> (fixture: Fixture, version: ListVersion, path: String, bytes: [UInt8]) {
        let fixture = try Fixture()
        let text =
            "phone,until,category\n13800000001,,\n13800000002,2026-04-01,a\n+86170*,,\n+12125550100,,b\n"
            + (0..<100).map { "\(13_900_000_000 + $0 * 7),,\n" }.joined()
        let version = try fixture.importVersion(try list(.suppress, .dated), text).version
        let path = fixture.folder.indexPath(list: version.list, version: version.number)
        return (fixture, version, path, try bytes(of: path))
    }

    @Test func everyFlippedBitOfTheHeaderIsRefusedAtOpening() throws {
        let (fixture, version, path, bytes) = try sample()
        let words = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self) }
        var opened: [Int] = []
        for bit in 0..<Int(words) * 64 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            try write(damaged, to: path)
            if (try? fixture.folder.open(version)) != nil { opened.append(bit) }
        }
        #expect(opened == [])
    }

    /// An index whose bitmap holds containers of all three kinds, and where its directory begins.
    private func kinds() throws -> (
        fixture: Fixture, version: ListVersion, path: String, bytes: [UInt8], section: Range<Int>
    ) {
        let fixture = try Fixture()
        var random = SplitMix(seed: 20_260_303)
        let base = 8_613_800_050_688 as UInt64  // A multiple of 65,536.
        var members: [UInt64] = (0..<100).map { _ in base + random.next() % 65_536 }
        members += (0..<9_000).map { _ in base + 65_536 + random.next() % 65_536 }
        members += (0..<3_000).map { base + 131_072 + $0 + $0 / 1000 * 7 }
        let version = try fixture.importVersion(try list(), members.map { "+\($0)\n" }.joined()).version
        let path = fixture.folder.indexPath(list: version.list, version: version.number)
        let bytes = try bytes(of: path)
        let words = bytes.withUnsafeBytes { bytes in
            [18, 19].map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        return (fixture, version, path, bytes, words[0]..<words[0] + words[1])
    }

    @Test func everyFlippedBitOfADirectoryIsRefusedAtOpening() throws {
        let (fixture, version, path, bytes, section) = try kinds()
        let containers = Int(bytes[section].suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } >> 15)
        let directory = section.upperBound - 4 - 5 * containers..<section.upperBound
        let kinds = Set(bytes[directory].dropFirst(containers * 4).dropLast(4))
        #expect(kinds == [1, 2, 3])
        var opened: [Int] = []
        for bit in directory.lowerBound * 8..<directory.upperBound * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            try write(damaged, to: path)
            if (try? fixture.folder.open(version)) != nil { opened.append(bit) }
        }
        #expect(opened == [])
    }

    @Test func randomDamageOfTheContentHarmsNoReading() throws {
        let (fixture, version, path, bytes, section) = try kinds()
        let whole = try fixture.folder.open(version)
        var random = SplitMix(seed: 20_260_304)
        var opened = 0
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0...random.next() % 20 {
                damaged[section.lowerBound + Int(random.next() % UInt64(section.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            try write(damaged, to: path)
            guard let snapshot = try? fixture.folder.open(version) else { continue }
            opened += 1
            for _ in 0..<200 {
                _ = snapshot.lookup(E164(digits: 8_613_800_050_688 + random.next() % 262_144)!)
            }
            _ = snapshot.difference(from: whole)
            _ = snapshot.dropsAnything(of: whole)
            if damaged != bytes { #expect(throws: SuppressionError.self) { try snapshot.verify() } }
        }
        #expect(opened > 100, "seed 20260304")
    }

    @Test func nothingIsMadeOfADamagedBase() throws {
        let (fixture, version, path, bytes, section) = try kinds()
        var damaged = bytes
        damaged[section.lowerBound] ^= 1
        try write(damaged, to: path)
        #expect(throws: SuppressionError.corrupt(path: path, reason: "its SHA-256 is not the one recorded")) {
            try fixture.importVersion(try list(), "13800000001\n", mode: .add, base: version)
        }
    }

    @Test func everyTruncationAndEveryTrailingByteIsRefusedAtOpening() throws {
        let (fixture, version, path, bytes) = try sample()
        var opened: [Int] = []
        for length in 0..<bytes.count {
            try write(Array(bytes[..<length]), to: path)
            if (try? fixture.folder.open(version)) != nil { opened.append(length) }
        }
        try write(bytes + [0], to: path)
        if (try? fixture.folder.open(version)) != nil { opened.append(bytes.count + 1) }
        #expect(opened == [])
        try write(bytes, to: path)
        try fixture.folder.open(version).verify()
    }

    @Test func everyFlippedBitOfTheContentIsFoundByVerifyAndHarmsNoLookup() throws {
        let (fixture, version, path, bytes) = try sample()
        let start = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 24, as: UInt64.self)) } * 8
        var unnoticed: [Int] = []
        for bit in start * 8..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            try write(damaged, to: path)
            guard let snapshot = try? fixture.folder.open(version) else { continue }
            // The answer may be wrong, but reading must stay inside the file.
            for text in ["+8613800000001", "+8613800000002", "+8617000000000", "+12125550100"] {
                _ = snapshot.lookup(number(text))
            }
            do {
                try snapshot.verify()
                unnoticed.append(bit)
            } catch {}
        }
        #expect(unnoticed == [])
    }

    @Test func aMissingIndexIsAnErrorWithItsPath() throws {
        let (fixture, version, path, _) = try sample()
        try FileManager.default.removeItem(atPath: path)
        let error = #expect(throws: SuppressionError.self) { try fixture.folder.open(version) }
        #expect(error.map { "\($0)" } == "cannot open `\(path)`: No such file or directory")
    }

    @Test func anotherFormatVersionIsRefusedByName() throws {
        let (fixture, version, path, bytes) = try sample()
        var other = bytes
        other[8] = 2
        try write(other, to: path)
        #expect(throws: SuppressionError.corrupt(path: path, reason: "its format version 2 is unknown")) {
            try fixture.folder.open(version)
        }
    }
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// Replaces a file by another of the same name: one that is mapped keeps its content.
func write(_ bytes: [UInt8], to path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    try Data(bytes).write(to: URL(filePath: path))
}
