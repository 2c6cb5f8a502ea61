import FoundationEssentials
import GateModel
import Suppression
import Testing

struct VersionTests {
    @Test func addAndRemoveMakeAWholeNewIndex() throws {
        let fixture = try Fixture()
        let first = try fixture.importVersion(try list(), "13800000001\n13800000002\n+12125550100\n").version
        let second = try fixture.importVersion(
            try list(), "13800000002\n13800000003\n+4420\n", mode: .add, base: first
        ).version
        let third = try fixture.importVersion(
            try list(), "13800000001\n+12125550100\n13800000009\n", mode: .remove, base: second
        ).version
        func listed(_ version: ListVersion) throws -> [Bool] {
            let snapshot = try fixture.folder.open(version)
            try snapshot.verify()
            return ["+8613800000001", "+8613800000002", "+8613800000003", "+12125550100", "+4420"]
                .map { snapshot.lookup(number($0)) != nil }
        }
        #expect(try listed(first) == [true, true, false, true, false])
        #expect(try listed(second) == [true, true, true, true, true])
        #expect(try listed(third) == [false, true, true, false, true])
        #expect([first.entries, second.entries, third.entries] == [3, 5, 3])
        #expect([first.base, second.base, third.base] == [nil, 1, 2])
        #expect(third.counts.accepted == 3)
    }

    @Test func addAndRemoveKeepPeriodsCategoriesAndPrefixes() throws {
        let fixture = try Fixture()
        let dated = try list(.suppress, .dated)
        let first = try fixture.importVersion(
            dated, "phone,category\n13800000001,banking\n13800000002,estate\n+86170*,range\n+86171*,\n"
        ).version
        let second = try fixture.importVersion(
            dated, "phone,category\n13800000003,estate\n13800000001,banking\n", mode: .add, base: first
        ).version
        let added = try fixture.folder.open(second)
        #expect(second.entries == 5)
        #expect(added.lookup(number("+8613800000001"))?.category == "banking")
        #expect(added.lookup(number("+8613800000002"))?.category == "estate")
        #expect(added.lookup(number("+8613800000003"))?.category == "estate")
        #expect(added.lookup(number("+8617000000000"))?.category == "range")
        let third = try fixture.importVersion(
            dated, "phone\n13800000001\n+86171*\n", mode: .remove, base: second
        ).version
        let removed = try fixture.folder.open(third)
        #expect(removed.lookup(number("+8613800000001")) == nil)
        #expect(removed.lookup(number("+8617100000000")) == nil)
        #expect(removed.lookup(number("+8617000000000"))?.category == "range")
        #expect(removed.lookup(number("+8613800000002"))?.category == "estate")
    }

    @Test func aLaterAnswerReplacesAnEarlierOne() throws {
        let fixture = try Fixture()
        let asked = try list(.suppress, .dated, .asked)
        let first = try fixture.importVersion(
            asked, "phone,answer,received_at\n13800000001,no,2026-01-01T00:00:00Z\n13800000002,yes,2026-01-01\n"
        ).version
        let second = try fixture.importVersion(
            asked, "phone,answer,received_at\n13800000001,yes,2026-02-01T00:00:00Z\n13800000002,no,2025-01-01\n",
            mode: .add, base: first
        ).version
        let snapshot = try fixture.folder.open(second)
        #expect(snapshot.answer(number("+8613800000001"))?.value == .yes)
        #expect(snapshot.answer(number("+8613800000002"))?.value == .yes)
        #expect(snapshot.entryCount == 2)
    }

    @Test func removingEverythingLeavesAnEmptyIndex() throws {
        let fixture = try Fixture()
        let first = try fixture.importVersion(try list(), "13800000001\n").version
        let second = try fixture.importVersion(try list(), "13800000001\n", mode: .remove, base: first).version
        let snapshot = try fixture.folder.open(second)
        #expect(snapshot.entryCount == 0)
        #expect(snapshot.lookup(number("+8613800000001")) == nil)
        try snapshot.verify()
    }

