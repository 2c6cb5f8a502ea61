/// Why a text is not what it should be, or does not prove what it should. Texts are lower case, with the remedy where
/// there is one.
public enum TransparencyError: Error, Hashable, Sendable {
    // Signed notes.
    case noteTooLong(limit: Int)
    case noteNotUTF8
    case noteControlCharacter(line: Int)
    case noteEndsWithoutNewline
    case noteWithoutBlankLine
    case noteWithoutSignature
    case noteWithTooManySignatures(limit: Int)
    case signatureLine(line: Int, SignatureLineFault)
    /// A key name is not empty and has no space and no plus.
    case keyName(String)
    case verifierKey(VerifierKeyFault)
    /// A seed is 32 bytes.
    case seed(count: Int)
    /// An SM2 secret is a number from 1 to the order of the curve less 2, in 32 bytes.
    case sm2Secret
    /// The library gives no signature, such as for lack of random numbers.
    case cannotSign

    // Trust.
    /// A known key's signature is not over this text.
    case wrongSignature(name: String)
    case notSigned(by: String)
    case tooFewCosignatures(wanted: Int, found: Int)

    // Checkpoints.
    case checkpointLine(line: Int, CheckpointFault)
    case wrongOrigin(found: String, expected: String)

    // Tiles.
    case tilePath
    case tileWidth(path: String, found: Int)
    case entryTooLong(place: Int, count: Int)
    case bundle(place: Int)

    // Proofs and receipts.
    case beyondTree(Int64)
    case receiptLine(line: Int, ReceiptFault)
    case receiptWithoutEntry
    case notIncluded(index: Int64, size: Int64)
}

/// What is wrong with a signature line of a note.
public enum SignatureLineFault: String, Hashable, Sendable {
    case noDash = "does not begin with an em dash and a space"
    case noSignature = "has no signature after the key name"
    case keyName = "has a key name that is empty or has a space or plus in it"
    case notBase64 = "has a signature that is not Base 64"
    case tooShort = "has a signature without a byte behind the key id"
}

/// What is wrong with a verifier key, `name+hash+key`.
public enum VerifierKeyFault: String, Hashable, Sendable {
    case form = "is not of the form name+hash+key"
    case keyName = "has a name that is empty or has a space in it"
    case id = "has a hash that is not eight lower-case hexadecimal digits"
    case notBase64 = "has a key that is not Base 64"
    case unknownKind = "is neither an Ed25519 key (0x01), one for cosignatures (0x04) nor an SM2 key (0xff)"
    case notAKey = "does not hold a public key of its kind"
    case otherID = "has a hash that is not the one of its name and key"
}

/// What is wrong with a line of a checkpoint.
public enum CheckpointFault: String, Hashable, Sendable {
    case origin = "must name the log's origin"
    case size = "must be the tree's size, a decimal number below 2^63 without leading zeros"
    case root = "must be the root, 32 bytes in Base 64"
    case emptyExtension = "must not be empty"
    case control = "must not hold a control character"
    case emptyTree = "must be the hash of nothing, as the tree is empty"
}

/// What is wrong with a line of a receipt.
public enum ReceiptFault: String, Hashable, Sendable {
    case header = "must be c2sp.org/tlog-proof@v1"
    case extra = "must be `extra` and the entry in Base 64"
    case index = "must be `index` and a decimal number below 2^63 without leading zeros"
    case hash = "must be a hash, 32 bytes in Base 64"
    case tooManyHashes = "is one hash too many; 63 are the most"
    case noCheckpoint = "must be empty, and the checkpoint follow it"
}

extension TransparencyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noteTooLong(let limit): "a note may have \(limit) bytes"
        case .noteNotUTF8: "the note is not UTF-8"
        case .noteControlCharacter(let line): "line \(line) of the note holds a control character"
        case .noteEndsWithoutNewline: "the note does not end with a newline; is it cut off?"
        case .noteWithoutBlankLine: "the note has no blank line between text and signatures"
        case .noteWithoutSignature: "the note has no signature line"
        case .noteWithTooManySignatures(let limit): "a note may have \(limit) signatures"
        case .signatureLine(let line, let fault): "line \(line) of the note \(fault.rawValue)"
        case .keyName(let name): "the key name `\(name)` is empty or has a space or plus in it"
        case .verifierKey(let fault): "the verifier key \(fault.rawValue)"
        case .seed(let count): "a signing key is made of 32 bytes, not \(count)"
        case .sm2Secret: "an SM2 key is made of 32 bytes, a number from 1 to the order of the curve less 2"
        case .cannotSign: "libcrypto gives no SM2 signature"
        case .wrongSignature(let name): "the signature of `\(name)` is not one of this text"
        case .notSigned(let name): "there is no signature of `\(name)` with the key given"
        case .tooFewCosignatures(let wanted, let found): "\(wanted) witnesses must have signed, \(found) have"
        case .checkpointLine(let line, let fault): "line \(line) of the checkpoint \(fault.rawValue)"
        case .wrongOrigin(let found, let expected): "the checkpoint is of the log `\(found)`, not `\(expected)`"
        case .tilePath: "this is no path of a tile, such as `tile/0/x001/234.p/5` or `tile/entries/000`"
        case .tileWidth(let path, let found): "the store gave \(found) hashes for `\(path)`; build the tiles again"
        case .entryTooLong(let place, let count):
            "the entry at place \(place) of the bundle has \(count) bytes; \(EntryBundle.longestEntry) are the most"
        case .bundle(let place): "the bundle is damaged at place \(place)"
        case .beyondTree(let index): "\(index) is beyond the tree"
        case .receiptLine(let line, let fault): "line \(line) of the receipt \(fault.rawValue)"
        case .receiptWithoutEntry: "the receipt holds no entry; give the entry's bytes beside it"
        case .notIncluded(let index, let size):
            "the entry is not the one at index \(index) of the log of \(size) entries that was signed"
        }
    }
}
