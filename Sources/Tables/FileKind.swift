/// What the first bytes of a file say it is.
enum FileKind: Hashable {
    case text
    case gzip
    case zstd
    case zip
    case foreign(ForeignFile)

    /// How many bytes ``init(_:)`` looks at.
    static let looksAt = 1024

    init(_ start: UnsafeRawBufferPointer) {
        let start = start.prefix(Self.looksAt)
        func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
        if begins([0x1F, 0x8B]) {
            self = .gzip
        } else if begins([0x28, 0xB5, 0x2F, 0xFD]) {
            self = .zstd
        } else if start.count >= 4, start[0] & 0xF0 == 0x50, start.dropFirst().starts(with: [0x2A, 0x4D, 0x18]) {
            // A frame to be skipped, with which some programs begin.
            self = .zstd
        } else if begins([0x50, 0x4B, 3, 4]) || begins([0x50, 0x4B, 5, 6]) {
            self = .zip
        } else if let kind = Self.foreign.first(where: { begins($0.bytes) })?.kind {
            self = .foreign(kind)
        } else if Self.isPage(start) {
            self = .foreign(.html)
        } else {
            self = .text
        }
    }

    private static let foreign: [(bytes: [UInt8], kind: ForeignFile)] = [
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .oldWorkbook),
        // Workbooks of before 1997: a record that begins one.
        ([0x09, 0x08, 0x10, 0x00, 0x00, 0x06], .oldWorkbook), ([0x09, 0x04, 0x06, 0x00], .oldWorkbook),
        (Array("%PDF-".utf8), .pdf),
        (Array("BZh".utf8), .otherArchive), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .otherArchive),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .otherArchive), (Array("Rar!".utf8), .otherArchive),
        ([0xFF, 0xFE, 0, 0], .utf32), ([0, 0, 0xFE, 0xFF], .utf32),
    ]

    private static func isPage(_ start: Slice<UnsafeRawBufferPointer>) -> Bool {
        let text = start.drop { $0 <= 32 || $0 >= 0x80 }.prefix(16).map { $0 | 0x20 }
        return ["<!doctype html", "<html", "<head", "<meta", "<body", "<table"].contains { word in
            text.starts(with: word.utf8.map { $0 | 0x20 })
        }
    }
}
