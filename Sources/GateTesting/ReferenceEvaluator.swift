import Calendars
import GateModel
import RuleEngine

/// A second evaluator, written as plainly as the contract reads, to run against the real one.
///
/// It decides one rule at one instant by brute force: it knows no bounds and makes no plan. Slow on purpose.
public struct ReferenceEvaluator {
    public struct Finding: Hashable {
        public var rule: String
        public var kind: ReasonKind

        public init(rule: String, kind: ReasonKind) {
            self.rule = rule
            self.kind = kind
        }
    }

    let call: Call
    let facts: Facts
    let policy: PolicySnapshot
    let source: any ZoneSource
    /// The instant of the decision: lists age no further than they have by then.
    let now: Instant
    /// The rules of each pack that are switched on, with what they see.
    private var views: [([Rule], ReferenceView)] = []

    public init(_ call: Call, _ facts: Facts, under policy: PolicySnapshot, zones: any ZoneSource, now: Instant) {
        self.call = call
        self.facts = facts
        self.policy = policy
        source = zones
        self.now = now
        views = ReferenceEvaluator.views(of: self)
    }

    /// The rules that fail at an instant, with the filter on consents that the reasons of an answer have.
    public func findings(at t: Instant) -> Set<Finding> {
        var failed: [(Finding, String?)] = []
        for (rules, view) in views {
            for rule in rules {
                if case .fails(let kind, let detail) = view.outcome(of: rule, at: t) {
                    failed.append((Finding(rule: rule.id, kind: kind), detail))
                }
            }
        }
        let isRefused = failed.contains { $0.0.kind == .suppression && $0.1 == "refusal" }
        let isOnlyMode = failed.allSatisfy { $0.1 == "mode" }
        return Set(
            failed.filter { finding, detail in
                guard finding.kind == .consent else { return true }
                return !(detail == "refused" && isRefused) && (detail != "mode" || isOnlyMode)
            }.map(\.0))
    }

    public func isAllowed(at t: Instant) -> Bool {
        views.allSatisfy { rules, view in
            rules.allSatisfy { if case .fails = view.outcome(of: $0, at: t) { false } else { true } }
        }
    }

    /// Every instant at which anything may begin to pass, from `now` on, so far as facts and rules name it; the edges of
    /// windows are in ``windowEdges(days:)``.
    public var factEdges: [Instant] {
        var edges: [Instant?] = []
        for consent in facts.consents { edges += [consent.obtainedAt, consent.expiresAt] }
        for refusal in facts.optOuts { edges += [refusal.at, refusal.liftedAt] }
        for slot in facts.appointments { edges += [slot.from, slot.to] }
        for stop in facts.stops { edges += [stop.from, stop.until, stop.liftedAt] }
        edges += facts.complaints.map(\.closedAt) + facts.listRecords.map(\.liftedAt)
        for fact in facts.lists.values { edges += [fact.since, fact.until, fact.staleAt] }
        for mandate in facts.mandates ?? [] { edges += [mandate.from, mandate.to] }
        if case .registered(let campaign) = facts.campaign { edges += [campaign.startsAt, campaign.endsAt] }
        for emergency in facts.emergencies { edges += [emergency.from, emergency.to] }
        for relationship in facts.relationships { edges.append(relationship.lastAt) }
        let starts = facts.attempts.flatMap { [$0.at, $0.endedAt ?? $0.at] } + facts.optOuts.map(\.at)
        var spans: Set<Span> = []
        for rule in views.flatMap(\.0) {
            edges += [rule.effectiveFrom, rule.effectiveUntil]
            switch rule.body {
            case .frequency(let check): if case .rolling(let span) = check.within { spans.insert(span) }
            case .suppression(let sources):
                for source in sources {
                    switch source {
                    case .optOut(let match): if let rest = match.rest { spans.insert(rest) }
                    case .attempt(let within, _, _): spans.insert(within)
                    default: break
                    }
                }
            default: break
            }
        }
        edges += starts.flatMap { start in spans.map { start + $0 } }
        return Set(edges.compactMap { $0 }).filter { $0 >= now && $0 - now <= retryHorizon }.sorted()
    }

