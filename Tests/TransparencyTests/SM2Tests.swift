import Foundation
import GateTesting
import Testing

@testable import Transparency

@Suite struct SM2Tests {
    /// GB/T 32918.5-2017, A.2: key pair, and the signature of `message digest` under the user id 1234567812345678.
    static let secret = bytes(hexadecimal: "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
    static let key = bytes(
        hexadecimal: "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            + "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
    static let signature = bytes(
        hexadecimal: "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
            + "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")

    let signer = try! SM2Signer(name: "gate.example/log", secret: secret)
    let log = try! NoteSigner(name: "gate.example/log", seed: [UInt8](1...32))
    let checkpoint = try! Checkpoint(origin: "gate.example/log", size: 7, root: SmallLog(size: 7).edge.root)

    @Test func theStandardsExampleHolds() {
        #expect(SM2.publicKey(of: Self.secret) == Self.key)
        #expect(SM2.verifies(Self.signature, of: Array("message digest".utf8), key: Self.key))
        #expect(!SM2.verifies(Self.signature, of: Array("message digesT".utf8), key: Self.key))
    }

    @Test func whatIsNoSecretOrKeyIsRefused() throws {
        // 0, and the order of the curve less 1 and more.
        let order = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"
        for secret in [
            [UInt8](repeating: 0, count: 32), [UInt8](repeating: 255, count: 32), bytes(hexadecimal: order),
            bytes(hexadecimal: order.dropLast() + "2"), Array(Self.secret.dropLast()), [],
        ] {
            #expect(throws: TransparencyError.sm2Secret) { try SM2Signer(name: "l", secret: secret) }
        }
        _ = try SM2Signer(name: "l", secret: bytes(hexadecimal: order.dropLast() + "1"))
        let made = try #require(SM2Signer.newSecret())
        #expect(made != SM2Signer.newSecret())
        _ = try SM2Signer(name: "l", secret: made)
        for bit in 0..<Self.key.count * 8 {
            #expect(throws: TransparencyError.verifierKey(.notAKey), "bit \(bit)") {
                try VerifierKey(name: "l", kind: .sm2, publicKey: Self.key.flipping(bit: bit))
            }
        }
    }

    @Test func aKeyIsReadAsItIsWritten() throws {
        let text = "\(signer.verifierKey)"
        #expect(try VerifierKey(text) == signer.verifierKey)
        #expect(text.hasPrefix("gate.example/log+") && signer.verifierKey.publicKey == Self.key)
        for bit in stride(from: 0, to: text.utf8.count * 8, by: 3) {
            let changed = String(decoding: Array(text.utf8).flipping(bit: bit), as: UTF8.self)
            #expect(throws: TransparencyError.self, "bit \(bit)") { try VerifierKey(changed) }
        }
        // Of the kinds without an assigned byte it knows one.
        let other = Base64.text([0xFF] + Array("oid/1.2.156.10197.1.502".utf8) + Self.key)
        #expect(throws: TransparencyError.verifierKey(.unknownKind)) { try VerifierKey("l+00000000+\(other)") }
    }

    @Test func aCheckpointHasBothSignatures() throws {
        let note = log.sign(checkpoint).adding(try signer.sign(checkpoint))
        func verify(_ note: SignedNote, _ also: [VerifierKey]) throws {
            _ = try VerifiedCheckpoint(note, origin: "gate.example/log", log: [log.verifierKey], also: also)
        }
        try verify(note, [])
        try verify(note, [signer.verifierKey])
        _ = try VerifiedCheckpoint(note, origin: "gate.example/log", log: [signer.verifierKey])
        let other = try SM2Signer(name: "gate.example/log", secret: try #require(SM2Signer.newSecret())).verifierKey
        #expect(throws: TransparencyError.notSigned(by: "\(other)")) { try verify(note, [other]) }
        #expect(throws: TransparencyError.notSigned(by: "\(signer.verifierKey)")) {
            try verify(log.sign(checkpoint), [signer.verifierKey])
        }
        let line = try signer.sign(checkpoint)
        for bit in 0..<line.signature.count * 8 {
            let wrong = NoteSignature(
                name: line.name, keyID: line.keyID, signature: line.signature.flipping(bit: bit))
            #expect(throws: TransparencyError.wrongSignature(name: line.name), "bit \(bit)") {
                try verify(log.sign(checkpoint).adding(wrong), [signer.verifierKey])
            }
        }
        let longer = NoteSignature(name: line.name, keyID: line.keyID, signature: line.signature + [0])
        #expect(throws: TransparencyError.wrongSignature(name: line.name)) {
            try verify(log.sign(checkpoint).adding(longer), [signer.verifierKey])
        }
    }

    /// OpenSSL's own program verifies what is signed here, and the other way round.
    @Test func openSSLsProgramAgrees() throws {
        let folder = try TemporaryFolder()
        func openssl(_ arguments: String...) throws -> ChildProcess.Ending {
            try ChildProcess(
                ["openssl"] + arguments, environment: ProcessInfo.processInfo.environment, in: folder.path,
                output: .file(folder.path + "/out"), errors: .file(folder.path + "/errors")
            ).wait()
        }
        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        func read(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)))
        }
        let id = "distid:1234567812345678"
        // What stands before the point in a public key's DER: id-ecPublicKey on sm2.
        let head = bytes(hexadecimal: "3059301306072a8648ce3d020106082a811ccf5501822d034200")
        let note = log.sign(checkpoint).adding(try signer.sign(checkpoint))
        try write(head + Self.key, "key.der")
        try write(Array(note.text.utf8), "text")
        try write(note.signatures[1].signature, "signature")
        func verified() throws -> Bool {
            try openssl(
                "dgst", "-sm3", "-sigopt", id, "-keyform", "DER", "-verify", "key.der", "-signature", "signature",
                "text") == .exit(0)
        }
        #expect(try verified())
        try write(Array(note.text.utf8) + [10], "text")
        #expect(try !verified())

        #expect(try openssl("genpkey", "-algorithm", "SM2", "-out", "pair.pem") == .exit(0))
        #expect(try openssl("pkey", "-in", "pair.pem", "-pubout", "-outform", "DER", "-out", "key.der") == .exit(0))
        try write(Array(note.text.utf8), "text")
        #expect(
            try openssl("dgst", "-sm3", "-sigopt", id, "-sign", "pair.pem", "-out", "signature", "text") == .exit(0))
        let key = try VerifierKey(
            name: "gate.example/log", kind: .sm2, publicKey: Array(try read("key.der").suffix(65)))
        let theirs = NoteSignature(name: key.name, keyID: key.id, signature: try read("signature"))
        _ = try VerifiedCheckpoint(
            log.sign(checkpoint).adding(theirs), origin: key.name, log: [log.verifierKey], also: [key])
    }
}
