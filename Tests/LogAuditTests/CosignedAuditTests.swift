import Testing
import Transparency

@testable import LogAudit

private let witness = try! Cosigner(name: "w.example", seed: [UInt8](3...34))
private let second = try! Cosigner(name: "v.example", seed: [UInt8](4...35))

@Suite struct CosignedAuditTests {
    private let log = WrittenLog(size: 9, checkpoints: [2, 5, 9])

    private func cosigned(_ place: Int, by cosigners: [Cosigner] = [witness]) throws -> [UInt8] {
        var note = try SignedNote(bytes: log.checkpoints[place])
        let checkpoint = try Checkpoint(text: note.text)
        for cosigner in cosigners {
            note = note.adding(cosigner.cosign(checkpoint, posixSeconds: 100 + Int64(place)))
        }
        return note.bytes
    }

    private func begun(_ witnesses: [Cosigner] = [witness]) throws -> CosignedAudit {
        try #require(
            CosignedAudit(origin: origin, keys: keys, witnesses: witnesses.map { "\($0.verifierKey)" }))
    }

    @Test func whatEachWitnessCosignedIsCounted() throws {
        var audit = try begun([witness, second])
        try audit.add(try cosigned(0), own: log.checkpoints[0])
        try audit.add(try cosigned(2, by: [second, witness]), own: log.checkpoints[2])
        let found = try audit.finish()
        #expect(found[0] == .init(name: "w.example", checkpoints: 2, size: 9, seconds: 102))
        #expect(found[1] == .init(name: "v.example", checkpoints: 1, size: 9, seconds: 102))
        #expect(audit.count == 2)
        // Who is not asked for is ignored, and a checkpoint without a cosignature is none.
        var other = try begun([second])
        try other.add(try cosigned(0), own: log.checkpoints[0])
        #expect(throws: AuditFault.noCosignature(witness: "v.example")) { try other.finish() }
    }

    /// Each bit of the note: of text, of the log's signature, of the witness's.
    @Test func everyChangedBitIsFound() throws {
        let bytes = try cosigned(1)
        for bit in 0..<bytes.count * 8 {
            var audit = try begun()
            #expect(throws: AuditFault.self, "bit \(bit)") {
                try audit.add(bytes.flipping(bit: bit), own: log.checkpoints[1])
                _ = try audit.finish()
            }
        }
    }

    @Test func aCheckpointThatTheLogDoesNotKeepIsNamed() throws {
        let other = WrittenLog(size: 5, checkpoints: [5], salt: 1)
        let checkpoint = try Checkpoint(origin: origin, size: 5, root: other.edge.root)
        let fork = signer.sign(checkpoint).adding(witness.cosign(checkpoint, posixSeconds: 9)).bytes
        for own in [log.checkpoints[1], nil] {
            var audit = try begun()
            #expect(throws: AuditFault.cosigned(.notOwn(number: 1, size: 5))) { try audit.add(fork, own: own) }
        }
        // A cosignature of another log's checkpoint under this one's.
        let foreign = try Checkpoint(origin: "other.example", size: 5, root: checkpoint.root)
        let moved = signer.sign(checkpoint).adding(witness.cosign(foreign, posixSeconds: 9)).bytes
        var audit = try begun()
        #expect(throws: AuditFault.cosigned(.wrongCosignature(number: 1, witness: "w.example"))) {
            try audit.add(moved, own: nil)
        }
    }

    @Test func whatIsNoKeyOfAWitnessIsRefused() {
        for key in ["", "a+b", keys[0], "\(witness.verifierKey)".replacing("w.", with: "v.")] {
            #expect(CosignedAudit(origin: origin, keys: keys, witnesses: [key]) == nil, "\(key)")
        }
        #expect(CosignedAudit(origin: origin, keys: [], witnesses: []) == nil)
    }
}
