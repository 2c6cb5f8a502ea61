import Tables

/// How one upload is read.
public struct ImportOptions: Hashable, Sendable {
    /// How the text is divided.
    public enum Format: String, Hashable, Sendable {
        /// Fields separated by comma, semicolon or tab, with or without a header; one number a line is such a file too.
        case csv
        /// One number a line, taken whole.
        case lines
    }

    /// `csv` unless said otherwise.
    public var format: Format
    /// The header of the column with the numbers; nil finds it by its name.
    public var phoneColumn: String?
    /// Share of rejected lines, 0 to 1, above which the whole upload is rejected.
    public var maximumRejectedShare: Double
    /// What the version covers, for lists whose coverage is `prefixes`; `# covers:` lines of the file add to it.
    public var coveredPrefixes: [NumberPrefix]
    /// Its encoding and sheet, where they are known.
    public var table = TableOptions()

    /// Without arguments: CSV whose columns are found by name, at most one line in twenty bad.
    public init(
        format: Format = .csv, phoneColumn: String? = nil, maximumRejectedShare: Double = 0.05,
        coveredPrefixes: [NumberPrefix] = []
    ) {
        self.format = format
        self.phoneColumn = phoneColumn
        self.maximumRejectedShare = maximumRejectedShare
        self.coveredPrefixes = coveredPrefixes
    }
}

/// How far an import has come.
public struct ImportProgress: Hashable, Sendable {
    /// Bytes of the upload read so far.
    public internal(set) var bytes = 0
    /// Rows read so far; blank lines, comments and the header are not counted.
    public internal(set) var lines = 0
    /// Rows left out so far.
    public internal(set) var rejected = 0
}

/// What became of an upload that was read to its end.
public struct ImportSummary: Hashable, Sendable {
    /// How the lines of the upload fared.
    public let counts: ImportCounts
    /// Entries of what was written.
    public let entries: Int
    /// Length and hash of what was fed.
    public let upload: FileDigest
    /// What was written.
    public let index: FileDigest
}
