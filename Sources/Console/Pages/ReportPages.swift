import Calendars
import Foundation
import Gate
import GateModel
import Hummingbird

/// The periodic report: choose the period, have it made, download it.
enum ReportPages {
    private static let roles = Place.reports.roles

    static let routes: [Route] = [
        .get(Place.reports.path, roles) { try list($0) },
        .post(Place.reports.path, roles, begin),
        .get("/console/reports/{id}", roles, one),
        .get("/console/reports/{id}/files/{name}", roles, file),
    ]

    private static func list(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let rows = visit.gate.reports().map { row($0, visit) }
        let month = lastMonth(visit)
        return visit.page(
            "reports", "nav_reports", .reports, status: faults.isEmpty ? .ok : .badRequest,
            [
                "rows": rows, "has_rows": !rows.isEmpty, "faults": faults, "has_faults": !faults.isEmpty,
                "first": visit.form["first"] ?? month.first, "last": visit.form["last"] ?? month.last,
                "languages": ["zh", "en"].map {
                    [
                        "value": $0, "label": visit.say("report_in_\($0)"),
                        "selected": $0 == (visit.form["lang"] ?? visit.language.rawValue),
                    ] as Content
                },
            ])
    }

    private static func row(_ status: ReportStatus, _ visit: Visit) -> Content {
        var row: Content = [
            "path": "\(Place.reports.path)/\(status.id)", "state": visit.word("scrub", status.state.rawValue),
            "state_class": status.state == .failed ? "bad" : status.state == .done ? "good" : "warn",
            "by": status.owner, "language": visit.say("report_in_\(status.request.language == .chinese ? "zh" : "en")"),
        ]
        row["at"] = visit.time(status.madeAt)
        row["from"] = visit.time(status.request.from)
        row["to"] = visit.time(status.request.to)
        return row
    }

    /// The days of the month before this one, by the reader's clock.
    private static func lastMonth(_ visit: Visit) -> (first: String, last: String) {
        let now = visit.gate.now
        let today = (now.seconds + Int64(visit.zone?.offset(at: now) ?? 0)) / 86_400
        func isFirst(_ day: CivilDate) -> Bool { day.description.hasSuffix("-01") }
        func firstOfMonth(_ days: Int32) -> CivilDate {
            (0..<31).lazy.map { CivilDate(daysSinceEpoch: days - $0) }.first(where: isFirst)
                ?? CivilDate(daysSinceEpoch: days)
        }
        let last = CivilDate(daysSinceEpoch: firstOfMonth(Int32(today)).daysSinceEpoch - 1)
        return (firstOfMonth(last.daysSinceEpoch).description, last.description)
    }

    @Sendable private static func begin(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var faults: [Content] = []
        /// The midnight at which a day begins, or the one at which it ends.
        func midnight(_ name: String, after days: Int32) -> Instant? {
            let day = form[name].flatMap { CivilDate($0) }
            let instant = day.flatMap {
                visit.instant("\(CivilDate(daysSinceEpoch: $0.daysSinceEpoch + days).description)T00:00")
            }
            if instant == nil {
                faults.append(["field": visit.say("report_\(name)"), "detail": visit.say("report_day_wrong")])
            }
            return instant
        }
        guard let from = midnight("first", after: 0), let to = midnight("last", after: 1) else {
            return try list(visit, faults: faults)
        }
        guard from < to, to <= visit.gate.now else {
            return try list(
                visit, faults: [["field": visit.say("report_last"), "detail": visit.say("report_span_wrong")]])
        }
        var request = ReportRequest(from: from, to: to)
        request.zone = visit.zone?.name ?? "UTC"
        request.language = form["lang"] == "en" ? .english : .chinese
        // Spreadsheets take Chinese for UTF-8 only behind the mark.
        request.hasMark = true
        let status = visit.gate.beginReport(request, by: try visit.key)
        return visit.redirect("\(Place.reports.path)/\(status.id)")
    }

