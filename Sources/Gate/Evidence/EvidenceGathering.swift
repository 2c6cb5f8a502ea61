import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack
import Storage
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

    /// Makes an evidence bundle. The access is in the log, durable and signed, before anything is given away.
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
        return await proving { tree in
            guard let shown = try tree.awaited(covering: last), let verifier = tree.verifierKey else {
                return .failure(LogTree.notYet)
            }
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
                guard let entry = try reading.entry(id.sequence), entry.kind == .allow || entry.kind == .deny,
                    try EntryCore(bytes: entry.core).id == id
                else { return .failure(.notFound("there is no such decision")) }
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

/// Gathers from one view of the store.
struct EvidenceGathering {
    let reading: any StoreReading
    let keys: LedgerKeys
    /// Entries behind this one came later.
    let last: Int64

    /// The entries in the order of the log, the snapshots under which was decided among them.
    func entries(of found: LookupKey?, decision: EntryID?) throws -> [OpenedEntry] {
        var all: [Int64: OpenedEntry] = [:]
        func take(_ entry: StoredEntry?) throws {
            guard let entry, entry.sequence <= last, all[entry.sequence] == nil else { return }
            all[entry.sequence] = try OpenedEntry(entry, keys: keys, in: reading)
        }
        let held = try found.map { try reading.entries(by: $0) } ?? []
        if let decision {
            try take(try reading.entry(decision.sequence))
            if let opened = all[decision.sequence] {
                let record = try DecisionRecord(opened.core, personal: opened.personal)
                for id in record.facts.named { try take(try reading.entry(id.sequence)) }
            }
            var wanted = Set(all.values.map { $0.core.id.description })
            for entry in held where all[entry.sequence] == nil {
                let core = try EntryCore(bytes: entry.core)
                guard core.followsOn(wanted) else { continue }
                try take(entry)
                wanted.insert(core.id.description)
            }
        } else {
            for entry in held { try take(entry) }
        }
        try take(try reading.entry(last))
        for opened in all.values where opened.core.kind == .allow || opened.core.kind == .deny {
            try take(try reading.entry(try DecisionRecord(opened.core, personal: nil).snapshot))
        }
        return all.values.sorted { $0.entry.sequence < $1.entry.sequence }
    }

    func evidence(
        _ entries: [OpenedEntry], _ view: TreeView<TreeFiles>, _ shown: LogTree.Shown, _ key: VerifierKey
    ) throws -> Evidence {
        var view = view
        var evidence = Evidence(entries: [], key: key, checkpoint: shown.note, policies: [:], zones: [:])
        let numbers = Set(try entries.compactMap { try $0.number }).sorted()
        for opened in entries {
            let proof = try view.inclusionProof(of: opened.entry.sequence - 1)
            // What does not verify is not given away.
            guard proof.verifies(leaf: .leaf(opened.entry.core), root: shown.checkpoint.root) else {
                throw LogTreeFault.tilesDamaged
            }
            evidence.entries.append(
                EvidenceEntry(
                    core: opened.core, bytes: opened.entry.core, path: proof.path,
                    opened: try opened.values(numbers: numbers)))
            try pin(opened, into: &evidence)
        }
        return evidence
    }

    /// Adds what a snapshot or a decision names by its hash.
    private func pin(_ opened: OpenedEntry, into evidence: inout Evidence) throws {
        func zone(_ digest: [UInt8], _ name: String) throws {
            guard evidence.zones[digest] == nil else { return }
            guard let bytes = try reading.pinned(digest) else { throw PinFault("the zone \(name) is not in the log") }
            evidence.zones[digest] = bytes
        }
        switch opened.core.kind {
        case .allow, .deny:
            for use in try DecisionRecord(opened.core, personal: nil).zones { try zone(use.sha256, use.name) }
        case .snapshot:
            let body = try? JSONParser.parse(opened.core.body)
            if case .object(let members)? = body?["zones"]?.value {
                for member in members {
                    if let digest = member.node.string.flatMap(bytes(hexadecimal:)) { try zone(digest, member.name) }
                }
            }
            guard let id = body?["policy"]?.string, evidence.policies[id] == nil else { return }
            guard let archive = try reading.pinned(Configuration.pinName(ofPolicy: id)),
                let files = try? PolicyFiles(archive: archive)
            else { throw PinFault("the policy \(id.prefix(19)) is not in the log") }
            evidence.policies[id] = files
        default: break
        }
    }
}

extension OpenedEntry {
    /// The number as the entry's personal part tells it.
    fileprivate var number: String? {
        get throws {
            guard let personal else { return nil }
            switch core.kind {
            case .allow, .deny: return try DecisionRecord(core, personal: personal).call.subjectText
            case .outcome: return nil
            default: return try PersonalNames(personal).phone
            }
        }
    }

    fileprivate func values(numbers: [String]) throws -> OpenedValues? {
        guard let personal, let secret, let stored = entry.personal else { return nil }
        var reader = CBORReader(stored)
        try reader.array(4)
        try reader.skip()
        try reader.skip()
        let (customer, agent) = (try reader.optionalText(), try reader.optionalText())
        var candidates: [String: [String]] = [
            "customer": [customer].compactMap(\.self), "agent": [agent].compactMap(\.self),
        ]
        candidates["phone"] = (try [number].compactMap(\.self)) + numbers
        return OpenedValues(secret.opening(core.id), personal: personal, core: core, candidates: candidates)
    }
}

extension EntryCore {
    /// Whether it says something of one of these entries.
    fileprivate func followsOn(_ entries: Set<String>) -> Bool {
        if let (complaint, _) = ComplaintRecord.Step.read(self) { return entries.contains(complaint) }
        if let complaint = ComplaintRecord(self) {
            return complaint.details.strings("decision_ids").contains(where: entries.contains)
        }
        switch try? SubjectFact(self, keys: [], personal: nil) {
        case .outcome(let report): return entries.contains(report.decision.description)
        case .lift(let target, _): return entries.contains(target)
        case .withdrawal(let target?, _): return entries.contains(target)
        case .consent(_, let supersedes?): return entries.contains(supersedes)
        case .optOut(let optOut):
            return optOut.source.map { $0.hasPrefix("outcome:") && entries.contains(String($0.dropFirst(8))) } ?? false
        default: return false
        }
    }
}

extension Facts {
    /// The records that went into a judgement, but for the attempts: their values stand in the decision.
    fileprivate var named: [EntryID] {
        let ids =
            consents.map(\.id) + optOuts.map(\.id) + listRecords.map(\.id) + relationships.map(\.id)
            + appointments.map(\.id) + complaints.map(\.id)
        return ids.compactMap { $0.flatMap { EntryID($0) } }
    }
}
