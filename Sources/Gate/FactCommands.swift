import Documents
import GateModel
import Ledger
import Numbering
import PolicyPack
import RuleEngine

/// A number and a customer as a fact names them.
struct NamedSubject {
    var subject: Subject
    var call: Call

    /// Reads `phone`, `customer`, `region`. The number must be readable, and one of the two must be there.
    init(_ reader: inout ObjectReader, policy: LoadedPolicy, needsNumber: Bool) {
        let phone = reader.string("phone")
        let customer = reader.string("customer")
        let region = reader.string("region")
        if phone == nil && (needsNumber || customer == nil) {
            reader.fault(at: "phone", needsNumber ? "is required" : "is required where no `customer` is given")
        }
        let number =
            phone.map { policy.numbers.read($0, region: region) }
            ?? NumberReading(e164: nil, type: .unknown, region: nil)
        if phone != nil && number.e164 == nil {
            reader.fault(at: "phone", "is no telephone number; give it in E.164 form or name its `region`")
        }
        call = Call(number: number, phone: phone ?? "", purpose: "", customer: customer)
        subject = call.subject
        if phone == nil { subject = Subject(customer: customer) }
    }
}

/// A fact that is checked and ready for the sequencer.
enum FactCommand: Sendable {
    case consent(Consent, source: SourceReference?)
    /// `isDated` is false where the row does not say when.
    case optOut(OptOut, source: SourceReference?, evidence: String?, isDated: Bool)
    case relationship(Relationship, source: SourceReference?, evidence: String?)
    case appointment(Appointment)
    case conversation(Attempt, source: SourceReference?)
}

/// Where a record came from; the same reference again supersedes it.
struct SourceReference: Sendable {
    var source: String
    var reference: String

    init(_ source: String, _ reference: String) { (self.source, self.reference) = (source, reference) }

    /// Reads `source` and `source_ref`, which stand together.
    init?(_ reader: inout ObjectReader) {
        let (source, reference) = (reader.string("source"), reader.string("source_ref"))
        if (source == nil) != (reference == nil) { reader.fault("give both `source` and `source_ref`, or neither") }
        guard let source, let reference else { return nil }
        (self.source, self.reference) = (source, reference)
    }
}

/// The kinds of facts that have a route of their own.
public enum FactKind: String, Sendable, CaseIterable {
    case consents, relationships, appointments, conversations
    case optOuts = "opt-outs"
}

extension FactKind {
    /// Reads a body of this kind.
    ///
    /// - Parameter now: The wall clock, for what must not lie ahead or behind.
    func command(_ reader: inout ObjectReader, policy: LoadedPolicy, key: APIKey, now: Instant) -> (
        NamedSubject, FactCommand
    ) {
        let named = NamedSubject(&reader, policy: policy, needsNumber: self != .optOuts && self != .relationships)
        let entity = reader.choice("legal_entity", key.legalEntities) ?? key.legalEntities.first ?? Call.mainEntity
        var call = named.call
        call.legalEntity = entity
        let facts = FactsReader(policy, call: call)
        defer { reader.close() }
        func notAhead(_ name: String, _ instant: Instant, _ reader: ObjectReader) {
            if instant > now + .minutes(5) { reader.fault(at: name, "lies in the future") }
        }
        switch self {
        case .consents:
            let source = SourceReference(&reader)
            var consent = facts.consent(&reader, isCase: false)
            // A null must not read as a consent to everything.
            reader.refuseNull("purposes", "products", "modes", "form")
            consent.legalEntity = entity
            notAhead("obtained_at", consent.obtainedAt, reader)
            if let expiresAt = consent.expiresAt, expiresAt <= consent.obtainedAt {
                reader.fault(at: "expires_at", "must lie after `obtained_at`")
            }
            return (named, .consent(consent, source: source))
        case .optOuts:
            var optOut = OptOut(
                purposes: policy.vocabulary.purposes(&reader, "purposes") ?? .all,
                strength: reader.choice("strength", RefusalStrength.self) ?? .explicit, at: reader.instant("at") ?? now)
            if !reader.isGiven("purposes") {
                reader.fault(at: "purposes", "is required; [\"all\"] stands for every purpose")
            }
            optOut.source = reader.string("source")
            let reference = reader.string("source_ref")
            if reference != nil && optOut.source == nil { reader.fault(at: "source", "is required with `source_ref`") }
            // One that claims to lie ahead is in force at once.
            let isDated = reader.isGiven("at") && optOut.at <= now
            optOut.at = min(optOut.at, now)
            let source = optOut.source.flatMap { source in reference.map { SourceReference(source, $0) } }
            return (
                named, .optOut(optOut, source: source, evidence: reader.string("evidence_ref"), isDated: isDated)
            )
        case .relationships:
            let source = SourceReference(&reader)
            var relationship = Relationship(
                kind: reader.requireString("kind"), lastAt: reader.requireInstant("last_at"))
            relationship.legalEntity = entity
            notAhead("last_at", relationship.lastAt, reader)
            return (named, .relationship(relationship, source: source, evidence: reader.string("evidence_ref")))
        case .appointments:
            var appointment = Appointment(
                purposes: policy.vocabulary.purposes(&reader, "purposes") ?? .all, from: reader.requireInstant("from"),
                to: reader.requireInstant("to"))
            if !reader.isGiven("purposes") { reader.fault(at: "purposes", "is required") }
            appointment.evidenceRef = reader.requireString("evidence_ref")
            if appointment.to <= appointment.from { reader.fault(at: "to", "must lie after `from`") }
            if appointment.to - appointment.from > .days(7) {
                reader.fault(at: "to", "an appointment is at most 7 days long")
            }
            return (named, .appointment(appointment))
        case .conversations:
            let source = SourceReference(&reader)
            if !reader.isGiven("purpose") { reader.fault(at: "purpose", "is required") }
            var call = Attempt(
                at: reader.requireInstant("at"), purpose: policy.vocabulary.purpose(&reader, "purpose") ?? "",
                sameNumber: true, sameCustomer: true, isConnection: true)
            call.direction = .inbound
            call.endedAt = reader.instant("ended_at")
            notAhead("at", call.at, reader)
            if let endedAt = call.endedAt {
                if endedAt < call.at { reader.fault(at: "ended_at", "must not lie before `at`") }
                notAhead("ended_at", endedAt, reader)
            }
            (call.product, call.campaign) = (reader.string("product"), reader.string("campaign"))
            call.event = reader.string("event")
            call.vendor = reader.choice("vendor", key.vendors) ?? key.vendors.first ?? Call.ownVendor
            call.isUngated = true
            return (named, .conversation(call, source: source))
        }
    }
}

