import Crypto
import Foundation
import GRDB
import GateModel
import Ledger
import LogVerification
import Storage
import Testing

@testable import Gate

/// The policy's files and the zones that snapshots name are there, and are what they were.
@Suite struct PinTests {
    private static let zone: [UInt8] = Array("TZif2, some bytes of a zone".utf8)
    private static let files = PolicyFilesText(path: "core/pack.yaml", content: Array("pack: core\n".utf8))

    /// A policy of one file, put together by hand after docs/decisions/0017.
    private struct PolicyFilesText {
        var path: String
        var content: [UInt8]
        var id: String {
            let digest = SHA256.hash(
                data: Array("\(path.utf8.count):\(path)\(content.count):".utf8) + content)
            return "sha256:" + hexadecimal(digest)
        }
        var name: [UInt8] { Array(SHA256.hash(data: Array(id.utf8))) }
        var archive: [UInt8] {
            var writer = CBORWriter()
            writer.array(1)
            writer.array(2)
            writer.text(path)
            writer.data(content)
            return writer.bytes
        }
    }

    private func log(pinning pins: [([UInt8], [UInt8])]) throws -> WrittenLog {
        let log = try WrittenLog(rounds: [2])
        let zone = Array(SHA256.hash(data: Self.zone))
        let body = #"{"policy":"\#(Self.files.id)","zones":{"Asia/Shanghai":"\#(hexadecimal(zone))"}}"#
        try log.store.commit { transaction in
            for (name, bytes) in pins { try transaction.pin(name, bytes) }
            let sequence = try transaction.head() + 1
            let id = EntryID(at: log.start + .seconds(60), sequence: sequence, noise: 1)
            let core = EntryCore(
                kind: .snapshot, id: id, at: log.start + .seconds(60), actor: "gate", body: Array(body.utf8),
                binding: log.keyFile.ledger.binding(id, []))
            try transaction.append(StoredEntry(sequence: sequence, kind: .snapshot, core: core.bytes))
        }
        try log.tree.extend()
        return log
    }

    private var both: [([UInt8], [UInt8])] {
        [(Array(SHA256.hash(data: Self.zone)), Self.zone), (Self.files.name, Self.files.archive)]
    }

    @Test func everyChangedBitOfAPinIsFound() throws {
        let log = try log(pinning: both)
        #expect(try log.finding() == nil)
        let queue = try DatabaseQueue(path: log.data + "/log.sqlite")
        for (name, bytes) in both {
            for bit in 0..<bytes.count * 8 {
                func store(_ bytes: [UInt8]) throws {
                    try queue.writeWithoutTransaction {
                        try $0.execute(
                            sql: "UPDATE pinned SET bytes = ? WHERE sha256 = ?", arguments: [Data(bytes), Data(name)])
                    }
                }
                try store(bytes.flipping(bit: bit))
                #expect(
                    try log.finding()?.text.hasPrefix("what is pinned as \(hexadecimal(name))") == true, "bit \(bit)")
                try store(bytes)
            }
        }
        try queue.close()
        #expect(try log.finding() == nil)
    }

    @Test(arguments: [0, 1]) func aPinThatIsGoneIsNamedWithItsSnapshot(kept: Int) throws {
        let log = try log(pinning: [both[kept]])
        let finding = try #require(try log.finding())
        #expect(finding.sequence == 3)
        #expect(
            finding.text
                == "entry 3 names \(kept == 0 ? Self.files.id : "Asia/Shanghai"), which is not in the log any more")
    }
}
