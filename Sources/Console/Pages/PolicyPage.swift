import Gate
import GateModel
import Hummingbird
import RuleEngine

/// The policy in force, to be read: each rule with its law, its message and since when it holds.
enum PolicyPage {
    static let routes: [Route] = [
        .get(Place.policy.path, Place.policy.roles) { try show($0) },
        .get("/console/policy/packs/{pack}", Place.policy.roles, pack),
        .get("/console/policy/rules/{rule}", Place.policy.roles, find),
        .post("/console/policy/activation", activators, activate),
    ]

    private static let activators: [Role] = [.operations, .compliance]
    private static let core = "core"

    private static func path(_ pack: String) -> String { "/console/policy/packs/\(Form.encoded(pack))" }

    /// What is in force and what waits, and the packs by jurisdiction: all rules on one page would be too long to read.
    private static func show(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let policy = visit.gate.configuration.policy
        let snapshot = policy.snapshot
        var rows = [
            row(core, visit.say("pack_core"), "*", snapshot.core.rules, policy.notes[core]?.asOf)
        ]
        rows += snapshot.packs.sorted { ($0.jurisdiction, $0.id) < ($1.jurisdiction, $1.id) }.map { pack in
            let title = visit.language == .chinese ? pack.title.chinese : pack.title.english
            return row(pack.id, title, pack.jurisdiction, pack.rules, policy.notes[pack.id]?.asOf)
        }
        var content: Content = [
            "rows": rows, "policy": snapshot.id, "tzdata": snapshot.tzdata, "faults": faults,
            "has_faults": !faults.isEmpty,
        ]
        if let activation = visit.gate.registry.policy {
            content["active"] =
                [
                    "at": visit.time(activation.at) ?? [:], "by": activation.owner,
                    "proposed": activation.proposedBy ?? "",
                ] as Content
        }
        content["staged"] = try staged(visit)
        return visit.page("policy", "nav_policy", .policy, status: faults.isEmpty ? .ok : .forbidden, content)
    }

    private static func row(
        _ id: String, _ title: String, _ jurisdiction: String, _ rules: [Rule], _ asOf: String?
    ) -> Content {
        [
            "path": path(id), "title": title, "jurisdiction": jurisdiction, "count": rules.count, "as_of": asOf ?? "",
        ]
    }

    // MARK: One pack

    @Sendable private static func pack(_ visit: Visit) async throws -> Response {
        let policy = visit.gate.configuration.policy
        let (snapshot, name) = (policy.snapshot, try visit.parameter("pack"))
        var content: Content = ["as_of": policy.notes[name]?.asOf ?? ""]
        if name == core {
            content["title"] = visit.say("pack_core")
            content["jurisdiction"] = "*"
            content["rules"] = snapshot.core.rules.map { rule($0, visit) }
            content["settings"] = settings(snapshot.core.settings, core, visit)
        } else {
            guard let pack = snapshot.packs.first(where: { $0.id == name }) else { throw Refusal.notFound }
            content["title"] = visit.language == .chinese ? pack.title.chinese : pack.title.english
            content["jurisdiction"] = pack.jurisdiction
            content["rules"] = pack.rules.map { rule($0, visit) }
            content["settings"] = settings(
                pack.settings.filter { policy.notes[pack.id]?.settings[$0.key] != nil }, pack.id, visit)
        }
        return visit.page("pack", "nav_policy", .policy, content)
    }

    /// From a rule's id to the place where it stands.
    @Sendable private static func find(_ visit: Visit) async throws -> Response {
        let (snapshot, id) = (visit.gate.configuration.policy.snapshot, try visit.parameter("rule"))
        let pack =
            snapshot.core.rules.contains { $0.id == id }
            ? core : snapshot.packs.first { $0.rules.contains { $0.id == id } }?.id
        guard let pack else { throw Refusal.notFound }
        return visit.redirect("\(path(pack))#\(Form.encoded(id))")
    }

    /// A policy that lets more calls through waits for two persons, who must see what it changes.
    private static func staged(_ visit: Visit) throws -> Content? {
        guard let staged = visit.gate.configuration.standing.staged else { return nil }
        let key = try visit.key
        let proposer = visit.gate.registry.proposer(of: staged)
        return [
            "id": staged.id, "proposed_by": proposer.map { visit.say("policy_proposed", $0) } ?? "",
            "may_try": key.role == .compliance, "may": activators.contains(key.role) && proposer != key.owner,
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
            "denials": Place.decisions.roles.contains(visit.session?.key.role ?? .dialer)
                ? "\(Place.decisions.path)?rule=\(Form.encoded(rule.id))" : "",
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
        <p class="hint"><code>{{policy}}</code> · tzdata {{tzdata}}{{#active}} · {{t.policy_since}} {{#at}}{{>time}}{{/at}} {{by}}{{#proposed}} ({{t.policy_first}} {{proposed}}){{/proposed}}{{/active}}</p>
        {{>faults}}
        {{#staged}}<section class="card"><h2>{{t.policy_waits}}</h2><p>{{t.policy_waits_hint}} <strong>{{proposed_by}}</strong>{{#may_try}} <a href="/console/what-if">{{t.nav_what_if}}</a>{{/may_try}}</p><p class="hint"><code>{{id}}</code></p><div class="scroll" tabindex="0" role="region" aria-label="{{t.policy_waits}}"><table><thead><tr><th scope="col">{{t.rule}}</th><th scope="col">{{t.part}}</th><th scope="col">{{t.was}}</th><th scope="col">{{t.will}}</th><th scope="col">{{t.direction}}</th></tr></thead><tbody>{{#changes}}<tr><th scope="row">{{subject}}</th><td>{{part}}</td><td>{{was}}</td><td>{{will}}</td><td><span class="badge {{class}}">{{direction}}</span></td></tr>{{/changes}}</tbody></table></div>{{#may}}<form method="post" action="/console/policy/activation">{{>hidden}}<input type="hidden" name="policy" value="{{id}}"><button>{{t.policy_activate}}</button></form>{{/may}}</section>{{/staged}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_policy}}"><table><thead><tr><th scope="col">{{t.pack}}</th><th scope="col">{{t.jurisdictions}}</th><th scope="col" class="number">{{t.rules}}</th><th scope="col">{{t.pack_as_of}}</th></tr></thead><tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{title}}</a></th><td>{{jurisdiction}}</td><td class="number">{{count}}</td><td>{{as_of}}</td></tr>
        {{/rows}}</tbody></table></div>
        {{/main}}{{/layout}}
        """,
        "pack": """
        {{<layout}}{{$main}}
        <p><a href="/console/policy">← {{t.nav_policy}}</a></p>
        <p class="hint">{{jurisdiction}} · {{as_of}}</p>
        {{#rules}}<article class="card" id="{{id}}"><h2>{{message}}</h2><p><a href="#{{id}}"><code>{{id}}</code></a> · {{kind}} · <span class="badge">{{status}}</span>{{#confidence}} · {{t.confidence}} {{confidence}}{{/confidence}}</p><p class="law">{{citation}}</p><p>{{t.applies_to}} {{scope}}{{#since}} · {{t.from}} {{>time}}{{/since}}{{#until}} · {{t.to}} {{>time}}{{/until}}{{#setting}} · {{t.setting}} <code>{{setting}}</code>{{/setting}}{{#denials}} · <a href="{{denials}}">{{t.denials}}</a>{{/denials}}</p></article>
        {{/rules}}
        {{#settings}}<p><code>{{name}}</code>: {{value}} – {{text}}</p>{{/settings}}
        {{/main}}{{/layout}}
        """,
    ]
}
