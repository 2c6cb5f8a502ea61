import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// Sign-in and out, the language, and one's own password.
enum SignInPages {
    private static let everybody = Role.allCases

    static let routes: [Route] = [
        Route(method: .get, path: "/", access: .anyone) { $0.redirect(Place.home(of: $0.session?.key.role)) },
        Route(method: .get, path: "/console", access: .anyone) { $0.redirect(Place.home(of: $0.session?.key.role)) },
        Route(method: .get, path: "/console/sign-in", access: .anyone) { visit in
            if let session = visit.session { return visit.redirect(Place.home(of: session.key.role)) }
            return show(visit, next: visit.query["next"])
        },
        Route(method: .post, path: "/console/sign-in", access: .anyone, handle: signIn),
        Route(method: .get, path: "/console/language", access: .anyone, handle: choose),
        .post("/console/sign-out", everybody) { visit in
            if let session = visit.session { visit.console.sessions.end(session) }
            var response = visit.redirect("/console/sign-in")
            response.headers[.setCookie] = cookie("", visit, age: 0)
            return response
        },
        .get("/console/account", everybody) { account($0) },
        .post("/console/account/password", everybody, changePassword),
        Route(method: .get, path: "/console/**", access: .anyone) { _ in throw Refusal.notFound },
    ]

    // MARK: Signing in

    static func show(
        _ visit: Visit, next: String?, name: String = "", failure: String? = nil, resumes: Content? = nil,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        var content: Content = [
            "next": next ?? "", "name": name, "failure": failure.map { visit.say($0) } ?? "",
            "has_provider": visit.console.provider != nil,
        ]
        if let resumes { content["resumes"] = resumes }
        return visit.page("sign-in", "sign_in", status: status, content)
    }

    @Sendable private static func signIn(_ visit: Visit) async throws -> Response {
        let name = (visit.form["name"] ?? "").lowercased()
        let limit = visit.console.limit
        let now = visit.gate.now
        func failed() -> Response {
            show(
                visit, next: visit.form["next"], name: name, failure: "sign_in_failed", resumes: resumed(visit),
                status: .unprocessableContent)
        }
        guard name.utf8.count <= 64, !limit.isLocked(name, at: now) else { return failed() }
        // Counted before it is known, so that guesses side by side are counted too.
        limit.failed(name, at: now)
        guard let key = await visit.gate.signIn(name, visit.form.raw("password")) else {
            visit.console.logger.notice("a sign-in at the console failed")
            return failed()
        }
        limit.succeeded(name)
        return begin(visit, key, zone: visit.form["zone"], next: visit.form["next"], resumes: resumed(visit))
    }

    /// A session of its own for each sign-in, and on to where the person wanted.
    static func begin(_ visit: Visit, _ key: APIKey, zone: String?, next: String?, resumes: Content?) -> Response {
        if let session = visit.session { visit.console.sessions.end(session) }
        let zone = zone.flatMap { try? visit.gate.zones.zone(named: $0).name }
        let value = visit.console.sessions.begin(key, zone: zone, in: visit.gate)
        var response: Response
        if let resumes, let session = visit.console.sessions.find(value, in: visit.gate) {
            response = Visit(visit.console, visit.request, visit.parameters, session)
                .page("resume", "resume_title", nil, resumes)
        } else {
            response = visit.redirect(local(next) ?? Place.home(of: key.role))
        }
        response.headers[.setCookie] = cookie(value, visit, age: Int(Sessions.longest.milliseconds / 1000))
        return response
    }

    /// Only an address of our own.
    static func local(_ text: String?) -> String? {
        text.flatMap { $0.hasPrefix("/console/") && !$0.contains("\\") && !$0.contains("//") ? $0 : nil }
    }

    private static func cookie(_ value: String, _ visit: Visit, age: Int) -> String {
        "\(Sessions.cookie)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(age)"
            + (visit.isBehindTLS ? "; Secure" : "")
    }

    @Sendable private static func choose(_ visit: Visit) async throws -> Response {
        let language = visit.query["to"].flatMap { text in Language.allCases.first { text.hasPrefix($0.rawValue) } }
        guard let language else { throw Refusal.notFound }
        var response = visit.redirect(local(visit.query["back"]) ?? "/")
        response.headers[.setCookie] =
            "\(Language.cookie)=\(language.rawValue); Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        return response
    }

    // MARK: A session that ended while something was typed

    /// Nothing is recorded and nothing is lost: what was typed comes back after the sign-in, to be looked at and sent.
    static func resume(_ visit: Visit) -> Response {
        let fields = visit.form.fields.filter { !["token", "once", "password", "repeated"].contains($0.name) }
        let kept = fields.map { ["name": "kept." + $0.name, "value": $0.value] as Content }
        let resumes: Content = ["action": visit.request.uri.path, "fields": kept]
        return show(visit, next: nil, resumes: resumes, status: .unauthorized)
    }

    static func resumed(_ visit: Visit) -> Content? {
        guard let action = local(visit.form["action"]) else { return nil }
        let fields = visit.form.fields.filter { $0.name.hasPrefix("kept.") && !$0.value.isEmpty }.map {
            field -> Content in
            let name = String(field.name.dropFirst(5))
            return [
                "name": "kept." + name, "plain_name": name, "label": visit.word("field", name), "value": field.value,
            ]
        }
        return ["action": action, "fields": fields]
    }

