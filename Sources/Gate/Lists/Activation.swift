import Documents
import GateModel
import Ledger
import Suppression

extension Gate {
    /// An addition of at most this many entries is kept in the log beside its numbers, and needs no new index.
    static let mostJournalEntries = 1000
    /// Additions on one index; then a background job makes an index of them.
    static let mostJournalVersions = 32

    /// Puts a version in force for the next decision.
    ///
    /// A version that makes numbers callable again needs another person than the one who uploaded it: every removal, a
    /// replacement that drops more than the list's share, and any version of a list that exempts.
    ///
    /// - Parameter rollback: Whether a version older than the active one may be put in force; it keeps its age.
    public func activate(_ name: String, _ number: Int, rollback: Bool, by key: APIKey) async -> Result<
        ListVersion, GateError
    > {
        do {
            return .success(try await aside { try self.activateBlocking(name, number, rollback: rollback, by: key) })
        } catch let error as GateError {
            return .failure(error)
        } catch let error as SuppressionError {
            return .failure(.conflict(code: "damaged", detail: "version \(number) cannot be used: \(error)"))
        } catch {
            return .failure(.unavailable("\(error)"))
        }
    }

    func activateBlocking(_ name: String, _ number: Int, rollback: Bool, by key: APIKey) throws -> ListVersion {
        // Another activation may come between; then this one is prepared anew on top of it.
        for _ in 0..<5 {
            let prepared: PreparedActivation
            do { prepared = try prepare(name, number, rollback: rollback, by: key) } catch let needed as ProposalNeeded
            {
                try propose(name, number, by: key)
                throw GateError.forbidden(
                    "going back to version \(number) needs two persons: \(needed.why); your wish is noted, now another person "
                        + "may put it in force")
            }
            guard try sequencer.submitBlocking({ try $0.activate(prepared, by: key) }).get() else { continue }
            try reconfigure()
            return prepared.version
        }
        throw GateError.unavailable("the list `\(name)` is being changed by others; try again")
    }

    /// A version that may be put in force where nothing has changed since.
    struct PreparedActivation: Sendable {
        var version: ListVersion
        /// What must still be in force.
        var expected: ListActivation?
        /// The entries to be kept in the log; nil where the version's index is read.
        var journal: [ListEntry]?
        var rollback = false
        var removed = 0
    }

    private func prepare(_ name: String, _ number: Int, rollback: Bool, by key: APIKey) throws -> PreparedActivation {
        let definition = try definition(name)
        let version = try listVersion(name, number)
        guard version.state == .ready || version.state == .active else {
            throw GateError.conflict(
                code: "not-ready",
                detail: "version \(number) is \(version.state.rawValue); only a ready one can be activated")
        }
        guard definition.approvers.contains(key.role.rawValue) || key.role == .admin else {
            throw GateError.forbidden(
                "versions of `\(name)` are put in force by \(definition.approvers.joined(separator: ", "))")
        }
        let active = registry.lists[name]
        // Of answers the later counts, whichever came in first.
        let isAnswers = definition.coverage == .asked && version.mode == .add
        if let active, let current = try? listVersion(name, active.version), version.asOf < current.asOf, !rollback,
            !isAnswers
        {
            throw GateError.conflict(
                code: "older-version",
                detail:
                    "version \(number) is older than the active one; ask for a rollback (?rollback=true, --rollback)")
        }
        var prepared = PreparedActivation(version: version, expected: active, rollback: rollback)
        let isNew = registry.activations[name]?.contains { $0.version == number } != true
        if isNew, version.mode == .add, let entries = try journal(of: version, definition) {
            prepared.journal = entries
        } else {
            prepared.version = try indexed(version, isNew: isNew, definition)
            let snapshot = try catalog.versions.open(prepared.version)
            try snapshot.verify()
            catalog.damaged.remove(name, prepared.version.number)
            let content: ListSnapshot?
            do { content = try self.content(of: name) } catch {
                try requireOther(
                    version, key, "what is in force cannot be read, so it is not known what is dropped", isNew: isNew)
                content = nil
            }
            prepared.removed = content.map { snapshot.difference(from: $0).removed } ?? 0
            try requireSecond(
                definition, version, content?.entryCount ?? 0, removed: prepared.removed, by: key, isNew: isNew)
        }
        if definition.needsApproval { try requireOther(version, key, "the list `\(name)` asks for it", isNew: isNew) }
        return prepared
    }

    private func requireSecond(
        _ definition: ListDefinition, _ version: ListVersion, _ entries: Int, removed: Int, by key: APIKey, isNew: Bool
    ) throws {
        if definition.effect == .exempt {
            return try requireOther(version, key, "the list exempts from rules", isNew: isNew)
        }
        guard removed > 0 else { return }
        if version.mode == .remove || Double(removed) > definition.mostDropped * Double(entries) {
            try requireOther(version, key, "\(removed) of \(entries) entries would be dropped", isNew: isNew)
        }
    }

