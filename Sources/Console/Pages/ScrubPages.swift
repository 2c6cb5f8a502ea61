import Documents
import Foundation
import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// A campaign file washed before it is dialled: each row with its verdict, nothing reserved.
enum ScrubPages {
    static let routes: [Route] = [
        .get(Place.scrubs.path, Place.scrubs.roles, show),
        .post(Place.scrubs.path, Place.scrubs.roles, takes: .file, begin),
        .get("/console/scrubs/{id}", Place.scrubs.roles, one),
        .get("/console/scrubs/{id}/result", Place.scrubs.roles, result),
        .post("/console/scrubs/{id}/removal", Place.scrubs.roles, remove),
    ]

    @Sendable private static func show(_ visit: Visit) async throws -> Response {
        let (gate, policy) = (visit.gate, visit.gate.configuration.policy)
        let rows = gate.scrubs(by: try visit.key).map { status -> Content in
            var row: Content = [
                "path": "\(Place.scrubs.path)/\(status.id)", "state": visit.word("scrub", status.state.rawValue),
                "purpose": visit.word("purpose", status.purpose), "rows": visit.count(status.counts.rows),
                "allowed": visit.count(status.counts.allowed),
            ]
            row["at"] = visit.time(status.madeAt)
            return row
        }
        return visit.page(
            "scrubs", "nav_scrubs", .scrubs,
            [
                "rows": rows, "has_rows": !rows.isEmpty,
                "purposes": visit.choices("purpose", policy.vocabulary.purposes, selected: nil),
                "modes": visit.choices("mode", CallMode.allCases.map(\.rawValue), selected: nil),
                "products": policy.snapshot.packs.flatMap(\.products).unique,
                "campaigns": gate.registry.campaigns.keys.sorted(),
                "callers": gate.registry.callerIDs.values.filter(\.isApproved).map(\.value.number).sorted(),
            ])
    }

    @Sendable private static func begin(_ visit: Visit) async throws -> Response {
        // `source` is the file's name, which the upload's script always sends and a scrub does not need.
        let fields = visit.query.fields.filter { $0.name != "source" && !$0.value.isEmpty }
        let request: ScrubRequest
        do throws(Faults) { request = try ScrubRequest(fields) } catch { return visit.problem(.invalid(error)) }
        let intake: JobFolder.Intake
        switch visit.gate.beginScrub(request, by: try visit.key) {
        case .failure(let error): return visit.problem(error)
        case .success(let value): intake = value
        }
        if let answer = await visit.receive(intake, orElse: { visit.gate.abandonScrub(intake) }) { return answer }
        let status = try visit.gate.finishScrub(intake).orRefuse()
        return visit.json(.accepted) { $0.member("place", "\(Place.scrubs.path)/\(status.id)") }
    }

    @Sendable private static func one(_ visit: Visit) async throws -> Response {
        let status = try visit.gate.scrub(try visit.parameter("id"), by: try visit.key).orRefuse()
        let path = "\(Place.scrubs.path)/\(status.id)"
        var content: Content = [
            "waiting": status.state == .receiving || status.state == .running, "progress": Int(status.progress * 100),
            "state": visit.word("scrub", status.state.rawValue), "purpose": visit.word("purpose", status.purpose),
            "rows": visit.count(status.counts.rows), "allowed": visit.count(status.counts.allowed),
            "denied": visit.count(status.counts.rows - status.counts.allowed), "is_done": status.state == .done,
            "result": "\(path)/result", "removal": "\(path)/removal",
            "problem": status.problem.map { visit.translated("\($0)") } ?? "",
        ]
        content["at"] = visit.time(status.madeAt)
        let denied = status.counts.denied.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var rows = [Visit.Bar(label: visit.word("verdict", "allow"), value: status.counts.allowed, style: "allow")]
        rows += denied.prefix(20).map { .init(label: visit.word("kind", $0.key), value: $0.value, style: "deny") }
        if status.counts.rows > 0 {
            content["shares"] = visit.bars(
                rows, caption: visit.say("scrub_shares"), label: visit.say("reason"), value: visit.say("scrub_rows"))
        }
        return visit.page("scrub", "scrub_title", .scrubs, content)
    }

    @Sendable private static func result(_ visit: Visit) async throws -> Response {
        let id = try visit.parameter("id")
        let path = try visit.gate.scrubResult(id, by: try visit.key).orRefuse()
        guard let file = FileHandle(forReadingAtPath: path) else { throw Refusal.notFound }
        return visit.download(file, "text/csv; charset=utf-8", "scrub-\(id).csv")
    }

