import Calendars
import GateModel
import Ledger
import Numbering
import PolicyPack
import RuleEngine
import Suppression
import Tables

/// A call as the dialer or the carrier recorded it.
struct CallRecord: Sendable {
    /// Where it stands in its file, from 1.
    var line: Int
    var number: NumberReading
    /// What the number is looked up by.
    var subjectText: String
    /// When it was dialled.
    var at: Instant
    /// The numbers that were shown, each once and in one spelling; none where the file tells none.
    var callerIDs: [String] = []
    var decision: EntryID?
    var requestID: String?
    /// Nil where the file does not say.
    var isConnected: Bool?
    var talkSeconds: Int?
    var callID: String?

    var mask: String { number.e164?.mask ?? "****" }
}

/// Reads the cells of a row. Belongs to one thread.
struct CallRecordForm {
    let columns: CallRecordColumns
    let request: ReconciliationRequest
    let configuration: Configuration
    let zone: Zone

    /// What stands in a record's place for a row that is not asked for.
    enum Reading {
        case call(CallRecord)
        case leftOut
        case faulty([RowFault])
    }

    func read(_ row: Row, line: Int) -> Reading {
        var faults: [RowFault] = []
        func fault(_ column: Int, _ reason: String) {
            faults.append(RowFault(line: line, column: column, pointer: "", reason: reason))
        }
        guard row.isUTF8 else { return .faulty([RowFault(line: line, column: 0, pointer: "", reason: "is not UTF-8")]) }
        if row.hasBrokenQuotes { fault(0, "text follows a closing quote; double the quotes inside a field") }
        if row.count != columns.count {
            fault(
                0, "has \(row.count) cells where the first row has \(columns.count); quote cells that hold a separator")
        }
        if !faults.isEmpty { return .faulty(faults) }
        guard columns.wants(row) else { return .leftOut }

        let phone = columns.cell(.phone, of: row)
        if phone == nil { fault((columns.places[.phone]?.first ?? 0) + 1, "no called number") }
        if let phone, PhoneColumn.isSpreadsheetNumber(phone.text) {
            fault(phone.column, "a spreadsheet made a decimal of the number; export the column as text")
        }
        let time = columns.cell(.at, of: row)
        let at = time.flatMap { instant($0.text) }
        if at == nil {
            fault(
                time?.column ?? (columns.places[.at]?.first ?? 0) + 1,
                "no time of the call such as 2026-01-31 08:00:00, 2026-01-31T08:00:00+08:00 or seconds since 1970")
        }
        var decision: EntryID?
        for place in columns.places[.decision] ?? [] where !row.isEmpty(place) {
            decision = decision ?? EntryID(row.text(place))
            if decision == nil, columns.requiresIDs { fault(place + 1, "no decision's id") }
        }
        let seconds = columns.cell(.seconds, of: row)
        let talk = seconds.flatMap { Int($0.text) }
        if let seconds, talk.map({ $0 < 0 }) ?? true { fault(seconds.column, "no number of seconds") }
        guard faults.isEmpty, let phone, let at else { return .faulty(faults) }

        var text = phone.text
        if !request.prefix.isEmpty, text.hasPrefix(request.prefix) { text.removeFirst(request.prefix.count) }
        if let code = columns.cell(.phoneCode, of: row)?.text, !text.hasPrefix("+") { text = "+\(code)\(text)" }
        let numbers = configuration.policy.numbers
        let number = numbers.read(text.utf8.count <= 64 ? text : "", region: request.region)
        var record = CallRecord(
            line: line, number: number, subjectText: Call(number: number, phone: text, purpose: "").subjectText, at: at)
        for cell in columns.callerIDs(of: row) {
            guard let shown = CallRecordForm.shownNumber(cell) else { continue }
            let callerID = numbers.readCallerID(shown, region: request.region).text
            if !record.callerIDs.contains(callerID) { record.callerIDs.append(callerID) }
        }
        record.decision = decision
        record.requestID = columns.cell(.request, of: row)?.text
        record.callID = columns.cell(.call, of: row)?.text
        record.talkSeconds = talk
        record.isConnected = isConnected(row, talk)
        return .call(record)
    }

    private func isConnected(_ row: Row, _ talk: Int?) -> Bool? {
        let word = columns.cell(.disposition, of: row)?.text
        if let word, let effect = configuration.policy.snapshot.core.outcomes[word] { return effect.isConnection }
        if let word, let outcome = configuration.dispositions["default"]?[word],
            let effect = configuration.policy.snapshot.core.outcomes[outcome]
        {
            return effect.isConnection
        }
        if let word, let known = request.format.isConnected(word) { return known }
        if columns.cell(.answeredAt, of: row) != nil { return true }
        if columns.places[.answeredAt] != nil { return false }
        // In VICIdial's table the length has the ringing in it.
        return request.format == .vicidial ? nil : talk.map { $0 > 0 }
    }

    /// The number in `"A name" <862223456789>`, as SIP shows it; anything else as it is. Nil where there is none.
    static func shownNumber(_ text: String) -> String? {
        if let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") {
            let number = text[text.index(after: open)..<close]
            return number.isEmpty ? nil : String(number)
        }
        return text
    }

    private func instant(_ text: String) -> Instant? {
        if let instant = Instant(rfc3339: text) { return instant }
        if text.utf8.count == 10, let seconds = Int64(text) { return Instant(seconds: seconds) }
        if text.utf8.count == 13, let milliseconds = Int64(text) { return Instant(milliseconds: milliseconds) }
        // Databases write fractions of a second.
        let whole = text.split(separator: ".", omittingEmptySubsequences: false).first.map(String.init) ?? text
        return LocalReading(whole)?.instant(in: zone, date: nil)
    }
}

extension ReconciliationRequest.Format {
    /// What a dialer's own word says of the call; nil for one that says nothing, such as a call that still rings.
    fileprivate func isConnected(_ word: String) -> Bool? {
        switch self {
        case .csv, .asterisk:
            switch word.uppercased() {
            case "ANSWERED", "CONNECTED", "接通", "已接通", "应答": true
            case "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "未接通", "未接", "无人接听", "忙", "占线", "失败": false
            default: nil
            }
        case .vicidial:
            switch word.uppercased() {
            // Source: VICIdial's system statuses; every other is a person's or a machine's, who had the call.
            case "NA", "N", "AB", "B", "ADC", "ADCT", "DC", "CPDATB", "CPDB", "CPDNA", "CPDREJ", "CPDINV", "CPDSUA",
                "CPDSI", "CPDSNC", "CPDSR", "CPDERR":
                false
            case "NEW", "QUEUE", "INCALL", "CPDUK", "LRERR": nil
            default: true
            }
        }
    }
}
