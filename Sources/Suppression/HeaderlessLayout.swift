import GateModel

/// What the columns of a file without a header are, found by how the cells of its first row look.
struct HeaderlessLayout {
    var number = ImportColumns.Number.whole
    var phone = 0
    var area: Int?
    var flag: Int?

    /// Fields of a lead in a file that VICIdial exports without a header: phone code and number are the fourth and the
    /// fifth; files of old versions lack the last ones.
    private static let leadFields = 20

    /// Nil where no cell can be a number, so that the row is a header or nothing.
    ///
    /// - Throws: ``SuppressionError/rejected(_:)`` for a layout that is not the declared one, or must be declared.
    init?(
        _ cells: [String], format: ImportOptions.Format, _ normalise: (String) -> E164?
    ) throws(SuppressionError) {
        let digits = cells.map { $0.count(where: \.isNumber) }
        guard digits.contains(where: { $0 > 0 }) else { return nil }
        func hasOnlyDigits(_ place: Int, _ count: Int) -> Bool { isDigits(cells[place], count...count) }
        let areaPlace = cells.indices.first { hasOnlyDigits($0, 3) }
        let localPlace = areaPlace.flatMap { area in cells.indices.first { $0 > area && hasOnlyDigits($0, 7) } }
        let flags = cells.indices.filter { ["a", "d"].contains(cells[$0].lowercased()) }

        switch format {
        case .areaCodes:
            guard cells.count == 1 || cells.count == 2 && localPlace == 1 else {
                throw .rejected(.otherLayout(format, wanted: "`AAA,NNNNNNN` or `AAANNNNNNN` on each line"))
            }
            // Both forms may stand in one file.
            (number, phone, area) = (.northAmerican, 1, 0)
        case .changes:
            guard flags.count == 1 else {
                throw .rejected(.otherLayout(format, wanted: "one column with A or D, or a header with `flag`"))
            }
            flag = flags[0]
            if let areaPlace, let localPlace {
                (number, phone, area) = (.northAmerican, localPlace, areaPlace)
            } else {
                phone = try Self.likeliest(cells, digits, normalise)
            }
        case .vicidialLeads:
            guard cells.count >= 5, isDigits(cells[3], 1...4) else {
                throw .rejected(
                    .otherLayout(format, wanted: "VICIdial's order of fields, or a header with `phone_number`"))
            }
            (number, phone, area) = (.withPhoneCode, 4, 3)
        case .auto where cells.count == 2 && localPlace == 1 && cells[0] >= "2":
            (number, phone, area) = (.northAmerican, 1, 0)
        case .auto where cells.count >= Self.leadFields && isDigits(cells[3], 1...4) && isDigits(cells[4], 6...15):
            (number, phone, area) = (.withPhoneCode, 4, 3)
        case .auto where flags.count == 1 && (localPlace != nil || cells.count == 2):
            throw .rejected(.undeclaredChanges)
        default:
            phone = try Self.likeliest(cells, digits, normalise)
        }
    }

    private static func likeliest(
        _ cells: [String], _ digits: [Int], _ normalise: (String) -> E164?
    ) throws(SuppressionError) -> Int {
        guard cells.count > 1 else { return 0 }
        if let place = cells.indices.first(where: { digits[$0] >= 5 && normalise(cells[$0]) != nil }) { return place }
        // The first row's number may be a bad one; a column of at least seven digits is still the likeliest.
        if let place = digits.firstIndex(where: { $0 >= 7 }) { return place }
        if let place = cells.firstIndex(where: { $0.hasPrefix("+") && $0.hasSuffix("*") }) { return place }
        throw .rejected(.noPhoneColumn(found: []))
    }
}

/// Whether a text is nothing but so many ASCII digits.
func isDigits(_ text: String, _ count: ClosedRange<Int>) -> Bool {
    count.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
}
