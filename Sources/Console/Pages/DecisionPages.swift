import Documents
import Gate
import GateModel
import Hummingbird

/// Decisions: found by filters, and one explained with everything that it rested on.
enum DecisionPages {
    static let routes: [Route] = [
        .get(Place.decisions.path, Place.decisions.roles, list),
        .get("/console/decisions/{id}", Place.decisions.roles, one),
        .get("/console/decisions/{id}/proof", [.compliance], proof),
    ]

    private static let fields = [
        "subject", "customer", "campaign", "agent", "vendor", "legal_entity", "verdict", "rule", "kind", "outcome",
        "from", "to",
    ]

    @Sendable private static func list(_ visit: Visit) async throws -> Response {
        let (gate, query, key) = (visit.gate, visit.query, try visit.key)
        var filter = gate.sight(of: key)
        filter.limit = 50
        var wrong: [Content] = []
        func fault(_ name: String) {
            wrong.append(["field": visit.word("field", name), "detail": visit.say("filter_wrong")])
        }
        if let subject = query["subject"] {
            filter.subject = key.role == .compliance ? gate.subject(subject) : nil
            if filter.subject == nil { fault("subject") }
        }
        (filter.customer, filter.campaign, filter.agent) = (query["customer"], query["campaign"], query["agent"])
        (filter.vendor, filter.legalEntity, filter.rule) = (query["vendor"], query["legal_entity"], query["rule"])
        (filter.kind, filter.outcome) = (query["kind"], query["outcome"])
        filter.verdict = query["verdict"].flatMap(Verdict.init(rawValue:))
        if query["verdict"] != nil && filter.verdict == nil { fault("verdict") }
        if let kind = query["kind"], ReasonKind(rawValue: kind) == nil { fault("kind") }
        (filter.from, filter.to) = (visit.instant(query["from"]), visit.instant(query["to"]))
        for name in ["from", "to"] where query[name] != nil && visit.instant(query[name]) == nil { fault(name) }
        filter.cursor = query["cursor"].flatMap { Int64($0) }
        if query["cursor"] != nil && filter.cursor == nil { fault("cursor") }
        let outcomes = ["open", "unreported"] + gate.configuration.policy.vocabulary.outcomes
        if let outcome = query["outcome"], !outcomes.contains(outcome) { fault("outcome") }
        var rows: [Content] = []
        var next: Int64?
        var dropped = 0
        if wrong.isEmpty {
            let (found, cursor) = try await gate.decisions(filter).orRefuse()
            rows = found.map { row($0, visit) }
            next = cursor
            dropped = await gate.dropped(filter)
        }
        let given = fields.compactMap { name in query[name].map { "\(name)=\(Form.encoded($0))" } }
        var content: Content = [
            "rows": rows, "has_rows": !rows.isEmpty, "faults": wrong, "has_faults": !wrong.isEmpty,
            "verdicts": visit.choices("verdict", Verdict.allCases.map(\.rawValue), selected: query["verdict"]),
            "kinds": visit.choices("kind", ReasonKind.allCases.map(\.rawValue), selected: query["kind"]),
            "outcomes": visit.choices("outcome", outcomes, selected: query["outcome"]),
            "is_masked": key.role == .operations, "filtered": !given.isEmpty,
        ]
        if dropped > 0 { content["dropped"] = visit.say("decisions_dropped", visit.count(dropped)) }
        for name in fields { content["given_\(name)"] = query[name] ?? "" }
        if let next { content["next"] = "?" + (given + ["cursor=\(next)"]).joined(separator: "&") }
        return visit.page("decisions", "nav_decisions", .decisions, status: wrong.isEmpty ? .ok : .badRequest, content)
    }

    private static func row(_ found: FoundDecision, _ visit: Visit) -> Content {
        let record = found.answer.record
        var row: Content = [
            "path": "\(Place.decisions.path)/\(record.id)", "verdict": record.judgement.verdict.rawValue,
            "label": visit.word("verdict", record.judgement.verdict.rawValue), "phone": found.mask ?? "–",
            "purpose": visit.word("purpose", record.call.purpose), "campaign": record.call.campaign ?? "–",
            "rules": record.judgement.reasons.map(\.rule).joined(separator: ", "), "vendor": record.call.vendor,
            "outcome": found.outcome.map { visit.word("outcome", $0) } ?? "",
        ]
        row["at"] = visit.time(record.at)
        return row
    }

