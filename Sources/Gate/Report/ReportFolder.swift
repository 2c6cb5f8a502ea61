import Crypto
import Documents
import Foundation
import GateModel
import Tables

/// A file of a report, as its manifest names it.
struct ReportFile: Hashable, Sendable {
    var name: String
    var sha256: String
    var bytes: Int
    /// Of a table, without its headings.
    var rows: Int?
}

/// Where the tables of a report are written, row by row. Belongs to one thread.
final class ReportFolder {
    /// Rows of a table that are shown on the page; the file has all of them.
    static let rowsOnPage = 500

    let path: String
    private var open: [ReportTable: OpenTable] = [:]
    private(set) var shown: [ReportTable: [[CSVCell]]] = [:]

    private final class OpenTable {
        let handle: FileHandle
        var writer: CSVWriter
        var hash = SHA256()
        var bytes = 0
        var rows = 0

        init(_ handle: FileHandle, hasMark: Bool) {
            self.handle = handle
            writer = CSVWriter(hasMark: hasMark)
        }

        func flush() throws {
            let taken = writer.take()
            hash.update(data: taken)
            bytes += taken.count
            try handle.write(contentsOf: Data(taken))
        }
    }

    init(_ path: String, hasMark: Bool, _ say: Wording) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for table in ReportTable.allCases {
            let opened = OpenTable(try PrivateFile.open(path + "/" + table.file), hasMark: hasMark)
            opened.writer.row(table.headings(say))
            open[table] = opened
        }
    }

    func write(_ row: [CSVCell], to table: ReportTable) throws {
        guard let opened = open[table] else { return }
        opened.writer.row(row)
        opened.rows += 1
        if opened.writer.count > 1 << 18 { try opened.flush() }
        // The list of calls is too long for a page.
        if table != .calls, shown[table, default: []].count < Self.rowsOnPage { shown[table, default: []].append(row) }
    }

    func rows(of table: ReportTable) -> Int { open[table]?.rows ?? 0 }

    /// Ends the tables and gives their names and hashes, in the order of the report.
    func close() throws -> [ReportFile] {
        try ReportTable.allCases.compactMap { table in
            guard let opened = open[table] else { return nil }
            try opened.flush()
            guard fsync(opened.handle.fileDescriptor) == 0 else { throw failure(table.file) }
            try opened.handle.close()
            return ReportFile(
                name: table.file, sha256: hexadecimal(opened.hash.finalize()), bytes: opened.bytes, rows: opened.rows)
        }
    }

    /// Writes a whole file.
    func write(_ bytes: [UInt8], as name: String) throws -> ReportFile {
        try PrivateFile.replace(path + "/" + name, with: bytes)
        return ReportFile(name: name, sha256: hexadecimal(SHA256.hash(data: bytes)), bytes: bytes.count)
    }

    private func failure(_ name: String) -> ReportFault {
        .unavailable("`\(name)` cannot be written: \(PrivateFile.message(errno))")
    }
}
