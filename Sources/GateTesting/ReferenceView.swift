import Calendars
import GateModel
import RuleEngine

/// What the reference evaluator makes of one rule of one pack.
struct ReferenceView {
    let base: ReferenceEvaluator
    let place: ReferencePlace
    let pack: Pack?

    enum Outcome {
        case passes
        case fails(ReasonKind, String?)
        case lacks(FactSource)
    }

    var call: Call { base.call }
    var facts: Facts { base.facts }
    var policy: PolicySnapshot { base.policy }
    var zones: [Zone] { place.zones(for: pack) }
    var declarations: [String: AttributeDeclaration] { pack?.attributes ?? policy.attributes }

    func isDown(_ source: FactSource) -> Bool { facts.unavailable.contains(source) }

    func outcome(of rule: Rule, at t: Instant) -> Outcome {
        guard rule.effectiveFrom <= t, t < rule.effectiveUntil else { return .passes }
        let applies = truth(of: rule.applies, at: t)
        if applies == false { return .passes }
        let body =
            applies == nil
            ? .lacks(unknownSource(of: [rule.applies.attributes].compactMap { $0 }))
            : outcome(of: rule.body, kind: rule.kind, at: t)
        if case .passes = body {} else if rule.unless.contains(where: { excepts($0, at: t) }) { return .passes }
        let mayMiss = rule.standsAside[call.purpose] ?? []
        switch body {
        case .passes: return .passes
        case .lacks(let source): return mayMiss.contains(source) ? .passes : .fails(.unavailable, nil)
        case .fails(.freshness, _) where rule.kind != .freshness && mayMiss.contains(.lists): return .passes
        case .fails(let kind, _) where kind == rule.kind && (kind == .hours || kind == .frequency) && isExempt(at: t):
            return .passes
        case .fails: return body
        }
    }

    private func outcome(of body: RuleBody, kind: ReasonKind, at t: Instant) -> Outcome {
        switch body {
        case .covered:
            let isCovered = !place.packs.isEmpty && place.packs.allSatisfy { $0.purposes.contains(call.purpose) }
            return isCovered ? .passes : .fails(kind, nil)
        case .destination(let check):
            let number = call.number
            if let category = number.category, check.exceptCategories.contains(category) { return .passes }
            let isPermitted = check.permittedTypes?.contains(number.type) ?? true
            let isDenied =
                check.deniedTypes.contains(number.type) || check.deniedCategories.contains(number.category ?? "")
            return isPermitted && !isDenied ? .passes : .fails(kind, nil)
        case .callerID(let check): return callerID(check)
        case .suppression(let sources): return suppression(sources, at: t)
        case .consent(let check):
            if isDown(.consents) { return .lacks(.consents) }
            if check.matchesProduct && call.product == nil { return .fails(kind, "product") }
            if check.greatestAgeMonths != nil && zones.isEmpty && !facts.consents.isEmpty { return .lacks(.place) }
            let faults = facts.consents.map { fault(of: $0, check, at: t) }
            if faults.contains(nil) { return .passes }
            return .fails(kind, faults.compactMap { $0 }.max()?.rawValue)
        case .knownProduct:
            let known = place.packs.flatMap(\.products)
            return call.product.map { known.isEmpty || known.contains($0) } ?? true ? .passes : .fails(kind, nil)
        case .data(let check): return data(check, at: t)
        case .hours(let check): return hours(check, at: t)
        case .frequency(let check): return frequency(check, at: t)
        case .attribute(let conditions):
            let truths = conditions.map { truth(of: $0, at: t) }
            if truths.contains(true) { return .fails(kind, nil) }
            return truths.contains(nil) ? .lacks(unknownSource(of: conditions)) : .passes
        case .campaign: return campaign(at: t)
        case .abandonment(let check):
            guard !isDown(.abandonment) else { return .lacks(.abandonment) }
            guard let rate = facts.abandonmentRate else {
                return facts.assumesQuiet ? .passes : .lacks(.abandonment)
            }
            if rate > check.above { return .fails(kind, nil) }
            let age = facts.abandonmentAsOf.map { base.now - $0 }
            return age ?? .days(0) > check.greatestAge ?? .days(1_000_000) ? .lacks(.abandonment) : .passes
        case .emergency:
            let place = pack?.jurisdiction ?? ""
            let isDeclared = facts.emergencies.contains {
                ($0.subdivision + "-").hasPrefix(place + "-") && $0.from <= t && $0.to ?? .distantFuture > t
            }
            return isDeclared ? .fails(kind, nil) : .passes
        case .freshness(let list, let age):
            if isDown(.lists) { return .lacks(.lists) }
            guard let fact = facts.lists[list] else { return facts.assumesQuiet ? .passes : .fails(kind, nil) }
            let isFresh = fact.state == .inForce && (fact.asOf.map { base.now - $0 <= age } ?? true)
            return isFresh ? .passes : .fails(kind, nil)
        case .stop:
            if isDown(.stops) { return .lacks(.stops) }
            return facts.stops.contains { halts($0, at: t) } ? .fails(kind, nil) : .passes
        case .unavailable(let fields, let declared, let sources):
            let outcome = required(fields, declared, at: t)
            if case .fails = outcome { return outcome }
            return sources.first(where: isDown).map { .lacks($0) } ?? outcome
        }
    }

