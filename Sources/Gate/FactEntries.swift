import GateModel
import Ledger

// How each fact about a person is appended. The customer stands in the personal part only.
extension Group {
    @discardableResult
    func append(_ optOut: OptOut, about subject: Subject, extraKeys: [LookupKey] = [], by actor: String) throws
        -> EntryID
    {
        var (fact, id) = (optOut, nextID())
        fact.customer = nil
        var body = CBORWriter()
        body.optOut(fact)
        (fact.id, fact.customer) = (id.description, subject.customer)
        let applied = fact
        try append(
            .optOut, id, actor: actor, body: body.bytes, about: subject, extraKeys: extraKeys
        ) { _ in .optOut(applied) }
        return id
    }

    @discardableResult
    func append(_ record: ListRecord, about subject: Subject, by actor: String) throws -> EntryID {
        var (fact, id) = (record, nextID())
        var body = CBORWriter()
        body.listRecord(fact)
        fact.id = id.description
        let applied = fact
        try append(.listRecord, id, actor: actor, body: body.bytes, about: subject) { _ in
            .listRecord(applied)
        }
        return id
    }

    @discardableResult
    func append(
        _ consent: Consent, supersedes: String?, about subject: Subject, extraKeys: [LookupKey] = [], by actor: String
    ) throws -> EntryID {
        var (fact, id) = (consent, nextID())
        fact.customer = nil
        var body = CBORWriter()
        body.array(3)
        body.text(supersedes)
        body.consent(fact)
        body.text(fact.evidenceSHA256)
        (fact.id, fact.customer) = (id.description, subject.customer)
        let applied = fact
        try append(
            .consent, id, actor: actor, body: body.bytes, about: subject, extraKeys: extraKeys
        ) { _ in .consent(applied, supersedes: supersedes) }
        return id
    }

    /// - Parameter target: The consent's id; nil for every consent of the number.
    @discardableResult
    func appendWithdrawal(of target: String?, at: Instant, about subject: Subject, by actor: String) throws -> EntryID {
        let id = nextID()
        var body = CBORWriter()
        body.array(2)
        body.text(target)
        body.instant(at)
        try append(.consentWithdrawal, id, actor: actor, body: body.bytes, about: subject) {
            _ in
            .withdrawal(of: target, at: at)
        }
        return id
    }

    @discardableResult
    func appendLift(of target: String, reason: String, about subject: Subject, by actor: String) throws -> EntryID {
        let id = nextID()
        let at = now
        var body = CBORWriter()
        body.array(2)
        body.text(target)
        body.text(reason)
        try append(.lift, id, actor: actor, body: body.bytes, about: subject) { _ in
            .lift(of: target, at: at)
        }
        return id
    }

    /// - Parameter relationship: Nil takes back what it supersedes.
    @discardableResult
    func append(
        _ relationship: Relationship?, supersedes: String?, about subject: Subject, extraKeys: [LookupKey] = [],
        by actor: String
    ) throws -> EntryID {
        var (fact, id) = (relationship, nextID())
        var body = CBORWriter()
        body.array(2)
        body.text(supersedes)
        if let fact { body.relationship(fact) } else { body.null() }
        fact?.id = id.description
        fact?.customer = subject.customer
        let applied = fact
        try append(
            .relationship, id, actor: actor, body: body.bytes, about: subject,
            extraKeys: extraKeys
        ) { _ in .relationship(applied, supersedes: supersedes) }
        return id
    }

    @discardableResult
    func append(_ appointment: Appointment, about subject: Subject, by actor: String) throws -> EntryID {
        var (fact, id) = (appointment, nextID())
        var body = CBORWriter()
        body.appointment(fact)
        (fact.id, fact.customer) = (id.description, subject.customer)
        let applied = fact
        try append(.appointment, id, actor: actor, body: body.bytes, about: subject) { _ in
            .appointment(applied)
        }
        return id
    }

    @discardableResult
    func append(
        _ complaint: Complaint, details: String, about subject: Subject, extraKeys: [LookupKey] = [], by actor: String
    ) throws -> EntryID {
        var (fact, id) = (complaint, nextID())
        var body = CBORWriter()
        body.array(2)
        body.text(details)
        body.complaint(fact)
        (fact.id, fact.customer) = (id.description, subject.customer)
        let applied = fact
        try append(
            .complaint, id, actor: actor, body: body.bytes, about: subject,
            extraKeys: [keys.key(.complaints)] + extraKeys
        ) { _ in .complaint(applied) }
        return id
    }

    @discardableResult
    func appendComplaintStep(
        _ target: String, _ step: String, details: String, about subject: Subject, by actor: String
    )
        throws -> EntryID
    {
        let id = nextID()
        let at = now
        var body = CBORWriter()
        body.array(3)
        body.text(target)
        body.text(step)
        body.text(details)
        try append(
            .complaintStep, id, actor: actor, body: body.bytes, about: subject,
            extraKeys: [keys.key(.complaints)]
        ) { _ in step == "closure" ? .complaintClosed(target, at: at) : nil }
        return id
    }

    /// - Parameter attempt: Nil takes back what it supersedes.
    @discardableResult
    func append(
        _ attempt: Attempt?, supersedes: EntryID?, about subject: Subject, extraKeys: [LookupKey] = [],
        by actor: String
    ) throws -> EntryID {
        var (fact, id) = (attempt, nextID())
        fact?.isUngated = true
        var body = CBORWriter()
        if let supersedes {
            body.array(2)
            body.text(supersedes.description)
        }
        if let fact { body.attempt(fact) } else { body.null() }
        fact?.id = id.description
        let applied = fact
        let customer = subject.customer
        try append(
            .importedAttempt, id, actor: actor, body: body.bytes, about: subject,
            extraKeys: extraKeys
        ) { keys in
            let record = applied.map {
                AttemptRecord(
                    decision: id, attempt: $0, number: keys.first, customer: customer, actor: actor, validUntil: $0.at)
            }
            return .attempt(record, supersedes: supersedes?.description)
        }
        return id
    }
}
