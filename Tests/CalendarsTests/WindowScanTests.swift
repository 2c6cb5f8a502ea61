import Calendars
import GateModel
import Testing

/// The search for edges against a scan that looks at every tick of a coarse clock.
@Suite struct WindowScanTests {
    /// Edges of windows, offsets and instants all lie on a grid, so a scan of the grid misses nothing.
    struct Grid: Sendable, CustomTestStringConvertible {
        var step: Int
        var ticks: Int
        var cases: Int
        var seed: UInt64
        var testDescription: String { "\(step) s, seed \(seed)" }
    }

    static let zones = [
        "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk", "America/Sao_Paulo",
        "America/Vancouver", "Antarctica/Troll", "Asia/Gaza", "Asia/Kathmandu", "Asia/Shanghai", "Australia/Lord_Howe",
        "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham",
    ]

    @Test(arguments: [
        Grid(step: 900, ticks: 500, cases: 500, seed: 41), Grid(step: 60, ticks: 2000, cases: 60, seed: 42),
        Grid(step: 1, ticks: 3600, cases: 40, seed: 43),
    ])
    func findsTheSameEdgesAsAScan(grid: Grid) throws {
        var random = SeededGenerator(seed: grid.seed)
        for number in 0..<grid.cases {
            guard let name = Self.zones.randomElement(using: &random) else { return }
            let zone = try system.zone(named: name)
            let start = Self.instant(near: zone, grid, &random)
            let table = Self.table(zone.local(at: start), grid, &random)
            let calendar = Self.calendar(around: zone.date(at: start), &random)
            let windows = try WeeklyWindows(table)
            let reference = Reference(table: table, zone: zone, calendar: calendar)
            let context: () -> String = {
                "seed \(grid.seed), case \(number), \(name), \(start.rfc3339), \(table), \(String(describing: calendar))"
            }
            // States at each tick; between ticks nothing changes.
            let step = Span.seconds(Int64(grid.step))
            let states = (0...grid.ticks).map {
                reference.isOpen(start + Span(milliseconds: step.milliseconds * Int64($0)))
            }
            func tick(_ index: Int) -> Instant { start + Span(milliseconds: step.milliseconds * Int64(index)) }

            switch windows.standing(at: start, in: zone, calendar: calendar) {
            case .closed: #expect(states[0] == false, "\(context())")
            case .unknown: #expect(states[0] == nil, "\(context())")
            case .open(let until):
                let end = states.firstIndex { $0 != true }
                let limit = start + .days(2)
                let expected = min(end.map(tick) ?? limit, limit)
                #expect(
                    states[0] == true && (until == expected || (end == nil && until > tick(grid.ticks))), "\(context())"
                )
            }

            let horizon = tick(grid.ticks) - start
            let decisive = states.firstIndex { $0 != false }
            let expected = decisive.flatMap { states[$0] == true ? tick($0) : nil }
            let found = windows.nextOpening(from: start, in: zone, calendar: calendar, horizon: horizon)
            #expect(found == expected, "\(context())")
            if let found, found != start {
                #expect(reference.isOpen(found) == true, "\(context())")
                #expect(reference.isOpen(found - Span(milliseconds: 1)) != true, "\(context())")
            }
            // Off the grid, the state is that of the tick before.
            let index = Int.random(in: 0..<grid.ticks, using: &random)
            let between = tick(index) + Span(milliseconds: .random(in: 1..<step.milliseconds, using: &random))
            let state: Bool? =
                switch windows.standing(at: between, in: zone, calendar: calendar) {
                case .open: true
                case .closed: false
                case .unknown: nil
                }
            #expect(state == states[index], "\(context())")
        }
    }

    /// The rules written out once more, as the documentation states them.
    struct Reference {
        var table: [Key: [Window]]
        var zone: Zone
        var calendar: HolidayCalendar?

        func isOpen(_ time: Instant) -> Bool? {
            let local = zone.local(at: time)
            let weekday = local.date.weekday
            let names: [Key] = [.monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday]
            var type: DayType? = weekday <= 5 ? .workday : .restday
            var isAdjusted = false
            var isEve = false
            if [.holiday, .eve, .workday, .restday].contains(where: { table[$0] != nil }) {
                guard let known = calendar?.dayType(local.date) else { return nil }
                type = known == .holiday && table[.holiday] == nil ? type : known
                if table[.eve] != nil, known != .holiday {
                    guard let tomorrow = calendar?.dayType(local.date.adding(days: 1)) else { return nil }
                    isEve = tomorrow == .holiday
                }
                isAdjusted = calendar?.days[local.date]?.kind == .adjustedWorkday
            }
            var list: [Window] = table[.every] ?? []
            if type == .holiday {
                list = table[.holiday] ?? []
            } else if isEve, let eve = table[.eve] {
                list = eve
            } else if isAdjusted, let workday = table[.workday] {
                list = workday
            } else if let own = table[names[weekday - 1]] {
                list = own
            } else if let general = table[type == .workday ? .workday : .restday] {
                list = general
            }
            let millisecond = local.millisecondOfDay
            return list.contains { $0.start * 1000 <= millisecond && millisecond < $0.end * 1000 }
        }
    }

    /// Half of them shortly before a change of the clocks.
    private static func instant(near zone: Zone, _ grid: Grid, _ random: inout SeededGenerator) -> Instant {
        let years = CalendarsTests.instant("2005-01-01T00:00:00Z")...CalendarsTests.instant("2040-01-01T00:00:00Z")
        var second = Int64.random(in: years.lowerBound.seconds...years.upperBound.seconds, using: &random)
        let changes = zone.regimes(from: years.lowerBound, until: years.upperBound).dropFirst()
        if Int.random(in: 0..<4, using: &random) > 0, let change = changes.randomElement(using: &random) {
            second = change.from.seconds - Int64.random(in: 0...Int64(grid.step * grid.ticks * 3 / 4), using: &random)
        }
        return Instant(seconds: second / Int64(grid.step) * Int64(grid.step))
    }

    /// Edges fall within the hours that the scan passes, often at midnight.
    private static func table(
        _ start: LocalTime, _ grid: Grid, _ random: inout SeededGenerator
    ) -> [Key: [Window]] {
        let first = grid.step == 1 ? max(0, start.millisecondOfDay / 1000 - 1800) : 0
        let last = grid.step == 1 ? min(86_400, first + 7200) : 86_400
        var table: [Key: [Window]] = [:]
        let keys = Key.allCases.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        for key in keys.isEmpty ? [.every] : keys {
            var edges = Set(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    Int.random(in: first...last, using: &random) / grid.step * grid.step
                })
            if Bool.random(using: &random) { edges.insert(0) }
            if Bool.random(using: &random) { edges.insert(86_400) }
            let sorted = edges.sorted()
            // Neighbours may adjoin.
            table[key] = zip(sorted, sorted.dropFirst()).filter { _ in Bool.random(using: &random) }
                .map { Window(start: $0, end: $1) }
        }
        return table
    }

    private static func calendar(around date: CivilDate, _ random: inout SeededGenerator) -> HolidayCalendar? {
        guard Int.random(in: 0..<10, using: &random) > 0 else { return nil }
        var days: [CivilDate: HolidayCalendar.Day] = [:]
        for offset in -2...8 where Int.random(in: 0..<3, using: &random) == 0 {
            let kind: HolidayCalendar.Day.Kind = Bool.random(using: &random) ? .holiday : .adjustedWorkday
            days[date.adding(days: offset)] = .init(kind: kind, name: "day")
        }
        let years = [date.year, date.year + 1].filter { _ in Int.random(in: 0..<8, using: &random) > 0 }
        return HolidayCalendar(id: "random", days: days, years: Set(years))
    }
}
