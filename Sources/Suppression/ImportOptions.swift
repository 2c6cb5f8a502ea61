import Tables

/// How one upload is read. What is nil here is as the list's definition says.
public struct ImportOptions: Hashable, Sendable {
    /// How the text is divided.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// Found out from the first row: any of the others but ``changes``, which can make numbers callable again and
        /// so must be declared.
        case auto
        /// Fields separated by comma, semicolon, tab or bar, with or without a header; one number a line is such a file
        /// too.
        case csv
        /// One number a line, taken whole: VICIdial's do-not-call lists.
        case lines
        /// `AAA,NNNNNNN` or `AAANNNNNNN`, area code and number under +1: the FTC's full list, Canada's DNCL as text.
        case areaCodes = "area_codes"
        /// Rows with a flag, A adds and D removes; the last row about a number wins: the FTC's change list.
        case changes
        /// `ac` and `ph` elements: Canada's DNCL as XML.
        case dnclXML = "dncl_xml"
        /// Fields separated by tab or bar, with a header or in VICIdial's order of the fields of a lead.
        case vicidialLeads = "vicidial_leads"
    }

    /// Nil and nothing in the definition: ``Format/auto``.
    public var format: Format?
    /// The header of the column with the numbers, or `#3` for the third; nil finds it by its name.
    public var phoneColumn: String?
    /// Share of rejected lines, 0 to 1, above which the whole upload is rejected; one in twenty unless said otherwise.
    public var maximumRejectedShare: Double?
    /// Nil finds the encoding out.
    public var encoding: TextEncoding?
    /// Sheet of a workbook; nil is the first that is not hidden.
    public var sheet: String?
    /// What the version covers, for lists whose coverage is `prefixes`; `# covers:` lines of the file add to it.
    public var coveredPrefixes: [NumberPrefix]
    static let usualRejectedShare = 0.05

    /// Without arguments: as the definition says.
    public init(
        format: Format? = nil, phoneColumn: String? = nil, maximumRejectedShare: Double? = nil,
        encoding: TextEncoding? = nil, sheet: String? = nil, coveredPrefixes: [NumberPrefix] = []
    ) {
        self.format = format
        self.phoneColumn = phoneColumn
        self.maximumRejectedShare = maximumRejectedShare
        self.encoding = encoding
        self.sheet = sheet
        self.coveredPrefixes = coveredPrefixes
    }

    /// These options, with what they leave open taken from others.
    public func completed(by others: ImportOptions) -> ImportOptions {
        ImportOptions(
            format: format ?? others.format, phoneColumn: phoneColumn ?? others.phoneColumn,
            maximumRejectedShare: maximumRejectedShare ?? others.maximumRejectedShare,
            encoding: encoding ?? others.encoding, sheet: sheet ?? others.sheet,
            coveredPrefixes: coveredPrefixes + others.coveredPrefixes)
    }

    /// What a ``TableFile`` needs to know; complete the options first.
    public var table: TableOptions { TableOptions(encoding: encoding, sheet: sheet) }
}
