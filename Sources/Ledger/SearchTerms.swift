import GateModel

/// What a decision is looked for by, beside its number, its customer and its time.
public struct SearchTerm: Hashable, Sendable {
    /// The numbers stand in derived data alone; with another meaning the index is of another form.
    public enum Kind: Int, CaseIterable, Sendable {
        /// Every decision; its text is empty.
        case decision = 1
        case verdict = 2
        case campaign = 3
        case agent = 4
        case vendor = 5
        case legalEntity = 6
        case callerID = 7
        /// A rule that was failed.
        case rule = 8
        /// The kind of a reason.
        case reasonKind = 9
        /// What was reported of an allow.
        case outcome = 10
        /// An allow that somebody reported on; its text is empty.
        case settled = 11
        /// An allow on which reports differ, so that its outcome must be judged; its text is empty.
        case contradicted = 12
    }

    public var kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String = "") {
        self.kind = kind
        self.text = text
    }

    /// The outcome of an allow that was given back.
    public static let notDialed = "not_dialed"
}

/// What an entry says of a decision, in terms that it is found by.
public struct SearchTerms: Sendable {
    /// The decision's place in the log.
    public var decision: Int64
    public var terms: [SearchTerm]

    /// Nil for an entry that says nothing of a decision. Of a record that cannot be read only the verdict is told: it must
    /// not stand in the way of the others.
    ///
    /// - Parameters:
    ///   - core: As it is stored.
    ///   - personal: As it is stored; the agent is read of it and nothing else.
    public init?(_ kind: EntryKind, sequence: Int64, core: [UInt8], personal: [UInt8]?) {
        switch kind {
        case .allow, .deny:
            decision = sequence
            terms = [
                SearchTerm(.decision),
                SearchTerm(.verdict, kind == .allow ? Verdict.allow.rawValue : Verdict.deny.rawValue),
            ]
            if let known = try? SearchTerms.ofDecision(core) { terms += known }
            if let personal, let agent = try? SearchTerms.agent(personal) { terms.append(SearchTerm(.agent, agent)) }
        case .outcome:
            guard let report = try? SearchTerms.report(core), let outcome = report.outcome else { return nil }
            decision = report.decision
            terms = [SearchTerm(.settled), SearchTerm(.outcome, outcome)]
            if report.contradicts { terms.append(SearchTerm(.contradicted)) }
        default: return nil
        }
    }

    /// Reads the body of a decision up to its reasons.
    private static func ofDecision(_ bytes: [UInt8]) throws(MalformedRecord) -> [SearchTerm] {
        var body = CBORReader(try EntryCore(bytes: bytes).body)
        _ = try body.array()
        // Snapshot, purpose, mode.
        for _ in 0..<3 { try body.skip() }
        var terms: [SearchTerm] = []
        func add(_ kind: SearchTerm.Kind, _ text: String?) {
            if let text { terms.append(SearchTerm(kind, text)) }
        }
        add(.campaign, try body.optionalText())
        try body.skip()
        add(.callerID, try body.optionalText())
        try body.skip()
        add(.vendor, try body.text())
        add(.legalEntity, try body.text())
        // Number type, jurisdictions.
        for _ in 0..<2 { try body.skip() }
        for _ in 0..<(try body.array()) {
            var left = try body.array()
            for kind in [SearchTerm.Kind.rule, .reasonKind] {
                let term = SearchTerm(kind, try body.text())
                if !terms.contains(term) { terms.append(term) }
                left -= 1
            }
            while left > 0 {
                try body.skip()
                left -= 1
            }
        }
        return terms
    }

    private static func agent(_ personal: [UInt8]) throws(MalformedRecord) -> String? {
        var reader = CBORReader(personal)
        _ = try reader.array()
        for _ in 0..<3 { try reader.skip() }
        return try reader.optionalText()
    }

    private static func report(
        _ bytes: [UInt8]
    ) throws(MalformedRecord) -> (decision: Int64, outcome: String?, contradicts: Bool) {
        var body = CBORReader(try EntryCore(bytes: bytes).body)
        _ = try body.array()
        guard let decision = EntryID(bytes: try body.data()) else { throw MalformedRecord("an outcome of no decision") }
        let outcome = try body.optionalText()
        // Caller id, four times and a duration, purposes, disposition, recording, reason.
        for _ in 0..<9 { try body.skip() }
        let isAttempt = try body.bool()
        _ = try body.bool()
        let findings = try body.texts()
        return (
            decision.sequence, isAttempt ? outcome : outcome.map { _ in SearchTerm.notDialed },
            findings.contains("contradicts")
        )
    }
}
