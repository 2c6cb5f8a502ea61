import Documents
import Gate
import GateModel
import RuleEngine

/// An answer as people read it: the verdict, every rule that failed with its law, and when the call would be allowed.
struct Explained {
    let content: Content

    init(_ answer: CallAnswer, _ visit: Visit) {
        let (record, judgement) = (answer.record, answer.record.judgement)
        var json = JSONWriter()
        answer.write(to: &json)
        let told = (try? JSONParser.parse(json.bytes)) ?? Node(.object([]))
        let policy = visit.gate.configuration.policy.snapshot
        let reasons = told.list("reasons").map { reason -> Content in
            let id = reason["rule"]?.string ?? ""
            let rule = policy.rule(id)
            var content: Content = [
                "rule": id, "kind": visit.word("kind", reason["kind"]?.string ?? ""),
                "message": reason["message"]?.string ?? "", "citation": reason["citation"]?.string ?? "",
                "status": rule.map { visit.word("status", $0.status.rawValue) } ?? "",
            ]
            if let source = reason["source"]?.string {
                content["source"] = visit.say("source_missing", visit.word("source", source))
            }
            content["retry"] = Explained.both(reason["retry_at"]?.string, judgement, visit)
            return content
        }
        var content: Content = [
            "allowed": judgement.verdict == .allow, "reasons": reasons,
            "verdict": visit.word("verdict", judgement.verdict.rawValue),
            "number_type": visit.word("number_type", record.call.number.type.rawValue),
            "jurisdictions": judgement.jurisdictions.joined(separator: ", "),
            "obligations": Explained.obligations(judgement, visit),
            "asides": judgement.stoodAside.map {
                ["rule": $0.rule, "why": visit.word("aside", $0.why)] as Content
            },
            "policy": told["policy"]?.string ?? "", "lists": told["lists"]?.string ?? "",
            "tzdata": told["tzdata"]?.string ?? "",
        ]
        content["decided"] = Explained.both(record.at, judgement, visit)
        if judgement.verdict == .allow {
            content["until"] = Explained.both(judgement.validUntil, judgement, visit)
        } else {
            content["retry_all"] = Explained.both(judgement.retryAt, judgement, visit)
        }
        content["has_obligations"] = judgement.verdict == .allow && !judgement.obligations.isEmpty
        content["has_asides"] = !judgement.stoodAside.isEmpty
        self.content = content
    }

    /// In the reader's zone, and the called party's where that is another.
    private static func both(_ instant: Instant?, _ judgement: Judgement, _ visit: Visit) -> Content? {
        guard let instant, var content = visit.time(instant) else { return nil }
        if let offset = judgement.localOffset, offset != visit.zone?.offset(at: instant) ?? 0 {
            content["theirs"] = visit.shown(instant, offset: offset)
        }
        return content
    }

    private static func both(_ text: String?, _ judgement: Judgement, _ visit: Visit) -> Content? {
        both(text.flatMap { Instant(rfc3339: $0) }, judgement, visit)
    }

    private static func obligations(_ judgement: Judgement, _ visit: Visit) -> [String] {
        judgement.obligations.map { obligation in
            let values = obligation.values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let more = values + [obligation.fields?.joined(separator: ", ") ?? ""].filter { !$0.isEmpty }
            return visit.word("obligation", obligation.kind) + (more.isEmpty ? "" : ": " + more.joined(separator: "; "))
        }
    }

    static let template = """
        <p class="verdict {{#allowed}}allow{{/allowed}}{{^allowed}}deny{{/allowed}}"><strong>{{verdict}}</strong> {{#allowed}}{{#until}}{{t.until}} {{>time}}{{#theirs}} ({{t.theirs}} {{>time}}){{/theirs}}{{/until}}{{/allowed}}{{^allowed}}{{#retry_all}}{{t.retry_at}} {{>time}}{{#theirs}} ({{t.theirs}} {{>time}}){{/theirs}}{{/retry_all}}{{^retry_all}}{{t.retry_never}}{{/retry_all}}{{/allowed}}</p>
        {{#reasons}}<article class="reason"><h2>{{message}}</h2><p><a href="/console/policy/rules/{{rule}}"><code>{{rule}}</code></a> · {{kind}}{{#status}} · {{status}}{{/status}}</p><p class="law">{{citation}}</p>{{#source}}<p>{{source}}</p>{{/source}}
        <p>{{#retry}}{{t.passes_at}} {{>time}}{{#theirs}} ({{t.theirs}} {{>time}}){{/theirs}}{{/retry}}{{^retry}}{{t.passes_never}}{{/retry}}</p></article>
        {{/reasons}}
        {{#has_obligations}}<h2>{{t.obligations}}</h2><ul>{{#obligations}}<li>{{.}}</li>{{/obligations}}</ul>{{/has_obligations}}
        {{#has_asides}}<details><summary>{{t.stood_aside}}</summary><ul>{{#asides}}<li><code>{{rule}}</code>: {{why}}</li>{{/asides}}</ul></details>{{/has_asides}}
        <dl class="facts"><dt>{{t.decided_at}}</dt><dd>{{#decided}}{{>time}}{{#theirs}} ({{t.theirs}} {{>time}}){{/theirs}}{{/decided}}</dd><dt>{{t.number_type}}</dt><dd>{{number_type}}</dd><dt>{{t.jurisdictions}}</dt><dd>{{jurisdictions}}</dd><dt>{{t.policy}}</dt><dd><code>{{policy}}</code></dd></dl>
        """
}

extension Node {
    func list(_ name: String) -> [Node] {
        if case .array(let nodes)? = self[name]?.value { return nodes }
        return []
    }
}
