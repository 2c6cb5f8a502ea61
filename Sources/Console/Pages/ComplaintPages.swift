import Documents
import Gate
import GateModel
import Hummingbird

/// Complaints with their deadlines: opened, answered, given more time, closed.
enum ComplaintPages {
    private static let roles = Place.complaints.roles

    static let routes: [Route] = [
        .get(Place.complaints.path, roles) { try await list($0) },
        .post(Place.complaints.path, roles, open),
        .get("/console/complaints/{id}", roles) { try await one($0) },
        .post("/console/complaints/{id}/steps", roles) { visit in
            try await record(visit, ["step", "note"]) { try await $0.gate.stepComplaint($1, $2, by: $0.key) }
        },
        .post("/console/complaints/{id}/extension", roles) { visit in
            try await record(visit, ["step", "reason"]) { visit, id, body in
                try await visit.gate.extendComplaint(id, body, by: visit.key).map { $0.id }
            }
        },
        .post("/console/complaints/{id}/extension/approval", roles) { visit in
            try await record(visit, []) { try await $0.gate.approveExtension($1, $2, by: $0.key) }
        },
        .post("/console/complaints/{id}/closure", roles) { visit in
            try await record(visit, ["result", "note"]) { try await $0.gate.closeComplaint($1, $2, by: $0.key) }
        },
    ]

    // MARK: Looking

