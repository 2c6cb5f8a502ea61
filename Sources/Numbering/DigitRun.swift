/// Up to 32 decimal digits, leading zeros kept, without heap memory: four bits each, the last digit lowest.
struct DigitRun: Hashable, Sendable {
    static let capacity = 32

    private var bits: UInt128 = 0
    private(set) var count = 0

    init() {}

    /// Nil unless the text is 0 to 32 ASCII digits.
    init?(_ text: String) {
        for byte in text.utf8 {
            guard (48...57).contains(byte), append(Int(byte) - 48) else { return nil }
        }
    }

    /// False where the run is full.
    mutating func append(_ digit: Int) -> Bool {
        guard count < Self.capacity else { return false }
        bits = bits << 4 | UInt128(truncatingIfNeeded: digit)
        count += 1
        return true
    }

    /// The digit at `index` from the left.
    subscript(index: Int) -> Int {
        Int(truncatingIfNeeded: bits >> (4 * (count - 1 - index))) & 15
    }

    func dropFirst(_ number: Int) -> DigitRun {
        var rest = self
        rest.count = count - number
        rest.bits &= ~(UInt128.max << (4 * rest.count))
        return rest
    }

    func hasPrefix(_ other: DigitRun) -> Bool {
        count >= other.count && bits >> (4 * (count - other.count)) == other.bits
    }

    /// Nil where the run is no number that can follow a plus: empty, longer than 15 digits, or with a leading zero.
    var international: UInt64? {
        guard (1...15).contains(count), self[0] != 0 else { return nil }
        var value: UInt64 = 0
        for index in 0..<count { value = value * 10 + UInt64(self[index]) }
        return value
    }

    static func + (left: DigitRun, right: DigitRun) -> DigitRun? {
        guard left.count + right.count <= capacity else { return nil }
        var sum = left
        sum.bits = left.bits << (4 * right.count) | right.bits
        sum.count += right.count
        return sum
    }

    var text: String {
        (0..<count).reduce(into: "") { text, index in text.append(String(self[index])) }
    }
}
