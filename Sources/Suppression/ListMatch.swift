import GateModel

/// A number is on a list, and for which time.
public struct ListMatch: Hashable, Sendable {
    /// Start of the period, inclusive; nil means since ever.
    public let from: Instant?
    /// End of the period, exclusive; nil means for ever.
    public let until: Instant?
    /// The source's own word for the kind of entry; nil where it gave none.
    public let category: String?

    /// Without arguments: listed for all time, without a category.
    public init(from: Instant? = nil, until: Instant? = nil, category: String? = nil) {
        self.from = from
        self.until = until
        self.category = category
    }

    /// Several periods of one number as a single match, erring on the side that allows fewer calls.
    ///
    /// Suppressing: the span from the earliest start to the latest end. Exempting: the period that starts last, since
    /// the span would also exempt the gaps. Nil for no period.
    static func combined(_ matches: [ListMatch], effect: ListDefinition.Effect) -> ListMatch? {
        guard var result = matches.first else { return nil }
        for match in matches.dropFirst() {
            switch effect {
            case .suppress:
                result = ListMatch(
                    from: earliest(result.from, match.from), until: latest(result.until, match.until),
                    category: result.category == match.category ? result.category : nil)
            case .exempt:
                if (match.from ?? .distantPast) > (result.from ?? .distantPast) { result = match }
            }
        }
        return result
    }

    private static func earliest(_ a: Instant?, _ b: Instant?) -> Instant? {
        guard let a, let b else { return nil }
        return min(a, b)
    }

    private static func latest(_ a: Instant?, _ b: Instant?) -> Instant? {
        guard let a, let b else { return nil }
        return max(a, b)
    }
}

/// What a source answered when it was asked about one number.
public struct ListAnswer: Hashable, Sendable {
    /// The three answers that a registry gives.
    public enum Value: String, Hashable, Sendable, CaseIterable {
        case yes, no
        case noData = "no_data"

        /// Which of two answers of the same instant counts: the one that allows fewer calls.
        var strictness: Int {
            switch self {
            case .yes: 2
            case .noData: 1
            case .no: 0
            }
        }
    }

    /// What the source said.
    public let value: Value
    /// When it said so; an answer ages from here.
    public let receivedAt: Instant
}
