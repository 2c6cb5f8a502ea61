/// How a call is made. Source: the contract, section 1.
public enum CallMode: String, CaseIterable, Sendable, Hashable {
    case live, predictive, prerecorded
    case aiVoice = "ai_voice"
}

public enum Verdict: String, CaseIterable, Sendable, Hashable {
    case allow, deny
}

/// What a reason is about; also the kind of a rule in a policy pack.
public enum ReasonKind: String, CaseIterable, Sendable, Hashable {
    case destination
    case callerID = "caller_id"
    case suppression, consent, data, hours, frequency, attribute, campaign, freshness, stop, unavailable
}

/// What a key or an account may do.
public enum Role: String, CaseIterable, Sendable, Hashable {
    case dialer, operations, compliance, admin
}

/// A source of facts. A rule that needs a source which does not answer denies, unless the policy lets it stand aside.
public enum FactSource: String, CaseIterable, Sendable, Hashable {
    case refusals, owner, consents, attempts, lists, calendar, campaigns, stops, vendors, place, abandonment
    case callerIDs = "caller_ids"
}

/// The value of an attribute of a call.
public enum AttributeValue: Hashable, Sendable, CustomStringConvertible {
    case boolean(Bool)
    case integer(Int)
    case text(String)

    public var description: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .text(let value): value
        }
    }
}

public enum RefusalStrength: String, CaseIterable, Sendable, Hashable {
    case explicit, soft
}

/// What a set of words in a consent or a list covers.
public enum Scope: Hashable, Sendable {
    /// Left open where the format lets it be: covers every word and is taken by every policy.
    case every
    /// Said to be everything (`["all"]`), which a policy need not take.
    case all
    case named([String])

    public func names(_ word: String) -> Bool {
        if case .named(let words) = self { return words.contains(word) }
        return true
    }

    /// Reads the list form, in which `["all"]` stands for everything.
    public init(words: [String]) { self = words.contains("all") ? .all : .named(words) }

    /// The list form; empty for ``every``.
    public var words: [String] {
        switch self {
        case .every: []
        case .all: ["all"]
        case .named(let words): words
        }
    }
}
