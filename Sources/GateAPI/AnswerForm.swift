import Documents
import Gate
import Hummingbird

/// What a client asked the answer to look like.
enum AnswerForm: String {
    case json, text, flat

    /// `format` in the query, else the `Accept` header. JSON where text is not clearly preferred.
    init(_ request: Request) {
        let asked = try? request.query.first { $0.name == "format" }?.value
        if let asked, let form = AnswerForm(rawValue: asked) {
            self = form
        } else {
            self = AnswerForm.prefersText(request.headers[values: .accept]) ? .text : .json
        }
    }

    /// - Throws: 400 for a form that there is not.
    static func check(_ text: String?) throws(Problem) {
        guard let text, AnswerForm(rawValue: text) == nil else { return }
        throw Problem(.invalid(Faults([Fault(pointer: "/format", detail: "must be json, text or flat")])))
    }

    /// Source: RFC 9110 (June 2022), section 12.5.1.
    private static func prefersText(_ headers: [String]) -> Bool {
        var (text, json) = (0.0, 0.0)
        for range in headers.joined(separator: ",").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let type = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if type == "text/plain" { text = max(text, quality) }
            if type.hasSuffix("json") || type == "application/*" { json = max(json, quality) }
        }
        return text > json
    }
}
