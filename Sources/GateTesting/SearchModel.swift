import GateModel
import Ledger
import Storage

/// A log of made-up decisions and outcomes, and what a search over it must find, found by looking at each.
public struct SearchModel {
    struct Known {
        var sequence: Int64
        var terms: Set<SearchTerm>
        var keys: [LookupKey]
    }

    private var random: SeededGenerator
    private var next: Int64
    private var now = Int64(1_780_000_000_000)
    private(set) var decisions: [Known] = []
    private var instants: [(sequence: Int64, at: Int64)] = []

    /// - Parameter first: The first of its entries; those before are not looked at.
    public init(seed: UInt64, first: Int64 = 1) {
        random = SeededGenerator(seed: seed)
        next = first
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

    /// Appends so many entries in one commit.
    public mutating func append(_ count: Int, to store: any Store) throws {
        let entries = (0..<count).map { _ in entry() }
        try store.commit { transaction in for entry in entries { try transaction.append(entry) } }
    }

    private mutating func entry() -> StoredEntry {
        defer { next += 1 }
        now += pick([0, 1, 90, 2_000, 400_000])
        instants.append((next, now))
        let id = EntryID(at: Instant(milliseconds: now), sequence: next, noise: 7)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return StoredEntry(sequence: next, kind: .snapshot, core: core(.snapshot, id, []))
        case 1, 2, 3:
            let open = decisions.indices.suffix(40).filter {
                decisions[$0].terms.contains(SearchTerm(.verdict, "allow"))
            }
            return open.isEmpty ? decision(id) : outcome(id, of: pick(Array(open)))
        default: return decision(id)
        }
    }

    private func core(_ kind: EntryKind, _ id: EntryID, _ body: [UInt8]) -> [UInt8] {
        EntryCore(kind: kind, id: id, at: Instant(milliseconds: now), actor: "k", body: body, binding: .keys([])).bytes
    }

    private mutating func decision(_ id: EntryID) -> StoredEntry {
        let isAllowed = Bool.random(using: &random)
        let (campaign, callerID) = (pick([nil, "spring", "autumn"]), pick([nil, "+862223456789"]))
        let (vendor, entity) = (pick(["own", "own", "own", "callers"]), pick(["main", "branch"]))
        let agent = pick([nil] + (0..<50).map { "A\($0)" })
        let reasons =
            isAllowed
            ? [] : (0..<pick([1, 2])).map { _ in pick([("a.one", "hours"), ("a.two", "hours"), ("a.rare", "data")]) }
        var body = CBORWriter()
        body.array(12)
        body.integer(Int64(1))
        for text in ["sale", "live", campaign, nil, callerID, nil, vendor, entity, "mobile"] { body.text(text) }
        body.texts(["XX"])
        body.each(reasons) { writer, reason in
            writer.array(5)
            writer.text(reason.0)
            writer.text(reason.1)
            for _ in 0..<3 { writer.null() }
        }
        var personal = CBORWriter()
        personal.array(4)
        personal.text("***")
        personal.data([1, 2, 3])
        personal.text(nil)
        personal.text(agent)
        var terms: Set = [SearchTerm(.decision), SearchTerm(.verdict, isAllowed ? "allow" : "deny")]
        terms.formUnion([SearchTerm(.vendor, vendor), SearchTerm(.legalEntity, entity)])
        for (kind, text) in [(SearchTerm.Kind.campaign, campaign), (.callerID, callerID), (.agent, agent)] {
            if let text { terms.insert(SearchTerm(kind, text)) }
        }
        for reason in reasons { terms.formUnion([SearchTerm(.rule, reason.0), SearchTerm(.reasonKind, reason.1)]) }
        let keys = [StorageConformance.key(pick(Array(1...20)))]
        decisions.append(Known(sequence: next, terms: terms, keys: keys))
        let kind = isAllowed ? EntryKind.allow : .deny
        return StoredEntry(
            sequence: next, kind: kind, core: core(kind, id, body.bytes), personal: personal.bytes, keys: keys)
    }

    private mutating func outcome(_ id: EntryID, of index: Int) -> StoredEntry {
        let (word, isAttempt) = pick([("answered", true), ("busy", true), ("back", false), (nil, true)])
        let settled = decisions[index]
        let contradicts = settled.terms.contains(SearchTerm(.settled))
        var body = CBORWriter()
        body.array(14)
        body.data(EntryID(at: Instant(milliseconds: now), sequence: settled.sequence, noise: 7).bytes)
        body.text(word)
        for _ in 0..<5 { body.null() }
        body.texts([])
        for _ in 0..<3 { body.null() }
        body.bool(isAttempt)
        body.bool(false)
        body.texts(contradicts ? ["late", "contradicts"] : [])
        if let word {
            decisions[index].terms.insert(SearchTerm(.settled))
            decisions[index].terms.insert(SearchTerm(.outcome, isAttempt ? word : SearchTerm.notDialed))
            if contradicts { decisions[index].terms.insert(SearchTerm(.contradicted)) }
        }
        return StoredEntry(
            sequence: next, kind: .outcome, core: core(.outcome, id, body.bytes), keys: settled.keys,
            settles: word == nil ? nil : settled.sequence)
    }

