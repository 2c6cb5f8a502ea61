import Documents
import Foundation
import GateModel
import Ledger
import Storage

/// That a person was erased, as the log says it.
public struct Erasure: Sendable {
    public var id: String
    public var at: Instant
    public var removed: RemovalCounts

    init(id: EntryID, at: Instant, removed: RemovalCounts) {
        (self.id, self.at, self.removed) = (id.description, at, removed)
    }

    init(_ core: EntryCore) {
        id = core.id.description
        at = core.at
        removed = RemovalCounts((try? JSONParser.parse(core.body)) ?? Node(.null))
    }
}

extension Gate {
    /// Destroys what tells who a person is: the secret, every sealed part, mask, customer and agent of the entries found by
    /// an opaque subject. Refusals, own suppressions and complaints stay, by hash only, and attempts go on counting.
    /// Consents end. The answer is there when the files hold none of it any more; asked again, it is the same.
    public func erase(_ subject: LookupKey, reason: String, by key: APIKey) async -> Result<Erasure, GateError> {
        let erased = await submit { try $0.erase(subject, reason: reason, by: key) }
        guard case .success = erased else { return erased }
        do {
            guard try await aside({ try self.expunge() }) else {
                return .failure(
                    .unavailable(
                        "the person is erased, but a long reading still keeps older copies in the log's files; ask again"
                    ))
            }
        } catch {
            return .failure(.unavailable("\(error)"))
        }
        return erased
    }

    /// Blocks for five seconds at most.
    private func expunge() throws -> Bool {
        for _ in 0..<100 {
            if try store.expunge() { return true }
            usleep(50_000)
        }
        return false
    }
}

extension Group {
    func erase(_ subject: LookupKey, reason: String, by key: APIKey) throws -> Result<Erasure, GateError> {
        let entries = try transaction.entries(by: subject)
        let personal = entries.filter { $0.personal != nil }
        if personal.isEmpty {
            guard entries.contains(where: { $0.kind != .access }) else {
                return .failure(.notFound("nothing is held under this subject"))
            }
            if let last = entries.last(where: { $0.kind == .erasure }) {
                return .success(Erasure(try EntryCore(bytes: last.core)))
            }
        }
        let holds = memory.registry.holds(at: now)
        for held in entries.lazy.flatMap(\.keys) {
            if let hold = holds[held] { return .failure(.held(by: hold)) }
        }
        let id = nextID()
        let removed = try remove(personal.map { Removal($0, keeping: try keysKept($0)) }, by: id)
        var json = JSONWriter()
        json.object { json in
            json.member("reason", reason)
            json.member("owner", key.owner)
            removed.write(to: &json)
        }
        // Whom it is about stands in the keys, not in the core that is hashed.
        try append(.erasure, id, actor: key.id, json: json.bytes, found: [subject])
        return .success(Erasure(id: id, at: now, removed: removed))
    }

    /// By what an entry is still found once its person is erased: what suppresses goes on, and what counts in caps.
    private func keysKept(_ entry: StoredEntry) throws -> [LookupKey] {
        switch entry.kind {
        case .optOut, .listRecord, .listEntry, .lift, .complaint, .complaintStep, .outcome, .importedAttempt:
            return entry.keys
        case .allow:
            let own = try ownKeys(entry)
            return entry.keys.filter(own.contains)
        case .consent, .relationship: return try sourceKeys(entry)
        default: return []
        }
    }
}
