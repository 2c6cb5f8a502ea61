import Calendars
import GateModel

/// How far ahead a `retry_at` is searched.
public let retryHorizon = Span.days(400)

/// Decides one call at one instant. Pure and total: the same arguments give the same judgement, always.
///
/// Every rule that fails is a reason; deny beats allow; a fact that is missing denies. O(rules × facts) for an allow; a
/// deny repeats that for each instant at which the search for `retry_at` pauses.
///
/// Source: the contract, sections 1 and 2.
public func evaluate(
    _ call: Call, _ facts: Facts, under policy: PolicySnapshot, zones: some ZoneSource, at now: Instant
) -> Judgement {
    let parts = parts(of: call, facts, under: policy, zones: zones, at: now)
    var findings = Findings()
    for part in parts { findings.judge(part, at: now) }
    let isAllowed = findings.failures.isEmpty
    let permit = Span.seconds(Int64(policy.core.permitSeconds[call.mode] ?? defaultPermitSeconds))
    return Judgement(
        verdict: isAllowed ? .allow : .deny, reasons: findings.reasons(at: now),
        retryAt: isAllowed ? nil : earliestAllowed(from: now) { bound(parts, at: $0) },
        validUntil: isAllowed ? min(now + permit, findings.until) : nil,
        obligations: isAllowed ? obligations(of: parts, at: now) : [], stoodAside: findings.stoodAside,
        jurisdictions: jurisdictions(of: parts[0].situation.place, policy),
        localOffset: parts.last { !$0.situation.zones.isEmpty }?.situation.zones.first?.offset(at: now),
        provenance: provenance(in: parts, at: now))
}

/// Source: the contract, section 2, `valid_until`.
private let defaultPermitSeconds = 60

/// The rules of one pack and what they see.
struct Part {
    let chapter: Chapter
    let situation: Situation
}

/// The core pack, then the packs of the place.
func parts(
    of call: Call, _ facts: Facts, under policy: PolicySnapshot, zones: some ZoneSource, at now: Instant
) -> [Part] {
    let place = Place(of: call, policy: policy, zones: zones)
    let page = policy.page(purpose: call.purpose, mode: call.mode)
    func part(_ index: Int?) -> Part {
        let zones = place.zones(underLegal: index.map { policy.packs[$0].zones } ?? [])
        let situation = Situation(
            call: call, facts: facts, policy: policy, packIndex: index, place: place, zones: zones, now: now)
        return Part(chapter: policy.chapter(index, page), situation: situation)
    }
    var parts = [part(nil)]
    for index in place.packs { parts.append(part(index)) }
    return parts
}

/// What the rules say, as it is collected.
private struct Findings {
    struct Failure {
        var reason: Reason
        var rule: PlannedRule
        var situation: Situation

        /// A rule that lacks a fact fails with another kind than its own.
        var rank: Int { reason.kind == rule.rule.kind ? rule.rule.rank : reason.kind.rank }
    }

    var failures: [Failure] = []
    var stoodAside: [StoodAside] = []
    var until: Instant = .distantFuture

    mutating func judge(_ part: Part, at now: Instant) {
        let situation = part.situation
        for rule in part.chapter.rules {
            switch rule.standing(in: situation, at: now) {
            case .passes(let end, let aside):
                until = min(until, end)
                if let aside { stoodAside.append(StoodAside(rule: rule.rule.id, why: aside)) }
            case .fails(let reason):
                failures.append(Failure(reason: reason, rule: rule, situation: situation))
            }
            if rule.countsByCustomer, rule.isJudgedByNumberAlone(in: situation) {
                stoodAside.append(StoodAside(rule: rule.rule.id, why: "no_customer"))
            }
        }
    }

