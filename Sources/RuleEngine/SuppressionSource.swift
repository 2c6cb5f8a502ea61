import Calendars
import GateModel

/// Where a suppression may come from.
public enum SuppressionSource: Sendable, Hashable {
    case optOut(OptOutMatch)
    /// A complaint; `openOnly` while it is not closed.
    case complaint(openOnly: Bool)
    /// A list or a record of that list.
    case list(ListTest)
    /// Every active list that no rule names and that covers the call.
    case otherLists
    case attempt(within: Span, connectedOnly: Bool, of: Applicability)
}

public struct ListTest: Sendable, Hashable {
    public var name: String
    /// Whether an entry's category is the product it is about.
    public var byProduct = false
    /// Calendar days from the day of the entry, before which it does not count yet.
    public var graceDays: Int?
    /// Answers of an asked register that count; nil for each but `no`.
    public var answers: [String]?

    public init(_ name: String) { self.name = name }
}

public struct OptOutMatch: Sendable, Hashable {
    /// Nil for either strength.
    public var strength: RefusalStrength?
    /// How long it rests; nil for as long as it stands.
    public var rest: Span?
    /// How many whole calendar days it rests after its own; nil for as long as it stands.
    public var fullDays: Int?
    public var countsLifted = false
    /// Whether a refusal of another purpose counts too.
    public var ofAnyPurpose = false

    public init() {}
}

/// A match outweighs a list that is not fresh, and that a source which is down: the surest is told.
struct SuppressionCheck: Check {
    let sources: [any Check]

    init(sources: [SuppressionSource], ownLists: [String: FactSource]) {
        self.sources = sources.map { $0.check(ownLists: ownLists) }
    }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        var until = Instant.distantFuture
        var missing: Standing?
        var stale: Standing?
        for source in sources {
            let standing = source.standing(in: situation, at: t)
            switch standing {
            case .passes(let end): until = min(until, end)
            case .lacks: missing = missing ?? standing
            case .fails(_, _, .freshness): stale = stale ?? standing
            case .fails: return standing
            }
        }
        return stale ?? missing ?? .passes(until: until)
    }
}

extension SuppressionSource {
    /// - Parameter ownLists: Which source answers for a list that the gate keeps itself; every other is of `lists`.
    fileprivate func check(ownLists: [String: FactSource]) -> any Check {
        switch self {
        case .optOut(let match): match
        case .complaint(let openOnly): ComplaintCheck(openOnly: openOnly)
        case .list(let test): ListCheck(test: test, source: ownLists[test.name] ?? .lists)
        case .otherLists: OtherListsCheck()
        case .attempt(let within, let connectedOnly, let kind):
            EarlierAttemptCheck(within: within, connectedOnly: connectedOnly, kind: kind)
        }
    }
}

extension OptOutMatch: Check {
    /// A refusal counts from when it is recorded, even where its clock runs ahead of ours.
    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.refusals) { return .lacks(.refusals) }
        var retry: Instant? = t
        for refusal in situation.facts.optOuts {
            guard strength == nil || refusal.strength == strength,
                ofAnyPurpose || refusal.purposes.names(situation.call.purpose)
            else { continue }
            let rested = rest.map { refusal.at + $0 } ?? fullDays.map { restEnd(refusal, $0, in: situation) }
            let end = earlier(rested, countsLifted ? nil : refusal.liftedAt)
            if let end, end <= t { continue }
            retry = later(retry, end)
        }
        return retry == t ? .passes : .fails(retry: retry, detail: SuppressionDetail.refusal)
    }

    /// Where the place is not known, the day is the last that it can be anywhere.
    private func restEnd(_ refusal: OptOut, _ fullDays: Int, in situation: Situation) -> Instant {
        situation.zones.map { $0.start(of: $0.date(at: refusal.at).adding(days: fullDays + 1)) }.max()
            ?? refusal.at + .days(Int64(fullDays) + 2)
    }
}

public enum SuppressionDetail {
    /// What a refusal is told as; a consent that it voids is then not told beside it.
    static let refusal = "refusal"
    /// What a complaint is told as.
    public static let complaint = "complaint"
}

private struct ComplaintCheck: Check {
    let openOnly: Bool

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.refusals) { return .lacks(.refusals) }
        var retry: Instant? = t
        for complaint in situation.facts.complaints {
            let end = openOnly ? complaint.closedAt : nil
            if let end, end <= t { continue }
            retry = later(retry, end)
        }
        return retry == t ? .passes : .fails(retry: retry, detail: SuppressionDetail.complaint)
    }
}

