import GateTesting
import Testing

@testable import Transparency

@Suite struct CheckpointTests {
    let log = try! NoteSigner(name: "gate.example/log", seed: [UInt8](1...32))
    let witness = try! Cosigner(name: "witness.example/w1", seed: [UInt8](2...33))
    let second = try! Cosigner(name: "witness.example/w2", seed: [UInt8](3...34))

    func checkpoint(_ size: Int64 = 7) throws -> Checkpoint {
        try Checkpoint(origin: "gate.example/log", size: size, root: SmallLog(size: size).edge.root)
    }

    @Test func theSpecificationsExampleIsRead() throws {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa" && checkpoint.size == 20_852_163)
        #expect(checkpoint.root.description == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        #expect(checkpoint.extensions.isEmpty && checkpoint.text == text)
        #expect(try Checkpoint(text: text + "more\n").extensions == ["more"])
    }

    static let root = "\(MerkleHash.leaf([]))"

    @Test(
        arguments: [
            ("", .checkpointLine(line: 1, .origin)), ("\n", .checkpointLine(line: 2, .size)),
            ("a\n", .checkpointLine(line: 2, .size)), ("a\n1\n", .checkpointLine(line: 3, .root)),
            ("\n1\n\(root)\n", .checkpointLine(line: 1, .origin)),
            ("a\n01\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n+1\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n-1\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n1 \n\(root)\n", .checkpointLine(line: 2, .size)), ("a\n\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n0x1\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n9223372036854775808\n\(root)\n", .checkpointLine(line: 2, .size)),
            ("a\n1\n\(root) \n", .checkpointLine(line: 3, .root)), ("a\n1\nAAAA\n", .checkpointLine(line: 3, .root)),
            ("a\n0\n\(root)\n", .checkpointLine(line: 3, .emptyTree)),
            ("a\n1\n\(root)\n\n", .checkpointLine(line: 4, .emptyExtension)),
            ("a\n1\n\(root)\nb\n\nc\n", .checkpointLine(line: 5, .emptyExtension)),
            ("a\n1\n\(root)\nb", .noteEndsWithoutNewline), ("a\u{1}\n1\n\(root)\n", .checkpointLine(line: 1, .control)),
            ("a\r\n1\n\(root)\n", .checkpointLine(line: 1, .control)),
            ("a\n1\r\n\(root)\n", .checkpointLine(line: 2, .size)),
        ] as [(String, TransparencyError)])
    func aMalformedCheckpointIsRefusedByName(text: String, error: TransparencyError) throws {
        #expect(throws: error) { try Checkpoint(text: text) }
        #expect(try Checkpoint(text: "a\n9223372036854775807\n\(Self.root)\n").size == .max)
    }