    // MARK: One

    @Sendable private static func one(_ visit: Visit) async throws -> Response {
        let key = try visit.key
        // One that was dropped is told from one that never was.
        let found = try await visit.gate.decision(try visit.parameter("id"), by: key).get()
        var answer = found.answer
        answer.language = visit.language == .chinese ? .chinese : .english
        let (record, call) = (answer.record, answer.record.call)
        let id = record.id.description
        var content = Explained(answer, visit).content
        let values: [(String, String?)] = [
            ("phone", found.mask), ("purpose", visit.word("purpose", call.purpose)),
            ("mode", visit.word("mode", call.mode.rawValue)), ("campaign", call.campaign), ("product", call.product),
            ("caller_id", call.callerID?.text), ("customer", call.customer), ("agent", call.agent),
            ("event", call.event), ("script", call.script), ("vendor", call.vendor),
            ("legal_entity", call.legalEntity),
            ("data_fields", call.dataFields.isEmpty ? nil : call.dataFields.joined(separator: ", ")),
            ("request_id", record.requestID),
        ]
        content["call"] = values.compactMap { name, value -> Content? in
            value.map { ["name": visit.word("field", name), "value": $0] }
        }
        content["attributes"] = call.attributes.sorted { $0.key < $1.key }.map { name, value -> Content in
            let origin = record.judgement.provenance[name]?.rawValue
            return [
                "name": visit.word("attribute", name), "value": value.description,
                "origin": origin.map { visit.say("origin_\($0)") } ?? "",
            ]
        }
        content["id"] = id
        content["is_erased"] = found.isErased
        content["sequence"] = visit.count(Int(record.id.sequence))
        content["is_signed"] = visit.gate.tree.signed >= record.id.sequence
        content["asked_by"] = PeoplePages.who(record.actor, visit)
        content["seen"] = FactsSeen(record.facts, visit).rows
        content["proof"] = key.role == .compliance ? "\(Place.decisions.path)/\(id)/proof" : ""
        if key.role == .compliance, let subject = found.subject {
            content["person"] = "\(Place.people.path)/\(subject)"
            content["reveal"] = content["person"]
        }
        if key.role == .compliance, case .success(let logKey) = await visit.gate.logKey() {
            content["command"] = "callgate log verify --receipt \(id).receipt --key '\(logKey)'"
        }
        content["outcome"] = found.outcome.map { visit.word("outcome", $0) } ?? ""
        content["reports"] = found.reports.map { report -> Content in
            var row: Content = [
                "outcome": report.outcome.map { visit.word("outcome", $0) } ?? report.disposition ?? "–",
                "findings": report.findings.map { visit.word("finding", $0) }.joined(separator: ", "),
            ]
            row["at"] = visit.time(report.at)
            return row
        }
        content["evidence"] = try EvidencePages.form("decision", id, visit)
        content["title"] = visit.say("decision_of", found.mask ?? "–")
        return visit.page("decision", "decision_of", .decisions, content)
    }

    @Sendable private static func proof(_ visit: Visit) async throws -> Response {
        let id = try visit.parameter("id")
        let receipt = try await visit.gate.receipt(of: id).orRefuse().receipt
        return visit.download(Array("\(receipt)".utf8), "text/plain; charset=utf-8", "\(id).receipt")
    }

