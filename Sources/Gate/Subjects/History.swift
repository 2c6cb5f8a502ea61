import Documents
import GateModel
import Ledger
import PolicyPack
import Storage

/// One thing that is held about a number or customer.
public struct HeldEntry: Sendable {
    public var id: String
    public var at: Instant
    public var kind: String
    public var actor: String
    /// The decision in full where the entry is one.
    public var decision: FoundDecision?
    /// What else it says, as a JSON object.
    public var details: [UInt8]

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("at", at.rfc3339)
            json.member("kind", kind)
            json.member("by", actor)
            if let decision {
                json.name("decision")
                decision.write(to: &json, showsNumber: false)
            } else {
                json.name("details")
                json.raw(details)
            }
        }
    }
}

extension Gate {
    /// Everything that is held under an opaque subject, in order of time. The access is recorded first.
    public func history(_ subject: LookupKey, by key: APIKey) async -> Result<[HeldEntry], GateError> {
        let recorded = await submit { group -> Result<Bool, GateError> in
            guard try group.transaction.entries(by: subject).contains(where: { $0.kind != .access }) else {
                return .failure(.notFound("nothing is held under this subject"))
            }
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("what", "history")
                json.member("owner", key.owner)
            }
            // Whom it is about stands in the keys, not in the core that is hashed.
            try group.append(.access, id, actor: key.id, json: json.bytes, found: [subject])
            return .success(true)
        }
        if case .failure(let error) = recorded { return .failure(error) }
        return await looking { reading, due in
            var held: [HeldEntry] = []
            let reports = ReportsRead(reading, self.keyFile.ledger)
            for entry in try reading.entries(by: subject) where entry.kind != .access {
                let opened = try OpenedEntry(entry, keys: self.keyFile.ledger, in: reading)
                let core = opened.core
                var item = HeldEntry(
                    id: core.id.description, at: core.at, kind: core.kind.word, actor: core.actor, decision: nil,
                    details: core.details(keys: entry.keys, personal: opened.personal))
                if core.kind == .allow || core.kind == .deny { item.decision = try self.found(entry, reports, due) }
                held.append(item)
            }
            return .success(held)
        }
    }
}

extension EntryKind {
    /// What people call an entry of this kind.
    var word: String {
        switch self {
        case .allow, .deny: "decision"
        case .outcome: "outcome"
        case .consent: "consent"
        case .consentWithdrawal: "withdrawal"
        case .optOut: "opt_out"
        case .relationship: "relationship"
        case .appointment: "appointment"
        case .complaint: "complaint"
        case .complaintStep: "complaint_step"
        case .importedAttempt: "attempt"
        case .lift: "lift"
        case .listRecord: "list_record"
        case .listEntry: "list_entry"
        case .access: "access"
        case .erasure: "erasure"
        case .hold: "hold"
        case .snapshot: "snapshot"
        default: "other"
        }
    }
}

extension EntryCore {
    /// What it says, as a JSON object; an empty one for what says nothing.
    ///
    /// - Parameter personal: The opened personal part; nil where it was erased.
    func details(keys: [LookupKey], personal: PersonalPart?) -> [UInt8] {
        var json = JSONWriter()
        // What is about nobody is JSON already.
        if !binding.isPersonal, let body = try? JSONParser.parse(body) {
            json.node(body)
            return json.bytes
        }
        let fact = try? SubjectFact(self, keys: keys, personal: personal)
        json.object { json in
            switch fact {
            case .outcome(let report):
                json.member("decision", report.decision.description)
                json.member("outcome", report.outcome)
                json.member("disposition", report.disposition)
                json.member("dialed_at", report.dialedAt?.rfc3339)
                json.member("ended_at", report.endedAt?.rfc3339)
                json.member("recording_ref", report.recordingRef)
                json.member("findings", report.findings)
            case .consent(let consent, let supersedes):
                json.member("customer", consent.customer)
                json.member("purposes", consent.purposes.words)
                json.member("products", consent.products.words)
                json.member("modes", consent.modes.words)
                json.member("channel", consent.channel)
                json.member("form", consent.form)
                json.member("obtained_at", consent.obtainedAt.rfc3339)
                json.member("expires_at", consent.expiresAt?.rfc3339)
                json.member("evidence_ref", consent.evidenceRef)
                json.member("evidence_sha256", consent.evidenceSHA256)
                json.member("legal_entity", consent.legalEntity)
                json.member("supersedes", supersedes)
            case .withdrawal(let target, let at):
                json.member("consent", target)
                json.member("withdrawn_at", at.rfc3339)
            case .optOut(let optOut):
                json.member("customer", optOut.customer)
                json.member("purposes", optOut.purposes.words)
                json.member("strength", optOut.strength.rawValue)
                json.member("source", optOut.source)
                json.member("opted_out_at", optOut.at.rfc3339)
            case .listRecord(let record):
                json.member("list", record.list)
                json.member("category", record.category)
                json.member("listed_at", record.at.rfc3339)
            case .listEntry(let entry):
                json.member("list", entry.list)
                json.member("version", entry.version)
                json.member("from", entry.from?.rfc3339)
                json.member("until", entry.until?.rfc3339)
                json.member("category", entry.category)
                json.member("answer", entry.answer?.rawValue)
            case .lift(let target, _): json.member("of", target)
            case .relationship(let relationship, let supersedes):
                json.member("relationship", relationship?.kind)
                json.member("last_at", relationship?.lastAt.rfc3339)
                json.member("supersedes", supersedes)
            case .appointment(let appointment):
                json.member("purposes", appointment.purposes.words)
                json.member("from", appointment.from.rfc3339)
                json.member("to", appointment.to.rfc3339)
                json.member("evidence_ref", appointment.evidenceRef)
            case .complaint(let complaint):
                json.member("number", ComplaintRecord.number(id))
                json.member("received_at", complaint.receivedAt.rfc3339)
                ComplaintRecord(self)?.details.write(to: &json)
            case .attempt(let record, let supersedes):
                if let attempt = record?.attempt {
                    json.member("attempted_at", attempt.at.rfc3339)
                    json.member("purpose", attempt.purpose)
                    json.member("campaign", attempt.campaign)
                    json.member("outcome", attempt.outcome)
                    json.member("ungated", attempt.isUngated)
                }
                if let supersedes { json.member("supersedes", supersedes) }
            case .complaintClosed, nil:
                guard let (complaint, step) = ComplaintRecord.Step.read(self) else { break }
                json.member("complaint", complaint)
                json.member("action", step.action.rawValue)
                step.details.write(to: &json)
            }
            if let origin = Origin(self) {
                if let evidence = origin.evidence { json.member("evidence_ref", evidence) }
                if let batch = origin.batch {
                    json.member("import", batch)
                    json.member("row", origin.row)
                }
            }
        }
        return json.bytes
    }
}

extension Node {
    /// The members of an object, into another.
    fileprivate func write(to json: inout JSONWriter) {
        guard case .object(let members) = value else { return }
        for member in members {
            json.name(member.name)
            json.node(member.node)
        }
    }
}
