import GateModel
import Tables

/// Reads one upload, chunk by chunk, and writes what it says as an index: of a new version, or of a change to one.
///
/// Memory grows with the numbers (about two bytes each) and with the dated entries (32 bytes each), never with the
/// file. To be used by one task from ``feed(_:)-(UnsafeRawBufferPointer)`` to ``finish(writing:)``. After an error it
/// repeats that error; nothing is on disk before ``finish(writing:)`` has returned.
public final class ListImporter {
    /// Dated entries of a version, its base included. They are sorted in memory; this many need some 2 GB.
    public static let mostDatedEntries = 20_000_000
    /// Rejected lines that are kept one by one; the others are only counted.
    public static let mostRejects = 1000

    /// What was read so far; the chunk being read may not be counted in full.
    public private(set) var progress = ImportProgress()
    /// The first ``mostRejects`` rejected lines, in the order of the file.
    public private(set) var rejects: [Reject] = []

    private let definition: ListDefinition
    private let isRemoval: Bool
    private let takesChanges: Bool
    private let asOf: Instant
    private let latestAnswer: Instant
    private let options: ImportOptions
    private let normalise: @Sendable (String) -> E164?
    private let shortcut: (@Sendable (UnsafeRawBufferPointer) -> E164?)?
    private let records: RecordReader
    /// The same text as XML, where it is or may yet be that.
    private var markup: RegistryMarkup?
    private var isDecided: Bool
    private var row = Row()
    private var reader: EntryReader?
    private var upload: UploadContents
    private var rejectedBy: [RejectReason: Int] = [:]
    private var failure: SuppressionError?

    /// - Parameters:
    ///   - asOf: The instant of answers that carry none, for lists whose coverage is `asked`.
    ///   - latestAnswer: A row with an answer of later than this is rejected.
    ///   - isRemoval: Whether rows name numbers and nothing else, to be taken off a list.
    ///   - takesChanges: Whether the upload adds to a list or takes off it, so that it may be a change list: of that,
    ///     an addition takes the numbers whose last row adds, and a removal those whose last row removes.
    ///   - normalise: Reads a number as the source writes it; nil for what is no callable number.
    ///   - shortcut: Gives `normalise`'s answer for a number's bytes, or nil for "ask `normalise`". It must accept
    ///     nothing but digits, `+`, `-`, `(`, `)` and spaces.
    public init(
        definition: ListDefinition, isRemoval: Bool = false, takesChanges: Bool = false, asOf: Instant,
        latestAnswer: Instant = .distantFuture, options: ImportOptions = ImportOptions(),
        normalise: @escaping @Sendable (String) -> E164?,
        shortcut: (@Sendable (UnsafeRawBufferPointer) -> E164?)? = nil
    ) {
        self.definition = definition
        self.isRemoval = isRemoval
        self.asOf = asOf
        self.latestAnswer = latestAnswer
        self.takesChanges = takesChanges
        let options = options.completed(by: definition.reading)
        self.options = options
        self.normalise = normalise
        self.shortcut = shortcut
        let format = options.format ?? .auto
        records = RecordReader(
            hasColumns: format != .lines,
            separators: format == .vicidialLeads ? [9, UInt8(ascii: "|")] : RecordReader.separators)
        upload = UploadContents(covered: options.coveredPrefixes)
        markup = format == .auto || format == .dnclXML ? RegistryMarkup() : nil
        isDecided = format != .auto
    }

