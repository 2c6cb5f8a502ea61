/// The names by which columns are found, without the spaces and signs that people put into them.
enum ColumnNames {
    static let phone: Set<String> = [
        "phone", "phones", "number", "mobile", "tel", "telephone", "cell", "cellphone", "phonenumber", "mobilenumber",
        "mobilephone", "telephonenumber", "telnumber", "telno", "phoneno", "mobileno", "msisdn", "e164",
        "电话", "电话号码", "手机", "手机号", "手机号码", "号码", "联系电话", "联系方式", "移动电话", "客户电话", "客户手机号",
        "電話", "電話號碼", "手機", "手機號", "手機號碼", "號碼",
    ]
    static let area: Set<String> = ["areacode", "area", "npa", "区号", "區號"]
    static let phoneCode: Set<String> = ["phonecode", "countrycallingcode", "callingcode", "dialingcode", "国家码", "國碼"]
    static let flag: Set<String> = ["flag", "changeflag", "change", "action", "operation", "变更", "操作", "变更标志", "變更"]
    static let from: Set<String> = [
        "from", "since", "start", "startdate", "registeredat", "effectivedate", "生效日期", "生效时间", "开始日期", "起始日期",
        "登记日期",
    ]
    static let until: Set<String> = [
        "until", "end", "enddate", "expires", "expiresat", "expirydate", "失效日期", "失效时间", "截止日期", "结束日期",
        "到期日",
    ]
    static let category: Set<String> = ["category", "type", "类别", "分类", "类型"]
    static let answer: Set<String> = ["answer", "result", "response", "结果", "答复"]
    static let received: Set<String> = ["receivedat", "received", "askedat", "at", "date", "查询时间", "接收时间"]

    /// Lower case, without the spaces and signs that people put into column names.
    static func canonical(_ name: String) -> String {
        String(name.lowercased().filter { !$0.isWhitespace && !"_-.:#*（）()".contains($0) })
    }

    /// Column names that may be shown: a cell with many digits is no name but data.
    static func showable(_ cells: [String]) -> [String] {
        cells.prefix(20).filter { $0.count <= 40 && $0.count(where: \.isNumber) < 5 }
    }
}