    @Sendable private static func remove(_ visit: Visit) async throws -> Response {
        let (gate, id, key) = (visit.gate, try visit.parameter("id"), try visit.key)
        // Waits for the block in hand.
        let removed = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: gate.removeScrub(id, by: key)) }
        }
        _ = try removed.orRefuse()
        return visit.redirect(Place.scrubs.path, notice: "scrub_removed")
    }

    static let templates = [
        "scrubs": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.scrubs_lead}}</p>
        <noscript><p class="faults">{{t.needs_script}}</p></noscript>
        <form class="upload" data-upload="/console/scrubs" data-ended="{{t.upload_session}}" data-failed="{{t.upload_broke_off}}" data-sending="{{t.upload_sending}}" data-empty="{{t.upload_empty}}">
        <input type="hidden" name="token" value="{{token}}">
        <div class="drop"><label for="file">{{t.upload_file}}</label><input id="file" type="file" required><p class="hint">{{t.scrub_hint}}</p></div>
        <div class="grid"><div><label for="purpose">{{t.field_purpose}}</label><select id="purpose" name="purpose">{{#purposes}}<option value="{{value}}">{{label}}</option>{{/purposes}}</select></div>
        <div><label for="product">{{t.field_product}}</label><input id="product" name="product" list="products"><datalist id="products">{{#products}}<option value="{{.}}"></option>{{/products}}</datalist></div>
        <div><label for="caller_id">{{t.field_caller_id}}</label><input id="caller_id" name="caller_id" list="callers"><datalist id="callers">{{#callers}}<option value="{{.}}"></option>{{/callers}}</datalist></div>
        <div><label for="campaign">{{t.field_campaign}}</label><input id="campaign" name="campaign" list="campaigns"><datalist id="campaigns">{{#campaigns}}<option value="{{.}}"></option>{{/campaigns}}</datalist></div>
        <div><label for="mode">{{t.field_mode}}</label><select id="mode" name="mode">{{#modes}}<option value="{{value}}">{{label}}</option>{{/modes}}</select></div>
        <div><label for="column">{{t.phone_column}}</label><input id="column" name="column.phone" aria-describedby="column-hint"><p class="hint" id="column-hint">{{t.column_hint}}</p></div></div>
        <button>{{t.scrub_start}}</button><p class="upload-state" role="status"></p><progress max="100" value="0" aria-label="{{t.upload_sending}}" hidden></progress></form>
        <h2>{{t.scrubs_mine}}</h2>{{^has_rows}}<p>{{t.no_scrubs}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.scrubs_mine}}"><table><thead><tr><th scope="col">{{t.uploaded}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.field_purpose}}</th><th scope="col" class="number">{{t.scrub_rows}}</th><th scope="col" class="number">{{t.allowed}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{#at}}{{>time}}{{/at}}</a></th><td>{{state}}</td><td>{{purpose}}</td><td class="number">{{rows}}</td><td class="number">{{allowed}}</td></tr>{{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """,
        "scrub": """
        {{<layout}}{{$main}}
        <p><a href="/console/scrubs">← {{t.nav_scrubs}}</a></p>
        {{#problem}}<p class="faults" role="alert">{{problem}}</p>{{/problem}}
        {{#waiting}}<p role="status" data-refresh="1500">{{t.scrubbing}} <progress max="100" value="{{progress}}" aria-label="{{t.scrubbing}}">{{progress}} %</progress></p>{{/waiting}}
        {{#is_done}}<p><a class="button" href="{{result}}" download>{{t.scrub_download}}</a></p>{{/is_done}}
        <dl class="facts"><dt>{{t.state}}</dt><dd>{{state}}</dd><dt>{{t.uploaded}}</dt><dd>{{#at}}{{>time}}{{/at}}</dd><dt>{{t.field_purpose}}</dt><dd>{{purpose}}</dd><dt>{{t.scrub_rows}}</dt><dd>{{rows}}</dd><dt>{{t.allowed}}</dt><dd>{{allowed}}</dd><dt>{{t.denied}}</dt><dd>{{denied}}</dd></dl>
        {{#shares}}{{>bars}}{{/shares}}
        <form method="post" action="{{removal}}">{{>hidden}}<button class="plain">{{t.scrub_remove}}</button></form>
        {{/main}}{{/layout}}
        """,
    ]
}

extension Visit {
    /// What is wrong, for the page's own script.
    func problem(_ error: GateError) -> Response {
        let texts = faults(error).map { fault in
            [fault["field"] as? String ?? "", fault["detail"] as? String ?? ""].filter { !$0.isEmpty }
                .joined(separator: " ")
        }
        return json(.badRequest) { $0.member("problem", texts.joined(separator: "; ")) }
    }

    /// Takes the request's body as the file of a job.
    ///
    /// - Returns: Nil where it was received whole; else what the script is told, after the job was given up.
    func receive(_ intake: JobFolder.Intake, orElse giveUp: () -> Void) async -> Response? {
        do {
            for try await buffer in request.body where !(try intake.feed(Array(buffer.readableBytesView))) {
                giveUp()
                return json(.contentTooLarge) { $0.member("problem", say("error_too_large_title")) }
            }
            return nil
        } catch {
            giveUp()
            return json(.serviceUnavailable) { $0.member("problem", say("upload_broke_off")) }
        }
    }
}
