import Suppression
import Tables

/// What is read of a call detail record.
enum CallRecordField: String, CaseIterable, Sendable {
    case phone, at, seconds, disposition
    /// A country's calling code before ``phone``.
    case phoneCode = "phone_code"
    case callerID = "caller_id"
    case answeredAt = "answered_at"
    case decision = "decision_id"
    case request = "request_id"
    /// The dialer's own name of the call; rows of one call share it.
    case call = "call_id"
}

/// Which columns of a file of call detail records hold what.
struct CallRecordColumns {
    /// In order of preference: the first that is not empty counts.
    private(set) var places: [CallRecordField: [Int]] = [:]
    private(set) var only: [(column: Int, value: String)] = []
    /// Whether the first row names the columns and is no call.
    let hasHeader: Bool
    /// Fields of a row.
    let count: Int
    /// Whether what stands where a decision's id may stand is one: only where that column was named by a person.
    let requiresIDs: Bool
    /// Whether every column of the caller id counts, and not the first that is not empty.
    private let comparesEveryCallerID: Bool

    /// Reads the first row.
    ///
    /// - Throws: Every column that is missing or named twice.
    init(firstRow row: Row, line: Int, _ request: ReconciliationRequest) throws(UnreadableFile) {
        let cells = row.texts
        let layout = request.format.layout
        let isNamed =
            Set(cells.map(PhoneColumn.canonical))
            .intersection(layout.map(PhoneColumn.canonical) + request.format.names.values.joined()).count >= 3
        hasHeader = isNamed || layout.isEmpty
        // Later columns of a file without a header are those that some versions leave out.
        let headers = hasHeader ? cells : Array(layout.prefix(cells.count))
        let names = headers.map(PhoneColumn.canonical)
        count = cells.count
        requiresIDs = request.format == .csv || request.columns[CallRecordField.decision.rawValue] != nil
        comparesEveryCallerID = request.format == .asterisk
        var faults: [RowFault] = []
        func fault(_ column: Int, _ reason: String) {
            faults.append(RowFault(line: line, column: column, pointer: "", reason: reason))
        }
        func place(called header: String) -> Int? {
            let found = names.indices.filter { names[$0] == PhoneColumn.canonical(header) }
            if found.count > 1 { fault(found[1] + 1, "a second column is called `\(header)`; rename one") }
            return found.first
        }
        for field in CallRecordField.allCases {
            if let header = request.columns[field.rawValue] {
                guard let place = place(called: header) else {
                    fault(0, "there is no column `\(header)`")
                    continue
                }
                places[field] = [place]
            } else if let known = request.format.names[field] {
                let found = known.compactMap { name in names.firstIndex(of: PhoneColumn.canonical(name)) }
                if !found.isEmpty { places[field] = found }
            }
        }
        for (header, value) in request.only.sorted(by: { $0.key < $1.key }) {
            guard let place = place(called: header) else {
                fault(0, "there is no column `\(header)`")
                continue
            }
            only.append((place, value))
        }
        for field in [CallRecordField.phone, .at] where places[field] == nil && faults.isEmpty {
            let known = request.format.names[field] ?? []
            fault(
                0,
                "no column holds the \(field == .phone ? "called number" : "time of the call"); call it "
                    + "\(known.prefix(3).map { "`\($0)`" }.joined(separator: ", ")), or name it with "
                    + "\(field.rawValue)=HEADER")
        }
        if !faults.isEmpty { throw UnreadableFile(faults: faults) }
    }

    /// The first cell of a field that is not empty, with its column counted from 1.
    func cell(_ field: CallRecordField, of row: Row) -> (text: String, column: Int)? {
        for place in places[field] ?? [] where !row.isEmpty(place) { return (row.text(place), place + 1) }
        return nil
    }

    /// Every cell that tells which number was shown. Asterisk writes it twice, and where the two differ nobody can say which
    /// the called party saw.
    func callerIDs(of row: Row) -> [String] {
        guard comparesEveryCallerID else { return cell(.callerID, of: row).map { [$0.text] } ?? [] }
        // A caller without a number leaves its name alone in `clid`.
        return (places[.callerID] ?? []).filter { !row.isEmpty($0) }.map { row.text($0) }
            .filter { $0.contains("<") || !$0.contains { $0.isLetter || $0 == "\"" } }
    }

    /// Whether a row is of those that are asked for.
    func wants(_ row: Row) -> Bool { only.allSatisfy { row.text($0.column) == $0.value } }
}

extension ReconciliationRequest.Format {
    /// The columns of a file without a header, in order. Sources: Asterisk's `cdr_csv` (loguniqueid, loguserfield and
    /// newcdrcolumns add the last ones); the table `vicidial_log` of VICIdial's `MySQL_AST_CREATE_tables.sql`.
    fileprivate var layout: [String] {
        switch self {
        case .csv: []
        case .asterisk:
            [
                "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
                "start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
                "peeraccount", "linkedid", "sequence",
            ]
        case .vicidial:
            [
                "uniqueid", "lead_id", "list_id", "campaign_id", "call_date", "start_epoch", "end_epoch",
                "length_in_sec", "status", "phone_code", "phone_number", "user", "comments", "processed", "user_group",
                "term_reason", "alt_dial", "called_count",
            ]
        }
    }

    /// Field → the headers by which its column is found, the preferred one first.
    fileprivate var names: [CallRecordField: [String]] {
        switch self {
        case .csv: Self.general
        case .asterisk:
            [
                .phone: ["dst"], .at: ["start", "calldate"], .answeredAt: ["answer"], .seconds: ["billsec"],
                .disposition: ["disposition"], .callerID: ["src", "clid"], .decision: ["userfield", "accountcode"],
                .call: ["uniqueid"],
            ]
        case .vicidial:
            [
                .phone: ["phone_number"], .phoneCode: ["phone_code"], .at: ["start_epoch", "call_date"],
                .seconds: ["length_in_sec"], .disposition: ["status"], .call: ["uniqueid"],
            ]
        }
    }

    private static let general: [CallRecordField: [String]] = [
        .phone: [
            "phone", "called", "called_number", "callee", "destination", "dst", "phone_number", "number", "被叫", "被叫号码",
            "电话", "电话号码", "手机号", "手机号码", "客户号码", "号码",
        ],
        .at: [
            "at", "dialed_at", "started_at", "start_time", "start", "call_time", "calldate", "call_date", "time", "时间",
            "呼叫时间", "拨打时间", "外呼时间", "开始时间", "呼叫开始时间",
        ],
        .callerID: ["caller_id", "caller", "calling_number", "ani", "cli", "主叫", "主叫号码", "外显号码"],
        .answeredAt: ["answered_at", "answer_time", "answer", "接通时间", "应答时间"],
        .seconds: ["talk_seconds", "duration_seconds", "talk_time", "billsec", "通话时长", "通话秒数", "通话时长秒"],
        .disposition: ["outcome", "disposition", "result", "status", "结果", "呼叫结果", "通话结果", "状态"],
        .decision: ["decision_id", "decision", "permit_id", "决定编号", "许可编号"],
        .request: ["request_id", "请求编号"],
        .call: ["call_id", "uniqueid", "呼叫编号", "流水号"],
    ]
}
