import Calendars
import Gate
import GateModel
import Hummingbird
import RuleEngine

/// What a compliance officer looks at first: how much is called, what is denied and why, and what will soon stand in the
/// way.
enum TodayPage {
    static let routes: [Route] = [.get(Place.today.path, Place.today.roles, show)]

    @Sendable private static func show(_ visit: Visit) async throws -> Response {
        let gate = visit.gate
        let now = gate.now
        let day = try Counts(visit, from: now - .days(1))
        let (allowed, denied) = try await day.verdicts()
        let minute = try await Counts(visit, from: now - .minutes(1)).verdicts()
        let readiness = gate.readiness()
        var content: Content = [
            "decisions": visit.count(allowed + denied), "allowed": visit.count(allowed), "denied": visit.count(denied),
            "share": allowed + denied == 0 ? "–" : "\(allowed * 100 / (allowed + denied)) %",
            "minute": visit.count(minute.allowed + minute.denied), "unreported": visit.count(gate.countUnreported()),
            "signed": visit.count(Int(gate.tree.signed)), "problems": readiness.problems.map(visit.translated),
            "warnings": readiness.warnings.map(visit.translated),
            "is_well": readiness.problems.isEmpty && readiness.warnings.isEmpty,
            "stops": gate.registry.stops.count { $0.stop.liftedAt == nil && $0.stop.until ?? .distantFuture > now },
        ]
        let complaints = gate.openComplaints()
        content["complaints"] = visit.count(complaints.count)
        content["overdue"] =
            complaints.overdue.isEmpty ? "" : visit.say("complaints_overdue", "\(complaints.overdue.count)")
        content["at"] = visit.time(now)
        content["reasons"] = visit.bars(
            try await day.by(.rule).prefix(10).map { .init(label: $0.value, value: $0.count, style: "deny") },
            caption: visit.say("reasons_today"), label: visit.say("rule"), value: visit.say("denials"))
        var late = try Counts(visit, from: nil)
        late.filter.outcome = "unreported"
        content["late"] = visit.bars(
            try await late.by(.vendor).prefix(10).map { .init(label: $0.value, value: $0.count) },
            caption: visit.say("unreported_by_vendor"), label: visit.say("field_vendor"), value: visit.say("unreported")
        )
        content["hours"] = try await TodayHours.shown(day, visit)
        var caps = day
        caps.filter.kind = ReasonKind.frequency.rawValue
        content["caps"] = visit.bars(
            try await caps.by(.rule).filter { isCap($0.value, gate) }.prefix(10).map {
                .init(label: $0.value, value: $0.count, style: "deny")
            },
            caption: visit.say("caps_today"), label: visit.say("rule"), value: visit.say("denials"))
        let due = deadlines(visit)
        content["deadlines"] = due
        content["has_deadlines"] = !due.isEmpty
        let checkpoint = gate.lastCheckpoint()
        content["checkpoint"] = visit.time(checkpoint.at)
        content["unsigned"] = visit.count(Int(checkpoint.waiting))
        content["heat"] = try await heat(try Counts(visit, from: now - .days(7)), visit)
        return visit.page("today", "nav_today", .today, content)
    }

    private static func isCap(_ rule: String, _ gate: Gate) -> Bool {
        gate.configuration.policy.snapshot.rule(rule)?.kind == .frequency
    }

    /// What is due next of the open complaints, the most pressing first.
    private static func deadlines(_ visit: Visit) -> [Content] {
        let now = visit.gate.now
        let open = visit.gate.registry.openComplaints.values.compactMap { complaint in
            complaint.due.filter { $0.doneAt == nil }.min { $0.at < $1.at }.map { (complaint, $0) }
        }
        return open.sorted { $0.1.at < $1.1.at }.prefix(10).map { complaint, due in
            var row: Content = [
                "number": complaint.number, "path": "\(Place.complaints.path)/\(complaint.number)",
                "step": visit.word("step", due.step), "state": visit.say(due.isOverdue(at: now) ? "overdue" : "is_due"),
                "class": due.isOverdue(at: now) ? "bad" : "warn",
            ]
            row["at"] = visit.time(due.at)
            return row
        }
    }

    /// Counts of what the reader may see, by the index: no decision is read.
    struct Counts {
        let visit: Visit
        var filter: DecisionFilter

        init(_ visit: Visit, from: Instant?) throws {
            self.visit = visit
            filter = visit.gate.sight(of: try visit.key)
            filter.from = from
        }

        func by(_ counting: Counting, in zone: Zone? = nil) async throws -> [(value: String, count: Int)] {
            try await visit.gate.countDecisions(filter, by: counting, in: zone).orRefuse()
        }

        func verdicts() async throws -> (allowed: Int, denied: Int) {
            let counts = try await by(.verdict)
            func count(_ verdict: Verdict) -> Int { counts.first { $0.value == verdict.rawValue }?.count ?? 0 }
            return (count(.allow), count(.deny))
        }

        /// By hour of the day, 0 to 23.
        func hours(_ verdict: Verdict, in zone: Zone?) async throws -> [Int] {
            var (counts, hours) = (self, [Int](repeating: 0, count: 24))
            counts.filter.verdict = verdict
            for part in try await counts.by(.hour, in: zone) {
                if let hour = Int(part.value.dropFirst(11).prefix(2)) { hours[hour] += part.count }
            }
            return hours
        }
    }

