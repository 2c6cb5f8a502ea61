import Calendars
import GateModel
import Testing

@Suite struct ZoneFileTests {
    /// Two types, one hour apart, and one change at the epoch.
    static let plain = FileBuilder(
        transitions: [(0, 1)], types: [(3600, 0, 0), (7200, 1, 0)], standard: [1, 1], ut: [0, 1], footer: "ABC-2")

    static func refusal(_ file: FileBuilder) -> String? {
        do throws(ZoneError) {
            _ = try file.zone()
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt8])
    func readsEveryVersion(version: UInt8) throws {
        var file = Self.plain
        file.version = version
        let zone = try file.zone()
        #expect(zone.offset(at: Instant(milliseconds: -1)) == 3600)
        #expect(zone.offset(at: Instant(milliseconds: 0)) == 7200)
    }

    @Test(arguments: [5, 9] as [UInt8])
    func refusesOtherVersions(version: UInt8) {
        var file = Self.plain
        file.version = version
        #expect(Self.refusal(file)?.contains("version byte \(48 + version) is not known") == true)
    }

    @Test func usesTypeZeroBeforeTheFirstTransition() throws {
        let file = FileBuilder(
            transitions: [(-100, 2), (100, 1)], types: [(-3600, 1, 0), (0, 0, 0), (3600, 0, 0)])
        let zone = try file.zone()
        #expect(zone.offset(at: Instant(seconds: -101)) == -3600)
        #expect(zone.offset(at: Instant(seconds: -100)) == 3600)
        #expect(zone.offset(at: .distantPast) == -3600)
    }

    @Test func usesTypeZeroAlwaysWithoutTransitionsAndFooter() throws {
        let zone = try FileBuilder(types: [(1800, 0, 0), (3600, 0, 0)]).zone()
        #expect(zone.offset(at: .distantPast) == 1800 && zone.offset(at: .distantFuture) == 1800)
    }

    @Test func usesTheFooterAlwaysWithoutTransitions() throws {
        let fixed = try FileBuilder(types: [(1800, 0, 0)], footer: "ABC-1").zone()
        #expect(fixed.offset(at: .distantPast) == 3600 && fixed.offset(at: .distantFuture) == 3600)
        let changing = try FileBuilder(version: 3, footer: "EST5EDT,M3.2.0,M11.1.0").zone()
        #expect(changing.offset(at: instant("1850-07-01T00:00:00Z")) == -4 * 3600)
        #expect(changing.offset(at: instant("2850-12-01T00:00:00Z")) == -5 * 3600)
        #expect(changing.regime(at: instant("2026-07-01T00:00:00Z")).from == instant("2026-03-08T07:00:00Z"))
    }

    @Test func keepsTheLastTypeWithoutAFooter() throws {
        var file = Self.plain
        file.footer = ""
        #expect(try file.zone().offset(at: .distantFuture) == 7200)
    }

    @Test func startsTheFooterAtTheLastTransitionEvenIfTheOffsetStays() throws {
        let file = FileBuilder(
            transitions: [(1_000_000_000, 1)], types: [(-18_000, 0, 0), (-14_400, 1, 0)],
            footer: "EST5EDT,M3.2.0,M11.1.0")
        let zone = try file.zone()
        #expect(zone.regimes(from: instant("1990-01-01T00:00:00Z"), until: instant("2001-09-09T01:46:40Z")).count == 1)
        #expect(zone.offset(at: instant("2001-09-09T01:46:40Z")) == -4 * 3600)
        #expect(zone.regime(at: instant("2001-09-09T01:46:40Z")).until == instant("2001-11-04T06:00:00Z"))
        var same = file
        same.types[1] = (-18_000, 0, 0)
        same.transitions[0].time = 1_010_000_000
        #expect(try same.zone().regime(at: instant("1990-07-01T00:00:00Z")).until == instant("2002-03-10T07:00:00Z"))
    }

    @Test func keepsTheLastOffsetUntilTheFooterChangesIt() throws {
        // What `zic -b slim` writes for America/Ojinaga: the year's rule had another week of daylight time to go.
        let zone = try FileBuilder(
            transitions: [(1_647_162_000, 1), (1_667_116_800, 2)],
            types: [(-25_200, 0, 0), (-21_600, 1, 0), (-21_600, 0, 0)], footer: "CST6CDT,M3.2.0,M11.1.0"
        ).zone()
        #expect(zone.offset(at: instant("2022-11-01T00:00:00Z")) == -21_600)
        #expect(zone.regime(at: instant("2022-12-01T00:00:00Z")).until == instant("2023-03-12T08:00:00Z"))
    }

