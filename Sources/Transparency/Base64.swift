import FoundationEssentials

/// Standard Base 64 with padding, where each run of bytes has one form and only that is read.
///
/// Source: RFC 4648 (October 2006), section 4.
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// - Returns: nil where anything stands that ``text(_:)`` would not write, such as set bits beyond the last byte.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)), data.base64EncodedString().utf8.elementsEqual(text.utf8)
        else { return nil }
        return [UInt8](data)
    }
}
