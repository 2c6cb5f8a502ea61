import Calendars
import GateModel
import Testing

@Suite struct CivilDateTests {
    @Test func readsADateAsItWritesIt() {
        for text in ["2026-11-23", "1970-01-01", "0000-02-29", "9999-12-31", "2024-02-29", "1582-10-15"] {
            #expect(CivilDate(text)?.description == text)
        }
    }

    @Test(arguments: [
        "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-1", "2026-11-23 ", "20261123",
        "2026/11/23", "+026-11-23", "", "2026-11-2３",
    ])
    func refusesWhatIsNoDate(text: String) { #expect(CivilDate(text) == nil) }

    @Test func knowsItsFieldsAndDayNumber() {
        let date = date("2026-11-23")
        #expect(date.year == 2026 && date.month == 11 && date.day == 23)
        #expect(date.daysSinceEpoch == 20_780)
        #expect(CivilDate(daysSinceEpoch: 0).description == "1970-01-01")
        #expect(CivilDate(daysSinceEpoch: -1).description == "1969-12-31")
    }

    @Test func countsWeekdaysFromMonday() {
        #expect(date("2026-11-23").weekday == 1)
        #expect(date("2026-11-29").weekday == 7)
        #expect(date("1969-12-31").weekday == 3)
        #expect(date("0000-01-01").weekday == 6)
    }

    @Test func addsDaysAcrossMonths() {
        #expect(date("2026-12-31").adding(days: 1) == date("2027-01-01"))
        #expect(date("2024-03-01").adding(days: -1) == date("2024-02-29"))
    }

    @Test func keepsTheDayOfTheMonthWhereThereIsOne() {
        #expect(date("2026-01-15").adding(months: 1) == date("2026-02-15"))
        #expect(date("2026-01-15").adding(months: -13) == date("2024-12-15"))
        #expect(date("2026-12-31").adding(months: 12) == date("2027-12-31"))
    }

    @Test func endsWithTheMonthWhereThereIsNoSuchDay() {
        #expect(date("2026-01-31").adding(months: 1) == date("2026-02-28"))
        #expect(date("2024-02-29").adding(months: -12) == date("2023-02-28"))
        #expect(date("2026-03-31").adding(months: -1) == date("2026-02-28"))
    }

    @Test func stopsAtTheEndsOfItsRange() {
        let (first, last) = (CivilDate(daysSinceEpoch: .min), CivilDate(daysSinceEpoch: .max))
        #expect(date("2026-11-23").adding(days: .max) == last)
        #expect(date("2026-11-23").adding(days: .min) == first)
        #expect(date("2026-11-23").adding(months: .max) == last)
        #expect(date("2026-11-23").adding(months: .min) == first)
        #expect(CivilDate(year: .max, month: 1, day: 1) == nil)
        #expect(CivilDate(year: .min, month: 1, day: 1) == nil)
        #expect(CivilDate(year: last.year, month: last.month, day: last.day) == last)
    }

    @Test func signsYearsThatFourDigitsCannotHold() {
        #expect(CivilDate(year: -1, month: 1, day: 2)?.description == "-0001-01-02")
        #expect(CivilDate(year: 10_000, month: 1, day: 2)?.description == "+10000-01-02")
    }

    @Test func writesAClockReading() {
        #expect(local("2026-11-23T09:30:00.250").description == "2026-11-23T09:30:00.250")
    }
}

@Suite struct HolidayCalendarTests {
    let calendar = HolidayCalendar(
        id: "cn",
        days: [
            date("2026-10-01"): .init(kind: .holiday, name: "National Day"),
            date("2026-10-10"): .init(kind: .adjustedWorkday, name: "National Day, made up"),
            date("2027-10-01"): .init(kind: .holiday, name: "National Day"),
        ],
        years: [2025, 2026, 2028])

    @Test func namesHolidaysAndWorkedSaturdays() {
        #expect(calendar.dayType(date("2026-10-01")) == .holiday)
        #expect(calendar.dayType(date("2026-10-10")) == .workday)
    }

    @Test func otherDaysGoByTheWeek() {
        #expect(calendar.dayType(date("2026-10-09")) == .workday)
        #expect(calendar.dayType(date("2026-10-11")) == .restday)
    }

    @Test func knowsNothingOfAYearNotCovered() {
        #expect(calendar.dayType(date("2027-10-01")) == nil)
        #expect(calendar.dayType(date("2024-12-31")) == nil)
    }

    @Test func coversUpToTheLastYearWithoutABreak() {
        #expect(calendar.lastCoveredDay(from: date("2025-03-01")) == date("2026-12-31"))
        #expect(calendar.lastCoveredDay(from: date("2028-12-31")) == date("2028-12-31"))
    }

    @Test func coversNothingFromAYearNotCovered() {
        #expect(calendar.lastCoveredDay(from: date("2027-01-01")) == nil)
    }
}
