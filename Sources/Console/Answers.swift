import Documents
import Gate
import GateModel
import HTTPTypes
import Hummingbird
import Mustache

/// What a template is filled with: texts, flags, and lists and objects of them.
typealias Content = [String: Any]

extension Visit {
    /// A page in the layout.
    ///
    /// - Parameters:
    ///   - title: The key of its title.
    ///   - place: Where in the navigation it stands.
    func page(
        _ template: String, _ title: String, _ place: Place? = nil, status: HTTPResponse.Status = .ok,
        _ content: Content = [:]
    ) -> Response {
        var all = content.mapValues(readable)
        all["title"] = content["title"].map(readable) ?? say(title)
        all["t"] = language.texts
        all["lang"] = language.tag
        all["other_lang"] = language.other.tag
        all["here"] = readable(here)
        all["zone_name"] = zone?.name ?? "UTC"
        if let session {
            all["who"] = ["name": session.key.account ?? "", "role": word("role", session.key.role.rawValue)]
            all["nav"] = Place.allCases.filter { $0.roles.contains(session.key.role) }.map {
                ["path": $0.path, "label": say($0.title), "current": $0 == place] as Content
            }
            all["token"] = session.token
            all["once"] = Sessions.random()
            if all["notice"] == nil, let notice = console.sessions.takeNotice(of: session) {
                all["notice"] = readable(say(notice.key, notice.arguments))
            }
        }
        return html(console.templates.render(template, all), status)
    }

    /// Where to come back to; of a page that was posted to, the place that its form stood on.
    private var here: String {
        guard request.method == .get else { return Place.home(of: session?.key.role) }
        return request.uri.description
    }

    private func html(_ text: String, _ status: HTTPResponse.Status) -> Response {
        var response = Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        response.headers[.contentLanguage] = language.tag
        response.secure()
        return response
    }

    /// To another page, so that a reload does nothing again. What is said there is said once.
    func redirect(_ place: String, notice: String? = nil, _ arguments: String...) -> Response {
        var response = Response(status: .seeOther, headers: [.location: place])
        response.secure()
        guard let session else { return response }
        if let once = form["once"], repeated == nil { console.sessions.remember(once, place, in: session) }
        if let notice { console.sessions.leave(notice, arguments, for: session) }
        return response
    }

    /// What a person is told instead of the page.
    func refused(_ error: any Error) -> Response {
        switch error {
        case Refusal.signedOut:
            if request.method == .get {
                return redirect("/console/sign-in?next=" + Form.encoded(request.uri.description))
            }
            return SignInPages.resume(self)
        case Refusal.forbidden(let roles):
            return explain(
                .forbidden, "error_forbidden", roles.map { word("role", $0.rawValue) }.joined(separator: say("or")))
        case Refusal.notFound: return explain(.notFound, "error_not_found")
        case Refusal.foreign: return explain(.forbidden, "error_foreign")
        case Refusal.tooLarge: return explain(.contentTooLarge, "error_too_large")
        case Refusal.gate(let error): return explain(error)
        case let error as GateError: return explain(error)
        default:
            // Only what kind of error it is: its text may quote what was typed.
            console.logger.error("a page failed: \(type(of: error))")
            return explain(.serviceUnavailable, "error_unavailable")
        }
    }

    private func explain(_ error: GateError) -> Response {
        switch error {
        case .notFound: return explain(.notFound, "error_not_found", faults: faults(error))
        case .forbidden: return explain(.forbidden, "error_refused", faults: faults(error))
        case .unavailable: return explain(.serviceUnavailable, "error_unavailable")
        case .invalid: return explain(.badRequest, "error_refused", faults: faults(error))
        case .conflict: return explain(.conflict, "error_refused", faults: faults(error))
        }
    }

    private func explain(
        _ status: HTTPResponse.Status, _ key: String, _ argument: String = "", faults: [Content] = []
    ) -> Response {
        page(
            "error", "\(key)_title", status: status,
            [
                "text": say(key, [argument]), "faults": faults, "has_faults": !faults.isEmpty,
                "home": session == nil ? "/console/sign-in" : Place.home(of: session?.key.role),
            ])
    }

    /// Everything that is wrong with what was typed, each with its field.
    func faults(_ error: GateError) -> [Content] {
        switch error {
        case .invalid(let faults):
            faults.all.map { fault in
                let field = fault.pointer.split(separator: "/").first.map(String.init) ?? ""
                return ["field": field.isEmpty ? "" : word("field", field), "detail": translated(fault.detail)]
            }
        case .forbidden(let why), .notFound(let why), .unavailable(let why), .conflict(_, let why, _):
            [["field": "", "detail": translated(why)]]
        }
    }
}

extension Response {
    mutating func secure() {
        headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        headers[.xContentTypeOptions] = "nosniff"
        // Browsers then name the origin of a form, and tell other sites nothing.
        headers[.referrerPolicy] = "same-origin"
        headers[.crossOriginOpenerPolicy] = "same-origin"
        headers[.crossOriginResourcePolicy] = "same-origin"
        headers[.permissionsPolicy] = "camera=(), microphone=(), geolocation=()"
        headers[.cacheControl] = "no-store"
    }
}

/// An empty text: its section is left out.
struct Nothing: MustacheCustomRenderable {
    var renderText: String { "" }
    var isNull: Bool { true }
}

/// What the library's escaping needs of a text to be sure.
///
/// It escapes whole characters, and a quote with a combining mark after it is a character of its own that it lets pass:
/// a zero-width space parts the two.
func readable(_ value: Any) -> Any {
    switch value {
    case let text as String: return text.isEmpty ? Nothing() : readable(text)
    case let list as [Any]: return list.map(readable)
    case let object as Content: return object.mapValues(readable)
    default: return value
    }
}

func readable(_ text: String) -> String {
    guard text.contains(where: { $0.unicodeScalars.count > 1 && $0.unicodeScalars.contains(where: isMarkup) }) else {
        return text
    }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        scalars.append(scalar)
        if isMarkup(scalar) { scalars.append("\u{200B}") }
    }
    return String(scalars)
}

private func isMarkup(_ scalar: Unicode.Scalar) -> Bool { "<>&\"'".unicodeScalars.contains(scalar) }
