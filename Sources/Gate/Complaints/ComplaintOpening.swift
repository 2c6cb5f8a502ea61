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
