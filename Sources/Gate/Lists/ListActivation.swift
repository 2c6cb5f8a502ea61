import Documents
import GateModel
import Ledger
import Suppression

/// A version of a list as it was put in force: an index, and small additions to it that stand in the log.
public struct ListActivation: Sendable, Hashable {
    public var version: Int
    /// The version whose index is read; nil where the list began empty.
    public var index: Int?
    /// Versions added on top of the index, in order, the last being ``version``. Their entries are found with the number.
    public var journal: [Int] = []
    /// Who put it in force, and when.
    public var owner: String
    public var at: Instant

    /// - Parameter earlier: What was in force before.
    init?(_ body: Node, at: Instant, after earlier: ListActivation?) {
        guard case .number(let text)? = body["version"]?.value, let version = Int(text) else { return nil }
        (self.version, self.at) = (version, at)
        owner = body["owner"]?.string ?? ""
        if body.bool("journal") {
            index = earlier?.index
            journal = (earlier?.journal ?? []) + [version]
        } else {
            index = version
        }
        // Folding changes no content: it stays the act of whoever put the version in force.
        if earlier?.version == version, let earlier { (owner, self.at) = (earlier.owner, earlier.at) }
    }
}

/// Somebody's wish to put a version in force again, which makes numbers callable: another person may do it.
struct ListProposal: Sendable, Hashable {
    var version: Int
    var owner: String

    init(version: Int, owner: String) {
        self.version = version
        self.owner = owner
    }

    init?(_ body: Node, owner: String) {
        guard case .number(let text)? = body["version"]?.value, let version = Int(text) else { return nil }
        self.init(version: version, owner: owner)
    }
}

extension Registry {
    /// The version of each list in force.
    public var lists: [String: ListActivation] { activations.compactMapValues(\.last) }
}

/// One entry of a small addition to a list, as it stands with its number in the log.
struct JournalEntry: Hashable, Sendable {
    var list: String
    var version: Int
    /// Nil means since ever; of an answer, when it was received.
    var from: Instant?
    /// Exclusive; nil means for ever.
    var until: Instant?
    var category: String?
    /// Of an asked list only.
    var answer: ListAnswer.Value?

    init(list: String, version: Int, _ entry: ListEntry) {
        (self.list, self.version) = (list, version)
        from = entry.answer?.receivedAt ?? entry.match.from
        until = entry.match.until
        category = entry.match.category
        answer = entry.answer?.value
    }

    init(_ reader: inout CBORReader) throws(MalformedRecord) {
        try reader.array(6)
        list = try reader.text()
        version = Int(try reader.integer())
        from = try reader.optionalInstant()
        until = try reader.optionalInstant()
        category = try reader.optionalText()
        answer = try reader.optionalText().flatMap(ListAnswer.Value.init(rawValue:))
    }

    var body: [UInt8] {
        var writer = CBORWriter(capacity: 64)
        writer.array(6)
        writer.text(list)
        writer.integer(version)
        writer.instant(from)
        writer.instant(until)
        writer.text(category)
        writer.text(answer?.rawValue)
        return writer.bytes
    }
}

extension ListFact {
    /// Lays an entry of the journal over what the index says; of two periods the span of both.
    mutating func take(_ entry: JournalEntry, greatestAge: Span?, at now: Instant) {
        guard let answer = entry.answer else {
            if isListed {
                since = since.flatMap { since in entry.from.map { min(since, $0) } }
                until = until.flatMap { until in entry.until.map { max(until, $0) } }
                if category != entry.category { category = nil }
            } else {
                (isListed, since, until, category) = (true, entry.from, entry.until, entry.category)
            }
            return
        }
        // The later answer counts; of two at one instant, the later told.
        if let asOf, self.answer != nil, let received = entry.from, received < asOf { return }
        self.answer = answer.rawValue
        isListed = answer == .yes
        age(from: entry.from, greatestAge, at: now)
    }

    /// Sets since when what the list says is true, and whether it is still to be relied on.
    mutating func age(from instant: Instant?, _ greatestAge: Span?, at now: Instant) {
        asOf = instant
        state = .inForce
        staleAt = nil
        guard let instant, let greatestAge else { return }
        staleAt = instant + greatestAge
        if now > instant + greatestAge { state = .stale }
    }
}
