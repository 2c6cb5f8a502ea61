import GateModel
import GateTesting
import Ledger
import Testing

@Suite struct CBORTests {
    @Test(
        arguments: [
            (0, [0x00]), (23, [0x17]), (24, [0x18, 24]), (255, [0x18, 255]), (256, [0x19, 1, 0]),
            (65_535, [0x19, 255, 255]),
            (65_536, [0x1A, 0, 1, 0, 0]), (4_294_967_296, [0x1B, 0, 0, 0, 1, 0, 0, 0, 0]), (-1, [0x20]), (-24, [0x37]),
            (-25, [0x38, 24]), (.max, [0x1B, 0x7F, 255, 255, 255, 255, 255, 255, 255]),
            (.min, [0x3B, 0x7F, 255, 255, 255, 255, 255, 255, 255]),
        ] as [(Int64, [UInt8])])
    func integersHaveTheShortestHead(value: Int64, bytes: [UInt8]) throws {
        var writer = CBORWriter()
        writer.integer(value)
        #expect(writer.bytes == bytes)
        var reader = CBORReader(bytes)
        #expect(try reader.integer() == value)
        #expect(reader.isAtEnd)
    }

    @Test(
        arguments: [[0x18, 5], [0x19, 0, 200], [0x1A, 0, 0, 1, 0], [0x1B, 0, 0, 0, 0, 0, 0, 0, 1], [0x38, 3]]
            as [[UInt8]])
    func longerHeadsAreRefused(bytes: [UInt8]) {
        var reader = CBORReader(bytes)
        #expect(throws: MalformedRecord.self) { try reader.integer() }
    }

    @Test(
        arguments: [
            [], [0x18], [0x1C], [0x1F], [0x1B, 255, 255, 255, 255, 255, 255, 255, 255], [0x61, 65], [0xF5], [0x40],
        ] as [[UInt8]])
    func whatIsNoIntegerIsRefused(bytes: [UInt8]) {
        var reader = CBORReader(bytes)
        #expect(throws: MalformedRecord.self) { try reader.integer() }
    }

    @Test func textMustBeWholeAndUTF8() {
        for bytes in [
            [0x62, 65], [0x61, 0xFF], [0x7B, 0x7F, 255, 255, 255, 255, 255, 255, 255, 65], [0x62, 0xC3, 0x28],
        ] as [[UInt8]] {
            var reader = CBORReader(bytes)
            #expect(throws: MalformedRecord.self) { try reader.text() }
        }
    }

    @Test func arraysLongerThanTheRecordAreRefused() {
        for bytes in [[0x9B, 0x7F, 255, 255, 255, 255, 255, 255, 255], [0x82, 0x61, 65], [0x9F, 0xFF]] as [[UInt8]] {
            var reader = CBORReader(bytes)
            #expect(throws: MalformedRecord.self) { try reader.texts() }
        }
    }

    @Test func valuesComeBack() throws {
        var writer = CBORWriter()
        writer.text("héllo 你好")
        writer.text(nil)
        writer.data([0, 255])
        writer.data(nil)
        writer.bool(true)
        writer.bool(false)
        writer.integer(nil as Int?)
        writer.integer(-7 as Int?)
        writer.instant(nil)
        writer.instant(.distantFuture)
        writer.texts([])
        writer.texts(["a", ""])
        var reader = CBORReader(writer.bytes)
        #expect(try reader.text() == "héllo 你好")
        #expect(try reader.optionalText() == nil)
        #expect(try reader.data() == [0, 255])
        #expect(try reader.optionalData() == nil)
        #expect(try reader.bool())
        #expect(try !reader.bool())
        #expect(try reader.optionalInteger() == nil)
        #expect(try reader.optionalInteger() == -7)
        #expect(try reader.optionalInstant() == nil)
        #expect(try reader.instant() == .distantFuture)
        #expect(try reader.texts() == [])
        #expect(try reader.texts() == ["a", ""])
        #expect(reader.isAtEnd)
    }
}
