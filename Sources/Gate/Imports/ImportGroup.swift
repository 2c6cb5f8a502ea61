import Documents
import GateModel
import Ledger

extension LedgerKeys.Name {
    /// What tells how far the rows of an import are in the log.
    static func rows(of id: EntryID) -> Self { .source(kind: "import", source: id.description, reference: "") }
}

extension Group {
    /// Records rows of an approved import, and in the same commit how far it has come.
    ///
    /// - Parameter done: Rows that the caller takes to be recorded. Where the log is further or less far, nothing happens.
    /// - Returns: How far it is.
    func apply(_ rows: [PreparedRow], of id: EntryID, after done: Int, isLast: Bool) throws -> ImportProgress {
        var progress = memory.registry.importProgress[id] ?? ImportProgress()
        guard let order = memory.registry.imports[id], order.isApproved, progress.done == done, !progress.isFinished
        else {
            return progress
        }
        defer { origin = nil }
        for prepared in rows {
            progress.done += 1
            guard let row = prepared.row else {
                progress.rejected += 1
                continue
            }
            origin = Origin(batch: id.description, row: prepared.line)
            if try !record(row, of: order) { progress.unchanged += 1 }
        }
        origin = nil
        progress.isFinished = isLast
        var json = JSONWriter()
        let reached = progress
        json.object { json in
            json.member("import", id.description)
            reached.write(to: &json)
        }
        // Only the last is read at every start.
        try append(
            .importBatch, nextID(), actor: order.value.actor, json: json.bytes,
            found: [keys.key(.rows(of: id))] + (isLast ? [keys.key(.registry)] : []))
        return progress
    }

    /// - Returns: Whether the row was new.
    private func record(_ row: ImportRow, of order: Registry.Approvable<ImportOrder>) throws -> Bool {
        let maker = order.value.maker
        switch row.value {
        case .fact(let command): return try record(command, about: row.subject, by: maker).isNew
        case .attempt(let attempt):
            guard let source = row.source else { return false }
            return try record(attempt, source, about: row.subject, by: maker)
        case .registration(let kind, let body): return try register(kind, body, of: order)
        }
    }

    /// Records an attempt in the place of what its source said of it before.
    ///
    /// - Parameter attempt: Nil for a call that gave its attempt back.
    private func record(
        _ attempt: Attempt?, _ source: SourceReference, about subject: Subject, by maker: APIKey
    ) throws -> Bool {
        let lookup = keys.key(.source(kind: "attempt", source: source.source, reference: source.reference))
        guard let earlier = try transaction.entries(by: lookup).last.map({ try open($0) }) else {
            guard let attempt else { return false }
            try append(attempt, supersedes: nil, about: subject, extraKeys: [lookup], by: maker.id)
            try apply(attempt, source, about: subject, by: maker)
            return true
        }
        var before: Attempt?
        if case .attempt(let record, _)? = try SubjectFact(
            earlier.core, keys: earlier.entry.keys, personal: earlier.personal)
        {
            before = record?.attempt
            before?.id = nil
        }
        var now = attempt
        now?.isUngated = true
        let own = [subject.number.map { keys.key(.number($0)) }, subject.customer.map { keys.key(.customer($0)) }]
        let isAboutSame = Set(earlier.entry.keys) == Set(own.compactMap { $0 } + [lookup])
        if before == now, isAboutSame || now == nil { return false }
        if !isAboutSame, before != nil, let old = try self.subject(of: earlier) {
            try append(nil, supersedes: earlier.core.id, about: old, by: maker.id)
        }
        try append(attempt, supersedes: earlier.core.id, about: subject, extraKeys: [lookup], by: maker.id)
        // What the earlier row made stands until it is lifted, and is not made twice.
        if !isAboutSame || before?.outcome != attempt?.outcome || before?.purpose != attempt?.purpose {
            try apply(attempt, source, about: subject, by: maker)
        }
        return true
    }

    private func apply(
        _ attempt: Attempt?, _ source: SourceReference, about subject: Subject, by maker: APIKey
    ) throws {
        guard let attempt, let outcome = attempt.outcome,
            let effect = configuration.policy.snapshot.core.outcomes[outcome]
        else { return }
        try apply(
            effect,
            of: EndedCall(
                purpose: attempt.purpose, product: attempt.product, at: min(attempt.endedAt ?? attempt.at, now),
                source: "attempt:\(source.source):\(source.reference)"),
            about: subject, by: maker)
    }

    /// Registers and approves what an approved import names, unless it is in force as it is. What was withdrawn stays
    /// withdrawn until somebody registers something else.
    private func register(_ kind: RegistryKind, _ json: [UInt8], of order: Registry.Approvable<ImportOrder>) throws
        -> Bool
    {
        let body = try JSONParser.parse(json)
        let word: String
        let current: Node?
        switch kind {
        case .callerIDs:
            let found = body["number"]?.string.flatMap { memory.registry.callerIDs[$0] }
            word = "caller_id"
            current = found.flatMap { $0.isApproved || $0.isWithdrawn ? $0.details : nil }
        default:
            word = "campaign"
            current = body["id"]?.string.flatMap { memory.registry.campaigns[$0]?.current?.details }
        }
        if let current, current.registered == body.registered { return false }
        guard case .object(var members) = body.value, let origin else { return false }
        members.append(.init(name: "import", node: Node(origin.batch.map { .string($0) } ?? .null)))
        members.append(.init(name: "row", node: Node(origin.row.map { .number(String($0)) } ?? .null)))
        var made = JSONWriter()
        made.node(Node(.object(members)))
        let id = try kind.append(made.bytes, in: self, by: order.value.maker)
        guard let approval = order.approvedBy else { return true }
        var change = JSONWriter()
        change.object { json in
            json.member("kind", word)
            json.member("target", id.description)
            json.member("action", RegistryAction.approval.rawValue)
            json.member("owner", approval.owner)
            json.member("import", order.id.description)
        }
        try append(.change, nextID(), actor: approval.actor, json: change.bytes)
        return true
    }
}

extension Node {
    /// What a registration says, whoever made it and wherever it came from.
    fileprivate var registered: [UInt8] {
        guard case .object(let members) = value else { return [] }
        let origin: Set<String> = ["owner", "source", "source_ref", "import", "row"]
        return Node(.object(members.filter { !origin.contains($0.name) })).content
    }
}
