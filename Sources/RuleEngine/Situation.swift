import Calendars
import GateModel

/// Where zones come from: the zone database in the service, pinned bytes in a replay.
public protocol ZoneSource: Sendable {
    /// Nil for a name that the source does not hold.
    func zone(_ name: String) -> Zone?
}

extension ZoneDatabase: ZoneSource {
    public func zone(_ name: String) -> Zone? { try? zone(named: name) }
}

/// What one pack's rules see while they are evaluated. A class, so that handing it to every rule copies nothing.
final class Situation {
    let call: Call
    let facts: Facts
    let policy: PolicySnapshot
    /// The index of the pack whose rules are evaluated; nil for the core pack.
    let packIndex: Int?
    let place: Place
    /// Every zone that the called party may be in; empty where that is not known.
    let zones: [Zone]
    /// The instant of the decision, which stays while the search for `retry_at` moves on.
    let now: Instant
    private let campaignDefaults: [String: AttributeValue]

    init(
        call: Call, facts: Facts, policy: PolicySnapshot, packIndex: Int?, place: Place, zones: [Zone], now: Instant
    ) {
        self.call = call
        self.facts = facts
        self.policy = policy
        self.packIndex = packIndex
        self.place = place
        self.zones = zones
        self.now = now
        if case .registered(let campaign) = facts.campaign {
            campaignDefaults = campaign.attributes
        } else {
            campaignDefaults = [:]
        }
    }

    var calendar: HolidayCalendar? {
        packIndex.flatMap { policy.packs[$0].calendar }.flatMap { policy.calendars[$0] }
    }

    func lacks(_ source: FactSource) -> Bool {
        // Most calls lack nothing, and a set asked for a member hashes before it looks.
        !facts.unavailable.isEmpty && facts.unavailable.contains(source)
    }

    func setting(_ name: String) -> Bool {
        (packIndex.map { policy.packs[$0].settings } ?? policy.core.settings)[name] ?? false
    }

    /// A value that is known, be it known to be absent.
    struct Known {
        var value: AttributeValue?
    }

    /// What the rules take an attribute to be at an instant: a record, else the call, else the campaign's default. Nil
    /// where ``source(of:)`` is down: what a call says of itself does not stand in for what the gate ought to know.
    func attribute(_ name: String, at t: Instant) -> Known? {
        if let recorded = recordedAttribute(name) {
            // The institution itself needs no mandate, so no register of them.
            let isNeeded = !recorded.isMandate || call.vendor != Call.ownVendor
            if isNeeded && lacks(recorded.source) { return nil }
            if let value = value(of: recorded, at: t) { return Known(value: value) }
        }
        return Known(value: asserted(name))
    }

    /// What the call says, else the campaign's default.
    func asserted(_ name: String) -> AttributeValue? { call.attributes[name] ?? campaignDefaults[name] }

    /// The source of an attribute that is on record.
    func source(of name: String) -> FactSource { recordedAttribute(name)?.source ?? .attempts }

    /// Attributes of which the gate may know more than the call says.
    var recordedAttributes: [RecordedAttribute] { packIndex.map { policy.packs[$0].recordedAttributes } ?? [] }

    /// Attributes whose absence may deny.
    var requiredAttributes: [RequiredAttribute] { packIndex.map { policy.packs[$0].requiredAttributes } ?? [] }

    private func recordedAttribute(_ name: String) -> RecordedAttribute? {
        recordedAttributes.first { $0.name == name }
    }

    /// What the gate has on record of an attribute; nil where it has nothing.
    func value(of recorded: RecordedAttribute, at t: Instant) -> AttributeValue? {
        switch recorded.record {
        case .vendorMandate: facts.mandates.map { mandates in .boolean(mandates.contains { covers($0, at: t) }) }
        case .failedInARow(let kind): failedInARow(kind).map { .integer($0) }
        }
    }

    /// How many such attempts were made since the last that reached somebody; nil where none was made.
    private func failedInARow(_ kind: Applicability) -> Int? {
        var made: [Attempt] = []
        for index in facts.attempts.indices where facts.attempts[index].sameCustomer {
            if facts.attempts[index].direction == .outbound, kind.admits(facts.attempts[index]) {
                made.append(facts.attempts[index])
            }
        }
        guard !made.isEmpty else { return nil }
        let reached = made.lazy.filter(\.isConnection).map(\.at).max() ?? .distantPast
        return made.count { $0.at > reached }
    }

    /// A mandate for some products says nothing of a call that names none.
    private func covers(_ mandate: Mandate, at t: Instant) -> Bool {
        mandate.vendor == call.vendor && mandate.legalEntity == call.legalEntity
            && (mandate.purposes.isEmpty || mandate.purposes.contains(call.purpose))
            && (mandate.products.isEmpty || call.product.map(mandate.products.contains) ?? false)
            && (mandate.from ?? .distantPast) <= t && t < (mandate.to ?? .distantFuture)
    }

    /// The next instant after `t` at which a mandate begins or ends.
    func mandateChange(after t: Instant) -> Instant? {
        (facts.mandates ?? []).flatMap { [$0.from, $0.to] }.compactMap { $0 }.filter { $0 > t }.min()
    }
}

/// How a rule stands at one instant.
enum Standing {
    /// It passes until then (exclusive), if nothing new becomes known.
    case passes(until: Instant)
    /// It fails; it cannot pass before `retry`, and never if that is nil.
    case fails(retry: Instant?, detail: String? = nil, kind: ReasonKind? = nil)
    /// It cannot be judged without that source.
    case lacks(FactSource, retry: Instant? = nil, detail: String? = nil)

    static let passes = Standing.passes(until: .distantFuture)
}

// Bounds on the time at which something can pass: nil is never.

/// Both must pass.
func later(_ a: Instant?, _ b: Instant?) -> Instant? {
    guard let a, let b else { return nil }
    return max(a, b)
}

/// Either opens the way.
func earlier(_ a: Instant?, _ b: Instant?) -> Instant? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}
