import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack

extension Gate {
    /// Records an outcome. `decision` is the id in the address, nil where the body names it.
    public func report(_ body: Node, decision: String?, by key: APIKey) async -> Result<OutcomeReceipt, GateError> {
        let vocabulary = configuration.policy.vocabulary
        let report = read(body) { reader in
            var report = OutcomeReport(&reader, vocabulary: vocabulary, namesDecision: decision == nil)
            reader.close()
            if let decision { report.decision = decision }
            return report
        }
        switch report {
        case .failure(let error): return .failure(error)
        case .success(let report):
            let result = await submit { try $0.report(report, by: key) }
            if case .success(let receipt) = result { metrics.count(outcome: receipt.outcome) }
            return result
        }
    }

    /// Records up to 1000 outcomes in order in one commit.
    public func reportBatch(_ body: Node, by key: APIKey) async -> Result<
        [Result<OutcomeReceipt, GateError>], GateError
    > {
        let vocabulary = configuration.policy.vocabulary
        let nodes = read(body) { reader in
            let nodes = reader.array("outcomes")?.map(\.node)
            if nodes == nil && !reader.isGiven("outcomes") {
                reader.fault(at: "outcomes", "is required; an array of outcomes")
            }
            if nodes?.count ?? 0 > 1000 { reader.fault(at: "outcomes", "has more than 1000; send several batches") }
            reader.close()
            return nodes ?? []
        }
        switch nodes {
        case .failure(let error): return .failure(error)
        case .success(let nodes):
            let reports = nodes.map { node in
                read(node) { reader in
                    let report = OutcomeReport(&reader, vocabulary: vocabulary, namesDecision: true)
                    reader.close()
                    return report
                }
            }
            return await submit { group in
                var results: [Result<OutcomeReceipt, GateError>] = []
                for report in reports {
                    switch report {
                    case .failure(let error): results.append(.failure(error))
                    case .success(let report): results.append(try group.report(report, by: key))
                    }
                }
                return .success(results)
            }
        }
    }

    /// Records a consent, refusal, relationship or appointment. `isNew` is false where nothing changed.
    public func record(_ kind: FactKind, _ body: Node, by key: APIKey) async -> Result<RecordedFact, GateError> {
        let policy = configuration.policy
        let now = now
        switch read(body, { kind.command(&$0, policy: policy, key: key, now: now) }) {
        case .failure(let error): return .failure(error)
        case .success(let (named, command)):
            let result = await submit { group in .success(try group.record(command, about: named.subject, by: key)) }
            return result.map { RecordedFact(id: $0.id.description, isNew: $0.isNew) }
        }
    }

    public func withdrawConsent(_ id: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        let now = now
        let at = read(body) { reader in
            let at = reader.instant("at") ?? now
            _ = (reader.string("source"), reader.string("reason"), reader.string("via"))
            reader.close()
            return at
        }
        guard case .success(let at) = at else { return at.map { _ in "" } }
        guard let id = EntryID(id) else { return .failure(.notFound("there is no such consent")) }
        return await submit { try $0.withdrawConsent(id, at: at, by: key).map(\.description) }
    }

    /// Lifts a refusal; a reason is needed.
    public func lift(_ id: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        let reason = read(body) { reader in
            let reason = reader.requireString("reason")
            reader.close()
            return reason
        }
        guard case .success(let reason) = reason else { return reason }
        guard let id = EntryID(id) else { return .failure(.notFound("there is no such refusal")) }
        return await submit { try $0.lift(id, reason: reason, by: key).map(\.description) }
    }

    // MARK: Registry

    public func register(_ kind: RegistryKind, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        let policy = configuration.policy
        let now = now
        switch read(body, { kind.body(&$0, policy: policy, key: key, now: now) }) {
        case .failure(let error): return .failure(error)
        case .success(let body): return await submit { .success(try kind.append(body, in: $0, by: key).description) }
        }
    }

    /// - Parameter kind: `caller_id`, `campaign`, `stop`, `emergency`, `hold`, `calendar` or `import`, of which `attempts` is an older name.
    public func change(
        _ kind: String, _ name: String, _ action: RegistryAction, _ body: Node, by key: APIKey
    ) async -> Result<String, GateError> {
        let reason = read(body) { reader in
            let reason = reader.string("reason")
            reader.close()
            return reason
        }
        guard case .success(let reason) = reason else { return reason.map { _ in "" } }
        if kind == "import" || kind == "attempts" { return await approveImport(name, reason: reason, by: key) }
        let result = await submit { group in
            try group.change(kind, name, action, reason: reason, by: key).map { $0?.description ?? name }
        }
        if kind == "calendar" { try? reconfigure() }
        return result
    }

    // MARK: Keys

    /// Makes a key and gives its secret, which is told this once.
    public func createKey(
        role: Role, name: String, owner: String, vendors: [String], legalEntities: [String], permits: APIKey.Permits?,
        by actor: String
    ) async -> Result<String, GateError> {
        let (secret, hash) = APIKey.makeSecret()
        return await submit { group in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("id", "k" + id.description.suffix(17).filter { $0 != "-" })
                json.member("role", role.rawValue)
                json.member("name", name)
                json.member("owned_by", owner)
                json.member("vendors", vendors.isEmpty ? [Call.ownVendor] : vendors)
                json.member("legal_entities", legalEntities.isEmpty ? [Call.mainEntity] : legalEntities)
                json.member("permits", permits?.rawValue)
                json.member("hash", hash)
                json.member("owner", actor)
            }
            try group.append(.key, id, actor: actor, json: json.bytes)
            return .success(secret)
        }
    }

    public func revokeKey(_ id: String, by actor: String) async -> Result<Bool, GateError> {
        await submit { group in
            guard group.memory.registry.keys[id] != nil else { return .failure(.notFound("there is no key `\(id)`")) }
            try group.revoke(id, by: actor)
            return .success(true)
        }
    }
}

extension Group {
    func revoke(_ key: String, by actor: String) throws {
        var json = JSONWriter()
        json.object { $0.member("id", key) }
        try append(.keyRevocation, nextID(), actor: actor, json: json.bytes)
    }
}

/// What came of recording a fact.
public struct RecordedFact: Sendable {
    public var id: String
    public var isNew: Bool
}
