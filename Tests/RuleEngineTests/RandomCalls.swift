import GateModel
import GateTesting
import PolicyPack
import RuleEngine

/// Random calls and facts over the words of one policy, near the edges where rules turn.
struct RandomCalls {
    var random: SeededGenerator
    let policy: LoadedPolicy
    let numbers: [NumberReading]
    /// Instants from which the decisions are drawn.
    let days: ClosedRange<Instant>

    private var core: CorePack { policy.snapshot.core }
    private var pack: Pack {
        policy.snapshot.packs.first { $0.jurisdiction == numbers[0].region } ?? policy.snapshot.packs[0]
    }

    mutating func instant() -> Instant {
        let span = days.upperBound - days.lowerBound
        let at = days.lowerBound + Span(milliseconds: Int64.random(in: 0...span.milliseconds, using: &random))
        return round(at)
    }

    /// Often a full hour or half, where windows open and close; sometimes a millisecond off.
    private mutating func round(_ at: Instant) -> Instant {
        let unit: Int64 = random.pick([1, 1000, 60_000, 1_800_000, 3_600_000, 3_600_000])
        let nudge = Span(milliseconds: random.pick([0, 0, 0, 1, -1]))
        return Instant(milliseconds: at.milliseconds / unit * unit) + nudge
    }

    /// Around the decision: mostly before, sometimes after, now and then exactly a span that rules know away.
    private mutating func near(_ now: Instant) -> Instant {
        if random.chance(30) {
            let span: Span = random.pick([
                .minutes(5), .minutes(30), .minutes(120), .hours(24), .days(7), .days(30), .days(90),
            ])
            return now - span + Span(milliseconds: random.pick([0, 1, -1, 60_000]))
        }
        let back = random.pick([Span.hours(3), .days(2), .days(10), .days(100), .days(800)])
        let ahead = random.chance(15) ? Span.days(40) : .seconds(0)
        let offset = Int64.random(in: -back.milliseconds...ahead.milliseconds, using: &random)
        return round(now + Span(milliseconds: offset))
    }

    /// A call that nothing speaks against but perhaps its time and its history.
    mutating func tameCall() -> Call {
        var call = Call(number: numbers[0], phone: "", purpose: random.pick(pack.purposes))
        call.product = pack.products[0]
        call.callerID = CallerID("+862223456789")
        call.customer = random.maybe(80) { _ in "A" }
        call.campaign = random.maybe(50) { _ in "X" }
        call.event = "E"
        if call.customer == nil && call.purpose == "collection" { call.customer = "A" }
        for (name, declaration) in policy.snapshot.attributes where declaration.record == nil {
            switch declaration.kind {
            case .boolean: call.attributes[name] = .boolean(false)
            case .integer: call.attributes[name] = .integer(40)
            case .choice(let words, _): call.attributes[name] = .text(words[words.count > 2 ? 1 : 0])
            }
        }
        return call
    }

    /// Facts beside which such a call may pass: a good consent, a history, now and then a refusal that ends.
    mutating func tameFacts(for call: Call, at now: Instant) -> Facts {
        var facts = Facts()
        let scope = Scope.named([call.purpose])
        var consent = Consent(
            purposes: scope, products: .every, modes: .every, form: "click",
            obtainedAt: now - random.pick([.days(300), .days(400), .hours(1)]))
        consent.anyHour = random.chance(20)
        facts.consents = [consent]
        if random.chance(20) { facts.consents[0].expiresAt = near(now + .days(30)) }
        facts.attempts = many(5, percent: 70) { $0.attempt(now, call) }
        for index in facts.attempts.indices { facts.attempts[index].attributes = [:] }
        facts.appointments = many(1, percent: 20) { source in
            let from = source.near(now + .days(1))
            var slot = Appointment(purposes: .all, from: from, to: from + .hours(1))
            slot.evidenceRef = "e"
            return slot
        }
        facts.optOuts = many(1, percent: 15) { source in
            OptOut(purposes: scope, strength: .soft, at: source.near(now))
        }
        facts.stops = many(1, percent: 10) { source in
            var stop = Stop()
            stop.all = true
            stop.until = source.near(now + .hours(3))
            return stop
        }
        return facts
    }