    private static func list(_ visit: Visit, faults: [Content] = []) async throws -> Response {
        let (gate, query) = (visit.gate, visit.query)
        var filter = ComplaintFilter()
        filter.state = query["state"].flatMap(ComplaintState.init(rawValue:))
        filter.cursor = query["cursor"].flatMap { Int64($0) }
        let (found, cursor) = try await gate.complaints(filter).orRefuse()
        let now = gate.now
        let rows = found.map { found -> Content in
            let complaint = found.complaint
            let next = complaint.due.filter { $0.doneAt == nil }.min { $0.at < $1.at }
            var row: Content = [
                "number": complaint.number, "path": "\(Place.complaints.path)/\(complaint.number)",
                "phone": found.mask ?? found.customer ?? "–", "nature": complaint.details["nature"]?.string ?? "",
                "step": next.map { visit.word("step", $0.step) } ?? "",
            ]
            row.merge(state(complaint, at: now, visit)) { $1 }
            row["received"] = visit.time(complaint.receivedAt)
            row["due"] = complaint.closedAt == nil ? visit.time(next?.at) : nil
            return row
        }
        var content: Content = [
            "rows": rows, "has_rows": !rows.isEmpty, "faults": faults, "has_faults": !faults.isEmpty,
            "states": visit.choices(
                "complaint_state", ComplaintState.allCases.map(\.rawValue), selected: query["state"]),
        ]
        for name in ["phone", "customer", "channel", "external_ref", "class", "nature", "received_at", "decision_ids"] {
            content["given_\(name)"] = visit.form[name] ?? ""
        }
        if let cursor {
            content["next"] = "?" + (query["state"].map { "state=\(Form.encoded($0))&" } ?? "") + "cursor=\(cursor)"
        }
        return visit.page(
            "complaints", "nav_complaints", .complaints, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    private static func state(_ complaint: ComplaintRecord, at now: Instant, _ visit: Visit) -> Content {
        let state = complaint.state(at: now)
        return [
            "state": visit.word("complaint_state", state.rawValue),
            "state_class": state == .overdue ? "bad" : state == .open ? "warn" : "good",
        ]
    }

    private static func one(_ visit: Visit, faults: [Content] = []) async throws -> Response {
        let gate = visit.gate
        let found = try await gate.complaint(try visit.parameter("id")).orRefuse()
        let (complaint, now) = (found.complaint, gate.now)
        let path = "\(Place.complaints.path)/\(complaint.number)"
        var content: Content = [
            "title": visit.say("complaint_of", complaint.number), "phone": found.mask ?? "–",
            "customer": found.customer ?? "", "path": path, "is_open": complaint.closedAt == nil,
            "faults": faults, "has_faults": !faults.isEmpty, "by": PeoplePages.who(complaint.openedBy, visit),
        ]
        content.merge(state(complaint, at: now, visit)) { $1 }
        content["evidence"] = try EvidencePages.form("complaint", complaint.number, visit)
        content["hold"] = path
        content["received"] = visit.time(complaint.receivedAt)
        content["closed"] = visit.time(complaint.closedAt)
        if let subject = found.subject { content["person"] = "\(Place.people.path)/\(subject)" }
        content["stated"] = ["channel", "external_ref", "class", "nature", "summary_ref"].compactMap {
            name -> Content? in
            complaint.details[name]?.string.map { ["name": visit.word("field", name), "value": $0] }
        }
        content["decisions"] = complaint.details.list("decision_ids").compactMap(\.string)
        content["due"] = complaint.due.map { due -> Content in
            let isLate = due.isOverdue(at: now)
            var row: Content = [
                "step": visit.word("step", due.step), "word": due.step,
                "state": visit.say(
                    due.doneAt != nil ? isLate ? "done_late" : "done_in_time" : isLate ? "overdue" : "is_due"),
                "class": isLate ? "bad" : due.doneAt != nil ? "good" : "warn",
            ]
            row["at"] = visit.time(due.at)
            row["done"] = visit.time(due.doneAt)
            return row
        }
        content["open_steps"] = complaint.due.filter { $0.doneAt == nil && complaint.answerable.contains($0.step) }.map
        {
            ["value": $0.step, "label": visit.word("step", $0.step)] as Content
        }
        content["steps"] = complaint.steps.reversed().map { step -> Content in
            var row: Content = [
                "action": visit.word("complaint_act", step.action.rawValue), "by": PeoplePages.who(step.actor, visit),
                "texts": ["step", "note", "reason", "result", "summary_ref"].compactMap { name -> String? in
                    step.details[name]?.string.map { name == "step" ? visit.word("step", $0) : $0 }
                },
            ]
            row["at"] = visit.time(step.at)
            return row
        }
        return visit.page(
            "complaint", "nav_complaints", .complaints, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    // MARK: Acting

    @Sendable private static func open(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        for name in ["phone", "customer", "channel", "external_ref", "class", "nature"] { body.text(name, form[name]) }
        body.text("received_at", visit.instant(form["received_at"])?.rfc3339)
        body.words("decision_ids", form.words("decision_ids"))
        switch await visit.gate.openComplaint(body.node, by: try visit.key) {
        case .failure(let error): return try await list(visit, faults: visit.faults(error))
        case .success(let opened):
            return visit.redirect("\(Place.complaints.path)/\(opened.number)", notice: "complaint_opened")
        }
    }

    /// One act on a complaint, from the fields of its form.
    private static func record(
        _ visit: Visit, _ fields: [String],
        _ act: (Visit, String, Node) async throws -> Result<String, GateError>
    ) async throws -> Response {
        var body = GateBody()
        for name in fields { body.text(name, visit.form[name]) }
        let id = try visit.parameter("id")
        switch try await act(visit, id, body.node) {
        case .failure(.notFound): throw Refusal.notFound
        case .failure(let error): return try await one(visit, faults: visit.faults(error))
        case .success:
            return visit.redirect("\(Place.complaints.path)/\(Form.encoded(id))", notice: "complaint_step_recorded")
        }
    }

    static let templates = [
        "complaints": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.complaints_lead}}</p>
        <form method="get" action="/console/complaints" class="card"><label for="state">{{t.state}}</label><select id="state" name="state" class="narrow"><option value="">–</option>{{#states}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/states}}</select><button>{{t.search}}</button></form>
        {{^has_rows}}<p>{{t.no_complaints}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_complaints}}"><table><thead><tr><th scope="col">{{t.field_number}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.field_received_at}}</th><th scope="col">{{t.next_due}}</th><th scope="col">{{t.field_subject}}</th><th scope="col">{{t.field_nature}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{number}}</a></th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{#received}}{{>time}}{{/received}}</td><td>{{#due}}{{step}} {{>time}}{{/due}}</td><td>{{phone}}</td><td>{{nature}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{#next}}<p class="pages"><a class="button plain" rel="next" href="{{next}}">{{t.older}}</a></p>{{/next}}
        <h2>{{t.complaint_new}}</h2>{{>faults}}
        <form method="post" action="/console/complaints" class="grid">{{>hidden}}
        <div><label for="phone">{{t.field_phone}}</label><input id="phone" name="phone" value="{{given_phone}}" inputmode="tel" autocomplete="off"></div>
        <div><label for="customer">{{t.or_customer}}</label><input id="customer" name="customer" value="{{given_customer}}" autocomplete="off"></div>
        <div><label for="received_at">{{t.field_received_at}}</label><input id="received_at" name="received_at" type="datetime-local" value="{{given_received_at}}" required></div>
        <div><label for="channel">{{t.field_channel}}</label><input id="channel" name="channel" value="{{given_channel}}"></div>
        <div><label for="external_ref">{{t.field_external_ref}}</label><input id="external_ref" name="external_ref" value="{{given_external_ref}}"></div>
        <div><label for="class">{{t.field_class}}</label><input id="class" name="class" value="{{given_class}}"></div>
        <div><label for="nature">{{t.field_nature}}</label><input id="nature" name="nature" value="{{given_nature}}"></div>
        <div><label for="decision_ids">{{t.field_decision_ids}}</label><input id="decision_ids" name="decision_ids" value="{{given_decision_ids}}"></div>
        <div class="wide"><button>{{t.complaint_open}}</button></div></form>
        {{/main}}{{/layout}}
        """,
        "complaint": """
        {{<layout}}{{$main}}
        <p><a href="/console/complaints">← {{t.nav_complaints}}</a>{{#person}} · <a href="{{person}}">{{t.whole_history}}</a>{{/person}}</p>
        {{>faults}}
        <dl class="facts"><dt>{{t.state}}</dt><dd><span class="badge {{state_class}}">{{state}}</span></dd><dt>{{t.field_received_at}}</dt><dd>{{#received}}{{>time}}{{/received}}</dd>{{#closed}}<dt>{{t.complaint_closed}}</dt><dd>{{>time}}</dd>{{/closed}}<dt>{{t.field_phone}}</dt><dd>{{phone}} {{customer}}</dd>{{#stated}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/stated}}<dt>{{t.made_by}}</dt><dd>{{by}}</dd>{{#decisions}}<dt>{{t.field_decision}}</dt><dd><a href="/console/decisions/{{.}}"><code>{{.}}</code></a></dd>{{/decisions}}</dl>
        <h2>{{t.deadlines}}</h2><div class="scroll" tabindex="0" role="region" aria-label="{{t.deadlines}}"><table><thead><tr><th scope="col">{{t.step}}</th><th scope="col">{{t.due}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.done}}</th></tr></thead><tbody>{{#due}}<tr><th scope="row">{{step}}</th><td>{{#at}}{{>time}}{{/at}}</td><td><span class="badge {{class}}">{{state}}</span></td><td>{{#done}}{{>time}}{{/done}}</td></tr>{{/due}}</tbody></table></div>
        {{#is_open}}<div class="pair"><form method="post" action="{{path}}/steps" class="card"><h2>{{t.step_record}}</h2>{{>hidden}}<label for="step">{{t.step}}</label><select id="step" name="step"><option value="">–</option>{{#open_steps}}<option value="{{value}}">{{label}}</option>{{/open_steps}}</select><label for="note">{{t.note}}</label><input id="note" name="note"><p class="hint">{{t.note_hint}}</p><button>{{t.step_record}}</button></form>
        <form method="post" action="{{path}}/closure" class="card"><h2>{{t.complaint_close}}</h2>{{>hidden}}<label for="result">{{t.result}}</label><input id="result" name="result" required><label for="close-note">{{t.note}}</label><input id="close-note" name="note"><button>{{t.complaint_close}}</button></form>
        <form method="post" action="{{path}}/extension" class="card"><h2>{{t.extend}}</h2>{{>hidden}}<label for="extend-reason">{{t.field_reason}}</label><input id="extend-reason" name="reason" required><button class="plain">{{t.extend}}</button></form>
        <form method="post" action="{{path}}/extension/approval" class="card"><h2>{{t.extension_approve}}</h2>{{>hidden}}<p class="hint">{{t.extension_hint}}</p><button class="plain">{{t.extension_approve}}</button></form></div>{{/is_open}}
        <h2>{{t.what_was_done}}</h2><ol class="timeline">{{#steps}}<li><h3>{{action}}</h3><p class="hint">{{#at}}{{>time}}{{/at}} · {{by}}</p>{{#texts}}<p>{{.}}</p>{{/texts}}</li>{{/steps}}</ol>
        {{>evidence}}{{>hold}}
        {{/main}}{{/layout}}
        """,
    ]
}
