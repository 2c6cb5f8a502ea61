import Documents
import GateModel
import Ledger
import PolicyPack

/// Many consents, or many calls made outside the gate, that somebody must approve before they count.
public enum BatchKind: String, Sendable, CaseIterable {
    case attempts, consents
}

extension Gate {
    /// Checks every row and stores the batch, which waits for approval by another owner.
    ///
    /// - Parameter rows: Objects of the contract's form, at most 1000 over HTTP.
    /// - Returns: The batch's id.
    public func stage(_ kind: BatchKind, _ rows: [Node], by key: APIKey) async -> Result<String, GateError> {
        let policy = configuration.policy
        let now = now
        let faults = FaultCollector()
        for (index, row) in rows.enumerated() {
            var reader = ObjectReader(row, at: .element(.member(.root, kind.rawValue), index), faults: faults)
            _ = ImportRow(kind, &reader, policy: policy, key: key, now: now)
        }
        do throws(Faults) { try faults.check() } catch { return .failure(.invalid(error)) }
        if rows.isEmpty { return .failure(.invalid("/\(kind.rawValue)", "has no rows")) }
        var payload = JSONWriter(capacity: rows.count * 200)
        payload.array { json in for row in rows { json.node(row) } }
        let bytes = payload.bytes
        return await submit { group in
            let id = group.nextID()
            var body = JSONWriter()
            body.object { json in
                json.member("kind", kind.rawValue)
                json.member("count", rows.count)
                json.member("owner", key.owner)
                json.member("legal_entities", key.legalEntities)
            }
            let subject = Subject(other: .source(kind: "batch", source: id.description, reference: ""))
            try group.append(
                .attemptBatch, id, actor: key.id, body: body.bytes, personal: bytes, about: subject,
                extraKeys: [group.keys.key(.registry)]
            ) { _ in nil }
            if let entry = try group.transaction.entry(id.sequence) {
                group.memory.registry.fold(entry, try EntryCore(bytes: entry.core))
            }
            return .success(id.description)
        }
    }
}

extension Group {
    /// Records the rows of an approved batch. A row whose source and reference are recorded already changes nothing.
    func importBatch(_ name: String, by key: APIKey) throws {
        guard let id = EntryID(name), let opened = try find(id), let personal = opened.personal,
            let body = try? JSONParser.parse(opened.core.body),
            let kind = body["kind"]?.string.flatMap(BatchKind.init(rawValue:)),
            case .array(let rows)? = try? JSONParser.parse(personal).value
        else { return }
        // The rows speak for those for whom they were handed in, whoever approves them.
        var maker = key
        maker.legalEntities = body.strings("legal_entities")
        for row in rows {
            var reader = ObjectReader(row, faults: FaultCollector())
            guard let item = ImportRow(kind, &reader, policy: configuration.policy, key: maker, now: now) else {
                continue
            }
            switch item.value {
            case .consent(let consent):
                _ = try record(.consent(consent, source: item.source), about: item.subject, by: key)
            case .attempt(let attempt):
                var extraKeys: [LookupKey] = []
                if let source = item.source {
                    let lookup = keys.key(.source(kind: "attempt", source: source.source, reference: source.reference))
                    if try !transaction.entries(by: lookup).isEmpty { continue }
                    extraKeys = [lookup]
                }
                try append(attempt, about: item.subject, extraKeys: extraKeys, by: key.id)
            }
        }
    }
}

/// One row of a batch.
struct ImportRow {
    enum Value {
        case consent(Consent)
        case attempt(Attempt)
    }

    var subject: Subject
    var source: SourceReference?
    var value: Value

    /// Nil where a fault was found.
    init?(_ kind: BatchKind, _ reader: inout ObjectReader, policy: LoadedPolicy, key: APIKey, now: Instant) {
        switch kind {
        case .consents:
            let (named, command) = FactKind.consents.command(&reader, policy: policy, key: key, now: now)
            guard case .consent(let consent, let source) = command else { return nil }
            (subject, self.source, value) = (named.subject, source, .consent(consent))
            if source == nil { reader.fault(at: "source", "is required in a batch, with `source_ref`") }
        case .attempts:
            let named = NamedSubject(&reader, policy: policy, needsNumber: true)
            let source = SourceReference(&reader)
            if source == nil { reader.fault(at: "source", "is required, with `source_ref`") }
            let outcome = reader.choice("outcome", policy.vocabulary.outcomes)
            let effect = outcome.flatMap { policy.snapshot.core.outcomes[$0] }
            let at = reader.requireInstant("at")
            if at > now + .minutes(5) { reader.fault(at: "at", "lies in the future") }
            if !reader.isGiven("purpose") { reader.fault(at: "purpose", "is required") }
            var attempt = Attempt(
                at: at, purpose: policy.vocabulary.purpose(&reader, "purpose") ?? "", sameNumber: true,
                sameCustomer: true,
                isConnection: effect?.isConnection ?? true)
            attempt.outcome = outcome
            attempt.mode = reader.choice("mode", CallMode.self) ?? .live
            attempt.product = reader.string("product")
            attempt.campaign = reader.string("campaign")
            attempt.event = reader.string("event")
            attempt.direction = reader.choice("direction", CallDirection.self) ?? .outbound
            attempt.endedAt = reader.instant("ended_at")
            attempt.attributes = policy.vocabulary.attributes(&reader, "attributes")
            attempt.vendor = reader.string("vendor") ?? Call.ownVendor
            for name in ["caller_id", "agent", "legal_entity", "recording_ref"] { _ = reader.string(name) }
            reader.close()
            guard effect?.isAttempt ?? true else { return nil }
            (subject, self.source, value) = (named.subject, source, .attempt(attempt))
        }
    }
}