    mutating func call() -> Call {
        let vendors = [Call.ownVendor, Call.ownVendor, Call.ownVendor, "agency", "friend"]
        var call = Call(number: random.pick(numbers), phone: "", purpose: random.pick(pack.purposes))
        if random.chance(40) { call.mode = random.pick(CallMode.allCases) }
        if random.chance(90) { call.product = random.pick(Array(pack.products.prefix(3)) + ["yacht"]) }
        if random.chance(90) {
            call.callerID = CallerID(random.pick(["+862223456789", "+862223456789", "+864001234567", "6661"]))
        }
        if random.chance(60) { call.customer = random.pick(["A", "B"]) }
        if random.chance(50) { call.campaign = "X" }
        if random.chance(60) { call.event = random.pick(["E", "F"]) }
        call.vendor = random.pick(vendors)
        if random.chance(40) { call.dataFields = random.some(pack.dataFields.sorted(), percent: 12) }
        if random.chance(20) {
            call.location.timeZone = random.pick(["Asia/Shanghai", "America/New_York", "America/Chicago"])
        }
        if random.chance(10) { call.location.subdivision = random.pick(["CN-TJ", "CN-XJ", "ZZ-N", "ZZ-S"]) }
        if random.chance(70) { call.attributes = attributes(percent: 45) }
        return call
    }

    private mutating func attributes(percent: Int) -> [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        for (name, declaration) in policy.snapshot.attributes.sorted(by: { $0.key < $1.key })
        where random.chance(percent) {
            switch declaration.kind {
            case .boolean: values[name] = .boolean(random.chance(40))
            case .integer: values[name] = .integer(random.pick([0, 2, 3, 17, 18, 40, 65, 111]))
            case .choice(let words, _): values[name] = .text(random.pick(words))
            }
        }
        return values
    }

    private mutating func scope(_ words: [String]) -> Scope {
        random.pick([.all, .every, .named(random.some(words)), .named(words), .named(words)])
    }

    private mutating func many<T>(_ most: Int, percent: Int, _ make: (inout RandomCalls) -> T) -> [T] {
        guard random.chance(percent) else { return [] }
        return (0..<Int.random(in: 1...most, using: &random)).map { _ in make(&self) }
    }

    mutating func facts(for call: Call, at now: Instant) -> Facts {
        var facts = Facts()
        let purposes = pack.purposes
        facts.consents = many(3, percent: 85) { source in
            var consent = Consent(
                purposes: source.scope(purposes), products: source.scope(source.pack.products),
                modes: source.scope(CallMode.allCases.map(\.rawValue)),
                form: source.random.pick(["express", "express_written", "click", "recorded_voice"]),
                obtainedAt: source.near(now))
            consent.customer = source.random.maybe(20) { $0.pick(["A", "B"]) }
            consent.bundled = source.random.chance(10)
            consent.thirdParty = source.random.chance(10)
            consent.anyHour = source.random.chance(30)
            consent.dataFields = source.random.some(source.pack.dataFields.sorted(), percent: 10)
            if source.random.chance(20) { consent.expiresAt = source.near(now + .days(5)) }
            if source.random.chance(8) { consent.withdrawnAt = source.near(now) }
            return consent
        }
        facts.optOuts = many(2, percent: 25) { source in
            var refusal = OptOut(
                purposes: source.scope(purposes), strength: source.random.pick(RefusalStrength.allCases),
                at: source.near(now))
            if source.random.chance(50) { refusal.liftedAt = source.near(now) }
            return refusal
        }
        facts.complaints = many(1, percent: 8) { source in
            var complaint = Complaint(receivedAt: now - .days(9))
            if source.random.chance(70) { complaint.closedAt = source.near(now) }
            return complaint
        }
        facts.appointments = many(2, percent: 25) { source in
            let from = source.near(now)
            let length = source.random.pick([Span.minutes(1), .hours(1), .days(1), .days(7), .days(8)])
            var slot = Appointment(purposes: source.scope(purposes), from: from, to: from + length)
            slot.evidenceRef = source.random.maybe(85) { _ in "e" }
            slot.customer = source.random.maybe(20) { $0.pick(["A", "B"]) }
            return slot
        }
        facts.attempts = many(8, percent: 70) { $0.attempt(now, call) }
        facts.stops = many(2, percent: 8) { source in
            var stop = Stop()
            stop.all = source.random.chance(30)
            stop.purposes = source.random.some(purposes, percent: 30)
            stop.campaigns = source.random.maybe(20) { _ in ["X"] } ?? []
            stop.jurisdictions = source.random.maybe(20) { [$0.pick(["CN", "CN-TJ", "ZZ", "ZZ-N"])] } ?? []
            stop.exceptPurposes = source.random.some(purposes, percent: 10)
            if source.random.chance(60) { stop.until = source.near(now + .hours(5)) }
            if source.random.chance(20) { stop.from = source.near(now) }
            if source.random.chance(20) { stop.liftedAt = source.near(now) }
            return stop
        }
        facts.relationships = many(2, percent: 30) { source in
            var relationship = Relationship(
                kind: source.random.pick(FactsReader.relationshipKinds), lastAt: source.near(now))
            relationship.customer = source.random.maybe(20) { $0.pick(["A", "B"]) }
            return relationship
        }
        facts.emergencies = many(1, percent: 8) { source in
            Emergency(
                subdivision: source.random.pick(["ZZ", "ZZ-N", "CN"]), from: source.near(now),
                to: source.maybeNear(70, now + .days(2)))
        }
        facts.abandonmentRate = random.maybe(10) { $0.pick([0, 0.03, 0.031]) }
        facts.abandonmentAsOf = random.maybe(50) { now - .hours($0.pick([0, 23, 24, 25])) }
        fillLists(&facts, now)
        fillRegistries(&facts, call, now)
        if random.chance(12) { facts.unavailable = [random.pick(FactSource.allCases)] }
        facts.assumesQuiet = random.chance(90)
        return facts
    }

