import GateModel
import Glibc
import Suppression
import Testing

struct IndexGuardTests {
    private func snapshots(_ count: Int) throws -> (lists: [(list: String, snapshot: ListSnapshot)], fixture: Fixture) {
        let fixture = try Fixture()
        let lists = try (0..<count).map { index in
            (list: "list-\(index)", snapshot: try fixture.snapshot(try list(), "1380000000\(index)\n13800000009\n"))
        }
        return (lists, fixture)
    }

    /// Changes a byte of a version's index in place, under the mapping.
    private func damage(_ fixture: Fixture, _ version: Int) throws {
        let path = fixture.folder.indexPath(list: "internal-dnc", version: version)
        let file = try #require(fopen(path, "r+"))
        defer { fclose(file) }
        fseek(file, -40, SEEK_END)
        let byte = fgetc(file)
        fseek(file, -40, SEEK_END)
        fputc(Int32(byte) ^ 1, file)
    }

    @Test(arguments: [1, 7, 1 << 20])
    func findsEveryDamagedIndexWhateverTheStep(_ bytes: Int) throws {
        let (lists, fixture) = try snapshots(4)
        try damage(fixture, 2)
        try damage(fixture, 4)
        let guardian = IndexGuard()
        var found: [String] = []
        for _ in 0..<20_000 {
            if let failure = guardian.step(lists, at: noon, bytes: bytes) {
                found.append(failure.list)
                #expect(failure.reason.contains("its SHA-256 is not the one recorded"))
                #expect(lists.contains { $0.list == failure.list && $0.snapshot === failure.snapshot })
            }
        }
        #expect(found == ["list-1", "list-3"])
    }

    @Test func aRoundBeginsOnlyAfterThePause() throws {
        let (lists, fixture) = try snapshots(1)
        let guardian = IndexGuard(pause: .hours(1))
        #expect(guardian.step(lists, at: noon) == nil)
        try damage(fixture, 1)
        #expect(guardian.step(lists, at: noon + .minutes(59)) == nil)
        #expect(guardian.step(lists, at: noon + .minutes(60))?.list == "list-0")
    }

    @Test func aClockThatIsSetBackDoesNotStopIt() throws {
        let (lists, fixture) = try snapshots(1)
        let guardian = IndexGuard(pause: .hours(1))
        #expect(guardian.step(lists, at: noon) == nil)
        try damage(fixture, 1)
        #expect(guardian.step(lists, at: noon - .hours(24))?.list == "list-0")
    }

    @Test func aVersionThatIsNotInForceAnyMoreIsGivenUp() throws {
        let (lists, fixture) = try snapshots(2)
        try damage(fixture, 1)
        let guardian = IndexGuard()
        #expect(guardian.step([lists[0]], at: noon, bytes: 10) == nil)
        for _ in 0..<100 { #expect(guardian.step([lists[1]], at: noon, bytes: 10) == nil) }
    }

    @Test func nothingInForceIsNoFailure() throws {
        let guardian = IndexGuard()
        #expect(guardian.step([], at: noon) == nil)
        let empty = ListSnapshot(emptyFor: try list())
        #expect(guardian.step([(list: "empty", snapshot: empty)], at: noon + .hours(2)) == nil)
    }
}
