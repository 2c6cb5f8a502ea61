import Calendars
import GateModel

/// The permitted hours, in each zone in which the called party may be.
public struct HoursCheck: Sendable {
    public enum Lift: String, CaseIterable, Sendable {
        /// The called party asked for that time, and there is evidence of it.
        case appointment
        /// A consent that says any hour; only with the setting `consent_lifts_hours`.
        case anyHourConsent = "any_hour_consent"
        /// Any consent in force for the purpose; only with the setting `consent_lifts_hours`.
        case consent
    }

    /// The longest time that an appointment may name. Source: the contract, section 2.
    static let longestAppointment = Span.days(7)

    public var windows: WeeklyWindows
    public var lifts: [Lift] = []

    public init(windows: WeeklyWindows) { self.windows = windows }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        let calendar = situation.lacks(.calendar) ? nil : situation.calendar
        let ringGuard = situation.policy.core.ringGuard
        var closes = Instant.distantFuture
        var retry: Instant? = t
        var lacking: FactSource? = situation.zones.isEmpty ? .place : nil
        func close(_ zone: Zone, until: Instant) {
            retry = later(retry, windows.nextOpening(from: until, in: zone, calendar: calendar, horizon: retryHorizon))
        }
        for zone in situation.zones {
            switch windows.standing(at: t, in: zone, calendar: calendar) {
            case .unknown: lacking = .calendar
            case .closed: close(zone, until: t)
            case .open(let until):
                let last = until - ringGuard
                if t < last { closes = min(closes, last) } else { close(zone, until: until) }
            }
        }
        let isClosed = retry != t
        if !isClosed && lacking == nil { return .passes(until: closes) }
        let lift = lift(in: situation, at: t)
        if let end = lift.until { return .passes(until: end) }
        if let lacking, !isClosed { return .lacks(lacking, retry: lift.begins) }
        if isClosed && neverOpensTogether(in: situation.zones, at: t) { return .lacks(.place, retry: lift.begins) }
        return .fails(retry: earlier(lacking == nil ? retry : nil, lift.begins))
    }

    /// Until when something lifts the hours, nil where nothing does; and when something next begins to.
    private func lift(in situation: Situation, at t: Instant) -> (until: Instant?, begins: Instant?) {
        var until: Instant?
        var begins: Instant?
        let call = situation.call
        for slot in situation.facts.appointments where lifts.contains(.appointment) && slot.evidenceRef != nil {
            guard slot.purposes.names(call.purpose), t < slot.to, slot.from < slot.to,
                slot.to - slot.from <= HoursCheck.longestAppointment,
                slot.customer == nil || call.customer == nil || slot.customer == call.customer
            else { continue }
            if slot.from > t { begins = earlier(begins, slot.from) } else { until = max(until ?? slot.to, slot.to) }
        }
        let byConsent = lifts.contains(.consent)
        if byConsent || lifts.contains(.anyHourConsent), situation.setting("consent_lifts_hours"),
            !situation.lacks(.consents)
        {
            var nearest = ConsentFault.none
            let span = ConsentCheck().span(in: situation, at: t, nearest: &nearest) { byConsent || $0.anyHour }
            if let end = span.until { until = max(until ?? end, end) }
            begins = earlier(begins, span.opens)
        }
        return (until, begins)
    }

    /// Whether the zones lie so far apart that no time of day is permitted in all of them, whatever their clocks do
    /// within reach: then it is the place that is not known well enough, and waiting does not help.
    private func neverOpensTogether(in zones: [Zone], at t: Instant) -> Bool {
        guard zones.count > 1 else { return false }
        let changes = zones.flatMap { $0.regimes(from: t, until: t + retryHorizon) }.map(\.from).filter { $0 > t }
        return ([t] + changes).allSatisfy { instant in neverOpensTogether(offsets: zones.map { $0.offset(at: instant) })
        }
    }

    private func neverOpensTogether(offsets: [Int]) -> Bool {
        let all = windows.windows.values.joined()
        let day = 86_400
        func isOpen(atUTC second: Int) -> Bool {
            offsets.allSatisfy { offset in
                let local = ((second + offset) % day + day) % day
                return all.contains { $0.start <= local && local < $0.end }
            }
        }
        // Where a time is open in all of them, so is one at which a window opens in one of them.
        return !offsets.contains { offset in all.contains { isOpen(atUTC: $0.start - offset) } }
    }
}
