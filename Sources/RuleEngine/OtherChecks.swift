import GateModel

func attributeStanding(_ conditions: [Condition], in situation: Situation, at t: Instant) -> Standing {
    var unknown: FactSource?
    var dependsOnMandate = false
    for condition in conditions {
        let isMandate = condition.dependsOnMandate(situation.declarations)
        switch condition.truth(in: situation, at: t) {
        case .holds: return .fails(retry: isMandate ? situation.mandateChange(after: t) : nil)
        case .unknown(let source): unknown = source
        case .fails: break
        }
        dependsOnMandate = dependsOnMandate || isMandate
    }
    if let unknown { return .lacks(unknown) }
    return .passes(until: (dependsOnMandate ? situation.mandateChange(after: t) : nil) ?? .distantFuture)
}

func campaignStanding(in situation: Situation, at t: Instant) -> Standing {
    let call = situation.call
    guard call.campaign != nil else { return .passes }
    if situation.lacks(.campaigns) { return .lacks(.campaigns) }
    switch situation.facts.campaign {
    case .assumed: return situation.facts.assumesQuiet ? .passes : .fails(retry: nil, detail: "unknown")
    case .unknown: return .fails(retry: nil, detail: "unknown")
    case .registered(let campaign):
        if campaign.isPaused { return .fails(retry: nil, detail: "paused") }
        if campaign.legalEntity != call.legalEntity { return .fails(retry: nil, detail: "legal_entity") }
        if campaign.purpose != call.purpose { return .fails(retry: nil, detail: "purpose") }
        if let product = campaign.product, product != call.product { return .fails(retry: nil, detail: "product") }
        if !campaign.callerIDs.isEmpty, !(call.callerID.map { campaign.callerIDs.contains($0.text) } ?? false) {
            return .fails(retry: nil, detail: "caller_id")
        }
        if let script = campaign.script, let used = call.script, used != script {
            return .fails(retry: nil, detail: "script")
        }
        if let end = campaign.endsAt, t >= end { return .fails(retry: nil, detail: "ended") }
        if let start = campaign.startsAt, t < start { return .fails(retry: start, detail: "not_started") }
        return .passes(until: campaign.endsAt ?? .distantFuture)
    }
}

func stopStanding(in situation: Situation, at t: Instant) -> Standing {
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
    guard admits(stop.purposes, call.purpose), admits(stop.campaigns, call.campaign), admits(stop.vendors, call.vendor),
        admits(stop.callerIDs, call.callerID?.text)
    else { return false }
    if stop.jurisdictions.isEmpty { return true }
    let place = situation.place
    return stop.jurisdictions.contains { name in
        name == call.number.region || place.subdivisions.contains(name)
            || place.packs.contains { situation.policy.packs[$0].jurisdiction == name }
    }
}

func requiredStanding(_ fields: [CallField], _ declared: Bool, in situation: Situation, at t: Instant) -> Standing {
    let call = situation.call
    for field in fields where !field.isPresent(in: call) { return .fails(retry: nil, detail: field.rawValue) }
    guard declared else { return .passes }
    var missing: String?
    for (name, declaration) in situation.declarations where declaration.deniesWhenAbsent(call) {
        guard let value = situation.attribute(name, at: t) else { return .lacks(situation.source(of: name)) }
        if value.value == nil { missing = min(missing ?? name, name) }
    }
    return missing.map { .fails(retry: nil, detail: $0) } ?? .passes
}

extension AttributeDeclaration {
    fileprivate func deniesWhenAbsent(_ call: Call) -> Bool {
        !deniesWhenAbsent.isEmpty
            && (deniesWhenAbsent.contains(call.purpose) || deniesWhenAbsent.contains(call.mode.rawValue))
    }
}