    /// - Parameter isNew: Whether it was never in force: then whoever uploaded it is the first of the two persons.
    private func requireOther(_ version: ListVersion, _ key: APIKey, _ why: String, isNew: Bool) throws {
        if isNew {
            guard version.uploadedBy == key.owner else { return }
            throw GateError.forbidden("activation needs another person than the one who uploaded it: \(why)")
        }
        let proposal = registry.proposals[version.list]
        guard let proposal, proposal.version == version.number, proposal.owner != key.owner else {
            throw ProposalNeeded(why: why)
        }
    }

    /// To go back needs two persons too, and nobody uploads for it: the first who asks for it is the first of them.
    private struct ProposalNeeded: Error {
        var why: String
    }

    private func propose(_ name: String, _ number: Int, by key: APIKey) throws {
        let proposal = ListProposal(version: number, owner: key.owner)
        guard registry.proposals[name] != proposal else { return }
        _ = try sequencer.submitBlocking { group -> Result<Bool, GateError> in
            var json = JSONWriter()
            json.object { json in
                json.member("kind", "list_proposal")
                json.member("list", name)
                json.member("version", number)
                json.member("owner", key.owner)
            }
            try group.append(.change, group.nextID(), actor: key.id, json: json.bytes)
            return .success(true)
        }.get()
    }

    /// The entries of a small addition; nil where an index must be made of it.
    private func journal(of version: ListVersion, _ definition: ListDefinition) throws -> [ListEntry]? {
        guard definition.effect == .suppress, definition.coverage != .prefixes else { return nil }
        let change = try catalog.versions.openChange(version)
        try change.verify()
        return change.entries(atMost: Gate.mostJournalEntries)
    }

    /// A version with an index: its own, or for one that adds or removes, made on what is in force now.
    private func indexed(_ version: ListVersion, isNew: Bool, _ definition: ListDefinition) throws -> ListVersion {
        guard version.change != nil else { return version }
        if isNew { return try catalog.versions.build(version, on: try content(of: version.list), definition) }
        if version.index != nil { return version }
        guard let then = registry.activations[version.list]?.last(where: { $0.version == version.number }) else {
            return version
        }
        return try folded(then, version.list, definition)
    }

    /// The whole content of what is in force; nil for a list that is empty or has no version.
    func content(of name: String) throws -> ListSnapshot? {
        guard let active = registry.lists[name] else { return nil }
        return try catalog.versions.open(try folded(active, name, try definition(name)))
    }

    /// A version with an index that holds its additions too.
    private func folded(_ activation: ListActivation, _ name: String, _ definition: ListDefinition) throws
        -> ListVersion
    {
        let version = try listVersion(name, activation.version)
        if version.index != nil { return version }
        let base = try activation.index.map { try catalog.versions.open(try listVersion(name, $0)) }
        let earlier = try activation.journal.dropLast().map { try listVersion(name, $0) }
        return try catalog.versions.build(version, on: base, after: earlier, definition)
    }

    /// Makes an index of a list's additions where there are many of them. Blocks; a background job.
    public func fold() {
        for (name, active) in registry.lists where active.journal.count >= Gate.mostJournalVersions {
            do {
                let version = try folded(active, name, try definition(name))
                let prepared = PreparedActivation(version: version, expected: active)
                _ = sequencer.submitBlocking { try $0.activate(prepared, by: .gate(for: active.owner)) }
            } catch {
                logger.error("the additions to list \(name) cannot be folded: \(error)")
            }
        }
    }
}

extension Group {
    /// - Returns: Whether it was done; not where something else was put in force since it was prepared.
    func activate(_ prepared: Gate.PreparedActivation, by key: APIKey) throws -> Result<Bool, GateError> {
        let version = prepared.version
        guard memory.registry.lists[version.list] == prepared.expected else { return .success(false) }
        for entry in prepared.journal ?? [] {
            let listed = JournalEntry(list: version.list, version: version.number, entry)
            let number = entry.number.description
            let subject = Subject(number: number, mask: entry.number.mask)
            try append(.listEntry, nextID(), actor: key.id, body: listed.body, about: subject) { _ in .listEntry(listed)
            }
        }
        var json = JSONWriter()
        json.object { json in
            json.member("list", version.list)
            json.member("version", version.number)
            json.member("mode", version.mode.rawValue)
            json.member("as_of", version.asOf.rfc3339)
            json.member("upload_sha256", version.upload?.sha256)
            json.member("sha256", prepared.journal == nil ? version.index?.sha256 : version.change?.sha256)
            json.member("journal", prepared.journal != nil)
            json.member("removed", prepared.removed)
            json.member("uploaded_by", version.uploadedBy)
            json.member("owner", key.owner)
            json.member("rollback", prepared.rollback)
        }
        try append(.list, nextID(), actor: key.id, json: json.bytes)
        return .success(true)
    }
}