extension Group {
    /// - Returns: The entry's id, and whether it is new.
    func record(_ command: FactCommand, about subject: Subject, by key: APIKey) throws -> (id: EntryID, isNew: Bool) {
        // What was cited for this fact is not cited for the next.
        defer { if origin?.batch == nil { origin = nil } }
        switch command {
        case .consent(let consent, let source):
            return try recordFrom(source, kind: "consent") { supersedes, extraKeys in
                if let supersedes, try isSame(consent, about: subject, as: supersedes) { return nil }
                let id = try append(
                    consent, supersedes: supersedes?.core.id.description, about: subject, extraKeys: extraKeys,
                    by: key.id)
                if let supersedes { try move(supersedes, to: id, of: subject, by: key) }
                return id
            }
        case .relationship(let relationship, let source, let evidence):
            return try recordFrom(source, kind: "relationship") { supersedes, extraKeys in
                if let supersedes, try isSame(relationship, about: subject, as: supersedes),
                    Origin(supersedes.core)?.evidence == evidence
                {
                    return nil
                }
                cite(evidence)
                // A source that corrects the number ends the relationship of the old one.
                if let supersedes, !isSame(subject, as: supersedes), let old = try self.subject(of: supersedes) {
                    try append(nil, supersedes: supersedes.core.id.description, about: old, by: key.id)
                }
                return try append(
                    relationship, supersedes: supersedes?.core.id.description, about: subject, extraKeys: extraKeys,
                    by: key.id)
            }
        case .optOut(let optOut, let source, let evidence, let isDated):
            return try record(optOut, source, evidence, isDated: isDated, about: subject, by: key)
        case .appointment(let appointment): return (try append(appointment, about: subject, by: key.id), true)
        case .conversation(let call, let source):
            return try recordFrom(source, kind: "conversation") { supersedes, extraKeys in
                if let supersedes, try isSame(call, about: subject, as: supersedes) { return nil }
                // A source that corrects the number takes the conversation from the old one.
                if let supersedes, !isSame(subject, as: supersedes), let old = try self.subject(of: supersedes) {
                    try append(nil, supersedes: supersedes.core.id, about: old, by: key.id)
                }
                return try append(
                    call, supersedes: supersedes?.core.id, about: subject, extraKeys: extraKeys, by: key.id)
            }
        }
    }

    /// Other content under the same reference is a further refusal: an earlier one stands until it is lifted.
    private func record(
        _ optOut: OptOut, _ source: SourceReference?, _ evidence: String?, isDated: Bool, about subject: Subject,
        by key: APIKey
    ) throws -> (id: EntryID, isNew: Bool) {
        var extraKeys: [LookupKey] = []
        if let source {
            let lookup = keys.key(.source(kind: "opt-out", source: source.source, reference: source.reference))
            for entry in try transaction.entries(by: lookup) {
                let earlier = try open(entry)
                guard isSame(subject, as: earlier), Origin(earlier.core)?.evidence == evidence,
                    case .optOut(var before)? = try SubjectFact(
                        earlier.core, keys: entry.keys, personal: earlier.personal)
                else { continue }
                (before.id, before.liftedAt) = (nil, nil)
                if !isDated { before.at = optOut.at }
                var now = optOut
                (now.id, now.customer) = (nil, earlier.personal == nil ? nil : subject.customer)
                if before == now { return (earlier.core.id, false) }
            }
            extraKeys = [lookup]
        }
        cite(evidence)
        return (try append(optOut, about: subject, extraKeys: extraKeys, by: key.id), true)
    }

