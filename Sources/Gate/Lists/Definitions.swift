import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack
import Suppression

extension Gate {
    /// Writes a list's definition, `blocklists/NAME/list.yaml`, and puts it in force.
    ///
    /// A list that the gate keeps itself or that has an active version is not changed here: narrowing what it stops would
    /// let calls through on one person's word.
    ///
    /// - Returns: Whether the list is new.
    public func define(_ name: String, _ body: Node, by key: APIKey) async -> Result<Bool, GateError> {
        guard ListDefinition.isName(name) else {
            return .failure(.invalid("", "a list's name is 1 to 40 of a-z, 0-9 and -"))
        }
        let policy = configuration.policy
        let read: Result<ListDefinition?, GateError> = read(body) { reader in
            // It makes the gate read files and sign in at hosts: that is for those who own the machine.
            if reader.node("feed") != nil {
                reader.fault(at: "feed", "is set in blocklists/NAME/list.yaml on the gate's machine alone; remove it")
            }
            let definition = ListCatalog.definition(&reader, name: name)
            if reader.boolean("kept_by_gate") ?? false {
                reader.fault(at: "kept_by_gate", "is for the gate's own lists")
            }
            if definition?.effect == .exempt, definition?.needsApproval == false {
                reader.fault(at: "needs_approval", "an exempt list needs two persons")
            }
            if definition?.effect == .exempt, definition?.entries == .plain, definition?.greatestAge == nil {
                reader.fault(
                    at: "greatest_age",
                    "is required: an exempt list that never ends lifts nothing, unless entries are dated")
            }
            // A list that suppresses does so for every purpose unless told otherwise; nothing is lifted unless it is named.
            if definition?.effect == .exempt, body["purposes"] == nil {
                reader.fault(
                    at: "purposes",
                    "is required of a list that exempts; name them, or write [\"all\"] for every purpose")
            }
            for purpose in definition?.purposes ?? []
            where purpose != "all" && !policy.vocabulary.purposes.contains(purpose) {
                reader.fault(
                    at: "purposes",
                    "`\(purpose)` is no purpose; the purposes are \(policy.vocabulary.purposes.joined(separator: ", "))"
                )
            }
            return definition
        }
        let definition: ListDefinition
        switch read {
        case .failure(let error): return .failure(error)
        case .success(nil): return .failure(.invalid("", "is no list's definition"))
        case .success(let value?): definition = value
        }
        if configuration.feeds[name] != nil {
            return .failure(
                .conflict(
                    code: "has-feed", detail: "the list `\(name)` has a feed; change its list.yaml with the policy"))
        }
        let existing = configuration.lists[name]
        if existing?.definition == definition { return .success(false) }
        if policy.snapshot.core.ownLists[name] != nil || existing?.definition.keptByGate ?? false {
            return .failure(.conflict(code: "kept-by-gate", detail: "the list `\(name)` is kept by the gate itself"))
        }
        if existing?.version != nil {
            return .failure(
                .conflict(
                    code: "list-in-force",
                    detail: "the list `\(name)` has an active version; change its list.yaml with the policy"))
        }
        return await write(definition, body, isNew: existing == nil, by: key)
    }

    private func write(_ definition: ListDefinition, _ body: Node, isNew: Bool, by key: APIKey) async -> Result<
        Bool, GateError
    > {
        let recorded = await submit { group -> Result<Bool, GateError> in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("kind", "list_definition")
                json.member("target", definition.name)
                json.member("action", "definition")
                json.member("owner", key.owner)
                json.name("definition")
                json.node(body)
            }
            try group.append(.change, id, actor: key.id, json: json.bytes)
            return .success(true)
        }
        if case .failure(let error) = recorded { return .failure(error) }
        // JSON is YAML: what was checked is what is written.
        var json = JSONWriter()
        json.node(body)
        let folder = "\(options.blocklists)/\(definition.name)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(json.bytes + [10]).write(to: URL(filePath: folder + "/list.yaml"), options: .atomic)
            try reconfigure()
        } catch {
            logger.error("the list \(definition.name) cannot be written: \(error)")
            return .failure(.unavailable("the list's definition cannot be written"))
        }
        guard configuration.lists[definition.name] != nil else {
            return .failure(.unavailable("the new list is not in force: \(problem ?? "")"))
        }
        return .success(isNew)
    }
}
