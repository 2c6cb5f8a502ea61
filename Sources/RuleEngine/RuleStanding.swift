import GateModel

/// How a rule stands, with what its effective dates, the facts it may do without, and exempt lists make of it.
enum RuleStanding {
    /// `aside` says why, where the rule passes only because it stood aside.
    case passes(until: Instant, aside: String?)
    case fails(Reason)
}

extension PlannedRule {
    func standing(in situation: Situation, at t: Instant) -> RuleStanding {
        if t >= effectiveUntil { return .passes(until: .distantFuture, aside: nil) }
        if !appliesAlways {
            switch applies.truth(in: situation, at: t) {
            case .holds: break
            case .fails:
                let change = appliesByMandate ? situation.mandateChange(after: t) : nil
                return .passes(until: change ?? .distantFuture, aside: nil)
            case .unknown(let source):
                if t < effectiveFrom { return .passes(until: effectiveFrom, aside: nil) }
                return failure(.lacks(source), in: situation, at: t)
            }
        }
        if t < effectiveFrom { return .passes(until: effectiveFrom, aside: nil) }
        let standing = check.standing(in: situation, at: t)
        if case .passes(let end) = standing { return .passes(until: endOfPass(end), aside: nil) }
        return failure(standing, in: situation, at: t)
    }

    /// A pass that outlasts the rule itself has no end.
    private func endOfPass(_ end: Instant) -> Instant { end < effectiveUntil ? end : .distantFuture }

    private func failure(_ standing: Standing, in situation: Situation, at t: Instant) -> RuleStanding {
        var reason: Reason
        var exceptionBegins: Instant?
        for exception in rule.unless {
            let span = exception.span(in: situation, at: t)
            if let end = span.until { return .passes(until: endOfPass(end), aside: nil) }
            exceptionBegins = earlier(exceptionBegins, span.begins)
        }
        switch standing {
        case .passes(let end): return .passes(until: endOfPass(end), aside: nil)
        case .fails(let retry, let detail, let kind):
            if kind == .freshness, stands(aside: .lists, in: situation) {
                return .passes(until: .distantFuture, aside: FactSource.lists.rawValue)
            }
            reason = Reason(rule: rule.id, kind: kind ?? rule.kind, detail: detail, retryAt: retry)
        case .lacks(let source, let retry, let detail):
            if stands(aside: source, in: situation) { return .passes(until: .distantFuture, aside: source.rawValue) }
            reason = Reason(rule: rule.id, kind: .unavailable, detail: detail, source: source, retryAt: retry)
        }
        if rule.kind == .hours || rule.kind == .frequency, reason.kind == rule.kind {
            let exemption = situation.exemption(at: t)
            if let end = exemption.end { return .passes(until: endOfPass(end), aside: "exempt_list") }
            reason.retryAt = earlier(reason.retryAt, exemption.begins)
        }
        reason.retryAt = earlier(reason.retryAt, exceptionBegins)
        // The end of the rule, and of a mandate that decides whether it applies, open the way too.
        if effectiveUntil < .distantFuture { reason.retryAt = earlier(reason.retryAt, effectiveUntil) }
        if appliesByMandate { reason.retryAt = earlier(reason.retryAt, situation.mandateChange(after: t)) }
        return .fails(reason)
    }

    private func stands(aside source: FactSource, in situation: Situation) -> Bool {
        rule.standsAside[situation.call.purpose]?.contains(source) ?? false
    }

    /// A cap by customer that has to be judged by number alone says so.
    func isJudgedByNumberAlone(in situation: Situation) -> Bool {
        guard situation.call.customer == nil, case .frequency(let check) = rule.body else { return false }
        return check.counts(for: situation.call)
    }
}

extension Situation {
    /// Until when an exempt list lifts hours and caps, nil where none does; and when the next one begins to. One that
    /// never ends is none.
    fileprivate func exemption(at t: Instant) -> (end: Instant?, begins: Instant?) {
        var end: Instant?
        var begins: Instant?
        guard !lacks(.lists) else { return (nil, nil) }
        for fact in facts.lists.values where fact.isExempt && fact.isListed && fact.state == .inForce {
            let until = min(fact.until ?? .distantFuture, fact.staleAt ?? .distantFuture)
            guard until < .distantFuture, t < until, fact.purposes.names(call.purpose),
                fact.products.isEmpty || call.product.map(fact.products.contains) ?? false
            else { continue }
            let since = fact.since ?? .distantPast
            if t < since {
                if since < until { begins = earlier(begins, since) }
            } else {
                end = max(end ?? until, until)
            }
        }
        return (end, begins)
    }
}

/// What a rule checks, ready to be asked. A rule's parameters are held behind this, so that asking copies none of them.
protocol Check: Sendable {
    func standing(in situation: Situation, at t: Instant) -> Standing
}

extension ConsentCheck: Check {}
extension DataCheck: Check {}
extension HoursCheck: Check {}
extension FrequencyCheck: Check {}
extension CallerIDCheck: Check {}
extension DestinationCheck: Check {}

extension RuleBody {
    func check(ownLists: [String: FactSource]) -> any Check {
        switch self {
        case .covered: CoverageCheck()
        case .destination(let check): check
        case .callerID(let check): check
        case .suppression(let sources): SuppressionCheck(sources: sources, ownLists: ownLists)
        case .consent(let check): check
        case .knownProduct: ProductCheck()
        case .data(let check): check
        case .hours(let check): check
        case .frequency(let check): check
        case .attribute(let conditions): AttributeCheck(conditions: conditions)
        case .campaign: CampaignCheck()
        case .abandonment(let check): check
        case .freshness(let list, let greatestAge): FreshnessCheck(list: list, greatestAge: greatestAge)
        case .stop: StopCheck()
        case .emergency: EmergencyCheck()
        case .unavailable(let fields, let attributes, let sources):
            RequirementCheck(fields: fields, takesDeclared: attributes, sources: sources)
        }
    }
}
