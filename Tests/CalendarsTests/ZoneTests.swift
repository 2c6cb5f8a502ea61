import Calendars
import GateModel
import Testing

@Suite struct ZoneTests {
    @Test func vancouverKeepsDaylightTimeInNovember2026() throws {
        let zone = try system.zone(named: "America/Vancouver")
        #expect(zone.offset(at: instant("2026-11-23T12:00:00Z")) == -7 * 3600)
    }

    @Test func vancouverWasOnStandardTimeInNovember2025() throws {
        let zone = try system.zone(named: "America/Vancouver")
        #expect(zone.offset(at: instant("2025-11-23T12:00:00Z")) == -8 * 3600)
    }

    @Test func shanghaiIsEightHoursEast() throws {
        let zone = try system.zone(named: "Asia/Shanghai")
        #expect(zone.offset(at: instant("2026-11-23T12:00:00Z")) == 8 * 3600)
        #expect(zone.local(at: instant("2026-11-23T16:00:00Z")) == local("2026-11-24T00:00:00"))
        #expect(zone.date(at: instant("2026-11-23T15:59:59.999Z")) == date("2026-11-23"))
    }

    @Test func dublinTurnsBackInWinter() throws {
        let zone = try system.zone(named: "Europe/Dublin")
        #expect(zone.offset(at: instant("2026-07-01T00:00:00Z")) == 3600)
        #expect(zone.offset(at: instant("2126-01-01T00:00:00Z")) == 0)
    }

