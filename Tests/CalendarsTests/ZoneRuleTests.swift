import Calendars
import GateModel
import Testing

/// Footers, read through files that consist of nothing else.
@Suite struct ZoneRuleTests {
    static func zone(_ footer: String, version: UInt8 = 3) throws(ZoneError) -> Zone {
        try FileBuilder(version: version, footer: footer).zone(footer)
    }

    static func changes(_ footer: String, _ year: Int) throws -> [String] {
        try zone(footer).regimes(
            from: instant("\(year)-01-10T00:00:00Z"), until: instant("\(year + 1)-01-10T00:00:00Z")
        )
        .dropFirst().map { "\($0.from.rfc3339.prefix(16)) \($0.offset)" }
    }

    @Test func readsWeekdaysOfMonths() throws {
        #expect(
            try Self.changes("EST5EDT,M3.2.0,M11.1.0", 2026) == ["2026-03-08T07:00 -14400", "2026-11-01T06:00 -18000"])
    }

    @Test func readsFifthWeeksAsTheLast() throws {
        #expect(
            try Self.changes("CET-1CEST,M3.5.0,M10.5.0/3", 2027) == ["2027-03-28T01:00 7200", "2027-10-31T01:00 3600"])
        #expect(try Self.changes("ABC0DEF,M2.5.0/0,M5.5.0/1", 2026) == ["2026-02-22T00:00 3600", "2026-05-31T00:00 0"])
    }

    @Test func readsJulianDaysWithoutLeapDays() throws {
        #expect(try Self.changes("ABC0DEF,J60/0,J300/1", 2024) == ["2024-03-01T00:00 3600", "2024-10-27T00:00 0"])
        #expect(try Self.changes("ABC0DEF,J60/0,J300/1", 2023) == ["2023-03-01T00:00 3600", "2023-10-27T00:00 0"])
    }

    @Test func readsTheLastDayOfFebruaryAlikeInLeapYears() throws {
        #expect(try Self.changes("ABC0DEF,J59/0,J300/1", 2024).first == "2024-02-28T00:00 3600")
        #expect(try Self.changes("ABC0DEF,J59/0,J300/1", 2023).first == "2023-02-28T00:00 3600")
    }

    @Test func readsZeroBasedDaysWithLeapDays() throws {
        #expect(try Self.changes("ABC0DEF,59/0,300/1", 2024) == ["2024-02-29T00:00 3600", "2024-10-27T00:00 0"])
        #expect(try Self.changes("ABC0DEF,59/0,300/1", 2023) == ["2023-03-01T00:00 3600", "2023-10-28T00:00 0"])
    }

    @Test func readsTimesBeforeAndAfterTheDay() throws {
        #expect(
            try Self.changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026)
                == ["2026-03-29T01:00 -3600", "2026-10-25T01:00 -7200"])
        #expect(
            try Self.changes("ABC0DEF,J100/-167:59:59,J200/+167", 2026).map { $0.prefix(10) }
                == ["2026-04-03", "2026-07-25"])
    }

    @Test func readsDaylightTimeThatTurnsBack() throws {
        #expect(
            try Self.changes("IST-1GMT0,M10.5.0,M3.5.0/1", 2026) == ["2026-03-29T01:00 3600", "2026-10-25T01:00 0"])
    }

    @Test func readsOffsetsToTheSecond() throws {
        #expect(try Self.zone("ABC-12:34:56").offset(at: .distantPast) == 45_296)
        #expect(try Self.zone("<+24>-24:59:59").offset(at: .distantPast) == 89_999)
        #expect(try Self.zone("<a-1>+3").offset(at: .distantPast) == -10_800)
    }

    @Test(arguments: ["EST5EDT,0/0,J365/25", "XXX3EDT4,0/0,J365/23", "XXX4EDT4,M3.2.0,M11.1.0"])
    func readsDaylightTimeAllYear(footer: String) throws {
        let zone = try Self.zone(footer)
        #expect(
            zone.regimes(from: .distantPast, until: .distantFuture)
                == [Regime(offset: -14_400, from: .distantPast, until: .distantFuture)])
    }

    @Test func readsDaylightTimeThatEndsInLeapYearsOnly() throws {
        #expect(try Self.changes("EST5EDT,0/0,365/1", 2026) == [])
        #expect(
            try Self.changes("EST5EDT,0/0,365/1", 2024) == ["2024-12-31T05:00 -18000", "2025-01-01T05:00 -14400"])
    }

    @Test(arguments: [
        "AB1", "1", "ABC", "ABC25", "ABC1:60", "ABC1:00:60", "ABC1 ", "<ABC1", "<AB>1", "A1C1", "ABC1DEF",
        "ABC1DEF,M3.2.0",
        "ABC1DEF,M3.2.0,M11.1", "ABC1DEF,M13.2.0,M11.1.0", "ABC1DEF,M3.6.0,M11.1.0", "ABC1DEF,M3.2.7,M11.1.0",
        "ABC1DEF,J0,J10", "ABC1DEF,J366,J10", "ABC1DEF,366,10", "ABC1DEF,M3.2.0/168,M11.1.0", "ABC1DEF,M3.2.0/,M11.1.0",
        "ABC1DEF,M3.2.0,M11.1.0,", "ABC1DEF,M3.0.0,M11.1.0", "ABC1DEF,M0.1.0,M11.1.0", "ABC--1", "ABC1\u{1}", "ÄBC1",
    ])
    func refusesWhatIsNoFooter(footer: String) {
        #expect(throws: ZoneError.self) { try Self.zone(footer) }
    }

    @Test func takesTimesBeyondTheDayInVersionThreeOnly() {
        for footer in ["EST5EDT,M3.2.0/-1,M11.1.0", "EST5EDT,M3.2.0/25,M11.1.0", "EST5EDT,M3.2.0/+2,M11.1.0"] {
            #expect(throws: Never.self) { try Self.zone(footer, version: 3) }
            #expect(throws: ZoneError.self) { try Self.zone(footer, version: 2) }
        }
        #expect(throws: Never.self) { try Self.zone("EST5EDT,M3.2.0/24,M11.1.0", version: 2) }
    }
}
