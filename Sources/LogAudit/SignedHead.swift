import COpenSSL
import Crypto
import FoundationEssentials

/// A public key of the log, Ed25519's or SM2's, read from its `name+hash+key` form.
struct AuditKey: Sendable {
    private enum Material: Sendable {
        case ed25519(Curve25519.Signing.PublicKey)
        case sm2([UInt8])
    }

    /// The byte of kinds without an assigned one, and the identifier of SM2 with SM3.
    private static let sm2 = [0xFF] + Array("oid/1.2.156.10197.1.501".utf8)
    /// What stands before the signature in a note's line: the dash and the name.
    let lineStart: [UInt8]
    let id: [UInt8]
    private let material: Material

    /// - Returns: nil for a text that is no key of a log.
    init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let bytes = Data(base64Encoded: String(parts[2])) else { return nil }
        if bytes.starts(with: AuditKey.sm2) {
            let point = [UInt8](bytes.dropFirst(AuditKey.sm2.count))
            guard point.count == 65, copenssl_sm2_is_key(point) == 1 else { return nil }
            material = .sm2(point)
        } else {
            guard bytes.count == 33, bytes.first == 0x01,
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes.dropFirst())
            else { return nil }
            material = .ed25519(key)
        }
        id = Array(SHA256.hash(data: Data(parts[0].utf8) + [0x0A] + bytes).prefix(4))
        guard id.map({ ($0 < 16 ? "0" : "") + String($0, radix: 16) }).joined() == parts[1] else { return nil }
        lineStart = Array("— \(parts[0]) ".utf8)
    }

    func signed(_ text: ArraySlice<UInt8>, _ signature: ArraySlice<UInt8>) -> Bool {
        switch material {
        case .ed25519(let key): signature.count == 64 && key.isValidSignature(signature, for: text)
        case .sm2(let point):
            !signature.isEmpty
                && copenssl_sm2_verify(point, Array(text), text.count, Array(signature), signature.count) == 1
        }
    }
}

/// A checkpoint as far as it can be judged without the entries: who signed what size and root.
struct SignedHead: Sendable {
    let number: Int
    let size: Int64
    let root: [UInt8]
    /// Which of the further keys signed it too.
    let further: [Int]
    /// Which of the witnesses cosigned it, and when, in seconds since 1970.
    let cosigned: [(witness: Int, seconds: Int64)]

    init(
        _ bytes: [UInt8], number: Int, origin: String, keys: [AuditKey], further: [AuditKey] = [],
        witnesses: [WitnessKey] = []
    ) throws(AuditFault) {
        func unreadable(_ why: String) -> AuditFault { .checkpointUnreadable(number: number, why: why) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw unreadable("it is not UTF-8") }
        let newline = UInt8(ascii: "\n")
        guard bytes.last == newline else { throw unreadable("it does not end with a newline") }
        let lines = bytes.dropLast().split(separator: newline, omittingEmptySubsequences: false)
        guard let blank = lines.lastIndex(where: \.isEmpty), blank >= 3 else {
            throw unreadable("it has no three lines with a blank line below")
        }
        let text = bytes[..<lines[blank].startIndex]

        var isSigned = false
        var signedToo: [Int] = []
        var cosigned: [(witness: Int, seconds: Int64)] = []
        for line in lines[(blank + 1)...] {
            guard line.starts(with: "— ".utf8), let space = line.lastIndex(of: UInt8(ascii: " ")),
                let signature = SignedHead.base64(line[(space + 1)...])
            else { throw unreadable("a signature line is malformed") }
            for key in keys where line[...space].elementsEqual(key.lineStart) && signature.starts(with: key.id) {
                guard key.signed(text, signature[4...]) else { throw .wrongSignature(number: number) }
                isSigned = true
            }
            for (place, key) in further.enumerated()
            where line[...space].elementsEqual(key.lineStart) && signature.starts(with: key.id) {
                guard key.signed(text, signature[4...]) else { throw .wrongSignature(number: number) }
                signedToo.append(place)
            }
            for (place, key) in witnesses.enumerated()
            where line[...space].elementsEqual(key.lineStart) && signature.starts(with: key.id) {
                guard let seconds = key.seconds(of: signature.dropFirst(4)[...], over: text) else {
                    throw .wrongCosignature(number: number, witness: key.name)
                }
                cosigned.append((place, seconds))
            }
        }
        guard isSigned else { throw .notSigned(number: number) }

        // Only what is signed is read.
        guard lines[0].elementsEqual(origin.utf8) else {
            throw .otherOrigin(number: number, found: String(decoding: lines[0], as: UTF8.self))
        }
        let digits = String(decoding: lines[1], as: UTF8.self)
        guard let size = Int64(digits), "\(size)" == digits, size >= 0 else { throw unreadable("it has no size") }
        guard let root = SignedHead.base64(lines[2]), root.count == 32 else { throw unreadable("it has no root") }
        (self.number, self.size, self.root) = (number, size, root)
        (self.further, self.cosigned) = (signedToo, cosigned)
    }

    /// What stands above the signatures of a note; nil where there are none.
    static func text(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
        for at in stride(from: bytes.count - 1, to: 0, by: -1) where bytes[at] == 10 && bytes[at - 1] == 10 {
            return bytes[..<at]
        }
        return nil
    }

    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let data = Data(base64Encoded: Data(text)), data.base64EncodedData().elementsEqual(text) else {
            return nil
        }
        return [UInt8](data)
    }
}
