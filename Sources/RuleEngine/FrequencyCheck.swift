import Calendars
import GateModel

/// How often a called party may be tried or reached.
public struct FrequencyCheck: Sendable {
    public enum Count: String, CaseIterable, Sendable {
        case attempts, connections
        /// Connections in which somebody spoke with somebody; see ``OutcomeEffect/isConversation``.
        case conversations
    }

    public enum Within: Sendable, Hashable {
        /// Open at its far end: an attempt exactly one span old no longer counts.
        case rolling(Span)
        /// So many calendar days in the called party's zone, today included.
        case calendarDays(Int)
        /// From Monday.
        case calendarWeek
        case calendarMonth
        case ever
    }

    public enum Subject: String, CaseIterable, Sendable {
        case number, customer
    }

    public enum Same: String, CaseIterable, Sendable {
        case campaign, event
    }

    public var count: Count
    public var max: Int
    public var within: Within
    public var per: [Subject]
    public var same: [Same] = []
    /// Which attempts count.
    public var of: Applicability = .everything
    /// Which way the calls went.
    public var directions: [CallDirection] = [.outbound]
    /// Whether a call that does not name what ``same`` asks for is counted with all; otherwise the cap leaves it out.
    public var countsUnnamed = false
    /// Whether the span runs from the end of the conversation.
    public var runsFromConversationEnd = false

    public init(count: Count, max: Int, within: Within, per: [Subject]) {
        self.count = count
        self.max = max
        self.within = within
        self.per = per
    }

    /// A call without a campaign is in no campaign's cap, and one without an event in no event's.
    func counts(for call: Call) -> Bool {
        countsUnnamed
            || !(same.contains(.campaign) && call.campaign == nil) && !(same.contains(.event) && call.event == nil)
    }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        let call = situation.call
        guard counts(for: call) else { return .passes }
        if situation.lacks(.attempts) { return .lacks(.attempts) }
        // A cap that has not been reached at all is not reached within any span.
        guard situation.facts.attempts.count >= max else { return .passes }
        if needsZone && situation.zones.isEmpty { return .lacks(.place) }
        var retry: Instant? = t
        for subject in Subject.allCases where isCounted(subject, for: call) {
            retry = later(retry, earliest(for: subject, in: situation, at: t))
        }
        return retry == t ? .passes : .fails(retry: retry)
    }

    /// A call without a customer is judged by its number alone.
    private func isCounted(_ subject: Subject, for call: Call) -> Bool {
        call.customer == nil ? subject == .number : per.contains(subject)
    }

    private var needsZone: Bool {
        switch within {
        case .calendarDays, .calendarWeek, .calendarMonth: true
        case .rolling, .ever: false
        }
    }

    /// By index, because an attempt that is handed from one function to another is copied with all its texts; most are
    /// settled by a flag before that.
    private func counts(_ index: Int, for subject: Subject, in situation: Situation) -> Bool {
        let attempts = situation.facts.attempts
        return (subject == .number ? attempts[index].sameNumber : attempts[index].sameCustomer)
            && (count == .attempts || attempts[index].isConnection) && directions.contains(attempts[index].direction)
            && (!same.contains(.campaign) || isSame(attempts[index].campaign, situation.call.campaign))
            && (!same.contains(.event) || attempts[index].isErased
                || isSame(attempts[index].event, situation.call.event))
            && (count != .conversations || isConversation(attempts[index].outcome, in: situation))
            && of.admits(attempts[index])
    }

    private func isSame(_ earlier: String?, _ own: String?) -> Bool { earlier == own || (own == nil && countsUnnamed) }

    /// An open attempt may be one.
    private func isConversation(_ outcome: String?, in situation: Situation) -> Bool {
        outcome.flatMap { situation.policy.core.outcomes[$0] }?.isConversation ?? true
    }

    /// `t` if another attempt may be made then; otherwise an instant before which none may; nil for never. An attempt
    /// whose clock runs ahead of ours counts.
    private func earliest(for subject: Subject, in situation: Situation, at t: Instant) -> Instant? {
        var earliest: Instant? = t
        switch within {
        case .ever:
            if isReached(for: subject, in: situation, where: { _ in true }) { earliest = nil }
        case .rolling(let span):
            if isReached(for: subject, in: situation, where: { $0 + span > t }) {
                earliest = pivot(for: subject, in: situation) + span
            }
        case .calendarDays, .calendarWeek, .calendarMonth:
            for zone in situation.zones {
                let first = firstDay(of: zone.date(at: t))
                if isReached(for: subject, in: situation, where: { zone.date(at: $0) >= first }) {
                    let last = zone.date(at: pivot(for: subject, in: situation))
                    earliest = later(earliest, zone.start(of: dayAfterWindow(from: last)))
                }
            }
        }
        return earliest
    }

    /// Whether so many attempts lie within the span. Allocates nothing, because most caps are not reached.
    private func isReached(for subject: Subject, in situation: Situation, where isWithin: (Instant) -> Bool) -> Bool {
        var found = 0
        for index in situation.facts.attempts.indices {
            guard isWithin(instant(of: index, in: situation)), counts(index, for: subject, in: situation) else {
                continue
            }
            found += 1
            if found == max { return true }
        }
        return false
    }

    /// The last attempt that must leave the span before another may be made: the `max`-th latest.
    private func pivot(for subject: Subject, in situation: Situation) -> Instant {
        let counted = situation.facts.attempts.indices.filter { counts($0, for: subject, in: situation) }
        return counted.map { instant(of: $0, in: situation) }.sorted(by: >)[max - 1]
    }

    private func instant(of index: Int, in situation: Situation) -> Instant {
        let at = situation.facts.attempts[index].at
        return runsFromConversationEnd ? situation.facts.attempts[index].endedAt ?? at : at
    }

    /// The first day whose attempts count on that day.
    private func firstDay(of day: CivilDate) -> CivilDate {
        switch within {
        case .calendarDays(let days): day.adding(days: 1 - days)
        case .calendarWeek: day.adding(days: 1 - day.weekday)
        default: day.adding(days: 1 - day.day)
        }
    }

    /// The first day on which an attempt of that day counts no longer.
    private func dayAfterWindow(from day: CivilDate) -> CivilDate {
        switch within {
        case .calendarDays(let days): day.adding(days: days)
        case .calendarWeek: firstDay(of: day).adding(days: 7)
        default: firstDay(of: day).adding(months: 1)
        }
    }
}
