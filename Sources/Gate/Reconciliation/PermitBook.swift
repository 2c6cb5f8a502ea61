import GateModel
import Ledger
import Storage

/// An allow with what was reported of it. Read from the verifiable core alone, so also of persons who were erased.
struct Permit: Sendable {
    var sequence: Int64
    var id: EntryID
    var at: Instant
    var validUntil: Instant
    var callerID: String?
    var vendor: String
    var number: LookupKey?
    var mask: String?
    var reports: [OutcomeRecord] = []

    /// Nil for an entry that is no allow.
    init?(_ entry: StoredEntry) throws {
        guard entry.kind == .allow else { return nil }
        let record = try DecisionRecord(try EntryCore(bytes: entry.core), personal: nil)
        (sequence, id, at) = (entry.sequence, record.id, record.at)
        validUntil = record.judgement.validUntil ?? record.at
        (callerID, vendor) = (record.call.callerID?.text, record.call.vendor)
        (number, mask) = (entry.keys.first, entry.shown?.mask)
    }

    /// Reports that say what became of the call.
    var known: [OutcomeRecord] { reports.filter { $0.outcome != nil } }
    /// Whether everybody says that nobody dialled.
    var isGivenBack: Bool { !known.isEmpty && !known.contains(where: \.isAttempt) }
}

/// What the log knows of the numbers of some call detail records, as of one view.
struct PermitBook {
    struct Denial {
        var id: EntryID
        var at: Instant
        var rule: String
    }

    /// Of one number, in order.
    struct Page {
        var permits: [Permit] = []
        var denials: [Denial] = []
        /// Calls that were recorded as made outside the gate.
        var ungated: [Instant] = []
    }

    /// The decision that a record names.
    enum Named {
        case permit(Permit)
        /// There is none, or one that permits no such call; why.
        case unusable(String)
    }

    private var pages: [LookupKey: Page] = [:]
    private var named: [Int: Named] = [:]

    /// - Parameters:
    ///   - records: Of one block.
    ///   - keys: What each record's number is looked up by, in the order of the records.
    ///   - first: The earliest entry that may permit one of them.
    ///   - requestKeys: What a request id may be found by; one for each key that decides.
    init(
        _ records: [CallRecord], _ keys: [LookupKey], from first: Int64, in reading: any StoreReading,
        requestKeys: (String) -> [LookupKey]
    ) throws {
        let asked = Set(keys).sorted()
        for (key, entries) in zip(asked, try reading.entries(by: asked)) {
            let page = try PermitBook.page(entries, from: first)
            if !page.permits.isEmpty || !page.denials.isEmpty || !page.ungated.isEmpty { pages[key] = page }
        }
        for (index, record) in records.enumerated() {
            if let id = record.decision {
                named[index] = try find(id, keys[index], reading)
            } else if let request = record.requestID {
                let entries = try requestKeys(request).flatMap { try reading.entries(by: $0) }
                let ids = try entries.filter { $0.kind == .allow || $0.kind == .deny }
                    .map { try EntryCore(bytes: $0.core).id }
                // Two keys may have given the same name to different questions.
                let found = try ids.map { try find($0, keys[index], reading) }
                named[index] =
                    found.first { if case .permit = $0 { true } else { false } } ?? found.last
                    ?? Named.unusable("no decision has this request id")
            }
        }
    }

    func page(_ key: LookupKey) -> Page { pages[key] ?? Page() }
    /// Nil for a record that names no decision.
    func named(_ index: Int) -> Named? { named[index] }

    static func page(_ entries: [StoredEntry], from first: Int64) throws -> Page {
        var page = Page()
        var places: [EntryID: Int] = [:]
        for entry in entries where entry.sequence >= first {
            switch entry.kind {
            case .allow:
                guard let permit = try Permit(entry) else { continue }
                places[permit.id] = page.permits.count
                page.permits.append(permit)
            case .deny:
                let record = try DecisionRecord(try EntryCore(bytes: entry.core), personal: nil)
                page.denials.append(
                    Denial(id: record.id, at: record.at, rule: record.judgement.reasons.first?.rule ?? ""))
            case .outcome:
                let report = try OutcomeRecord(try EntryCore(bytes: entry.core), personal: nil)
                if let place = places[report.decision] { page.permits[place].reports.append(report) }
            case .importedAttempt:
                let core = try EntryCore(bytes: entry.core)
                if case .attempt(let record?, _)? = try SubjectFact(core, keys: entry.keys, personal: nil) {
                    page.ungated.append(record.attempt.at)
                }
            default: break
            }
        }
        return page
    }

    private func find(_ id: EntryID, _ number: LookupKey, _ reading: any StoreReading) throws -> Named {
        if let permit = pages[number]?.permits.first(where: { $0.id == id }) { return .permit(permit) }
        guard let entry = try reading.entry(id.sequence), try EntryCore(bytes: entry.core).id == id else {
            return .unusable("there is no such decision")
        }
        guard entry.keys.first == number else { return .unusable("the decision is about another number") }
        guard let permit = try Permit(entry) else { return .unusable("the decision denies") }
        return .permit(permit)
    }
}

/// One mark for each entry of a stretch of the log: one bit each, however many calls there are.
struct EntryMarks {
    let stretch: Range<Int64>
    private var words: [UInt64]

    init(_ stretch: Range<Int64>) {
        self.stretch = stretch
        words = [UInt64](repeating: 0, count: stretch.count / 64 + 1)
    }

    /// False outside of the stretch.
    subscript(_ sequence: Int64) -> Bool {
        get {
            guard stretch.contains(sequence) else { return false }
            let place = Int(sequence - stretch.lowerBound)
            return words[place / 64] >> UInt64(place % 64) & 1 == 1
        }
        set {
            guard stretch.contains(sequence), newValue else { return }
            let place = Int(sequence - stretch.lowerBound)
            words[place / 64] |= 1 << UInt64(place % 64)
        }
    }
}
