import Calendars
import GateModel
import Tables

/// The complaints of a period as they stood at its end, with what was due of them: the same records that everybody else is
/// shown. Memory grows with the complaints.
struct ReportComplaints {
    private let due: [FoundComplaint]
    private let end: Instant
    let overdueCount: Int

    /// - Parameters:
    ///   - complaints: Every complaint of the log up to the period's end, in the order in which they were opened.
    ///   - entries: The period's part of the log.
    init(_ complaints: [FoundComplaint], _ period: Range<Instant>, entries: Range<Int64>) {
        end = period.upperBound
        due = complaints.filter { found in
            let complaint = found.complaint
            if entries.contains(complaint.id.sequence) { return true }
            if complaint.steps.contains(where: { entries.contains($0.id.sequence) }) { return true }
            guard complaint.closedAt == nil else { return false }
            return complaint.due.contains { period.contains($0.at) || $0.isOverdue(at: period.upperBound) }
        }
        overdueCount = due.count { found in found.complaint.due.contains { $0.isOverdue(at: period.upperBound) } }
    }

    func rows(in zone: Zone, _ say: Wording) -> [[CSVCell]] {
        due.map { found in
            let complaint = found.complaint
            func told(_ parts: [String]) -> CSVCell { .text(parts.joined(separator: "; ")) }
            return [
                .text(complaint.number), .text(found.mask), .text(complaint.receivedAt.rfc3339),
                .text(complaint.receivedAt.local(in: zone)), .text(complaint.details["class"]?.string),
                .text(complaint.details["channel"]?.string), .text(complaint.details["external_ref"]?.string),
                told(complaint.due.map { "\(say.word(.step, $0.step)) \($0.at.local(in: zone))" }),
                told(
                    complaint.due.compactMap { item in
                        item.doneAt.map { "\(say.word(.step, item.step)) \($0.local(in: zone))" }
                    }),
                told(complaint.steps.filter { $0.action == .extension }.map { complaint.told($0, in: zone, say) }),
                .text(complaint.closedAt?.rfc3339), .text(complaint.closedAt?.local(in: zone)),
                .text(
                    complaint.due.filter { $0.isOverdue(at: end) }.map { say.word(.step, $0.step) }
                        .joined(separator: " ")),
                .text(complaint.id.description),
            ]
        }
    }
}

extension ComplaintRecord {
    /// An extension, until when, and both persons.
    fileprivate func told(_ extended: Step, in zone: Zone, _ say: Wording) -> String {
        let name = extended.details["step"]?.string
        var parts = [name.map { say.word(.step, $0) } ?? ""]
        if let given = extensions.first(where: { $0.step == name }) {
            parts.append(say("until ", "至") + given.at.local(in: zone))
        }
        parts.append(say("by ", "申请人：") + (extended.details["owner"]?.string ?? extended.actor))
        if extended.isPending {
            let approval = steps.first {
                $0.action == .approval && $0.details["of"]?.string == extended.id.description
            }
            parts.append(
                approval.map { say("approved by ", "批准人：") + ($0.details["owner"]?.string ?? $0.actor) }
                    ?? say("not approved", "未批准"))
        }
        return parts.joined(separator: say(", ", "，"))
    }
}
