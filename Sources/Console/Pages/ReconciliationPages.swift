import Documents
import Foundation
import Gate
import GateModel
import Hummingbird

/// What the dialers and carriers wrote down of the calls, compared with the log.
enum ReconciliationPages {
    private static let roles = Place.reconciliations.roles

    static let routes: [Route] = [
        .get(Place.reconciliations.path, roles, list),
        .post(Place.reconciliations.path, roles, takes: .file, begin),
        .get("/console/reconciliations/{id}", roles, one),
        .get("/console/reconciliations/{id}/result", roles, result),
        .post("/console/reconciliations/{id}/removal", roles, remove),
    ]

    @Sendable private static func list(_ visit: Visit) async throws -> Response {
        let rows = visit.gate.allReconciliations().map { row($0, visit) }
        return visit.page(
            "reconciliations", "nav_reconciliations", .reconciliations,
            [
                "rows": rows, "has_rows": !rows.isEmpty,
                "formats": visit.choices(
                    "record_format", ReconciliationRequest.Format.allCases.map(\.rawValue), selected: "csv"),
                "vendors": visit.gate.registry.mandates.keys.sorted(),
            ])
    }

    private static func row(_ status: ReconciliationStatus, _ visit: Visit) -> Content {
        var row: Content = [
            "path": "\(Place.reconciliations.path)/\(status.id)",
            "state": visit.word("scrub", status.state.rawValue),
            "state_class": status.state == .failed ? "bad" : status.state == .done ? "good" : "warn",
            "source": status.summary?.source ?? "", "vendor": status.summary?.vendor ?? visit.say("every"),
            "records": status.summary.map { visit.count($0.records) } ?? "",
            "matched": status.summary.map { visit.count($0.matched) } ?? "",
            "differences": status.summary.map { visit.count($0.differenceCount) } ?? "",
        ]
        row["at"] = visit.time(status.madeAt)
        return row
    }

    @Sendable private static func begin(_ visit: Visit) async throws -> Response {
        var fields = visit.query.fields.filter { !$0.value.isEmpty }
        // Records without an offset are told by the reader's clock.
        if !fields.contains(where: { $0.name == "tz" }), let zone = visit.zone { fields.append(("tz", zone.name)) }
        let request: ReconciliationRequest
        do throws(Faults) { request = try ReconciliationRequest(fields) } catch {
            return visit.problem(.invalid(error))
        }
        let intake: JobFolder.Intake
        switch visit.gate.beginReconciliation(request, by: try visit.key) {
        case .failure(let error): return visit.problem(error)
        case .success(let value): intake = value
        }
        if let answer = await visit.receive(
            intake, orElse: { _ = visit.gate.removeReconciliation(intake.id) })
        {
            return answer
        }
        let status = try visit.gate.finishReconciliation(intake).orRefuse()
        return visit.json(.accepted) { $0.member("place", "\(Place.reconciliations.path)/\(status.id)") }
    }

    @Sendable private static func one(_ visit: Visit) async throws -> Response {
        let status = try visit.gate.reconciliation(try visit.parameter("id")).orRefuse()
        var content = row(status, visit)
        let path = "\(Place.reconciliations.path)/\(status.id)"
        content["waiting"] = status.state == .receiving || status.state == .running
        content["progress"] = Int(status.progress * 100)
        content["is_done"] = status.state == .done
        content["result"] = "\(path)/result"
        content["removal"] = "\(path)/removal"
        content["faults"] = status.problems.map { ["field": "", "detail": visit.translated($0)] as Content }
        content["has_faults"] = !status.problems.isEmpty
        if let summary = status.summary {
            content["from"] = visit.time(summary.from)
            content["to"] = visit.time(summary.to)
            content["left_out"] = visit.count(summary.leftOut)
            content["sha256"] = summary.sha256
            let rows =
                [Visit.Bar(label: visit.say("records_agree"), value: summary.matched, style: "allow")]
                + DifferenceKind.allCases.map {
                    Visit.Bar(
                        label: visit.word("difference", $0.rawValue), value: summary.differences[$0] ?? 0,
                        style: "deny")
                }
            content["shares"] = visit.bars(
                rows, caption: visit.say("records_compared"), label: visit.say("records_how"),
                value: visit.say("records"))
        }
        return visit.page("reconciliation", "reconciliation_title", .reconciliations, content)
    }

