import Calendars
import GateModel
import Testing

typealias Window = WeeklyWindows.Window
typealias Key = WeeklyWindows.Key

func hours(_ start: Int, _ end: Int) -> Window { Window(start: start * 3600, end: end * 3600) }

@Suite struct WeeklyWindowsTests {
    let calendar = HolidayCalendar(
        id: "cn",
        days: [
            date("2026-10-01"): .init(kind: .holiday, name: "National Day"),
            date("2026-10-10"): .init(kind: .adjustedWorkday, name: "National Day, made up"),
        ],
        years: [2026])

    func hour(_ keys: [Key: Int], _ day: String) throws -> Int? {
        let windows = try WeeklyWindows(keys.mapValues { [hours($0, 24)] })
        return windows.windows(on: date(day), calendar: calendar)?.first.map { $0.start / 3600 }
    }

    @Test func aHolidayComesBeforeItsWeekday() throws {
        #expect(try hour([.holiday: 1, .thursday: 2, .workday: 3, .every: 4], "2026-10-01") == 1)
        #expect(try hour([.holiday: 1, .thursday: 2, .workday: 3, .every: 4], "2026-10-08") == 2)
    }

    @Test func aHolidayWithoutItsKeyIsItsWeekday() throws {
        #expect(try hour([.thursday: 2, .workday: 3, .every: 4], "2026-10-01") == 2)
        #expect(try hour([.workday: 3, .every: 4], "2026-10-01") == 3)
    }

    @Test func aWorkedSaturdayIsAWorkday() throws {
        #expect(try hour([.saturday: 1, .restday: 2, .workday: 3, .every: 4], "2026-10-10") == 3)
        #expect(try hour([.saturday: 1, .restday: 2, .workday: 3, .every: 4], "2026-10-17") == 1)
    }

    @Test func aWorkedSaturdayWithoutThatKeyIsASaturdayAndNeverARestday() throws {
        #expect(try hour([.saturday: 1, .restday: 2, .every: 4], "2026-10-10") == 1)
        #expect(try hour([.restday: 2, .every: 4], "2026-10-10") == 4)
        #expect(try hour([.restday: 2], "2026-10-10") == nil)
    }

    @Test func theWeekComesBeforeEveryDay() throws {
        #expect(try hour([.restday: 2, .every: 4], "2026-10-17") == 2)
        #expect(try hour([.workday: 2, .every: 4], "2026-10-17") == 4)
    }

    @Test func aDayWithoutAKeyPermitsNothing() throws {
        let windows = try WeeklyWindows([.monday: [hours(9, 20)]])
        #expect(windows.windows(on: date("2026-11-24"), calendar: nil) == [])
        #expect(windows.windows(on: date("2026-11-23"), calendar: nil) == [hours(9, 20)])
    }

    @Test func noCalendarIsNeededForWeekdays() throws {
        let windows = try WeeklyWindows([.every: [hours(9, 20)], .sunday: []])
        #expect(!windows.needsCalendar)
        #expect(windows.windows(on: date("2030-01-06"), calendar: calendar) == [])
    }

    @Test(arguments: [Key.holiday, .workday, .restday])
    func aCalendarIsNeededForKindsOfDay(key: Key) throws {
        let windows = try WeeklyWindows([.every: [hours(9, 20)], key: []])
        #expect(windows.needsCalendar)
        #expect(windows.windows(on: date("2026-11-23"), calendar: nil) == nil)
        #expect(windows.windows(on: date("2027-01-01"), calendar: calendar) == nil)
    }

    @Test func acceptsWindowsThatAdjoinAndFillTheDay() {
        #expect(throws: Never.self) { try WeeklyWindows([.every: [hours(0, 9), hours(9, 24)], .sunday: []]) }
    }

    @Test func refusesWindowsThatMakeNoDay() {
        func refusal(_ windows: [Key: [Window]]) -> String? {
            do throws(WindowsError) {
                _ = try WeeklyWindows(windows)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal([:])?.hasPrefix("no times are given; name at least one of holiday, monday") == true)
        #expect(
            refusal([.every: [hours(9, 25)]]) == "`every`: 09:00–25:00 reaches outside the day; keep within 00:00–24:00"
        )
        #expect(refusal([.every: [Window(start: -1, end: 5)]])?.contains("-1 s–00:00:05 reaches outside") == true)
        #expect(
            refusal([.monday: [hours(22, 6)]])?.contains("`monday`: 22:00–06:00 does not end after its start") == true)
        #expect(refusal([.every: [hours(9, 9)]])?.contains("does not end after its start") == true)
        #expect(
            refusal([.every: [hours(9, 12), hours(11, 13)]])?.contains("11:00–13:00 starts before 09:00–12:00") == true)
        #expect(refusal([.every: [hours(14, 15), hours(9, 12)]])?.contains("sort the windows") == true)
    }
}
