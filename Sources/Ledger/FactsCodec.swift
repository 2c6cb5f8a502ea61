import GateModel

// The facts of a decision as positional CBOR, for its personal part: what the rules saw, so that they can see it again.
extension CBORWriter {
    public mutating func facts(_ facts: Facts) {
        // The last stands there only where it says something, as it did not always exist.
        array(facts.abandonmentAsOf == nil ? 16 : 17)
        each(facts.lists.filter { $0.value.isWorthKeeping }.sorted { $0.key < $1.key }) { $0.list($1.key, $1.value) }
        each(facts.listRecords) { $0.listRecord($1) }
        each(facts.consents) { $0.consent($1) }
        each(facts.optOuts) { $0.optOut($1) }
        each(facts.relationships) { $0.relationship($1) }
        each(facts.appointments) { $0.appointment($1) }
        each(facts.complaints) { $0.complaint($1) }
        each(facts.stops) { $0.stop($1) }
        each(facts.attempts) { $0.attempt($1) }
        switch facts.callerID {
        case .assumed: null()
        case .unknown: bool(false)
        case .registered(let record):
            array(4)
            text(record.number)
            texts(record.purposes)
            bool(record.outboundApproved)
            text(record.legalEntity)
        }
        switch facts.campaign {
        case .assumed: null()
        case .unknown: bool(false)
        case .registered(let campaign): self.campaign(campaign)
        }
        if let mandates = facts.mandates { each(mandates) { $0.mandate($1) } } else { null() }
        each(facts.emergencies) { writer, fact in
            writer.array(3)
            writer.text(fact.subdivision)
            writer.instant(fact.from)
            writer.instant(fact.to)
        }
        text(facts.abandonmentRate.map { "\($0)" })
        texts(facts.unavailable.map(\.rawValue).sorted())
        bool(facts.assumesQuiet)
        if let asOf = facts.abandonmentAsOf { instant(asOf) }
    }

    private mutating func list(_ name: String, _ fact: ListFact) {
        array(12)
        text(name)
        bool(fact.isListed)
        text("\(fact.state)")
        instant(fact.asOf)
        instant(fact.staleAt)
        instant(fact.since)
        instant(fact.until)
        text(fact.category)
        text(fact.answer)
        if fact.purposes == .every { null() } else { texts(fact.purposes.words) }
        texts(fact.products)
        bool(fact.isExempt)
    }

    public mutating func listRecord(_ record: ListRecord) {
        array(5)
        text(record.id)
        text(record.list)
        text(record.category)
        instant(record.at)
        instant(record.liftedAt)
    }

    public mutating func relationship(_ fact: Relationship) {
        array(5)
        text(fact.id)
        text(fact.customer)
        text(fact.legalEntity)
        text(fact.kind)
        instant(fact.lastAt)
    }

    public mutating func appointment(_ fact: Appointment) {
        array(6)
        text(fact.id)
        text(fact.customer)
        scope(fact.purposes)
        instant(fact.from)
        instant(fact.to)
        text(fact.evidenceRef)
    }

    public mutating func complaint(_ fact: Complaint) {
        array(4)
        text(fact.id)
        text(fact.customer)
        instant(fact.receivedAt)
        instant(fact.closedAt)
    }

    private mutating func scope(_ scope: Scope) {
        if scope == .every { null() } else { texts(scope.words) }
    }

    public mutating func consent(_ consent: Consent) {
        array(17)
        text(consent.id)
        text(consent.customer)
        text(consent.legalEntity)
        scope(consent.purposes)
        scope(consent.products)
        scope(consent.modes)
        text(consent.channel)
        text(consent.form)
        bool(consent.bundled)
        bool(consent.thirdParty)
        bool(consent.anyHour)
        texts(consent.dataFields)
        instant(consent.obtainedAt)
        instant(consent.expiresAt)
        instant(consent.withdrawnAt)
        text(consent.evidenceRef)
        text(consent.evidenceSHA256)
    }

    public mutating func optOut(_ optOut: OptOut) {
        array(7)
        text(optOut.id)
        text(optOut.customer)
        scope(optOut.purposes)
        text(optOut.strength.rawValue)
        text(optOut.source)
        instant(optOut.at)
        instant(optOut.liftedAt)
    }

    public mutating func stop(_ stop: Stop) {
        array(12)
        text(stop.id)
        bool(stop.all)
        texts(stop.purposes)
        texts(stop.campaigns)
        texts(stop.vendors)
        texts(stop.callerIDs)
        texts(stop.jurisdictions)
        texts(stop.exceptPurposes)
        instant(stop.from)
        instant(stop.until)
        instant(stop.liftedAt)
        text(stop.reason)
    }

    public mutating func attempt(_ attempt: Attempt) {
        // The last part stands there only where it says something.
        array(attempt.isErased ? 17 : 16)
        text(attempt.id)
        instant(attempt.at)
        instant(attempt.endedAt)
        bool(attempt.sameNumber)
        bool(attempt.sameCustomer)
        text(attempt.purpose)
        text(attempt.mode.rawValue)
        text(attempt.product)
        text(attempt.campaign)
        text(attempt.event)
        bool(attempt.direction == .inbound)
        text(attempt.outcome)
        bool(attempt.isConnection)
        attributes(attempt.attributes)
        text(attempt.vendor)
        bool(attempt.isUngated)
        if attempt.isErased { bool(true) }
    }

