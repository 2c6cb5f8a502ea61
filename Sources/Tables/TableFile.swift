import Synchronization

/// A file of rows as UTF-8 text: finds out what the file is, unpacks and decodes it.
///
/// Reads plain text, text in gzip or zstd, and workbooks (XLSX), of which each row becomes one line of CSV, so that a
/// line number of the text is a row number of the sheet. Memory does not grow with the file, save for the texts that
/// the cells of a workbook share (``TableLimits/sharedStringBytes``).
///
/// Sendable: the file stays as it was opened. ``bytesRead`` may be asked from any task while another reads.
public final class TableFile: Sendable {
    private let file: OpenFile
    private let kind: FileKind
    private let options: TableOptions
    private let workbook: Workbook?

    /// Opens a file and looks at its first bytes.
    ///
    /// - Throws: ``TableFault/unsupported(_:)`` for a kind that is named and not read, ``TableFault/empty``,
    ///   ``TableFault/io(operation:path:code:)``.
    public init(path: String, options: TableOptions = TableOptions()) throws(TableFault) {
        let file = try OpenFile(path: path)
        guard file.size > 0 else { throw .empty }
        let start = try file.bytes(0..<min(file.size, FileKind.looksAt), of: "text")
        self.file = file
        self.options = options
        kind = start.withUnsafeBytes { FileKind($0) }
        if case .foreign(let kind) = kind { throw .unsupported(kind) }
        workbook = kind == .zip ? try Workbook(file) : nil
    }

    /// Length of the file in bytes, as it lies on the disk.
    public var size: Int { file.size }

    /// How far into the file on the disk it was read, 0 to ``size``; for progress. A file whose encoding is not
    /// declared may be read twice, so that this jumps back once.
    public var bytesRead: Int { min(file.position.load(ordering: .relaxed), file.size) }

    /// Reads the whole file and hands its text out in order. Blocks; to be called from a thread of its own.
    ///
    /// A chunk is UTF-8 without a byte order mark and without NUL, is valid only inside the closure, and may end
    /// anywhere, also within a line or a character. What was handed out before an error counts for nothing.
    ///
    /// - Throws: ``TableFault``, or what the closure throws.
    public func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let file = file
        switch kind {
        case .text: try text { FileSource(file) }.read(body)
        case .gzip: try text { GzipSource(FileSource(file)) }.read(body)
        case .zstd: try text { ZstdSource(FileSource(file)) }.read(body)
        case .zip: try workbook?.read(sheet: options.sheet, body)
        case .foreign(let kind): throw TableFault.unsupported(kind)
        }
    }

    private func text(_ open: @escaping () throws(TableFault) -> any ByteSource) -> TextFile {
        TextFile(open: open, declared: options.encoding)
    }
}
