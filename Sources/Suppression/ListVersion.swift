import GateModel

/// What is known of one version of a list: kept as `meta.json` beside its index.
///
/// Which version decides calls is said by the log, not here.
public struct ListVersion: Hashable, Sendable {
    /// How an upload becomes the version's content.
    public enum Mode: String, Hashable, Sendable, Codable {
        /// The upload alone.
        case replace
        /// The base version and the upload.
        case add
        /// The base version without the upload.
        case remove
    }

    /// Where a version is on its way; the names are those of the HTTP interface. That a version is `active` is said by
    /// the log and stored nowhere else.
    public enum State: String, Hashable, Sendable, Codable {
        case receiving, checking, ready, active, rejected

        /// Whether a version may go from this state to another; a rejected one stays rejected.
        public func canBecome(_ next: State) -> Bool {
            switch (self, next) {
            case (.receiving, .checking), (.receiving, .rejected), (.checking, .ready), (.checking, .rejected): true
            case (.ready, .rejected): true
            default: self == next
            }
        }
    }

    /// Name of the list.
    public let list: String
    /// 1 for the first; a number is never used twice.
    public let number: Int
    /// The instant for which the source vouches for the content; a list's age runs from here.
    public let asOf: Instant
    /// What the upload did to the base.
    public let mode: Mode
    /// The active version when the upload began; nil for a version that replaces, and where none was active.
    public let base: Int?
    /// Whether the upload is only counted; such a version ends as `rejected` and can never be activated.
    public let isDryRun: Bool
    /// The uploaded file's name as its sender gave it; for show only.
    public let sourceName: String
    /// Owner of the key or account that sent the upload; an approval must come from another.
    public let uploadedBy: String
    /// When the upload began.
    public let createdAt: Instant
    /// Changed by ``ListFolder`` only, which also writes it.
    public internal(set) var state: State
    /// Why the version was rejected; nil otherwise.
    public internal(set) var rejection: String?
    /// Size and content of the upload as it was sent; nil until it was received to its end.
    public internal(set) var upload: FileDigest?
    /// Size and content of what the upload adds or removes; nil for a version that replaces.
    public internal(set) var change: FileDigest?
    /// Size and content of the index; nil until it was written. Of a version that adds or removes it is written when it
    /// is put in force, so that it rests on what is active then.
    public internal(set) var index: FileDigest?
    /// How the lines of the upload fared.
    public internal(set) var counts: ImportCounts
    /// Entries in the index; before that, of a version that adds or removes, entries of the change.
    public internal(set) var entries: Int
    /// What activating the version would change, as things stood when it was checked.
    public internal(set) var effect: VersionEffect?
}

/// What a version changes against the one that was active when it was checked.
public struct VersionEffect: Hashable, Sendable, Codable {
    /// Entries that are new, or whose period or answer changed.
    public var added: Int
    /// Entries that are gone, or whose period or answer changed.
    public var removed: Int
    /// Of ``callsLookedAt``, how many the version would have denied; nil where nobody asked.
    public var wouldHaveDenied: Int?
    /// Allowed calls of the last days that were looked at, the newest first; nil where nobody asked.
    public var callsLookedAt: Int?

    public init(added: Int, removed: Int, wouldHaveDenied: Int? = nil, callsLookedAt: Int? = nil) {
        self.added = added
        self.removed = removed
        self.wouldHaveDenied = wouldHaveDenied
        self.callsLookedAt = callsLookedAt
    }

    private enum CodingKeys: String, CodingKey {
        case added, removed
        case wouldHaveDenied = "would_have_denied"
        case callsLookedAt = "calls_looked_at"
    }
}

/// Length and content hash of a file.
public struct FileDigest: Hashable, Sendable, Codable {
    /// Length in bytes.
    public let bytes: Int
    /// SHA-256 of the whole content, 64 lower-case hexadecimal digits.
    public let sha256: String

    public init(bytes: Int, sha256: String) {
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// How the lines of an upload fared: `lines` is the sum of the other three.
///
/// A line is one row of the file; blank lines, comments and the header are not counted.
public struct ImportCounts: Hashable, Sendable, Codable {
    /// Rows read.
    public internal(set) var lines = 0
    /// Rows that brought an entry.
    public internal(set) var accepted = 0
    /// Rows that said again what another row of the same file says.
    public internal(set) var duplicates = 0
    /// Rows left out.
    public internal(set) var rejected = 0

    /// Nothing read yet.
    public init() {}
}

extension ListVersion: Codable {
    private enum CodingKeys: String, CodingKey {
        case list, number, mode, base
        case uploadedBy = "uploaded_by"
        case state, rejection, upload, change, index, counts, entries, effect
        case isDryRun = "dry_run"
        case asOf = "as_of"
        case sourceName = "source_name"
        case createdAt = "created_at"
    }

    /// Throws for a missing key and for a time that is not RFC 3339; unknown keys are ignored.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func instant(_ key: CodingKeys) throws -> Instant {
            guard let instant = Instant(rfc3339: try values.decode(String.self, forKey: key)) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "no RFC 3339 time")
            }
            return instant
        }
        list = try values.decode(String.self, forKey: .list)
        number = try values.decode(Int.self, forKey: .number)
        asOf = try instant(.asOf)
        mode = try values.decode(Mode.self, forKey: .mode)
        base = try values.decodeIfPresent(Int.self, forKey: .base)
        sourceName = try values.decode(String.self, forKey: .sourceName)
        uploadedBy = try values.decode(String.self, forKey: .uploadedBy)
        createdAt = try instant(.createdAt)
        state = try values.decode(State.self, forKey: .state)
        rejection = try values.decodeIfPresent(String.self, forKey: .rejection)
        upload = try values.decodeIfPresent(FileDigest.self, forKey: .upload)
        change = try values.decodeIfPresent(FileDigest.self, forKey: .change)
        index = try values.decodeIfPresent(FileDigest.self, forKey: .index)
        effect = try values.decodeIfPresent(VersionEffect.self, forKey: .effect)
        isDryRun = try values.decode(Bool.self, forKey: .isDryRun)
        counts = try values.decode(ImportCounts.self, forKey: .counts)
        entries = try values.decode(Int.self, forKey: .entries)
    }

    /// Writes snake_case keys, and times in UTC with milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(list, forKey: .list)
        try values.encode(number, forKey: .number)
        try values.encode(asOf.rfc3339, forKey: .asOf)
        try values.encode(mode, forKey: .mode)
        try values.encodeIfPresent(base, forKey: .base)
        try values.encode(sourceName, forKey: .sourceName)
        try values.encode(uploadedBy, forKey: .uploadedBy)
        try values.encode(createdAt.rfc3339, forKey: .createdAt)
        try values.encode(state, forKey: .state)
        try values.encodeIfPresent(rejection, forKey: .rejection)
        try values.encodeIfPresent(upload, forKey: .upload)
        try values.encodeIfPresent(change, forKey: .change)
        try values.encodeIfPresent(index, forKey: .index)
        try values.encodeIfPresent(effect, forKey: .effect)
        try values.encode(isDryRun, forKey: .isDryRun)
        try values.encode(counts, forKey: .counts)
        try values.encode(entries, forKey: .entries)
    }
}
