import GateModel

/// The id of a log entry in the form of a UUID version 7: the milliseconds of its instant, then its place in the log, so
/// that an entry is found by its id without an index.
///
/// Source: RFC 9562 (May 2024), section 5.7.
public struct EntryID: Hashable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    /// - Parameters:
    ///   - sequence: 0 ..< 2^42.
    ///   - noise: 32 random bits, so that ids of two logs differ.
    public init(at: Instant, sequence: Int64, noise: UInt32) {
        let time = UInt64(bitPattern: at.milliseconds) & 0xFFFF_FFFF_FFFF
        high = time << 16 | 0x7000 | UInt64(noise >> 20)
        low = 0x8000_0000_0000_0000 | (UInt64(sequence) & 0x3FF_FFFF_FFFF) << 20 | UInt64(noise & 0xFFFFF)
    }

    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    public init?(_ text: some StringProtocol) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard text.utf8.count == 36, digits.count == 32,
            let high = UInt64(String(decoding: digits[0..<16], as: UTF8.self), radix: 16),
            let low = UInt64(String(decoding: digits[16..<32], as: UTF8.self), radix: 16), high >> 12 & 15 == 7
        else { return nil }
        self.high = high
        self.low = low
        // Reading digits is lenient, an id is not.
        guard description == text.lowercased() else { return nil }
    }

    /// The entry's place in the log.
    public var sequence: Int64 { Int64(low >> 20 & 0x3FF_FFFF_FFFF) }

    /// When the entry was made.
    public var at: Instant { Instant(milliseconds: Int64(high >> 16)) }

    public var bytes: [UInt8] {
        Array(unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                buffer[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - index * 8))
                buffer[index + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - index * 8))
            }
            count = 16
        }
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            let digits: StaticString = "0123456789abcdef"
            var n = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[n] = UInt8(ascii: "-")
                    n += 1
                }
                let half = nibble < 16 ? high : low
                buffer[n] = digits.utf8Start[Int(half >> UInt64(60 - nibble % 16 * 4) & 15)]
                n += 1
            }
            return n
        }
    }
}
