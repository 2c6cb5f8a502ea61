import Documents
import GateModel
import Ledger

/// What is taken in bulk, by the name of its route.
public enum ImportKind: String, Sendable, CaseIterable {
    case consents, attempts, relationships, campaigns
    case optOuts = "opt-outs"
    case callerIDs = "caller-ids"

    /// Whether nothing of it counts before another owner has approved the whole. A refusal never waits.
    public var needsApproval: Bool { self != .optOuts && self != .relationships }

    /// Whether each row must name itself: two calls of one minute may look alike, and a corrected consent must take the
    /// place of what it corrects.
    var needsReference: Bool { self == .consents || self == .attempts }

    /// The kind of fact that a row is; nil for what is registered, and for attempts.
    var fact: FactKind? {
        switch self {
        case .consents: .consents
        case .optOuts: .optOuts
        case .relationships: .relationships
        default: nil
        }
    }

    /// The kind of registration that a row is; nil for facts.
    var registration: RegistryKind? {
        switch self {
        case .campaigns: .campaigns
        case .callerIDs: .callerIDs
        default: nil
        }
    }
}

/// How a file is to be read, and who handed it in: all that an approval approves besides the bytes.
public struct ImportOrder: Sendable, Hashable {
    public enum Format: String, Sendable, CaseIterable {
        case csv, ndjson
    }

    public var kind: ImportKind
    public var format: Format
    /// The source of rows that name none.
    public var source: String?
    /// The zone of local times in CSV; nil takes instants with an offset only.
    public var zone: String?
    /// Whether a few faulty rows are left out; else one of them refuses the file.
    public var skipsBadRows: Bool
    public var owner: String
    /// The id of the key that handed it in.
    public var actor: String
    /// For whom the rows may speak.
    public var legalEntities: [String]

    public init(
        _ kind: ImportKind, _ format: Format, source: String? = nil, zone: String? = nil, skipsBadRows: Bool = false,
        by key: APIKey
    ) {
        (self.kind, self.format, self.source, self.zone) = (kind, format, source, zone)
        self.skipsBadRows = skipsBadRows
        (owner, actor, legalEntities) = (key.owner, key.id, key.legalEntities)
    }

    /// The rows speak for those for whom they were handed in, whoever approves them.
    var maker: APIKey {
        APIKey(
            id: actor, role: .operations, name: owner, owner: owner, vendors: [], legalEntities: legalEntities,
            permits: nil, hash: "")
    }

    func write(to json: inout JSONWriter) {
        json.member("kind", kind.rawValue)
        json.member("format", format.rawValue)
        json.member("source", source)
        json.member("tz", zone)
        json.member("bad_rows", skipsBadRows ? "skip" : "refuse")
        json.member("owner", owner)
        json.member("actor", actor)
        json.member("legal_entities", legalEntities)
    }

    init?(_ body: Node) {
        guard let kind = body["kind"]?.string.flatMap(ImportKind.init(rawValue:)),
            let format = body["format"]?.string.flatMap(Format.init(rawValue:))
        else { return nil }
        (self.kind, self.format) = (kind, format)
        (source, zone) = (body["source"]?.string, body["tz"]?.string)
        skipsBadRows = body["bad_rows"]?.string == "skip"
        (owner, actor) = (body["owner"]?.string ?? "", body["actor"]?.string ?? "")
        legalEntities = body.strings("legal_entities")
    }
}

/// How far the rows of an import are in the log.
struct ImportProgress: Sendable, Hashable {
    /// Rows of the file that are worked off, faulty ones included.
    var done = 0
    /// Of those, the ones that were on record already.
    var unchanged = 0
    /// Of those, the ones that were left out.
    var rejected = 0
    var isFinished = false

    init() {}

    init?(_ body: Node) {
        guard let done = body.integer("done") else { return nil }
        self.done = done
        unchanged = body.integer("unchanged") ?? 0
        rejected = body.integer("rejected") ?? 0
        isFinished = body.bool("finished")
    }

    func write(to json: inout JSONWriter) {
        json.member("done", done)
        json.member("unchanged", unchanged)
        json.member("rejected", rejected)
        json.member("finished", isFinished)
    }
}

extension Node {
    func integer(_ name: String) -> Int? {
        if case .number(let text)? = self[name]?.value { return Int(text) }
        return nil
    }
}