    @Test func joinsStretchesThatDifferInNameOnly() throws {
        let file = FileBuilder(transitions: [(0, 1), (100, 0), (200, 2)], types: [(0, 0, 0), (0, 1, 0), (60, 0, 0)])
        #expect(try file.zone().regimes(from: .distantPast, until: .distantFuture).map(\.offset) == [0, 60])
    }

    @Test func takesTransitionsFromBeyondTheRangeOfInstants() throws {
        let bigBang = FileBuilder(
            transitions: [(-1 << 59, 1), (0, 0)], types: [(0, 0, 0), (3600, 0, 0)], footer: "UTC0")
        #expect(try bigBang.zone().offset(at: Instant(seconds: -1)) == 3600)
        let ancient = FileBuilder(
            transitions: [(-1 << 59, 1)], types: [(0, 0, 0), (-18_000, 0, 0)], footer: "EST5EDT,M3.2.0,M11.1.0")
        #expect(try ancient.zone().offset(at: instant("2026-07-01T00:00:00Z")) == -4 * 3600)
        #expect(try ancient.zone().regimes(from: .distantPast, until: .distantPast + .days(800)).count > 3)
        let late = FileBuilder(transitions: [(.max, 1)], types: [(0, 0, 0), (60, 0, 0)], footer: "ABC-0:01")
        #expect(try late.zone().offset(at: instant("9999-12-31T23:59:59Z")) == 0)
    }

    @Test func takesLeapSecondsOut() throws {
        var file = Self.plain
        file.leaps = [(78_796_800, 1), (94_694_401, 2)]
        file.transitions = [(78_796_799, 1), (94_694_402, 0)]
        file.footer = "ABC-1"
        let zone = try file.zone()
        #expect(zone.regime(at: Instant(seconds: 80_000_000)).from == Instant(seconds: 78_796_799))
        #expect(zone.regime(at: Instant(seconds: 80_000_000)).until == Instant(seconds: 94_694_400))
    }

