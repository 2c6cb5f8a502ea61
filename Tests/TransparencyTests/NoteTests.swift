import Testing

@testable import Transparency

@Suite struct NoteTests {
    /// The note and the key that the format's first implementation is documented with.
    static let known = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """
    static let knownKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    func note(_ text: String) throws -> SignedNote { try SignedNote(bytes: Array(text.utf8)) }

    @Test func theWellKnownNoteVerifies() throws {
        let (note, key) = (try note(Self.known), try VerifierKey(Self.knownKey))
        #expect(note.description == Self.known)
        #expect(key.description == Self.knownKey)
        #expect(note.text.hasSuffix("problem is.\n"))
        #expect(try note.verified(by: [key]) == [VerifiedSignature(key: key, posixSeconds: nil)])
    }

    @Test func aNoteSignedByTheReferenceVerifies() throws {
        let seed = String(repeating: "5a", count: 32)
        let text = "one\n\nzwei — 三\n"
        let output = try reference(["sign", "signer.example/é", seed], input: Array(text.utf8))
        let newline = try #require(output.firstIndex(of: 0x0A))
        let key = try VerifierKey(String(decoding: output[..<newline], as: UTF8.self))
        let note = try SignedNote(bytes: Array(output[(newline + 1)...]))
        #expect(note.text == text)
        #expect(try note.verified(by: [key]).count == 1)
        #expect(try NoteSigner(name: key.name, seed: [UInt8](repeating: 0x5A, count: 32)).verifierKey == key)
    }

    @Test func everyChangedBitOfANoteIsRefused() throws {
        let (bytes, key) = (Array(Self.known.utf8), try VerifierKey(Self.knownKey))
        for bit in 0..<bytes.count * 8 {
            let changed = bytes.flipping(bit: bit)
            guard let note = try? SignedNote(bytes: changed) else { continue }
            #expect(note.bytes == changed)
            #expect((try? note.verified(by: [key]))?.isEmpty ?? true, "bit \(bit)")
        }
    }

    @Test func everyCutNoteIsRefused() throws {
        let bytes = Array(Self.known.utf8)
        for count in 0..<bytes.count {
            #expect(throws: TransparencyError.self) { try SignedNote(bytes: Array(bytes[..<count])) }
        }
    }

    @Test(
        arguments: [
            ("", .noteEndsWithoutNewline), ("a\n", .noteWithoutBlankLine), ("\n", .noteWithoutBlankLine),
            ("a\n\n", .noteWithoutSignature), ("\n— a AAAAAAA=\n", .noteWithoutBlankLine),
            ("a\n— a AAAAAAA=\n", .noteWithoutBlankLine), ("a\n\n— a AAAAAAA=", .noteEndsWithoutNewline),
            ("a\n\n— a AAAAAAA=\n\n", .noteWithoutSignature), ("a\t\n\n— a AAAAAAA=\n", .noteControlCharacter(line: 1)),
            ("a\n\n— a AAAAAAA=\r\n", .noteControlCharacter(line: 3)),
            ("a\n\n- a AAAAAAA=\n", .signatureLine(line: 3, .noDash)),
            ("a\n\n—a AAAAAAA=\n", .signatureLine(line: 3, .noDash)),
            ("a\n\n— a AAAAAAA=\nb\n", .signatureLine(line: 4, .noDash)),
            ("a\n\n— \n", .signatureLine(line: 3, .noSignature)),
            ("a\n\n— a\n", .signatureLine(line: 3, .noSignature)),
            ("a\n\n—  AAAAAAA=\n", .signatureLine(line: 3, .keyName)),
            ("a\n\n— a+b AAAAAAA=\n", .signatureLine(line: 3, .keyName)),
            ("a\n\n— a\u{3000}b AAAAAAA=\n", .signatureLine(line: 3, .keyName)),
            ("a\n\n— a b AAAAAAA=\n", .signatureLine(line: 3, .notBase64)),
            ("a\n\n— a AAAAAAA= \n", .signatureLine(line: 3, .notBase64)),
            ("a\n\n— a AAAAAAA\n", .signatureLine(line: 3, .notBase64)),
            ("a\n\n— a AAAAAAB=\n", .signatureLine(line: 3, .notBase64)),
            ("a\n\n— a AAAA-AA=\n", .signatureLine(line: 3, .notBase64)),
            ("a\n\n— a AAAAAA==\n", .signatureLine(line: 3, .tooShort)),
            ("a\n\n— a \n", .signatureLine(line: 3, .tooShort)),
        ] as [(String, TransparencyError)])
    func aMalformedNoteIsRefusedByName(text: String, error: TransparencyError) throws {
        #expect(throws: error) { try note(text) }
        #expect(try note("a\n\n— a AAAAAAA=\n").signatures.count == 1)
    }

    @Test func whatIsNotUTF8OrTooMuchIsRefused() throws {
        #expect(throws: TransparencyError.noteNotUTF8) {
            try SignedNote(bytes: [0xC3] + Array("\n\n— a AAAAAAA=\n".utf8))
        }
        let line = "— a AAAAAAA=\n"
        #expect(try note("a\n\n" + String(repeating: line, count: 100)).signatures.count == 100)
        #expect(throws: TransparencyError.noteWithTooManySignatures(limit: 100)) {
            try note("a\n\n" + String(repeating: line, count: 101))
        }
        #expect(throws: TransparencyError.noteTooLong(limit: 1_000_000)) {
            try note(String(repeating: "a", count: 1_000_000) + "\n\n" + line)
        }
    }

    @Test func onlyKnownKeysCount() throws {
        let (note, key) = (try note(Self.known), try VerifierKey(Self.knownKey))
        #expect(try note.verified(by: []).isEmpty)
        // The same key under another name, and the same name with another key, are other keys.
        let renamed = try VerifierKey(name: "Other", publicKey: key.publicKey)
        let other = try NoteSigner(name: key.name, seed: [UInt8](repeating: 1, count: 32)).verifierKey
        #expect(try note.verified(by: [renamed, other]).isEmpty)
        let forged = NoteSignature(name: key.name, keyID: key.id, signature: [UInt8](repeating: 0, count: 64))
        #expect(throws: TransparencyError.wrongSignature(name: "PeterNeumann")) {
            try note.adding(forged).verified(by: [key])
        }
        #expect(try note.adding(forged).verified(by: [other]).isEmpty)
    }

    @Test(
        arguments: [
            ("", .form), ("PeterNeumann", .form), ("PeterNeumann+c74f20a3", .form),
            ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .id),
            ("PeterNeumann+74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .id),
            ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .otherID),
            ("PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .otherID),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TV", .otherID),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", .notBase64),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy", .notAKey),
            ("PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .unknownKind),
            ("PeterNeumann+c74f20a3+", .unknownKind),
            ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .keyName),
            ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .keyName),
        ] as [(String, VerifierKeyFault)])
    func aMalformedKeyIsRefusedByName(text: String, fault: VerifierKeyFault) {
        #expect(throws: TransparencyError.verifierKey(fault)) { try VerifierKey(text) }
    }

    @Test func everyChangedBitOfAKeyIsRefused() {
        let bytes = Array(Self.knownKey.utf8)
        for bit in 0..<bytes.count * 8 {
            guard let text = String(validating: bytes.flipping(bit: bit), as: UTF8.self) else { continue }
            #expect(throws: TransparencyError.self, "bit \(bit)") { try VerifierKey(text) }
        }
    }

    /// A plus may stand in the key's Base 64, behind the two that part name, hash and key.
    @Test func everyKeyComesBackFromItsText() throws {
        var withPlus = 0
        for seed in 0..<40 as Range<UInt8> {
            let bytes = [UInt8](repeating: seed, count: 32)
            for key in [
                try NoteSigner(name: "gate.example/log", seed: bytes).verifierKey,
                try Cosigner(name: "gate.example/log", seed: bytes).verifierKey,
            ] {
                #expect(try VerifierKey(key.description) == key)
                if key.description.utf8.count(where: { $0 == UInt8(ascii: "+") }) > 2 { withPlus += 1 }
            }
        }
        #expect(withPlus > 5)
    }

    @Test(arguments: [0, 31, 33]) func aSeedHasThirtyTwoBytes(count: Int) {
        #expect(throws: TransparencyError.seed(count: count)) {
            try NoteSigner(name: "a", seed: [UInt8](repeating: 1, count: count))
        }
    }

    @Test(arguments: ["", "a b", "a+b", "a\u{A0}b", "a\nb", "a\u{2028}"]) func aKeyNameHasNoSpace(name: String) {
        #expect(throws: TransparencyError.keyName(name)) {
            try NoteSigner(name: name, seed: [UInt8](repeating: 1, count: 32))
        }
    }
}
