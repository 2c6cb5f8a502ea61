import Foundation
import Tables

/// Reads a file of call detail records in blocks. Memory does not grow with the file.
struct CallRecordReader {
    /// Rows of a block: enough that neighbours in the index are looked up together.
    static let rowsInBlock = 4096
    /// After so many faults no more are told.
    static let mostFaults = 100

    let path: String
    let request: ReconciliationRequest
    /// Makes what reads a row, from the first one.
    let form: (Row, Int) throws(UnreadableFile) -> CallRecordForm

    struct Block {
        var records: [CallRecord] = []
        /// Rows that are not asked for.
        var leftOut = 0
        var faults: [RowFault] = []
        /// Of the file on the disk, up to the end of this block or a little more.
        var bytesRead = 0
    }

    /// Reads the file to its end. Blocks.
    ///
    /// - Throws: ``UnreadableFile`` for what is wrong in the file as a whole; ``ReconciliationStoppage`` where the disk fails;
    ///   what `body` throws.
    func read(_ body: (Block) throws -> Void) throws {
        let records = RecordReader(hasColumns: true, hasComments: false)
        var block = Block()
        var form: CallRecordForm?
        var row = Row()
        var isEmpty = true
        func take(_ record: RecordReader.Record) throws {
            if record.bytes.allSatisfy({ $0 == 32 || $0 == 9 }) { return }
            row.read(record.bytes, delimiter: records.delimiter ?? UInt8(ascii: ","))
            if form == nil {
                let made = try self.form(row, record.firstLine)
                form = made
                if made.columns.hasHeader { return }
            }
            guard let form else { return }
            isEmpty = false
            switch form.read(row, line: record.firstLine) {
            case .call(let record): block.records.append(record)
            case .leftOut: block.leftOut += 1
            case .faulty(let faults): block.faults += faults
            }
        }
        do {
            let file = try TableFile(
                path: path, options: TableOptions(encoding: request.encoding, sheet: request.sheet))
            func hand() throws {
                block.bytesRead = file.bytesRead
                try body(block)
                block = Block()
            }
            try file.read { chunk in
                var position = 0
                while let record = try records.next(in: chunk, at: &position) {
                    try take(record)
                    if block.records.count + block.leftOut >= Self.rowsInBlock { try hand() }
                }
            }
            if let record = try records.last() { try take(record) }
            try hand()
        } catch let fault as TableFault {
            if case .io = fault { throw ReconciliationStoppage("\(fault)") }
            throw UnreadableFile(line: 0, "\(fault)")
        } catch let fault as RecordFault {
            switch fault {
            case .lineTooLong(let line):
                throw UnreadableFile(
                    line: line, "is longer than \(RecordReader.longest) bytes; close every quote")
            case .brokenQuoting(let line):
                throw UnreadableFile(line: line, "a quote is never closed; double the quotes inside a field")
            }
        }
        if isEmpty { throw UnreadableFile(line: 0, "the file holds no call") }
    }
}

/// Why a reconciliation did not end. It may be begun again.
public struct ReconciliationStoppage: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }

    static let cancelled = ReconciliationStoppage("interrupted; nothing was recorded")
}