    @Test func refusesABaseOfAnotherCoverage() throws {
        let fixture = try Fixture()
        let first = try fixture.importVersion(try list(), "13800000001\n").version
        let prefixes = try list(.suppress, .plain, .prefixes)
        #expect(throws: SuppressionError.rejected(.coverageChanged(was: .complete, now: .prefixes))) {
            try fixture.importVersion(prefixes, "# covers: +86\n13800000001\n", mode: .add, base: first)
        }
    }

    @Test func metadataReadsBackAsItWasWritten() throws {
        let fixture = try Fixture()
        let text = "13800000001\n12\n13800000002\n13800000002\n"
        let made = try fixture.importVersion(
            try list(), text, options: ImportOptions(maximumRejectedShare: 0.5)
        ).version
        let read = try fixture.folder.version(1, of: "internal-dnc")
        #expect(read == made)
        #expect(read.upload?.bytes == text.utf8.count)
        #expect(read.upload?.sha256 == "ef1ccbedd999cbbe760aca8de5bd7560b2b5d4ec12147c5cafc938dda8b35e84")
        #expect(read.index?.bytes == (try bytes(of: fixture.folder.indexPath(list: "internal-dnc", version: 1))).count)
        #expect(read.asOf == noon)
        #expect(try fixture.folder.lists() == ["internal-dnc"])
        #expect(try fixture.folder.versions(of: "internal-dnc") == [read])
        #expect(try fixture.folder.versions(of: "unknown") == [])
        #expect(throws: SuppressionError.notFound(list: "internal-dnc", version: 2)) {
            try fixture.folder.version(2, of: "internal-dnc")
        }
        #expect(throws: SuppressionError.notFound(list: "../etc", version: 1)) {
            try fixture.folder.version(1, of: "../etc")
        }
    }

    @Test func statesGoForwardOnly() throws {
        let fixture = try Fixture()
        let definition = try list()
        let begun = try fixture.folder.begin(
            definition, asOf: noon, sourceName: "a.csv", uploadedBy: "ops", at: noon)
        #expect(throws: SuppressionError.self) { try fixture.folder.open(begun) }
        let given = try fixture.folder.reject(begun, because: "the upload broke off")
        let spool = try fixture.folder.receive(begun)
        #expect(throws: SuppressionError.self) { try fixture.folder.received(given, spool) }
        #expect(try fixture.folder.version(1, of: "internal-dnc").rejection == "the upload broke off")

        let ready = try fixture.importVersion(definition, "13800000001\n").version
        #expect(ready.number == 2)
        #expect(try fixture.folder.version(2, of: "internal-dnc").state == .ready)
        #expect(try fixture.folder.open(ready).entryCount == 1)
    }

    @Test func concurrentUploadsGetDifferentNumbers() async throws {
        let fixture = try Fixture()
        let definition = try list()
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<24 {
                group.addTask {
                    try fixture.folder.begin(
                        definition, asOf: noon, sourceName: "\(task).csv", uploadedBy: "ops", at: noon
                    ).number
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(numbers == Set(1...24))
        #expect(try fixture.folder.versions(of: "internal-dnc").count == 24)
    }

    @Test func aFailedWriteLeavesNothingBehind() throws {
        let fixture = try Fixture()
        let importer = ListImporter(definition: try list(), asOf: noon, normalise: chinese)
        try importer.feed(Array("13800000001\n".utf8))
        // A folder in the index's place makes the very last step, the rename, fail.
        let target = fixture.path + "/index"
        try FileManager.default.createDirectory(atPath: target + "/x", withIntermediateDirectories: true)
        #expect(throws: SuppressionError.self) { try importer.finish(writing: target) }
        #expect(try fixture.contents() == ["index", "index/x"])
    }

    @Test func givingUpAVersionClearsWhatAKilledImportLeft() throws {
        let fixture = try Fixture()
        let version = try fixture.folder.begin(
            try list(), asOf: noon, sourceName: "a.csv", uploadedBy: "ops", at: noon)
        let folder = fixture.folder.path(list: "internal-dnc", version: 1)
        try write([1, 2, 3], to: folder + "/.index.Ab12Cd")
        try fixture.folder.reject(version, because: "the import was interrupted")
        #expect(try fixture.contents("lists/internal-dnc/1") == ["meta.json"])
    }

    @Test func damagedMetadataIsNamed() throws {
        let fixture = try Fixture()
        _ = try fixture.importVersion(try list(), "13800000001\n")
        let path = fixture.folder.path(list: "internal-dnc", version: 1) + "/meta.json"
        try write(Array("{".utf8), to: path)
        #expect(throws: SuppressionError.corrupt(path: path, reason: "it is no metadata of a version")) {
            try fixture.folder.versions(of: "internal-dnc")
        }
    }

    @Test(arguments: ["", "Us-NDNC", "us_ndnc", "../x", "é", String(repeating: "a", count: 41)])
    func refusesTheName(_ name: String) {
        #expect(throws: SuppressionError.self) { try ListDefinition(name: name) }
    }

    @Test func definitionsNameTheFieldAtFault() throws {
        #expect(try ListDefinition(name: String(repeating: "a", count: 40)).purposes == ["all"])
        #expect(throws: SuppressionError.self) { try ListDefinition(name: "a", purposes: []) }
        #expect(throws: SuppressionError.self) { try ListDefinition(name: "a", region: "cn") }
        #expect(throws: SuppressionError.self) { try ListDefinition(name: "a", greatestAge: .days(0)) }
    }
}
