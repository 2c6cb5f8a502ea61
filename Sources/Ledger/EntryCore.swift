import GateModel

/// What an entry records. The numbers are stored: they never change and are never used again.
public enum EntryKind: Int, CaseIterable, Sendable {
    case allow = 1
    case deny = 2
    case outcome = 3
    case snapshot = 4
    case consent = 10
    case consentWithdrawal = 11
    case optOut = 12
    case relationship = 13
    case appointment = 14
    case complaint = 15
    case complaintStep = 16
    case importedAttempt = 17
    case lift = 18
    /// A number named on a list that the gate keeps itself.
    case listRecord = 19
    case stop = 20
    case callerID = 21
    case campaign = 22
    case vendor = 23
    case calendar = 24
    case list = 25
    /// A file of rows that was handed in, and how far its rows are in the log.
    case importBatch = 26
    /// One entry of a small addition to a list.
    case listEntry = 28
    /// A policy that came into force.
    case policy = 29
    /// An approval, withdrawal, pause or lift of a registered thing.
    case change = 27
    case key = 30
    case keyRevocation = 31
    case access = 32
    /// An emergency that an authority declared.
    case emergency = 33
    /// How many of a campaign's answered calls were abandoned.
    case abandonment = 34
    /// A person was erased.
    case erasure = 40
    /// A person's records must be kept until this is lifted.
    case hold = 41
    /// What is older than the policy keeps it was removed.
    case retention = 42
    /// The decisions and outcomes of a segment, long too old, were dropped.
    case segmentDrop = 43
    /// Call detail records that were compared with the log.
    case reconciliation = 50
    /// A periodic report that was made.
    case report = 51
}

/// How a core holds on to what stands beside it in the log.
public enum EntryBinding: Hashable, Sendable {
    /// Of an entry about a person: 32 bytes that bind its ``PersonalPart`` and what it is found by.
    case person(_ commitment: [UInt8])
    /// Of an entry about nobody: 32 bytes that bind what it is found by, checked with the key file.
    case keys(_ code: [UInt8])

    public var isPersonal: Bool { if case .person = self { true } else { false } }
}

/// The part of an entry that the verifiable log hashes: no number, keyed hash, customer or agent stands in it, only one
/// commitment to all of them.
public struct EntryCore: Sendable {
    public var kind: EntryKind
    public var id: EntryID
    public var at: Instant
    /// The id of the key that acted, or `cli`.
    public var actor: String
    /// The record itself: positional CBOR for what is about a person, JSON text for what is registered.
    public var body: [UInt8]
    public var binding: EntryBinding

    public init(
        kind: EntryKind, id: EntryID, at: Instant, actor: String, body: [UInt8], binding: EntryBinding
    ) {
        self.kind = kind
        self.id = id
        self.at = at
        self.actor = actor
        self.body = body
        self.binding = binding
    }

    /// The format's version, the first element of every core.
    static let version: Int64 = 2

    /// Canonical bytes.
    public var bytes: [UInt8] {
        var writer = CBORWriter(capacity: body.count + 96)
        writer.array(7)
        writer.integer(EntryCore.version)
        writer.integer(kind.rawValue)
        writer.data(id.bytes)
        writer.instant(at)
        writer.text(actor)
        writer.data(body)
        switch binding {
        case .person(let commitment): writer.data(commitment)
        case .keys(let code):
            writer.array(1)
            writer.data(code)
        }
        return writer.bytes
    }

    /// The id in a core of which only the first 32 bytes are needed; nil where none stands there.
    public static func id(in bytes: [UInt8]) -> EntryID? {
        var reader = CBORReader(bytes)
        guard (try? reader.array(7)) != nil, (try? reader.integer()) == version, (try? reader.integer()) != nil,
            let id = try? reader.data()
        else { return nil }
        return EntryID(bytes: id)
    }

    public init(bytes: [UInt8]) throws(MalformedRecord) {
        var reader = CBORReader(bytes)
        try reader.array(7)
        guard try reader.integer() == EntryCore.version else {
            throw MalformedRecord("a format version that is not known")
        }
        guard let kind = EntryKind(rawValue: Int(try reader.integer())), let id = EntryID(bytes: try reader.data())
        else {
            throw MalformedRecord("an entry kind or id that is not known")
        }
        self.kind = kind
        self.id = id
        at = try reader.instant()
        actor = try reader.text()
        body = try reader.data()
        var ahead = reader
        if (try? ahead.array(1)) != nil {
            reader = ahead
            binding = .keys(try reader.data())
        } else {
            binding = .person(try reader.data())
        }
        guard reader.isAtEnd else { throw MalformedRecord("bytes after the end") }
    }
}
