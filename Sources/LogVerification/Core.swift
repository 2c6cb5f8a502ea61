/// What an entry's core binds of a person.
struct Core {
    var id: ArraySlice<UInt8>
    var body: ArraySlice<UInt8>
    /// Of an entry about a person.
    var commitment: ArraySlice<UInt8>?
    /// Of an entry about nobody.
    var keysCode: ArraySlice<UInt8>?

    /// - Returns: nil for what the audit finds unreadable.
    init?(_ core: [UInt8]) {
        var bytes = Bytes(core)
        guard bytes.list() == 7, bytes.number() != nil, bytes.number() != nil, let id = bytes.data(), id.count == 16,
            bytes.number() != nil, bytes.textOrNull() != nil, let body = bytes.data(),
            let binding = bytes.binding(), bytes.isAtEnd
        else { return nil }
        (self.id, self.body, commitment, keysCode) = (id, body, binding.person, binding.keys)
    }
}

/// As much of CBOR (RFC 8949) as the formats use.
struct Bytes {
    enum Text {
        case text(ArraySlice<UInt8>)
        case null
    }

    private(set) var rest: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { rest = bytes[...] }
    var isAtEnd: Bool { rest.isEmpty }

    /// The shortest head.
    static func head(_ major: UInt8, _ value: UInt64) -> [UInt8] {
        if value < 24 { return [major | UInt8(value)] }
        let width = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value < 0x1_0000_0000 ? 2 : 3
        return [major | UInt8(24 + width)]
            + (0..<1 << width).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    private mutating func head(_ major: UInt8) -> Int? {
        guard let first = rest.first, first >> 5 == major else { return nil }
        rest = rest.dropFirst()
        let short = first & 31
        if short < 24 { return Int(short) }
        guard short <= 27 else { return nil }
        let count = 1 << Int(short - 24)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Int(exactly: rest.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private mutating func run(_ major: UInt8) -> ArraySlice<UInt8>? {
        guard let count = head(major), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func number() -> Int? { head(0) }
    mutating func data() -> ArraySlice<UInt8>? { run(2) }
    /// A run of bytes, or a list of one: one of the two is nil.
    mutating func binding() -> (person: ArraySlice<UInt8>?, keys: ArraySlice<UInt8>?)? {
        if rest.first == 0x81 {
            rest = rest.dropFirst()
            return data().map { (nil, $0) }
        }
        return data().map { ($0, nil) }
    }
    mutating func list() -> Int? { head(4) }
    /// One text, run of bytes or null, as it is written.
    mutating func item() -> ArraySlice<UInt8>? {
        let start = rest
        guard textOrNull() != nil || data() != nil else { return nil }
        return start.dropLast(rest.count)
    }
    mutating func textOrNull() -> Text? {
        if rest.first == 0xF6 {
            rest = rest.dropFirst()
            return .null
        }
        return run(3).map(Text.text)
    }
}
