import Calendars
import GateModel
import Testing

@testable import Gate

@Suite struct LocalPeriodTests {
    private func starts(_ zone: String?, _ length: Span, _ from: String, _ to: String) throws -> [String] {
        let zones = try ZoneDatabase()
        let zone = try zone.map { try #require(zones.zone($0)) }
        return LocalPeriods(zone: zone).starts(of: length, from: at(from), to: at(to)).map {
            $0.rfc3339(offsetSeconds: zone?.offset(at: $0) ?? 0, milliseconds: false)
        }
    }

    @Test func daysBeginAtTheClocksMidnight() throws {
        var found: [String]
        found = try starts("Asia/Shanghai", .days(1), "2026-11-23T10:00:00+08:00", "2026-11-25T00:00:00+08:00")
        #expect(found == ["2026-11-23T00:00:00+08:00", "2026-11-24T00:00:00+08:00"])
        found = try starts(nil, .days(1), "2026-11-23T00:00:00Z", "2026-11-23T00:00:00.001Z")
        #expect(found == ["2026-11-23T00:00:00+00:00"])
        found = try starts(nil, .days(1), "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z")
        #expect(found == [])
    }

    @Test func daysOfTwentyThreeAndTwentyFiveHours() throws {
        var found: [String]
        // Source: tzdata, America/New_York changed on 2026-03-08 and 2026-11-01 at 02:00.
        found = try starts("America/New_York", .days(1), "2026-03-08T12:00:00-04:00", "2026-03-09T12:00:00-04:00")
        #expect(found == ["2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00"])
        found = try starts("America/New_York", .days(1), "2026-10-31T12:00:00-04:00", "2026-11-02T12:00:00-05:00")
        #expect(found == ["2026-10-31T00:00:00-04:00", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"])
    }

    @Test func aMidnightThatIsLeaptOver() throws {
        var found: [String]
        // Source: tzdata, Asia/Beirut went from 00:00 to 01:00 on 2026-03-29.
        found = try starts("Asia/Beirut", .days(1), "2026-03-28T12:00:00+02:00", "2026-03-30T12:00:00+03:00")
        #expect(found == ["2026-03-28T00:00:00+02:00", "2026-03-29T01:00:00+03:00", "2026-03-30T00:00:00+03:00"])
    }

    @Test func anHourThatIsShownTwiceIsTwo() throws {
        var found: [String]
        found = try starts("America/New_York", .hours(1), "2026-11-01T00:30:00-04:00", "2026-11-01T02:30:00-05:00")
        #expect(
            found == [
                "2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00",
                "2026-11-01T02:00:00-05:00",
            ])
        found = try starts("Asia/Kathmandu", .hours(1), "2026-11-01T00:30:00+05:45", "2026-11-01T01:30:00+05:45")
        #expect(found == ["2026-11-01T00:00:00+05:45", "2026-11-01T01:00:00+05:45"])
    }
}
