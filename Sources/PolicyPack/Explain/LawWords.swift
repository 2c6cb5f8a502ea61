import Calendars
import GateModel
import RuleEngine

/// What stands in a ``LawPage`` beside the packs' own texts.
public struct LawWords {
    public enum Language: String, CaseIterable, Sendable {
        case english = "en"
        case chinese = "zh"
    }

    let language: Language

    func text(_ text: Localised) -> String { language == .english ? text.english : text.chinese }

    private func say(_ english: String, _ chinese: String) -> String { language == .english ? english : chinese }

    /// Ending of the files of pages in this language.
    var suffix: String { say("md", "zh.md") }

    var notice: String {
        say(
            "How the gate reads the law; not legal advice. Every rule that fails denies, and the strictest wins.",
            "本页为系统对法规的解读，不构成法律意见。任一规则不通过即拒绝，多地规则并存时从严。")
    }
    var beside: String { say("The rules of the country hold as well:", "国家层面的规则同时适用：") }
    var asOf: String { say("Facts as of", "资料截至") }
    var zones: String { say("Legal time", "法定时区") }
    var purposes: String { say("Purposes", "涵盖用途") }
    var anyHour: String { say("Deliberately without hours here", "本包有意不设时段的用途") }
    var registers: String { say("Registers to subscribe to", "须订阅的名册") }
    var watch: String { say("Not settled", "待跟踪") }
    var setting: String { say("Setting", "开关") }
    var on: String { say("on", "开") }
    var off: String { say("off", "关") }
    var appliesTo: String { say("Applies to", "适用于") }
    var unless: String { say("Unless", "除非") }
    var from: String { say("In force from", "生效") }
    var until: String { say("In force until (exclusive)", "失效（不含）") }
    var enabledBy: String { say("By the setting", "受开关控制") }
    var confidence: String { say("confidence", "可信度") }
    var citation: String { say("Source", "依据") }
    var obligations: String { say("Owed on the call", "通话义务") }
    var retention: String { say("Retention", "留存") }
    var minimum: String { say("at least", "至少") }
    var kept: String { say("kept", "默认") }

    func kind(_ kind: ReasonKind) -> String {
        switch kind {
        case .destination: say("Destination", "被叫号码")
        case .callerID: say("Caller id", "主叫号码")
        case .suppression: say("Who may not be called", "禁止拨打")
        case .consent: say("Consent", "同意")
        case .data: say("Data", "数据")
        case .hours: say("Hours", "时段")
        case .frequency: say("Caps", "频次")
        case .attribute: say("Conditions", "条件")
        case .campaign: say("Campaign", "活动")
        case .freshness: say("Freshness of registers", "名册时效")
        case .stop: say("Halts", "叫停")
        case .unavailable: say("What must be known", "必备信息")
        }
    }

    func status(_ status: LegalStatus) -> String {
        switch status {
        case .law: say("Law", "法律")
        case .regulation: say("Regulation", "法规规章")
        case .standard: say("Standard", "标准")
        case .selfRegulation: say("Self-regulation", "行业自律")
        case .localRule: say("Local rule", "地方规定")
        case .companyPolicy: say("Policy of the firm, not law", "本机构政策（非法定）")
        case .draft: say("Draft or not confirmed", "草案或未核实")
        }
    }

    /// Which calls; empty for every one.
    func calls(_ applies: Applicability) -> String {
        var parts: [String] = []
        func add(_ name: String, _ words: [String]?) {
            if let words, !words.isEmpty { parts.append("\(name) \(words.joined(separator: ", "))") }
        }
        add(say("purpose", "用途"), applies.purposes)
        add(say("not purpose", "除用途"), applies.exceptPurposes)
        add(say("mode", "方式"), applies.modes?.map(\.rawValue))
        add(say("not mode", "除方式"), applies.exceptModes.map(\.rawValue))
        add(say("product", "产品"), applies.products)
        add(say("type of number", "号码类型"), applies.numberTypes?.map(\.rawValue))
        add(say("in", "地区"), applies.subdivisions)
        add(say("number beginning", "号码开头"), applies.numberPrefixes)
        add(say("vendor", "外包机构"), applies.vendors)
        add(say("not vendor", "除外包机构"), applies.exceptVendors)
        if let attributes = applies.attributes { parts.append(PolicyPack.told(attributes as Any)) }
        return parts.joined(separator: say("; ", "；"))
    }

