import Gate
import GateModel
import Hummingbird

/// What compliance may do with all that is held of one person: tell the full number, erase, hold. Each under a reason
/// that the log keeps.
enum SubjectPages {
    private static let roles = [Role.compliance]

    static let routes: [Route] = [
        .post("/console/people/{subject}/reveal", roles, reveal),
        .post("/console/people/{subject}/erasure", roles, erase),
        .post("/console/people/{subject}/holds", roles) { visit in
            let subject = try visit.parameter("subject")
            return try await hold(visit, "subject", subject, back: path(subject))
        },
        .post("/console/complaints/{id}/holds", roles) { visit in
            let complaint = try await visit.gate.complaint(try visit.parameter("id")).orRefuse().complaint
            return try await hold(
                visit, "complaint", complaint.id.description, back: "\(Place.complaints.path)/\(complaint.number)")
        },
        .get(Place.holds.path, roles) { try holds($0) },
        .post("/console/holds/{id}/lift", roles, lift),
    ]

    private static func path(_ subject: String) -> String { "\(Place.people.path)/\(Form.encoded(subject))" }

    private static func subject(_ visit: Visit) throws(Refusal) -> (name: String, key: Gate.SubjectKey) {
        let name = try visit.parameter("subject")
        guard let key = visit.gate.subject(name) else { throw .notFound }
        return (name, key)
    }

    private static func reason(_ visit: Visit) -> Result<String, GateError> {
        var body = GateBody()
        body.text("reason", visit.form["reason"])
        return visit.gate.reason(body.node)
    }

    /// The number stands in this answer alone: its address names the opaque subject, and nothing keeps it.
    @Sendable private static func reveal(_ visit: Visit) async throws -> Response {
        let (name, subject) = try subject(visit)
        let told: RevealedSubject
        switch reason(visit) {
        case .failure(let error): return try await PeoplePages.history(visit, faults: visit.faults(error))
        case .success(let reason):
            switch await visit.gate.reveal(subject, reason: reason, by: try visit.key) {
            case .failure(let error): return try await PeoplePages.history(visit, faults: visit.faults(error))
            case .success(let value): told = value
            }
        }
        return visit.page(
            "revealed", "revealed_title", .people,
            ["phone": told.phone ?? "", "customer": told.customer ?? "", "person": path(name)])
    }

    @Sendable private static func erase(_ visit: Visit) async throws -> Response {
        let (name, subject) = try subject(visit)
        guard visit.form["sure"] == "true" else {
            return try await PeoplePages.history(
                visit, faults: [["field": visit.say("erase"), "detail": visit.say("erase_not_sure")]])
        }
        switch reason(visit) {
        case .failure(let error): return try await PeoplePages.history(visit, faults: visit.faults(error))
        case .success(let reason):
            switch await visit.gate.erase(subject, reason: reason, by: try visit.key) {
            case .failure(let error): return try await PeoplePages.history(visit, faults: visit.faults(error))
            case .success(let erasure):
                return visit.redirect(path(name), notice: "erased", visit.count(erasure.removed.entries))
            }
        }
    }

    // MARK: Holds

    private static func hold(_ visit: Visit, _ kind: String, _ value: String, back: String) async throws -> Response {
        var body = GateBody()
        body.text(kind, value)
        body.text("reason", visit.form["reason"])
        body.text("until", visit.instant(visit.form["until"])?.rfc3339)
        switch await visit.gate.hold(body.node, by: try visit.key) {
        case .success: return visit.redirect(back, notice: "hold_placed")
        case .failure(let error): return try holds(visit, faults: visit.faults(error))
        }
    }

    private static func holds(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let (gate, key, now) = (visit.gate, try visit.key, visit.gate.now)
        let rows = gate.registry.holds.reversed().map { hold -> Content in
            let isInForce = hold.isInForce(at: now)
            var row: Content = [
                "id": hold.id.description, "reason": hold.reason, "by": hold.madeBy, "is_in_force": isInForce,
                "state": visit.say(
                    isInForce ? "hold_in_force" : hold.liftedAt != nil ? "stop_lifted" : "stop_ended"),
                "subjects": hold.subjectNames.map { ["path": path($0), "short": String($0.prefix(8))] as Content },
                "complaint": hold.complaint.map { "\(Place.complaints.path)/\($0)" } ?? "",
                "lift": isInForce && hold.madeBy != key.owner ? "\(Place.holds.path)/\(hold.id)/lift" : "",
                "is_mine": isInForce && hold.madeBy == key.owner,
            ]
            row["from"] = visit.time(hold.from)
            row["until"] = visit.time(hold.liftedAt ?? hold.until)
            return row
        }
        return visit.page(
            "holds", "nav_holds", .holds, status: faults.isEmpty ? .ok : .badRequest,
            ["rows": rows, "has_rows": !rows.isEmpty, "faults": faults, "has_faults": !faults.isEmpty])
    }