    private mutating func campaign(_ campaign: Campaign) {
        array(10)
        text(campaign.id)
        text(campaign.legalEntity)
        text(campaign.purpose)
        text(campaign.product)
        texts(campaign.callerIDs)
        text(campaign.script)
        instant(campaign.startsAt)
        instant(campaign.endsAt)
        bool(campaign.isPaused)
        attributes(campaign.attributes)
    }

    private mutating func mandate(_ mandate: Mandate) {
        array(7)
        text(mandate.vendor)
        text(mandate.mandateRef)
        texts(mandate.purposes)
        texts(mandate.products)
        instant(mandate.from)
        instant(mandate.to)
        text(mandate.legalEntity)
    }
}

extension ListFact {
    /// A list in force that does not name the number, and whose age ends nothing, leaves no trace: the decision pins its
    /// version.
    fileprivate var isWorthKeeping: Bool { isListed || state != .inForce || staleAt != nil || answer != nil }
}

extension CBORReader {
    public mutating func facts() throws(MalformedRecord) -> Facts {
        var facts = Facts()
        let count = try array()
        guard (16...17).contains(count) else { throw MalformedRecord("facts of \(count) parts") }
        let lists = try each { reader throws(MalformedRecord) in try reader.list() }
        facts.lists = Dictionary(lists) { $1 }
        facts.listRecords = try each { reader throws(MalformedRecord) in try reader.listRecord() }
        facts.consents = try each { reader throws(MalformedRecord) in try reader.consent() }
        facts.optOuts = try each { reader throws(MalformedRecord) in try reader.optOut() }
        facts.relationships = try each { reader throws(MalformedRecord) in try reader.relationship() }
        facts.appointments = try each { reader throws(MalformedRecord) in try reader.appointment() }
        facts.complaints = try each { reader throws(MalformedRecord) in try reader.complaint() }
        facts.stops = try each { reader throws(MalformedRecord) in try reader.stop() }
        facts.attempts = try each { reader throws(MalformedRecord) in try reader.attempt() }
        facts.callerID = try registration { reader throws(MalformedRecord) in
            try reader.array(4)
            var record = CallerIDRecord(number: try reader.text())
            record.purposes = try reader.texts()
            record.outboundApproved = try reader.bool()
            record.legalEntity = try reader.text()
            return record
        }
        facts.campaign = try registration { reader throws(MalformedRecord) in try reader.campaign() }
        facts.mandates = try optional { reader throws(MalformedRecord) in
            try reader.each { reader throws(MalformedRecord) in try reader.mandate() }
        }
        facts.emergencies = try each { reader throws(MalformedRecord) in
            try reader.array(3)
            return Emergency(
                subdivision: try reader.text(), from: try reader.instant(), to: try reader.optionalInstant())
        }
        facts.abandonmentRate = try optionalText().flatMap { Double($0) }
        facts.unavailable = Set(try texts().compactMap(FactSource.init(rawValue:)))
        facts.assumesQuiet = try bool()
        if count == 17 { facts.abandonmentAsOf = try instant() }
        return facts
    }

    public mutating func relationship() throws(MalformedRecord) -> Relationship {
        try array(5)
        let (id, customer, entity) = (try optionalText(), try optionalText(), try text())
        var fact = Relationship(kind: try text(), lastAt: try instant())
        (fact.id, fact.customer, fact.legalEntity) = (id, customer, entity)
        return fact
    }

    public mutating func appointment() throws(MalformedRecord) -> Appointment {
        try array(6)
        let (id, customer) = (try optionalText(), try optionalText())
        var fact = Appointment(purposes: try scope(), from: try instant(), to: try instant())
        (fact.id, fact.customer) = (id, customer)
        fact.evidenceRef = try optionalText()
        return fact
    }

    public mutating func complaint() throws(MalformedRecord) -> Complaint {
        try array(4)
        let (id, customer) = (try optionalText(), try optionalText())
        var fact = Complaint(receivedAt: try instant())
        (fact.id, fact.customer, fact.closedAt) = (id, customer, try optionalInstant())
        return fact
    }

    private mutating func optional<T>(
        _ body: (inout CBORReader) throws(MalformedRecord) -> T
    ) throws(MalformedRecord) -> T? {
        try isNull() ? nil : try body(&self)
    }

    private mutating func registration<T>(
        _ body: (inout CBORReader) throws(MalformedRecord) -> T
    ) throws(MalformedRecord) -> Registration<T> {
        var copy = self
        if (try? copy.bool()) != nil {
            self = copy
            return .unknown
        }
        return try optional(body).map { .registered($0) } ?? .assumed
    }

    private mutating func scope() throws(MalformedRecord) -> Scope {
        try optional { reader throws(MalformedRecord) in Scope(words: try reader.texts()) } ?? .every
    }