    @Sendable private static func result(_ visit: Visit) async throws -> Response {
        let id = try visit.parameter("id")
        let path = try visit.gate.reconciliationResult(id).orRefuse()
        guard let file = FileHandle(forReadingAtPath: path) else { throw Refusal.notFound }
        return visit.download(file, "text/csv; charset=utf-8", "differences-\(id).csv")
    }

    @Sendable private static func remove(_ visit: Visit) async throws -> Response {
        let (gate, id) = (visit.gate, try visit.parameter("id"))
        // Waits for the block in hand.
        let removed = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: gate.removeReconciliation(id)) }
        }
        _ = try removed.orRefuse()
        return visit.redirect(Place.reconciliations.path, notice: "reconciliation_removed")
    }

    static let templates = [
        "reconciliations": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.reconciliations_lead}}</p>
        <noscript><p class="faults">{{t.needs_script}}</p></noscript>
        <form class="upload" data-upload="/console/reconciliations" data-ended="{{t.upload_session}}" data-failed="{{t.upload_broke_off}}" data-sending="{{t.upload_sending}}" data-empty="{{t.upload_empty}}">
        <input type="hidden" name="token" value="{{token}}">
        <div class="drop"><label for="file">{{t.upload_file}}</label><input id="file" type="file" required><p class="hint">{{t.records_hint}}</p></div>
        <div class="grid"><div><label for="format">{{t.record_format}}</label><select id="format" name="format">{{#formats}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/formats}}</select></div>
        <div><label for="vendor">{{t.field_vendor}}</label><input id="vendor" name="vendor" list="vendors"><datalist id="vendors">{{#vendors}}<option value="{{.}}"></option>{{/vendors}}</datalist></div>
        <div><label for="prefix">{{t.record_prefix}}</label><input id="prefix" name="prefix" inputmode="tel"></div></div>
        <button>{{t.records_compare}}</button><p class="upload-state" role="status"></p><progress max="100" value="0" aria-label="{{t.upload_sending}}" hidden></progress></form>
        <h2>{{t.reconciliations_made}}</h2>{{^has_rows}}<p>{{t.no_reconciliations}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.reconciliations_made}}"><table><thead><tr><th scope="col">{{t.uploaded}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.field_source}}</th><th scope="col">{{t.field_vendor}}</th><th scope="col" class="number">{{t.records}}</th><th scope="col" class="number">{{t.records_agree}}</th><th scope="col" class="number">{{t.records_differ}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{#at}}{{>time}}{{/at}}</a></th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{source}}</td><td>{{vendor}}</td><td class="number">{{records}}</td><td class="number">{{matched}}</td><td class="number">{{differences}}</td></tr>{{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """,
        "reconciliation": """
        {{<layout}}{{$main}}
        <p><a href="/console/reconciliations">← {{t.nav_reconciliations}}</a></p>
        {{>faults}}
        {{#waiting}}<p role="status" data-refresh="1500">{{t.scrubbing}} <progress max="100" value="{{progress}}" aria-label="{{t.scrubbing}}">{{progress}} %</progress></p>{{/waiting}}
        {{#is_done}}<p><a class="button" href="{{result}}" download>{{t.records_download}}</a></p>{{/is_done}}
        <dl class="facts"><dt>{{t.state}}</dt><dd><span class="badge {{state_class}}">{{state}}</span></dd><dt>{{t.uploaded}}</dt><dd>{{#at}}{{>time}}{{/at}}</dd>{{#is_done}}<dt>{{t.field_source}}</dt><dd>{{source}}</dd><dt>{{t.field_vendor}}</dt><dd>{{vendor}}</dd><dt>{{t.from}}</dt><dd>{{#from}}{{>time}}{{/from}}</dd><dt>{{t.to}}</dt><dd>{{#to}}{{>time}}{{/to}}</dd><dt>{{t.records}}</dt><dd>{{records}}</dd><dt>{{t.records_agree}}</dt><dd>{{matched}}</dd><dt>{{t.records_differ}}</dt><dd>{{differences}}</dd><dt>{{t.records_left_out}}</dt><dd>{{left_out}}</dd><dt>SHA-256</dt><dd><code>{{sha256}}</code></dd>{{/is_done}}</dl>
        {{#shares}}{{>bars}}{{/shares}}
        <form method="post" action="{{removal}}">{{>hidden}}<button class="plain">{{t.reconciliation_remove}}</button></form>
        {{/main}}{{/layout}}
        """,
    ]
}