    /// Every instant within so many days at which a window of an hours rule, or a local day, begins.
    public func windowEdges(days: Int) -> [Instant] {
        var edges: Set<Instant> = []
        for (rules, view) in views {
            var seconds: Set<Int> = [0]
            for rule in rules {
                if case .hours(let check) = rule.body {
                    seconds.formUnion(check.windows.windows.values.joined().map(\.start))
                }
            }
            for zone in view.zones {
                let today = zone.date(at: now)
                for day in 0...days {
                    let date = today.adding(days: day)
                    edges.insert(zone.start(of: date))
                    for second in seconds {
                        edges.insert(zone.instant(of: LocalTime(date: date, millisecondOfDay: second * 1000)))
                    }
                }
                for regime in zone.regimes(from: now, until: now + .days(Int64(days))) { edges.insert(regime.from) }
            }
        }
        return edges.filter { $0 >= now }.sorted()
    }

    private static func views(of base: ReferenceEvaluator) -> [([Rule], ReferenceView)] {
        let (call, policy, source) = (base.call, base.policy, base.source)
        func isOn(_ rule: Rule, _ settings: [String: Bool]) -> Bool {
            switch rule.enabledBy {
            case .always: true
            case .setting(let name, let value): settings[name] == value
            }
        }
        let place = ReferencePlace(call, policy, source)
        let core = ReferenceView(base: base, place: place, pack: nil)
        return [(policy.core.rules.filter { isOn($0, policy.core.settings) }, core)]
            + place.packs.map { pack in
                (pack.rules.filter { isOn($0, pack.settings) }, ReferenceView(base: base, place: place, pack: pack))
            }
    }
}

/// Where the called party may be.
struct ReferencePlace {
    var packs: [Pack]
    var subdivisions: [String]
    var numberZones: [Zone]
    var addressZones: [Zone]
    var isUnreadable: Bool
    var isElsewhere = false

    init(_ call: Call, _ policy: PolicySnapshot, _ source: any ZoneSource) {
        let address = call.location
        let isKnownPart =
            address.subdivision.map { part in
                part.hasPrefix(call.number.region ?? "?")
                    && (call.number.subdivisions + (call.number.subdivisions.isEmpty ? [part] : [])).contains(part)
            } ?? true
        let wins =
            policy.core.settings["address_wins"] == true
            || address.timeZone.map { call.number.zones.contains($0) && isKnownPart } ?? false
        var regions = Set([call.number.region].compactMap { $0 })
        subdivisions = call.number.subdivisions
        if let subdivision = address.subdivision {
            let region = String(subdivision.prefix(2))
            isElsewhere =
                region != call.number.region || !subdivisions.isEmpty && !subdivisions.contains(subdivision)
            regions = wins ? [region] : regions.union([region])
            subdivisions = wins ? [subdivision] : subdivisions + [subdivision]
        }
        let places = regions.union(subdivisions)
        packs = policy.packs.filter { places.contains($0.jurisdiction) }
        let addressZone = address.timeZone.map(source.zone)
        addressZones = [addressZone ?? nil].compactMap { $0 }
        addressZones += packs.filter { $0.jurisdiction == address.subdivision }.flatMap(\.zones)
        if let subdivision = address.subdivision, address.timeZone == nil, addressZones.isEmpty,
            !call.number.subdivisions.contains(subdivision)
        {
            addressZones = (policy.subdivisionZones[subdivision] ?? []).compactMap(source.zone)
        }
        let read = call.number.zones.map(source.zone)
        isUnreadable = addressZone == .some(nil)
        if let subdivision = address.subdivision, let own = call.number.region, address.timeZone == nil,
            addressZones.isEmpty, subdivision.prefix(2) != own
        {
            addressZones = packs.filter { $0.jurisdiction.prefix(2) == subdivision.prefix(2) }.flatMap(\.zones)
            isUnreadable = addressZones.isEmpty
        }
        numberZones = read.contains(nil) ? [] : read.compactMap { $0 }
        if wins && !addressZones.isEmpty { numberZones = [] }
        if isElsewhere && addressZones.isEmpty { numberZones = [] }
        // A zone of the number that cannot be read leaves the place unknown, even beside a known address.
        if read.contains(nil) && !(wins && !addressZones.isEmpty) { isNumberUnreadable = true }
    }

    var isNumberUnreadable = false

    func zones(for pack: Pack?) -> [Zone] {
        let legal = pack?.zones ?? []
        if isUnreadable { return [] }
        if !legal.isEmpty { return legal + addressZones }
        if isNumberUnreadable || isElsewhere && addressZones.isEmpty { return [] }
        return numberZones + addressZones
    }
}
