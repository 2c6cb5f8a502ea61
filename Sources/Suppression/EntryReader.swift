import GateModel
import Tables

/// What one row says.
enum Entry {
    case number(UInt64)
    case record(ListRecord)
    case prefix(ListRecord)
    case rejected(RejectReason, column: Int)
}

/// Turns rows into entries.
struct EntryReader {
    let definition: ListDefinition
    let columns: ImportColumns
    /// A row of a removal names a number and nothing else.
    let isRemoval: Bool
    /// Of an answer without a time of its own.
    let asOf: Instant
    let normalise: @Sendable (String) -> E164?

    private static let longestCategory = 200

    func entry(of row: Row, categories: inout CategoryTable) throws(SuppressionError) -> Entry {
        func rejected(_ reason: RejectReason, _ column: Int?) -> Entry {
            .rejected(reason, column: (column ?? columns.phone) + 1)
        }
        if row.hasBrokenQuotes { return rejected(.badQuotes, nil) }
        guard !row.isEmpty(columns.phone) else { return rejected(.noNumber, nil) }
        guard !row.hasControlCharacter(columns.phone) else { return rejected(.controlCharacter, nil) }
        let text = row.text(columns.phone)
        let isPrefix = text.utf8.last == UInt8(ascii: "*")
        var record: ListRecord
        if isPrefix {
            guard definition.coverage != .asked, let prefix = NumberPrefix(text.dropLast()) else {
                return rejected(.badPrefix, nil)
            }
            record = ListRecord(number: prefix.digits)
        } else {
            guard let number = normalise(text) else {
                return rejected(Self.isSpreadsheetNumber(text) ? .spreadsheetNumber : .notANumber, nil)
            }
            // Checked after the normaliser, which may well make some other number of it.
            guard !Self.isSpreadsheetNumber(text) else { return rejected(.spreadsheetNumber, nil) }
            record = ListRecord(number: number.digits)
        }
        if !isRemoval {
            if definition.coverage == .asked {
                if let (reason, column) = readAnswer(row, into: &record) { return rejected(reason, column) }
            } else if definition.entries == .dated {
                if let (reason, column) = try readPeriod(row, into: &record, &categories) {
                    return rejected(reason, column)
                }
            }
        }
        if isPrefix { return .prefix(record) }
        return record.isPlain ? .number(record.number) : .record(record)
    }

    private func readPeriod(
        _ row: Row, into record: inout ListRecord, _ categories: inout CategoryTable
    ) throws(SuppressionError) -> (RejectReason, Int)? {
        let widens = definition.effect == .suppress
        if let column = columns.from, !row.isEmpty(column) {
            guard let date = EntryDate(row.text(column)) else { return (.badFrom, column) }
            record.from = date.instant(.start, widens: widens).milliseconds
        }
        if let column = columns.until, !row.isEmpty(column) {
            guard let date = EntryDate(row.text(column)) else { return (.badUntil, column) }
            record.until = date.instant(.end, widens: widens).milliseconds
            guard record.from < record.until else { return (.endsBeforeStart, column) }
        }
        if let column = columns.category, !row.isEmpty(column) {
            let word = row.text(column)
            guard word.utf8.count <= Self.longestCategory else { return (.categoryTooLong, column) }
            record.category = try categories.place(of: word)
        }
        return nil
    }

    private func readAnswer(_ row: Row, into record: inout ListRecord) -> (RejectReason, Int)? {
        guard let column = columns.answer else { return (.badAnswer, columns.phone) }
        let word = row.text(column).lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 }
        let value: ListAnswer.Value
        switch String(word) {
        case "yes", "y": value = .yes
        case "no", "n": value = .no
        case "no_data", "nodata": value = .noData
        default: return (.badAnswer, column)
        }
        record.category = value.recordCategory
        record.from = asOf.milliseconds
        if let column = columns.receivedAt, !row.isEmpty(column) {
            guard let date = EntryDate(row.text(column)) else { return (.badReceivedAt, column) }
            record.from = date.instant(.start, widens: true).milliseconds
        }
        return nil
    }

    /// `1.38E+10` has lost its digits, and `13800000001.0` reads as a number with one digit more.
    private static func isSpreadsheetNumber(_ text: String) -> Bool {
        var points = 0
        var exponents = 0
        var afterPoint: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57: if points > 0 { afterPoint.append(byte) }
            case UInt8(ascii: "."): points += 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"): exponents += 1
            case UInt8(ascii: "+"), UInt8(ascii: "-"): break
            default: return false
            }
        }
        return exponents == 1 || points == 1 && !afterPoint.isEmpty && afterPoint.allSatisfy { $0 == 48 }
    }
}
