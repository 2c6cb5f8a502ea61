/// An error text fit to be logged by whoever gets it: what a caller wrote stands in backticks, and no telephone number may
/// stand there, nor a text of any length.
///
/// - Parameter quotedOnly: True for a text; false for a JSON pointer, whose every part may be a caller's.
public func withoutNumbers(_ text: String, quotedOnly: Bool) -> String {
    func redacted(_ part: Substring) -> String {
        let digits = part.unicodeScalars.count { $0.properties.numericType != nil }
        let masked = digits < 7 ? String(part) : String(part.map { $0.isNumber ? "*" : $0 })
        return masked.utf8.count > 200 ? masked.prefix(60) + "…" : masked
    }
    let separator: Character = quotedOnly ? "`" : "/"
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    return parts.enumerated().map { index, part in quotedOnly && index % 2 == 0 ? String(part) : redacted(part) }
        .joined(separator: String(separator))
}
