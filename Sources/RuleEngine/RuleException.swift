import Calendars
import GateModel

/// What a rule makes way for: it denies nothing while one of its exceptions holds.
public enum RuleException: Sendable, Hashable {
    /// The call is of this kind.
    case call(Applicability)
    /// Such a consent carries the call.
    case consent(ConsentCheck)
    /// There is such a business relationship.
    case relationship(RelationshipTest)
    /// All of these hold.
    case all([RuleException])
}

/// An established business relationship that is young enough.
public struct RelationshipTest: Sendable, Hashable {
    public enum Age: Sendable, Hashable {
        /// Calendar months or days from the day of the last dealing; the last day counts whole.
        case months(Int)
        case days(Int)
        case ever
    }

    public var kinds: [String]
    public var within: Age

    public init(kinds: [String], within: Age) {
        self.kinds = kinds
        self.within = within
    }

    /// Counts in every zone that the called party may be in, and only where those are known. A refusal ends what was
    /// before it, lifted or not.
    fileprivate func span(in situation: Situation, at t: Instant) -> (until: Instant?, begins: Instant?) {
        let call = situation.call
        var until: Instant?
        var begins: Instant?
        guard within == .ever || !situation.zones.isEmpty else { return (nil, nil) }
        for relationship in situation.facts.relationships where kinds.contains(relationship.kind) {
            guard relationship.legalEntity == call.legalEntity,
                relationship.customer == nil || call.customer == nil || relationship.customer == call.customer,
                !isEnded(relationship, in: situation)
            else { continue }
            let end = lastInstant(of: relationship, in: situation)
            if relationship.lastAt > t {
                begins = earlier(begins, relationship.lastAt)
            } else if t < end {
                until = max(until ?? end, end)
            }
        }
        return (until, begins)
    }

    private func isEnded(_ relationship: Relationship, in situation: Situation) -> Bool {
        situation.facts.optOuts.contains {
            $0.strength == .explicit && $0.purposes.names(situation.call.purpose) && $0.at >= relationship.lastAt
        }
    }

    private func lastInstant(of relationship: Relationship, in situation: Situation) -> Instant {
        situation.zones.reduce(.distantFuture) { end, zone in
            let day = zone.date(at: relationship.lastAt)
            return switch within {
            case .months(let months): min(end, zone.start(of: day.adding(months: months).adding(days: 1)))
            case .days(let days): min(end, zone.start(of: day.adding(days: days + 1)))
            case .ever: end
            }
        }
    }
}

extension RuleException {
    /// Until when it holds, nil where it does not at `t`; and when it next begins to.
    func span(in situation: Situation, at t: Instant) -> (until: Instant?, begins: Instant?) {
        switch self {
        case .call(let kind):
            let change = kind.attributes?.dependsOnMandate == true ? situation.mandateChange(after: t) : nil
            guard kind.truth(in: situation, at: t) == .holds else { return (nil, change) }
            return (change ?? .distantFuture, nil)
        case .consent(let check):
            guard !situation.lacks(.consents), check.greatestAgeMonths == nil || !situation.zones.isEmpty else {
                return (nil, nil)
            }
            var nearest = ConsentFault.none
            let span = check.span(in: situation, at: t, nearest: &nearest) { _ in true }
            return (span.until, span.opens)
        case .relationship(let test): return test.span(in: situation, at: t)
        case .all(let parts):
            let spans = parts.map { $0.span(in: situation, at: t) }
            let ends = spans.compactMap(\.until)
            if ends.count == spans.count { return (ends.min(), nil) }
            // Those that hold now may have ended by then; whoever looks then sees it.
            return (nil, spans.reduce(t) { $1.until == nil ? later($0, $1.begins) : $0 })
        }
    }
}
