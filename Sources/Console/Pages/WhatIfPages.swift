import Gate
import GateModel
import Hummingbird

/// "What if": past decisions decided again under a candidate policy, and what would be the other way.
enum WhatIfPages {
    private static let roles = Place.whatIf.roles

    static let routes: [Route] = [
        .get(Place.whatIf.path, roles) { try list($0) },
        .post(Place.whatIf.path, roles, begin),
        .get("/console/what-if/{id}", roles, one),
    ]

    /// How the form calls the policy that waits; no folder is called so.
    private static let waiting = "."

    private static func list(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let (gate, form) = (visit.gate, visit.form)
        let rows = gate.allSimulations().map { row($0, visit) }
        let candidates = gate.policyCandidates().map { candidate -> Content in
            let value = candidate.name ?? waiting
            return [
                "value": value, "label": candidate.name ?? visit.say("what_if_waiting"),
                "selected": value == form["candidate"],
            ]
        }
        let week = visit.field(gate.now - .days(7))
        return visit.page(
            "what-if", "nav_what_if", .whatIf, status: faults.isEmpty ? .ok : .badRequest,
            [
                "rows": rows, "has_rows": !rows.isEmpty, "candidates": candidates,
                "has_candidates": !candidates.isEmpty,
                "folder": gate.options.candidates ?? "–", "given_from": form["from"] ?? week,
                "given_to": form["to"] ?? "", "faults": faults, "has_faults": !faults.isEmpty,
            ])
    }

    private static func row(_ status: SimulationStatus, _ visit: Visit) -> Content {
        var row: Content = [
            "path": "\(Place.whatIf.path)/\(status.id)", "state": visit.word("scrub", status.state.rawValue),
            "state_class": status.state == .failed ? "bad" : status.state == .done ? "good" : "warn",
            "candidate": status.candidate.name ?? visit.say("what_if_waiting"), "by": status.owner,
        ]
        row["at"] = visit.time(status.madeAt)
        row["from"] = visit.time(status.range.from)
        row["to"] = visit.time(status.range.to)
        return row
    }

    @Sendable private static func begin(_ visit: Visit) async throws -> Response {
        let form = visit.form
        let range = PastRange(from: visit.instant(form["from"]), to: visit.instant(form["to"]))
        var faults: [Content] = []
        for name in ["from", "to"] where form[name] != nil && visit.instant(form[name]) == nil {
            faults.append(["field": visit.word("field", name), "detail": visit.say("filter_wrong")])
        }
        guard faults.isEmpty, let named = form["candidate"] else { return try list(visit, faults: faults) }
        let candidate = PolicyCandidate(name: named == waiting ? nil : named)
        switch visit.gate.beginSimulation(candidate, range, by: try visit.key) {
        case .failure(let error): return try list(visit, faults: visit.faults(error))
        case .success(let status): return visit.redirect("\(Place.whatIf.path)/\(status.id)")
        }
    }

    @Sendable private static func one(_ visit: Visit) async throws -> Response {
        let status = try visit.gate.simulation(try visit.parameter("id")).orRefuse()
        var content = row(status, visit)
        content["waiting"] = status.state == .running
        content["progress"] = Int(status.progress * 100)
        content["faults"] = status.problems.prefix(50).map {
            ["field": "", "detail": visit.problemOfFile($0)] as Content
        }
        content["has_faults"] = !status.problems.isEmpty
        if let report = status.report { content["report"] = shown(report, visit) }
        return visit.page("what-if-result", "what_if_title", .whatIf, content)
    }

    private static func shown(_ report: SimulationReport, _ visit: Visit) -> Content {
        let flips = [
            flips(report.allowToDeny, "what_if_denied", "deny", visit),
            flips(report.denyToAllow, "what_if_allowed", "allow", visit),
            flips(report.notKnown, "what_if_unknown", "deny", visit),
        ]
        return [
            "candidate_id": report.candidate, "decided": visit.count(report.decided),
            "unchanged": visit.count(report.unchanged), "erased": visit.count(report.erased),
            "unreadable": visit.count(report.unreadable),
            "dropped": report.dropped > 0 ? visit.count(report.dropped) : "", "flips": flips.compactMap { $0 },
            "none_flips": flips.allSatisfy { $0 == nil },
            "unknown_lists": report.unknownLists.sorted().joined(separator: ", "),
        ]
    }

