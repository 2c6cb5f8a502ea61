import Glibc

/// Follows UTF-8 through chunks. Source: RFC 3629 (November 2003), section 4.
struct UTF8Validity {
    /// Continuation bytes that the current character still lacks.
    private var missing = 0
    /// Bytes of the current character that were read.
    private var read = 0
    /// What the next continuation byte may be.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF
    /// Characters of three or four bytes that were read whole: proof of UTF-8, since other encodings hardly make two.
    private(set) var wideCharacters = 0

    /// Whether the text ends in the middle of a character; how many bytes ago that began.
    var unfinished: Int? { missing > 0 ? read : nil }

    /// Place of the first character that is not valid, or of the first NUL; less than 0 for one begun in an earlier
    /// chunk; nil where all is well so far.
    mutating func firstFault(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < bytes.count {
            if missing == 0 {
                index += plainPrefix(of: UnsafeRawBufferPointer(rebasing: bytes[index...]))
                guard index < bytes.count else { return nil }
            }
            let byte = bytes[index]
            if missing > 0 {
                guard allowed.contains(byte) else { return index - read }
                allowed = 0x80...0xBF
                missing -= 1
                read += 1
                if missing == 0, read > 2 { wideCharacters += 1 }
            } else {
                guard begin(byte) else { return index }
            }
            index += 1
        }
        return nil
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        read = 1
        allowed = 0x80...0xBF
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
        case 0xED: (missing, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }
}

/// How many bytes at the start are ASCII and not NUL; eight at a time, since most files are nothing else.
func plainPrefix(of bytes: UnsafeRawBufferPointer) -> Int {
    let (ones, highs) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
    var index = 0
    // Of bytes below 128 only a NUL has its high bit set after one is taken away.
    while index &+ 32 <= bytes.count {
        let a = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let b = bytes.loadUnaligned(fromByteOffset: index &+ 8, as: UInt64.self)
        let c = bytes.loadUnaligned(fromByteOffset: index &+ 16, as: UInt64.self)
        let d = bytes.loadUnaligned(fromByteOffset: index &+ 24, as: UInt64.self)
        let high = a | b | c | d | (a &- ones) | (b &- ones) | (c &- ones) | (d &- ones)
        guard high & highs == 0 else { break }
        index &+= 32
    }
    while index < bytes.count, (1...127).contains(bytes[index]) { index &+= 1 }
    return index
}

/// Counts lines and characters of UTF-8.
struct TextPlace {
    private(set) var line = 1
    /// Of the next character, from 1.
    private(set) var column = 1

    mutating func advance(over bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == 10 {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }
}
