import Gate
import GateModel
import Hummingbird

/// Halting all or part of the calling, and lifting a stop again.
enum StopPages {
    static let routes: [Route] = [
        .get(Place.stops.path, Place.stops.roles) { try show($0) },
        .post(Place.stops.path, makers, make),
        .post("/console/stops/{id}/lift", lifters, lift),
    ]

    private static let makers: [Role] = [.operations, .compliance, .admin]
    private static let lifters: [Role] = [.compliance]

    private static func show(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let (gate, key) = (visit.gate, try visit.key)
        let now = gate.now
        let all = gate.registry.stops.reversed().map { stop, madeBy -> Content in
            let isInForce = stop.liftedAt == nil && stop.until ?? .distantFuture > now
            var row: Content = [
                "what": scope(stop, visit), "reason": stop.reason ?? "–", "by": madeBy, "in_force": isInForce,
                "state": visit.say(
                    isInForce ? "stop_in_force" : stop.liftedAt != nil ? "stop_lifted" : "stop_ended"),
                "lift": isInForce && lifters.contains(key.role) && madeBy != key.owner
                    ? "/console/stops/\(stop.id ?? "")/lift" : "",
                "is_mine": isInForce && lifters.contains(key.role) && madeBy == key.owner,
            ]
            row["from"] = visit.time(stop.from)
            row["until"] = visit.time(stop.until)
            row["lifted"] = visit.time(stop.liftedAt)
            return row
        }
        let policy = gate.configuration.policy
        let form = visit.form
        return visit.page(
            "stops", "nav_stops", .stops, status: faults.isEmpty ? .ok : .badRequest,
            [
                "rows": Array(all.prefix(100)), "has_rows": !all.isEmpty, "may_stop": makers.contains(key.role),
                "faults": faults, "has_faults": !faults.isEmpty,
                "purposes": visit.checks("purpose", policy.vocabulary.purposes, "purposes"),
                "campaigns": gate.registry.campaigns.keys.sorted(), "campaign": form["campaigns"] ?? "",
                "vendors": form["vendors"] ?? "", "caller_ids": form["caller_ids"] ?? "",
                "jurisdictions": form["jurisdictions"] ?? "", "given_until": form["until"] ?? "",
                "reason": form["reason"] ?? "",
            ])
    }

    private static func scope(_ stop: Stop, _ visit: Visit) -> String {
        var parts: [String] = []
        if stop.all { parts.append(visit.say("stop_everything")) }
        parts += stop.purposes.map { visit.word("purpose", $0) }
        for (label, values) in [
            ("field_campaign", stop.campaigns), ("field_vendors", stop.vendors), ("field_caller_id", stop.callerIDs),
            ("jurisdictions", stop.jurisdictions),
        ] where !values.isEmpty {
            parts.append("\(visit.say(label)): \(values.joined(separator: ", "))")
        }
        if !stop.exceptPurposes.isEmpty {
            let except = stop.exceptPurposes.map { visit.word("purpose", $0) }.joined(separator: ", ")
            parts.append(visit.say("stop_except", except))
        }
        return parts.joined(separator: "; ")
    }

    @Sendable private static func make(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        body.flag("all", form["all"] == "true")
        body.words("purposes", form.all("purposes"))
        for name in ["campaigns", "vendors", "caller_ids", "jurisdictions"] { body.words(name, form.words(name)) }
        body.text("until", visit.instant(form["until"])?.rfc3339)
        body.text("reason", form["reason"])
        switch await visit.gate.register(.stops, body.node, by: try visit.key) {
        case .failure(let error): return try show(visit, faults: visit.faults(error))
        case .success: return visit.redirect(Place.stops.path, notice: "stop_made")
        }
    }

    @Sendable private static func lift(_ visit: Visit) async throws -> Response {
        var body = GateBody()
        body.text("reason", visit.form["reason"])
        let id = try visit.parameter("id")
        _ = try await visit.gate.change("stop", id, .lift, body.node, by: try visit.key).orRefuse()
        return visit.redirect(Place.stops.path, notice: "stop_was_lifted")
    }

    static let templates = [
        "stops": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.stops_lead}}</p>
        {{>faults}}
        {{#may_stop}}<div class="pair"><form method="post" action="/console/stops" class="card">{{>hidden}}<input type="hidden" name="all" value="true">
        <h2>{{t.stop_all}}</h2><label for="all-reason">{{t.field_reason}}</label><input id="all-reason" name="reason"><button class="halt">{{t.stop_all_now}}</button></form>
        <form method="post" action="/console/stops" class="card">{{>hidden}}<h2>{{t.stop_part}}</h2>
        <fieldset><legend>{{t.field_purposes}}</legend>{{#purposes}}<div class="check"><input type="checkbox" id="{{id}}" name="purposes" value="{{value}}"{{#selected}} checked{{/selected}}><label for="{{id}}">{{label}}</label></div>{{/purposes}}</fieldset>
        <label for="campaigns">{{t.field_campaign}}</label><input id="campaigns" name="campaigns" value="{{campaign}}" list="known-campaigns"><datalist id="known-campaigns">{{#campaigns}}<option value="{{.}}"></option>{{/campaigns}}</datalist>
        <label for="vendors">{{t.field_vendors}}</label><input id="vendors" name="vendors" value="{{vendors}}">
        <label for="caller_ids">{{t.field_caller_id}}</label><input id="caller_ids" name="caller_ids" value="{{caller_ids}}">
        <label for="jurisdictions">{{t.jurisdictions}}</label><input id="jurisdictions" name="jurisdictions" value="{{jurisdictions}}" aria-describedby="jurisdiction-hint"><p class="hint" id="jurisdiction-hint">{{t.jurisdiction_hint}}</p>
        <label for="until">{{t.stop_until}}</label><input id="until" name="until" type="datetime-local" value="{{given_until}}">
        <label for="reason">{{t.field_reason}}</label><input id="reason" name="reason" value="{{reason}}"><button>{{t.stop_part_now}}</button></form></div>{{/may_stop}}
        <h2>{{t.stops_made}}</h2>
        {{^has_rows}}<p>{{t.no_stops}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.stops_made}}"><table><thead><tr><th scope="col">{{t.state}}</th><th scope="col">{{t.stop_what}}</th><th scope="col">{{t.field_reason}}</th><th scope="col">{{t.made_by}}</th><th scope="col">{{t.from}}</th><th scope="col">{{t.to}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>
        {{#rows}}<tr><td><span class="badge {{#in_force}}bad{{/in_force}}">{{state}}</span></td><td>{{what}}</td><td>{{reason}}</td><td>{{by}}</td><td>{{#from}}{{>time}}{{/from}}</td><td>{{#lifted}}{{>time}}{{/lifted}}{{^lifted}}{{#until}}{{>time}}{{/until}}{{/lifted}}</td><td>{{#lift}}<form method="post" action="{{lift}}">{{>hidden}}<button>{{t.lift}}</button></form>{{/lift}}{{#is_mine}}<span class="hint">{{t.other_lifts}}</span>{{/is_mine}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{/main}}{{/layout}}
        """
    ]
}

extension Visit {
    /// Boxes to be ticked, such as purposes.
    func checks(_ kind: String, _ values: [String], _ name: String) -> [Content] {
        let ticked = Set(form.all(name))
        return values.map {
            ["value": $0, "id": "\(name)-\($0)", "label": word(kind, $0), "selected": ticked.contains($0)]
        }
    }
}
