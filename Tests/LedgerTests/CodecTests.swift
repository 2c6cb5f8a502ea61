import GateModel
import GateTesting
import Ledger
import Testing

@Suite struct CodecTests {
    static let seed: UInt64 = 20_261_122

    @Test func whatStandsInNoCoreOfACallComesBack() throws {
        var arbitrary = Arbitrary(seed: Self.seed)
        for n in 0..<500 {
            let call = arbitrary.call()
            var writer = CBORWriter()
            writer.details(call)
            var read = call
            read.number = NumberReading(e164: nil, type: call.number.type, region: nil)
            (read.phone, read.event, read.dataFields) = ("", nil, [])
            (read.location, read.attributes) = (Location(), [:])
            var reader = CBORReader(writer.bytes)
            try reader.details(of: &read, number: call.number.e164?.description ?? "!" + call.phone)
            #expect(read == call, "seed \(Self.seed), call \(n)")
            #expect(reader.isAtEnd)
        }
    }

    @Test func factsComeBackWhole() throws {
        var arbitrary = Arbitrary(seed: Self.seed)
        for n in 0..<500 {
            let facts = arbitrary.facts()
            var writer = CBORWriter()
            writer.facts(facts)
            var reader = CBORReader(writer.bytes)
            let read = try reader.facts()
            #expect(read == facts, "seed \(Self.seed), facts \(n)")
            #expect(reader.isAtEnd)
            var again = CBORWriter()
            again.facts(read)
            #expect(again.bytes == writer.bytes)
        }
    }

    @Test func aListThatSaysNothingLeavesNoTrace() throws {
        var facts = Facts()
        facts.lists["quiet"] = ListFact(isListed: false)
        var writer = CBORWriter()
        writer.facts(facts)
        var reader = CBORReader(writer.bytes)
        #expect(try reader.facts().lists.isEmpty)
    }

    @Test func truncatedRecordsAreRefused() {
        var arbitrary = Arbitrary(seed: Self.seed)
        for _ in 0..<20 {
            var writer = CBORWriter()
            writer.facts(arbitrary.facts())
            for count in stride(from: 0, to: writer.bytes.count, by: max(1, writer.bytes.count / 60)) {
                var reader = CBORReader(Array(writer.bytes[..<count]))
                #expect(throws: MalformedRecord.self) { try reader.facts() }
            }
        }
    }
}