    // MARK: One's own account

    private static func account(
        _ visit: Visit, faults: [Content] = [], status: HTTPResponse.Status = .ok
    ) -> Response {
        visit.page(
            "account", "nav_account", status: status,
            [
                "owner": visit.session?.key.owner ?? "", "shortest": Gate.shortestPassword, "faults": faults,
                "has_faults": !faults.isEmpty, "is_provided": visit.session?.key.identity != nil,
            ])
    }

    @Sendable private static func changePassword(_ visit: Visit) async throws -> Response {
        let key = try visit.key
        let (new, repeated) = (visit.form.raw("password"), visit.form.raw("repeated"))
        func wrong(_ text: String) -> Response {
            account(visit, faults: [["field": "", "detail": visit.say(text)]], status: .badRequest)
        }
        guard new == repeated else { return wrong("passwords_differ") }
        let (name, limit, now) = (key.account ?? "", visit.console.limit, visit.gate.now)
        guard !limit.isLocked(name, at: now) else { return wrong("password_wrong") }
        limit.failed(name, at: now)
        guard await visit.gate.signIn(name, visit.form.raw("current")) != nil else { return wrong("password_wrong") }
        limit.succeeded(name)
        if case .failure(let error) = await visit.gate.setPassword(new, of: key, by: key.id) {
            return account(visit, faults: visit.faults(error), status: .badRequest)
        }
        // Every session of the account has ended with the old password; this one begins anew.
        let value = visit.console.sessions.begin(key, zone: visit.session?.zone, in: visit.gate)
        guard let session = visit.console.sessions.find(value, in: visit.gate) else { throw Refusal.signedOut }
        visit.console.sessions.leave("password_changed", [], for: session)
        var response = visit.redirect("/console/account")
        response.headers[.setCookie] = cookie(value, visit, age: Int(Sessions.longest.milliseconds / 1000))
        return response
    }

    static let templates = [
        "sign-in": """
        {{<layout}}{{$main}}
        {{#resumes}}<p class="notice" role="status">{{t.session_ended}}</p>{{/resumes}}
        {{#failure}}<p class="faults" role="alert">{{failure}}</p>{{/failure}}
        {{#has_provider}}<form method="post" action="/console/sign-in/provider" class="narrow">
        <input type="hidden" name="next" value="{{next}}"><input type="hidden" name="zone" value="" data-zone>
        {{#resumes}}<input type="hidden" name="action" value="{{action}}">{{#fields}}<input type="hidden" name="{{name}}" value="{{value}}">{{/fields}}{{/resumes}}
        <button id="provider">{{t.sign_in_provider}}</button></form><p class="hint">{{t.sign_in_local}}</p>{{/has_provider}}
        <form method="post" action="/console/sign-in" class="narrow">
        <input type="hidden" name="next" value="{{next}}"><input type="hidden" name="zone" value="" data-zone>
        {{#resumes}}<input type="hidden" name="action" value="{{action}}">{{#fields}}<input type="hidden" name="{{name}}" value="{{value}}">{{/fields}}{{/resumes}}
        <label for="name">{{t.field_name}}</label>
        <input id="name" name="name" value="{{name}}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
        <label for="password">{{t.field_password}}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <button>{{t.sign_in}}</button>
        </form>
        {{/main}}{{/layout}}
        """,
        "resume": """
        {{<layout}}{{$main}}
        <p>{{t.resume_text}}</p>
        <form method="post" action="{{action}}">{{>hidden}}
        <dl class="facts">{{#fields}}<dt>{{label}}</dt><dd>{{value}}<input type="hidden" name="{{plain_name}}" value="{{value}}"></dd>{{/fields}}</dl>
        <button>{{t.resume_send}}</button> <a class="button plain" href="/">{{t.discard}}</a>
        </form>
        {{/main}}{{/layout}}
        """,
        "account": """
        {{<layout}}{{$main}}
        <dl class="facts"><dt>{{t.field_name}}</dt><dd>{{who.name}}</dd><dt>{{t.field_role}}</dt><dd>{{who.role}}</dd><dt>{{t.field_owner}}</dt><dd>{{owner}}</dd></dl>
        <h2>{{t.change_password}}</h2>
        {{>faults}}
        {{#is_provided}}<p>{{t.account_provided}}</p>{{/is_provided}}{{^is_provided}}<form method="post" action="/console/account/password" class="narrow">{{>hidden}}
        <label for="current">{{t.field_current}}</label>
        <input id="current" name="current" type="password" autocomplete="current-password" required>
        <label for="password">{{t.field_new_password}}</label>
        <input id="password" name="password" type="password" autocomplete="new-password" minlength="{{shortest}}" required aria-describedby="password-hint">
        <p id="password-hint" class="hint">{{t.password_hint}}</p>
        <label for="repeated">{{t.field_repeated}}</label>
        <input id="repeated" name="repeated" type="password" autocomplete="new-password" required>
        <button>{{t.change_password}}</button>
        </form>{{/is_provided}}
        {{/main}}{{/layout}}
        """,
    ]
}
