import GateModel

/// A part of a report: one CSV file, and a table of its page.
public enum ReportTable: String, CaseIterable, Sendable {
    case calls, counts, denials, refusals, complaints, access, changes, stops, unreported, reconciliations
    case accessCounts = "access_counts"

    public var file: String { rawValue + ".csv" }

    func title(_ say: Wording) -> String {
        switch self {
        case .calls: say("Calls", "外呼明细")
        case .counts: say("Calls by verdict", "外呼统计")
        case .denials: say("Denials by rule", "禁止外呼的原因（按规则）")
        case .refusals: say("Refusals and their time to effect", "客户拒绝及生效时间")
        case .complaints: say("Complaints", "投诉")
        case .access: say("Access to personal data", "个人信息访问记录")
        case .accessCounts: say("Access to personal data, counted", "个人信息访问统计")
        case .changes: say("Changes, with both persons", "变更及双人复核")
        case .stops: say("Stops", "停呼")
        case .unreported: say("Unreported attempts by vendor", "未回传结果的外呼（按外呼机构）")
        case .reconciliations: say("Differences with call records", "话单核对差异")
        }
    }

    /// What the table says and leaves out; nil where its headings are enough.
    func note(_ say: Wording) -> String? {
        switch self {
        case .denials:
            say(
                "A denied call counts for each rule that denied it, and for each of that rule's reasons; the first one is the "
                    + "reason that was told first.",
                "一次被禁止的外呼按每条触发的规则及其每项原因分别计数；首要原因为最先给出的原因。")
        case .refusals:
            say(
                "A refusal holds from the next entry of the log on. The delay is the time from when it was said to when "
                    + "it was recorded; the next decision on the number is the first that could see it.",
                "拒绝自日志中下一条记录起生效。延迟为客户表示拒绝至记录入库的时间；“其后首次决定”为最早可见该拒绝的决定。")
        case .complaints:
            say(
                "Complaints received in the period, and earlier ones of which a step was due or done in it.",
                "本期收到的投诉，以及更早收到、本期内有应办或已办事项的投诉。")
        case .changes:
            say(
                "The first person made or asked for it, the second approved it. Where no second stands, one person alone acted.",
                "第一人为发起人，第二人为复核人；无第二人的，由一人办理。")
        case .stops:
            say(
                "Every stop that was in force in the period. The duration ends with the report's period where the stop "
                    + "still holds.", "本期内有效的全部停呼。仍在生效的，时长计算至本期末。")
        case .unreported:
            say(
                "Allowed calls of which nothing was reported by the time it was due. They count as attempts.",
                "允许外呼后，逾期未回传结果的，仍计入外呼次数。")
        default: nil
        }
    }

    func headings(_ say: Wording) -> [String] {
        let at = [say("time (UTC)", "时间（UTC）"), say("time (report)", "时间（报告时区）")]
        func times(_ english: String, _ chinese: String) -> [String] {
            [say("\(english) (UTC)", "\(chinese)（UTC）"), say("\(english) (report)", "\(chinese)（报告时区）")]
        }
        switch self {
        case .calls: return CallRow.headings(say)
        case .counts: return [say("by", "维度"), say("value", "取值"), say("allowed", "允许外呼"), say("denied", "禁止外呼")]
        case .denials:
            return [
                say("rule", "规则"), say("kind", "类型"), say("denied calls", "被拒外呼"), say("told first", "首要原因"),
                say("message", "说明"), say("citation", "依据"),
            ]
        case .refusals:
            return [say("refusal", "拒绝编号"), say("called (masked)", "被叫（脱敏）")] + times("said", "表示时间")
                + times("recorded", "记录时间") + [
                    say("delay (ms)", "延迟（毫秒）"), say("purposes", "用途"), say("strength", "程度"), say("source", "来源"),
                    say("import", "批次"), say("next decision", "其后首次决定"), say("its verdict", "该决定结论"),
                    say("its time (UTC)", "该决定时间（UTC）"),
                ]
        case .complaints:
            return [say("complaint", "投诉编号"), say("called (masked)", "被叫（脱敏）")] + times("received", "收到时间") + [
                say("class", "类别"), say("channel", "渠道"), say("reference", "外部编号"), say("due", "期限"),
                say("steps done", "已办事项"), say("extensions", "延期"),
            ] + times("closed", "办结时间") + [say("overdue", "逾期事项"), say("entry", "记录编号")]
        case .access:
            return at + [
                say("person", "人员"), say("key", "密钥"), say("what", "方式"), say("reason", "事由"),
                say("subject", "对象（不透明编号）"),
            ]
        case .accessCounts:
            return [say("person", "人员"), say("what", "方式"), say("reason", "事由"), say("times", "次数")]
                + times("first", "首次") + times("last", "末次")
        case .changes:
            return at + [
                say("what", "对象"), say("name", "名称"), say("action", "动作"), say("first person", "第一人"),
                say("second person", "第二人"), say("reason or detail", "事由或说明"), say("entry", "记录编号"),
            ]
        case .stops:
            return [say("stop", "停呼编号"), say("scope", "范围")] + times("from", "开始") + times("until", "结束") + [
                say("duration (s)", "时长（秒）"), say("made by", "发起人"), say("lifted by", "解除人"), say("reason", "事由"),
            ]
        case .unreported:
            return [say("vendor", "外呼机构"), say("allowed", "允许外呼"), say("unreported", "未回传")] + times("oldest", "最早一次")
        case .reconciliations:
            return at + [say("person", "人员"), say("source", "来源"), "SHA-256", say("vendor", "外呼机构")]
                + [say("from (UTC)", "起（UTC）"), say("to (UTC)", "止（UTC）"), say("calls", "话单数"), say("agree", "相符")]
                + DifferenceKind.allCases.map { say.title($0) }
        }
    }
}
