import Gate
import GateModel
import Hummingbird
import RuleEngine

/// The policy in force, to be read: each rule with its law, its message and since when it holds.
enum PolicyPage {
    static let routes: [Route] = [
        .get(Place.policy.path, Place.policy.roles) { try show($0) },
        .post("/console/policy/activation", activators, activate),
    ]

    private static let activators: [Role] = [.operations, .compliance]

    private static func show(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let policy = visit.gate.configuration.policy
        let snapshot = policy.snapshot
        let core: Content = [
            "title": visit.say("pack_core"), "id": "core", "jurisdiction": "*",
            "rules": snapshot.core.rules.map { rule($0, visit) },
            "as_of": policy.notes["core"]?.asOf ?? "", "settings": settings(snapshot.core.settings, "core", visit),
        ]
        let packs = snapshot.packs.map { pack -> Content in
            [
                "title": visit.language == .chinese ? pack.title.chinese : pack.title.english, "id": pack.id,
                "jurisdiction": pack.jurisdiction, "rules": pack.rules.map { rule($0, visit) },
                "as_of": policy.notes[pack.id]?.asOf ?? "",
                "settings": settings(
                    pack.settings.filter { policy.notes[pack.id]?.settings[$0.key] != nil }, pack.id, visit),
            ]
        }
        var content: Content = [
            "packs": packs + [core], "policy": snapshot.id, "tzdata": snapshot.tzdata, "faults": faults,
            "has_faults": !faults.isEmpty,
        ]
        content["staged"] = try staged(visit)
        return visit.page("policy", "nav_policy", .policy, status: faults.isEmpty ? .ok : .forbidden, content)
    }

    /// A policy that lets more calls through waits for two persons, who must see what it changes.
    private static func staged(_ visit: Visit) throws -> Content? {
        guard let staged = visit.gate.configuration.standing.staged else { return nil }
        let key = try visit.key
        let proposer = visit.gate.registry.proposer(of: staged)
        return [
            "id": staged.id, "proposed_by": proposer.map { visit.say("policy_proposed", $0) } ?? "",
            "may": activators.contains(key.role) && proposer != key.owner,
            "changes": staged.difference.changes.map { change -> Content in
                [
                    "subject": change.subject, "part": change.part, "was": change.from ?? "–", "will": change.to ?? "–",
                    "direction": visit.word("direction", change.direction.rawValue),
                    "class": change.direction == .looser ? "bad" : change.direction == .stricter ? "good" : "",
                ]
            },
        ]
    }

    @Sendable private static func activate(_ visit: Visit) async throws -> Response {
        switch await visit.gate.activatePolicy(visit.form["policy"] ?? "", by: try visit.key) {
        case .failure(let error): return try show(visit, faults: visit.faults(error))
        case .success(.proposed): return visit.redirect(Place.policy.path, notice: "policy_wish_noted")
        case .success(.active): return visit.redirect(Place.policy.path, notice: "policy_activated")
        }
    }

    private static func rule(_ rule: Rule, _ visit: Visit) -> Content {
        let applies = rule.applies
        var scope: [String] = (applies.purposes ?? []).map { visit.word("purpose", $0) }
        scope += applies.exceptPurposes.map { visit.say("stop_except", visit.word("purpose", $0)) }
        scope += (applies.modes ?? []).map { visit.word("mode", $0.rawValue) }
        scope += applies.exceptModes.map { visit.say("stop_except", visit.word("mode", $0.rawValue)) }
        var row: Content = [
            "id": rule.id, "kind": visit.word("kind", rule.kind.rawValue),
            "message": visit.language == .chinese ? rule.message.chinese : rule.message.english,
            "citation": rule.citation, "status": visit.word("status", rule.status.rawValue),
            "confidence": rule.confidence ?? "",
            "scope": scope.isEmpty ? visit.say("every_call") : scope.joined(separator: ", "),
            "denials": "\(Place.decisions.path)?rule=\(Form.encoded(rule.id))",
        ]
        if rule.effectiveFrom > .distantPast { row["since"] = visit.time(rule.effectiveFrom) }
        if rule.effectiveUntil < .distantFuture { row["until"] = visit.time(rule.effectiveUntil) }
        if case .setting(let name, let value) = rule.enabledBy {
            row["setting"] = "\(name) = \(value)"
        }
        return row
    }

    private static func settings(_ settings: [String: Bool], _ pack: String, _ visit: Visit) -> [Content] {
        settings.sorted { $0.key < $1.key }.map { name, value in
            let text = visit.gate.configuration.policy.notes[pack]?.settings[name]
            return [
                "name": name, "value": visit.say(value ? "flag_true" : "flag_false"),
                "text": (visit.language == .chinese ? text?.chinese : text?.english) ?? "",
            ]
        }
    }

    static let templates = [
        "policy": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.policy_lead}}</p>
        <p class="hint"><code>{{policy}}</code> · tzdata {{tzdata}}</p>
        {{>faults}}
        {{#staged}}<section class="card"><h2>{{t.policy_waits}}</h2><p>{{t.policy_waits_hint}} {{proposed_by}}</p><p class="hint"><code>{{id}}</code></p><div class="scroll" tabindex="0" role="region" aria-label="{{t.policy_waits}}"><table><thead><tr><th scope="col">{{t.rule}}</th><th scope="col">{{t.part}}</th><th scope="col">{{t.was}}</th><th scope="col">{{t.will}}</th><th scope="col">{{t.direction}}</th></tr></thead><tbody>{{#changes}}<tr><th scope="row">{{subject}}</th><td>{{part}}</td><td>{{was}}</td><td>{{will}}</td><td><span class="badge {{class}}">{{direction}}</span></td></tr>{{/changes}}</tbody></table></div>{{#may}}<form method="post" action="/console/policy/activation">{{>hidden}}<input type="hidden" name="policy" value="{{id}}"><button>{{t.policy_activate}}</button></form>{{/may}}</section>{{/staged}}
        {{#packs}}<h2 id="pack-{{id}}">{{title}} <span class="hint">{{jurisdiction}} · {{as_of}}</span></h2>
        {{#rules}}<article class="card" id="{{id}}"><h3>{{message}}</h3><p><a href="#{{id}}"><code>{{id}}</code></a> · {{kind}} · <span class="badge">{{status}}</span>{{#confidence}} · {{t.confidence}} {{confidence}}{{/confidence}}</p><p class="law">{{citation}}</p><p>{{t.applies_to}} {{scope}}{{#since}} · {{t.from}} {{>time}}{{/since}}{{#until}} · {{t.to}} {{>time}}{{/until}}{{#setting}} · {{t.setting}} <code>{{setting}}</code>{{/setting}}</p></article>
        {{/rules}}
        {{#settings}}<p><code>{{name}}</code>: {{value}} – {{text}}</p>{{/settings}}{{/packs}}
        {{/main}}{{/layout}}
        """
    ]
}
