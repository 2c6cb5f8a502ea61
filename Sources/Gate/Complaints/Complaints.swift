import Documents
import GateModel
import Ledger
import Storage

/// Which complaints are looked for.
public struct ComplaintFilter: Sendable {
    /// `open` takes in those that are overdue.
    public var state: ComplaintState?
    /// By when they were received.
    public var from: Instant?
    /// Exclusive.
    public var to: Instant?
    public var limit = 50
    /// The sequence before which to go on.
    public var cursor: Int64?

    public init() {}

    func admits(_ complaint: ComplaintRecord, at now: Instant) -> Bool {
        let state = complaint.state(at: now)
        if let wanted = self.state, wanted != state, !(wanted == .open && state == .overdue) { return false }
        return complaint.receivedAt >= from ?? .distantPast && complaint.receivedAt < to ?? .distantFuture
    }
}

/// A complaint with what may be shown of the person it is about.
public struct FoundComplaint: Sendable {
    public var complaint: ComplaintRecord
    /// The masked number; nil where none was named, or the person was erased.
    public var mask: String?
    public var customer: String?
    /// The opaque name of the number or customer.
    public var subject: String?

    /// - Parameters:
    ///   - isWhole: With every step, and not the due ones alone.
    ///   - now: At which it is judged what is overdue.
    public func write(to json: inout JSONWriter, isWhole: Bool, at now: Instant) {
        json.object { json in
            json.member("number", complaint.number)
            json.member("id", complaint.id.description)
            json.member("state", complaint.state(at: now).rawValue)
            json.member("phone", mask)
            json.member("customer", customer)
            json.member("subject", subject)
            json.member("received_at", complaint.receivedAt.rfc3339)
            json.member("closed_at", complaint.closedAt?.rfc3339)
            json.member("by", complaint.openedBy)
            for name in ["channel", "external_ref", "class", "nature", "summary_ref", "source"] {
                if let text = complaint.details[name]?.string { json.member(name, text) }
            }
            json.member("decision_ids", complaint.details.strings("decision_ids"))
            json.name("due")
            json.array { json in
                for due in complaint.due {
                    json.object { json in
                        json.member("step", due.step)
                        json.member("at", due.at.rfc3339)
                        json.member("done_at", due.doneAt?.rfc3339)
                        json.member("overdue", due.isOverdue(at: now))
                    }
                }
            }
            if let closure = complaint.steps.last(where: { $0.action == .closure }) {
                json.member("result", closure.details["result"]?.string)
            }
            if let pending = complaint.pending { json.member("waits_for_approval", pending.details["step"]?.string) }
            guard isWhole else { return }
            json.name("steps")
            json.array { json in for step in complaint.steps { step.write(to: &json) } }
        }
    }
}

extension ComplaintRecord.Step {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id.description)
            json.member("at", at.rfc3339)
            json.member("by", actor)
            json.member("action", action == .step ? "step" : action.rawValue)
            guard case .object(let members) = details.value else { return }
            for member in members {
                json.name(member.name == "at" ? "until" : member.name)
                json.node(member.node)
            }
        }
    }
}

extension FoundComplaint {
    /// Every complaint of a log, in the order in which they were opened. O(complaints and their steps).
    ///
    /// - Parameter end: The entry before which the log is looked at; what came later is not known.
    static func all(
        in reading: any StoreReading, keys: LedgerKeys, before end: Int64 = .max
    ) throws -> [FoundComplaint] {
        var (found, places): ([FoundComplaint], [EntryID: Int]) = ([], [:])
        for entry in try reading.entries(by: keys.key(.complaints)) where entry.sequence < end {
            let core = try EntryCore(bytes: entry.core)
            if let complaint = ComplaintRecord(core) {
                places[core.id] = found.count
                found.append(try FoundComplaint(complaint, entry))
            } else if let (target, _) = ComplaintRecord.Step.read(core),
                let place = EntryID(target).flatMap({ places[$0] })
            {
                found[place].complaint.apply(core)
            }
        }
        return found
    }

    private init(_ complaint: ComplaintRecord, _ entry: StoredEntry) throws {
        self.complaint = complaint
        subject = entry.keys.first?.text
        let shown = try entry.personal.map { try PersonalPart.Shown(stored: $0) }
        (mask, customer) = (shown?.mask, shown?.customer)
    }
}

extension Gate {
    /// Complaints, the newest first, and the cursor to go on from.
    public func complaints(_ filter: ComplaintFilter) async -> Result<
        (found: [FoundComplaint], cursor: Int64?), GateError
    > {
        let now = now
        return await looking { reading, _ in
            let all = try FoundComplaint.all(in: reading, keys: self.keyFile.ledger).reversed().filter {
                $0.complaint.id.sequence < filter.cursor ?? .max && filter.admits($0.complaint, at: now)
            }
            let page = Array(all.prefix(filter.limit))
            return .success((page, all.count > page.count ? page.last?.complaint.id.sequence : nil))
        }
    }

    /// One complaint by its id or number.
    public func complaint(_ name: String) async -> Result<FoundComplaint, GateError> {
        let missing = GateError.notFound("there is no such complaint")
        guard ComplaintRecord.sequence(of: name) != nil else { return .failure(missing) }
        return await looking { reading, _ in
            let found = try FoundComplaint.all(in: reading, keys: self.keyFile.ledger).first {
                $0.complaint.number == name || $0.complaint.id == EntryID(name)
            }
            return found.map { .success($0) } ?? .failure(missing)
        }
    }

    /// The complaints that are open; of them, those of which something is overdue, the longest open first. From memory.
    public func openComplaints() -> (count: Int, overdue: [String]) {
        let (open, now) = (registry.openComplaints, now)
        let overdue = open.values.filter { $0.isOverdue(at: now) }.sorted { $0.receivedAt < $1.receivedAt }
        return (open.count, overdue.map(\.number))
    }
}
