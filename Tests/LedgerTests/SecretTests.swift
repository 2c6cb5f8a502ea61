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

    @Test func aCommitmentBindsEntryFieldAndValue() {
        let base = secret(1).commitment(id, "phone", [1, 2])
        #expect(base.count == 32)
        #expect(base == secret(1).commitment(id, "phone", [1, 2]))
        let other = EntryID(at: Instant(milliseconds: 5), sequence: 2, noise: 1)
        for changed in [
            secret(2).commitment(id, "phone", [1, 2]), secret(1).commitment(other, "phone", [1, 2]),
            secret(1).commitment(id, "customer", [1, 2]), secret(1).commitment(id, "phone", [1, 3]),
            secret(1).commitment(id, "phone", []),
        ] { #expect(changed != base) }
        // What is shown of one entry opens it, and no other.
        #expect(secret(1).opening(id).commitment("phone", [1, 2]) == base)
        #expect(secret(1).opening(other) != secret(1).opening(id))
        // The field cannot run into the value.
        #expect(secret(1).commitment(id, "a", Array("b".utf8)) != secret(1).commitment(id, "ab", []))
    }

    @Test func aWrappedSecretNeedsItsKey() throws {
        var random = SystemRandomNumberGenerator()
        let wrapped = keys.wrap(secret(3), using: &random)
        #expect(try keys.unwrap(wrapped).commitment(id, "f", []) == secret(3).commitment(id, "f", []))
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
