/// What a file may cost. Each is far beyond an honest file and well within a small machine.
public enum TableLimits {
    /// Bytes of text out of one file: 250 million lines of 128 bytes each. A bomb ends here at the latest.
    public static let longestText = 32 << 30
    /// Bytes out for each byte in. Sorted numbers reach 10, columns that never change 100; bombs 1000 and more.
    public static let greatestRatio = 250
    /// Bytes out before the ratio is looked at, so that a small file of one repeated line is no bomb.
    public static let ratioGrace = 16 << 20
    /// Log2 of the memory that a zstd frame may ask for, 128 MiB: what `zstd --ultra -22` writes and no more.
    public static let zstdWindowLog = 27
    /// Bytes of the texts that the cells of a workbook share, which must be held: a million names and numbers need 40 MB.
    public static let sharedStringBytes = 128 << 20
    /// Texts that the cells of a workbook share: two columns of a full sheet and as many again.
    public static let sharedStrings = 4 << 20
    /// Rows of a sheet. Source: ECMA-376, as every spreadsheet program has it.
    public static let rows = 1_048_576
    /// Columns of a sheet.
    public static let columns = 16_384
    /// Bytes of one cell: 32,767 characters of four bytes each.
    public static let cellBytes = 131_068
    /// Elements inside elements of a workbook's XML; real ones stay below 20.
    public static let xmlDepth = 64
    /// Bytes of one tag of a workbook's XML.
    public static let xmlTag = 65_536
    /// Files inside a workbook; each picture and each sheet is one.
    public static let archiveEntries = 65_535
    /// Bytes of the list of the files inside a workbook.
    public static let archiveDirectory = 32 << 20
}
