import GateModel

/// Which column of a file holds what.
struct ImportColumns {
    var phone = 0
    var from: Int?
    var until: Int?
    var category: Int?
    var answer: Int?
    var receivedAt: Int?
    /// Whether the first row names the columns and is no entry.
    var hasHeader = false

    private static let phoneNames: Set<String> = [
        "phone", "phones", "number", "mobile", "tel", "telephone", "cell", "cellphone", "phonenumber", "mobilenumber",
        "mobilephone", "telephonenumber", "telnumber", "telno", "phoneno", "mobileno", "msisdn", "e164",
        "电话", "电话号码", "手机", "手机号", "手机号码", "号码", "联系电话", "联系方式", "移动电话", "客户电话", "客户手机号",
        "電話", "電話號碼", "手機", "手機號", "手機號碼", "號碼",
    ]
    private static let fromNames: Set<String> = [
        "from", "since", "start", "startdate", "registeredat", "effectivedate", "生效日期", "生效时间", "开始日期", "起始日期",
        "登记日期",
    ]
    private static let untilNames: Set<String> = [
        "until", "end", "enddate", "expires", "expiresat", "expirydate", "失效日期", "失效时间", "截止日期", "结束日期",
        "到期日",
    ]
    private static let categoryNames: Set<String> = ["category", "type", "类别", "分类", "类型"]
    private static let answerNames: Set<String> = ["answer", "result", "response", "结果", "答复"]
    private static let receivedNames: Set<String> = ["receivedat", "received", "askedat", "at", "date", "查询时间", "接收时间"]

    /// Reads the first row.
    ///
    /// - Throws: ``SuppressionError/rejected(_:)`` where it leaves open which column holds the numbers, or lacks one
    ///   that the list needs.
    init(
        firstRow cells: [String], isUTF8: Bool, definition: ListDefinition, options: ImportOptions,
        isRemoval: Bool, normalise: (String) -> E164?
    ) throws(SuppressionError) {
        let names = cells.map(Self.canonical)
        func places(_ known: Set<String>) -> [Int] { names.indices.filter { known.contains(names[$0]) } }

        if let wanted = options.phoneColumn {
            guard let place = names.firstIndex(of: Self.canonical(wanted)) else {
                throw .rejected(isUTF8 ? .noPhoneColumn(found: Self.showable(cells)) : .notUTF8)
            }
            phone = place
            hasHeader = true
        } else if let place = places(Self.phoneNames).first {
            let all = places(Self.phoneNames)
            // Taking the first would silently leave the numbers of the others out.
            guard all.count == 1 else { throw .rejected(.ambiguousPhoneColumn(all.map { cells[$0] })) }
            phone = place
            hasHeader = true
        } else {
            let hasDigit = cells.contains { $0.contains(where: \.isNumber) }
            guard hasDigit || cells.count == 1 else {
                throw .rejected(isUTF8 ? .noPhoneColumn(found: Self.showable(cells)) : .notUTF8)
            }
            hasHeader = !hasDigit
            phone = try Self.phoneWithoutHeader(cells, normalise)
        }
        if hasHeader {
            from = places(Self.fromNames).first
            until = places(Self.untilNames).first
            category = places(Self.categoryNames).first
            answer = places(Self.answerNames).first
            receivedAt = places(Self.receivedNames).first
        }
        try check(definition, columns: cells, isRemoval: isRemoval)
    }

    private static func phoneWithoutHeader(
        _ cells: [String], _ normalise: (String) -> E164?
    ) throws(SuppressionError) -> Int {
        guard cells.count > 1 else { return 0 }
        let digits = cells.map { $0.count(where: \.isNumber) }
        if let place = cells.indices.first(where: { digits[$0] >= 5 && normalise(cells[$0]) != nil }) { return place }
        // The first row's number may be a bad one; a column of at least seven digits is still the likeliest.
        if let place = digits.firstIndex(where: { $0 >= 7 }) { return place }
        throw .rejected(.noPhoneColumn(found: []))
    }

    private func check(
        _ definition: ListDefinition, columns: [String], isRemoval: Bool
    ) throws(SuppressionError) {
        guard !isRemoval else { return }
        if definition.coverage == .asked {
            guard answer != nil else { throw .rejected(.missingColumn("answer")) }
            return
        }
        guard definition.effect == .exempt else { return }
        // A period that is not read makes an exemption longer; for suppression it only errs on the strict side.
        if definition.entries == .plain, let place = until ?? from {
            throw .rejected(.undeclaredPeriods(columns[place]))
        }
        if definition.entries == .dated, !hasHeader, columns.count > 1 {
            throw .rejected(.headerNeeded("the list exempts and its periods must be known"))
        }
    }

    /// Lower case, without the spaces and signs that people put into column names.
    private static func canonical(_ name: String) -> String {
        String(name.lowercased().filter { !$0.isWhitespace && !"_-.:#".contains($0) })
    }

    /// Column names that may be shown: a cell with many digits is no name but data.
    private static func showable(_ cells: [String]) -> [String] {
        cells.prefix(20).filter { $0.count <= 40 && $0.count(where: \.isNumber) < 5 }
    }
}
