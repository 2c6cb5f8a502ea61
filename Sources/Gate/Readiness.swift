import Calendars
import GateModel
import Ledger
import Storage

/// Whether the gate may be asked, and what will soon stand in its way.
public struct Readiness: Sendable {
    public enum State: String, Sendable {
        case ready, degraded
    }

    public var state: State
    /// Each a sentence for a person.
    public var problems: [String]
    public var warnings: [String]
    /// Calendar id → days until it no longer covers the date; negative once it does not.
    public var calendarDays: [String: Int]
}

extension Gate {
    /// How long before a calendar's end people are warned.
    static let calendarWarning = 60

    public func readiness() -> Readiness {
        let configuration = configuration
        var problems = problem.map { ["the changed policy or lists are not taken: \($0)"] } ?? []
        if let last = try? lastEntry().at, last - now > Group.greatestLag {
            problems.append(
                "the clock is behind the last entry of the log, \(last.rfc3339): nothing is decided; set it right")
        }
        if let problem = tree.problem { problems.append("the log is not signed: \(problem)") }
        for segment in (try? segments()) ?? [] where segment.state != .sealing {
            if let problem = problem(of: segment) { problems.append(problem) }
        }
        let witnesses = cosigning.faults
        problems += witnesses.problems
        var warnings = witnesses.warnings
        if let staged = configuration.standing.staged {
            warnings.append(
                "the policy \(staged.id.prefix(19)) on disk is looser than the one in force and waits for two persons: "
                    + "`callgate policy activate`")
        }
        var calendarDays: [String: Int] = [:]
        for pack in configuration.policy.snapshot.packs {
            guard let id = pack.calendar, let calendar = configuration.policy.snapshot.calendars[id] else { continue }
            let today = pack.zones.first?.date(at: now) ?? CivilDate(daysSinceEpoch: Int32(now.seconds / 86_400))
            guard let last = calendar.lastCoveredDay(from: today) else {
                calendarDays[id] = -1
                problems.append(
                    "the calendar \(id) does not cover \(today.year): what depends on it is denied; import it")
                continue
            }
            let days = Int(last.daysSinceEpoch - today.daysSinceEpoch)
            calendarDays[id] = days
            if days <= Gate.calendarWarning {
                warnings.append("the calendar \(id) ends in \(days) days, on \(last): import the next year before that")
            }
        }
        let overdue = openComplaints().overdue
        if let first = overdue.first {
            warnings.append(
                "overdue complaints: \(overdue.count), the oldest is \(first); see GET /v1/complaints?state=overdue")
        }
        for list in listStatuses() {
            if let problem = list.problem {
                problems.append(
                    "the list \(list.definition.name) denies what depends on it: \(problem); activate another version")
            }
            if let warning = list.feed?.warning(list.definition.name) { warnings.append(warning) }
            guard let age = list.age else { continue }
            if age > 1 {
                problems.append("the list \(list.definition.name) is stale: calls that depend on it are denied")
            }
            if age > 0.8 && age <= 1 {
                warnings.append("the list \(list.definition.name) is at \(Int(age * 100)) % of its greatest age")
            }
        }
        return Readiness(
            state: problems.isEmpty ? .ready : .degraded, problems: problems, warnings: warnings,
            calendarDays: calendarDays)
    }
}

extension Gate {
    /// The log's last sequence, and when that entry was made. Reads the store; blocks.
    public func lastEntry() throws -> (head: Int64, at: Instant?) {
        try store.read { reading in
            let head = try reading.head()
            return (head, try reading.entry(head).map { try EntryCore(bytes: $0.core).at })
        }
    }
}

extension Gate {
    /// How many entries the last checkpoint signs, when the last of them was made, and how many wait to be signed. Reads
    /// the store; blocks for one entry.
    public func lastCheckpoint() -> (size: Int64, at: Instant?, waiting: Int64) {
        let signed = tree.signed
        let read = try? store.read { reading in
            (
                head: try reading.head(),
                at: signed > 0 ? try reading.entry(signed).map { try EntryCore(bytes: $0.core).at } : nil
            )
        }
        return (signed, read?.at, max(0, (read?.head ?? signed) - signed))
    }
}
