import GateModel
import Tables

/// What one row says.
enum Entry {
    case number(UInt64)
    case record(ListRecord)
    case prefix(ListRecord)
    case range(NumberRange, ListRecord)
    /// A row of a change list.
    case change(UInt64, adds: Bool)
    case rejected(RejectReason, column: Int)
}

/// Why a row is no entry; nil means the column of the number.
struct RowFault: Error {
    var reason: RejectReason
    var column: Int?
}

/// Turns rows into entries.
struct EntryReader {
    let definition: ListDefinition
    let columns: ImportColumns
    /// A row of a removal names a number and nothing else.
    let isRemoval: Bool
    /// Of an answer without a time of its own.
    let asOf: Instant
    /// No answer is of later than this.
    let latestAnswer: Instant
    let normalise: @Sendable (String) -> E164?
    let shortcut: (@Sendable (UnsafeRawBufferPointer) -> E164?)?

    private static let longestCategory = 200

    func entry(of row: Row, categories: inout CategoryTable) throws(SuppressionError) -> Entry {
        func rejected(_ reason: RejectReason, _ column: Int?) -> Entry {
            .rejected(
                reason, column: (column ?? (columns.number == .northAmerican && row.count == 1 ? 0 : columns.phone)) + 1
            )
        }
        if row.hasBrokenQuotes { return rejected(.badQuotes, nil) }
        guard !row.isEmpty(columns.phone) || columns.number == .northAmerican && row.count == 1 else {
            return rejected(.noNumber, nil)
        }
        guard !row.hasControlCharacter(columns.phone) else { return rejected(.controlCharacter, nil) }
        // Only a number that stands whole in its column can be taken as it is.
        let known =
            columns.number == .whole && columns.flag == nil ? row.bytes(columns.phone).flatMap { shortcut?($0) } : nil
        var text = ""
        if known == nil {
            switch numberText(of: row) {
            case .success(let whole): text = whole
            case .failure(let fault): return rejected(fault.reason, fault.column)
            }
        }
        if let flag = columns.flag { return change(text, flag: row.text(flag).lowercased(), at: flag) }

        let isPrefix = text.utf8.last == UInt8(ascii: "*")
        let range = NumberRange.isMeant(by: text) ? NumberRange(text) : nil
        var record: ListRecord
        if let known {
            guard accepts(known.digits) else { return rejected(.otherCountry, nil) }
            record = ListRecord(number: known.digits)
        } else if isPrefix {
            guard definition.coverage != .asked, let prefix = NumberPrefix(text.dropLast()) else {
                return rejected(.badPrefix, nil)
            }
            if let reason = objection(to: prefix) { return rejected(reason, nil) }
            record = ListRecord(number: prefix.digits)
        } else if NumberRange.isMeant(by: text) {
            guard definition.coverage != .asked, let range else { return rejected(.badRange, nil) }
            let objections = range.prefixes.compactMap { objection(to: NumberPrefix(digits: $0)) }
            if let reason = objections.first { return rejected(reason, nil) }
            record = ListRecord(number: 0)
        } else {
            guard let number = normalise(text) else {
                return rejected(Self.isSpreadsheetNumber(text) ? .spreadsheetNumber : .notANumber, nil)
            }
            // Checked after the normaliser, which may well make some other number of it.
            guard !Self.isSpreadsheetNumber(text) else { return rejected(.spreadsheetNumber, nil) }
            guard accepts(number.digits) else { return rejected(.otherCountry, nil) }
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
        if let range { return .range(range, record) }
        return record.isPlain ? .number(record.number) : .record(record)
    }

    /// The number as its columns together give it.
    private func numberText(of row: Row) -> Result<String, RowFault> {
        let text = row.text(columns.phone)
        switch columns.number {
        case .whole: return .success(text)
        case .northAmerican:
            guard let place = columns.area, row.count > 1 else {
                // One column: ten digits, whatever stands between them.
                return .success("+1" + row.text(min(columns.phone, row.count - 1)))
            }
            guard isDigits(row.text(place), 3...3), isDigits(text, 7...7) else {
                return .failure(RowFault(reason: .badAreaCode, column: place))
            }
            return .success("+1" + row.text(place) + text)
        case .withPhoneCode:
            guard let place = columns.area, !text.hasPrefix("+") else { return .success(text) }
            guard isDigits(row.text(place), 1...4) else {
                return .failure(RowFault(reason: .badPhoneCode, column: place))
            }
            return .success("+" + row.text(place) + text)
        case .withArea:
            // A number that says its country or its area code itself needs none.
            guard let place = columns.area, let first = text.first, first != "+", first != "0" else {
                return .success(text)
            }
            return .success(row.text(place) + text)
        }
    }

    private func change(_ text: String, flag: String, at column: Int) -> Entry {
        guard let number = normalise(text), !Self.isSpreadsheetNumber(text) else {
            return .rejected(.notANumber, column: columns.phone + 1)
        }
        guard accepts(number.digits) else { return .rejected(.otherCountry, column: columns.phone + 1) }
        switch flag {
        case "a", "add": return .change(number.digits, adds: true)
        case "d", "delete": return .change(number.digits, adds: false)
        default: return .rejected(.badFlag, column: column + 1)
        }
    }

    private func accepts(_ digits: UInt64) -> Bool {
        definition.accepts?.contains { $0.contains(digits: digits) } ?? true
    }

    /// Why a prefix may be no entry; nil where it may. One that is taken out blocks nothing.
    private func objection(to prefix: NumberPrefix) -> RejectReason? {
        guard !isRemoval else { return nil }
        if prefix.mayHoldCountry, !definition.allowsCountryPrefixes { return .countryPrefix }
        return accepts(prefix.digits) ? nil : .otherCountry
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
            let received = date.instant(.start, widens: true)
            // It would stand against every later answer, and never age.
            guard received <= latestAnswer else { return (.aheadOfTime, column) }
            record.from = received.milliseconds
        }
        return nil
    }

    /// `1.38E+10` has lost its digits, and `13800000001.0` reads as a number with one digit more.
    static func isSpreadsheetNumber(_ text: String) -> Bool {
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