    static let templates = [
        "decisions": """
        {{<layout}}{{$main}}
        {{>faults}}
        <form method="get" action="/console/decisions" class="card"><div class="grid">
        <div><label for="verdict">{{t.verdict}}</label><select id="verdict" name="verdict"><option value="">–</option>{{#verdicts}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/verdicts}}</select></div>
        <div><label for="kind">{{t.field_kind}}</label><select id="kind" name="kind"><option value="">–</option>{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></div>
        <div><label for="rule">{{t.rule}}</label><input id="rule" name="rule" value="{{given_rule}}"></div>
        <div><label for="outcome">{{t.field_outcome}}</label><select id="outcome" name="outcome"><option value="">–</option>{{#outcomes}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/outcomes}}</select></div>
        <div><label for="campaign">{{t.field_campaign}}</label><input id="campaign" name="campaign" value="{{given_campaign}}"></div>
        <div><label for="agent">{{t.field_agent}}</label><input id="agent" name="agent" value="{{given_agent}}"></div>
        <div><label for="vendor">{{t.field_vendor}}</label><input id="vendor" name="vendor" value="{{given_vendor}}"></div>
        <div><label for="from">{{t.from}}</label><input id="from" name="from" type="datetime-local" value="{{given_from}}"></div>
        <div><label for="to">{{t.to}}</label><input id="to" name="to" type="datetime-local" value="{{given_to}}"></div></div>
        {{#given_subject}}<input type="hidden" name="subject" value="{{given_subject}}">{{/given_subject}}
        <button>{{t.search}}</button> {{#filtered}}<a class="button plain" href="/console/decisions">{{t.clear}}</a>{{/filtered}}</form>
        {{#is_masked}}<p class="hint">{{t.operations_sees}}</p>{{/is_masked}}
        {{#dropped}}<p class="hint" role="note">{{dropped}}</p>{{/dropped}}
        {{^has_rows}}<p role="status">{{t.none_found}}</p>{{/has_rows}}
        {{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_decisions}}"><table><thead><tr><th scope="col">{{t.decided}}</th><th scope="col">{{t.verdict}}</th><th scope="col">{{t.field_phone}}</th><th scope="col">{{t.field_purpose}}</th><th scope="col">{{t.reasons}}</th><th scope="col">{{t.field_outcome}}</th><th scope="col">{{t.field_campaign}}</th><th scope="col">{{t.field_vendor}}</th></tr></thead><tbody>
        {{#rows}}<tr><th scope="row"><a href="{{path}}">{{#at}}{{>time}}{{/at}}</a></th><td><span class="badge {{verdict}}">{{label}}</span></td><td>{{phone}}</td><td>{{purpose}}</td><td>{{#rules}}<code>{{rules}}</code>{{/rules}}</td><td>{{outcome}}</td><td>{{campaign}}</td><td>{{vendor}}</td></tr>
        {{/rows}}</tbody></table></div>{{/has_rows}}
        {{#next}}<p class="pages"><a class="button plain" rel="next" href="{{next}}">{{t.older}}</a></p>{{/next}}
        {{/main}}{{/layout}}
        """,
        "decision": """
        {{<layout}}{{$main}}
        <p><a href="/console/decisions">← {{t.nav_decisions}}</a>{{#person}} · <a href="{{person}}">{{t.whole_history}}</a>{{/person}}</p>
        {{#is_erased}}<p class="faults" role="note">{{t.decision_erased}}</p>{{/is_erased}}
        <section class="result">{{>explained}}</section>
        <div class="pair"><section class="card"><h2>{{t.the_call}}</h2><dl class="facts">{{#call}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/call}}{{#attributes}}<dt>{{name}}</dt><dd>{{value}}{{#origin}} <span class="hint">{{origin}}</span>{{/origin}}</dd>{{/attributes}}<dt>{{t.asked_by}}</dt><dd>{{asked_by}}</dd></dl></section>
        <section class="card"><h2>{{t.facts_seen}}</h2><dl class="facts">{{#seen}}<dt>{{name}}</dt><dd>{{#values}}<div>{{.}}</div>{{/values}}</dd>{{/seen}}</dl></section></div>
        {{#outcome}}<section class="card"><h2>{{t.what_became}}</h2><p>{{outcome}}</p>{{#reports}}<p>{{#at}}{{>time}}{{/at}} {{outcome}} {{#findings}}<span class="badge warn">{{findings}}</span>{{/findings}}</p>{{/reports}}</section>{{/outcome}}
        <section class="card"><h2>{{t.in_the_log}}</h2><dl class="facts"><dt>{{t.decision_id}}</dt><dd><code>{{id}}</code></dd><dt>{{t.log_entry}}</dt><dd>{{sequence}} {{#is_signed}}<span class="badge good">{{t.entry_signed}}</span>{{/is_signed}}{{^is_signed}}<span class="badge warn">{{t.entry_unsigned}}</span>{{/is_signed}}</dd></dl>
        {{#command}}<p><a class="button plain" href="{{proof}}" download>{{t.proof_download}}</a></p><p>{{t.proof_verify}}</p><pre tabindex="0"><code id="verify">{{command}}</code></pre>{{/command}}</section>
        {{>reveal}}{{>evidence}}
        {{/main}}{{/layout}}
        """,
    ]
}
