import Documents
import Foundation
import GateModel
import Ledger
import Transparency

/// What a bundle is about.
public enum EvidenceScope: Sendable {
    /// The decision, what it rested on and what followed on it.
    case decision(EntryID)
    /// Everything on the number or customer.
    case phone(String, region: String?)
    case customer(String)
    case subject(LookupKey)
    /// Everything on the number or customer of a complaint, by its number or id.
    case complaint(String)
}

/// A bundle, ready to be handed out.
public struct EvidenceBundle: Sendable {
    /// A name for the file; it tells no number.
    public var name: String
    public var bytes: [UInt8]

    /// No bundle is larger.
    public static let greatestSize = StoredZip.greatestSize
}

extension Gate {
    /// Reads what a bundle is asked for: one of `decision`, `phone`, `customer`, `subject`, `complaint`, and a `reason`.
    public func evidenceRequest(_ body: Node) -> Result<(scope: EvidenceScope, reason: String), GateError> {
        read(body) { reader in
            let region = reader.string("region")
            var scopes: [EvidenceScope] = []
            if let text = reader.string("decision") {
                let id = EntryID(text)
                if id == nil { reader.fault(at: "decision", "is no id of a decision") }
                scopes.append(.decision(id ?? EntryID(at: .distantPast, sequence: 0, noise: 0)))
            }
            if let phone = reader.string("phone") { scopes.append(.phone(phone, region: region)) }
            if let customer = reader.string("customer") { scopes.append(.customer(customer)) }
            if let text = reader.string("subject") {
                let key = LookupKey(text: text)
                if key == nil { reader.fault(at: "subject", "is no subject; POST /v1/subjects/lookup gives one") }
                scopes.append(.subject(key ?? LookupKey(high: 0, low: 0)))
            }
            if let complaint = reader.string("complaint") { scopes.append(.complaint(complaint)) }
            if scopes.count != 1 {
                reader.fault("give one of `decision`, `phone`, `customer`, `subject`, `complaint`")
            }
            let reason = reader.requireString("reason")
            reader.close()
            return (scopes.first ?? .customer(""), reason)
        }
    }

    /// Makes an evidence bundle. The access is in the log, durable and signed, before anything is given away. Witnesses are
    /// asked to cosign that checkpoint, which may take ten seconds where one does not answer.
    ///
    /// - Returns: `unavailable` where the log cannot be signed within ten seconds.
    public func evidence(_ scope: EvidenceScope, reason: String, by key: APIKey) async -> Result<
        EvidenceBundle, GateError
    > {
        let named: (found: LookupKey?, decision: EntryID?, complaint: String?)
        switch await name(scope) {
        case .failure(let error): return .failure(error)
        case .success(let name): named = name
        }
        let recorded = await submit { group -> Result<Int64, GateError> in
            if let found = named.found, named.decision == nil,
                try !group.transaction.entries(by: found).contains(where: { $0.kind != .access })
            {
                return .failure(.notFound("nothing is held about this number or customer"))
            }
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("what", Evidence.access)
                if let decision = named.decision { json.member("decision", decision.description) }
                if let complaint = named.complaint { json.member("complaint", complaint) }
                json.member("reason", reason)
                json.member("owner", key.owner)
            }
            // Whom it is about stands in the keys, not in the core that is hashed.
            try group.append(.access, id, actor: key.id, json: json.bytes, found: named.found.map { [$0] } ?? [])
            return .success(id.sequence)
        }
        let last: Int64
        switch recorded {
        case .failure(let error): return .failure(error)
        case .success(let sequence): last = sequence
        }
        let cosigning = cosigning
        return await proving { tree in
            guard let own = try tree.awaited(covering: last), let verifier = tree.verifierKey else {
                return .failure(LogTree.notYet)
            }
            // Witnesses that do not answer keep nobody from the evidence.
            cosigning.round()
            let shown = (try? tree.cosigned(covering: last)) ?? own
            let evidence = try self.store.read { reading in
                let gathering = EvidenceGathering(reading: reading, keys: self.keyFile.ledger, last: last)
                let entries = try gathering.entries(of: named.found, decision: named.decision)
                return try gathering.evidence(
                    entries, TreeView(size: shown.checkpoint.size, source: tree.files), shown, verifier)
            }
            let stamp = (evidence.making?.core.at ?? self.now).rfc3339.filter { $0.isNumber }.prefix(14)
            return .success(
                EvidenceBundle(name: "evidence-\(stamp)-\(last).zip", bytes: try StoredZip.write(try evidence.files())))
        }
    }

    /// What the entries are found by.
    private func name(_ scope: EvidenceScope) async -> Result<
        (found: LookupKey?, decision: EntryID?, complaint: String?), GateError
    > {
        let ledger = keyFile.ledger
        switch scope {
        case .subject(let key): return .success((key, nil, nil))
        case .customer(let customer): return .success((ledger.key(.customer(customer)), nil, nil))
        case .phone(let phone, let region):
            guard let number = configuration.policy.numbers.read(phone, region: region).e164 else {
                return .failure(
                    .invalid("/phone", "is no telephone number; give it in E.164 form or name its `region`"))
            }
            return .success((ledger.key(.number(number.description)), nil, nil))
        case .decision(let id):
            return await looking { reading, _ in
                let missing = GateError.notFound("there is no such decision")
                guard let entry = try reading.entry(id.sequence) else {
                    return .failure(try reading.wasDropped(id) ?? missing)
                }
                guard entry.kind == .allow || entry.kind == .deny, try EntryCore(bytes: entry.core).id == id else {
                    return .failure(missing)
                }
                return .success((entry.keys.first, id, nil))
            }
        case .complaint(let name):
            return await complaint(name).flatMap { found in
                guard let subject = found.subject.flatMap({ LookupKey(text: $0) }) else {
                    return .failure(.notFound("the person whom the complaint is about was erased"))
                }
                return .success((subject, nil, found.complaint.number))
            }
        }
    }
}

extension LogTree {
    /// The newest checkpoint once it covers an entry; nil where ten seconds do not bring one. Blocks.
    fileprivate func awaited(covering sequence: Int64) throws -> Shown? {
        for _ in 0..<200 {
            if let shown = try shown(covering: sequence) { return shown }
            usleep(50_000)
        }
        return nil
    }
}
