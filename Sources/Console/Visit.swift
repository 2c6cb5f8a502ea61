import Calendars
import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// One request of a person, with everything that a page needs to know of them.
struct Visit: Sendable {
    let console: Console
    let request: Request
    let parameters: Parameters
    let session: Session?
    let language: Language
    /// The reader's.
    let zone: Zone?
    var form = Form()

    var gate: Gate { console.gate }

    init(_ console: Console, _ request: Request, _ parameters: Parameters, _ session: Session?) {
        self.console = console
        self.request = request
        self.parameters = parameters
        self.session = session
        language = Language(request)
        zone = session?.zone.flatMap { try? console.gate.zones.zone(named: $0) }
    }

    /// The account as the gate knows it. Of routes that have roles only.
    var key: APIKey {
        get throws(Refusal) {
            guard let session else { throw .signedOut }
            return session.key
        }
    }

    var query: Form { Form(request.uri.query ?? "") }

    func parameter(_ name: String) throws(Refusal) -> String {
        guard let text = parameters.get(name), let decoded = text.removingPercentEncoding else { throw .notFound }
        return decoded
    }

    /// Whether a page of ours sent this. A browser names where a form comes from.
    var isFromOurPages: Bool {
        if let site = request.headers[.secFetchSite] { return site == "same-origin" }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Whether the form is one that this session was given.
    var hasToken: Bool {
        guard let session else { return false }
        let given = request.headers[.csrfToken] ?? form.raw("token")
        return given.utf8.count == session.token.utf8.count
            && zip(given.utf8, session.token.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Where the answer to the same form went, if it was sent before.
    var repeated: String? {
        guard let session, let once = form["once"] else { return nil }
        return console.sessions.place(of: once, in: session)
    }

    var isBehindTLS: Bool { request.headers[.xForwardedProto] == "https" }
}

extension Request {
    func cookie(_ name: String) -> String? {
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let sides = pair.split(separator: "=", maxSplits: 1)
                if sides.count == 2, String(sides[0]).trimmed == name { return String(sides[1]).trimmed }
            }
        }
        return nil
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let csrfToken = HTTPField.Name("X-CSRF-Token")!
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
}
