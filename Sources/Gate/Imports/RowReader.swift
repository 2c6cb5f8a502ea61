import Calendars
import Documents
import GateModel
import PolicyPack
import Tables

/// One thing that is wrong with a row, and what to do about it. Holds nothing that could be a number.
struct RowFault: Hashable, Sendable {
    /// Line of the file on which the row starts, from 1.
    var line: Int
    /// CSV: the cell, from 1. NDJSON: the byte of the line, from 1. 0 where no place is to blame.
    var column: Int
    /// RFC 6901 pointer into the row's object.
    var pointer: String
    var reason: String

    /// Takes whatever looks like a number out of what a caller wrote: a file without a header has numbers in its place.
    init(line: Int, column: Int, pointer: String, reason: String) {
        (self.line, self.column) = (line, column)
        self.pointer = withoutNumbers(pointer, quotedOnly: false)
        self.reason = withoutNumbers(reason, quotedOnly: true)
    }

    var csv: String {
        func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
        return "\(line),\(column == 0 ? "" : String(column)),\(quoted(pointer)),\(quoted(reason))"
    }
}

extension RowFault {
    init(_ fault: Fault, line: Int) {
        self.init(
            line: line, column: Int(fault.mark.column), pointer: fault.pointer, reason: fault.detail)
    }
}

/// A file of which no row can be used.
struct UnreadableFile: Error {
    var faults: [RowFault]

    init(faults: [RowFault]) { self.faults = faults }

    init(line: Int, _ reason: String) {
        faults = [RowFault(line: line, column: 0, pointer: "", reason: reason)]
    }
}

/// Reads the rows of a received file one after another. Holds one chunk and one row. For one thread.
final class RowReader {
    /// A row that was cut and parsed, or why it could not be.
    struct Item {
        var line: Int
        var node: Result<Node, Faults>
    }

    private let order: ImportOrder
    private let policy: LoadedPolicy
    private let zone: Zone?
    private let file: TableFile
    private let records: RecordReader
    private var row = Row()
    private var columns: RowColumns?

    /// - Throws: ``UnreadableFile`` where the file is gone or of a kind that is not read, or its zone is unknown.
    init(path: String, _ order: ImportOrder, policy: LoadedPolicy, zones: ZoneDatabase) throws(UnreadableFile) {
        self.order = order
        self.policy = policy
        records = RecordReader(hasColumns: order.format == .csv)
        do { zone = try order.zone.map { try zones.zone(named: $0) } } catch {
            throw UnreadableFile(line: 0, "the time zone is not known; name one such as Asia/Shanghai")
        }
        do { file = try TableFile(path: path) } catch { throw UnreadableFile(error) }
    }

    /// Share of the file that was read.
    var share: Double { Double(file.bytesRead) / Double(max(file.size, 1)) }

    /// Hands every row to `body`.
    ///
    /// - Throws: ``UnreadableFile``, or what `body` throws.
    func read(_ body: (Item) throws -> Void) throws {
        do {
            try file.read { chunk in
                var place = 0
                while let record = try records.next(in: chunk, at: &place) {
                    if let item = try item(record) { try body(item) }
                }
            }
            if let record = try records.last(), let item = try item(record) { try body(item) }
        } catch let fault as TableFault {
            throw UnreadableFile(fault)
        } catch let fault as RecordFault {
            throw UnreadableFile(fault)
        }
    }

    /// Nil for what is no row: blank lines, comments before the header, and the header.
    private func item(_ record: RecordReader.Record) throws(UnreadableFile) -> Item? {
        let line = record.firstLine
        guard let first = record.bytes.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return nil }
        if order.format == .ndjson {
            return Item(line: line, node: Result { () throws(Faults) in try JSONParser.parse(Array(record.bytes)) })
        }
        if first == UInt8(ascii: "#") {
            guard columns != nil else { return nil }
            // Not left out in silence: it may be a person's row.
            let fault = Fault(
                pointer: "", mark: Mark(line: line, column: 1), detail: "begins with a #; put the cell in quotes")
            return Item(line: line, node: .failure(Faults([fault])))
        }
        let delimiter = records.delimiter ?? UInt8(ascii: ",")
        row.read(record.bytes, delimiter: delimiter)
        guard !row.isBlank else { return nil }
        guard let columns else {
            columns = try RowColumns(row, line: line, delimiter: delimiter, order, zone: zone, policy: policy)
            return nil
        }
        return Item(line: line, node: Result { () throws(Faults) in try columns.node(of: row, line: line) })
    }
}

extension UnreadableFile {
    fileprivate init(_ fault: TableFault) { self.init(line: 0, "\(fault)") }

    fileprivate init(_ fault: RecordFault) {
        switch fault {
        case .lineTooLong(let line):
            self.init(line: line, "is longer than \(RecordReader.longest) bytes; write one row a line")
        case .brokenQuoting(let line):
            self.init(line: line, "opens a quote that is never closed; double each quote in a cell")
        }
    }
}
