import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine

extension APIKey {
    /// Who acts at the command line: whoever may read the key file and the data folder.
    public static func commandLine(owner: String) -> APIKey {
        APIKey(
            id: "cli", role: .admin, name: "command line", owner: owner, vendors: [Call.ownVendor],
            legalEntities: [Call.mainEntity], permits: nil, hash: "")
    }
}

extension CallAnswer {
    /// Judges a call with the facts in its body, where there is no store.
    public static func preview(_ body: Node, under policy: LoadedPolicy) -> Result<CallAnswer, Faults> {
        let faults = FaultCollector()
        var reader = ObjectReader(body, faults: faults)
        let request = CallReader(policy).read(&reader)
        let at = reader.requireInstant("at")
        let call = policy.normalise(request)
        var facts = Facts()
        if var object = reader.object("facts") { facts = FactsReader(policy, call: call).read(&object) }
        reader.close()
        do throws(Faults) { try faults.check() } catch { return .failure(error) }
        let judgement = evaluate(call, facts, under: policy.snapshot, zones: policy.zones, at: at)
        let record = DecisionRecord(
            id: EntryID(at: at, sequence: 0, noise: 0), at: at, actor: "cli", call: call, facts: facts,
            judgement: judgement,
            snapshot: 0, zones: [])
        return .success(
            CallAnswer(
                record: record, id: nil, policy: policy.snapshot, policyID: policy.snapshot.id, listsID: "",
                tzdata: policy.snapshot.tzdata))
    }

    /// The answer for a person: the verdict, every reason with its law, and when the call would be allowed.
    public func explanation(chinese: Bool) -> String {
        let judgement = record.judgement
        func time(_ instant: Instant) -> String {
            instant.rfc3339(offsetSeconds: judgement.localOffset ?? 0, milliseconds: false)
        }
        func say(_ english: String, _ chineseText: String) -> String { chinese ? chineseText : english }
        var lines: [String] = []
        let number = record.call.number
        lines.append(
            judgement.verdict == .allow
                ? say("ALLOWED: the call may be made.", "允许外呼。") : say("DENIED: the call may not be made.", "禁止外呼。"))
        lines.append(
            "  \(number.e164?.description ?? record.call.phone)  \(number.type)  \(judgement.jurisdictions.joined(separator: ", "))  "
                + "\(record.call.purpose), \(record.call.mode.rawValue)  \(time(record.at))")
        for reason in judgement.reasons {
            let rule = policy.rule(reason.rule)
            let text = rule?.message(for: reason.detail)
            lines.append("")
            lines.append("  \(reason.rule)  [\(reason.kind.rawValue)]")
            lines.append("    \(chinese ? text?.chinese ?? "" : text?.english ?? "")")
            if let source = reason.source {
                lines.append(
                    "    " + say("the source `\(source.rawValue)` did not answer", "数据来源 \(source.rawValue) 不可用"))
            }
            if let rule {
                lines.append("    \(rule.status.rawValue): \(rule.citation)")
            }
            lines.append(
                "    "
                    + (reason.retryAt.map { say("passes at \(time($0))", "最早 \(time($0)) 通过") }
                        ?? say("time alone does not change this", "等待不会改变该结果")))
        }
        lines.append("")
        if judgement.verdict == .allow {
            if let until = judgement.validUntil {
                lines.append("  " + say("to be sent before \(time(until))", "须在 \(time(until)) 前拨出"))
            }
            lines.append("  " + say("obligations: ", "义务：") + judgement.obligations.map(\.kind).joined(separator: ", "))
        } else {
            lines.append(
                "  "
                    + (judgement.retryAt.map {
                        say("the same call would be allowed at \(time($0))", "同一外呼最早可在 \(time($0)) 进行")
                    }
                        ?? say("no time within 400 days would allow the same call", "400 天内没有可以拨打的时间")))
        }
        for aside in judgement.stoodAside {
            lines.append("  " + say("stood aside: \(aside.rule) (\(aside.why))", "规则让位：\(aside.rule)（\(aside.why)）"))
        }
        return lines.joined(separator: "\n")
    }
}

extension Gate {
    /// Indexes what was appended and checkpoints. Blocks.
    ///
    /// - Returns: How many entries are not yet indexed.
    public func maintain() throws -> Int { try store.maintain() }
}
