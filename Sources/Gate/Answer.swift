import Documents
import GateModel
import Ledger
import RuleEngine

/// A decision as it is told. The same record gives the same bytes, always.
public struct CallAnswer: Sendable {
    public let record: DecisionRecord
    /// Nil for a preview, which has no id.
    let id: String?
    let policy: PolicySnapshot
    let policyID: String
    let listsID: String
    let tzdata: String
    public var language = Language.english

    public enum Language: Sendable {
        case english, chinese
    }

    private func message(_ reason: Reason) -> String {
        guard let text = policy.rule(reason.rule)?.message(for: reason.detail) else { return "" }
        return language == .chinese ? text.chinese : text.english
    }

    /// The number of the complaint that a reason rests on: one that was open, else the last.
    private func complaint(of reason: Reason) -> String? {
        guard reason.detail == SuppressionDetail.complaint else { return nil }
        let complaints = record.facts.complaints
        return (complaints.first { $0.closedAt ?? .distantFuture > record.at } ?? complaints.last)?.number
    }

    public var verdict: Verdict { record.judgement.verdict }

    private var phone: String? { record.call.number.e164?.description }

    private var localTime: String? {
        record.judgement.localOffset.map { record.at.rfc3339(offsetSeconds: $0, milliseconds: false) }
    }

    /// The body of the contract's section 2.
    public var json: [UInt8] {
        var json = JSONWriter(capacity: 1024)
        write(to: &json)
        return json.bytes
    }

    public func write(to json: inout JSONWriter) {
        let judgement = record.judgement
        json.object { json in
            json.member("id", id)
            json.member("verdict", judgement.verdict.rawValue)
            json.member("reason", judgement.reasons.first?.rule)
            json.name("reasons")
            json.array { json in
                for reason in judgement.reasons {
                    json.object { json in
                        json.member("rule", reason.rule)
                        json.member("kind", reason.kind.rawValue)
                        json.member("message", message(reason))
                        json.member("citation", policy.rule(reason.rule)?.citation)
                        if let detail = reason.detail { json.member("detail", detail) }
                        if let source = reason.source { json.member("source", source.rawValue) }
                        if let complaint = complaint(of: reason) { json.member("complaint", complaint) }
                        json.member("retry_at", reason.retryAt?.rfc3339)
                    }
                }
            }
            json.member("retry_at", judgement.retryAt?.rfc3339)
            json.member("valid_until", judgement.validUntil?.rfc3339)
            json.member("permit", record.permit)
            json.name("obligations")
            json.array { json in for obligation in judgement.obligations { obligation.write(to: &json) } }
            json.name("stood_aside")
            json.array { json in
                for aside in judgement.stoodAside {
                    json.object { json in
                        json.member("rule", aside.rule)
                        json.member("why", aside.why)
                    }
                }
            }
            json.member("phone", phone)
            json.member("number_type", record.call.number.type.rawValue)
            json.member("jurisdictions", judgement.jurisdictions)
            json.member("decided_at", record.at.rfc3339)
            json.member("local_time", localTime)
            json.member("policy", policyID)
            json.member("lists", listsID)
            json.member("tzdata", tzdata)
            if !judgement.provenance.isEmpty {
                json.name("attributes")
                json.object { json in
                    for (name, origin) in judgement.provenance.sorted(by: { $0.key < $1.key }) {
                        json.member(name, origin.rawValue)
                    }
                }
            }
        }
    }

    /// One object with primitives at the top level only, for systems that cannot walk a tree.
    public var flatJSON: [UInt8] {
        let judgement = record.judgement
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("id", id)
            json.member("verdict", judgement.verdict.rawValue)
            json.member("allowed", judgement.verdict == .allow)
            json.member("reason", judgement.reasons.first?.rule)
            json.member("kind", judgement.reasons.first?.kind.rawValue)
            json.member("message", judgement.reasons.first.map(message))
            json.member("rules", judgement.reasons.map(\.rule).joined(separator: ","))
            json.member("retry_at", judgement.retryAt?.rfc3339)
            json.member("valid_until", judgement.validUntil?.rfc3339)
            json.member("permit", record.permit)
            json.member("obligations", judgement.obligations.map(\.kind).joined(separator: ","))
            json.member("phone", phone)
            json.member("number_type", record.call.number.type.rawValue)
            json.member("jurisdictions", judgement.jurisdictions.joined(separator: ","))
            json.member("decided_at", record.at.rfc3339)
            json.member("local_time", localTime)
            json.member("policy", policyID)
            json.member("lists", listsID)
            json.member("tzdata", tzdata)
        }
        return json.bytes
    }

    /// `ALLOW <id> <valid_until> <permit|->` or `DENY <rule> <retry_at|-> <id>`, instants as epoch seconds.
    public var line: String {
        let judgement = record.judgement
        switch judgement.verdict {
        case .allow:
            return "ALLOW \(id ?? "-") \(judgement.validUntil?.seconds ?? 0) \(record.permit ?? "-")"
        case .deny:
            // Rounded up: the second that is named must be an allowed one.
            let retry = judgement.retryAt.map { "\(($0 + Span(milliseconds: 999)).seconds)" } ?? "-"
            return "DENY \(judgement.reasons.first?.rule ?? "-") \(retry) \(id ?? "-")"
        }
    }
}

extension Obligation {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("kind", kind)
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                switch value {
                case .boolean(let value): json.member(name, value)
                case .integer(let value): json.member(name, value)
                case .text(let value): json.member(name, value)
                }
            }
            if let fields { json.member("fields", fields) }
        }
    }
}