    @Sendable private static func one(_ visit: Visit) async throws -> Response {
        let status = try visit.gate.report(try visit.parameter("id")).orRefuse()
        var content = row(status, visit)
        let path = "\(Place.reports.path)/\(status.id)"
        content["waiting"] = status.state == .running
        content["progress"] = Int(status.progress * 100)
        content["problem"] = status.problem.map { visit.translated("\($0)") } ?? ""
        content["files"] = status.files.map { name -> Content in
            ["name": name, "path": "\(path)/files/\(name)", "is_page": name.hasSuffix(".html")]
        }
        if let summary = status.summary {
            content["summary"] =
                [
                    "allowed": visit.count(summary.allowed), "denied": visit.count(summary.denied),
                    "size": visit.count(Int(summary.size)), "sha256": summary.manifestSHA256, "entry": summary.entry,
                ] as Content
        }
        return visit.page("report", "report_title", .reports, content)
    }

    @Sendable private static func file(_ visit: Visit) async throws -> Response {
        let (id, name) = (try visit.parameter("id"), try visit.parameter("name"))
        let handle = try visit.gate.reportFile(id, name).orRefuse()
        let type = name.hasSuffix(".html") ? "text/html" : name.hasSuffix(".csv") ? "text/csv" : "text/plain"
        return visit.download(handle, "\(type); charset=utf-8", name)
    }

    static let templates = [
        "reports": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.reports_lead}}</p>
        <form method="post" action="/console/reports" class="card">{{>hidden}}<h2>{{t.report_new}}</h2>{{>faults}}
        <div class="grid"><div><label for="first">{{t.report_first}}</label><input id="first" name="first" type="date" value="{{first}}" required></div><div><label for="last">{{t.report_last}}</label><input id="last" name="last" type="date" value="{{last}}" required></div><div><label for="lang">{{t.report_language}}</label><select id="lang" name="lang">{{#languages}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/languages}}</select></div></div>
        <p class="hint">{{t.report_zone_hint}} {{zone_name}}</p><button>{{t.report_make}}</button></form>
        <h2>{{t.reports_made}}</h2>{{^has_rows}}<p>{{t.no_reports}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.reports_made}}"><table><thead><tr><th scope="col">{{t.report_made_at}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.from}}</th><th scope="col">{{t.to}}</th><th scope="col">{{t.report_language}}</th><th scope="col">{{t.made_by}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{#at}}{{>time}}{{/at}}</a></th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{#from}}{{>time}}{{/from}}</td><td>{{#to}}{{>time}}{{/to}}</td><td>{{language}}</td><td>{{by}}</td></tr>{{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """,
        "report": """
        {{<layout}}{{$main}}
        <p><a href="/console/reports">← {{t.nav_reports}}</a></p>
        {{#problem}}<p class="faults" role="alert">{{problem}}</p>{{/problem}}
        {{#waiting}}<p role="status" data-refresh="1500">{{t.report_making}} <progress max="100" value="{{progress}}" aria-label="{{t.report_making}}">{{progress}} %</progress></p>{{/waiting}}
        <dl class="facts"><dt>{{t.state}}</dt><dd><span class="badge {{state_class}}">{{state}}</span></dd><dt>{{t.from}}</dt><dd>{{#from}}{{>time}}{{/from}}</dd><dt>{{t.to}}</dt><dd>{{#to}}{{>time}}{{/to}}</dd><dt>{{t.made_by}}</dt><dd>{{by}}</dd>{{#summary}}<dt>{{t.allowed}}</dt><dd>{{allowed}}</dd><dt>{{t.denied}}</dt><dd>{{denied}}</dd><dt>{{t.report_bound}}</dt><dd>{{size}}</dd><dt>manifest.json SHA-256</dt><dd><code>{{sha256}}</code></dd><dt>{{t.report_entry}}</dt><dd><code>{{entry}}</code></dd>{{/summary}}</dl>
        {{#summary}}<h2>{{t.report_files}}</h2><ul>{{#files}}<li><a href="{{path}}" download>{{#is_page}}<strong>{{name}}</strong>{{/is_page}}{{^is_page}}{{name}}{{/is_page}}</a></li>{{/files}}</ul>{{/summary}}
        {{/main}}{{/layout}}
        """,
    ]
}

extension Visit {
    /// A file of any size, sent piece by piece.
    func download(_ file: FileHandle, _ type: String, _ name: String) -> Response {
        var response = download([], type, name)
        response.body = ResponseBody { writer in
            while let data = try file.read(upToCount: 1 << 18), !data.isEmpty {
                try await writer.write(ByteBuffer(bytes: data))
            }
            try await writer.finish(nil)
        }
        return response
    }
}