    // MARK: Conditions; nil is unknown.

    func truth(of applies: Applicability, at t: Instant) -> Bool? {
        guard applies.purposes?.contains(call.purpose) ?? true, !applies.exceptPurposes.contains(call.purpose),
            applies.modes?.contains(call.mode) ?? true, !applies.exceptModes.contains(call.mode),
            applies.products?.contains(call.product ?? "") ?? true,
            applies.numberTypes?.contains(call.number.type) ?? true,
            applies.subdivisions.map({ !Set($0).isDisjoint(with: place.subdivisions) }) ?? true,
            applies.numberPrefixes.map({ $0.contains { "\(call.number.e164.map { "\($0)" } ?? "")".hasPrefix($0) } })
                ?? true,
            applies.vendors?.contains(call.vendor) ?? true, !applies.exceptVendors.contains(call.vendor)
        else { return false }
        return applies.attributes.map { truth(of: $0, at: t) } ?? true
    }

    private func unknownSource(of conditions: [Condition]) -> FactSource {
        let names = conditions.flatMap(\.clauses).map(\.attribute)
        return names.contains { declarations[$0]?.record == .vendorMandate } ? .vendors : .attempts
    }

    private func truth(of condition: Condition, at t: Instant) -> Bool? {
        var truths: [Bool?] = [
            condition.modes?.contains(call.mode) ?? true, condition.vendors?.contains(call.vendor) ?? true,
            !condition.exceptVendors.contains(call.vendor),
            condition.anyDataField.map { !Set($0).isDisjoint(with: call.dataFields) } ?? true,
        ]
        for clause in condition.clauses {
            let kind = declarations[clause.attribute]?.kind
            guard let value = value(clause.attribute, at: t) else {
                truths.append(nil)
                continue
            }
            var other: AttributeValue??
            if case .aboveAttribute(let name) = clause.test { other = self.value(name, at: t) }
            truths.append(meets(clause.test, value, other ?? nil, kind))
        }
        if truths.contains(false) { return false }
        return truths.contains(nil) ? nil : true
    }

    /// Outer nil: nobody can tell.
    private func value(_ name: String, at t: Instant) -> AttributeValue?? {
        switch declarations[name]?.record {
        case .vendorMandate:
            if call.vendor != Call.ownVendor && isDown(.vendors) { return nil }
            if let mandates = facts.mandates { return .some(.boolean(mandates.contains { isInForce($0, at: t) })) }
        case .failedInARow(let kind):
            if isDown(.attempts) { return nil }
            let made = facts.attempts.filter { $0.sameCustomer && isOf(kind, $0) && $0.direction == .outbound }
            let reached = made.filter(\.isConnection).map(\.at).max() ?? .distantPast
            if !made.isEmpty { return .some(.integer(made.count { $0.at > reached })) }
        case nil: break
        }
        if case .registered(let campaign) = facts.campaign {
            return .some(call.attributes[name] ?? campaign.attributes[name])
        }
        return .some(call.attributes[name])
    }

    private func isInForce(_ mandate: Mandate, at t: Instant) -> Bool {
        let isForProduct = mandate.products.isEmpty || mandate.products.contains(call.product ?? "")
        return mandate.vendor == call.vendor && mandate.legalEntity == call.legalEntity && isForProduct
            && (mandate.purposes.isEmpty || mandate.purposes.contains(call.purpose))
            && mandate.from ?? t <= t && mandate.to ?? .distantFuture > t
    }

    private func meets(
        _ test: Condition.Test, _ value: AttributeValue?, _ other: AttributeValue?, _ kind: AttributeDeclaration.Kind?
    ) -> Bool {
        func rank(_ value: AttributeValue?) -> Int? {
            switch (value, kind) {
            case (.integer(let number), _): number
            case (.text(let word), .choice(let words, ordered: true)): words.firstIndex(of: word)
            default: nil
            }
        }
        func compare(_ bound: AttributeValue?, _ isMet: (Int, Int) -> Bool) -> Bool {
            guard let a = rank(value), let b = rank(bound) else { return false }
            return isMet(a, b)
        }
        return switch test {
        case .equals(let wanted): value == wanted
        case .not(let unwanted): value != unwanted
        case .isIn(let values): value.map(values.contains) ?? false
        case .below(let bound): compare(bound) { $0 < $1 }
        case .atMost(let bound): compare(bound) { $0 <= $1 }
        case .above(let bound): compare(bound) { $0 > $1 }
        case .atLeast(let bound): compare(bound) { $0 >= $1 }
        case .aboveAttribute: compare(other) { $0 > $1 }
        case .isAbsent(let isWanted): (value == nil) == isWanted
        }
    }

