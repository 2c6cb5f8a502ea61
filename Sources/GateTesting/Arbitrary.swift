import GateModel

/// Values made at random, each field set or left out by chance, for round trips.
public struct Arbitrary {
    private var random: SeededGenerator

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func chance() -> Bool { Bool.random(using: &random) }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func maybe<T>(_ make: (inout Arbitrary) -> T) -> T? { chance() ? make(&self) : nil }
    private mutating func several<T>(_ make: (inout Arbitrary) -> T) -> [T] {
        (0..<number(0...3)).map { _ in make(&self) }
    }

    private mutating func text() -> String {
        ["a", "é", "客户-889", "x y", "\u{1F600}", "null", "0", String(repeating: "long ", count: 70)].randomElement(
            using: &random)
            ?? ""
    }

    private mutating func texts() -> [String] { several { $0.text() } }

    public mutating func instant() -> Instant {
        Instant(milliseconds: Int64(number(-4_000_000_000_000...4_000_000_000_000)))
    }

    private mutating func scope() -> Scope {
        [.every, .all, .named(["marketing"]), .named(["a", "b"])][number(0...3)]
    }

    private mutating func attributes() -> [String: AttributeValue] {
        var result: [String: AttributeValue] = [:]
        for name in texts() {
            result[name] = [.boolean(chance()), .integer(number(-1000...1000)), .text(text())][number(0...2)]
        }
        return result
    }

    private mutating func mode() -> CallMode { CallMode.allCases[number(0...3)] }

    public mutating func call() -> Call {
        let number = NumberReading(
            e164: maybe { E164(digits: UInt64($0.number(1...999_999_999_999_999))) } ?? nil,
            type: NumberType.all[number(0...5)],
            category: maybe { $0.text() }, region: maybe { _ in "CN" }, subdivisions: texts(), zones: texts())
        return Call(
            number: number, phone: text(), purpose: text(), mode: mode(), campaign: maybe { $0.text() },
            product: maybe { $0.text() }, callerID: maybe { CallerID($0.text()) }, customer: maybe { $0.text() },
            agent: maybe { $0.text() }, event: maybe { $0.text() }, script: maybe { $0.text() }, dataFields: texts(),
            location: Location(timeZone: maybe { $0.text() }, subdivision: maybe { $0.text() }),
            attributes: attributes(),
            vendor: text(), legalEntity: text())
    }

    public mutating func consent() -> Consent {
        var consent = Consent(purposes: scope(), products: scope(), modes: scope(), form: text(), obtainedAt: instant())
        (consent.id, consent.customer, consent.legalEntity) = (maybe { $0.text() }, maybe { $0.text() }, text())
        (consent.channel, consent.bundled, consent.thirdParty) = (text(), chance(), chance())
        (consent.anyHour, consent.dataFields) = (chance(), texts())
        (consent.expiresAt, consent.withdrawnAt) = (maybe { $0.instant() }, maybe { $0.instant() })
        (consent.evidenceRef, consent.evidenceSHA256) = (maybe { $0.text() }, maybe { $0.text() })
        return consent
    }

    public mutating func attempt() -> Attempt {
        var attempt = Attempt(
            at: instant(), purpose: text(), sameNumber: chance(), sameCustomer: chance(), isConnection: chance())
        (attempt.id, attempt.endedAt, attempt.mode) = (maybe { $0.text() }, maybe { $0.instant() }, mode())
        (attempt.product, attempt.campaign, attempt.event) = (
            maybe { $0.text() }, maybe { $0.text() }, maybe { $0.text() }
        )
        (attempt.direction, attempt.outcome) = (chance() ? .inbound : .outbound, maybe { $0.text() })
        (attempt.attributes, attempt.vendor, attempt.isUngated) = (attributes(), text(), chance())
        attempt.isErased = chance()
        return attempt
    }

    private mutating func list() -> ListFact {
        var fact = ListFact(isListed: true)
        fact.isListed = chance()
        fact.state = [.inForce, .stale, .missing, .uncovered][number(0...3)]
        // Without any of these a list leaves no trace in a record.
        (fact.asOf, fact.staleAt) = (maybe { $0.instant() }, instant())
        (fact.since, fact.until) = (maybe { $0.instant() }, maybe { $0.instant() })
        (fact.category, fact.answer) = (maybe { $0.text() }, maybe { $0.text() })
        (fact.purposes, fact.products, fact.isExempt) = (scope(), texts(), chance())
        return fact
    }

