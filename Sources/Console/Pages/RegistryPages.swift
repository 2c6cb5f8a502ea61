import Gate
import GateModel
import Hummingbird

/// Campaigns and caller ids: registered by operations, approved by compliance.
enum RegistryPages {
    static let routes: [Route] =
        [
            .get(Place.campaigns.path, Place.campaigns.roles) { try campaigns($0) },
            .post(Place.campaigns.path, [.operations], addCampaign),
            .get(Place.callerIDs.path, Place.callerIDs.roles) { try callerIDs($0) },
            .post(Place.callerIDs.path, [.operations], addCallerID),
        ]
        + [
            ("campaign", Place.campaigns, RegistryAction.approval, [Role.compliance]),
            ("campaign", .campaigns, .pause, [.operations, .compliance]),
            ("campaign", .campaigns, .resume, [.compliance]),
            ("caller_id", .callerIDs, .approval, [.compliance]),
            ("caller_id", .callerIDs, .withdrawal, [.operations, .compliance]),
        ].map { kind, place, action, roles in
            .post("\(place.path)/{id}/\(action.rawValue)", roles) { visit in
                let id = try visit.parameter("id")
                _ = try await visit.gate.change(kind, id, action, GateBody().node, by: try visit.key).orRefuse()
                return visit.redirect(place.path, notice: "done_\(action.rawValue)")
            }
        }

    // MARK: Campaigns

