/// The beginning of an entry's core, as far as an audit judges it: kind, id and instant.
///
/// Source: `docs/decisions/0011-format-the-entry-core.md` and 0013.
struct EntryHead {
    var kind: Int
    var sequence: Int64
    var milliseconds: Int64

    /// Why a core has no readable head.
    struct Unreadable: Error { var why: String }

    init(_ core: [UInt8]) throws(Unreadable) {
        guard core.count >= 2, core[0] == 0x87 else { throw Unreadable(why: "it is not a list of seven parts") }
        guard core[1] == 2 else { throw Unreadable(why: "its format is not version 2") }
        var rest = core[2...]
        guard let kind = EntryHead.number(&rest) else { throw Unreadable(why: "it has no kind") }
        guard rest.count >= 17, rest.first == 0x50 else { throw Unreadable(why: "it has no id") }
        let id = rest.dropFirst().prefix(16)
        rest = rest.dropFirst(17)
        guard let time = EntryHead.number(&rest) else { throw Unreadable(why: "it has no time") }
        let (high, low) = (EntryHead.bigEndian(id.prefix(8)), EntryHead.bigEndian(id.suffix(8)))
        guard high >> 12 & 15 == 7, low >> 62 == 2, high >> 16 == UInt64(time) & 0xFFFF_FFFF_FFFF else {
            throw Unreadable(why: "its id is not one of its time")
        }
        (self.kind, milliseconds) = (Int(kind), time)
        sequence = Int64(low >> 20 & (1 << 42 - 1))
    }

    /// A number that is not negative, as CBOR writes it (RFC 8949, section 3.1).
    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        guard let head = bytes.popFirst(), head <= 27 else { return nil }
        if head < 24 { return Int64(head) }
        let count = 1 << (head - 24)
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return Int64(exactly: bigEndian(bytes.prefix(count)))
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
