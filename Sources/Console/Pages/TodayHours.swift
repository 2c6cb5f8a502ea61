import Calendars
import Gate
import GateModel
import RuleEngine

/// The calls of a day by the hour of the place whose law holds, above the hours that each purpose may be called in.
enum TodayHours {
    static func shown(_ day: TodayPage.Counts, _ visit: Visit) async throws -> Content? {
        let (configuration, region) = (visit.gate.configuration, visit.gate.options.defaultRegion)
        let packs = configuration.policy.snapshot.packs
        let pack = configuration.homePack(defaultRegion: region) ?? (packs.count == 1 ? packs.first : nil)
        let zone = pack?.zones.first ?? visit.zone
        let (allowed, denied) = (try await day.hours(.allow, in: zone), try await day.hours(.deny, in: zone))
        let most = zip(allowed, denied).map { $0 + $1 }.max() ?? 0
        guard most > 0 else { return nil }
        let windows = pack.flatMap { pack in zone.map { permitted(pack, in: $0, visit) } } ?? []
        let columns = (0..<24).map { hour -> Content in
            let (up, down) = (allowed[hour] * 100 / most, denied[hour] * 100 / most)
            return [
                "hour": hour, "x": left + hour * 25 + 2, "text_x": left + hour * 25 + 12,
                "allowed": visit.count(allowed[hour]), "denied": visit.count(denied[hour]), "allow_y": 110 - up,
                "allow_height": up, "deny_y": 110 - up - down, "deny_height": down,
            ]
        }
        return [
            "columns": columns, "where": zone?.name ?? "UTC", "windows": windows, "has_windows": !windows.isEmpty,
            "height": 134 + windows.count * 16,
        ]
    }

    /// Where the first hour begins; names of purposes stand left of it.
    private static let left = 96

    /// When live calls of each purpose may be made today, by the rules of hours that ask for nothing but the purpose.
    private static func permitted(_ pack: Pack, in zone: Zone, _ visit: Visit) -> [Content] {
        let now = visit.gate.now
        let calendar = pack.calendar.flatMap { visit.gate.configuration.policy.snapshot.calendars[$0] }
        let date = zone.date(at: now)
        let limited = pack.purposes.compactMap { purpose -> (String, [WeeklyWindows.Window])? in
            let lists = pack.rules.compactMap { rule -> [WeeklyWindows.Window]? in
                guard case .hours(let check) = rule.body, rule.applies.isDecidedByPurposeAndMode,
                    rule.applies.admits(purpose: purpose, mode: .live), rule.isEnabled(pack.settings),
                    rule.effectiveFrom <= now, now < rule.effectiveUntil
                else { return nil }
                return check.windows.windows(on: date, calendar: calendar) ?? []
            }
            guard let first = lists.first else { return nil }
            return (purpose, lists.dropFirst().reduce(first, common))
        }
        return limited.enumerated().map { index, row in
            [
                "purpose": visit.word("purpose", row.0), "y": index * 16 + 134, "text_y": index * 16 + 144,
                "none": row.1.isEmpty,
                "spans": row.1.map { window -> Content in
                    [
                        "x": left + window.start * 600 / 86_400, "width": (window.end - window.start) * 600 / 86_400,
                        "text": window.description,
                    ]
                },
            ]
        }
    }

    private static func common(
        _ one: [WeeklyWindows.Window], _ other: [WeeklyWindows.Window]
    ) -> [WeeklyWindows.Window] {
        one.flatMap { a in
            other.compactMap { b in
                let (start, end) = (max(a.start, b.start), min(a.end, b.end))
                return start < end ? .init(start: start, end: end) : nil
            }
        }
    }

    static let templates = [
        "hours": """
        {{#hours}}<figure class="chart"><figcaption>{{t.by_hour}} {{where}}</figcaption><svg viewBox="0 0 700 {{height}}" role="img" aria-label="{{t.by_hour}}">{{#columns}}<rect x="{{x}}" y="{{deny_y}}" width="20" height="{{deny_height}}" class="bar deny"/><rect x="{{x}}" y="{{allow_y}}" width="20" height="{{allow_height}}" class="bar allow"/><text x="{{text_x}}" y="126" text-anchor="middle" class="chart-label">{{hour}}</text>{{/columns}}{{#windows}}<text x="0" y="{{text_y}}" class="chart-label">{{purpose}}</text><rect x="96" y="{{y}}" width="600" height="11" class="track"/>{{#spans}}<rect x="{{x}}" y="{{y}}" width="{{width}}" height="11" class="permitted"/>{{/spans}}{{/windows}}</svg>
        <details><summary>{{t.as_table}}</summary><table><thead><tr><th scope="col" class="number">{{t.hour}}</th><th scope="col" class="number">{{t.allowed}}</th><th scope="col" class="number">{{t.denied}}</th></tr></thead><tbody>{{#columns}}<tr><td class="number">{{hour}}</td><td class="number">{{allowed}}</td><td class="number">{{denied}}</td></tr>{{/columns}}</tbody></table>{{#has_windows}}<table><thead><tr><th scope="col">{{t.field_purpose}}</th><th scope="col">{{t.permitted_today}}</th></tr></thead><tbody>{{#windows}}<tr><th scope="row">{{purpose}}</th><td>{{#spans}}{{text}} {{/spans}}{{#none}}{{t.none}}{{/none}}</td></tr>{{/windows}}</tbody></table>{{/has_windows}}</details>{{#has_windows}}<p class="hint">{{t.permitted_hint}}</p>{{/has_windows}}</figure>{{/hours}}
        """
    ]
}