    private static func campaigns(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let (gate, key) = (visit.gate, try visit.key)
        var rows: [Content] = []
        for (_, pair) in gate.registry.campaigns.sorted(by: { $0.key < $1.key }) {
            for record in [pair.current, pair.pending].compactMap({ $0 }) {
                let isPaused = record.value.isPaused
                var row: Content = [
                    "id": record.value.id, "purpose": visit.word("purpose", record.value.purpose),
                    "product": record.value.product ?? "–",
                    "callers": record.value.callerIDs.isEmpty
                        ? visit.say("every") : record.value.callerIDs.joined(separator: ", "),
                    "by": record.madeBy,
                    "state": visit.say(!record.isApproved ? "pending" : isPaused ? "paused" : "in_force"),
                    "state_class": !record.isApproved || isPaused ? "warn" : "good",
                    "waits": !record.isApproved && key.role == .operations
                        || isOwn(record.madeBy, key, record.isApproved),
                    "acts": acts(
                        visit, Place.campaigns, record.id.description,
                        [
                            (.approval, key.role == .compliance && !record.isApproved && record.madeBy != key.owner),
                            (.pause, record.isApproved && !isPaused),
                            (.resume, key.role == .compliance && record.isApproved && isPaused),
                        ]),
                ]
                row["starts"] = visit.time(record.value.startsAt)
                row["ends"] = visit.time(record.value.endsAt)
                rows.append(row)
            }
        }
        let policy = gate.configuration.policy
        var content: Content = [
            "rows": rows, "has_rows": !rows.isEmpty, "faults": faults, "has_faults": !faults.isEmpty,
            "may_add": key.role == .operations,
            "purposes": visit.choices("purpose", policy.vocabulary.purposes, selected: visit.form["purpose"]),
            "products": policy.snapshot.packs.flatMap(\.products).unique,
            "callers": gate.registry.callerIDs.keys.sorted(),
        ]
        for name in ["id", "product", "caller_ids", "script", "starts_at", "ends_at"] {
            content["given_\(name)"] = visit.form[name] ?? ""
        }
        return visit.page(
            "campaigns", "nav_campaigns", .campaigns, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    /// What compliance made itself, another must approve.
    private static func isOwn(_ madeBy: String, _ key: APIKey, _ isApproved: Bool) -> Bool {
        !isApproved && key.role == .compliance && madeBy == key.owner
    }

    private static func acts(
        _ visit: Visit, _ place: Place, _ id: String, _ possible: [(action: RegistryAction, may: Bool)]
    ) -> [Content] {
        possible.filter(\.may).map {
            [
                "path": "\(place.path)/\(id)/\($0.action.rawValue)", "label": visit.say("act_\($0.action.rawValue)"),
                "style": $0.action == .approval || $0.action == .resume ? "" : "plain",
            ]
        }
    }

    @Sendable private static func addCampaign(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        for name in ["id", "purpose", "product", "script"] { body.text(name, form[name]) }
        body.words("caller_ids", form.words("caller_ids"))
        for name in ["starts_at", "ends_at"] { body.text(name, visit.instant(form[name])?.rfc3339) }
        switch await visit.gate.register(.campaigns, body.node, by: try visit.key) {
        case .failure(let error): return try campaigns(visit, faults: visit.faults(error))
        case .success: return visit.redirect(Place.campaigns.path, notice: "sent_for_approval")
        }
    }

    // MARK: Caller ids

    private static func callerIDs(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let (gate, key) = (visit.gate, try visit.key)
        let registry = gate.registry
        let records = (Array(registry.callerIDs.values) + registry.pendingCallerIDs.values)
            .sorted { ($0.value.number, $0.id.description) < ($1.value.number, $1.id.description) }
        let rows = records.map { record -> Content in
            let state = record.isWithdrawn ? "withdrawn" : record.isApproved ? "in_force" : "pending"
            return [
                "number": record.value.number, "state": visit.say(state),
                "state_class": record.isWithdrawn ? "bad" : record.isApproved ? "good" : "warn",
                "purposes": record.value.purposes.isEmpty
                    ? visit.say("every")
                    : record.value.purposes.map { visit.word("purpose", $0) }.joined(separator: ", "),
                "filing": record.details["filing_ref"]?.string ?? "–", "by": record.madeBy,
                "outbound": visit.say(record.value.outboundApproved ? "flag_true" : "flag_false"),
                "waits": !record.isApproved && !record.isWithdrawn && key.role == .operations
                    || isOwn(record.madeBy, key, record.isApproved),
                "acts": acts(
                    visit, Place.callerIDs, record.id.description,
                    [
                        (
                            .approval,
                            key.role == .compliance && !record.isApproved && !record.isWithdrawn
                                && record.madeBy != key.owner
                        ), (.withdrawal, !record.isWithdrawn),
                    ]),
            ]
        }
        return visit.page(
            "caller-ids", "nav_caller_ids", .callerIDs, status: faults.isEmpty ? .ok : .badRequest,
            [
                "rows": rows, "has_rows": !rows.isEmpty, "faults": faults, "has_faults": !faults.isEmpty,
                "may_add": key.role == .operations,
                "purposes": visit.checks("purpose", gate.configuration.policy.vocabulary.purposes, "purposes"),
                "given_number": visit.form["number"] ?? "", "given_filing_ref": visit.form["filing_ref"] ?? "",
                "given_outbound": visit.form["outbound_approved"] == "true",
            ])
    }

    @Sendable private static func addCallerID(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        body.text("number", form["number"])
        body.text("filing_ref", form["filing_ref"])
        let purposes = form.all("purposes")
        body.words("purposes", purposes.isEmpty ? ["all"] : purposes)
        body.flag("outbound_approved", form["outbound_approved"] == "true")
        switch await visit.gate.register(.callerIDs, body.node, by: try visit.key) {
        case .failure(let error): return try callerIDs(visit, faults: visit.faults(error))
        case .success: return visit.redirect(Place.callerIDs.path, notice: "sent_for_approval")
        }
    }

    static let templates = [
        "acts": """
        {{#acts}}<form method="post" action="{{path}}">{{>hidden}}<button class="{{style}}">{{label}}</button></form> {{/acts}}{{#waits}}<span class="hint">{{t.other_approves}}</span>{{/waits}}
        """,
        "campaigns": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.campaigns_lead}}</p>
        {{^has_rows}}<p>{{t.no_campaigns}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_campaigns}}"><table><thead><tr><th scope="col">{{t.field_campaign}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.field_purpose}}</th><th scope="col">{{t.field_product}}</th><th scope="col">{{t.field_caller_id}}</th><th scope="col">{{t.starts}}</th><th scope="col">{{t.ends}}</th><th scope="col">{{t.made_by}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>
        {{#rows}}<tr><th scope="row">{{id}}</th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{purpose}}</td><td>{{product}}</td><td>{{callers}}</td><td>{{#starts}}{{>time}}{{/starts}}</td><td>{{#ends}}{{>time}}{{/ends}}</td><td>{{by}}</td><td>{{>acts}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{#may_add}}<h2>{{t.campaign_new}}</h2>{{>faults}}<form method="post" action="/console/campaigns" class="grid">{{>hidden}}
        <div><label for="id">{{t.campaign_id}}</label><input id="id" name="id" value="{{given_id}}" required aria-describedby="id-hint"><p class="hint" id="id-hint">{{t.campaign_hint}}</p></div>
        <div><label for="purpose">{{t.field_purpose}}</label><select id="purpose" name="purpose">{{#purposes}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/purposes}}</select></div>
        <div><label for="product">{{t.field_product}}</label><input id="product" name="product" value="{{given_product}}" list="products"><datalist id="products">{{#products}}<option value="{{.}}"></option>{{/products}}</datalist></div>
        <div><label for="caller_ids">{{t.field_caller_id}}</label><input id="caller_ids" name="caller_ids" value="{{given_caller_ids}}" list="callers" aria-describedby="callers-hint"><datalist id="callers">{{#callers}}<option value="{{.}}"></option>{{/callers}}</datalist><p class="hint" id="callers-hint">{{t.comma_hint}}</p></div>
        <div><label for="script">{{t.field_script}}</label><input id="script" name="script" value="{{given_script}}"></div>
        <div><label for="starts_at">{{t.starts}}</label><input id="starts_at" name="starts_at" type="datetime-local" value="{{given_starts_at}}"></div>
        <div><label for="ends_at">{{t.ends}}</label><input id="ends_at" name="ends_at" type="datetime-local" value="{{given_ends_at}}"></div>
        <div class="wide"><button>{{t.send_for_approval}}</button></div></form>{{/may_add}}
        {{/main}}{{/layout}}
        """,
        "caller-ids": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.caller_ids_lead}}</p>
        {{^has_rows}}<p>{{t.no_caller_ids}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_caller_ids}}"><table><thead><tr><th scope="col">{{t.field_caller_id}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.field_purposes}}</th><th scope="col">{{t.filing}}</th><th scope="col">{{t.outbound}}</th><th scope="col">{{t.made_by}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>
        {{#rows}}<tr><th scope="row">{{number}}</th><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{purposes}}</td><td>{{filing}}</td><td>{{outbound}}</td><td>{{by}}</td><td>{{>acts}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{#may_add}}<h2>{{t.caller_id_new}}</h2>{{>faults}}<form method="post" action="/console/caller-ids" class="narrow">{{>hidden}}
        <label for="number">{{t.field_phone}}</label><input id="number" name="number" value="{{given_number}}" inputmode="tel" required>
        <label for="filing_ref">{{t.filing}}</label><input id="filing_ref" name="filing_ref" value="{{given_filing_ref}}">
        <fieldset><legend>{{t.field_purposes}}</legend><p class="hint">{{t.purposes_hint}}</p>{{#purposes}}<div class="check"><input type="checkbox" id="{{id}}" name="purposes" value="{{value}}"{{#selected}} checked{{/selected}}><label for="{{id}}">{{label}}</label></div>{{/purposes}}</fieldset>
        <div class="check"><input type="checkbox" id="outbound_approved" name="outbound_approved" value="true"{{#given_outbound}} checked{{/given_outbound}}><label for="outbound_approved">{{t.outbound}}</label></div>
        <button>{{t.send_for_approval}}</button></form>{{/may_add}}
        {{/main}}{{/layout}}
        """,
    ]
}