    /// Reads the next bytes of the upload; chunks may end anywhere.
    ///
    /// - Throws: ``SuppressionError/rejected(_:)`` as soon as the upload as a whole is not usable.
    public func feed(_ bytes: [UInt8]) throws(SuppressionError) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(SuppressionError) in try feed(bytes) } }
        try result.get()
    }

    /// Reads the next bytes of the upload; chunks may end anywhere.
    ///
    /// - Throws: ``SuppressionError/rejected(_:)`` as soon as the upload as a whole is not usable.
    public func feed(_ bytes: UnsafeRawBufferPointer) throws(SuppressionError) {
        if let failure { throw failure }
        progress.bytes += bytes.count
        do throws(SuppressionError) {
            // Numbers before a NUL byte are not wanted either: the whole chunk is refused.
            if let place = find(0, in: bytes) {
                let before = bytes[..<place].count { $0 == 10 }
                throw .rejected(.binary(line: records.line + before + 1))
            }
            if let markup = try decided(bytes) {
                self.markup = markup
                return
            }
            var position = 0
            takePlainLines(in: bytes, at: &position)
            while let record = try cut({ () throws(RecordFault) in try records.next(in: bytes, at: &position) }) {
                try take(record)
                takePlainLines(in: bytes, at: &position)
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Ends the upload and writes what it says.
    ///
    /// - Parameter path: Where the index is to be; nothing may be there yet.
    /// - Throws: ``SuppressionError/rejected(_:)``, or ``SuppressionError/io(operation:path:code:)``; then nothing is
    ///   left at the path or beside it.
    public func finish(writing path: String) throws(SuppressionError) -> ImportSummary {
        if let failure { throw failure }
        do throws(SuppressionError) {
            if let markup, isDecided {
                if progress.bytes > 0 { try markup.finish() }
            } else if let record = try cut({ () throws(RecordFault) in try records.last() }) {
                try take(record)
            }
            let counts = try checkedCounts()
            let contents = upload.contents(of: definition, isRemoval: isRemoval)
            if contents.entries == 0 {
                throw .rejected(
                    .changesNotTaken(isRemoval ? "none of its rows removes" : "none of its rows adds"))
            }
            let index = try contents.write(to: path)
            failure = .rejected(.alreadyFinished)
            return ImportSummary(counts: counts, entries: contents.entries, index: index)
        } catch {
            failure = error
            throw error
        }
    }

    /// Reads the text of a file to its end; ``finish(writing:)`` is still to be called.
    ///
    /// - Throws: As ``feed(_:)-(UnsafeRawBufferPointer)``; a file that is no table is a rejection too.
    ///
    /// - Parameter progress: Told after each chunk the share of the file that is read, 0 to 1; false ends the reading
    ///   with ``SuppressionError/interrupted``.
    public func read(
        _ file: TableFile, progress: (Double) -> Bool = { _ in true }
    ) throws(SuppressionError) {
        if let failure { throw failure }
        do {
            try file.read { chunk in
                try feed(chunk)
                guard progress(Double(file.bytesRead) / Double(file.size)) else { throw SuppressionError.interrupted }
            }
        } catch {
            let reason: SuppressionError =
                switch error {
                case TableFault.empty: .rejected(.empty)
                case TableFault.io(let operation, let path, let code):
                    .io(operation: operation, path: path, code: code)
                case let fault as TableFault: .rejected(.table(fault))
                case let error as SuppressionError: error
                default: fatalError("a reader threw what it does not throw")
                }
            failure = reason
            throw reason
        }
    }

    /// Feeds a chunk of XML, and decides by the first character whether the text is that; nil where it is not.
    private func decided(_ bytes: UnsafeRawBufferPointer) throws(SuppressionError) -> RegistryMarkup? {
        guard var markup else { return nil }
        if !isDecided, let first = bytes.first(where: { $0 > 32 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }) {
            isDecided = true
            guard first == UInt8(ascii: "<") else {
                self.markup = nil
                return nil
            }
        }
        try markup.feed(bytes) { number throws(SuppressionError) in try take(number) }
        // Blank so far: counted by both, so that either has its line numbers right.
        if !isDecided { self.markup = markup }
        return isDecided ? markup : nil
    }

    private func take(_ number: RegistryMarkup.Number) throws(SuppressionError) {
        if definition.coverage == .asked { throw .rejected(.missingColumn("answer")) }
        if definition.effect == .exempt, definition.entries == .dated, !isRemoval {
            throw .rejected(.headerNeeded("the list exempts and its periods must be known"))
        }
        progress.lines += 1
        guard let digits = number.digits else {
            return reject(.badAreaCode, line: number.line, column: number.column)
        }
        guard let entry = normalise("+1" + digits) else {
            return reject(.notANumber, line: number.line, column: number.column)
        }
        guard definition.accepts?.contains(where: { $0.contains(entry) }) ?? true else {
            return reject(.otherCountry, line: number.line, column: number.column)
        }
        upload.numbers.insert(entry.digits)
    }

    private func reject(_ reason: RejectReason, line: Int, column: Int) {
        progress.rejected += 1
        rejectedBy[reason, default: 0] += 1
        if rejects.count < Self.mostRejects { rejects.append(Reject(line: line, column: column, reason: reason)) }
    }

    private func cut(
        _ body: () throws(RecordFault) -> RecordReader.Record?
    ) throws(SuppressionError) -> RecordReader.Record? {
        do throws(RecordFault) { return try body() } catch { throw .rejected(.record(error)) }
    }

    /// Most files hold a number on a line and nothing else. What the shortcut accepts is no comment and no header, is
    /// one field, and a row that ends with it has no period and no category.
    private func takePlainLines(in bytes: UnsafeRawBufferPointer, at position: inout Int) {
        guard let shortcut, let reader, reader.columns.phone == 0, reader.columns.number == .whole,
            reader.columns.flag == nil, definition.accepts == nil, definition.coverage != .asked
        else { return }
        while let line = records.peek(in: bytes, at: position) {
            let text = line.last == 13 ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
            guard let number = shortcut(text) else { return }
            records.skip(line, at: &position)
            progress.lines += 1
            upload.numbers.insert(number.digits)
        }
    }

    private func take(_ record: RecordReader.Record) throws(SuppressionError) {
        if let first = record.bytes.first(where: { $0 != 32 && $0 != 9 }) {
            if first == UInt8(ascii: "#") { return try takeComment(record) }
        } else {
            return
        }
        row.read(record.bytes, delimiter: records.delimiter)
        guard !row.isBlank else { return }
        if reader == nil {
            let columns = try ImportColumns(
                firstRow: row.texts, isUTF8: row.isUTF8, definition: definition, options: options,
                isRemoval: isRemoval, normalise: normalise)
            reader = EntryReader(
                definition: definition, columns: columns, isRemoval: isRemoval, asOf: asOf, latestAnswer: latestAnswer,
                normalise: normalise, shortcut: shortcut)
            if columns.flag != nil { try checkChangesAreTaken() }
            if columns.hasHeader { return }
        }
        guard let reader else { return }
        // A stray quote makes one field of many rows; their numbers would be lost as one bad line.
        if record.lastLine > record.firstLine, row.hasBrokenQuotes || row.hasLineEnd(reader.columns.phone) {
            throw .rejected(.record(.brokenQuoting(line: record.firstLine)))
        }
        progress.lines += 1
        switch try reader.entry(of: row, categories: &upload.categories) {
        case .number(let digits): upload.numbers.insert(digits)
        case .record(let entry): try upload.add(entry)
        case .prefix(let entry): try upload.addPrefix(entry)
        case .range(let range, let entry): try upload.addRange(range, entry)
        case .change(let digits, let adds): upload.change(digits, adds: adds)
        case .rejected(let reason, let column): reject(reason, line: record.firstLine, column: column)
        }
    }

    private func checkChangesAreTaken() throws(SuppressionError) {
        guard takesChanges else {
            throw .rejected(
                .changesNotTaken("send it with mode `add` for the rows that add, with mode `remove` for the others"))
        }
        guard definition.effect == .suppress else {
            throw .rejected(.changesNotTaken("the list exempts; send it whole"))
        }
        guard definition.coverage != .asked else {
            throw .rejected(.changesNotTaken("the list holds answers; send those"))
        }
    }

    /// `# covers: +1212 +1646` names prefixes that the version covers; any other comment says nothing.
    private func takeComment(_ record: RecordReader.Record) throws(SuppressionError) {
        let text = String(decoding: record.bytes, as: UTF8.self).drop { $0 == "#" || $0.isWhitespace }
        guard text.hasPrefix("covers:") else { return }
        for word in text.dropFirst(7).split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let prefix = NumberPrefix(word) else { throw .rejected(.badCoverage(line: record.firstLine)) }
            upload.covered.append(prefix)
        }
    }

    private func checkedCounts() throws(SuppressionError) -> ImportCounts {
        guard progress.bytes > 0 else { throw .rejected(.empty) }
        guard progress.lines > 0 else { throw .rejected(.noEntries) }
        let share = options.maximumRejectedShare ?? ImportOptions.usualRejectedShare
        if Double(progress.rejected) > share * Double(progress.lines) || progress.rejected == progress.lines {
            let mostly = rejectedBy.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
            throw .rejected(
                .tooManyRejected(rejected: progress.rejected, lines: progress.lines, mostly: mostly ?? .notANumber))
        }
        var counts = ImportCounts()
        counts.lines = progress.lines
        counts.rejected = progress.rejected
        counts.accepted = upload.compact(isAsked: definition.coverage == .asked && !isRemoval)
        counts.duplicates = counts.lines - counts.rejected - counts.accepted
        return counts
    }
}