    /// How many decisions fell into each hour of the last seven days, by the reader's clock.
    private static func heat(_ week: Counts, _ visit: Visit) async throws -> Content? {
        let parts = try await week.by(.hour, in: visit.zone)
        guard !parts.isEmpty else { return nil }
        let now = visit.gate.now
        let today = (now.seconds + Int64(visit.zone?.offset(at: now) ?? 0)) / 86_400
        let dates = (0..<7).map { back -> String in
            CivilDate(daysSinceEpoch: Int32(today) - 6 + Int32(back)).description
        }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 24), count: 7)
        for part in parts {
            guard let row = dates.firstIndex(of: String(part.value.prefix(10))),
                let hour = Int(part.value.dropFirst(11).prefix(2))
            else { continue }
            counts[row][hour] += part.count
        }
        let most = max(1, counts.flatMap { $0 }.max() ?? 1)
        var rows: [Content] = []
        for (index, date) in dates.enumerated() {
            var cells: [Content] = []
            for (hour, value) in counts[index].enumerated() {
                let level = value == 0 ? 0 : 1 + min(3, value * 4 / (most + 1))
                cells.append(["x": 84 + hour * 21, "value": visit.count(value), "level": level])
            }
            rows.append(["date": date, "y": index * 22 + 18, "text_y": index * 22 + 32, "cells": cells])
        }
        let hours = (0..<24).map { hour -> Content in ["hour": hour, "x": 94 + hour * 21] }
        return ["rows": rows, "hours": hours]
    }

    static let templates = [
        "today": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.today_lead}} {{#at}}{{>time}}{{/at}}</p>
        {{#is_well}}<p class="notice">{{t.all_well}}</p>{{/is_well}}
        {{#problems}}<p class="faults">{{.}}</p>{{/problems}}
        {{#overdue}}<p class="faults"><a href="/console/complaints?state=overdue">{{overdue}}</a></p>{{/overdue}}
        {{#warnings}}<p class="card"><span class="badge warn">{{t.soon}}</span> {{.}}</p>{{/warnings}}
        <ul class="tiles"><li><strong>{{decisions}}</strong><p class="hint">{{t.decisions_24h}}</p></li><li><strong>{{allowed}}</strong><p class="hint">{{t.allowed}} ({{share}})</p></li><li><strong>{{denied}}</strong><p class="hint">{{t.denied}}</p></li><li><strong>{{minute}}</strong><p class="hint">{{t.last_minute}}</p></li><li><strong><a href="/console/decisions?outcome=unreported">{{unreported}}</a></strong><p class="hint">{{t.unreported}}</p></li><li><strong><a href="/console/stops">{{stops}}</a></strong><p class="hint">{{t.stops_in_force}}</p></li><li><strong><a href="/console/complaints?state=open">{{complaints}}</a></strong><p class="hint">{{t.open_complaints}}</p></li><li><strong>{{signed}}</strong><p class="hint">{{t.signed}}{{#checkpoint}}<br>{{t.checkpoint_at}} {{>time}}{{/checkpoint}}<br>{{t.checkpoint_waiting}} {{unsigned}}</p></li></ul>
        {{#has_deadlines}}<section class="card"><h2>{{t.deadlines}}</h2><div class="scroll" tabindex="0" role="region" aria-label="{{t.deadlines}}"><table><thead><tr><th scope="col">{{t.field_number}}</th><th scope="col">{{t.step}}</th><th scope="col">{{t.due}}</th><th scope="col">{{t.state}}</th></tr></thead><tbody>{{#deadlines}}<tr><th scope="row"><a href="{{path}}">{{number}}</a></th><td>{{step}}</td><td>{{#at}}{{>time}}{{/at}}</td><td><span class="badge {{class}}">{{state}}</span></td></tr>{{/deadlines}}</tbody></table></div></section>{{/has_deadlines}}
        {{>hours}}
        {{#reasons}}{{>bars}}{{/reasons}}
        {{#caps}}{{>bars}}{{/caps}}
        {{#late}}{{>bars}}{{/late}}
        {{#heat}}<figure class="chart"><figcaption>{{t.heat}}</figcaption><svg viewBox="0 0 590 176" role="img" aria-label="{{t.heat}}">{{#hours}}<text x="{{x}}" y="12" text-anchor="middle" class="chart-label">{{hour}}</text>{{/hours}}{{#rows}}<text x="0" y="{{text_y}}" class="chart-label">{{date}}</text>{{#cells}}<rect x="{{x}}" y="{{y}}" width="19" height="19" rx="3" class="heat-{{level}}"/>{{/cells}}{{/rows}}</svg>
        <details><summary>{{t.as_table}}</summary><div class="scroll" tabindex="0" role="region" aria-label="{{t.heat}}"><table><thead><tr><th scope="col">{{t.date}}</th>{{#hours}}<th scope="col" class="number">{{hour}}</th>{{/hours}}</tr></thead><tbody>{{#rows}}<tr><th scope="row">{{date}}</th>{{#cells}}<td class="number">{{value}}</td>{{/cells}}</tr>{{/rows}}</tbody></table></div></details></figure>{{/heat}}
        {{/main}}{{/layout}}
        """
    ]
}