    func isOf(_ kind: Applicability, _ attempt: Attempt) -> Bool {
        guard kind.purposes?.contains(attempt.purpose) ?? true, !kind.exceptPurposes.contains(attempt.purpose),
            kind.modes?.contains(attempt.mode) ?? true, !kind.exceptModes.contains(attempt.mode),
            kind.products?.contains(attempt.product ?? "") ?? true, kind.vendors?.contains(attempt.vendor) ?? true,
            !kind.exceptVendors.contains(attempt.vendor)
        else { return false }
        if attempt.isErased { return true }
        return (kind.attributes?.clauses ?? []).allSatisfy { clause in
            var other: AttributeValue?
            if case .aboveAttribute(let name) = clause.test { other = attempt.attributes[name] }
            return meets(clause.test, attempt.attributes[clause.attribute], other, declarations[clause.attribute]?.kind)
        }
    }

    // MARK: Registries and stops.

    private func callerID(_ check: CallerIDCheck) -> Outcome {
        guard let text = call.callerID?.text else { return check.isRequired ? .fails(.callerID, nil) : .passes }
        if text.isEmpty && (check.isRequired || check.isRegistered) { return .fails(.callerID, nil) }
        let digits = text.filter(\.isNumber).count
        let isOfPermitted = check.permitted.contains {
            text.hasPrefix($0.prefix) && ($0.digits ?? digits) == digits
        }
        if !check.permitted.isEmpty && !isOfPermitted { return .fails(.callerID, nil) }
        let ranges = check.denied.filter { text.hasPrefix($0.prefix) && ($0.digits ?? digits) == digits }
        if let first = ranges.first, !first.unlessApproved { return .fails(.callerID, nil) }
        if !check.isRegistered && ranges.isEmpty { return .passes }
        if isDown(.callerIDs) { return .lacks(.callerIDs) }
        var isRegistered = facts.callerID == .assumed && facts.assumesQuiet
        var isApproved = false
        if case .registered(let record) = facts.callerID {
            isRegistered =
                record.legalEntity == call.legalEntity && (record.purposes + [call.purpose]).first == call.purpose
                || record.legalEntity == call.legalEntity && record.purposes.contains(call.purpose)
            isApproved = record.outboundApproved
        }
        if check.isRegistered && !isRegistered { return .fails(.callerID, nil) }
        return ranges.isEmpty || isApproved ? .passes : .fails(.callerID, nil)
    }

    private func campaign(at t: Instant) -> Outcome {
        if call.campaign == nil { return .passes }
        if isDown(.campaigns) { return .lacks(.campaigns) }
        guard case .registered(let campaign) = facts.campaign else {
            return facts.campaign == .assumed && facts.assumesQuiet ? .passes : .fails(.campaign, nil)
        }
        let fits =
            !campaign.isPaused && campaign.legalEntity == call.legalEntity && campaign.purpose == call.purpose
            && campaign.product ?? call.product == call.product
            && (campaign.callerIDs.isEmpty || campaign.callerIDs.contains(call.callerID?.text ?? ""))
            && campaign.script ?? call.script == call.script ?? campaign.script
            && campaign.startsAt ?? t <= t && campaign.endsAt ?? .distantFuture > t
        return fits ? .passes : .fails(.campaign, nil)
    }

    private func halts(_ stop: Stop, at t: Instant) -> Bool {
        guard stop.from ?? t <= t, stop.until ?? .distantFuture > t, stop.liftedAt ?? .distantFuture > t,
            !stop.exceptPurposes.contains(call.purpose)
        else { return false }
        let places = Set(place.subdivisions + place.packs.map(\.jurisdiction) + [call.number.region ?? ""])
        return stop.all
            || (stop.purposes.isEmpty || stop.purposes.contains(call.purpose))
                && (stop.campaigns.isEmpty || stop.campaigns.contains(call.campaign ?? ""))
                && (stop.vendors.isEmpty || stop.vendors.contains(call.vendor))
                && (stop.callerIDs.isEmpty || stop.callerIDs.contains(call.callerID?.text ?? ""))
                && (stop.jurisdictions.isEmpty || !places.isDisjoint(with: stop.jurisdictions))
    }

    private func required(_ fields: [CallField], _ declared: Bool, at t: Instant) -> Outcome {
        let given: [CallField: String?] = [
            .customer: call.customer, .event: call.event, .campaign: call.campaign, .product: call.product,
            .agent: call.agent, .script: call.script,
        ]
        for field in fields where (given[field] ?? nil) == nil { return .fails(.unavailable, nil) }
        guard declared else { return .passes }
        var isUnknown = false
        for (name, declaration) in declarations
        where !declaration.deniesWhenAbsent.isDisjoint(with: [call.purpose, call.mode.rawValue]) {
            switch value(name, at: t) {
            case nil: isUnknown = true
            case .some(nil): return .fails(.unavailable, nil)
            default: break
            }
        }
        return isUnknown ? .lacks(.attempts) : .passes
    }
}