    private mutating func list() throws(MalformedRecord) -> (String, ListFact) {
        try array(12)
        let name = try text()
        var fact = ListFact(isListed: try bool())
        switch try text() {
        case "stale": fact.state = .stale
        case "missing": fact.state = .missing
        case "uncovered": fact.state = .uncovered
        default: fact.state = .inForce
        }
        fact.asOf = try optionalInstant()
        fact.staleAt = try optionalInstant()
        fact.since = try optionalInstant()
        fact.until = try optionalInstant()
        fact.category = try optionalText()
        fact.answer = try optionalText()
        fact.purposes = try scope()
        fact.products = try texts()
        fact.isExempt = try bool()
        return (name, fact)
    }

    public mutating func listRecord() throws(MalformedRecord) -> ListRecord {
        try array(5)
        let id = try optionalText()
        let (list, category) = (try text(), try optionalText())
        var record = ListRecord(list: list, category: category, at: try instant())
        record.id = id
        record.liftedAt = try optionalInstant()
        return record
    }

    public mutating func consent() throws(MalformedRecord) -> Consent {
        try array(17)
        let (id, customer, entity) = (try optionalText(), try optionalText(), try text())
        let (purposes, products, modes) = (try scope(), try scope(), try scope())
        let (channel, form) = (try text(), try text())
        var consent = Consent(
            purposes: purposes, products: products, modes: modes, form: form, obtainedAt: .distantPast)
        (consent.id, consent.customer, consent.legalEntity, consent.channel) = (id, customer, entity, channel)
        consent.bundled = try bool()
        consent.thirdParty = try bool()
        consent.anyHour = try bool()
        consent.dataFields = try texts()
        consent.obtainedAt = try instant()
        consent.expiresAt = try optionalInstant()
        consent.withdrawnAt = try optionalInstant()
        consent.evidenceRef = try optionalText()
        consent.evidenceSHA256 = try optionalText()
        return consent
    }

    public mutating func optOut() throws(MalformedRecord) -> OptOut {
        try array(7)
        let (id, customer, purposes) = (try optionalText(), try optionalText(), try scope())
        let (strength, source) = (try text(), try optionalText())
        var optOut = OptOut(
            purposes: purposes, strength: RefusalStrength(rawValue: strength) ?? .explicit, at: try instant())
        (optOut.id, optOut.customer, optOut.source) = (id, customer, source)
        optOut.liftedAt = try optionalInstant()
        return optOut
    }

    public mutating func stop() throws(MalformedRecord) -> Stop {
        try array(12)
        var stop = Stop()
        stop.id = try optionalText()
        stop.all = try bool()
        stop.purposes = try texts()
        stop.campaigns = try texts()
        stop.vendors = try texts()
        stop.callerIDs = try texts()
        stop.jurisdictions = try texts()
        stop.exceptPurposes = try texts()
        stop.from = try optionalInstant()
        stop.until = try optionalInstant()
        stop.liftedAt = try optionalInstant()
        stop.reason = try optionalText()
        return stop
    }

    public mutating func attempt() throws(MalformedRecord) -> Attempt {
        let count = try array()
        guard count == 16 || count == 17 else { throw MalformedRecord("an attempt of \(count) parts") }
        let (id, at, endedAt) = (try optionalText(), try instant(), try optionalInstant())
        let (sameNumber, sameCustomer, purpose) = (try bool(), try bool(), try text())
        var attempt = Attempt(
            at: at, purpose: purpose, sameNumber: sameNumber, sameCustomer: sameCustomer, isConnection: true)
        (attempt.id, attempt.endedAt) = (id, endedAt)
        attempt.mode = CallMode(rawValue: try text()) ?? .live
        attempt.product = try optionalText()
        attempt.campaign = try optionalText()
        attempt.event = try optionalText()
        attempt.direction = try bool() ? .inbound : .outbound
        attempt.outcome = try optionalText()
        attempt.isConnection = try bool()
        attempt.attributes = try attributes()
        attempt.vendor = try text()
        attempt.isUngated = try bool()
        if count == 17 { attempt.isErased = try bool() }
        return attempt
    }

    private mutating func campaign() throws(MalformedRecord) -> Campaign {
        try array(10)
        let (id, entity) = (try text(), try text())
        var campaign = Campaign(id: id, purpose: try text())
        campaign.legalEntity = entity
        campaign.product = try optionalText()
        campaign.callerIDs = try texts()
        campaign.script = try optionalText()
        campaign.startsAt = try optionalInstant()
        campaign.endsAt = try optionalInstant()
        campaign.isPaused = try bool()
        campaign.attributes = try attributes()
        return campaign
    }

    private mutating func mandate() throws(MalformedRecord) -> Mandate {
        try array(7)
        var mandate = Mandate(vendor: try text())
        mandate.mandateRef = try optionalText()
        mandate.purposes = try texts()
        mandate.products = try texts()
        mandate.from = try optionalInstant()
        mandate.to = try optionalInstant()
        mandate.legalEntity = try text()
        return mandate
    }
}