    @Test func countsLeapSecondsAsTheRestOfTheDatabaseDoesNot() throws {
        for name in ["America/New_York", "Europe/Dublin", "Asia/Shanghai", "Pacific/Apia"] {
            let (plain, right) = (try system.zone(named: name), try system.zone(named: "right/\(name)"))
            // Such files have no footer, and end when the table of leap seconds expires.
            let until = instant("2025-01-01T00:00:00Z")
            #expect(
                plain.regimes(from: .distantPast, until: until).map(\.from)
                    == right.regimes(from: .distantPast, until: until).map(\.from))
        }
    }

    @Test func acceptsALeapTableThatStartsLateOrExpiresInVersionFour() throws {
        var file = Self.plain
        file.version = 4
        file.leaps = [(78_796_800, 10), (94_694_401, 11), (94_700_000, 11)]
        #expect(throws: Never.self) { try file.zone() }
    }

    @Test func refusesSuchALeapTableInVersionThree() {
        var file = Self.plain
        file.version = 3
        file.leaps = [(78_796_800, 10)]
        #expect(Self.refusal(file)?.contains("leap second") == true)
        file.leaps = [(78_796_800, 1), (94_694_401, 1)]
        #expect(Self.refusal(file)?.contains("leap second") == true)
        file.leaps = [(78_796_800, 1), (78_800_000, 2)]
        #expect(Self.refusal(file)?.contains("leap seconds do not ascend") == true)
    }

    @Test(arguments: [
        ("do not ascend", FileBuilder(transitions: [(5, 0), (5, 0)])),
        ("names a missing type", FileBuilder(transitions: [(5, 1)])),
        ("no local time types", FileBuilder(types: [])),
        ("no designations", FileBuilder(designations: [])),
        ("designation does not end", FileBuilder(designations: Array("ABC".utf8))),
        ("designation does not end", FileBuilder(types: [(0, 0, 4)])),
        ("neither 0 nor 1", FileBuilder(types: [(0, 2, 0)])),
        ("neither 0 nor 1", FileBuilder(standard: [2])),
        ("without its standard indicator", FileBuilder(standard: [0], ut: [1])),
        ("without its standard indicator", FileBuilder(ut: [1])),
        ("2 standard/wall indicators for 1 types", FileBuilder(standard: [0, 0])),
        ("2 UT/local indicators for 1 types", FileBuilder(ut: [0, 0])),
        ("out of range", FileBuilder(types: [(.min, 0, 0)])),
        ("out of range", FileBuilder(types: [(93_600, 0, 0)])),
        ("contradicts its last transition", FileBuilder(transitions: [(5, 0)], footer: "ABC1")),
        ("contradicts its last transition", FileBuilder(transitions: [(5, 0)], footer: "EST5EDT,M3.2.0,M11.1.0")),
    ])
    func refusesWithTheReason(reason: String, file: FileBuilder) {
        #expect(Self.refusal(file)?.contains(reason) == true, "\(Self.refusal(file) ?? "accepted")")
    }

    @Test func acceptsTheWidestOffsets() throws {
        for offset: Int32 in [-89_999, 93_599] {
            let zone = try FileBuilder(types: [(offset, 0, 0)]).zone()
            let start = zone.start(of: date("2026-11-23"))
            #expect(zone.local(at: start) == local("2026-11-23T00:00:00"))
        }
    }

    @Test func refusesEveryFileCutShort() throws {
        for bytes in [Self.plain.bytes, try system.bytes(named: "Asia/Shanghai")] {
            for count in 0..<bytes.count {
                #expect(throws: ZoneError.self) { try Zone(name: "cut", tzif: Array(bytes[..<count])) }
            }
        }
    }

    @Test func refusesBytesAfterTheEnd() {
        #expect(throws: ZoneError.self) { try Zone(name: "long", tzif: Self.plain.bytes + [10]) }
        var first = Self.plain
        first.version = 1
        #expect(throws: ZoneError.self) { try Zone(name: "long", tzif: first.bytes + [0]) }
    }

    @Test func refusesCountsThatNoFileCouldHold() {
        var bytes = Self.plain.bytes
        for index in 20..<44 { bytes[index] = 255 }
        #expect(throws: ZoneError.self) { try Zone(name: "vast", tzif: bytes) }
    }

    @Test func refusesOrReadsEveryFileWithOneBitChanged() throws {
        let bytes = FileBuilder(
            version: 4, transitions: [(-2_000_000_000, 0), (1_000_000_000, 1)],
            types: [(-18_000, 0, 0), (-14_400, 1, 0)], leaps: [(78_796_800, 1)], standard: [1, 1], ut: [1, 0],
            footer: "EST5EDT,M3.2.0/-3:30,J303/167"
        ).bytes
        #expect(throws: Never.self) { try Zone(name: "unchanged", tzif: bytes) }
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            exercise(changed)
        }
    }

    @Test(arguments: [21, 22])
    func refusesOrReadsFilesWithRandomBytesChanged(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let files = try ["Europe/Dublin", "Africa/Casablanca", "Asia/Gaza"].map { try system.bytes(named: $0) }
        for _ in 0..<60 {
            guard var bytes = files.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let range = Bool.random(using: &random) ? 0..<bytes.count : (bytes.count - 40)..<bytes.count
                bytes[Int.random(in: range, using: &random)] = .random(in: 0...255, using: &random)
            }
            exercise(bytes)
        }
    }

    /// Whatever is read must answer: stretches contain what they were asked for, and go forward.
    private func exercise(_ bytes: [UInt8]) {
        guard let zone = try? Zone(name: "changed", tzif: bytes) else { return }
        for text in ["1800-01-01T00:00:00Z", "2001-09-09T01:46:40Z", "2026-11-23T00:00:00Z", "2300-01-01T00:00:00Z"] {
            let time = instant(text)
            let regime = zone.regime(at: time)
            #expect(regime.from <= time && time < regime.until)
            #expect(regime.offset == zone.offset(at: time))
            _ = zone.instant(of: zone.local(at: time))
        }
        #expect(
            zone.regimes(from: instant("2020-01-01T00:00:00Z"), until: instant("2022-01-01T00:00:00Z")).count < 1000)
    }
}