    /// The reasons in the order of the checks, each with the instant at which its own rule would pass.
    ///
    /// A consent that is void because of a refusal is not told beside the refusal itself, and one that was not said to
    /// be for the call's mode only where nothing else denies.
    func reasons(at now: Instant) -> [Reason] {
        let isRefused = failures.contains {
            $0.reason.kind == .suppression && $0.reason.detail == SuppressionDetail.refusal
        }
        let isOnlyMode = failures.allSatisfy { $0.reason.detail == ConsentFault.mode.rawValue }
        let told = failures.filter { failure in
            guard failure.reason.kind == .consent else { return true }
            switch failure.reason.detail {
            case ConsentFault.refused.rawValue: return !isRefused
            case ConsentFault.mode.rawValue: return isOnlyMode
            default: return true
            }
        }
        let ordered = told.enumerated().sorted {
            ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
        }
        return ordered.map { _, failure in
            var reason = failure.reason
            let part = Part(chapter: Chapter(rules: [failure.rule], obligations: []), situation: failure.situation)
            reason.retryAt = earliestAllowed(from: now) { bound([part], at: $0) }
            return reason
        }
    }
}

/// The latest instant before which the rules cannot all pass, judged at `t`; `t` itself if they pass; nil for never.
private func bound(_ parts: [Part], at t: Instant) -> Instant? {
    var latest = t
    for part in parts {
        for rule in part.chapter.rules {
            guard case .fails(let reason) = rule.standing(in: part.situation, at: t) else { continue }
            // A rule that fails and sees no later way out never passes; an instant that is not later is none.
            guard let retry = reason.retryAt, retry > t else { return nil }
            latest = max(latest, retry)
        }
    }
    return latest
}

/// The earliest instant at which `bound` is the instant itself. Exact as long as `bound` never overshoots: every
/// allowed instant is at or after each bound, so jumping to the bound passes over none.
private func earliestAllowed(from now: Instant, bound: (Instant) -> Instant?) -> Instant? {
    var t = now
    while let next = bound(t) {
        if next == t { return t }
        guard next - now <= retryHorizon else { return nil }
        t = next
    }
    return nil
}

/// What must be done if the call is made. Where it cannot be told whether one is owed, it is.
private func obligations(of parts: [Part], at now: Instant) -> [Obligation] {
    var all: [Obligation] = []
    all.reserveCapacity(parts.reduce(1) { $0 + $1.chapter.obligations.count })
    for part in parts {
        for planned in part.chapter.obligations {
            if let applies = planned.applies, applies.truth(in: part.situation, at: now) == .fails { continue }
            // One pack names none twice.
            if parts.count > 2, all.contains(planned.obligation) { continue }
            all.append(planned.obligation)
        }
    }
    // What is asked for and permitted; on an allow all of it is.
    all.append(Obligation(kind: "show_fields", fields: parts[0].situation.call.dataFields))
    return all
}

private func jurisdictions(of place: Place, _ policy: PolicySnapshot) -> [String] {
    var all: [String] = []
    for index in place.packs where !all.contains(policy.packs[index].jurisdiction) {
        all.append(policy.packs[index].jurisdiction)
    }
    return all
}

private func provenance(in parts: [Part], at now: Instant) -> [String: Provenance] {
    var result: [String: Provenance] = [:]
    for name in parts[0].situation.call.attributes.keys { result[name] = .asserted }
    for part in parts {
        for attribute in part.situation.recordedAttributes
        where part.situation.value(of: attribute, at: now) != nil {
            result[attribute.name] = .onRecord
        }
    }
    return result
}

extension ReasonKind {
    /// The order of the checks: whom, from which number, at all, may we, with what, when, how often.
    var rank: Int {
        switch self {
        case .destination: 0
        case .callerID: 1
        case .stop: 2
        case .campaign: 3
        case .unavailable: 4
        case .suppression: 5
        case .freshness: 6
        case .consent: 7
        case .data: 8
        case .attribute: 9
        case .hours: 10
        case .frequency: 11
        }
    }
}

extension [Rule] {
    /// Rules on attributes are about many things, of which only their pack knows when they are looked at: there they stand
    /// behind the rule before them.
    mutating func rankAttributes() {
        for index in indices.dropFirst() where self[index].kind == .attribute {
            self[index].rank = self[index - 1].rank
        }
    }
}
