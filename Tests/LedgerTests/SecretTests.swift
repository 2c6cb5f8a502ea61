import GateModel
import GateTesting
import Ledger
import Testing

@Suite struct SecretTests {
    let keys = LedgerKeys(lookup: [UInt8](repeating: 1, count: 32), wrapping: [UInt8](repeating: 2, count: 32))
    let id = EntryID(at: Instant(milliseconds: 5), sequence: 1, noise: 1)

    func secret(_ seed: UInt64) -> SubjectSecret {
        var random = SeededGenerator(seed: seed)
        return SubjectSecret(using: &random)
    }

    @Test func sealedBytesOpenOnlyWithTheirSecretAndEntry() throws {
        let plain = Array("+8613800000001".utf8)
        for plain in [plain, [], [UInt8](repeating: 9, count: 5000)] {
            let sealed = secret(1).seal(plain, id)
            #expect(try secret(1).open(sealed, id) == plain)
            #expect(throws: MalformedRecord.self) { try secret(2).open(sealed, id) }
            let other = EntryID(at: Instant(milliseconds: 5), sequence: 2, noise: 1)
            #expect(throws: MalformedRecord.self) { try secret(1).open(sealed, other) }
        }
        let sealed = secret(1).seal(plain, id)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: MalformedRecord.self) { try secret(1).open(changed, id) }
            #expect(throws: MalformedRecord.self) { try secret(1).open(Array(sealed[..<index]), id) }
        }
    }

    static let part = PersonalPart(
        mask: "138****0001", number: "+8613800000001", customer: "C-1", agent: "A7", record: [0x81, 5],
        keys: [LookupKey(high: 1, low: 2)], settles: 4)

    @Test func aCommitmentBindsTheEntryAndEveryPart() {
        let base = secret(1).opening(id).commitment(Self.part)
        #expect(base.count == 32)
        #expect(base == secret(1).opening(id).commitment(Self.part))
        let other = EntryID(at: Instant(milliseconds: 5), sequence: 2, noise: 1)
        #expect(secret(2).opening(id).commitment(Self.part) != base)
        // What is shown of one entry opens it, and no other.
        #expect(secret(1).opening(other) != secret(1).opening(id))
        #expect(secret(1).opening(other).commitment(Self.part) != base)
        for path in [
            \PersonalPart.mask, \PersonalPart.number, \PersonalPart.customer, \PersonalPart.agent,
        ] {
            for value in [nil, "", "x"] {
                var changed = Self.part
                changed[keyPath: path] = value
                #expect(secret(1).opening(id).commitment(changed) != base)
            }
        }
        for keys in [[], [LookupKey(high: 2, low: 1)], Self.part.keys + Self.part.keys] {
            var changed = Self.part
            changed.keys = keys
            #expect(secret(1).opening(id).commitment(changed) != base)
        }
        for settles in [nil, 5] as [Int64?] {
            var changed = Self.part
            changed.settles = settles
            #expect(secret(1).opening(id).commitment(changed) != base)
        }
        for record in [[], [0x81, 6], [0x81, 5, 0]] as [[UInt8]] {
            var changed = Self.part
            changed.record = record
            #expect(secret(1).opening(id).commitment(changed) != base)
        }
    }

    @Test func aPersonalPartComesBackAndShowsItsNamesAlone() throws {
        for part in [Self.part, PersonalPart(), PersonalPart(number: "+8613800000001")] {
            let stored = part.stored(under: secret(1), id)
            #expect(
                try PersonalPart(stored: stored, keys: part.keys, settles: part.settles, under: secret(1), id) == part)
            #expect(try PersonalPart(bytes: part.bytes) == part)
            let shown = try PersonalPart.Shown(stored: stored)
            #expect(shown.mask == part.mask && shown.customer == part.customer && shown.agent == part.agent)
            #expect(!String(decoding: stored, as: UTF8.self).contains("8613800000001"))
            #expect(throws: MalformedRecord.self) {
                try PersonalPart(stored: stored, keys: part.keys, settles: part.settles, under: secret(2), id)
            }
            for count in 0..<stored.count {
                #expect(throws: MalformedRecord.self) {
                    try PersonalPart(
                        stored: Array(stored[..<count]), keys: [], settles: nil, under: secret(1), id)
                }
            }
            #expect(throws: MalformedRecord.self) { try PersonalPart(bytes: part.bytes + [0]) }
        }
    }

    @Test func aWrappedSecretNeedsItsKey() throws {
        var random = SystemRandomNumberGenerator()
        let wrapped = keys.wrap(secret(3), using: &random)
        #expect(try keys.unwrap(wrapped).opening(id) == secret(3).opening(id))
        #expect(keys.wrap(secret(3), using: &random) != wrapped)
        let other = LedgerKeys(lookup: [UInt8](repeating: 1, count: 32), wrapping: [UInt8](repeating: 3, count: 32))
        #expect(throws: MalformedRecord.self) { try other.unwrap(wrapped) }
        for count in 0..<wrapped.count {
            #expect(throws: MalformedRecord.self) { try keys.unwrap(Array(wrapped[..<count])) }
        }
    }

    @Test func lookupKeysHaveNameSpacesOfTheirOwn() {
        let names: [LedgerKeys.Name] = [
            .number("1"), .customer("1"), .request(key: "1", id: ""), .request(key: "", id: "1"), .registry,
            .complaints,
            .request(key: "a", id: "bc"), .request(key: "ab", id: "c"), .source(kind: "1", source: "", reference: ""),
            .source(kind: "a", source: "b", reference: "cd"), .source(kind: "a", source: "bc", reference: "d"),
            .source(kind: "ab", source: "", reference: "cd"),
        ]
        let found = names.map(keys.key)
        #expect(Set(found).count == names.count)
        let other = LedgerKeys(lookup: [UInt8](repeating: 9, count: 32), wrapping: [UInt8](repeating: 2, count: 32))
        #expect(Set(found).isDisjoint(with: names.map(other.key)))
        for key in found {
            #expect(LookupKey(bytes: key.bytes) == key)
            #expect(LookupKey(text: key.text) == key)
        }
        #expect(LookupKey(text: "xyz") == nil)
        #expect(LookupKey(bytes: [1, 2, 3]) == nil)
    }
}
