import Gate
import GateModel
import Hummingbird

/// One file that proves everything about a decision, a person or a complaint. To make one is an access that is recorded.
enum EvidencePages {
    static let routes: [Route] = [.post("/console/evidence", [.compliance], make)]

    /// What its form is filled with, on the pages of what it may be about: `decision`, `subject` or `complaint`.
    static func form(_ kind: String, _ value: String, _ visit: Visit) throws -> Content? {
        try visit.key.role == .compliance ? ["kind": kind, "value": value] : nil
    }

    @Sendable private static func make(_ visit: Visit) async throws -> Response {
        var body = GateBody()
        for name in ["decision", "subject", "complaint", "reason"] { body.text(name, visit.form[name]) }
        let (scope, reason) = try visit.gate.evidenceRequest(body.node).orRefuse()
        let bundle = try await visit.gate.evidence(scope, reason: reason, by: try visit.key).orRefuse()
        return visit.download(bundle.bytes, "application/zip", bundle.name)
    }

    static let templates = [
        "evidence": """
        {{#evidence}}<details class="card"><summary>{{t.evidence}}</summary><p class="hint">{{t.evidence_hint}}</p><form method="post" action="/console/evidence" data-download class="narrow">{{>hidden}}<input type="hidden" name="{{kind}}" value="{{value}}"><label for="evidence-reason">{{t.field_reason}}</label><input id="evidence-reason" name="reason" required><button>{{t.evidence_download}}</button></form><pre tabindex="0"><code>callgate log verify --bundle FILE</code></pre></details>{{/evidence}}
        """
    ]
}
