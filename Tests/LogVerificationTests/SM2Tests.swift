import Foundation
import GateTesting
import LogVerification
import Testing
import Transparency

@testable import Gate

/// Checkpoints with an SM2 signature below the Ed25519 one.
@Suite struct SM2Tests {
    private let secret = [UInt8](1...32)

    private func reopen(_ log: WrittenLog, sm2: [UInt8]?) {
        log.tree = LogTree(
            folder: log.data + "/tree", store: log.store, seed: log.keyFile.logSeed, sm2: sm2, origin: nil,
            every: .zero,
            notice: { _ in })
    }

    private func verify(_ log: WrittenLog, _ key: String? = nil) throws -> LogVerification.Report {
        var places = log.places()
        places.sm2Key = key
        return try LogVerification(places).run()
    }

    private func finding(_ log: WrittenLog, _ key: String? = nil) throws -> String? {
        do { _ = try verify(log, key) } catch let finding as LogVerification.Finding { return finding.text }
        return nil
    }

    /// Begun on a log that is there, ended, and begun again.
    @Test func itBeginsAndEndsWithTheKey() throws {
        let log = try WrittenLog(rounds: [3])
        #expect(try verify(log).sm2 == nil && log.tree.sm2VerifierKey == nil)
        for (sm2, size) in [(secret, 5), (nil, 7), (secret, 9)] as [([UInt8]?, Int64)] {
            reopen(log, sm2: sm2)
            try log.append(2)
            try log.tree.extend()
            #expect(log.tree.shown?.note.signatures.count == (sm2 == nil ? 1 : 2))
            #expect(log.tree.signed == size)
        }
        let key = "\(try #require(log.tree.sm2VerifierKey))"
        let found = try #require(try verify(log).sm2)
        #expect(found.key == key && found.checkpoints == 2 && found.signed == 9)
        #expect(try verify(log, key).sm2?.checkpoints == 2)
        let other =
            "\(try SM2Signer(name: try #require(log.tree.verifierKey).name, secret: [UInt8](2...33)).verifierKey)"
        #expect(try finding(log, other) == "the log's own SM2 key is `\(key)`, not the one given")
        try FileManager.default.removeItem(atPath: log.data + "/tree/sm2-key")
        #expect(try finding(log, other) == "no checkpoint has a signature of `\(other)`")
        #expect(try verify(log, key).sm2?.checkpoints == 2)
    }

    @Test func anotherKeyStopsTheSigning() throws {
        let log = try WrittenLog(rounds: [])
        reopen(log, sm2: secret)
        try log.append(1)
        try log.tree.extend()
        reopen(log, sm2: [UInt8](2...33))
        try log.append(1)
        #expect(throws: LogTreeFault.self) { try log.tree.extend() }
        #expect(log.tree.problem?.contains("a log changes neither") == true)
        reopen(log, sm2: [UInt8](repeating: 0, count: 32))
        #expect(throws: TransparencyError.sm2Secret) { try log.tree.extend() }
        reopen(log, sm2: secret)
        try log.tree.extend()
        #expect(log.tree.signed == 2)
    }

    @Test func changedBitsAreFoundAndCutsAreDropped() throws {
        let log = try WrittenLog(rounds: [])
        reopen(log, sm2: secret)
        var ends: [Int] = []
        for count in [2, 1] {
            try log.append(count)
            try log.tree.extend()
            ends.append(try log.file("checkpoints").count)
        }
        let bytes = try log.file("checkpoints")
        for bit in stride(from: 0, to: bytes.count * 8, by: 11) {
            try log.write(bytes.flipping(bit: bit), to: "checkpoints")
            // Whose the SM2 signature is, is bound by nothing but the number that there are.
            let isFound = try finding(log) != nil
            if !isFound { #expect(try verify(log).sm2?.checkpoints == 1, "bit \(bit)") }
        }
        for count in stride(from: ends[0], to: ends[1], by: 7) {
            try log.write(Array(bytes[..<count]), to: "checkpoints")
            reopen(log, sm2: secret)
            try log.tree.extend()
            #expect(log.tree.problem == nil && log.tree.signed == 3, "cut at \(count)")
            #expect(try verify(log).sm2?.signed == 3)
        }
    }

    @Test func aWitnessCosignsBelowBoth() throws {
        let log = try WrittenLog(rounds: [])
        reopen(log, sm2: secret)
        try log.append(4)
        try log.tree.extend()
        let witness = try TestWitness(logs: [try #require(log.tree.verifierKey)])
        let cosigning = Cosigning([try .init(witness.setting)], tree: log.tree, notice: { _ in })
        cosigning.round()
        #expect(try log.tree.cosigned(covering: 4)?.note.signatures.count == 3)
        var places = log.places()
        places.witnesses = ["\(witness.cosigner.verifierKey)"]
        places.sm2Key = "\(try #require(log.tree.sm2VerifierKey))"
        let report = try LogVerification(places).run()
        #expect(report.sm2?.signed == 4 && report.witnesses.map(\.size) == [4])
    }
}
