/// A text with signatures below it.
///
/// Reading is strict, so that what is read is written again byte for byte.
///
/// Source: C2SP signed-note.
public struct SignedNote: Hashable, Sendable {
    public static let greatestLength = 1_000_000
    public static let mostSignatures = 100

    /// What is signed: the text with its last newline.
    public let text: String
    public private(set) var signatures: [NoteSignature]

    /// - Parameter text: Ends with a newline and has no other control character; the writers of this module see to it.
    init(text: String, signatures: [NoteSignature]) { (self.text, self.signatures) = (text, signatures) }

    /// Reads a note. Nothing is verified yet.
    public init(bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= SignedNote.greatestLength else {
            throw .noteTooLong(limit: SignedNote.greatestLength)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .noteNotUTF8 }
        let newline = UInt8(ascii: "\n")
        let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where line.contains(where: { $0 < 0x20 }) {
            throw .noteControlCharacter(line: number + 1)
        }
        guard bytes.last == newline else { throw .noteEndsWithoutNewline }
        // The last piece stands behind the last newline and is empty; the first line cannot be the separator.
        guard let blank = lines.dropLast().lastIndex(where: \.isEmpty), blank > 0 else { throw .noteWithoutBlankLine }
        let signed = lines[(blank + 1)...].dropLast()
        guard !signed.isEmpty else { throw .noteWithoutSignature }
        guard signed.count <= SignedNote.mostSignatures else {
            throw .noteWithTooManySignatures(limit: SignedNote.mostSignatures)
        }
        text = String(decoding: bytes[..<lines[blank].startIndex], as: UTF8.self)
        signatures = []
        for (number, line) in zip((blank + 2)..., signed) { signatures.append(try NoteSignature(line, number: number)) }
    }

    public var bytes: [UInt8] { Array(description.utf8) }

    /// The note with one more signature, such as a witness's.
    public func adding(_ signature: NoteSignature) -> SignedNote {
        var note = self
        note.signatures.append(signature)
        return note
    }

    /// Verifies every signature of a known key; those of unknown keys are ignored.
    ///
    /// - Returns: The signatures that verify, in the note's order; empty where no key is known.
    /// - Throws: ``TransparencyError/wrongSignature(name:)`` for the first of a known key that does not verify.
    public func verified(by keys: [VerifierKey]) throws(TransparencyError) -> [VerifiedSignature] {
        var verified: [VerifiedSignature] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.made(signature) }) else { continue }
            verified.append(try key.verify(signature, of: text))
        }
        return verified
    }
}

extension SignedNote: CustomStringConvertible {
    /// The note as it is stored and sent.
    public var description: String { text + "\n" + signatures.map { "\($0)\n" }.joined() }
}

/// A line below a note: who signed, and the signature, which may be of any kind.
public struct NoteSignature: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// With the name it tells which key signed.
    public let keyID: UInt32
    public let signature: [UInt8]

    init(name: String, keyID: UInt32, signature: [UInt8]) {
        (self.name, self.keyID, self.signature) = (name, keyID, signature)
    }

    /// Reads one signature line without its newline, as a witness answers it.
    public init(line: String) throws(TransparencyError) { try self.init(Array(line.utf8)[...], number: 1) }

    init(_ line: ArraySlice<UInt8>, number: Int) throws(TransparencyError) {
        guard line.starts(with: "— ".utf8) else { throw .signatureLine(line: number, .noDash) }
        let parts = line.dropFirst("— ".utf8.count).split(
            separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .signatureLine(line: number, .noSignature) }
        name = String(decoding: parts[0], as: UTF8.self)
        guard isKeyName(name) else { throw .signatureLine(line: number, .keyName) }
        guard let bytes = Base64.bytes(String(decoding: parts[1], as: UTF8.self)) else {
            throw .signatureLine(line: number, .notBase64)
        }
        guard bytes.count > 4 else { throw .signatureLine(line: number, .tooShort) }
        keyID = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        signature = Array(bytes.dropFirst(4))
    }

    /// The line without its newline.
    public var description: String { "— \(name) " + Base64.text(bigEndian(keyID) + signature) }
}

/// Whether a key may bear this name: not empty, no space, no plus, no control character.
func isKeyName(_ name: String) -> Bool {
    !name.isEmpty
        && !name.unicodeScalars.contains { $0.value < 0x20 || $0 == "+" || $0.properties.isWhitespace }
}

func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
