/// What is known of a file before it is opened.
public struct TableOptions: Hashable, Sendable {
    /// Nil finds it out: by a byte order mark, then by what the bytes are valid in.
    public var encoding: TextEncoding?
    /// Name of the sheet of a workbook; nil takes the first that is not hidden. Not read for text.
    public var sheet: String?

    /// Without arguments: find everything out.
    public init(encoding: TextEncoding? = nil, sheet: String? = nil) {
        self.encoding = encoding
        self.sheet = sheet
    }
}

/// How a text is written in bytes. The last two are never guessed: nearly any bytes are valid in them.
public enum TextEncoding: String, Hashable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    /// GBK and GB 2312 as well, which are parts of it. Source: GB 18030-2022.
    case gb18030
    case big5
    case windows1252 = "windows-1252"

    /// Reads a name as people write it, such as `UTF-16LE`, `GBK` or `gb2312`; nil for any other.
    public init?(name: String) {
        switch name.lowercased() {
        case "utf8": self = .utf8
        case "gbk", "gb2312", "cp936": self = .gb18030
        case "cp1252": self = .windows1252
        case let name:
            guard let encoding = TextEncoding(rawValue: name) else { return nil }
            self = encoding
        }
    }

    /// As the C library calls it.
    var libraryName: String {
        switch self {
        case .windows1252: "CP1252"
        case .big5: "BIG5-HKSCS"
        default: rawValue.uppercased()
        }
    }

    /// The byte order mark that announces it; empty where there is none.
    var mark: [UInt8] {
        switch self {
        case .utf8: [0xEF, 0xBB, 0xBF]
        case .utf16LittleEndian: [0xFF, 0xFE]
        case .utf16BigEndian: [0xFE, 0xFF]
        case .gb18030: [0x84, 0x31, 0x95, 0x33]
        case .big5, .windows1252: []
        }
    }
}
