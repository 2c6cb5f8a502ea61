import GateModel

/// Which column of a file holds what.
struct ImportColumns {
    /// How a number is put together from its columns.
    enum Number { case whole, northAmerican, withArea, withPhoneCode }

    var number = Number.whole
    var phone = 0
    /// The column before the number: an area code or a country's calling code.
    var area: Int?
    var flag: Int?
    var from: Int?
    var until: Int?
    var category: Int?
    var answer: Int?
    var receivedAt: Int?
    /// Whether the first row names the columns and is no entry.
    var hasHeader = false

    /// Reads the first row.
    ///
    /// - Throws: ``SuppressionError/rejected(_:)`` where it leaves open which column holds the numbers, or lacks one
    ///   that the list needs.
    init(
        firstRow cells: [String], isUTF8: Bool, definition: ListDefinition, options: ImportOptions,
        isRemoval: Bool, normalise: (String) -> E164?
    ) throws(SuppressionError) {
        let format = options.format ?? .auto
        let header = Header(cells)
        if let wanted = options.phoneColumn, format == .csv || format == .auto {
            guard let place = try header.place(called: wanted, normalise) else {
                throw .rejected(isUTF8 ? .noPhoneColumn(found: ColumnNames.showable(cells)) : .notUTF8)
            }
            phone = place.column
            hasHeader = place.isNamed
        } else if format == .lines {
            hasHeader = cells[0].allSatisfy { !$0.isNumber }
        } else if let place = try header.only(ColumnNames.phone, isPhone: true) {
            phone = place
            hasHeader = true
        } else if let layout = try HeaderlessLayout(cells, format: format, normalise) {
            (number, phone, area, flag) = (layout.number, layout.phone, layout.area, layout.flag)
        } else {
            let hasDigit = cells.contains { $0.contains(where: \.isNumber) }
            guard !hasDigit, cells.count == 1 else {
                throw .rejected(isUTF8 ? .noPhoneColumn(found: ColumnNames.showable(cells)) : .notUTF8)
            }
            hasHeader = true
            if format == .areaCodes { number = .northAmerican }
        }
        if hasHeader, format != .lines { try read(header, format, definition, isRemoval: isRemoval) }
        try check(definition, columns: cells, isRemoval: isRemoval)
    }

    private mutating func read(
        _ header: Header, _ format: ImportOptions.Format, _ definition: ListDefinition, isRemoval: Bool
    ) throws(SuppressionError) {
        if let place = try header.only(ColumnNames.phoneCode) {
            (number, area) = (.withPhoneCode, place)
        } else if let place = try header.only(ColumnNames.area) {
            (number, area) = (format == .areaCodes ? .northAmerican : .withArea, place)
        } else if format == .areaCodes {
            number = .northAmerican
        }
        if format == .changes {
            guard let place = try header.only(ColumnNames.flag) else { throw .rejected(.missingColumn("flag")) }
            flag = place
        }
        guard !isRemoval, flag == nil else { return }
        category = header.first(ColumnNames.category)
        if definition.coverage == .asked {
            answer = try header.only(ColumnNames.answer)
            receivedAt = try header.only(ColumnNames.received)
        } else {
            from = try header.only(ColumnNames.from)
            until = try header.only(ColumnNames.until)
        }
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
}

/// The cells of a first row, which may be the names of columns.
struct Header {
    let cells: [String]
    private let names: [String]

    init(_ cells: [String]) {
        self.cells = cells
        names = cells.map(ColumnNames.canonical)
    }

    /// The only column with one of these names; nil where there is none.
    ///
    /// - Throws: Where several could be meant: taking the first would silently leave the others out.
    func only(_ known: Set<String>, isPhone: Bool = false) throws(SuppressionError) -> Int? {
        let places = names.indices.filter { known.contains(names[$0]) }
        guard places.count <= 1 else {
            let found = places.map { cells[$0] }
            throw .rejected(isPhone ? .ambiguousPhoneColumn(found) : .ambiguousColumn(found))
        }
        return places.first
    }

    func first(_ known: Set<String>) -> Int? { names.firstIndex { known.contains($0) } }

    /// The column that a person named, or pointed at as `#3`; nil where there is none.
    func place(
        called wanted: String, _ normalise: (String) -> E164?
    ) throws(SuppressionError) -> (column: Int, isNamed: Bool)? {
        if wanted.hasPrefix("#"), let number = Int(wanted.dropFirst()) {
            guard cells.indices.contains(number - 1) else { return nil }
            let cell = cells[number - 1]
            return (number - 1, cell.count(where: \.isNumber) < 5 && normalise(cell) == nil)
        }
        return try only([ColumnNames.canonical(wanted)], isPhone: true).map { ($0, true) }
    }
}
