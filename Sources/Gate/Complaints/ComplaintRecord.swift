import Documents
import GateModel
import Ledger

/// A complaint with everything that was done about it, folded from its entries. It names no person: whom it is about
/// stands in the personal parts.
public struct ComplaintRecord: Sendable {
    /// Something that is due.
    public struct Due: Sendable {
        public var step: String
        /// Exclusive: at this instant it is overdue. Later than the policy's first time where it was extended.
        public var at: Instant
        public var doneAt: Instant?

        /// Whether it was not done in time, be it done since or not.
        public func isOverdue(at now: Instant) -> Bool { (doneAt ?? now) >= at }
    }

    /// Something that was recorded about it.
    public struct Step: Sendable {
        public enum Action: String, Sendable {
            case step = "steps"
            case `extension`
            case approval = "extension_approval"
            case closure
        }

        public var id: EntryID
        public var at: Instant
        /// The id of the key that acted.
        public var actor: String
        public var action: Action
        /// What was stated: `step`, `note`, `reason`, `result`, `summary_ref`, `owner`.
        public var details: Node
    }

    public let id: EntryID
    public let receivedAt: Instant
    public let openedAt: Instant
    public let openedBy: String
    /// What was stated: `channel`, `external_ref`, `class`, `nature`, `summary_ref`, `decision_ids`, `source`.
    public let details: Node
    public private(set) var due: [Due] = []
    /// What more time may be given, and by which step of the policy.
    private(set) var extensions: [(step: String, extends: String, at: Instant, needsApproval: Bool)] = []
    public private(set) var steps: [Step] = []
    public private(set) var closedAt: Instant?

    /// What people call it: `C-` and the place of its entry in the log, which no other complaint of the log has.
    public var number: String { ComplaintRecord.number(id) }

    static func number(_ id: EntryID) -> String { "C-\(id.sequence)" }

    /// The place in the log that a number or an id names; nil for what is neither.
    static func sequence(of name: String) -> Int64? {
        if let id = EntryID(name) { return id.sequence }
        guard name.hasPrefix("C-"), let sequence = Int64(name.dropFirst(2)), "C-\(sequence)" == name else { return nil }
        return sequence
    }

    /// The step that an extension waits for a second person with; nil where none does.
    var pending: Step? {
        guard let last = steps.last(where: { $0.action == .extension }), last.isPending else { return nil }
        let isApproved = steps.contains { $0.action == .approval && $0.details["of"]?.string == last.id.description }
        return isApproved ? nil : last
    }

    /// The step that closing it does.
    private static let closing = "closure"

    /// The steps that somebody may say are done: all that are due, but its closure.
    public var answerable: [String] { due.map(\.step).filter { $0 != ComplaintRecord.closing } }

    /// Whether something of it is due and not done.
    public func isOverdue(at now: Instant) -> Bool {
        closedAt == nil && due.contains { $0.doneAt == nil && $0.isOverdue(at: now) }
    }

    public func state(at now: Instant) -> ComplaintState {
        closedAt != nil ? .closed : isOverdue(at: now) ? .overdue : .open
    }

    /// Nil for an entry that opens no complaint.
    init?(_ core: EntryCore) {
        guard core.kind == .complaint else { return nil }
        var body = CBORReader(core.body)
        do {
            try body.array(2)
            details = (try? JSONParser.parse(Array(try body.text().utf8))) ?? Node(.object([]))
            receivedAt = try body.complaint().receivedAt
        } catch {
            return nil
        }
        (id, openedAt, openedBy) = (core.id, core.at, core.actor)
        guard case .array(let items)? = details["due"]?.value else { return }
        for item in items {
            guard let step = item["step"]?.string, let at = item.instant("at") else { continue }
            if let extends = item["extends"]?.string {
                extensions.append((step, extends, at, item.bool("approval")))
            } else {
                due.append(Due(step: step, at: at))
            }
        }
    }

    /// Takes in what an entry says of it; any other leaves it as it is.
    mutating func apply(_ core: EntryCore) {
        guard let (target, step) = Step.read(core), target == id.description else { return }
        switch step.action {
        case .step: done(step.details["step"]?.string, at: step.at)
        case .extension: if !step.isPending { extend(step) }
        case .approval:
            let of = step.details["of"]?.string
            if let extended = steps.first(where: { $0.id.description == of }) { extend(extended) }
        case .closure:
            closedAt = closedAt ?? step.at
            for name in due.map(\.step) { done(name, at: step.at) }
        }
        steps.append(step)
    }

    private mutating func done(_ step: String?, at: Instant) {
        for index in due.indices where due[index].step == step && due[index].doneAt == nil { due[index].doneAt = at }
    }

    private mutating func extend(_ step: Step) {
        guard let given = extensions.first(where: { $0.step == step.details["step"]?.string }) else { return }
        for index in due.indices where due[index].step == given.extends { due[index].at = max(due[index].at, given.at) }
    }
}

extension ComplaintRecord.Step {
    /// Whether an extension waits, or waited, for a second person.
    var isPending: Bool { details.bool("pending") }

    /// The id of the complaint and the step; nil for an entry that is none.
    static func read(_ core: EntryCore) -> (complaint: String, step: Self)? {
        guard core.kind == .complaintStep else { return nil }
        var body = CBORReader(core.body)
        guard (try? body.array(3)) != nil, let target = try? body.text(),
            let action = (try? body.text()).flatMap(Action.init(rawValue:)), let details = try? body.text()
        else { return nil }
        let step = Self(
            id: core.id, at: core.at, actor: core.actor, action: action,
            details: (try? JSONParser.parse(Array(details.utf8))) ?? Node(.object([])))
        return (target, step)
    }
}

/// How a complaint stands. One that is overdue is open too.
public enum ComplaintState: String, CaseIterable, Sendable {
    case open, overdue, closed
}

extension Registry {
    /// Takes in an entry about a complaint. Those that are closed are let go.
    mutating func fold(complaint core: EntryCore) {
        if let opened = ComplaintRecord(core) {
            openComplaints[opened.id] = opened
        } else if let (target, step) = ComplaintRecord.Step.read(core), let id = EntryID(target) {
            if step.action == .closure { openComplaints[id] = nil } else { openComplaints[id]?.apply(core) }
        }
    }
}