    private mutating func optOut() -> OptOut {
        var optOut = OptOut(purposes: scope(), strength: chance() ? .explicit : .soft, at: instant())
        (optOut.id, optOut.customer, optOut.source) = (maybe { $0.text() }, maybe { $0.text() }, maybe { $0.text() })
        optOut.liftedAt = maybe { $0.instant() }
        return optOut
    }

    private mutating func stop() -> Stop {
        var stop = Stop()
        (stop.id, stop.all, stop.purposes, stop.campaigns) = (maybe { $0.text() }, chance(), texts(), texts())
        (stop.vendors, stop.callerIDs, stop.jurisdictions, stop.exceptPurposes) = (texts(), texts(), texts(), texts())
        (stop.from, stop.until, stop.liftedAt) = (
            maybe { $0.instant() }, maybe { $0.instant() }, maybe { $0.instant() }
        )
        stop.reason = maybe { $0.text() }
        return stop
    }

    private mutating func campaign() -> Campaign {
        var campaign = Campaign(id: text(), purpose: text())
        (campaign.legalEntity, campaign.product, campaign.callerIDs) = (text(), maybe { $0.text() }, texts())
        (campaign.script, campaign.startsAt, campaign.endsAt) = (
            maybe { $0.text() }, maybe { $0.instant() }, maybe { $0.instant() }
        )
        (campaign.isPaused, campaign.attributes) = (chance(), attributes())
        return campaign
    }

    private mutating func mandate() -> Mandate {
        var mandate = Mandate(vendor: text())
        (mandate.mandateRef, mandate.purposes, mandate.products) = (maybe { $0.text() }, texts(), texts())
        (mandate.from, mandate.to, mandate.legalEntity) = (maybe { $0.instant() }, maybe { $0.instant() }, text())
        return mandate
    }

    private mutating func callerID() -> CallerIDRecord {
        var record = CallerIDRecord(number: text())
        (record.purposes, record.outboundApproved, record.legalEntity) = (texts(), chance(), text())
        return record
    }

    public mutating func facts() -> Facts {
        var facts = Facts()
        for name in texts() { facts.lists[name] = list() }
        facts.listRecords = several { arbitrary in
            var record = ListRecord(
                list: arbitrary.text(), category: arbitrary.maybe { $0.text() }, at: arbitrary.instant())
            (record.id, record.liftedAt) = (arbitrary.maybe { $0.text() }, arbitrary.maybe { $0.instant() })
            return record
        }
        facts.consents = several { $0.consent() }
        facts.optOuts = several { $0.optOut() }
        facts.relationships = several { arbitrary in
            var fact = Relationship(kind: arbitrary.text(), lastAt: arbitrary.instant())
            (fact.id, fact.customer, fact.legalEntity) = (
                arbitrary.maybe { $0.text() }, arbitrary.maybe { $0.text() }, arbitrary.text()
            )
            return fact
        }
        facts.appointments = several { arbitrary in
            var fact = Appointment(purposes: arbitrary.scope(), from: arbitrary.instant(), to: arbitrary.instant())
            (fact.id, fact.customer) = (arbitrary.maybe { $0.text() }, arbitrary.maybe { $0.text() })
            fact.evidenceRef = arbitrary.maybe { $0.text() }
            return fact
        }
        facts.complaints = several { arbitrary in
            var fact = Complaint(receivedAt: arbitrary.instant())
            (fact.id, fact.customer) = (arbitrary.maybe { $0.text() }, arbitrary.maybe { $0.text() })
            fact.closedAt = arbitrary.maybe { $0.instant() }
            return fact
        }
        facts.stops = several { $0.stop() }
        facts.attempts = several { $0.attempt() }
        facts.callerID = [.assumed, .unknown, .registered(callerID())][number(0...2)]
        facts.campaign = [.assumed, .unknown, .registered(campaign())][number(0...2)]
        facts.mandates = maybe { $0.several { $0.mandate() } }
        facts.emergencies = several { arbitrary in
            Emergency(subdivision: arbitrary.text(), from: arbitrary.instant(), to: arbitrary.maybe { $0.instant() })
        }
        facts.abandonmentRate = maybe { Double($0.number(0...1000)) / 1000 }
        facts.abandonmentAsOf = maybe { $0.instant() }
        facts.unavailable = Set((0..<number(0...3)).map { _ in FactSource.allCases[number(0...8)] })
        facts.assumesQuiet = chance()
        return facts
    }
}
