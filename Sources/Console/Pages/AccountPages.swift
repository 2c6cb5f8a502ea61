import Gate
import GateModel
import Hummingbird

/// Who may sign in, and which programs hold a key. For administrators.
enum AccountPages {
    static let routes: [Route] = [
        .get(Place.accounts.path, Place.accounts.roles) { try show($0) },
        .post(Place.accounts.path, Place.accounts.roles, create),
        .post("/console/accounts/{id}/password", Place.accounts.roles, password),
        .post("/console/accounts/{id}/revocation", Place.accounts.roles, revoke),
    ]

    private static func show(_ visit: Visit, faults: [Content] = [], _ more: Content = [:]) throws -> Response {
        let own = try visit.key.id
        let keys = visit.gate.registry.keys.values.sorted {
            ($0.isRevoked ? 1 : 0, $0.id) < ($1.isRevoked ? 1 : 0, $1.id)
        }
        func row(_ key: APIKey) -> Content {
            let path = "\(Place.accounts.path)/\(key.id)"
            return [
                "id": key.id, "name": key.account ?? key.name, "role": visit.word("role", key.role.rawValue),
                "owner": key.owner, "entities": key.legalEntities.joined(separator: ", "),
                "vendors": key.vendors.joined(separator: ", "),
                "state": visit.say(key.isRevoked ? "disabled" : "in_force"), "state_class": key.isRevoked ? "" : "good",
                "reset": key.isRevoked || key.account == nil || key.identity != nil || key.id == own
                    ? "" : path + "/password",
                "is_provided": key.identity != nil,
                "revoke": key.isRevoked || key.id == own ? "" : path + "/revocation",
            ]
        }
        var content: Content = [
            "accounts": keys.filter { $0.account != nil }.map(row), "keys": keys.filter { $0.account == nil }.map(row),
            "roles": visit.choices("role", Role.allCases.map(\.rawValue), selected: visit.form["role"]),
            "given_name": visit.form["name"] ?? "", "given_owner": visit.form["owner"] ?? "", "faults": faults,
            "has_faults": !faults.isEmpty,
        ]
        content["has_keys"] = keys.contains { $0.account == nil }
        content.merge(more) { $1 }
        return visit.page(
            "accounts", "nav_accounts", .accounts, status: faults.isEmpty ? .ok : .badRequest, content)
    }

    @Sendable private static func create(_ visit: Visit) async throws -> Response {
        let form = visit.form
        guard let role = form["role"].flatMap(Role.init(rawValue:)) else {
            return try show(
                visit, faults: [["field": visit.word("field", "role"), "detail": visit.say("filter_wrong")]])
        }
        let name = (form["name"] ?? "").lowercased()
        let made = await visit.gate.createAccount(name, role: role, owner: form["owner"] ?? name, by: try visit.key.id)
        switch made {
        case .failure(let error): return try show(visit, faults: visit.faults(error))
        case .success(let made):
            remember(visit)
            return try show(visit, ["made": ["name": name, "password": made.password] as Content])
        }
    }

    @Sendable private static func password(_ visit: Visit) async throws -> Response {
        let account = try found(visit)
        guard account.account != nil else { throw Refusal.notFound }
        let password = try await visit.gate.givePassword(account, by: try visit.key.id).orRefuse()
        remember(visit)
        return try show(visit, ["made": ["name": account.account ?? "", "password": password] as Content])
    }

    /// A password is told on the answer itself and nowhere else, so this answer is no redirect.
    private static func remember(_ visit: Visit) {
        guard let session = visit.session, let once = visit.form["once"] else { return }
        visit.console.sessions.remember(once, Place.accounts.path, in: session)
    }

    @Sendable private static func revoke(_ visit: Visit) async throws -> Response {
        let key = try found(visit)
        guard try key.id != visit.key.id else { throw Refusal.notFound }
        _ = try await visit.gate.revokeKey(key.id, by: try visit.key.id).orRefuse()
        return visit.redirect(Place.accounts.path, notice: "account_disabled", key.account ?? key.name)
    }

    private static func found(_ visit: Visit) throws -> APIKey {
        guard let key = visit.gate.registry.keys[try visit.parameter("id")], !key.isRevoked else {
            throw Refusal.notFound
        }
        return key
    }

    static let templates = [
        "accounts": """
        {{<layout}}{{$main}}
        {{#made}}<div class="notice" role="status"><p>{{t.password_once}}</p><p><strong>{{name}}</strong> <code id="new-password">{{password}}</code></p></div>{{/made}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{t.accounts}}"><table><thead><tr><th scope="col">{{t.field_name}}</th><th scope="col">{{t.field_role}}</th><th scope="col">{{t.field_owner}}</th><th scope="col">{{t.field_legal_entity}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>{{#accounts}}<tr><th scope="row">{{name}}{{#is_provided}}<br><span class="hint">{{t.account_provided}}</span>{{/is_provided}}</th><td>{{role}}</td><td>{{owner}}</td><td>{{entities}}</td><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{#reset}}<form method="post" action="{{reset}}">{{>hidden}}<button class="plain">{{t.new_password}}</button></form>{{/reset}} {{#revoke}}<form method="post" action="{{revoke}}">{{>hidden}}<button class="plain">{{t.disable}}</button></form>{{/revoke}}</td></tr>{{/accounts}}</tbody></table></div>
        <h2>{{t.account_new}}</h2>{{>faults}}
        <form method="post" action="/console/accounts" class="grid">{{>hidden}}<div><label for="name">{{t.field_name}}</label><input id="name" name="name" value="{{given_name}}" autocapitalize="none" required></div><div><label for="role">{{t.field_role}}</label><select id="role" name="role">{{#roles}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/roles}}</select></div><div><label for="owner">{{t.field_owner}}</label><input id="owner" name="owner" value="{{given_owner}}" aria-describedby="owner-hint"><p class="hint" id="owner-hint">{{t.owner_hint}}</p></div><div class="wide"><button>{{t.account_make}}</button></div></form>
        <h2>{{t.keys}}</h2><p class="hint">{{t.keys_hint}}</p>{{#has_keys}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.keys}}"><table><thead><tr><th scope="col">{{t.field_name}}</th><th scope="col">{{t.field_role}}</th><th scope="col">{{t.field_owner}}</th><th scope="col">{{t.field_vendor}}</th><th scope="col">{{t.field_legal_entity}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.act}}</th></tr></thead><tbody>{{#keys}}<tr><th scope="row">{{name}}<br><span class="hint">{{id}}</span></th><td>{{role}}</td><td>{{owner}}</td><td>{{vendors}}</td><td>{{entities}}</td><td><span class="badge {{state_class}}">{{state}}</span></td><td>{{#revoke}}<form method="post" action="{{revoke}}">{{>hidden}}<button class="plain">{{t.disable}}</button></form>{{/revoke}}</td></tr>{{/keys}}</tbody></table></div>{{/has_keys}}
        {{/main}}{{/layout}}
        """
    ]
}
