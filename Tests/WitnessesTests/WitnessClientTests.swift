import GateTesting
import Testing
import Transparency
import Witnesses

/// A log in memory that grows and signs.
private struct GrowingLog {
    let signer = try! NoteSigner(name: "gate.example/log", seed: [UInt8](1...32))
    var edge = RightEdge()
    var tiles = MemoryTiles()
    /// Makes another history of the same form.
    var salt = ""

    init(size: Int64, salt: String = "") {
        self.salt = salt
        grow(to: size)
    }

    mutating func grow(to size: Int64) {
        let salt = salt
        tiles.store(edge.append(contentsOf: (edge.size..<size).map { .leaf(Array("leaf \($0)\(salt)".utf8)) }))
    }

    var checkpoint: Checkpoint { try! Checkpoint(origin: signer.verifierKey.name, size: edge.size, root: edge.root) }

    func cosign(by client: WitnessClient) throws(WitnessFault) -> NoteSignature {
        let (tiles, size) = (tiles, edge.size)
        return try client.cosign(signer.sign(checkpoint), of: checkpoint) { old in
            var view = TreeView(size: size, source: tiles)
            return try view.consistencyProof(from: old)
        }
    }
}

private func client(_ witness: TestWitness, patience: Duration = .seconds(20)) throws -> WitnessClient {
    WitnessClient(try Witness(witness.setting), patience: patience)
}

@Suite struct WitnessClientTests {
    @Test func aWitnessCosignsEachCheckpointThatContinuesTheLast() throws {
        var log = GrowingLog(size: 3)
        let witness = try TestWitness(logs: [log.signer.verifierKey])
        let first = try client(witness)
        for size in [3, 4, 4, 300, 1000] as [Int64] {
            log.grow(to: size)
            let note = log.signer.sign(log.checkpoint).adding(try log.cosign(by: first))
            let verified = try VerifiedCheckpoint(
                note, origin: log.signer.verifierKey.name, log: [log.signer.verifierKey],
                witnesses: [witness.cosigner.verifierKey], quorum: 1)
            #expect(verified.checkpoint.size == size)
            #expect(try #require(verified.cosignatures.first?.posixSeconds) > 1_700_000_000)
        }
        #expect(witness.statuses == [200, 200, 200, 200, 200])
        // One that starts anew learns from the witness what it saw.
        log.grow(to: 1001)
        _ = try log.cosign(by: try client(witness))
        #expect(witness.statuses.suffix(2) == [409, 200])
    }

    @Test func whatAWitnessRefusesIsNamed() throws {
        var log = GrowingLog(size: 5)
        let witness = try TestWitness()
        let client = try client(witness)
        #expect(throws: WitnessFault.unknownLog) { try log.cosign(by: client) }
        witness.trust(try NoteSigner(name: log.signer.verifierKey.name, seed: [UInt8](2...33)).verifierKey)
        #expect(throws: WitnessFault.notTrusted) { try log.cosign(by: client) }
        witness.trust(log.signer.verifierKey)
        _ = try log.cosign(by: client)
        // A fork that has grown, one of the same size, and a log that was cut.
        #expect(throws: WitnessFault.inconsistent(size: 5)) {
            try GrowingLog(size: 9, salt: "x").cosign(by: client)
        }
        #expect(throws: WitnessFault.otherHistory(size: 5)) {
            try GrowingLog(size: 5, salt: "x").cosign(by: client)
        }
        #expect(throws: WitnessFault.ahead(size: 5)) { try GrowingLog(size: 4).cosign(by: client) }
        #expect(witness.seen(of: log.signer.verifierKey.name) == log.checkpoint)
        log.grow(to: 6)
        witness.behave(.status(500))
        #expect(throws: WitnessFault.status(500)) { try log.cosign(by: client) }
        witness.behave(.status(409))
        #expect(throws: WitnessFault.conflict) { try log.cosign(by: client) }
        witness.behave(.honest)
        _ = try log.cosign(by: client)
    }

    @Test func aWitnessThatSignsWronglyIsNotBelieved() throws {
        let log = GrowingLog(size: 5)
        let witness = try TestWitness(logs: [log.signer.verifierKey])
        let client = try client(witness)
        let wrong = WitnessFault.wrongCosignature(
            why: "\(TransparencyError.wrongSignature(name: witness.cosigner.verifierKey.name))")
        for (conduct, fault) in [
            (.otherKey, .noCosignature), (.wrongSignature, wrong), (.otherLog, wrong), (.status(200), nil),
        ] as [(TestWitness.Conduct, WitnessFault?)] {
            witness.behave(conduct)
            do throws(WitnessFault) {
                _ = try log.cosign(by: client)
                Issue.record("\(conduct): believed")
            } catch {
                if let fault { #expect(error == fault, "\(conduct)") }
                #expect(error.isRefusal)
            }
        }
    }

    @Test func aSlowWitnessAndNobodyAtAllAreGivenUp() throws {
        let log = GrowingLog(size: 5)
        let witness = try TestWitness(logs: [log.signer.verifierKey])
        witness.behave(.silent(milliseconds: 3000))
        let start = ContinuousClock.now
        func isUnanswered(_ client: WitnessClient) -> Bool {
            do throws(WitnessFault) { _ = try log.cosign(by: client) } catch {
                if case .unanswered = error { return !error.isRefusal }
            }
            return false
        }
        let impatient = try client(witness, patience: .milliseconds(100))
        #expect(isUnanswered(impatient))
        #expect(ContinuousClock.now - start < .seconds(2))
        witness.behave(.honest)
        _ = try log.cosign(by: try client(witness))
        let nobody = try Witness("\(witness.cosigner.verifierKey) http://127.0.0.1:1")
        #expect(isUnanswered(WitnessClient(nobody)))
    }

    @Test func aSettingNamesKeyAndAddress() throws {
        let cosigner = try Cosigner(name: "w.example", seed: [UInt8](9...40))
        let key = "\(cosigner.verifierKey)"
        #expect(try Witness("\(key) https://w.example/log/").url == "https://w.example/log")
        #expect(try Witness("\(key)  http://127.0.0.1:9").key == cosigner.verifierKey)
        let log = "\(try NoteSigner(name: "l.example", seed: [UInt8](1...32)).verifierKey)"
        for text in [
            "", key, "https://w.example", "\(key) https://w.example more", "x+00000000+AA== https://w.example",
        ] {
            #expect(throws: WitnessSettingFault.self, "\(text)") { try Witness(text) }
        }
        #expect(throws: WitnessSettingFault.self) { try Witness("\(log) https://w.example") }
        for url in ["http://w.example", "ftp://w.example", "https://", "http://127.0.0.1.example"] {
            #expect(throws: WitnessSettingFault.url(url)) { try Witness("\(key) \(url)") }
        }
    }
}
