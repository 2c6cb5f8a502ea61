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
    /// What was written.
    public let index: FileDigest
}