    @Sendable private static func lift(_ visit: Visit) async throws -> Response {
        let id = try visit.parameter("id")
        if case .failure(let error) = reason(visit) { return try holds(visit, faults: visit.faults(error)) }
        var body = GateBody()
        body.text("reason", visit.form["reason"])
        switch await visit.gate.change("hold", id, .lift, body.node, by: try visit.key) {
        case .success: return visit.redirect(Place.holds.path, notice: "hold_was_lifted")
        case .failure(.notFound): throw Refusal.notFound
        case .failure(let error): return try holds(visit, faults: visit.faults(error))
        }
    }

    static let templates = [
        "reveal": """
        {{#reveal}}<details class="card"><summary>{{t.reveal}}</summary><p class="hint">{{t.reveal_hint}}</p><form method="post" action="{{reveal}}/reveal" class="narrow">{{>hidden}}<label for="reveal-reason">{{t.field_reason}}</label><input id="reveal-reason" name="reason" required><button>{{t.reveal_now}}</button></form></details>{{/reveal}}
        """,
        "hold": """
        {{#hold}}<details class="card"><summary>{{t.hold}}</summary><p class="hint">{{t.hold_hint}}</p><form method="post" action="{{hold}}/holds" class="narrow">{{>hidden}}<label for="hold-reason">{{t.field_reason}}</label><input id="hold-reason" name="reason" required><label for="hold-until">{{t.hold_until}}</label><input id="hold-until" name="until" type="datetime-local"><button>{{t.hold_now}}</button></form></details>{{/hold}}
        """,
        "erase": """
        {{#erase}}<details class="card"><summary>{{t.erase}}</summary><p class="hint">{{t.erase_hint}}</p><form method="post" action="{{erase}}/erasure" class="narrow">{{>hidden}}<label for="erase-reason">{{t.field_reason}}</label><input id="erase-reason" name="reason" required><div class="check"><input type="checkbox" id="sure" name="sure" value="true" required><label for="sure">{{t.erase_sure}}</label></div><button class="halt">{{t.erase_now}}</button></form></details>{{/erase}}
        """,
        "revealed": """
        {{<layout}}{{$main}}
        <p class="notice" role="status">{{t.revealed_recorded}}</p>
        <dl class="facts">{{#phone}}<dt>{{t.field_phone}}</dt><dd><strong id="revealed-phone">{{phone}}</strong></dd>{{/phone}}{{#customer}}<dt>{{t.field_customer}}</dt><dd>{{customer}}</dd>{{/customer}}</dl>
        <p><a class="button plain" href="{{person}}">{{t.whole_history}}</a></p>
        {{/main}}{{/layout}}
        """,
        "holds": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.holds_lead}}</p>
        {{>faults}}
        {{^has_rows}}<p>{{t.no_holds}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_holds}}"><table><thead><tr><th scope="col">{{t.state}}</th><th scope="col">{{t.field_reason}}</th><th scope="col">{{t.hold_of}}</th><th scope="col">{{t.made_by}}</th><th scope="col">{{t.from}}</th><th scope="col">{{t.to}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>
        {{#rows}}<tr><td><span class="badge {{#is_in_force}}warn{{/is_in_force}}">{{state}}</span></td><td>{{reason}}</td><td>{{#complaint}}<a href="{{complaint}}">{{t.entry_complaint}}</a> {{/complaint}}{{#subjects}}<a href="{{path}}"><code>{{short}}…</code></a> {{/subjects}}</td><td>{{by}}</td><td>{{#from}}{{>time}}{{/from}}</td><td>{{#until}}{{>time}}{{/until}}</td><td>{{#lift}}<form method="post" action="{{lift}}">{{>hidden}}<label for="lift-{{id}}">{{t.field_reason}}</label><input id="lift-{{id}}" name="reason" required> <button>{{t.lift}}</button></form>{{/lift}}{{#is_mine}}<span class="hint">{{t.other_lifts}}</span>{{/is_mine}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """,
    ]
}
