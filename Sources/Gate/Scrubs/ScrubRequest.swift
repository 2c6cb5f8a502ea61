import Documents
import GateModel
import PolicyPack
import RuleEngine
import Tables

/// What a scrub asks of every row of a file: the call's other fields, and which columns give them.
public struct ScrubRequest: Sendable, Hashable {
    /// What holds for each row whose own cell is missing or empty, by the contract's names: `purpose`, `caller_id`,
    /// `attributes.NAME`, `location.time_zone`. Lists are comma-separated.
    public var fields: [String: String]
    /// Field → the header of its column; a column that is called like its field needs no entry.
    public var columns: [String: String]
    /// The instant at which the calls are judged; nil for that at which the scrub begins.
    public var at: Instant?
    /// The text's encoding and the workbook's sheet; nil finds them out.
    public var encoding: TextEncoding?
    public var sheet: String?

    public init(fields: [String: String], columns: [String: String] = [:], at: Instant? = nil) {
        self.fields = fields
        self.columns = columns
        self.at = at
    }

    /// Fields of a call that a scrub can be given. The purpose is the scrub's and no row's.
    public static let fieldNames = [
        "region", "mode", "campaign", "product", "caller_id", "customer", "agent", "event", "script", "vendor",
        "legal_entity", "data_fields", "location.time_zone", "location.subdivision",
    ]

    static func isField(_ name: String) -> Bool {
        fieldNames.contains(name) || name.hasPrefix("attributes.") && name.utf8.count > 11
    }

    /// Reads names and values as a query string or a command line gives them: a field by its name, `column.FIELD` for the
    /// header of its column, `at`.
    ///
    /// - Throws: Everything that is wrong in them; what the fields say is checked when the scrub begins.
    public init(_ pairs: [(name: String, value: String)]) throws(Faults) {
        let faults = FaultCollector()
        self.init(fields: [:])
        for (name, value) in pairs {
            func fault(_ detail: String) { faults.add(.member(.root, name), .none, detail) }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            if name == "at" {
                if at != nil { fault("stands twice; give it once") }
                at = Instant(rfc3339: value)
                if at == nil { fault("must be an instant with an offset such as 2026-11-23T20:30:00+08:00") }
            } else if name == "encoding" {
                encoding = TextEncoding(name: value)
                if encoding == nil {
                    fault("must be one of \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))")
                }
            } else if name == "sheet" {
                sheet = value
            } else if parts.count == 2, parts[0] == "column" {
                guard parts[1] == "phone" || ScrubRequest.isField(parts[1]) else {
                    fault("`\(parts[1])` is no field; the fields are phone, \(ScrubRequest.known)")
                    continue
                }
                if value.isEmpty { fault("is empty; give the header of the column") }
                if columns.updateValue(value, forKey: parts[1]) != nil { fault("stands twice; give it once") }
            } else if name == "purpose" || ScrubRequest.isField(name) {
                if fields.updateValue(value, forKey: name) != nil { fault("stands twice; give it once") }
            } else {
                fault("unknown; known are purpose, \(ScrubRequest.known), column.FIELD, at, encoding, sheet")
            }
        }
        if fields["purpose"] == nil { faults.add(.member(.root, "purpose"), .none, "is required; give the purpose") }
        try faults.check()
    }

    private static var known: String { fieldNames.joined(separator: ", ") + ", attributes.NAME" }

    /// As a key of what can be resumed, and for the state that is kept on disk.
    var pairs: [(name: String, value: String)] {
        var pairs = fields.map { (name: $0.key, value: $0.value) }
        pairs += columns.map { (name: "column." + $0.key, value: $0.value) }
        if let at { pairs.append(("at", at.rfc3339)) }
        if let encoding { pairs.append(("encoding", encoding.rawValue)) }
        if let sheet { pairs.append(("sheet", sheet)) }
        return pairs.sorted { $0.name < $1.name }
    }
}

/// Where a field of one row's call stands.
struct ScrubCell {
    var field: String
    var text: String
    var mark: Mark
}

extension ScrubRequest {
    /// The body of a call with these fields and, before them, those of a row.
    ///
    /// - Parameter phone: Any number where only the other fields matter.
    func body(phone: String, _ cells: [ScrubCell], vocabulary: Vocabulary) -> Node {
        var members = [Node.Member(name: "phone", node: Node(.string(phone)))]
        var nested: [String: [Node.Member]] = [:]
        var all = fields.map { ScrubCell(field: $0.key, text: $0.value, mark: .none) }
        all.removeAll { field in cells.contains { $0.field == field.field } }
        for cell in all + cells {
            let parts = cell.field.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                let value = parts[0] == "attributes" ? attribute(cell.text, vocabulary.attributes[parts[1]]) : nil
                nested[parts[0], default: []].append(
                    .init(name: parts[1], node: Node(value ?? .string(cell.text), mark: cell.mark)))
            } else if cell.field == "data_fields" {
                let words = cell.text.split(whereSeparator: { ",;，； ".contains($0) }).map(String.init)
                let nodes = words.map { Node(.string($0), mark: cell.mark) }
                members.append(.init(name: cell.field, node: Node(.array(nodes), mark: cell.mark)))
            } else {
                members.append(.init(name: cell.field, node: Node(.string(cell.text), mark: cell.mark)))
            }
        }
        for (name, inner) in nested.sorted(by: { $0.key < $1.key }) {
            members.append(.init(name: name, node: Node(.object(inner))))
        }
        return Node(.object(members))
    }

    private func attribute(_ text: String, _ declaration: AttributeDeclaration?) -> Node.Value {
        switch declaration?.kind {
        case .boolean:
            // As spreadsheets write it.
            switch text.lowercased() {
            case "true", "yes", "1", "是": .bool(true)
            case "false", "no", "0", "否": .bool(false)
            default: .string(text)
            }
        case .integer where Int(text) != nil: .number(text)
        default: .string(text)
        }
    }
}

/// Why a file cannot be washed. Told without any number.
public struct ScrubFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Lower case, without a full stop.
    public var detail: String
    /// Counted from 1; nil where the fault is of the whole file.
    public var line: Int?
    public var column: Int?

    init(_ detail: String, line: Int? = nil, column: Int? = nil) {
        self.detail = ScrubFault.masked(detail)
        self.line = line
        self.column = column
    }

    public var description: String {
        let place = [line.map { "line \($0)" }, column.map { "column \($0)" }].compactMap { $0 }
        return place.isEmpty ? detail : place.joined(separator: ", ") + ": " + detail
    }

    /// What is quoted may come from a cell, and a cell may hold a number.
    private static func masked(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            index % 2 == 1 && part.count(where: \.isNumber) >= 5
                ? String(part.prefix(60).map { $0.isNumber ? "*" : $0 }) : String(part)
        }.joined(separator: "`")
    }
}
