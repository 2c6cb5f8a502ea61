import Documents
import Gate
import GateModel
import Hummingbird
import RuleEngine

/// May I call this number now, and if not, when? A preview: nothing is recorded or reserved.
enum TryPage {
    static let routes: [Route] = [
        .get(Place.attempt.path, Place.attempt.roles) { show($0) },
        .post(Place.attempt.path, Place.attempt.roles, ask),
    ]

    private static func show(_ visit: Visit, faults: [Content] = [], _ more: Content = [:]) -> Response {
        let policy = visit.gate.configuration.policy
        let form = visit.form
        var content: Content = [
            "faults": faults, "has_faults": !faults.isEmpty,
            "purposes": visit.choices("purpose", policy.vocabulary.purposes, selected: form["purpose"]),
            "modes": visit.choices("mode", CallMode.allCases.map(\.rawValue), selected: form["mode"]),
            "products": policy.snapshot.packs.flatMap(\.products).unique,
            "campaigns": visit.gate.registry.campaigns.keys.sorted(),
            "callers": visit.gate.registry.callerIDs.values.filter(\.isApproved).map(\.value.number).sorted(),
            "attributes": attributes(visit, policy.vocabulary.attributes),
            "open": form.fields.contains { $0.name.hasPrefix("attributes.") && !$0.value.isEmpty },
        ]
        for name in ["phone", "product", "campaign", "caller_id", "customer", "event", "data_fields", "at"] {
            content[name] = form[name] ?? ""
        }
        content.merge(more) { $1 }
        return visit.page("try", "try_title", .attempt, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    private static func attributes(_ visit: Visit, _ declared: [String: AttributeDeclaration]) -> [Content] {
        declared.sorted { $0.key < $1.key }.map { name, declaration in
            let given = visit.form["attributes.\(name)"]
            var content: Content = [
                "name": "attributes.\(name)", "id": "attribute-\(name)", "label": visit.word("attribute", name),
                "value": given ?? "",
            ]
            switch declaration.kind {
            case .boolean: content["choice"] = ["choices": visit.choices("flag", ["true", "false"], selected: given)]
            case .integer: content["number"] = true
            case .choice(let words, _): content["choice"] = ["choices": visit.choices("choice", words, selected: given)]
            }
            return content
        }
    }

    @Sendable private static func ask(_ visit: Visit) async throws -> Response {
        let form = visit.form
        var body = GateBody()
        // A required field that was left empty must be told as missing, not as none.
        body.text("phone", form["phone"] ?? "")
        for name in ["purpose", "mode", "product", "campaign", "caller_id", "customer", "event"] {
            body.text(name, form[name])
        }
        body.words("data_fields", form.words("data_fields"))
        if let at = visit.instant(form["at"]) { body.text("at", at.rfc3339) }
        body.node("attributes", given(form, visit.gate.configuration.policy.vocabulary.attributes))
        switch await visit.gate.preview(body.node, by: try visit.key) {
        case .failure(let error): return show(visit, faults: visit.faults(error))
        case .success(var answer):
            answer.language = visit.language == .chinese ? .chinese : .english
            return show(visit, faults: [], ["answer": Explained(answer, visit).content])
        }
    }

    private static func given(_ form: Form, _ declared: [String: AttributeDeclaration]) -> Node? {
        let members = declared.sorted { $0.key < $1.key }.compactMap { name, declaration -> Node.Member? in
            guard let text = form["attributes.\(name)"] else { return nil }
            var value = Node.Value.string(text)
            if declaration.kind == .boolean, let flag = Bool(text) { value = .bool(flag) }
            if declaration.kind == .integer, Int(text) != nil { value = .number(text) }
            return Node.Member(name: name, node: Node(value))
        }
        return members.isEmpty ? nil : Node(.object(members))
    }

    static let templates = [
        "explained": Explained.template,
        "try": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.try_lead}}</p>
        {{#answer}}<section class="result" aria-live="polite">{{>explained}}</section>{{/answer}}
        {{>faults}}
        <form method="post" action="/console/try" class="grid">{{>hidden}}
        <div><label for="phone">{{t.field_phone}}</label><input id="phone" name="phone" value="{{phone}}" inputmode="tel" autocomplete="off" required></div>
        <div><label for="purpose">{{t.field_purpose}}</label><select id="purpose" name="purpose">{{#purposes}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/purposes}}</select></div>
        <div><label for="product">{{t.field_product}}</label><input id="product" name="product" value="{{product}}" list="products"><datalist id="products">{{#products}}<option value="{{.}}"></option>{{/products}}</datalist></div>
        <div><label for="caller_id">{{t.field_caller_id}}</label><input id="caller_id" name="caller_id" value="{{caller_id}}" list="callers"><datalist id="callers">{{#callers}}<option value="{{.}}"></option>{{/callers}}</datalist></div>
        <div><label for="campaign">{{t.field_campaign}}</label><input id="campaign" name="campaign" value="{{campaign}}" list="campaigns"><datalist id="campaigns">{{#campaigns}}<option value="{{.}}"></option>{{/campaigns}}</datalist></div>
        <div><label for="mode">{{t.field_mode}}</label><select id="mode" name="mode">{{#modes}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/modes}}</select></div>
        <div><label for="customer">{{t.field_customer}}</label><input id="customer" name="customer" value="{{customer}}" autocomplete="off"></div>
        <div><label for="event">{{t.field_event}}</label><input id="event" name="event" value="{{event}}" autocomplete="off"></div>
        <div><label for="data_fields">{{t.field_data_fields}}</label><input id="data_fields" name="data_fields" value="{{data_fields}}" aria-describedby="data-hint"><p class="hint" id="data-hint">{{t.comma_hint}}</p></div>
        <div><label for="at">{{t.field_at}}</label><input id="at" name="at" type="datetime-local" value="{{at}}" aria-describedby="at-hint"><p class="hint" id="at-hint">{{t.try_at_hint}} {{zone_name}}</p></div>
        <details class="wide"{{#open}} open{{/open}}><summary>{{t.attributes}}</summary><div class="grid">
        {{#attributes}}<div><label for="{{id}}">{{label}}</label>{{#number}}<input id="{{id}}" name="{{name}}" value="{{value}}" inputmode="numeric">{{/number}}{{#choice}}<select id="{{id}}" name="{{name}}"><option value="">–</option>{{#choices}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/choices}}</select>{{/choice}}</div>
        {{/attributes}}</div></details>
        <div class="wide"><button>{{t.try_ask}}</button></div>
        </form>
        {{/main}}{{/layout}}
        """,
    ]
}

extension Sequence where Element: Hashable {
    /// Each once, where it first stands.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
