import Documents
import GateModel
import Ledger

extension Gate {
    private static let noComplaint = GateError.notFound("there is no such complaint")

    /// Records a step: `{step, note, summary_ref}`; the step is one that is due, and is then done.
    public func stepComplaint(_ name: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        let asked = body["step"]?.string
        return await recordStep(name, body, by: key) { reader, json in
            let (step, note) = (reader.string("step"), reader.string("note"))
            if step == nil && note == nil { reader.fault("give `step`, such as first_answer, or `note`") }
            json.member("step", step)
            json.member("note", note)
            json.member("summary_ref", reader.string("summary_ref"))
        } record: { group, opened, complaint, details in
            let known = complaint.answerable
            if let asked, !known.contains(asked) {
                let words = known.joined(separator: ", ")
                return .failure(
                    .invalid(
                        "/step",
                        (known.isEmpty ? "nothing is due but its closure" : "must be one of \(words)")
                            + "; say anything else in `note`"))
            }
            return try group.append(.step, of: complaint, details, about: opened, by: key)
        }
    }

    /// Gives more time: `{step, reason}`, where `step` is the policy's; without it, the next one. One that takes a second
    /// person waits for ``approveExtension(_:_:by:)``.
    ///
    /// - Returns: The entry's id, and whether it waits.
    public func extendComplaint(_ name: String, _ body: Node, by key: APIKey) async -> Result<
        (id: String, isPending: Bool), GateError
    > {
        let asked = body["step"]?.string
        return await recordStep(name, body, by: key) { reader, json in
            _ = reader.string("step")
            json.member("reason", reader.requireString("reason"))
        } record: { group, opened, complaint, details in
            if complaint.closedAt != nil { return .failure(complaint.isClosed) }
            let next = complaint.extensions.first { given in
                complaint.due.contains { $0.step == given.extends && $0.at < given.at && $0.doneAt == nil }
            }
            guard let given = asked.map({ name in complaint.extensions.first { $0.step == name } }) ?? next else {
                let known = complaint.extensions.map(\.step).joined(separator: ", ")
                return .failure(
                    .invalid("/step", known.isEmpty ? "the policy knows no extension" : "must be one of \(known)"))
            }
            let json = details.adding { json in
                json.member("step", given.step)
                json.member("at", given.at.rfc3339)
                if given.needsApproval { json.member("pending", true) }
            }
            return try group.append(.extension, of: complaint, json, about: opened, by: key)
                .map { (id: $0, isPending: given.needsApproval) }
        }
    }

    /// A second person's yes to the extension that waits.
    public func approveExtension(_ name: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        await recordStep(name, body, by: key) { reader, json in
            json.member("reason", reader.string("reason"))
        } record: { group, opened, complaint, details in
            guard let pending = complaint.pending, complaint.closedAt == nil else {
                return .failure(.notFound("no extension of this complaint waits for approval"))
            }
            guard pending.details["owner"]?.string != key.owner else {
                return .failure(.forbidden("an extension is approved by another owner than the one who asked for it"))
            }
            let json = details.adding { $0.member("of", pending.id.description) }
            return try group.append(.approval, of: complaint, json, about: opened, by: key)
        }
    }

    /// Closes it: `{result, note, summary_ref}`. What the policy freezes for the time of a complaint is free again.
    public func closeComplaint(_ name: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        await recordStep(name, body, by: key) { reader, json in
            json.member("result", reader.requireString("result"))
            json.member("note", reader.string("note"))
            json.member("summary_ref", reader.string("summary_ref"))
        } record: { group, opened, complaint, details in
            if complaint.closedAt != nil { return .failure(complaint.isClosed) }
            return try group.append(.closure, of: complaint, details, about: opened, by: key)
        }
    }

    private func recordStep<T: Sendable>(
        _ name: String, _ body: Node, by key: APIKey, _ read: (inout ObjectReader, inout JSONWriter) -> Void,
        record: @escaping @Sendable (Group, OpenedEntry, ComplaintRecord, StatedDetails) throws -> Result<T, GateError>
    ) async -> Result<T, GateError> {
        let stated = self.read(body) { reader in
            var json = JSONWriter()
            json.object { json in
                json.member("owner", key.owner)
                read(&reader, &json)
            }
            reader.close()
            return StatedDetails(json: json.bytes)
        }
        guard let sequence = ComplaintRecord.sequence(of: name) else { return .failure(Gate.noComplaint) }
        let details: StatedDetails
        switch stated {
        case .failure(let error): return .failure(error)
        case .success(let read): details = read
        }
        return await submit { group in
            guard let opened = try group.transaction.entry(sequence).map({ try group.open($0) }),
                let complaint = try group.complaint(opened), name == complaint.number || EntryID(name) == complaint.id
            else { return .failure(Gate.noComplaint) }
            return try record(group, opened, complaint, details)
        }
    }
}

/// What a person stated of a step, as a JSON object without nulls.
struct StatedDetails: Sendable {
    var json: [UInt8]

    var text: String { String(decoding: adding { _ in }.json, as: UTF8.self) }

    func adding(_ more: (inout JSONWriter) -> Void) -> StatedDetails {
        var writer = JSONWriter()
        writer.object { writer in
            if let node = try? JSONParser.parse(json), case .object(let members) = node.value {
                for member in members where !member.node.isNull {
                    writer.name(member.name)
                    writer.node(member.node)
                }
            }
            more(&writer)
        }
        return StatedDetails(json: writer.bytes)
    }
}

extension ComplaintRecord {
    fileprivate var isClosed: GateError {
        .conflict(
            code: "complaint-closed", detail: "the complaint is closed; open another that names it",
            id: id.description)
    }
}

extension Group {
    /// The complaint that an entry opened, as it stands; nil for another entry.
    fileprivate func complaint(_ opened: OpenedEntry) throws -> ComplaintRecord? {
        guard opened.core.kind == .complaint else { return nil }
        if let open = memory.registry.openComplaints[opened.core.id] { return open }
        guard var complaint = ComplaintRecord(opened.core), let key = opened.entry.keys.first else { return nil }
        for entry in try transaction.entries(by: key) where entry.kind == .complaintStep {
            complaint.apply(try EntryCore(bytes: entry.core))
        }
        return complaint
    }

    fileprivate func append(
        _ action: ComplaintRecord.Step.Action, of complaint: ComplaintRecord, _ details: StatedDetails,
        about opened: OpenedEntry, by key: APIKey
    ) throws -> Result<String, GateError> {
        guard let subject = try subject(of: opened) else {
            return .failure(.notFound("the person whom the complaint is about was erased"))
        }
        let id = try appendComplaintStep(
            complaint.id.description, action.rawValue, details: details.text, about: subject, by: key.id)
        return .success(id.description)
    }
}
