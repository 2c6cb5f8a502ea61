import Glibc

/// Why a file cannot be read as a table. Descriptions never hold what a cell held.
public enum TableFault: Error, Hashable, Sendable {
    /// A system call failed; `code` is its `errno`.
    case io(operation: String, path: String, code: Int32)
    case notAFile(path: String)
    case empty
    /// A NUL byte, so this is no text.
    case binary(line: Int)
    /// The file is of a known kind that is not read.
    case unsupported(ForeignFile)
    /// A compressed file inside a compressed file.
    case nested
    /// The file ends too early; the last part of an upload is missing.
    case truncated(String)
    case damaged(String, reason: String)
    case tooLong(limit: Int)
    /// More bytes come out for each byte that goes in than an honest file gives.
    case bomb(ratio: Int)
    /// Bytes that are not valid in the text's encoding.
    case badSequence(TextEncoding, line: Int, column: Int)
    /// A text that starts in one encoding and goes on in another.
    case mixedEncodings(line: Int, column: Int)
    /// A text that is valid in no encoding that is recognised.
    case unknownEncoding(line: Int, column: Int)
    case contradiction(declared: TextEncoding, found: TextEncoding)
    /// The C library has no converter for it.
    case missingConverter(TextEncoding)
    case noSuchSheet(String, found: [String])
    case noVisibleSheet
    case tooManySharedStrings(limit: String)
    /// A cell of a workbook cannot be read.
    case badCell(row: Int, column: Int, reason: String)
}

/// A file that is known and not read.
public enum ForeignFile: String, Hashable, Sendable {
    case oldWorkbook = "an old binary workbook (.xls) or one with a password; save it as .xlsx without a password"
    case binaryWorkbook = "a binary workbook (.xlsb); save it as .xlsx"
    case openDocument = "an OpenDocument file (.ods); save it as .xlsx or CSV"
    case officeDocument = "an office document without sheets; send the table as .xlsx or CSV"
    case zip = "a zip archive; unpack it and send the file in it, or pack that with gzip"
    case otherArchive = "an archive that is not read; unpack it, or pack the file with gzip or zstd"
    case pdf = "a PDF; ask for the table it was made from, as .xlsx or CSV"
    case html = "an HTML page, perhaps of a sign-in that failed; fetch the file itself"
    case utf32 = "UTF-32 text; save it as UTF-8"
}

extension TableFault: CustomStringConvertible {
    /// What is wrong and what to do; lower case, without a full stop.
    public var description: String {
        switch self {
        case .io(let operation, let path, let code):
            "cannot \(operation) `\(path)`: \(String(cString: strerror(code)))"
        case .notAFile(let path): "`\(path)` is no file; name a file"
        case .empty: "the file is empty; send it again"
        case .binary(let line):
            "line \(line) holds a NUL byte, so this is no text; send CSV, .xlsx, or either text packed with gzip or zstd"
        case .unsupported(let kind): "the file is \(kind.rawValue)"
        case .nested: "the file is compressed twice, or a workbook was compressed; unpack it once"
        case .truncated(let what): "the \(what) file ends too early; send it again"
        case .damaged(let what, let reason): "the \(what) file is damaged: \(reason); make it anew and send it again"
        case .tooLong(let limit): "the file holds more than \(limit >> 30) GiB of text; send it in parts"
        case .bomb(let ratio):
            "the file grows to more than \(ratio) times its size, as no list does; send it with less compression, or as text"
        case .badSequence(let encoding, let line, let column):
            "line \(line), column \(column): not valid \(encoding.rawValue); save the file anew, or declare its encoding"
        case .mixedEncodings(let line, let column):
            "line \(line), column \(column): the encoding changes within the file, so parts of several files were joined; "
                + "save each as UTF-8 before joining them"
        case .unknownEncoding(let line, let column):
            "line \(line), column \(column): valid neither in UTF-8 nor in GB18030; save the file as UTF-8, or declare "
                + "its encoding"
        case .contradiction(let declared, let found):
            "the encoding is declared as \(declared.rawValue), but the file begins with the mark of \(found.rawValue); "
                + "correct the declaration"
        case .missingConverter(let encoding):
            "this machine cannot read \(encoding.rawValue); install the C library's converters "
                + "(Debian: libc-gconv-modules-extra), or save the file as UTF-8"
        case .noSuchSheet(let name, let found):
            "the workbook has no sheet `\(name)`; found "
                + found.prefix(20).map { "`\($0)`" }.joined(separator: ", ")
        case .noVisibleSheet: "the workbook has no visible sheet; show one, or name the sheet"
        case .tooManySharedStrings(let limit):
            "the workbook holds more than \(limit) of different texts; save the sheet as CSV"
        case .badCell(let row, let column, let reason): "row \(row), column \(column): \(reason)"
        }
    }
}
