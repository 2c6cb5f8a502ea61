import Calendars
import Documents
import GateModel
import Ledger
import Storage
import Tables

/// The complaints of a period, with what was due of them. Memory grows with the complaints.
struct ReportComplaints {
    fileprivate struct Standing {
        var id: EntryID
        var mask: String?
        var receivedAt: Instant
        var details: Node?
        /// What is due of it, and when.
        var due: [(step: String, at: Instant)]
        /// Extension → the step that it gives more time to.
        var extensions: [String: String]
        var done: [(step: String, at: Instant)] = []
        /// Extensions that wait for a second person.
        var pending: [EntryID: (step: String, at: Instant)] = [:]
        var closedAt: Instant?
        var isTouched: Bool
    }

    private var standings: [String: Standing] = [:]
    private(set) var overdueCount = 0

    /// - Parameter steps: What the policy says is due; counts for a complaint that does not say so itself.
    mutating func open(
        _ entry: StoredEntry, _ core: EntryCore, steps: [(step: String, within: Span)], isInPeriod: Bool
    ) throws {
        var body = CBORReader(core.body)
        try body.array(2)
        let details = try? JSONParser.parse(Array(try body.text().utf8))
        let complaint = try body.complaint()
        var due: [(step: String, at: Instant)] = []
        var extensions: [String: String] = [:]
        if case .array(let stated)? = details?["due"]?.value {
            for node in stated {
                guard let step = node["step"]?.string, let at = node.instant("at") else { continue }
                if let extended = node["extends"]?.string {
                    extensions[step] = extended
                } else {
                    due.append((step, at))
                }
            }
        } else {
            due = steps.map { ($0.step, complaint.receivedAt + $0.within) }
        }
        standings[core.id.description] = Standing(
            id: core.id, mask: entry.shown?.mask, receivedAt: complaint.receivedAt, details: details, due: due,
            extensions: extensions, isTouched: isInPeriod)
    }

    mutating func step(_ core: EntryCore, isInPeriod: Bool) throws {
        var body = CBORReader(core.body)
        try body.array(3)
        let (target, kind) = (try body.text(), try body.text())
        guard var standing = standings[target] else { return }
        let details = try? JSONParser.parse(Array(try body.text().utf8))
        let name = details?["step"]?.string
        switch kind {
        case "closure": standing.closedAt = core.at
        case "extension":
            guard let at = details?.instant("at") ?? details?.instant("until") else { break }
            if details?.bool("pending") == true {
                standing.pending[core.id] = (name ?? "", at)
            } else {
                standing.extend(name, until: at)
            }
        case "approval":
            if let id = details?["of"]?.string.flatMap({ EntryID($0) }), let given = standing.pending[id] {
                standing.extend(given.step, until: given.at)
            }
        default: if let name { standing.done.append((name, core.at)) }
        }
        if isInPeriod { standing.isTouched = true }
        standings[target] = standing
    }

    /// The rows of the period, in the order of the log, as things stood at its end.
    mutating func rows(_ period: Range<Instant>, in zone: Zone) -> [[CSVCell]] {
        var rows: [[CSVCell]] = []
        for standing in standings.values.sorted(by: { $0.id.sequence < $1.id.sequence }) {
            let end = period.upperBound
            let overdue = standing.overdue(at: end)
            let isDue = standing.closedAt.map { $0 >= period.lowerBound } ?? true
            guard
                standing.isTouched || isDue && standing.due.contains(where: { period.contains($0.at) })
                    || isDue && !overdue.isEmpty
            else { continue }
            if !overdue.isEmpty { overdueCount += 1 }
            let closedAt = standing.closedAt.flatMap { $0 < end ? $0 : nil }
            func told(_ steps: [(step: String, at: Instant)]) -> String {
                steps.map { "\($0.step) \($0.at.local(in: zone))" }.joined(separator: "; ")
            }
            rows.append([
                .text(standing.id.description), .text(standing.mask), .text(standing.receivedAt.rfc3339),
                .text(standing.receivedAt.local(in: zone)), .text(standing.details?["class"]?.string),
                .text(standing.details?["channel"]?.string), .text(standing.details?["external_ref"]?.string),
                .text(told(standing.due)), .text(told(standing.done.filter { $0.at < end })),
                .text(closedAt?.rfc3339), .text(closedAt?.local(in: zone)),
                .text(overdue.map(\.step).joined(separator: " ")),
            ])
        }
        return rows
    }
}

extension ReportComplaints.Standing {
    fileprivate mutating func extend(_ name: String?, until at: Instant) {
        let extended = name.flatMap { extensions[$0] } ?? due.last?.step
        for place in due.indices where due[place].step == extended { due[place].at = max(due[place].at, at) }
    }

    /// What was done too late, or not yet and is late.
    fileprivate func overdue(at end: Instant) -> [(step: String, at: Instant)] {
        due.filter { item in
            let doneAt = [done.first { $0.step == item.step }?.at, closedAt].compactMap { $0 }.min()
            return item.at < min(doneAt ?? end, end)
        }
    }
}
