import GateModel
import Ledger

/// In what a call detail record and the log differ.
public enum DifferenceKind: String, Sendable, CaseIterable {
    /// A call that no allow permitted.
    case noPermit = "no_permit"
    /// A call on a permit that had ended.
    case afterValidUntil = "after_valid_until"
    /// A call that showed another number than its permit names.
    case otherCallerID = "other_caller_id"
    /// A call of which something else, or nothing, was reported.
    case outcomeDiffers = "outcome_differs"
    /// A second call on one permit.
    case dialledTwice = "dialled_twice"
    /// An allow that was not given back, and no call.
    case permitWithoutCall = "permit_without_call"
}

/// One finding.
struct Difference {
    var kind: DifferenceKind
    /// Of the file; nil for a permit without a call.
    var line: Int?
    /// Of the call, or of the decision.
    var at: Instant
    var mask: String
    var callerID: String?
    var decision: EntryID?
    var validUntil: Instant?
    var vendor: String?
    /// Lower case, without a full stop; no number stands in it.
    var detail: String
}

/// Finds the permit of each call, and in what the two differ. No I/O, no clock. Belongs to one thread.
struct RecordMatcher {
    /// By which the clock of a dialer may be behind that of the gate.
    static let skew = Span.seconds(5)
    /// A call so long after its number's last permit is no late one, but one without a permit.
    static let latest = Span.hours(24)

    /// When the records are compared.
    let now: Instant
    /// After which an attempt that nobody reported on is a difference.
    let outcomeDue: Span
    /// The permits that a call was found for.
    private(set) var used: EntryMarks

    init(_ stretch: Range<Int64>, now: Instant, outcomeDue: Span) {
        used = EntryMarks(stretch)
        (self.now, self.outcomeDue) = (now, outcomeDue)
    }

    mutating func judge(
        _ record: CallRecord, _ named: PermitBook.Named?, _ page: PermitBook.Page
    ) -> [Difference] {
        func difference(
            _ kind: DifferenceKind, _ permit: Permit?, _ detail: String, shown: String? = nil
        ) -> Difference {
            Difference(
                kind: kind, line: record.line, at: record.at, mask: record.mask,
                callerID: shown ?? record.callerIDs.first,
                decision: permit?.id, validUntil: permit?.validUntil, vendor: permit?.vendor, detail: detail)
        }
        let permit: Permit
        switch named {
        case .unusable(let why): return [difference(.noPermit, nil, why)]
        case .permit(let found): permit = found
        case nil:
            guard let found = find(record, page.permits) else { return [withoutPermit(record, page)] }
            permit = found
        }
        var differences: [Difference] = []
        if used[permit.sequence] {
            differences.append(difference(.dialledTwice, permit, "an earlier line is a call on the same permit"))
        }
        used[permit.sequence] = true
        if record.at + Self.skew < permit.at {
            differences.append(difference(.noPermit, permit, "the call was before its decision"))
        } else if record.at > permit.validUntil {
            let late = (record.at - permit.validUntil).milliseconds / 1000
            differences.append(difference(.afterValidUntil, permit, "\(late) s after the permit ended"))
        }
        if let allowed = permit.callerID, let shown = record.callerIDs.first(where: { $0 != allowed }) {
            differences.append(difference(.otherCallerID, permit, "the permit names \(allowed)", shown: shown))
        }
        if let detail = outcomeDifference(record, permit) {
            differences.append(difference(.outcomeDiffers, permit, detail))
        }
        return differences
    }

    /// The permit that fits best: one in force at the call before one that had ended; then with the same caller id, then one
    /// that no other call used, then the latest.
    private func find(_ record: CallRecord, _ permits: [Permit]) -> Permit? {
        func isWorse(_ a: Permit, _ b: Permit) -> Bool {
            let (sameA, sameB) = (record.shows(a.callerID), record.shows(b.callerID))
            if sameA != sameB { return sameB }
            if used[a.sequence] != used[b.sequence] { return used[a.sequence] }
            return a.sequence < b.sequence
        }
        let inForce = permits.filter { $0.at <= record.at + Self.skew && record.at <= $0.validUntil }
        if let permit = inForce.max(by: isWorse) { return permit }
        // A permit that another call used up is not that of a later one.
        return permits.filter {
            $0.at <= record.at && record.at - $0.validUntil < Self.latest && !used[$0.sequence]
        }.max(by: isWorse)
    }

    private func withoutPermit(_ record: CallRecord, _ page: PermitBook.Page) -> Difference {
        let denial = page.denials.last { $0.at <= record.at + Self.skew && record.at - $0.at < Self.latest }
        var detail = denial.map { "denied by \($0.rule) at \($0.at.rfc3339)" } ?? "the gate was not asked"
        if page.ungated.contains(where: { abs(($0 - record.at).milliseconds) <= 60_000 }) {
            detail += "; on record as made outside the gate"
        }
        return Difference(
            kind: .noPermit, line: record.line, at: record.at, mask: record.mask, callerID: record.callerIDs.first,
            decision: denial?.id, detail: detail)
    }

    private func outcomeDifference(_ record: CallRecord, _ permit: Permit) -> String? {
        let known = permit.known
        guard let last = known.last, let word = last.outcome else {
            return now > permit.at + outcomeDue ? "nothing was reported of the call" : nil
        }
        // Of contradicting reports the stricter counts.
        if permit.isGivenBack { return "reported as \(word), and there was a call" }
        let counted = known.first(where: \.isConnection) ?? last
        let told = counted.outcome ?? word
        if let isConnected = record.isConnected, isConnected != counted.isConnection {
            return "reported as \(told), the record says \(isConnected ? "connected" : "not connected")"
        }
        guard counted.isConnection, let recorded = record.talkSeconds, let reported = counted.talkSeconds,
            abs(recorded - reported) > max(5, max(recorded, reported) / 10)
        else { return nil }
        return "reported with \(reported) s of talk, the record says \(recorded) s"
    }
}

extension CallRecord {
    /// Whether it tells that number, whatever else.
    fileprivate func shows(_ callerID: String?) -> Bool { callerID.map(callerIDs.contains) ?? false }
}

extension OutcomeRecord {
    /// As it was told, or from answer to end.
    fileprivate var talkSeconds: Int? {
        if let durationSeconds { return durationSeconds }
        guard let answeredAt, let endedAt else { return nil }
        return Int((endedAt - answeredAt).milliseconds / 1000)
    }
}
