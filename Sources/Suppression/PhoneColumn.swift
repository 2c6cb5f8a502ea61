import GateModel

/// Which column of a file holds the numbers, and how columns are named. Lists and campaign files share this.
public enum PhoneColumn {
    /// Finds the column by the file's first row.
    ///
    /// - Parameters:
    ///   - isUTF8: Whether the row is UTF-8; names that are not cannot be known.
    ///   - wanted: The column's name; nil finds it by the names that are known, else by what it holds.
    ///   - normalise: Reads a number; nil for what is none.
    /// - Returns: The column, counted from 0, and whether the first row names columns and is no entry.
    /// - Throws: ``SuppressionError/rejected(_:)`` where the row leaves it open.
    public static func find(
        in cells: [String], isUTF8: Bool, named wanted: String?, normalise: (String) -> E164?
    ) throws(SuppressionError) -> (index: Int, hasHeader: Bool) {
        let header = Header(cells)
        if let wanted {
            guard let place = try header.place(called: wanted, normalise) else {
                throw .rejected(isUTF8 ? .noPhoneColumn(found: ColumnNames.showable(cells)) : .notUTF8)
            }
            return (place.column, place.isNamed)
        }
        if let place = try header.only(ColumnNames.phone, isPhone: true) { return (place, true) }
        let hasDigit = cells.contains { $0.contains(where: \.isNumber) }
        guard hasDigit || cells.count == 1 else {
            throw .rejected(isUTF8 ? .noPhoneColumn(found: ColumnNames.showable(cells)) : .notUTF8)
        }
        return (try phoneWithoutHeader(cells, normalise), !hasDigit)
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

    /// Lower case, without the spaces and signs that people put into column names.
    public static func canonical(_ name: String) -> String { ColumnNames.canonical(name) }

    /// `1.38E+10` has lost its digits, and `13800000001.0` reads as a number with one digit more.
    public static func isSpreadsheetNumber(_ text: String) -> Bool { EntryReader.isSpreadsheetNumber(text) }
}
