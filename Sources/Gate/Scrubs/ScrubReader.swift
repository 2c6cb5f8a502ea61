import Foundation
import GateModel
import Tables

/// Some rows of a file, in order.
struct ScrubBlock: Sendable {
    enum Kind: Sendable {
        case row, header
        /// A line with nothing on it, which stays as it is and asks nothing.
        case blank
    }

    struct Record: Sendable {
        var range: Range<Int>
        /// Counted from 1.
        var line: Int
        var isOneLine: Bool
        var kind: Kind
    }

    /// Counted from 0, also where a scrub goes on.
    var number = 0
    var bytes: [UInt8] = []
    var records: [Record] = []
    /// Whether the output begins with a byte order mark, and this block with the output.
    var hasMark = false
    /// Records of the file up to the end of this block, the header and blank lines included.
    var recordsRead = 0
    /// Bytes of the file on the disk up to there, or a little more.
    var bytesRead = 0
}

/// Cuts a campaign file into blocks. Used once, by one thread.
final class ScrubReader {
    /// Rows of a block: enough that neighbours in the index are looked up together, few enough that a view of the store is
    /// never open for long.
    static let rowsInBlock = 8192
    private static let bytesInBlock = 8 << 20

    private let file: TableFile
    private let rows: Int
    private let skipped: Int
    private let request: ScrubRequest
    private let normalise: (String) -> E164?
    // A `#` begins a comment in a list; in a campaign file it may begin a customer's name.
    private let records = RecordReader(hasColumns: true, hasComments: false)
    private var block = ScrubBlock()
    private var lineEnd: [UInt8]?
    private var form: ScrubForm?

    /// - Parameters:
    ///   - rows: Of a block.
    ///   - skipped: Records that were washed before: ``ScrubBlock/recordsRead`` of the last block that was written.
    ///   - normalise: Reads a number, to find the column that holds them.
    init(
        _ path: String, _ request: ScrubRequest, rows: Int, skipping skipped: Int,
        normalise: @escaping (String) -> E164?
    ) throws {
        self.request = request
        self.rows = rows
        self.skipped = skipped
        self.normalise = normalise
        do throws(TableFault) {
            file = try TableFile(path: path, options: TableOptions(encoding: request.encoding, sheet: request.sheet))
        } catch {
            throw ScrubReader.fault(error)
        }
        // Spreadsheets read UTF-8 only with the mark; whoever sent one gets one.
        let start = FileHandle(forReadingAtPath: path).flatMap { try? $0.read(upToCount: 3) } ?? Data()
        block.hasMark = start.elementsEqual([0xEF, 0xBB, 0xBF]) && skipped == 0
    }

    /// Reads the file to its end and hands out its blocks. Blocks.
    func read(_ body: (ScrubBlock, ScrubForm) throws -> Void) throws {
        do {
            try file.read { chunk in
                if lineEnd == nil, let end = find(10, in: chunk) {
                    lineEnd = end > 0 && chunk[end - 1] == 13 ? [13, 10] : [10]
                }
                var position = 0
                while let record = try records.next(in: chunk, at: &position) { try take(record, body) }
            }
            if let record = try records.last() { try take(record, body) }
        } catch let fault as TableFault {
            throw Self.fault(fault)
        } catch let fault as RecordFault {
            switch fault {
            case .lineTooLong(let line):
                throw ScrubFault("is longer than \(RecordReader.longest) bytes; close every quote", line: line)
            case .brokenQuoting(let line):
                throw ScrubFault("a quote is never closed; double the quotes inside a field", line: line)
            }
        }
        guard form != nil else { throw ScrubFault("the file holds no row") }
        if block.recordsRead < skipped { throw ScrubFault("the file is shorter than when the scrub began") }
        try hand(body)
    }

    private static func fault(_ fault: TableFault) -> any Error {
        if case .io = fault { return ScrubStoppage("\(fault)") }
        return ScrubFault("\(fault)")
    }

    private func take(_ record: RecordReader.Record, _ body: (ScrubBlock, ScrubForm) throws -> Void) throws {
        block.recordsRead += 1
        var kind = record.bytes.allSatisfy { $0 == 32 || $0 == 9 } ? ScrubBlock.Kind.blank : .row
        if form == nil, kind == .row {
            let delimiter = records.delimiter ?? UInt8(ascii: ",")
            var row = Row()
            row.read(record.bytes, delimiter: delimiter)
            let columns = try ScrubColumns(
                firstRow: row, line: record.firstLine, request: request, normalise: normalise)
            form = ScrubForm(columns: columns, delimiter: delimiter, lineEnd: lineEnd ?? [10])
            if columns.hasHeader { kind = .header }
        }
        guard block.recordsRead > skipped else { return }
        let start = block.bytes.count
        block.bytes.append(contentsOf: record.bytes)
        block.records.append(
            ScrubBlock.Record(
                range: start..<block.bytes.count, line: record.firstLine,
                isOneLine: record.firstLine == record.lastLine, kind: kind))
        if block.records.count >= rows || block.bytes.count >= Self.bytesInBlock, form != nil { try hand(body) }
    }

    private func hand(_ body: (ScrubBlock, ScrubForm) throws -> Void) throws {
        guard let form, !block.records.isEmpty else { return }
        block.bytesRead = file.bytesRead
        var next = ScrubBlock()
        (next.number, next.recordsRead) = (block.number + 1, block.recordsRead)
        try body(block, form)
        block = next
    }
}

/// How the rows of a file are built, and those that are written.
struct ScrubForm: Sendable {
    var columns: ScrubColumns
    /// What separates the fields.
    var delimiter: UInt8
    /// Of the first line.
    var lineEnd: [UInt8]
}
