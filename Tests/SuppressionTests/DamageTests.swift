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