    private mutating func attempt(_ now: Instant, _ call: Call) -> Attempt {
        var attempt = Attempt(
            at: near(now), purpose: random.chance(70) ? call.purpose : random.pick(pack.purposes),
            sameNumber: random.chance(80), sameCustomer: call.customer != nil && random.chance(70),
            isConnection: random.chance(40))
        if random.chance(30) { attempt.endedAt = attempt.at + .minutes(Int64.random(in: 0...50, using: &random)) }
        if random.chance(30) { attempt.mode = random.pick(CallMode.allCases) }
        attempt.campaign = random.maybe(50) { $0.pick(["X", "Y"]) }
        attempt.event = random.maybe(50) { $0.pick(["E", "F"]) }
        if random.chance(10) { attempt.direction = .inbound }
        if random.chance(40) { attempt.attributes = attributes(percent: 30) }
        return attempt
    }

    private mutating func fillLists(_ facts: inout Facts, _ now: Instant) {
        for name in policy.snapshot.namedLists.sorted() + ["village", "friends"] where random.chance(10) {
            var fact = ListFact(isListed: random.chance(50))
            if random.chance(15) { fact.state = random.pick([.stale, .missing, .uncovered]) }
            if random.chance(40) { fact.asOf = now - .days(random.pick([1, 31, 32])) }
            if random.chance(20) { fact.staleAt = now + .days(3) }
            if random.chance(30) { fact.since = near(now) }
            if random.chance(40) { fact.until = near(now + .days(1)) }
            if random.chance(20) { fact.answer = random.pick(["yes", "no_data"]) }
            if random.chance(30) { fact.category = random.pick(pack.products) }
            if random.chance(30) { fact.purposes = scope(pack.purposes) }
            if random.chance(20) { fact.products = [random.pick(pack.products)] }
            fact.isExempt = name == "friends"
            facts.lists[name] = fact
        }
        facts.listRecords = many(1, percent: 6) { source in
            var record = ListRecord(list: source.random.pick(["deceased", "carrier-refusal", "internal-dnc"]), at: now)
            if source.random.chance(50) { record.category = source.random.pick(source.pack.products) }
            if source.random.chance(50) { record.liftedAt = source.near(now) }
            return record
        }
    }

    private mutating func fillRegistries(_ facts: inout Facts, _ call: Call, _ now: Instant) {
        if random.chance(15) { facts.callerID = .unknown }
        if random.chance(30) {
            var record = CallerIDRecord(number: call.callerID?.text ?? "")
            record.purposes = random.maybe(30) { [$0.pick(["marketing", "care"])] } ?? []
            record.outboundApproved = random.chance(50)
            facts.callerID = .registered(record)
        }
        if random.chance(5) { facts.campaign = .unknown }
        if random.chance(30) {
            var campaign = Campaign(id: "X", purpose: random.chance(90) ? call.purpose : "care")
            campaign.product = random.maybe(20) { _ in "loan" }
            campaign.startsAt = maybeNear(30, now)
            campaign.endsAt = maybeNear(30, now + .days(2))
            campaign.isPaused = random.chance(5)
            campaign.attributes = attributes(percent: 10)
            facts.campaign = .registered(campaign)
        }
        if random.chance(40) {
            facts.mandates = many(2, percent: 80) { source in
                var mandate = Mandate(vendor: "agency")
                mandate.purposes = source.random.maybe(30) { [$0.pick(["marketing", "care"])] } ?? []
                mandate.products = source.random.maybe(20) { _ in ["loan"] } ?? []
                mandate.from = source.maybeNear(40, now)
                mandate.to = source.maybeNear(40, now + .days(2))
                return mandate
            }
        }
    }

    private mutating func maybeNear(_ percent: Int, _ now: Instant) -> Instant? {
        random.chance(percent) ? near(now) : nil
    }
}