private struct EarlierAttemptCheck: Check {
    let within: Span
    let connectedOnly: Bool
    let kind: Applicability

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.attempts) { return .lacks(.attempts) }
        var latest: Instant?
        for attempt in situation.facts.attempts
        where attempt.direction == .outbound && (attempt.sameNumber || attempt.sameCustomer)
            && (!connectedOnly || attempt.isConnection) && kind.admits(attempt)
        {
            latest = max(latest ?? attempt.at, attempt.at)
        }
        guard let latest, latest + within > t else { return .passes }
        return .fails(retry: latest + within, detail: "attempt")
    }
}

private struct ListCheck: Check {
    let test: ListTest
    /// What answers for the list.
    let source: FactSource
    private var name: String { test.name }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(source) { return .lacks(source) }
        var retry: Instant? = t
        for record in situation.facts.listRecords
        where record.list == name && isAbout(record.category, situation.call.product) {
            if let lifted = record.liftedAt, lifted <= t { continue }
            retry = later(retry, record.liftedAt)
        }
        if retry != t { return .fails(retry: retry, detail: name) }
        guard let fact = situation.facts.lists[name] else {
            return situation.facts.assumesQuiet ? .passes : .fails(retry: nil, detail: "missing", kind: .freshness)
        }
        if fact.isQuiet { return .passes }
        guard fact.covers(situation.call) else { return .passes }
        var isNamed = isAbout(fact.category, situation.call.product)
        if let answers = test.answers, let answer = fact.answer, !answers.contains(answer) { isNamed = false }
        guard test.graceDays != nil, fact.isListed else { return fact.standing(at: t, isAbout: isNamed) }
        var graced = fact
        graced.since = since(of: fact, in: situation)
        return graced.standing(at: t, isAbout: isNamed)
    }

    /// A call that names no product may be about any.
    private func isAbout(_ category: String?, _ product: String?) -> Bool {
        !test.byProduct || category == nil || product == nil || category == product
    }

    /// When the entry begins to count, in the first zone in which it does.
    private func since(of fact: ListFact, in situation: Situation) -> Instant? {
        guard let since = fact.since, let days = test.graceDays else { return fact.since }
        return situation.zones.map { $0.start(of: $0.date(at: since).adding(days: days)) }.min() ?? since
    }
}

/// Of several lists the one with the least name is told, so that the answer does not hang on the order of a dictionary.
private struct OtherListsCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.lists) { return .lacks(.lists) }
        var until = Instant.distantFuture
        var worst: (isStale: Bool, name: String, retry: Instant?)?
        // Most lists are quiet, and to ask that is cheaper than to look a name up.
        for (name, fact) in situation.facts.lists where !fact.isQuiet && !fact.isExempt {
            guard !situation.policy.namedLists.contains(name), fact.covers(situation.call) else { continue }
            switch fact.standing(at: t, isAbout: true) {
            case .passes(let end): until = min(until, end)
            case .fails(let retry, _, let kind):
                let isStale = kind == .freshness
                if let worst, (worst.isStale ? 1 : 0, worst.name) < (isStale ? 1 : 0, name) { continue }
                worst = (isStale, name, retry)
            case .lacks: break
            }
        }
        guard let worst else { return .passes(until: until) }
        return .fails(retry: worst.retry, detail: worst.name, kind: worst.isStale ? .freshness : nil)
    }
}

extension ListFact {
    /// Whether it says nothing against any call, now or later.
    var isQuiet: Bool { state == .inForce && !isListed && staleAt == nil }

    /// Whether the list itself says that it is about such a call.
    func covers(_ call: Call) -> Bool {
        purposes.names(call.purpose) && (products.isEmpty || call.product.map(products.contains) ?? true)
    }

    /// Its age counts as it is at the decision: lists are taken to be kept fresh.
    ///
    /// - Parameter isAbout: Whether an entry with this category is about the call.
    func standing(at t: Instant, isAbout: Bool) -> Standing {
        guard state == .inForce else { return .fails(retry: nil, detail: "\(state)", kind: .freshness) }
        let fresh = staleAt ?? .distantFuture
        guard isListed, isAbout else { return .passes(until: fresh) }
        if let since, t < since { return .passes(until: min(since, fresh)) }
        if let until, t >= until { return .passes(until: fresh) }
        return .fails(retry: until, detail: "listed")
    }
}

struct FreshnessCheck: Check {
    let list: String
    let greatestAge: Span

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.lists) { return .lacks(.lists) }
        guard let fact = situation.facts.lists[list] else {
            return situation.facts.assumesQuiet ? .passes : .fails(retry: nil, detail: "missing")
        }
        guard fact.state == .inForce else { return .fails(retry: nil, detail: "\(fact.state)") }
        // Lists are taken to be kept fresh, so only an age that is over already stands in the way of a later call.
        guard let end = fact.asOf.map({ $0 + greatestAge }) else { return .passes }
        return situation.now > end ? .fails(retry: nil, detail: "stale") : .passes(until: end)
    }
}
