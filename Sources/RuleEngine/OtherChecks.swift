import GateModel

struct AttributeCheck: Check {
    let conditions: [Condition]
    private let dependsOnMandate: Bool

    init(conditions: [Condition]) {
        self.conditions = conditions
        dependsOnMandate = conditions.contains(where: \.dependsOnMandate)
    }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        var unknown: FactSource?
        for condition in conditions {
            switch condition.truth(in: situation, at: t) {
            case .holds: return .fails(retry: condition.dependsOnMandate ? situation.mandateChange(after: t) : nil)
            case .unknown(let source): unknown = source
            case .fails: break
            }
        }
        if let unknown { return .lacks(unknown) }
        return .passes(until: (dependsOnMandate ? situation.mandateChange(after: t) : nil) ?? .distantFuture)
    }
}

struct CampaignCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        guard situation.call.campaign != nil else { return .passes }
        if situation.lacks(.campaigns) { return .lacks(.campaigns) }
        switch situation.facts.campaign {
        case .assumed: return situation.facts.assumesQuiet ? .passes : .fails(retry: nil, detail: "unknown")
        case .unknown: return .fails(retry: nil, detail: "unknown")
        case .registered(let campaign):
            if let misfit = misfit(of: campaign, situation.call) { return .fails(retry: nil, detail: misfit) }
            if let end = campaign.endsAt, t >= end { return .fails(retry: nil, detail: "ended") }
            if let start = campaign.startsAt, t < start { return .fails(retry: start, detail: "not_started") }
            return .passes(until: campaign.endsAt ?? .distantFuture)
        }
    }

    private func misfit(of campaign: Campaign, _ call: Call) -> String? {
        if campaign.isPaused { return "paused" }
        if campaign.legalEntity != call.legalEntity { return "legal_entity" }
        if campaign.purpose != call.purpose { return "purpose" }
        if let product = campaign.product, product != call.product { return "product" }
        let mayShow = campaign.callerIDs.isEmpty || call.callerID.map { campaign.callerIDs.contains($0.text) } ?? false
        if !mayShow { return "caller_id" }
        if let script = campaign.script, let used = call.script, used != script { return "script" }
        return nil
    }
}

struct StopCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.stops) { return .lacks(.stops) }
        var retry: Instant? = t
        var begins = Instant.distantFuture
        for stop in situation.facts.stops {
            let end = earlier(stop.until, stop.liftedAt)
            if let end, end <= t { continue }
            guard covers(stop, situation) else { continue }
            if let from = stop.from, from > t {
                begins = min(begins, from)
            } else {
                retry = later(retry, end)
            }
        }
        return retry == t ? .passes(until: begins) : .fails(retry: retry)
    }

    /// Words of one kind are alternatives; words of different kinds narrow each other. One that says nothing halts all.
    private func covers(_ stop: Stop, _ situation: Situation) -> Bool {
        let call = situation.call
        if stop.exceptPurposes.contains(call.purpose) { return false }
        if stop.all { return true }
        func admits(_ words: [String], _ own: String?) -> Bool { words.isEmpty || own.map(words.contains) ?? false }
        guard admits(stop.purposes, call.purpose), admits(stop.campaigns, call.campaign),
            admits(stop.vendors, call.vendor), admits(stop.callerIDs, call.callerID?.text)
        else { return false }
        if stop.jurisdictions.isEmpty { return true }
        let place = situation.place
        return stop.jurisdictions.contains { name in
            name == call.number.region || place.subdivisions.contains(name)
                || place.packs.contains { situation.policy.packs[$0].jurisdiction == name }
        }
    }
}

/// What the call must say for the rules to judge it.
struct RequirementCheck: Check {
    let fields: [CallField]
    /// Whether the attributes whose absence denies are required too.
    let takesDeclared: Bool
    /// Facts that must be known even where no other rule asks for them.
    let sources: [FactSource]

    func standing(in situation: Situation, at t: Instant) -> Standing {
        let call = situation.call
        for field in fields where !field.isPresent(in: call) { return .fails(retry: nil, detail: field.rawValue) }
        var unknown = sources.first(where: situation.lacks)
        for required in takesDeclared ? situation.requiredAttributes : [] {
            guard required.when.contains(call.purpose) || required.when.contains(call.mode.rawValue) else { continue }
            guard let value = situation.attribute(required.name, at: t) else {
                unknown = situation.source(of: required.name)
                continue
            }
            if value.value == nil { return .fails(retry: nil, detail: required.name) }
        }
        return unknown.map { .lacks($0) } ?? .passes
    }
}

/// The running share of the campaign's answered calls that were abandoned.
public struct AbandonmentCheck: Sendable, Hashable, Check {
    /// A larger share denies, however old the count is.
    public var above: Double
    /// A count that is older says nothing.
    public var greatestAge: Span?

    public init(above: Double) { self.above = above }

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.abandonment) { return .lacks(.abandonment) }
        guard let rate = situation.facts.abandonmentRate else {
            return situation.facts.assumesQuiet ? .passes : .lacks(.abandonment)
        }
        if rate > above { return .fails(retry: nil, detail: "abandonment") }
        guard let greatestAge, let end = situation.facts.abandonmentAsOf.map({ $0 + greatestAge }) else {
            return .passes
        }
        // As lists are, a count is taken to be kept up.
        return situation.now > end ? .lacks(.abandonment) : .passes(until: end)
    }
}

/// An emergency that is declared for the pack's jurisdiction, or for a part of it.
struct EmergencyCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        guard let pack = situation.packIndex else { return .passes }
        let jurisdiction = situation.policy.packs[pack].jurisdiction
        var retry: Instant? = t
        var begins = Instant.distantFuture
        for emergency in situation.facts.emergencies
        where emergency.subdivision == jurisdiction || emergency.subdivision.hasPrefix(jurisdiction + "-") {
            if let end = emergency.to, end <= t { continue }
            if emergency.from > t {
                begins = min(begins, emergency.from)
            } else {
                retry = later(retry, emergency.to)
            }
        }
        return retry == t ? .passes(until: begins) : .fails(retry: retry, detail: "emergency")
    }
}
