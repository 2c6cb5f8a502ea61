import Crypto
import Foundation

/// What stands beside an entry about a person, judged against the commitment in its core.
///
/// Written from the formats alone. Source: docs/decisions/0011, 0012 and 0014.
struct PersonalPart {
    enum Standing: Hashable {
        /// The entry is about nobody.
        case none
        case right
        /// It was removed, by an entry that is named beside it.
        case removed
        /// There is no key file to open it with.
        case notChecked
        case wrong(String)
    }

    private static let sealing = Array("seal".utf8)
    private static let opening = Array("open".utf8)

    static func judge(_ row: StoredLog.Row, _ secrets: KeyFileSecrets?, _ boxes: Boxes) -> Standing {
        guard let core = Core(row.core) else { return .none }
        guard let commitment = core.commitment else {
            if row.personal != nil { return .wrong("has a personal part that it says nothing of") }
            if row.settles != nil { return .wrong("settles an allow and says nothing of it") }
            if row.removedBy != nil { return judgeRemains(row, core, secrets) ?? .none }
            guard let secrets else { return .none }
            let code = HMAC<SHA256>.authenticationCode(for: Array("b".utf8) + core.id + row.keys, using: secrets.lookup)
            return code == core.keysCode ?? [] ? .none : .wrong("is found by something else than it binds")
        }
        if row.removedBy != nil {
            guard row.personal == nil else { return .wrong("has a personal part that is said to be removed") }
            return judgeRemains(row, core, secrets) ?? .removed
        }
        guard let stored = row.personal else { return .wrong("has lost its personal part, and was not erased") }
        guard let wrapped = row.secret else { return .wrong("has lost its person's secret, and was not erased") }
        guard let secrets else { return .notChecked }
        guard let secret = secrets.wrapping.withUnsafeBytes({ boxes.open(wrapped, key: $0) }), secret.count == 32 else {
            return .wrong("has a secret that this key file does not open; is it that of this log?")
        }
        var bytes = Bytes(stored)
        guard bytes.list() == 4, let mask = bytes.item(), let sealed = bytes.data()
        else { return .wrong("has a personal part that cannot be read") }
        // They stand here as they stand in what is bound: [mask, number, customer, agent, record, keys, settles].
        let names = bytes.rest
        let code = secret.withUnsafeBytes { MessageCode(key: $0) }
        let plain = code.code(of: Self.sealing).withUnsafeBytes {
            boxes.open(sealed, key: $0, nonce: core.id.suffix(12), known: core.id)
        }
        guard let plain else { return .wrong("has a personal part that was changed or is another's") }
        var opened = Bytes(plain)
        guard opened.list() == 2, let number = opened.item(), let record = opened.item(), opened.isAtEnd else {
            return .wrong("has a personal part that cannot be read")
        }
        var bound: [UInt8] = []
        bound.reserveCapacity(stored.count + row.keys.count + 64)
        code.code(of: Self.opening + core.id).withUnsafeBytes { bound.append(contentsOf: $0) }
        bound.append(0x87)
        for part in [mask, number, names, record] { bound.append(contentsOf: part) }
        row.appendFound(to: &bound)
        guard bound.withUnsafeBytes({ SHA256.hash($0) }).elementsEqual(commitment) else {
            return .wrong("has a personal part, look-up keys or a settled allow that are not those it binds")
        }
        return .right
    }

    /// What is left beside the core of an entry that something was removed from.
    ///
    /// - Returns: nil where it is what was left.
    private static func judgeRemains(_ row: StoredLog.Row, _ core: Core, _ secrets: KeyFileSecrets?) -> Standing? {
        guard let secrets else { return nil }
        var left = Array("l".utf8) + core.id
        row.appendFound(to: &left)
        left += Bytes.head(0, UInt64(bitPattern: row.removedBy ?? 0))
        let code = HMAC<SHA256>.authenticationCode(for: left, using: secrets.lookup)
        return code.prefix(16).elementsEqual(row.remains ?? [])
            ? nil : .wrong("has look-up keys, a settled allow or a remover that are not those that a removal left")
    }
}

/// What an entry that removes personal parts says of how many there were.
///
/// Source: docs/decisions/0041.
struct RemovalClaim {
    /// The kinds of entries that remove: an erasure, and what is older than it is kept.
    private static let kinds = [40, 42]

    var entries: Int

    /// - Returns: nil for an entry that removes nothing.
    init?(_ row: StoredLog.Row) {
        guard RemovalClaim.kinds.contains(row.kind) else { return nil }
        struct Body: Decodable { var entries: Int }
        let body = Core(row.core).flatMap { try? JSONDecoder().decode(Body.self, from: Data($0.body)) }
        entries = body?.entries ?? 0
    }
}

/// What an entry that drops a segment's decisions and outcomes says.
///
/// Source: docs/decisions/0043.
struct DropClaim: Decodable {
    private static let kind = 43

    var segment: Int64
    var first: Int64
    var last: Int64
    var entries: Int64

    /// - Returns: nil for any other entry.
    init?(_ row: StoredLog.Row) {
        guard row.kind == DropClaim.kind, let core = Core(row.core),
            let claim = try? JSONDecoder().decode(DropClaim.self, from: Data(core.body))
        else { return nil }
        self = claim
    }
}

extension StoredLog.Segment {
    /// Judges how many entries of it are not there by what the log says.
    func judge(_ missing: Int64, _ claims: [Int64: DropClaim]) throws {
        guard let droppedBy, missing > 0 || !mayHoldDropped else { return }
        let claim = claims[droppedBy]
        guard let claim, claim.segment == number, claim.first == entries.lowerBound, claim.last == entries.upperBound,
            claim.entries == missing
        else {
            throw LogVerification.Finding(
                sequence: entries.lowerBound,
                text: "segment \(number) lacks \(missing) entries, and entry \(droppedBy) does not say that it dropped "
                    + "so many of it")
        }
    }

    /// What is not in the file of a segment.
    static func around(_ own: ClosedRange<Int64>, _ tree: StoredTree) -> [StoredLog.Segment] {
        [1..<own.lowerBound, own.upperBound + 1..<max(own.upperBound, tree.claimed) + 1].filter { !$0.isEmpty }.map {
            .init(number: 0, entries: ClosedRange($0), droppedBy: 0, mayHoldDropped: true)
        }
    }
}

extension StoredLog.Row {
    /// Keys and settled allow as CBOR.
    fileprivate func appendFound(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: Bytes.head(0x40, UInt64(keys.count)))
        bytes.append(contentsOf: keys)
        bytes.append(contentsOf: settles.map { Bytes.head(0, UInt64(bitPattern: $0)) } ?? [0xF6])
    }
}

extension SHA256 {
    fileprivate static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return hash.finalize()
    }
}
