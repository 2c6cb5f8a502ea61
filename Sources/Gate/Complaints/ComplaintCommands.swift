import Documents
import GateModel
import Ledger
import PolicyPack

/// A complaint that was recorded, or was on record.
public struct OpenedComplaint: Sendable {
    public var id: String
    public var number: String
    public var isNew: Bool
    /// Everything that the policy names, extensions too.
    public var due: [(step: String, at: Instant)]
    /// Numbers of earlier complaints of the same number or customer, the oldest first.
    public var earlier: [String]
}

/// A complaint that is checked and ready for the sequencer.
private struct ComplaintOpening: Sendable {
    var complaint: Complaint
    var details: String
    var decisions: [String]
    var reference: SourceReference?
    var due: [(step: String, at: Instant)]
}

/// The JSON that a complaint's entry holds: what was stated, and what is due by the policy in force.
func complaintDetails(
    _ stated: (inout JSONWriter) -> Void, decisions: [String], receivedAt: Instant, steps: [ComplaintStep]
) -> String {
    var json = JSONWriter()
    json.object { json in
        stated(&json)
        json.member("decision_ids", decisions)
        json.name("due")
        json.array { json in
            for step in steps {
                json.object { json in
                    json.member("step", step.step)
                    json.member("at", (receivedAt + step.within).rfc3339)
                    if let extends = step.extends { json.member("extends", extends) }
                    if step.needsApproval { json.member("approval", true) }
                }
            }
        }
    }
    return json.text
}

extension Gate {
    private static let noComplaint = GateError.notFound("there is no such complaint")

    /// Opens a complaint. The same `channel` and `external_ref` with the same content again changes nothing.
    public func openComplaint(_ body: Node, by key: APIKey) async -> Result<OpenedComplaint, GateError> {
        let policy = configuration.policy
        let now = now
        let stated = read(body) { reader in
            let named = NamedSubject(&reader, policy: policy, needsNumber: false)
            let opening = ComplaintOpening(&reader, policy: policy, now: now)
            _ = reader.choice("legal_entity", key.legalEntities)
            reader.close()
            return (named.subject, opening)
        }
        switch stated {
        case .failure(let error): return .failure(error)
        case .success(let (subject, opening)):
            return await submit { try $0.open(opening, about: subject, by: key) }
        }
    }

    /// Records a step: `{step, note, summary_ref}`; one that the policy names in `due` is then done.
    public func stepComplaint(_ name: String, _ body: Node, by key: APIKey) async -> Result<String, GateError> {
        await recordStep(name, body, by: key) { reader, json in
            let (step, note) = (reader.string("step"), reader.string("note"))
            if step == nil && note == nil { reader.fault("give `step`, such as first_answer, or `note`") }
            json.member("step", step)
            json.member("note", note)
            json.member("summary_ref", reader.string("summary_ref"))
        } record: { group, opened, complaint, details in
            try group.append(.step, of: complaint, details, about: opened, by: key)
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

extension ComplaintOpening {
    init(_ reader: inout ObjectReader, policy: LoadedPolicy, now: Instant) {
        let receivedAt = reader.requireInstant("received_at")
        if receivedAt > now + .minutes(5) { reader.fault(at: "received_at", "lies in the future") }
        complaint = Complaint(receivedAt: receivedAt)
        var stated: [(name: String, text: String)] = []
        for name in ["channel", "external_ref", "class", "nature", "summary_ref"] {
            if let text = reader.string(name) { stated.append((name, text)) }
        }
        decisions = reader.strings("decision_ids") ?? []
        let texts = Dictionary(stated.map { ($0.name, $0.text) }) { $1 }
        reference = texts["external_ref"].map { SourceReference(texts["channel"] ?? "", $0) }
        due = policy.complaintSteps.map { ($0.step, receivedAt + $0.within) }
        details = complaintDetails(
            { json in for (name, text) in stated { json.member(name, text) } }, decisions: decisions,
            receivedAt: receivedAt, steps: policy.complaintSteps)
    }
}

extension Group {
    fileprivate func open(_ opening: ComplaintOpening, about subject: Subject, by key: APIKey) throws -> Result<
        OpenedComplaint, GateError
    > {
        for (place, text) in opening.decisions.enumerated() {
            guard let id = EntryID(text), let kind = try find(id)?.core.kind, kind == .allow || kind == .deny else {
                return .failure(.invalid("/decision_ids/\(place)", "there is no such decision"))
            }
        }
        let lookup = opening.reference.map {
            keys.key(.source(kind: "complaint", source: $0.source, reference: $0.reference))
        }
        var earlier: [String] = []
        let names = [subject.number.map { keys.key(.number($0)) }, subject.customer.map { keys.key(.customer($0)) }]
        for name in names.compactMap(\.self) {
            for complaint in try state(name).complaints {
                guard let number = complaint.number, !earlier.contains(number) else { continue }
                earlier.append(number)
            }
        }
        if let lookup, let known = try transaction.entries(by: lookup).last {
            let opened = try open(known)
            let id = opened.core.id.description
            guard let complaint = ComplaintRecord(opened.core), complaint.says(opening),
                known.keys.first == names[0]
                    ?? names[1]
            else {
                return .failure(
                    .conflict(
                        code: "complaint-known",
                        detail: "this `external_ref` is on record as \(ComplaintRecord.number(opened.core.id)) with "
                            + "other content; record a step of it, or give another reference",
                        id: id))
            }
            earlier.removeAll { $0 == complaint.number }
            let due = complaint.due.map { ($0.step, $0.at) } + complaint.extensions.map { ($0.step, $0.at) }
            return .success(
                OpenedComplaint(id: id, number: complaint.number, isNew: false, due: due, earlier: earlier))
        }
        let id = try append(
            opening.complaint, details: opening.details, about: subject, extraKeys: lookup.map { [$0] } ?? [],
            by: key.id)
        return .success(
            OpenedComplaint(
                id: id.description, number: ComplaintRecord.number(id), isNew: true, due: opening.due,
                earlier: earlier))
    }

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

extension ComplaintRecord {
    /// Whether what was stated is the same, whatever the policy made due.
    fileprivate func says(_ opening: ComplaintOpening) -> Bool {
        guard receivedAt == opening.complaint.receivedAt,
            let other = try? JSONParser.parse(Array(opening.details.utf8)), case .object(let members) = other.value,
            case .object(let own) = details.value
        else { return false }
        func stated(_ members: [Node.Member]) -> [String] {
            members.filter { $0.name != "due" }.map { member in
                var json = JSONWriter()
                json.node(member.node)
                return member.name + json.text
            }
        }
        return stated(members) == stated(own)
    }
}

extension Complaint {
    /// What people call it; nil where it has no entry, as in a case.
    var number: String? { id.flatMap { EntryID($0) }.map(ComplaintRecord.number) }
}
