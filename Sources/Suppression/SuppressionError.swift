import Tables

/// What can go wrong with lists. Descriptions never contain a phone number.
public enum SuppressionError: Error, Hashable, Sendable {
    case invalidDefinition(field: String, reason: String)
    /// The upload as a whole is not usable; nothing was written.
    case rejected(UploadRejection)
    /// An index or metadata file is not what was written; open another version or import again.
    case corrupt(path: String, reason: String)
    case notFound(list: String, version: Int?)
    /// A check was asked to end early; what was received is still there, and the check can be made again.
    case interrupted
    case wrongState(list: String, version: Int, state: ListVersion.State, wanted: ListVersion.State)
    /// A system call failed; `code` is its `errno`.
    case io(operation: String, path: String, code: Int32)
}

/// Why an upload was rejected as a whole.
public enum UploadRejection: Error, Hashable, Sendable {
    case empty
    case noEntries
    case binary(line: Int)
    case notUTF8
    /// The text cannot be cut into lines.
    case record(RecordFault)
    /// The file cannot be opened as a table.
    case table(TableFault)
    /// XML that is no registry's list.
    case unknownMarkup(line: Int)
    /// XML that is no full list.
    case partialMarkup(line: Int)
    /// XML that ends before its elements are closed.
    case cutMarkup(line: Int)
    /// The first row is not laid out as the declared format is.
    case otherLayout(ImportOptions.Format, wanted: String)
    /// A change list that was not declared as one.
    case undeclaredChanges
    /// A change list for a list or mode that takes none.
    case changesNotTaken(String)
    case noPhoneColumn(found: [String])
    case ambiguousPhoneColumn([String])
    case ambiguousColumn([String])
    case missingColumn(String)
    case headerNeeded(String)
    case undeclaredPeriods(String)
    case tooManyRejected(rejected: Int, lines: Int, mostly: RejectReason)
    case tooManyDatedEntries(limit: Int)
    case tooManyPrefixes(limit: Int)
    case tooManyCategories(limit: Int)
    case noCoveredPrefix
    case badCoverage(line: Int)
    case alreadyFinished
    case coverageChanged(was: ListDefinition.Coverage, now: ListDefinition.Coverage)
}

extension SuppressionError: CustomStringConvertible {
    /// What is wrong and what to do; lower case, without a full stop.
    public var description: String {
        switch self {
        case .invalidDefinition(let field, let reason): "list definition: `\(field)` \(reason)"
        case .rejected(let rejection): "upload rejected: \(rejection)"
        case .corrupt(let path, let reason):
            "`\(path)` is damaged: \(reason); activate another version or import the list again"
        case .interrupted: "the check was interrupted and goes on with the next start"
        case .notFound(let list, nil): "no list `\(list)`"
        case .notFound(let list, let version?): "list `\(list)` has no version \(version)"
        case .wrongState(let list, let version, let state, let wanted):
            "version \(version) of list `\(list)` is \(state.rawValue) and cannot be \(wanted.rawValue)"
        case .io(let operation, let path, let code): "cannot \(operation) `\(path)`: \(systemMessage(code))"
        }
    }
}

extension UploadRejection: CustomStringConvertible {
    /// What is wrong and what to do; lower case, without a full stop.
    public var description: String {
        switch self {
        case .empty: "the file is empty; send it again"
        case .noEntries: "the file holds no entry; to empty a list, use mode `remove`"
        case .binary(let line):
            "line \(line) holds a NUL byte, so this is no text; export the list as CSV in UTF-8"
        case .notUTF8: "the header is not UTF-8; save the file as CSV in UTF-8"
        case .record(.lineTooLong(let line)):
            "line \(line) is longer than \(RecordReader.longest) bytes; give each number a line and close every quote"
        case .record(.brokenQuoting(let line)):
            "a quote opened on line \(line) is never closed or swallows other rows; double the quotes inside a field"
        case .table(let fault): "\(fault)"
        case .unknownMarkup(let line):
            "line \(line): this XML is no do-not-call list of `ac` and `ph` elements; send the list as text or CSV"
        case .partialMarkup(let line):
            "line \(line): this XML is no full list; send the full one, or the changes as text"
        case .cutMarkup(let line): "the XML ends on line \(line) before its elements are closed; send it again"
        case .otherLayout(let format, let wanted):
            "the first row is not laid out as `format: \(format.rawValue)` is, which has \(wanted)"
        case .undeclaredChanges:
            "this looks like a change list, whose rows can make numbers callable; declare `format: changes` if it is one"
        case .changesNotTaken(let reason): "a change list cannot be taken here: \(reason)"
        case .noPhoneColumn(let found) where found.isEmpty:
            "no column holds phone numbers; add a header with a column `phone`, or name the column"
        case .noPhoneColumn(let found):
            "no column is called `phone`, `number`, `mobile` or the like; found \(quoted(found)); name the column"
        case .ambiguousPhoneColumn(let names): "columns \(quoted(names)) could all be the phone number; name the column"
        case .ambiguousColumn(let names): "columns \(quoted(names)) mean the same; leave one out"
        case .missingColumn(let name): "the file has no column `\(name)`; add it"
        case .headerNeeded(let reason): "the file has several columns and no header, but \(reason); add a header"
        case .undeclaredPeriods(let name):
            "column `\(name)` gives periods, but the list exempts with plain entries, which would ignore them; "
                + "declare `entries: dated`"
        case .tooManyRejected(let rejected, let lines, let mostly):
            "\(rejected) of \(lines) lines are not usable, most often because: \(mostly); "
                + "correct the file, or allow a greater share"
        case .tooManyDatedEntries(let limit): "more than \(limit) dated entries; leave out those without a period"
        case .tooManyPrefixes(let limit): "more than \(limit) prefixes and ranges; list single numbers as such"
        case .tooManyCategories(let limit): "more than \(limit) different categories; is the column free text?"
        case .noCoveredPrefix:
            "the list covers prefixes, but the version names none; write a line such as `# covers: +1212 +1646`"
        case .badCoverage(let line):
            "line \(line) must name prefixes by their country code, such as `# covers: +1212 +1646`"
        case .alreadyFinished: "the import has ended; begin another version"
        case .coverageChanged(let was, let now):
            "the base version's coverage is `\(was.rawValue)` and the list's is now `\(now.rawValue)`; "
                + "send the whole list with mode `replace`"
        }
    }

    private func quoted(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
}
