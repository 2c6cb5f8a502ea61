import Documents
import GateModel
import Ledger
import RuleEngine

/// Evidence for people: one page, Chinese and English side by side, without a script and without anything from elsewhere.
/// Everything that somebody wrote is escaped.
struct EvidenceReport {
    private let told: EvidenceTelling
    /// Seconds east of UTC in which times are told: those of the first decision, else UTC.
    private let offset: Int

    init(_ told: EvidenceTelling) {
        self.told = told
        offset = told.evidence.entries.lazy.compactMap { told.records[$0.core.id]?.judgement.localOffset }.first ?? 0
    }

    var html: String {
        var page = EvidenceReport.head
        page += "<h1>外呼决策证据 · Evidence of call decisions</h1>\n"
        page += table(summary)
        page += EvidenceReport.explanation
        for entry in told.evidence.entries { page += section(entry) }
        return page + "</body>\n</html>\n"
    }

    private var summary: [(String, String)] {
        let entries = told.evidence.entries
        let about = told.making.body["decision"]?.string ?? told.making.body["complaint"]?.string
        let numbers = Set(entries.compactMap { $0.opened?.part.number }).sorted()
        let customers = Set(entries.compactMap { $0.opened?.part.customer }).sorted()
        let erased = entries.count { $0.isErased }
        return [
            ("关于 About", about ?? "该号码或客户的全部记录 every entry on the number or customer"),
            ("号码 Number", numbers.isEmpty ? "—" : numbers.joined(separator: ", ")),
            ("客户 Customer", customers.isEmpty ? "—" : customers.joined(separator: ", ")),
            ("导出时间 Made at", time(told.making.core.at)),
            (
                "导出人 Made by",
                [told.making.core.actor, told.making.body["owner"]?.string].compactMap(\.self)
                    .joined(separator: ", ")
            ),
            ("导出理由 Reason", told.making.body["reason"]?.string ?? "—"),
            (
                "记录 Entries",
                "\(entries.count)，其中决策 of them decisions \(told.records.count)，"
                    + "已删除个人信息 erased \(erased)"
            ),
            ("日志 Log", "\(told.checkpoint.origin), \(told.checkpoint.size) 条 entries"),
            ("根哈希 Root", "\(told.checkpoint.root)"), ("公钥 Public key", "\(told.evidence.key)"),
        ]
    }

    // MARK: One entry

    private func section(_ entry: EvidenceEntry) -> String {
        let (chinese, english) = entry.core.kind.title
        var text = "<section id=\"e\(entry.sequence)\">\n<h2>\(chinese) · \(english) <small>#\(entry.sequence) · "
        text += "\(escape(time(entry.core.at)))</small></h2>\n"
        if entry.isErased {
            text +=
                "<p class=\"note\">个人信息已删除，本记录仍在日志中。 "
                + "The personal data was erased; the entry is still in the log.</p>\n"
        }
        var rows: [(String, String)] = [
            ("编号 Id", entry.core.id.description), ("操作人 By", entry.core.actor),
        ]
        let titles = ["phone": "号码 Number", "customer": "客户 Customer", "agent": "坐席 Agent"]
        for (field, value) in entry.opened?.names ?? [] { rows.append((titles[field] ?? field, value)) }
        if let record = told.records[entry.core.id] {
            text += verdict(record)
            text += table(rows + call(record))
            text += reasons(record)
            text += lists(record, isErased: entry.isErased)
            if !entry.isErased { text += facts(record) }
        } else {
            let details = try? JSONParser.parse(entry.core.details(keys: [], personal: entry.opened?.part))
            text += table(rows + (details.map { members($0) } ?? []))
        }
        return text + "</section>\n"
    }

    private func verdict(_ record: DecisionRecord) -> String {
        let isAllowed = record.judgement.verdict == .allow
        return "<p class=\"\(isAllowed ? "allow" : "deny")\">\(isAllowed ? "允许外呼 Allowed" : "禁止外呼 Denied")</p>\n"
    }

    private func call(_ record: DecisionRecord) -> [(String, String)] {
        let (call, judgement) = (record.call, record.judgement)
        let snapshot = told.snapshots[record.snapshot]
        var rows: [(String, String?)] = [
            (
                "当地时间 Local time",
                judgement.localOffset.map { record.at.rfc3339(offsetSeconds: $0, milliseconds: false) }
            ),
            ("用途 Purpose", call.purpose), ("方式 Mode", call.mode.rawValue), ("活动 Campaign", call.campaign),
            ("产品 Product", call.product), ("主叫 Caller id", call.callerID?.text), ("话术 Script", call.script),
            ("外呼方 Vendor", call.vendor), ("法人主体 Legal entity", call.legalEntity),
            ("有效至 Valid until", judgement.validUntil.map(time)), ("最早可拨 Retry at", judgement.retryAt.map(time)),
            ("义务 Obligations", judgement.obligations.map(\.kind).joined(separator: ", ")),
            ("让位规则 Stood aside", judgement.stoodAside.map { "\($0.rule) (\($0.why))" }.joined(separator: ", ")),
            ("适用地 Jurisdictions", judgement.jurisdictions.joined(separator: ", ")),
        ]
        rows += [("政策 Policy", snapshot?.policyID), ("名单 Lists", snapshot?.listsID), ("时区数据 tzdata", snapshot?.tzdata)]
        return rows.compactMap { title, value in value.flatMap { $0.isEmpty ? nil : (title, $0) } }
    }