    /// Finds what the same source and reference recorded before. `body` gives nil where nothing changes.
    private func recordFrom(
        _ source: SourceReference?, kind: String, _ body: (OpenedEntry?, [LookupKey]) throws -> EntryID?
    ) throws -> (id: EntryID, isNew: Bool) {
        guard let source else {
            guard let id = try body(nil, []) else { preconditionFailure("a record without source is new") }
            return (id, true)
        }
        let lookup = keys.key(.source(kind: kind, source: source.source, reference: source.reference))
        let earlier = try transaction.entries(by: lookup).last.map { try open($0) }
        // What was erased does not come back with the same row.
        if let earlier, earlier.entry.removedBy != nil { return (earlier.core.id, false) }
        if let id = try body(earlier, [lookup]) { return (id, true) }
        guard let earlier else { preconditionFailure("a record that nothing supersedes is new") }
        return (earlier.core.id, false)
    }

    private func isSame(_ consent: Consent, about subject: Subject, as earlier: OpenedEntry) throws -> Bool {
        guard
            case .consent(var before, _)? = try SubjectFact(
                earlier.core, keys: earlier.entry.keys, personal: earlier.personal)
        else { return false }
        (before.id, before.withdrawnAt) = (nil, nil)
        var now = consent
        (now.id, now.customer) = (nil, subject.customer)
        return before == now && isSame(subject, as: earlier)
    }

    private func isSame(_ relationship: Relationship, about subject: Subject, as earlier: OpenedEntry) throws -> Bool {
        guard
            case .relationship(var before?, _)? = try SubjectFact(
                earlier.core, keys: earlier.entry.keys, personal: earlier.personal)
        else { return false }
        before.id = nil
        var now = relationship
        (now.id, now.customer) = (nil, subject.customer)
        return before == now && isSame(subject, as: earlier)
    }

    private func isSame(_ call: Attempt, about subject: Subject, as earlier: OpenedEntry) throws -> Bool {
        guard
            case .attempt(let record?, _)? = try SubjectFact(
                earlier.core, keys: earlier.entry.keys, personal: earlier.personal)
        else { return false }
        var before = record.attempt
        before.id = nil
        return before == call && record.customer == subject.customer && isSame(subject, as: earlier)
    }

    private func isSame(_ subject: Subject, as earlier: OpenedEntry) -> Bool {
        earlier.entry.keys.first
            == (subject.number.map { keys.key(.number($0)) } ?? subject.customer.map { keys.key(.customer($0)) })
    }

    /// A source that corrects a consent's number ends the consent of the old number; a withdrawal goes along.
    private func move(_ earlier: OpenedEntry, to id: EntryID, of subject: Subject, by key: APIKey) throws {
        guard !isSame(subject, as: earlier), let old = try self.subject(of: earlier), let number = old.number else {
            return
        }
        let before = try state(keys.key(.number(number))).consents.first { $0.id == earlier.core.id.description }
        if let withdrawnAt = before?.withdrawnAt {
            try appendWithdrawal(of: id.description, at: withdrawnAt, about: subject, by: key.id)
        }
        try appendWithdrawal(of: earlier.core.id.description, at: now, about: old, by: key.id)
    }

    /// The subject of a decision or a recorded fact, for what follows on it; of an erased person, what is left to find it
    /// by. Nil where there is nothing left.
    func subject(of opened: OpenedEntry) throws -> Subject? {
        guard let part = opened.personal, part.number != nil || part.customer != nil else {
            return opened.entry.keys.isEmpty ? nil : Subject(hashes: opened.entry.keys)
        }
        let isDecision = opened.core.kind == .allow || opened.core.kind == .deny
        return Subject(
            number: part.number, customer: part.customer, mask: part.mask, agent: isDecision ? part.agent : nil)
    }

    func withdrawConsent(_ id: EntryID, at: Instant, by key: APIKey) throws -> Result<EntryID, GateError> {
        guard let opened = try find(id), opened.core.kind == .consent, opened.entry.removedBy == nil,
            let subject = try subject(of: opened)
        else {
            return .failure(.notFound("there is no such consent, or its person was erased, which ended it"))
        }
        return .success(try appendWithdrawal(of: id.description, at: min(at, now), about: subject, by: key.id))
    }

    /// Lifts a refusal or a list record.
    func lift(_ id: EntryID, reason: String, by key: APIKey) throws -> Result<EntryID, GateError> {
        guard let opened = try find(id), opened.core.kind == .optOut || opened.core.kind == .listRecord,
            let subject = try subject(of: opened)
        else { return .failure(.notFound("there is no such refusal")) }
        return .success(try appendLift(of: id.description, reason: reason, about: subject, by: key.id))
    }
}
