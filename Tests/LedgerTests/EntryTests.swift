import GateModel
import GateTesting
import Ledger
import Testing

@Suite struct EntryTests {
    let at = Instant(milliseconds: 1_795_000_000_123)

    @Test(arguments: [0, 1, 12_345, 1 << 41, (1 << 42) - 1] as [Int64])
    func anIDHoldsItsPlaceAndTime(sequence: Int64) throws {
        for noise in [0, 1, 0xFFFF_FFFF, 0x1234_5678] as [UInt32] {
            let id = EntryID(at: at, sequence: sequence, noise: noise)
            #expect(id.sequence == sequence)
            #expect(EntryID(id.description) == id)
            #expect(EntryID(bytes: id.bytes) == id)
            #expect(id.high >> 16 == UInt64(at.milliseconds))
            #expect(id.high >> 12 & 15 == 7)
            #expect(id.low >> 62 == 2)
        }
    }

    @Test(arguments: [
        "", "0199", "not-an-id", "01930000-0000-4000-8000-000000000000", "01930000-0000-7000-8000-00000000000",
        "0193000000007000800000000000000000--", "+1930000-0000-7000-8000-000000000000",
        "01930000-0000-7000-8000-0000000000zz",
    ])
    func whatIsNoIDIsRefused(text: String) { #expect(EntryID(text) == nil) }

    func core(_ kind: EntryKind = .allow) -> EntryCore {
        EntryCore(
            kind: kind, id: EntryID(at: at, sequence: 7, noise: 9), at: at, actor: "k1", body: [1, 2, 3],
            binding: kind == .access ? .keys([8]) : .person([UInt8](repeating: 7, count: 32)))
    }

    @Test(arguments: EntryKind.allCases) func aCoreComesBack(kind: EntryKind) throws {
        let bytes = core(kind).bytes
        let read = try EntryCore(bytes: bytes)
        #expect(read.bytes == bytes)
        #expect(read.kind == kind && read.at == at && read.actor == "k1" && read.body == [1, 2, 3])
        #expect(read.binding == core(kind).binding)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = core().bytes
        for count in 0..<bytes.count {
            #expect(throws: MalformedRecord.self) { try EntryCore(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: MalformedRecord.self) { try EntryCore(bytes: bytes + [0]) }
    }

    /// A changed bit is refused or gives another entry with one form of its own; it is never taken for the old one.
    @Test func everyChangedBitShows() throws {
        let bytes = core().bytes
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                if let read = try? EntryCore(bytes: changed) { #expect(read.bytes == changed) }
            }
        }
    }

    @Test func randomBytesNeverCrash() {
        var random = SeededGenerator(seed: 20_261_122)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? EntryCore(bytes: bytes)
            var reader = CBORReader(bytes)
            var call = Call(number: NumberReading(e164: nil, type: .invalid, region: nil), phone: "", purpose: "")
            try? reader.details(of: &call, number: "+8613800000001")
            reader = CBORReader([0x90] + bytes)
            _ = try? reader.facts()
        }
    }
}