    func exception(_ exception: RuleException) -> String {
        switch exception {
        case .call(let applies): return say("the call is: ", "本次外呼：") + calls(applies)
        case .consent(let check):
            return say("a consent", "有同意") + consent(check).map { " (\($0))" }.joined()
        case .relationship(let test):
            let age: String =
                switch test.within {
                case .months(let months): say("\(months) months", "\(months)个月内")
                case .days(let days): say("\(days) days", "\(days)天内")
                case .ever: say("any time", "不限时间")
                }
            return say("a relationship within ", "既有业务关系，") + "\(age): \(test.kinds.joined(separator: ", "))"
        case .all(let parts): return parts.map(self.exception).joined(separator: say(", and ", "，且"))
        }
    }

    private func consent(_ check: ConsentCheck) -> [String] {
        var parts: [String] = []
        if let forms = check.forms { parts.append(forms.joined(separator: ", ")) }
        if let months = check.greatestAgeMonths { parts.append(say("at most \(months) months", "不超过\(months)个月")) }
        if check.needsAnyHour { parts.append(say("to any hour", "明确不限时段")) }
        if let list = check.afterListing { parts.append(say("after the entry on \(list)", "晚于\(list)登记")) }
        if check.matchesProduct { parts.append(say("for the product", "覆盖该产品")) }
        return parts
    }

    /// What a rule checks, a line each.
    func parameters(of body: RuleBody) -> [String] {
        switch body {
        case .hours(let check): return hours(check)
        case .frequency(let check): return [cap(check)]
        case .consent(let check): return consent(check)
        case .freshness(let list, let age):
            return [say("\(list): at most \(PolicyPack.told(age as Any))", "\(list)：不超过\(PolicyPack.told(age as Any))")]
        case .suppression(let sources): return sources.map(source)
        case .attribute(let conditions):
            return conditions.map { say("denied: ", "拒绝：") + PolicyPack.told($0 as Any) }
        case .abandonment(let check):
            return [say("above \(check.above)", "高于\(check.above)")]
                + (check.greatestAge.map { [say("counted within \(told($0 as Any))", "统计时间在\(told($0 as Any))内")] }
                    ?? [])
        case .data(let check):
            return check.permitted.map {
                [say("permitted: ", "允许：") + $0.sorted().joined(separator: ", ")]
            } ?? []
        default: return []
        }
    }

    private func source(_ source: SuppressionSource) -> String {
        switch source {
        case .list(let test):
            let grace = test.graceDays.map { say(", \($0) days after the entry", "，登记满\($0)天起") } ?? ""
            let answers = test.answers.map { say(", answer ", "，答复") + $0.joined(separator: ", ") } ?? ""
            return say("list ", "名单 ") + test.name + grace + answers
        case .optOut(let match):
            let strength = match.strength?.rawValue ?? say("any", "任一")
            let rest =
                match.fullDays.map { say(", \($0) full days", "，\($0)个整日") }
                ?? match.rest.map { ", \(PolicyPack.told($0 as Any))" } ?? ""
            return say("refusal: ", "拒绝记录：") + strength + rest
        case .complaint: return say("complaint", "投诉")
        case .otherLists: return say("every other list", "其他名单")
        case .attempt(let within, _, _): return say("a call within ", "此前外呼：") + PolicyPack.told(within as Any)
        }
    }

    private func hours(_ check: HoursCheck) -> [String] {
        var lines: [String] = []
        for key in WeeklyWindows.Key.allCases {
            guard let windows = check.windows.windows[key] else { continue }
            let times = windows.isEmpty ? say("none", "不得拨打") : windows.map(\.description).joined(separator: ", ")
            lines.append("\(day(key)): \(times)")
        }
        if !check.lifts.isEmpty {
            lines.append(say("lifted by ", "可由以下解除：") + check.lifts.map(\.rawValue).joined(separator: ", "))
        }
        return lines
    }

    private func day(_ key: WeeklyWindows.Key) -> String {
        switch key {
        case .holiday: say("holidays", "节假日")
        case .eve: say("the day before a holiday", "节假日前一日")
        case .monday: say("Monday", "周一")
        case .tuesday: say("Tuesday", "周二")
        case .wednesday: say("Wednesday", "周三")
        case .thursday: say("Thursday", "周四")
        case .friday: say("Friday", "周五")
        case .saturday: say("Saturday", "周六")
        case .sunday: say("Sunday", "周日")
        case .restday: say("weekends", "周末")
        case .workday: say("working days", "工作日")
        case .every: say("every day", "每天")
        }
    }

    private func cap(_ check: FrequencyCheck) -> String {
        let same = check.same.isEmpty ? "" : say(", same ", "，同一") + check.same.map(\.rawValue).joined(separator: ", ")
        let per = check.per.map(\.rawValue).joined(separator: ", ")
        return say(
            "at most \(check.max) \(check.count.rawValue) within \(check.within.told), per \(per)\(same)",
            "\(check.within.told)内至多\(check.max)次（\(check.count.rawValue)），按\(per)\(same)")
    }
}