    // MARK: What must be found

    private func finds(_ query: DecisionQuery, _ known: Known) -> Bool {
        query.range.contains(known.sequence) && query.keys.allSatisfy(known.keys.contains)
            && query.groups.allSatisfy { !known.terms.isDisjoint(with: $0) }
            && known.terms.isDisjoint(with: query.without)
    }

    private mutating func query() -> DecisionQuery {
        let words: [SearchTerm] = [
            SearchTerm(.verdict, "allow"), SearchTerm(.verdict, "deny"), SearchTerm(.campaign, "spring"),
            SearchTerm(.vendor, "own"), SearchTerm(.vendor, "callers"), SearchTerm(.legalEntity, "main"),
            SearchTerm(.rule, "a.one"), SearchTerm(.rule, "a.rare"), SearchTerm(.reasonKind, "hours"),
            SearchTerm(.agent, "A7"), SearchTerm(.callerID, "+862223456789"), SearchTerm(.outcome, "answered"),
            SearchTerm(.outcome, SearchTerm.notDialed), SearchTerm(.settled), SearchTerm(.rule, "nobody"),
        ]
        var query = DecisionQuery()
        for _ in 0..<pick([0, 1, 1, 2, 3]) {
            query.groups.append((0..<pick([1, 1, 1, 2])).map { _ in pick(words) })
        }
        if pick([false, false, true]) { query.without = [pick([SearchTerm(.settled), SearchTerm(.contradicted)])] }
        if pick([false, false, true]) { query.keys = [StorageConformance.key(pick(Array(1...22)))] }
        let first = instants.first?.sequence ?? 1
        if pick([false, true]) {
            let (a, b) = (
                Int64.random(in: first...next + 1, using: &random), Int64.random(in: first...next + 1, using: &random)
            )
            query.range = min(a, b)..<max(a, b)
        }
        return query
    }

    /// Asks a store at random, and throws where it answers otherwise.
    public mutating func check(_ store: any Store, rounds: Int = 60) throws {
        for _ in 0..<rounds {
            let query = query()
            let expected = decisions.filter { finds(query, $0) }
            let limit = pick([1, 3, 50, Int.max])
            let kind = pick(SearchTerm.Kind.allCases)
            var bounds = (0..<pick([2, 3, 9])).map { _ in Int64.random(in: 0...next + 1, using: &random) }.sorted()
            if pick([false, true]) { bounds.append(.max) }
            var counts: [String: Int] = [:]
            for known in expected {
                for term in known.terms where term.kind == kind { counts[term.text, default: 0] += 1 }
            }
            let stretches = zip(bounds, bounds.dropFirst()).map { low, high in
                expected.count { low <= $0.sequence && $0.sequence < high }
            }
            try store.read { view in
                let found = try view.decisions(query, limit: limit)
                try expect(
                    found == expected.reversed().prefix(limit).map(\.sequence), "\(query) limit \(limit): \(found)")
                let counted = try view.countDecisions(query, by: kind)
                try expect(counted == counts, "\(query) by \(kind): \(counted) for \(counts)")
                let between = try view.countDecisions(query, between: bounds)
                try expect(between == stretches, "\(query) between \(bounds): \(between) for \(stretches)")
            }
        }
        try checkTime(store)
    }

    private mutating func checkTime(_ store: any Store) throws {
        guard let first = instants.first?.at, let last = instants.last?.at else { return }
        let quarter = Int64(15 * 60 * 1000)
        var asked = [1, first, last, last + 1, Int64.max / 8]
        for _ in 0..<30 {
            let at = Int64.random(in: first - quarter...last + quarter, using: &random)
            asked += [at, at / quarter * quarter]
        }
        let expected = asked.map { at in instants.first { $0.at >= at }?.sequence ?? next }
        let found = try store.read { try $0.sequences(notBefore: asked.map { Instant(milliseconds: $0) }) }
        for (at, (found, expected)) in zip(asked, zip(found, expected)) {
            try expect(found == expected, "the first entry not before \(at): \(found) for \(expected)")
        }
    }

    /// The agents of some decisions are forgotten, as an erasure does it.
    public mutating func forget(_ store: any Store) throws {
        var gone: [Int64] = []
        for index in decisions.indices where pick([false, false, true]) {
            gone.append(decisions[index].sequence)
            decisions[index].terms = decisions[index].terms.filter { $0.kind != .agent }
            decisions[index].keys = []
        }
        try store.commit { transaction in
            for sequence in gone {
                guard let entry = try transaction.entry(sequence) else { continue }
                try transaction.redact(entry, keeping: [], bound: [], by: sequence)
            }
        }
        try expect(try store.expunge(), "what was removed is gone from the files")
    }

    private func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw StorageConformance.Violation(description: what()) }
    }
}
