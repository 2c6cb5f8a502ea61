import GateModel

/// Writes deterministic CBOR: shortest heads, definite lengths, arrays by position.
///
/// Source: RFC 8949 (December 2020), section 4.2.1.
public struct CBORWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public mutating func array(_ count: Int) { head(4, UInt64(count)) }

    public mutating func integer(_ value: Int64) {
        if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(-(value + 1))) }
    }

    public mutating func integer(_ value: Int?) {
        if let value { integer(Int64(value)) } else { null() }
    }

    public mutating func text(_ value: String?) {
        guard let value else { return null() }
        head(3, UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    public mutating func data(_ value: [UInt8]?) {
        guard let value else { return null() }
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }

    public mutating func null() { bytes.append(0xF6) }

    public mutating func instant(_ value: Instant?) {
        if let value { integer(value.milliseconds) } else { null() }
    }

    public mutating func texts(_ values: [String]) { each(values) { $0.text($1) } }

    public mutating func each<S: Collection>(_ values: S, _ body: (inout CBORWriter, S.Element) -> Void) {
        array(values.count)
        for value in values { body(&self, value) }
    }

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let major = major << 5
        switch value {
        case 0..<24: bytes.append(major | UInt8(value))
        case 24...0xFF:
            bytes.append(major | 24)
            bytes.append(UInt8(value))
        case 0x100...0xFFFF: tail(major | 25, value, 2)
        case 0x1_0000...0xFFFF_FFFF: tail(major | 26, value, 4)
        default: tail(major | 27, value, 8)
        }
    }

    private mutating func tail(_ head: UInt8, _ value: UInt64, _ count: Int) {
        bytes.append(head)
        for shift in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
    }
}

/// A stored record that does not read as what it should be.
public struct MalformedRecord: Error, Sendable, CustomStringConvertible {
    public var detail: String
    public init(_ detail: String) { self.detail = detail }
    public var description: String { "malformed record: \(detail)" }
}

/// Reads what ``CBORWriter`` writes, and nothing looser.
public struct CBORReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
        index = self.bytes.startIndex
    }

    public var isAtEnd: Bool { index == bytes.endIndex }

    public mutating func array() throws(MalformedRecord) -> Int { Int(try head(4)) }

    /// Reads the head of an array that must have so many elements.
    public mutating func array(_ count: Int) throws(MalformedRecord) {
        let found = try array()
        guard found == count else { throw MalformedRecord("an array of \(found) where \(count) must stand") }
    }

    public mutating func integer() throws(MalformedRecord) -> Int64 {
        switch try peek() >> 5 {
        case 0: return Int64(bitPattern: try head(0))
        default: return -1 - Int64(bitPattern: try head(1))
        }
    }

    public mutating func optionalInteger() throws(MalformedRecord) -> Int? { try isNull() ? nil : Int(try integer()) }

    public mutating func text() throws(MalformedRecord) -> String {
        let slice = try take(Int(try head(3)))
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw MalformedRecord("text that is not UTF-8")
        }
        return text
    }

    public mutating func optionalText() throws(MalformedRecord) -> String? { try isNull() ? nil : try text() }

    public mutating func data() throws(MalformedRecord) -> [UInt8] { Array(try take(Int(try head(2)))) }

    public mutating func optionalData() throws(MalformedRecord) -> [UInt8]? { try isNull() ? nil : try data() }

    public mutating func bool() throws(MalformedRecord) -> Bool {
        let byte = try peek()
        guard byte == 0xF4 || byte == 0xF5 else { throw MalformedRecord("no boolean") }
        index += 1
        return byte == 0xF5
    }

    public mutating func instant() throws(MalformedRecord) -> Instant { Instant(milliseconds: try integer()) }

    public mutating func optionalInstant() throws(MalformedRecord) -> Instant? { try isNull() ? nil : try instant() }

    public mutating func texts() throws(MalformedRecord) -> [String] {
        try each { reader throws(MalformedRecord) in try reader.text() }
    }

    public mutating func each<T>(
        _ body: (inout CBORReader) throws(MalformedRecord) -> T
    ) throws(MalformedRecord) -> [T] {
        let count = try array()
        guard count <= bytes.endIndex - index else { throw MalformedRecord("an array longer than the record") }
        var result: [T] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try body(&self)) }
        return result
    }

    /// Passes over one item, whatever it is.
    public mutating func skip() throws(MalformedRecord) {
        switch try peek() >> 5 {
        case 0, 1: _ = try integer()
        case 2: _ = try data()
        case 3: _ = try text()
        case 4: for _ in 0..<(try array()) { try skip() }
        case 7: if try !isNull() { _ = try bool() }
        default: throw MalformedRecord("an item that is not known")
        }
    }

    /// Reads a null where one stands next.
    public mutating func isNull() throws(MalformedRecord) -> Bool {
        guard try peek() == 0xF6 else { return false }
        index += 1
        return true
    }

    private func peek() throws(MalformedRecord) -> UInt8 {
        guard index < bytes.endIndex else { throw MalformedRecord("the record ends early") }
        return bytes[index]
    }

    private mutating func take(_ count: Int) throws(MalformedRecord) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.endIndex - index else { throw MalformedRecord("the record ends early") }
        defer { index += count }
        return bytes[index..<index + count]
    }

    private mutating func head(_ major: UInt8) throws(MalformedRecord) -> UInt64 {
        let first = try peek()
        guard first >> 5 == major else { throw MalformedRecord("another type than expected") }
        index += 1
        let low = first & 31
        if low < 24 { return UInt64(low) }
        guard low < 28 else { throw MalformedRecord("an indefinite length") }
        var value: UInt64 = 0
        for byte in try take(1 << Int(low - 24)) { value = value << 8 | UInt64(byte) }
        guard value <= UInt64(Int64.max) else { throw MalformedRecord("a number out of range") }
        // One value has one form, so that equal records have equal hashes.
        let least: [UInt64] = [24, 0x100, 0x1_0000, 0x1_0000_0000]
        guard value >= least[Int(low - 24)] else { throw MalformedRecord("a length that could be written shorter") }
        return value
    }
}
