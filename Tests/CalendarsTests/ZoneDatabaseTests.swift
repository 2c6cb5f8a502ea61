import Calendars
import Foundation
import GateModel
import GateTesting
import Testing

@Suite struct ZoneDatabaseTests {
    static func refusal(_ folder: TemporaryFolder, oldest: String = "2026f") -> ZoneError? {
        do throws(ZoneError) {
            _ = try ZoneDatabase(folder: folder.path, oldest: oldest)
            return nil
        } catch {
            return error
        }
    }

    @Test func theInstalledDatabaseIsRecent() {
        #expect(system.version >= "2026f")
        #expect(system.folder == "/usr/share/zoneinfo")
    }

    @Test(arguments: ["2026f", "2026z", "2026za", "2027a", "2026f-dirty", "2026g-3-gabcdef"])
    func acceptsTheOldestReleaseAndLaterOnes(version: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("# version \(version)\nR x 1 o - 1 1 1 1 -\n", to: "tzdata.zi")
        #expect(try ZoneDatabase(folder: folder.path).version == version)
    }

    @Test(arguments: ["2026e", "2026a", "2025z", "2025zb"])
    func refusesOlderReleasesAndSaysWhatToDo(version: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("# version \(version)\n", to: "tzdata.zi")
        #expect(Self.refusal(folder) == .outdated(found: version, oldest: "2026f", folder: folder.path))
        #expect(Self.refusal(folder)?.description.contains("install tzdata 2026f or later") == true)
    }

    @Test func ordersReleasesAfterZ() throws {
        let folder = try TemporaryFolder()
        try folder.write("# version 2026z\n", to: "tzdata.zi")
        #expect(Self.refusal(folder, oldest: "2026za") != nil)
        #expect(Self.refusal(folder, oldest: "2026y") == nil)
    }

    @Test func readsTheOtherVersionFileWhereTheTableIsAbsent() throws {
        let folder = try TemporaryFolder()
        try folder.write("2026g\n", to: "+VERSION")
        #expect(try ZoneDatabase(folder: folder.path).version == "2026g")
    }

    @Test func refusesAFolderThatDoesNotTellItsRelease() throws {
        let folder = try TemporaryFolder()
        #expect(Self.refusal(folder) == .versionUnknown(folder: folder.path))
        try folder.write("# version unknown\n", to: "tzdata.zi")
        #expect(Self.refusal(folder) == .versionUnknown(folder: folder.path))
        #expect(throws: ZoneError.self) { try ZoneDatabase(folder: folder.path + "/absent") }
    }

    @Test func refusesAnOldestReleaseThatIsNone() {
        #expect(throws: ZoneError.invalidRelease("2026")) { try ZoneDatabase(oldest: "2026") }
    }

    @Test func findsZonesAndTheirAliases() throws {
        #expect(try system.zone(named: "US/Pacific").offset(at: instant("2026-07-01T00:00:00Z")) == -7 * 3600)
        #expect(try system.zone(named: "Etc/GMT+5").name == "Etc/GMT+5")
        #expect(
            try system.zone(named: "America/Argentina/Buenos_Aires").description == "America/Argentina/Buenos_Aires")
    }

    @Test(arguments: [
        "", "/etc/passwd", "../zoneinfo/UTC", "America/../UTC", "America//Nome", "UTC/", "./UTC", "zone.tab", "UTC\0",
        "Ü",
        "a b", String(repeating: "a", count: 256),
    ])
    func refusesWhatIsNoName(name: String) {
        #expect(throws: ZoneError.invalidName(name)) { try system.zone(named: name) }
    }

    @Test(arguments: ["America/Atlantis", "America", "UTC/UTC"])
    func saysWhichZoneIsMissing(name: String) {
        #expect(throws: ZoneError.notFound(zone: name, folder: system.folder)) { try system.zone(named: name) }
    }

    @Test func namesTheZoneWhoseFileIsMalformed() throws {
        let folder = try TemporaryFolder()
        try folder.write("# version 2026f\n", to: "tzdata.zi")
        try folder.write("TZif2", to: "Broken")
        let database = try ZoneDatabase(folder: folder.path)
        #expect(throws: ZoneError.malformed(zone: "Broken", reason: "it ends within the header")) {
            try database.zone(named: "Broken")
        }
        try FileBuilder(footer: "ABC1").bytes.withUnsafeBytes { bytes in
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/Broken"))
        }
        #expect(try database.zone(named: "Broken").offset(at: .distantPast) == -3600)
    }

    @Test func callersAtOnceGetTheSameZone() async throws {
        let database = try ZoneDatabase()
        let zones = try await withThrowingTaskGroup(of: Zone.self) { group in
            for _ in 0..<50 { group.addTask { try database.zone(named: "Europe/Berlin") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(zones.count == 50 && zones.allSatisfy { $0 === zones[0] })
    }
}
