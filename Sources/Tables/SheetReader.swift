/// Reads the rows of a sheet and writes each as one line of CSV, so that lines and rows have the same numbers.
final class SheetReader {
    private let reader: XMLReader
    private let values: CellValues
    private var out: [UInt8] = []
    private var row = 0
    /// Columns of the current row that were written.
    private var written = 0

    // The cell being read.
    private var column = 0
    private var type = ""
    private var style = 0
    private var value: [UInt8] = []
    private var hasFormula = false
    /// A first cell that would make a comment of its line; it is one only where no other cell follows.
    private var comment: [UInt8]?

    private static let chunk = 1 << 16

    init(_ reader: XMLReader, values: CellValues) {
        self.reader = reader
        self.values = values
    }

    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var isInside = false
        var isValue = false
        var phonetic = 0
        reading: while true {
            switch try reader.next() {
            case .end: break reading
            case .open:
                isValue = false
                switch reader.name {
                case "sheetData": isInside = true
                case "row" where isInside: try beginRow(body)
                case "c" where isInside: try beginCell()
                case "f" where isInside: hasFormula = true
                case "v" where isInside, "t" where isInside && phonetic == 0: isValue = true
                case "rPh": phonetic += 1
                default: break
                }
            case .close:
                isValue = false
                switch reader.name {
                case "sheetData": isInside = false
                case "row" where isInside:
                    if let comment { appendPlain(comment) }
                    comment = nil
                    out.append(10)
                    if out.count >= Self.chunk { try handOut(body) }
                case "c" where isInside: try endCell()
                case "rPh": phonetic -= 1
                default: break
                }
            case .text where isValue:
                guard value.count + reader.text.count <= TableLimits.cellBytes else {
                    throw bad("longer than a cell can be; shorten it")
                }
                value += reader.text
            case .text: break
            }
        }
        guard row > 0 else { throw TableFault.empty }
        try handOut(body)
    }

    private func beginRow(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var number = row + 1
        if let text = reader.attribute("r") {
            guard let stated = Int(text), stated >= number else {
                throw ZipArchive.damaged("the rows are not in order after row \(row)")
            }
            number = stated
        }
        guard number <= TableLimits.rows else { throw ZipArchive.damaged("more than \(TableLimits.rows) rows") }
        while row < number - 1 {
            out.append(10)
            row += 1
            if out.count >= Self.chunk { try handOut(body) }
        }
        row = number
        (written, column) = (0, 0)
    }

    private func beginCell() throws(TableFault) {
        var number = column + 1
        if let text = reader.attribute("r") {
            guard let stated = Self.column(of: text, row: row), stated >= number else {
                throw ZipArchive.damaged("the cells of row \(row) are not in order")
            }
            number = stated
        }
        guard number <= TableLimits.columns else {
            throw ZipArchive.damaged("row \(row) has more than \(TableLimits.columns) columns")
        }
        column = number
        type = reader.attribute("t") ?? "n"
        style = reader.attribute("s").flatMap(Int.init) ?? 0
        value.removeAll(keepingCapacity: true)
        hasFormula = false
    }

    private func endCell() throws(TableFault) {
        if value.isEmpty {
            // Left out, its number would be missing from the list.
            guard !hasFormula || type == "str" else {
                throw bad("a formula without its value; open the workbook in a spreadsheet program and save it")
            }
            return
        }
        switch type {
        case "s":
            guard let index = Int(String(decoding: value, as: UTF8.self)), let text = values.strings[index] else {
                throw bad("refers to a text that the workbook does not hold; save it anew")
            }
            write(CellValues.unescaped(text))
        case "inlineStr", "str": write(CellValues.unescaped(value[...]))
        case "b": write(Array((value == [49] ? "TRUE" : "FALSE").utf8))
        case "n": write(values.number(value, style: style))
        default: write(value)
        }
    }

    private func write(_ text: [UInt8]) {
        guard !text.isEmpty else { return }
        if column == 1, text[0] == UInt8(ascii: "#") {
            comment = text
            return
        }
        if let comment { appendQuoted(comment) }
        comment = nil
        if written == 0 { written = 1 }
        while written < column {
            out.append(UInt8(ascii: ","))
            written += 1
        }
        let needsQuotes = text.contains { byte in
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "\""): true
            default: byte < 32
            }
        }
        if needsQuotes { appendQuoted(text) } else { out += text }
    }

    private func appendQuoted(_ text: [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { out.append(byte) }
            out.append(max(byte, 32))
        }
        out.append(UInt8(ascii: "\""))
    }

    /// A line end inside a cell would make two lines of one row.
    private func appendPlain(_ text: [UInt8]) { out += text.map { max($0, 32) } }

    private func handOut(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var validity = UTF8Validity()
        try out.withUnsafeBytes { bytes in
            if validity.firstFault(in: bytes) != nil || validity.unfinished != nil {
                throw ZipArchive.damaged("a text before row \(row + 1) is not UTF-8")
            }
            if !bytes.isEmpty { try body(bytes) }
        }
        out.removeAll(keepingCapacity: true)
    }

    private func bad(_ reason: String) -> TableFault { .badCell(row: row, column: column, reason: reason) }

    /// The number of a column, of a place such as `AB12`; nil where the row is another.
    static func column(of place: String, row: Int) -> Int? {
        var column = 0
        var rest = place.utf8[...]
        while let letter = rest.first, (65...90).contains(letter) {
            column = column * 26 + Int(letter) - 64
            guard column <= TableLimits.columns else { return nil }
            rest = rest.dropFirst()
        }
        guard column > 0, Int(Substring(rest)) == row else { return nil }
        return column
    }
}