    @Test func regimesMeetWithoutGaps() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        let regimes = zone.regimes(
            from: instant("2026-03-29T00:59:59.999Z"), until: instant("2026-10-25T01:00:00.001Z"))
        #expect(regimes.map(\.offset) == [3600, 7200, 3600])
        #expect(regimes[1].from == instant("2026-03-29T01:00:00Z") && regimes[0].until == regimes[1].from)
        #expect(regimes[1].until == instant("2026-10-25T01:00:00Z") && regimes[2].from == regimes[1].until)
    }

    @Test func regimesLeaveOutTheOneThatStartsAtTheEnd() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        let change = instant("2026-03-29T01:00:00Z")
        #expect(zone.regimes(from: change - .seconds(1), until: change).map(\.offset) == [3600])
        #expect(zone.regimes(from: change, until: change + .seconds(1)).map(\.offset) == [7200])
        #expect(zone.regimes(from: change, until: change).isEmpty)
    }

    @Test func aZoneThatNeverChangesHasOneRegime() throws {
        let zone = try system.zone(named: "UTC")
        #expect(
            zone.regimes(from: .distantPast, until: .distantFuture)
                == [Regime(offset: 0, from: .distantPast, until: .distantFuture)])
    }

    @Test func aClockReadingInAGapIsTheGapsEnd() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        #expect(zone.instant(of: local("2026-03-29T02:30:00")) == instant("2026-03-29T01:00:00Z"))
        #expect(zone.instant(of: local("2026-03-29T01:59:59.999")) == instant("2026-03-29T00:59:59.999Z"))
    }

    @Test func aClockReadingThatComesTwiceIsTheFirst() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        #expect(zone.instant(of: local("2026-10-25T02:30:00")) == instant("2026-10-25T00:30:00Z"))
        #expect(zone.instant(of: local("2026-10-25T03:00:00")) == instant("2026-10-25T02:00:00Z"))
    }

    @Test func aDayStartsAfterAGapAtMidnight() throws {
        let zone = try system.zone(named: "America/Sao_Paulo")
        #expect(zone.start(of: date("2018-11-04")) == instant("2018-11-04T03:00:00Z"))
        #expect(zone.local(at: instant("2018-11-04T03:00:00Z")) == local("2018-11-04T01:00:00"))
    }

    @Test func aDayStartsAtTheFirstOfTwoMidnights() throws {
        let zone = try system.zone(named: "America/Havana")
        #expect(zone.start(of: date("2025-11-02")) == instant("2025-11-02T04:00:00Z"))
        // 00:00 to 01:00 comes twice, within the day.
        #expect(zone.offset(at: instant("2025-11-02T04:59:59Z")) == -4 * 3600)
        #expect(zone.local(at: instant("2025-11-02T05:00:00Z")) == local("2025-11-02T00:00:00"))
    }

    @Test func samoaLeftOutADay() throws {
        let zone = try system.zone(named: "Pacific/Apia")
        #expect(zone.start(of: date("2011-12-30")) == instant("2011-12-30T10:00:00Z"))
        #expect(zone.start(of: date("2011-12-31")) == instant("2011-12-30T10:00:00Z"))
        #expect(zone.date(at: instant("2011-12-30T09:59:59.999Z")) == date("2011-12-29"))
        #expect(zone.instant(of: local("2011-12-30T12:00:00")) == instant("2011-12-30T10:00:00Z"))
    }

    @Test func everyDayStartsWhereTheOneBeforeEnds() throws {
        for name in ["Africa/Cairo", "America/Havana", "America/Nuuk", "Antarctica/Troll", "Asia/Gaza", "Pacific/Apia"]
        {
            let zone = try system.zone(named: name)
            for day in 10_000..<25_000 where day % 7 == 0 || (15_330...15_345).contains(day) {
                let date = CivilDate(daysSinceEpoch: Int32(day))
                let start = zone.start(of: date)
                #expect(zone.date(at: start) >= date, "\(name) \(date)")
                #expect(zone.date(at: start - Span(milliseconds: 1)) < date, "\(name) \(date)")
            }
        }
    }

    @Test(arguments: [11, 12])
    func clockReadingsLeadBackToTheirInstant(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for name in ["Europe/Dublin", "Australia/Lord_Howe", "Pacific/Kwajalein", "America/New_York"] {
            let zone = try system.zone(named: name)
            for _ in 0..<1000 {
                let time = Instant(milliseconds: .random(in: -2_208_988_800_000...4_200_000_000_000, using: &random))
                let local = zone.local(at: time)
                let first = zone.instant(of: local)
                #expect(first <= time && zone.local(at: first) == local, "seed \(seed), \(name), \(time.rfc3339)")
            }
        }
    }

    @Test func monthsKeepTheClockAcrossAChange() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        let start = instant("2026-01-31T10:00:00.007+01:00")
        #expect(start.adding(months: 1, in: zone) == instant("2026-02-28T10:00:00.007+01:00"))
        #expect(start.adding(months: 3, in: zone) == instant("2026-04-30T10:00:00.007+02:00"))
        #expect(start.adding(months: -12, in: zone) == instant("2025-01-31T10:00:00.007+01:00"))
    }

    @Test func monthsThatEndInAGapEndAfterIt() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        #expect(
            instant("2026-02-28T02:30:00+01:00").adding(months: 1, in: zone) == instant("2026-03-28T02:30:00+01:00"))
        #expect(instant("2025-04-29T02:30:00+02:00").adding(months: 11, in: zone) == instant("2026-03-29T01:00:00Z"))
    }

    @Test func noMonthsChangeNothingInADoubledHour() throws {
        let zone = try system.zone(named: "Europe/Berlin")
        let second = instant("2026-10-25T02:30:00+01:00")
        #expect(second.adding(months: 0, in: zone) == second)
    }

    @Test func theEndsOfTimeAreAnswered() throws {
        for name in ["Europe/Berlin", "Asia/Shanghai", "UTC"] {
            let zone = try system.zone(named: name)
            for time in [Instant.distantPast, .distantFuture, Instant(milliseconds: .min), Instant(milliseconds: .max)]
            {
                #expect(abs(zone.offset(at: time)) < 93_600)
                #expect(zone.date(at: time) == CivilDate(daysSinceEpoch: time.milliseconds < 0 ? .min : .max))
            }
            #expect(zone.date(at: zone.start(of: CivilDate(daysSinceEpoch: .max))).daysSinceEpoch == .max)
            #expect(zone.date(at: zone.start(of: CivilDate(daysSinceEpoch: .min))).daysSinceEpoch == .min)
        }
    }

    @Test func zonesAreEqualByNameAndFile() throws {
        let bytes = try system.bytes(named: "Europe/Berlin")
        let zone = try Zone(name: "Europe/Berlin", tzif: bytes)
        #expect(zone == (try system.zone(named: "Europe/Berlin")))
        #expect(zone.hashValue == (try system.zone(named: "Europe/Berlin")).hashValue)
        #expect(zone.sha256.count == 32)
    }

    @Test func zonesDifferByNameOrFile() throws {
        let bytes = try system.bytes(named: "Europe/Berlin")
        #expect(try Zone(name: "Europe/Berlin", tzif: bytes) != Zone(name: "Europe/Bonn", tzif: bytes))
        #expect(try FileBuilder(footer: "ABC0").zone() != FileBuilder(footer: "ABC1").zone())
    }
}
