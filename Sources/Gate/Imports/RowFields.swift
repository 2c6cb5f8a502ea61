import PolicyPack
import RuleEngine

/// How the text of a cell becomes a value.
enum CellType {
    case text, boolean
    /// Words separated by `|`, `;` or `、`.
    case words
    /// An instant, or a local time where the file's zone is known. A date alone stands for the start of its day, for its
    /// end where that allows fewer calls, and for nothing where a time of day is needed.
    case instant(date: DateMeaning?)
    /// As the policy declares the attribute.
    case attribute

    enum DateMeaning { case startOfDay, endOfDay }
}

/// A column that a file of rows may have.
struct RowField {
    /// The JSON name.
    var name: String
    var type: CellType
    /// What the column is called in Chinese.
    var aliases: [String]

    init(_ name: String, _ type: CellType = .text, _ aliases: String...) {
        (self.name, self.type, self.aliases) = (name, type, aliases)
    }
}

extension ImportKind {
    /// Every column of this kind but its attributes.
    var fields: [RowField] { RowField.common + own }

    /// Columns that a file must have, by JSON name; of several names one.
    var requiredColumns: [[String]] {
        switch self {
        case .consents:
            [["phone"], ["purposes"], ["products"], ["modes"], ["form"], ["obtained_at"], ["source_ref"]]
        case .optOuts: [["phone", "customer"], ["purposes"]]
        case .relationships: [["phone", "customer"], ["kind"], ["last_at"]]
        case .attempts: [["phone"], ["at"], ["purpose"], ["source_ref"]]
        case .campaigns: [["id"], ["purpose"]]
        case .callerIDs: [["number"]]
        }
    }

    var hasAttributes: Bool { self == .attempts || self == .campaigns }

    private var own: [RowField] {
        switch self {
        case .consents:
            RowField.person + [
                RowField("purposes", .words, "用途", "目的", "呼叫用途"), RowField("products", .words, "产品", "产品类别"),
                RowField("modes", .words, "呼叫方式", "外呼方式"), RowField("channel", .text, "渠道"),
                RowField("form", .text, "同意方式", "同意形式"), RowField("bundled", .boolean, "捆绑同意"),
                RowField("third_party", .boolean, "第三方取得"), RowField("any_hour", .boolean, "不限时段"),
                RowField("data_fields", .words, "数据字段"),
                RowField("obtained_at", .instant(date: .startOfDay), "取得时间", "同意时间", "授权时间"),
                RowField("expires_at", .instant(date: .startOfDay), "到期时间", "失效时间", "有效期至"),
                RowField("evidence_ref", .text, "证据编号", "凭证编号"), RowField("evidence_sha256", .text, "证据摘要"),
            ]
        case .optOuts:
            RowField.person + [
                RowField("purposes", .words, "用途", "目的", "呼叫用途"), RowField("strength", .text, "拒绝强度"),
                RowField("at", .instant(date: .endOfDay), "时间", "拒绝时间"),
                RowField("evidence_ref", .text, "证据编号", "凭证编号"),
            ]
        case .relationships:
            RowField.person + [
                RowField("kind", .text, "关系", "关系类型"),
                RowField("last_at", .instant(date: .startOfDay), "最近时间", "最近往来时间"),
                RowField("evidence_ref", .text, "证据编号", "凭证编号"),
            ]
        case .attempts:
            RowField.person + [
                RowField("at", .instant(date: nil), "时间", "呼叫时间"), RowField("purpose", .text, "用途", "目的", "呼叫用途"),
                RowField("outcome", .text, "结果", "呼叫结果"), RowField("mode", .text, "呼叫方式", "外呼方式"),
                RowField("product", .text, "产品", "产品类别"), RowField("campaign", .text, "活动", "活动编号"),
                RowField("event", .text, "事件", "案件编号"), RowField("direction", .text, "方向"),
                RowField("ended_at", .instant(date: nil), "结束时间"), RowField("vendor", .text, "供应商"),
                RowField("caller_id", .text, "主叫号码"), RowField("agent", .text, "坐席"),
                RowField("recording_ref", .text, "录音编号"),
            ]
        case .campaigns:
            [
                RowField("id", .text, "活动", "活动编号"), RowField("purpose", .text, "用途", "目的"),
                RowField("product", .text, "产品", "产品类别"), RowField("caller_ids", .words, "主叫号码"),
                RowField("script", .text, "话术"), RowField("starts_at", .instant(date: .startOfDay), "开始时间"),
                RowField("ends_at", .instant(date: .startOfDay), "结束时间"),
            ]
        case .callerIDs:
            [
                RowField("number", .text, "主叫号码", "号码"), RowField("region", .text, "地区"),
                RowField("purposes", .words, "用途", "目的"), RowField("filing_ref", .text, "备案编号"),
                RowField("outbound_approved", .boolean, "外呼许可"),
            ]
        }
    }
}

extension RowField {
    fileprivate static let common = [
        RowField("source", .text, "来源"), RowField("source_ref", .text, "来源编号"),
        RowField("legal_entity", .text, "法人", "法人主体"),
    ]

    fileprivate static let person = [
        RowField("phone", .text, "电话", "电话号码", "手机", "手机号", "手机号码", "联系电话"),
        RowField("customer", .text, "客户号", "客户编号"), RowField("region", .text, "地区"),
    ]
}
