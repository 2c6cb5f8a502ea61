import Calendars
import GateModel
import Testing

@Suite struct WindowStandingTests {
    let shanghai: Zone
    let berlin: Zone
    let daily: WeeklyWindows
    let calendar = HolidayCalendar(
        id: "x", days: [date("2026-12-25"): .init(kind: .holiday, name: "Christmas Day")], years: [2026])

    init() throws {
        shanghai = try system.zone(named: "Asia/Shanghai")
        berlin = try system.zone(named: "Europe/Berlin")
        daily = try WeeklyWindows([.every: [hours(9, 20)]])
    }

    @Test func isOpenAtTheStart() {
        #expect(
            daily.standing(at: instant("2026-11-23T09:00:00+08:00"), in: shanghai, calendar: nil)
                == .open(until: instant("2026-11-23T20:00:00+08:00")))
    }

    @Test func isClosedOneMillisecondBefore() {
        #expect(daily.standing(at: instant("2026-11-23T08:59:59.999+08:00"), in: shanghai, calendar: nil) == .closed)
    }

    @Test func isClosedAtTheEnd() {
        #expect(daily.standing(at: instant("2026-11-23T20:00:00+08:00"), in: shanghai, calendar: nil) == .closed)
    }

    @Test func runsOnOverMidnight() throws {
        let night = try WeeklyWindows([.every: [hours(0, 6), hours(22, 24)]])
        #expect(
            night.standing(at: instant("2026-11-23T22:00:00+08:00"), in: shanghai, calendar: nil)
                == .open(until: instant("2026-11-24T06:00:00+08:00")))
    }

    @Test func runsOnForTwoDaysAtMost() throws {
        let always = try WeeklyWindows([.every: [hours(0, 24)]])
        let time = instant("2026-11-23T22:00:00+08:00")
        #expect(always.standing(at: time, in: shanghai, calendar: nil) == .open(until: time + .days(2)))
    }

    @Test func endsWhereTheCalendarEnds() throws {
        let always = try WeeklyWindows([.every: [hours(0, 24)], .holiday: []])
        #expect(
            always.standing(at: instant("2026-12-31T22:00:00+08:00"), in: shanghai, calendar: calendar)
                == .open(until: instant("2027-01-01T00:00:00+08:00")))
    }

    @Test func isUnknownWithoutTheCalendarThatIsNeeded() throws {
        let windows = try WeeklyWindows([.every: [hours(9, 20)], .holiday: []])
        let time = instant("2026-11-23T10:00:00+08:00")
        #expect(windows.standing(at: time, in: shanghai, calendar: nil) == .unknown)
        #expect(windows.standing(at: time + .days(60), in: shanghai, calendar: calendar) == .unknown)
        #expect(windows.standing(at: time, in: shanghai, calendar: calendar) != .unknown)
    }

    @Test func opensAfterAGapThatSwallowsTheStart() throws {
        let windows = try WeeklyWindows([.every: [Window(start: 9000, end: 14_400)]])
        #expect(
            windows.nextOpening(from: instant("2026-03-29T00:00:00Z"), in: berlin, calendar: nil, horizon: .days(1))
                == instant("2026-03-29T01:00:00Z"))
    }

    @Test func skipsAWindowThatAGapSwallows() throws {
        let windows = try WeeklyWindows([.every: [Window(start: 7200, end: 10_800)]])
        #expect(
            windows.nextOpening(from: instant("2026-03-29T00:00:00Z"), in: berlin, calendar: nil, horizon: .days(2))
                == instant("2026-03-30T00:00:00Z"))
    }

    @Test func opensTwiceInADoubledHour() throws {
        let windows = try WeeklyWindows([.every: [Window(start: 7200, end: 9000)]])
        let second = instant("2026-10-25T01:00:00Z")
        #expect(
            windows.standing(at: second - .hours(1), in: berlin, calendar: nil) == .open(until: second - .minutes(30)))
        #expect(
            windows.nextOpening(from: second - .minutes(30), in: berlin, calendar: nil, horizon: .days(1)) == second)
        #expect(windows.standing(at: second, in: berlin, calendar: nil) == .open(until: second + .minutes(30)))
    }

    @Test func findsTheOpeningAtTheHorizonAndNotBeyond() {
        let time = instant("2026-11-23T20:00:00+08:00")
        let next = instant("2026-11-24T09:00:00+08:00")
        #expect(daily.nextOpening(from: time, in: shanghai, calendar: nil, horizon: next - time) == next)
        let short = Span(milliseconds: (next - time).milliseconds - 1)
        #expect(daily.nextOpening(from: time, in: shanghai, calendar: nil, horizon: short) == nil)
    }

    @Test func looksNoFurtherThanTheCalendar() throws {
        let windows = try WeeklyWindows([.every: [hours(9, 20)], .holiday: []])
        let evening = instant("2026-12-31T20:00:00+08:00")
        #expect(windows.nextOpening(from: evening, in: shanghai, calendar: calendar, horizon: .days(9)) == nil)
        #expect(
            windows.nextOpening(from: evening - .days(7), in: shanghai, calendar: calendar, horizon: .days(9))
                == instant("2026-12-26T09:00:00+08:00"))
        #expect(windows.nextOpening(from: evening, in: shanghai, calendar: nil, horizon: .days(9)) == nil)
    }

    @Test func neverOpensWhereNothingIsPermitted() throws {
        let nothing = try WeeklyWindows([.every: []])
        let time = instant("2026-11-23T20:00:00+08:00")
        let ever = Span(milliseconds: .max)
        #expect(nothing.nextOpening(from: time, in: shanghai, calendar: nil, horizon: ever) == nil)
        let hidden = try WeeklyWindows([
            .monday: [], .tuesday: [], .wednesday: [], .thursday: [], .friday: [], .saturday: [], .sunday: [],
            .every: [hours(9, 20)],
        ])
        #expect(hidden.nextOpening(from: time, in: shanghai, calendar: nil, horizon: ever) == nil)
        #expect(daily.nextOpening(from: time - .hours(5), in: shanghai, calendar: nil, horizon: .seconds(-1)) == nil)
    }

    @Test func opensOnTheOneWeekdayPermitted() throws {
        let tuesdays = try WeeklyWindows([.tuesday: [hours(9, 10)]])
        #expect(
            tuesdays.nextOpening(
                from: instant("2026-11-24T10:00:00+08:00"), in: shanghai, calendar: nil,
                horizon: Span(milliseconds: .max)) == instant("2026-12-01T09:00:00+08:00"))
    }

    @Test func skipsTheDayThatSamoaLeftOut() throws {
        let fridays = try WeeklyWindows([.friday: [hours(9, 20)]])
        #expect(
            fridays.nextOpening(
                from: instant("2011-12-29T12:00:00-10:00"), in: try system.zone(named: "Pacific/Apia"), calendar: nil,
                horizon: .days(30)) == instant("2012-01-06T09:00:00+14:00"))
    }

    @Test func answersAtTheEndsOfTime() throws {
        let windows = try WeeklyWindows([.every: [hours(0, 24)]])
        for time in [Instant(milliseconds: .min), .distantPast, .distantFuture, Instant(milliseconds: .max)] {
            _ = windows.standing(at: time, in: berlin, calendar: nil)
            _ = windows.nextOpening(from: time, in: berlin, calendar: nil, horizon: .days(3))
        }
    }
}
