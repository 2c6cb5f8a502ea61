/// One row of an upload that was left out.
public struct Reject: Hashable, Sendable {
    /// Line of the file on which the row starts, from 1.
    public let line: Int
    /// Column of the cell at fault, from 1; of XML, the character at which the element begins.
    public let column: Int
    /// Never contains what the cell held.
    public let reason: RejectReason

    /// A place and what is wrong there.
    public init(line: Int, column: Int, reason: RejectReason) {
        self.line = line
        self.column = column
        self.reason = reason
    }
}

/// Why a row was left out.
public enum RejectReason: String, Hashable, Sendable, CustomStringConvertible {
    case notANumber = "not a callable number"
    case noNumber = "no number in the row"
    case controlCharacter = "a control character in the number"
    case spreadsheetNumber = "a spreadsheet made a decimal of the number; export the column as text"
    case badPrefix = "a prefix must be a plus, the country code, further digits and a star"
    case countryPrefix = "the prefix may hold a whole country; write more digits, or declare `allows_country_prefixes`"
    case badRange = "a range must be two numbers of one length with a plus each, such as +8613800-+8613899"
    case otherCountry = "the list does not accept numbers that begin so"
    case badAreaCode = "the area code must be three digits and the number seven"
    case badPhoneCode = "the phone code must be a country's calling code, one to four digits"
    case badFlag = "the flag is neither A nor D"
    case badQuotes = "text after a closing quote"
    case badFrom = "the start is no date such as 2026-01-31 or 2026-01-31T08:00:00+08:00"
    case badUntil = "the end is no date such as 2026-01-31 or 2026-01-31T08:00:00+08:00"
    case endsBeforeStart = "the period ends before it starts"
    case badAnswer = "the answer is none of yes, no and no_data"
    case badReceivedAt = "the time of the answer is no date such as 2026-01-31 or 2026-01-31T08:00:00+08:00"
    case aheadOfTime = "the time of the answer lies in the future"
    case categoryTooLong = "the category is longer than 200 bytes"

    /// Lower case, without a full stop; safe to show.
    public var description: String { rawValue }
}
