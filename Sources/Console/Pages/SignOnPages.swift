import Gate
import GateModel
import HTTPTypes
import Hummingbird
import SignOn
import Synchronization

/// Sign-in at the company's provider: there and back.
enum SignOnPages {
    static let routes: [Route] = [
        Route(method: .post, path: "/console/sign-in/provider", access: .anyone, handle: leave),
        Route(method: .get, path: "/console/sign-in/return", access: .anyone, handle: comeBack),
    ]

    private static let cookie = "callgate_sign_on"

    private static func cookie(_ value: String, _ visit: Visit, age: Int) -> String {
        // The way back begins at another site: `Strict` would not be sent.
        "\(cookie)=\(value); Path=/console/sign-in; HttpOnly; SameSite=Lax; Max-Age=\(age)"
            + (visit.isBehindTLS ? "; Secure" : "")
    }

    private static func failed(_ visit: Visit, _ text: String, _ begun: SignOns.Begun? = nil) -> Response {
        SignInPages.show(
            visit, next: begun?.next, failure: text, resumes: begun?.resumes?.content, status: .unprocessableContent)
    }

    /// A page that leads on by itself: a form may not be answered with a redirect to another site.
    @Sendable private static func leave(_ visit: Visit) async throws -> Response {
        guard let provider = visit.console.provider else { throw Refusal.notFound }
        let request: SignOnRequest
        do { request = try await provider.begin() } catch {
            visit.console.logger.warning("a sign-in at the provider cannot begin: \(error)")
            return SignInPages.show(
                visit, next: visit.form["next"], failure: "sign_on_unavailable",
                resumes: SignInPages.resumed(visit), status: .serviceUnavailable)
        }
        let begun = SignOns.Begun(
            request: request, browser: Sessions.random(), at: visit.gate.now, zone: visit.form["zone"],
            next: visit.form["next"], resumes: SignInPages.resumed(visit).map(SignOns.Resumes.init))
        visit.console.signOns.begin(begun)
        var response = visit.page("sign-on", "sign_on_title", nil, ["url": request.url])
        response.headers[.refresh] = "0; url=\(request.url)"
        response.headers[.setCookie] = cookie(begun.browser, visit, age: Int(SignOns.longest.milliseconds / 1000))
        return response
    }

    @Sendable private static func comeBack(_ visit: Visit) async throws -> Response {
        guard let provider = visit.console.provider else { throw Refusal.notFound }
        let (query, logger) = (visit.query, visit.console.logger)
        // The browser that comes back must be the one that left, and comes back once.
        guard let begun = visit.console.signOns.end(query["state"] ?? "", at: visit.gate.now),
            visit.request.cookie(cookie) == begun.browser
        else { return failed(visit, "sign_on_stale") }
        guard let code = query["code"] else { return failed(visit, "sign_on_refused", begun) }
        let person: SignedOnPerson
        do {
            person = try await provider.finish(begun.request, code: code, issuer: query["iss"], at: visit.gate.now)
        } catch .unavailable(let why) {
            logger.warning("a sign-in at the provider failed: \(why)")
            return failed(visit, "sign_on_unavailable", begun)
        } catch {
            logger.warning("a sign-in at the provider is not trusted: \(error)")
            return failed(visit, "sign_on_untrusted", begun)
        }
        let identity = Gate.identity(issuer: provider.settings.issuer, subject: person.subject)
        guard let role = provider.settings.role(of: person.groups) else {
            _ = try await visit.gate.closeAccount(identity: identity).orRefuse()
            return failed(visit, "sign_on_no_role", begun)
        }
        let key: APIKey
        switch await visit.gate.account(identity: identity, name: person.name, role: role) {
        case .success(let account): key = account
        case .failure(.conflict): return failed(visit, "sign_on_name_taken", begun)
        case .failure(.invalid): return failed(visit, "sign_on_name_wrong", begun)
        case .failure(let error): throw error
        }
        return SignInPages.begin(
            visit, key, zone: begun.zone, next: begun.next, resumes: begun.resumes?.content)
    }

    static let templates = [
        "sign-on": """
        {{<layout}}{{$main}}
        <p>{{t.sign_on_text}}</p><p><a class="button" href="{{url}}">{{t.sign_on_go}}</a></p>
        {{/main}}{{/layout}}
        """
    ]
}

/// The sign-ins that have begun in this process and are not back yet.
final class SignOns: Sendable {
    static let longest = Span.minutes(10)
    private static let most = 10_000

    /// What was typed before the session ended; see ``SignInPages/resume(_:)``.
    struct Resumes: Sendable {
        private var action: String
        private var fields: [[String: String]]

        init(_ content: Content) {
            action = content["action"] as? String ?? ""
            fields = (content["fields"] as? [Content] ?? []).map { $0.compactMapValues { $0 as? String } }
        }

        var content: Content { ["action": action, "fields": fields.map { $0 as Content }] }
    }

    struct Begun: Sendable {
        var request: SignOnRequest
        /// Stands in a cookie: the address alone signs nobody in.
        var browser: String
        var at: Instant
        var zone: String?
        var next: String?
        var resumes: Resumes?
    }

    private let begun = Mutex<[String: Begun]>([:])

    func begin(_ signOn: Begun) {
        begun.withLock { begun in
            begun = begun.filter { signOn.at - $0.value.at < SignOns.longest }
            if begun.count >= SignOns.most, let oldest = begun.min(by: { $0.value.at < $1.value.at }) {
                begun[oldest.key] = nil
            }
            begun[signOn.request.state] = signOn
        }
    }

    /// Each comes back once; nil for what was never begun or is too old.
    func end(_ state: String, at now: Instant) -> Begun? {
        let found = begun.withLock { $0.removeValue(forKey: state) }
        return found.flatMap { now - $0.at < SignOns.longest ? $0 : nil }
    }
}

extension HTTPField.Name {
    static let refresh = HTTPField.Name("Refresh")!
}