    private static func flips(
        _ flips: SimulationReport.Flips, _ title: String, _ style: String, _ visit: Visit
    ) -> Content? {
        guard flips.total.count > 0 else { return nil }
        func rows(_ tallies: [(String, SimulationReport.Tally)]) -> [Content] {
            tallies.prefix(50).map { name, tally in
                [
                    "name": name, "count": visit.count(tally.count),
                    "examples": tally.examples.map {
                        ["path": "\(Place.decisions.path)/\($0.id)", "phone": $0.mask ?? "–"] as Content
                    },
                ]
            }
        }
        func sorted(_ tallies: [String: SimulationReport.Tally]) -> [(String, SimulationReport.Tally)] {
            tallies.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
                .map { ($0.key.isEmpty ? visit.say("none") : $0.key, $0.value) }
        }
        let hours = flips.byHour.sorted { $0.key < $1.key }.map {
            ($0.key < 0 ? visit.say("hour_unknown") : "\($0.key):00", $0.value)
        }
        let groups: [Content] = [
            ("rule", rows(sorted(flips.byRule))), ("field_campaign", rows(sorted(flips.byCampaign))),
            ("what_if_hour", rows(hours)),
        ].map { ["label": visit.say($0.0), "rows": $0.1] }
        var content: Content = [
            "title": visit.say(title), "count": visit.count(flips.total.count), "class": style, "groups": groups,
        ]
        content["bars"] = visit.bars(
            sorted(flips.byRule).prefix(10).map { .init(label: $0.0, value: $0.1.count, style: style) },
            caption: visit.say(title), label: visit.say("rule"), value: visit.say("what_if_decisions"))
        return content
    }

    static let templates = [
        "what-if": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.what_if_lead}}</p>
        {{>faults}}
        {{^has_candidates}}<p class="card">{{t.what_if_none}} <code>{{folder}}</code></p>{{/has_candidates}}
        {{#has_candidates}}<form method="post" action="/console/what-if" class="card">{{>hidden}}<div class="grid"><div><label for="candidate">{{t.what_if_candidate}}</label><select id="candidate" name="candidate">{{#candidates}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/candidates}}</select></div><div><label for="from">{{t.from}}</label><input id="from" name="from" type="datetime-local" value="{{given_from}}"></div><div><label for="to">{{t.what_if_to}}</label><input id="to" name="to" type="datetime-local" value="{{given_to}}"></div></div><button>{{t.what_if_run}}</button></form>{{/has_candidates}}
        {{#has_rows}}<h2>{{t.what_if_runs}}</h2><div class="scroll" tabindex="0" role="region" aria-label="{{t.what_if_runs}}"><table><thead><tr><th scope="col">{{t.report_made_at}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.what_if_candidate}}</th><th scope="col">{{t.from}}</th><th scope="col">{{t.to}}</th><th scope="col">{{t.made_by}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{#at}}{{>time}}{{/at}}</a></th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{candidate}}</td><td>{{#from}}{{>time}}{{/from}}</td><td>{{#to}}{{>time}}{{/to}}</td><td>{{by}}</td></tr>{{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """,
        "what-if-result": """
        {{<layout}}{{$main}}
        <p><a href="/console/what-if">← {{t.nav_what_if}}</a></p>
        {{>faults}}
        {{#waiting}}<p role="status" data-refresh="1500">{{t.what_if_running}} <progress max="100" value="{{progress}}" aria-label="{{t.what_if_running}}">{{progress}} %</progress></p>{{/waiting}}
        <dl class="facts"><dt>{{t.what_if_candidate}}</dt><dd>{{candidate}}</dd><dt>{{t.from}}</dt><dd>{{#from}}{{>time}}{{/from}}{{^from}}–{{/from}}</dd><dt>{{t.to}}</dt><dd>{{#to}}{{>time}}{{/to}}{{^to}}–{{/to}}</dd>{{#report}}<dt>{{t.policy}}</dt><dd><code>{{candidate_id}}</code></dd><dt>{{t.what_if_decisions}}</dt><dd>{{decided}}</dd><dt>{{t.what_if_unchanged}}</dt><dd>{{unchanged}}</dd><dt>{{t.what_if_erased}}</dt><dd>{{erased}}</dd><dt>{{t.what_if_unreadable}}</dt><dd>{{unreadable}}</dd>{{#dropped}}<dt>{{t.what_if_dropped}}</dt><dd>{{dropped}}</dd>{{/dropped}}{{#unknown_lists}}<dt>{{t.what_if_lists}}</dt><dd>{{unknown_lists}}</dd>{{/unknown_lists}}{{/report}}</dl>
        {{#report}}{{#none_flips}}<p class="notice">{{t.what_if_same}}</p>{{/none_flips}}
        {{#flips}}<section class="card"><h2>{{title}}: <span class="badge {{class}}">{{count}}</span></h2>{{#bars}}{{>bars}}{{/bars}}
        {{#groups}}<div class="scroll" tabindex="0" role="region" aria-label="{{title}} – {{label}}"><table><thead><tr><th scope="col">{{label}}</th><th scope="col" class="number">{{t.what_if_decisions}}</th><th scope="col">{{t.what_if_examples}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row">{{name}}</th><td class="number">{{count}}</td><td>{{#examples}}<a href="{{path}}">{{phone}}</a> {{/examples}}</td></tr>{{/rows}}</tbody></table></div>{{/groups}}</section>{{/flips}}
        <p class="hint">{{t.what_if_caveat}}</p>{{/report}}
        {{/main}}{{/layout}}
        """,
    ]
}

extension Visit {
    /// What a field of the kind `datetime-local` is filled with, by the reader's clock.
    func field(_ instant: Instant) -> String {
        String(instant.rfc3339(offsetSeconds: zone?.offset(at: instant) ?? 0, milliseconds: false).prefix(16))
    }
}