    @Test func whatCannotBeReadIsNotMade() {
        #expect(throws: TransparencyError.checkpointLine(line: 1, .control)) {
            try Checkpoint(origin: "a\nb", size: 1, root: .leaf([]))
        }
        #expect(throws: TransparencyError.checkpointLine(line: 2, .size)) {
            try Checkpoint(origin: "a", size: -1, root: .leaf([]))
        }
        #expect(throws: TransparencyError.checkpointLine(line: 5, .emptyExtension)) {
            try Checkpoint(origin: "a", size: 1, root: .leaf([]), extensions: ["b", ""])
        }
    }

    @Test(arguments: [0, 1, 7, 70] as [Int64]) func aSignedCheckpointVerifies(size: Int64) throws {
        let checkpoint = try checkpoint(size)
        let note = log.sign(checkpoint)
        let verified = try VerifiedCheckpoint(bytes: note.bytes, origin: "gate.example/log", log: [log.verifierKey])
        #expect(verified.checkpoint == checkpoint && verified.note == note && verified.cosignatures.isEmpty)
    }

    @Test func theReferenceVerifiesWhatIsSignedHere() throws {
        let checkpoint = try checkpoint()
        let note = log.sign(checkpoint).adding(witness.cosign(checkpoint, posixSeconds: 1_795_000_000))
        let keys = ["\(log.verifierKey)", "\(witness.verifierKey)"]
        #expect(try reference(["note"] + keys, input: note.bytes) == Array(checkpoint.text.utf8))
        // It does refuse: another text, another time.
        for (from, to) in [("\n7\n", "\n8\n"), ("— witness.example/w1 ", "— gate.example/log ")] {
            let changed = note.description.replacing(from, with: to)
            #expect(throws: ProgramFailed.self) { try reference(["note"] + keys, input: Array(changed.utf8)) }
        }
    }

    @Test func everyChangedBitOfASignedCheckpointIsRefused() throws {
        let bytes = log.sign(try checkpoint()).bytes
        for bit in 0..<bytes.count * 8 {
            #expect(throws: TransparencyError.self, "bit \(bit)") {
                try VerifiedCheckpoint(
                    bytes: bytes.flipping(bit: bit), origin: "gate.example/log", log: [log.verifierKey])
            }
        }
    }

    @Test func everyChangedBitOfACosignatureIsRefused() throws {
        let checkpoint = try checkpoint()
        let line = witness.cosign(checkpoint, posixSeconds: 1_795_000_000)
        let bytes = Array("\(line)".utf8)
        for bit in 0..<bytes.count * 8 {
            guard let text = String(validating: bytes.flipping(bit: bit), as: UTF8.self),
                let changed = try? NoteSignature(line: text)
            else { continue }
            #expect(throws: TransparencyError.self, "bit \(bit)") {
                try VerifiedCheckpoint(
                    log.sign(checkpoint).adding(changed), origin: "gate.example/log", log: [log.verifierKey],
                    witnesses: [witness.verifierKey], quorum: 1)
            }
        }
    }

    @Test func witnessesMakeAQuorum() throws {
        let (checkpoint, keys) = (try checkpoint(), [witness.verifierKey, second.verifierKey])
        let note = log.sign(checkpoint).adding(witness.cosign(checkpoint, posixSeconds: 5))
        func verify(_ note: SignedNote, _ quorum: Int) throws -> [Int64?] {
            try VerifiedCheckpoint(
                note, origin: checkpoint.origin, log: [log.verifierKey], witnesses: keys, quorum: quorum
            ).cosignatures.map(\.posixSeconds)
        }
        #expect(try verify(note, 1) == [5])
        // One witness twice is one witness.
        let twice = note.adding(witness.cosign(checkpoint, posixSeconds: 6))
        #expect(throws: TransparencyError.tooFewCosignatures(wanted: 2, found: 1)) { try verify(twice, 2) }
        #expect(try verify(note.adding(second.cosign(checkpoint, posixSeconds: 0)), 2) == [5, 0])
        let line = try NoteSignature(line: "\(second.cosign(checkpoint, posixSeconds: .max))")
        #expect(try verify(note.adding(line), 2) == [5, .max])
        let other = try self.checkpoint(8)
        #expect(throws: TransparencyError.wrongSignature(name: "witness.example/w2")) {
            try verify(note.adding(second.cosign(other, posixSeconds: 5)), 1)
        }
    }

    /// The form of the example in C2SP tlog-witness.
    @Test func aSubmissionIsOldSizeProofAndCheckpoint() throws {
        let log4 = SmallLog(size: 300)
        var view = log4.view(300)
        let proof = try view.consistencyProof(from: 4)
        let note = log.sign(try checkpoint(300))
        let text = "\(CheckpointSubmission(proof: proof, checkpoint: note))"
        #expect(text == "old 4\n" + proof.path.map { "\($0)\n" }.joined() + "\n\(note)")
        var first = log4.view(300)
        let none = CheckpointSubmission(proof: try first.consistencyProof(from: 0), checkpoint: note)
        #expect("\(none)" == "old 0\n\n\(note)")
    }

    @Test func aWitnessesAnswerIsReadByItsKey() throws {
        let checkpoint = try checkpoint(300)
        let note = log.sign(checkpoint)
        let (own, other) = (witness.cosign(checkpoint, posixSeconds: 7), second.cosign(checkpoint, posixSeconds: 8))
        func answer(_ lines: String) throws -> NoteSignature? {
            try note.cosignature(in: Array(lines.utf8), by: witness.verifierKey)
        }
        #expect(try answer("\(other)\n\(own)\n") == own)
        #expect(try answer("\(other)\n") == nil)
        let foreign = try Checkpoint(origin: "other.example", size: 300, root: checkpoint.root)
        for lines in ["", "\(own)", "\n\(own)\n", "x\n\n\(own)\n", "\(witness.cosign(foreign, posixSeconds: 7))\n"] {
            #expect(throws: TransparencyError.self, "\(lines)") { try answer(lines) }
        }
    }

    @Test func aCosignatureIsNoSignatureOfTheLog() throws {
        let checkpoint = try checkpoint()
        let only = SignedNote(text: checkpoint.text, signatures: [witness.cosign(checkpoint, posixSeconds: 5)])
        #expect(throws: TransparencyError.notSigned(by: "gate.example/log")) {
            try VerifiedCheckpoint(
                only, origin: "gate.example/log", log: [log.verifierKey], witnesses: [witness.verifierKey])
        }
        #expect(throws: TransparencyError.wrongOrigin(found: "gate.example/log", expected: "gate.example/other")) {
            try VerifiedCheckpoint(log.sign(checkpoint), origin: "gate.example/other", log: [log.verifierKey])
        }
    }

    @Test func aTimeBeyondTheLargestIsRefused() throws {
        let checkpoint = try checkpoint()
        var signature = witness.cosign(checkpoint, posixSeconds: .max)
        signature = NoteSignature(
            name: signature.name, keyID: signature.keyID, signature: signature.signature.flipping(bit: 7))
        #expect(signature.signature[0] == 0xFF)
        #expect(throws: TransparencyError.wrongSignature(name: "witness.example/w1")) {
            try log.sign(checkpoint).adding(signature).verified(by: [witness.verifierKey])
        }
    }
}
