import GateModel

extension Judgement {
    /// In what an earlier judgement of the same call differs.
    func differences(from recorded: Judgement) -> [ReplayDifference] {
        var found: [ReplayDifference] = []
        func compare(_ field: String, _ text: (Judgement) -> String) {
            let (old, new) = (text(recorded), text(self))
            if old != new { found.append(ReplayDifference(field, recorded: old, now: new)) }
        }
        compare("verdict") { $0.verdict.rawValue }
        compare("reasons") { $0.reasons.map(\.told).joined(separator: "; ") }
        compare("retry_at") { $0.retryAt?.rfc3339 ?? "none" }
        compare("valid_until") { $0.validUntil?.rfc3339 ?? "none" }
        compare("obligations") { $0.obligations.map(\.told).joined(separator: "; ") }
        compare("stood_aside") { $0.stoodAside.map { "\($0.rule) (\($0.why))" }.joined(separator: "; ") }
        compare("jurisdictions") { $0.jurisdictions.joined(separator: ", ") }
        compare("local_time") { $0.localOffset.map { "\($0) s east of UTC" } ?? "unknown" }
        compare("provenance") { judgement in
            judgement.provenance.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.rawValue)" }
                .joined(separator: ", ")
        }
        return found
    }
}

extension Reason {
    /// `us.fl.hours [hours] detail, the source, until …`.
    fileprivate var told: String {
        var text = "\(rule) [\(kind.rawValue)]"
        if let detail { text += " \(detail)" }
        if let source { text += ", \(source.rawValue)" }
        return text + (retryAt.map { ", passes at \($0.rfc3339)" } ?? "")
    }
}

extension Obligation {
    fileprivate var told: String {
        let values = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([kind] + values + (fields ?? [])).joined(separator: " ")
    }
}
