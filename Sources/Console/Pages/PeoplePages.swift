import Documents
import Gate
import GateModel
import Hummingbird

/// Consents and opt-outs of one person, entered and looked up. No address holds a number.
enum PeoplePages {
    static let routes: [Route] = [
        .get(Place.people.path, Place.people.roles) { try show($0) },
        .post("/console/people/opt-outs", [.operations, .compliance], optOut),
        .post("/console/people/consents", [.operations], consent),
        .post("/console/people/lookup", [.compliance], lookUp),
        .get("/console/people/{subject}", [.compliance]) { try await history($0) },
        .post("/console/people/{subject}/opt-outs/{id}/lift", [.compliance], lift),
        .post("/console/people/{subject}/consents/{id}/withdrawal", [.compliance], withdraw),
    ]

    /// - Parameter part: Which of the page's forms the faults are of.
    private static func show(_ visit: Visit, _ part: String = "", faults: [Content] = []) throws -> Response {
        let (key, policy, form) = (try visit.key, visit.gate.configuration.policy, visit.form)
        let shown: Content = ["faults": faults, "has_faults": true]
        var content: Content = [
            "may_consent": key.role == .operations, "may_look": key.role == .compliance,
            "purposes": visit.checks("purpose", policy.vocabulary.purposes, "purposes"),
            "modes": visit.checks("mode", CallMode.allCases.map(\.rawValue), "modes"),
            "products": policy.snapshot.packs.flatMap(\.products).unique.map {
                ["value": $0, "id": "product-\($0)", "label": $0, "selected": form.all("products").contains($0)]
                    as Content
            },
            "forms": visit.choices(
                "form", ["express", "express_written", "recorded_voice", "click"], selected: form["form"]),
        ]
        for name in ["phone", "customer", "source", "obtained_at", "expires_at", "evidence_ref", "reason"] {
            content["given_\(name)"] = form[name] ?? ""
        }
        if !faults.isEmpty { content["\(part)_faults"] = shown }
        return visit.page("people", "nav_people", .people, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    @Sendable private static func optOut(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        for name in ["phone", "customer", "source"] { body.text(name, form[name]) }
        body.words("purposes", form.all("purposes"))
        switch await visit.gate.record(.optOuts, body.node, by: try visit.key) {
        case .failure(let error): return try show(visit, "opt_out", faults: visit.faults(error))
        case .success: return visit.redirect(Place.people.path, notice: "opt_out_recorded")
        }
    }

    @Sendable private static func consent(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        for name in ["phone", "customer", "form", "evidence_ref"] { body.text(name, form[name]) }
        for name in ["purposes", "products", "modes"] { body.words(name, form.all(name)) }
        for name in ["obtained_at", "expires_at"] { body.text(name, visit.instant(form[name])?.rfc3339) }
        switch await visit.gate.record(.consents, body.node, by: try visit.key) {
        case .failure(let error): return try show(visit, "consent", faults: visit.faults(error))
        case .success: return visit.redirect(Place.people.path, notice: "consent_recorded")
        }
    }

    @Sendable private static func lookUp(_ visit: Visit) async throws -> Response {
        let (gate, form) = (visit.gate, visit.form)
        var body = GateBody()
        for name in ["phone", "customer", "reason"] { body.text(name, form[name]) }
        let key = try visit.key
        let query: (phone: String?, customer: String?, region: String?, reason: String)
        switch gate.subjectQuery(body.node) {
        case .failure(let error): return try show(visit, "look", faults: visit.faults(error))
        case .success(let value): query = value
        }
        switch await gate.lookUp(
            phone: query.phone, customer: query.customer, region: query.region, reason: query.reason, by: key)
        {
        case .failure(let error): return try show(visit, "look", faults: visit.faults(error))
        case .success(let subject): return visit.redirect("\(Place.people.path)/\(subject)")
        }
    }

    // MARK: One person

    static func history(_ visit: Visit, faults: [Content] = []) async throws -> Response {
        let name = try visit.parameter("subject")
        guard let subject = visit.gate.subject(name) else { throw Refusal.notFound }
        let found = await visit.gate.history(subject, by: try visit.key)
        if case .failure(.notFound) = found {
            return visit.page(
                "person", "person_title", .people,
                ["has_entries": false, "subject": name, "faults": faults, "has_faults": !faults.isEmpty])
        }
        let entries = try found.orRefuse()
        let lifted = Set(entries.filter { $0.kind == "lift" }.compactMap { details($0)["of"]?.string })
        let withdrawn = Set(entries.filter { $0.kind == "withdrawal" }.compactMap { details($0)["consent"]?.string })
        let rows = entries.reversed().map { entry -> Content in
            var row: Content = ["kind": visit.word("entry", entry.kind), "id": entry.id, "by": who(entry.actor, visit)]
            row["at"] = visit.time(entry.at)
            if let decision = entry.decision {
                let judgement = decision.answer.record.judgement
                row["decision"] =
                    [
                        "path": "\(Place.decisions.path)/\(entry.id)", "verdict": judgement.verdict.rawValue,
                        "label": visit.word("verdict", judgement.verdict.rawValue),
                        "purpose": visit.word("purpose", decision.answer.record.call.purpose),
                        "rules": judgement.reasons.map(\.rule).joined(separator: ", "),
                        "outcome": decision.outcome.map { visit.word("outcome", $0) } ?? "",
                    ] as Content
            }
            row["details"] = pairs(details(entry), visit)
            if entry.kind == "opt_out", !lifted.contains(entry.id) {
                row["lift"] = "\(Place.people.path)/\(name)/opt-outs/\(entry.id)/lift"
            }
            if entry.kind == "consent", !withdrawn.contains(entry.id) {
                row["withdraw"] = "\(Place.people.path)/\(name)/consents/\(entry.id)/withdrawal"
            }
            return row
        }
        var content: Content = [
            "rows": rows, "has_entries": true, "subject": name,
            "mask": entries.lazy.compactMap { $0.decision?.mask }.first ?? "", "faults": faults,
            "has_faults": !faults.isEmpty,
        ]
        content["evidence"] = try EvidencePages.form("subject", name, visit)
        let path = "\(Place.people.path)/\(Form.encoded(name))"
        for act in ["reveal", "hold", "erase"] { content[act] = path }
        let held = visit.gate.registry.holds.contains {
            $0.subjectNames.contains(name) && $0.isInForce(at: visit.gate.now)
        }
        content["held"] = held
        return visit.page("person", "person_title", .people, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    private static func details(_ entry: HeldEntry) -> Node {
        (try? JSONParser.parse(entry.details)) ?? Node(.object([]))
    }

    /// What an entry says, as names and values.
    private static func pairs(_ node: Node, _ visit: Visit) -> [Content] {
        guard case .object(let members) = node.value else { return [] }
        return members.compactMap { member in
            let text: String
            switch member.node.value {
            case .string(let value): text = value
            case .number(let value): text = value
            case .bool(let value): text = visit.say(value ? "flag_true" : "flag_false")
            case .array(let nodes):
                let kind = member.name == "modes" ? "mode" : "purpose"
                text = nodes.compactMap(\.string).map { visit.word(kind, $0) }.joined(separator: ", ")
            default: return nil
            }
            guard !text.isEmpty else { return nil }
            var row: Content = ["name": visit.word("field", member.name), "value": visit.word(member.name, text)]
            row["when"] = visit.time(Instant(rfc3339: text))
            return row
        }
    }

    /// The person or program behind a key.
    static func who(_ actor: String, _ visit: Visit) -> String {
        visit.gate.registry.keys[actor].map { $0.account ?? $0.name } ?? actor
    }

    @Sendable private static func lift(_ visit: Visit) async throws -> Response {
        var body = GateBody()
        body.text("reason", visit.form["reason"])
        let (subject, id) = (try visit.parameter("subject"), try visit.parameter("id"))
        _ = try await visit.gate.lift(id, body.node, by: try visit.key).orRefuse()
        return visit.redirect("\(Place.people.path)/\(Form.encoded(subject))", notice: "opt_out_lifted")
    }

    @Sendable private static func withdraw(_ visit: Visit) async throws -> Response {
        let (subject, id) = (try visit.parameter("subject"), try visit.parameter("id"))
        _ = try await visit.gate.withdrawConsent(id, GateBody().node, by: try visit.key).orRefuse()
        return visit.redirect("\(Place.people.path)/\(Form.encoded(subject))", notice: "consent_withdrawn")
    }

    static let templates = [
        "people": """
        {{<layout}}{{$main}}
        {{#may_look}}<form method="post" action="/console/people/lookup" class="card"><h2>{{t.look_up}}</h2>{{>hidden}}<p class="hint">{{t.look_up_hint}}</p>
        {{#look_faults}}{{>faults}}{{/look_faults}}
        <div class="grid"><div><label for="look-phone">{{t.field_phone}}</label><input id="look-phone" name="phone" value="{{given_phone}}" inputmode="tel" autocomplete="off"></div><div><label for="look-customer">{{t.or_customer}}</label><input id="look-customer" name="customer" value="{{given_customer}}" autocomplete="off"></div><div><label for="look-reason">{{t.field_reason}}</label><input id="look-reason" name="reason" value="{{given_reason}}" required></div></div><button>{{t.look_up}}</button></form>{{/may_look}}
        <form method="post" action="/console/people/opt-outs" class="card"><h2>{{t.opt_out_new}}</h2>{{>hidden}}<p class="hint">{{t.opt_out_hint}}</p>
        {{#opt_out_faults}}{{>faults}}{{/opt_out_faults}}
        <div class="grid"><div><label for="out-phone">{{t.field_phone}}</label><input id="out-phone" name="phone" value="{{given_phone}}" inputmode="tel" autocomplete="off"></div><div><label for="out-customer">{{t.field_customer}}</label><input id="out-customer" name="customer" value="{{given_customer}}" autocomplete="off"></div><div><label for="out-source">{{t.opt_out_source}}</label><input id="out-source" name="source" value="{{given_source}}"></div></div>
        <fieldset><legend>{{t.opt_out_of}}</legend>{{#purposes}}<div class="check"><input type="checkbox" id="out-{{id}}" name="purposes" value="{{value}}"{{#selected}} checked{{/selected}}><label for="out-{{id}}">{{label}}</label></div>{{/purposes}}</fieldset><button>{{t.opt_out_record}}</button></form>
        {{#may_consent}}<form method="post" action="/console/people/consents" class="card"><h2>{{t.consent_new}}</h2>{{>hidden}}<p class="hint">{{t.consent_hint}}</p>
        {{#consent_faults}}{{>faults}}{{/consent_faults}}
        <div class="grid"><div><label for="con-phone">{{t.field_phone}}</label><input id="con-phone" name="phone" value="{{given_phone}}" inputmode="tel" autocomplete="off" required></div><div><label for="con-customer">{{t.field_customer}}</label><input id="con-customer" name="customer" value="{{given_customer}}" autocomplete="off"></div><div><label for="con-form">{{t.field_form}}</label><select id="con-form" name="form">{{#forms}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/forms}}</select></div><div><label for="con-obtained">{{t.field_obtained_at}}</label><input id="con-obtained" name="obtained_at" type="datetime-local" value="{{given_obtained_at}}" required></div><div><label for="con-expires">{{t.field_expires_at}}</label><input id="con-expires" name="expires_at" type="datetime-local" value="{{given_expires_at}}"></div><div><label for="con-evidence">{{t.field_evidence_ref}}</label><input id="con-evidence" name="evidence_ref" value="{{given_evidence_ref}}"></div></div>
        <fieldset><legend>{{t.field_purposes}}</legend>{{#purposes}}<div class="check"><input type="checkbox" id="con-{{id}}" name="purposes" value="{{value}}"{{#selected}} checked{{/selected}}><label for="con-{{id}}">{{label}}</label></div>{{/purposes}}</fieldset>
        <fieldset><legend>{{t.field_products}}</legend>{{#products}}<div class="check"><input type="checkbox" id="con-{{id}}" name="products" value="{{value}}"{{#selected}} checked{{/selected}}><label for="con-{{id}}">{{label}}</label></div>{{/products}}</fieldset>
        <fieldset><legend>{{t.field_modes}}</legend>{{#modes}}<div class="check"><input type="checkbox" id="con-{{id}}" name="modes" value="{{value}}"{{#selected}} checked{{/selected}}><label for="con-{{id}}">{{label}}</label></div>{{/modes}}</fieldset><button>{{t.consent_record}}</button></form>{{/may_consent}}
        {{/main}}{{/layout}}
        """,
        "person": """
        {{<layout}}{{$main}}
        <p><a href="/console/people">← {{t.nav_people}}</a></p>
        <p class="lead">{{t.person_lead}} {{mask}}</p>
        {{>faults}}
        {{#held}}<p class="card"><span class="badge warn">{{t.hold_in_force}}</span> <a href="/console/holds">{{t.nav_holds}}</a></p>{{/held}}
        {{^has_entries}}<p>{{t.nothing_held}}</p>{{/has_entries}}
        {{#has_entries}}<p><a class="button plain" href="/console/decisions?subject={{subject}}">{{t.their_decisions}}</a></p>{{>evidence}}{{>reveal}}{{>hold}}{{>erase}}
        <ol class="timeline">{{#rows}}<li><h2>{{kind}}</h2><p class="hint">{{#at}}{{>time}}{{/at}} · {{by}} · <code>{{id}}</code></p>
        {{#decision}}<p><span class="badge {{verdict}}">{{label}}</span> {{purpose}} {{#rules}}<code>{{rules}}</code>{{/rules}} {{#outcome}}· {{outcome}}{{/outcome}} <a href="{{path}}">{{t.explained}}</a></p>{{/decision}}
        {{^decision}}<dl class="facts">{{#details}}<dt>{{name}}</dt><dd>{{#when}}{{>time}}{{/when}}{{^when}}{{value}}{{/when}}</dd>{{/details}}</dl>{{/decision}}
        {{#lift}}<details><summary>{{t.lift}}</summary><form method="post" action="{{lift}}" class="narrow">{{>hidden}}<label for="reason-{{id}}">{{t.field_reason}}</label><input id="reason-{{id}}" name="reason" required><button>{{t.lift}}</button></form></details>{{/lift}}
        {{#withdraw}}<form method="post" action="{{withdraw}}">{{>hidden}}<button class="plain">{{t.withdraw}}</button></form>{{/withdraw}}
        </li>{{/rows}}</ol>{{/has_entries}}
        {{/main}}{{/layout}}
        """,
    ]
}
