import Crypto
import FoundationEssentials
import GateModel

/// What an entry can be found by: a keyed hash, cut to 16 bytes, of a number, a customer, a request id or a source
/// reference. Without the key it tells nothing.
public struct LookupKey: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The order of the bytes, in which an index keeps them.
    public static func < (a: LookupKey, b: LookupKey) -> Bool { (a.high, a.low) < (b.high, b.low) }

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var bytes: [UInt8] {
        Array(unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                buffer[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - index * 8))
                buffer[index + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - index * 8))
            }
            count = 16
        }
    }

    /// Hexadecimal; the opaque `subject` of the interface.
    public var text: String {
        func hexadecimal(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return hexadecimal(high) + hexadecimal(low)
    }

    public init?(text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
        // Reading digits is lenient, a name is not.
        guard self.text == text.lowercased() else { return nil }
    }
}

/// The keys of the log. They live in the key file, apart from the database; the key that finds a person is not the key
/// that reads what is kept of one.
public struct LedgerKeys: Sendable {
    /// Keyed and ready: copied for each look-up.
    private let lookup: HMAC<SHA256>
    private let wrapping: SymmetricKey

    /// - Parameters: 32 random bytes each.
    public init(lookup: [UInt8], wrapping: [UInt8]) {
        self.lookup = HMAC<SHA256>(key: SymmetricKey(data: lookup))
        self.wrapping = SymmetricKey(data: wrapping)
    }

    /// What is looked up. Each has a name space of its own.
    public enum Name: Sendable, Hashable {
        /// A called number, by its E.164 text, or the digits of one that cannot be read.
        case number(String)
        case customer(String)
        case request(key: String, id: String)
        case source(kind: String, source: String, reference: String)
        /// Everything that is folded into the registry at start.
        case registry
        /// Every complaint, and what was done about it.
        case complaints
    }

    public func key(_ name: Name) -> LookupKey {
        let text =
            switch name {
            case .number(let text): "n" + text
            case .customer(let text): "c" + text
            case .request(let key, let id): "r\(key.utf8.count):" + key + id
            case .source(let kind, let source, let reference): "s\(kind):\(source.utf8.count):" + source + reference
            case .registry: "g"
            case .complaints: "k"
            }
        var code = lookup
        code.update(data: Array(text.utf8))
        return code.finalize().withUnsafeBytes { bytes in
            LookupKey(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// Binds an entry about nobody to what it is found by: HMAC-SHA256(look-up key, "b" ‖ entry id ‖ keys). No name begins so.
    public func binding(_ id: EntryID, _ keys: [LookupKey]) -> EntryBinding {
        var code = lookup
        code.update(data: Array("b".utf8) + id.bytes + keys.flatMap(\.bytes))
        return .keys(code.finalize().withUnsafeBytes { Array($0) })
    }

    /// Binds an entry that has lost its personal part, and with it its commitment, to what is left beside its core:
    /// HMAC-SHA256(look-up key, "l" ‖ entry id ‖ CBOR of keys, settled allow and remover), cut to 16 bytes.
    ///
    /// Source: docs/decisions/0041-format-what-a-removal-leaves.md.
    public func remains(of id: EntryID, _ keys: [LookupKey], settles: Int64?, removedBy remover: Int64) -> [UInt8] {
        var writer = CBORWriter()
        writer.data(keys.flatMap(\.bytes))
        if let settles { writer.integer(settles) } else { writer.null() }
        writer.integer(remover)
        var code = lookup
        code.update(data: Array("l".utf8) + id.bytes + writer.bytes)
        return code.finalize().withUnsafeBytes { Array($0.prefix(16)) }
    }

    /// A subject's secret as it may be stored.
    public func wrap(_ secret: SubjectSecret, using random: inout some RandomNumberGenerator) -> [UInt8] {
        let words = (random.next(), random.next())
        let nonce = withUnsafeBytes(of: words) { try? AES.GCM.Nonce(data: $0.prefix(12)) }
        guard let nonce, let box = try? AES.GCM.seal(secret.bytes, using: wrapping, nonce: nonce).combined else {
            preconditionFailure("AES-GCM seals 32 bytes under a 256-bit key and a 96-bit nonce")
        }
        return [UInt8](box)
    }

    /// - Throws: Where the bytes were not wrapped under this key.
    public func unwrap(_ stored: [UInt8]) throws(MalformedRecord) -> SubjectSecret {
        guard let box = try? AES.GCM.SealedBox(combined: stored), let bytes = try? AES.GCM.open(box, using: wrapping)
        else {
            throw MalformedRecord("a subject's secret does not open; is this the key file of this database?")
        }
        return SubjectSecret(bytes: [UInt8](bytes))
    }
}

/// The secret of one person's entries. To destroy it is to erase them.
public struct SubjectSecret: Sendable {
    let bytes: [UInt8]
    private let sealing: SymmetricKey
    /// Keyed and ready: copied for each entry.
    private let committing: HMAC<SHA256>

    init(bytes: [UInt8]) {
        self.bytes = bytes
        committing = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        var sealing = committing
        sealing.update(data: Array("seal".utf8))
        self.sealing = SymmetricKey(data: sealing.finalize())
    }

    public init(using random: inout some RandomNumberGenerator) {
        var bytes: [UInt8] = []
        for _ in 0..<4 { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        self.init(bytes: bytes)
    }

    /// What opens the commitment of one entry: HMAC-SHA256(secret, "open" ‖ entry id).
    public func opening(_ id: EntryID) -> Opening {
        var code = committing
        code.update(data: Array("open".utf8) + id.bytes)
        return Opening(bytes: code.finalize().withUnsafeBytes { Array($0) })
    }

    /// AES-256-GCM; the entry's id is the nonce's source and the associated data, and each entry is sealed once.
    public func seal(_ plain: [UInt8], _ id: EntryID) -> [UInt8] {
        let bytes = id.bytes
        let nonce = try? AES.GCM.Nonce(data: bytes.suffix(12))
        guard let box = try? AES.GCM.seal(plain, using: sealing, nonce: nonce, authenticating: bytes) else {
            preconditionFailure("AES-GCM seals under a 256-bit key and a 96-bit nonce")
        }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(plain.count + 16)
        sealed.append(contentsOf: box.ciphertext)
        sealed.append(contentsOf: box.tag)
        return sealed
    }

    /// - Throws: Where the bytes were changed, or belong to another entry or person.
    public func open(_ sealed: [UInt8], _ id: EntryID) throws(MalformedRecord) -> [UInt8] {
        guard sealed.count >= 16, let nonce = try? AES.GCM.Nonce(data: id.bytes.suffix(12)),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: sealed.dropLast(16), tag: sealed.suffix(16)),
            let plain = try? AES.GCM.open(box, using: sealing, authenticating: id.bytes)
        else { throw MalformedRecord("a personal part does not open") }
        return [UInt8](plain)
    }
}

/// The salt of one entry's commitment. Whoever is shown it can check what the entry binds, and opens no other entry by it.
public struct Opening: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// SHA-256(opening ‖ part): 32 bytes that bind an entry to its personal part without telling it.
    public func commitment(_ part: PersonalPart) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: bytes)
        hash.update(data: part.bytes)
        return hash.finalize().withUnsafeBytes { Array($0) }
    }
}