    private func reasons(_ record: DecisionRecord) -> String {
        guard !record.judgement.reasons.isEmpty else { return "" }
        let policy = told.snapshots[record.snapshot]?.pinned.policy
        let rows = record.judgement.reasons.map { reason in
            let rule = policy?.rule(reason.rule)
            let message = rule?.message(for: reason.detail)
            return [
                "<code>\(escape(reason.rule))</code>",
                escape(message?.chinese ?? "") + "<br>" + escape(message?.english ?? ""),
                escape(rule?.citation ?? ""), escape(reason.retryAt.map(time) ?? "—"),
            ]
        }
        return grid("理由 Reasons", ["规则 Rule", "说明 Message", "依据 Citation", "最早通过 Passes at"], rows)
    }

    private func lists(_ record: DecisionRecord, isErased: Bool) -> String {
        let rows = told.lists(of: record, isErased: isErased).map { list in
            [
                escape(list.name), escape(list.version.map { "\($0)" } ?? "—"), escape(list.asOf ?? "—"),
                escape(list.state),
                list.isListed.map { $0 ? "<b>命中 listed</b>" : "未命中 not listed" } ?? "已删除 erased",
                "<code>\(escape(list.sha256 ?? "—"))</code>",
            ]
        }
        return grid(
            "当时的名单 Lists as they stood",
            ["名单 List", "版本 Version", "数据日期 As of", "状态 State", "结果 Result", "SHA-256"], rows)
    }

    private func facts(_ record: DecisionRecord) -> String {
        var rows: [[String]] = []
        func add(_ kind: String, _ id: String?, _ text: String) {
            rows.append([kind, escape(id ?? "—"), escape(text)])
        }
        let facts = record.facts
        for consent in facts.consents {
            let end = consent.withdrawnAt.map { ", 撤回 withdrawn \(time($0))" } ?? ""
            add(
                "同意 Consent", consent.id,
                "\(consent.form), \(consent.purposes.words.joined(separator: " ")), \(time(consent.obtainedAt))\(end)")
        }
        for optOut in facts.optOuts {
            let end = optOut.liftedAt.map { ", 解除 lifted \(time($0))" } ?? ""
            add(
                "拒绝 Refusal", optOut.id,
                "\(optOut.strength.rawValue), \(optOut.purposes.words.joined(separator: " ")), \(time(optOut.at))\(end)"
            )
        }
        for complaint in facts.complaints {
            let end = complaint.closedAt.map { ", 办结 closed \(time($0))" } ?? ""
            add("投诉 Complaint", complaint.number, time(complaint.receivedAt) + end)
        }
        for relation in facts.relationships {
            add("业务关系 Relationship", relation.id, "\(relation.kind), \(time(relation.lastAt))")
        }
        for appointment in facts.appointments {
            add("预约 Appointment", appointment.id, "\(time(appointment.from)) – \(time(appointment.to))")
        }
        for attempt in facts.attempts {
            add(
                "此前外呼 Earlier call", attempt.id, "\(attempt.purpose), \(attempt.outcome ?? "open"), \(time(attempt.at))"
            )
        }
        for stop in facts.stops { add("叫停 Stop", stop.id, stop.reason ?? "") }
        for emergency in facts.emergencies {
            let end = emergency.to.map { " – \(time($0))" } ?? ""
            add("紧急状态 Emergency", nil, "\(emergency.subdivision), \(time(emergency.from))\(end)")
        }
        if let rate = facts.abandonmentRate {
            add("弃呼率 Abandonment rate", nil, "\(rate)" + (facts.abandonmentAsOf.map { ", \(time($0))" } ?? ""))
        }
        return grid("当时的事实 Facts on record", ["种类 Kind", "编号 Id", "内容 Content"], rows)
    }

    // MARK: Text

    /// The members of a JSON object as rows; inner values as JSON.
    private func members(_ node: Node) -> [(String, String)] {
        guard case .object(let members) = node.value else { return [] }
        return members.filter { !$0.node.isNull }.map { member in
            let text = member.node.string.map { text in Instant(rfc3339: text).map(time) ?? text }
            var json = JSONWriter()
            json.node(member.node)
            return (member.name, text ?? json.text)
        }
    }

    private func time(_ instant: Instant) -> String { instant.rfc3339(offsetSeconds: offset, milliseconds: false) }

    private func table(_ rows: [(String, String)]) -> String {
        "<table>\n" + rows.map { "<tr><th>\(escape($0))</th><td>\(escape($1))</td></tr>\n" }.joined() + "</table>\n"
    }

    /// - Parameter rows: Cells that are HTML already.
    private func grid(_ title: String, _ heads: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let body = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>\n" }.joined()
        return "<h3>\(title)</h3>\n<table>\n<tr>" + heads.map { "<th>\($0)</th>" }.joined() + "</tr>\n\(body)</table>\n"
    }

    private func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            // What turns the direction of writing could make a page read otherwise than it is.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}", "\u{7F}":
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
