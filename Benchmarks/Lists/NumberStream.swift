import GateModel
import Numbering

/// Different callable numbers of one country, the same on every machine, spread over every range that is assigned.
struct NumberStream {
    enum Order: String {
        /// As registries send them.
        case sorted
        /// As uploads come.
        case random
    }

    enum Country: String {
        /// Mobiles of all prefixes, as eleven digits.
        case cn
        /// Numbers of all area codes, as ten digits.
        case us

        var region: String { rawValue.uppercased() }
        fileprivate var callingCode: String { self == .cn ? "86" : "1" }
    }

    let count: UInt64
    /// Digits of blocks that are callable as a whole, calling code included.
    private let blocks: [UInt64]
    private let blockSize: UInt64
    private let nationalDigits: Int
    /// Other than 0, every hundredth number is another.
    private let edition: UInt64

    init(_ country: Country, count: Int, edition: Int = 0, numbers: NumberReader) {
        let code = country.callingCode
        func isMobile(_ digits: String) -> Bool { numbers.read("+" + digits).type == .mobile }
        func isCallable(_ digits: String) -> Bool { numbers.callable("+" + digits, region: nil) != nil }
        switch country {
        case .cn:
            blockSize = 10_000_000
            nationalDigits = 11
            blocks = (1300...1999).filter { isMobile("\(code)\($0)0000000") }.compactMap { UInt64("\(code)\($0)") }
        case .us:
            blockSize = 1_000_000
            nationalDigits = 10
            blocks = (2002...9899).filter { block in
                block % 10 > 1 && (100...199).allSatisfy { isCallable("\(code)\(block)\(String($0).dropFirst())0000") }
            }.compactMap { UInt64("\(code)\($0)") }
        }
        self.count = UInt64(count)
        self.edition = UInt64(edition)
        precondition(self.count * 2 <= UInt64(blocks.count) * blockSize, "more numbers than the country has")
    }

    /// The numbers lie in as many equal spans as there are numbers, each somewhere in its own.
    ///
    /// - Parameter other: Gives a number of the same span that is not in the stream.
    func number(_ index: UInt64, other: Bool = false) -> UInt64 {
        let start = bound(index)
        let width = bound(index + 1) - start
        var offset = mixed(index &* 2) % width
        if edition != 0, index % 100 == 0 { offset = (offset + 1) % width }
        if other { offset = (offset + 2) % max(width, 3) }
        let place = start + offset
        return blocks[Int(place / blockSize)] * blockSize + place % blockSize
    }

    private func bound(_ index: UInt64) -> UInt64 {
        let product = index.multipliedFullWidth(by: UInt64(blocks.count) * blockSize)
        return count.dividingFullWidth(product).quotient
    }

    /// Calls `body` with texts of about a megabyte, one number a line in its national form.
    func write(_ order: Order, _ body: ([UInt8]) -> Void) {
        var text: [UInt8] = []
        text.reserveCapacity(1 << 20)
        for step in 0..<count {
            var rest = number(order == .sorted ? step : permuted(step))
            let start = text.count
            text.append(contentsOf: repeatElement(10, count: nationalDigits + 1))
            for place in stride(from: start + nationalDigits - 1, through: start, by: -1) {
                text[place] = UInt8(48 + rest % 10)
                rest /= 10
            }
            if text.count > 1 << 20 - 16 {
                body(text)
                text.removeAll(keepingCapacity: true)
            }
        }
        body(text)
    }

    /// A permutation of the indexes: four rounds of a Feistel network, again until the result is an index.
    func permuted(_ index: UInt64) -> UInt64 {
        let half = UInt64((64 - (count - 1).leadingZeroBitCount + 1) / 2)
        let mask = (1 << half) - 1 as UInt64
        var value = index
        repeat {
            var (left, right) = (value >> half, value & mask)
            for round in 0..<4 as Range<UInt64> { (left, right) = (right, left ^ (mixed(right << 3 | round) & mask)) }
            value = left << half | right
        } while value >= count
        return value
    }

    /// The finaliser of SplitMix64.
    private func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
