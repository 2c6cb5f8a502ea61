import Calendars
import Documents
import GateModel
import PolicyPack
import RuleEngine
import Tables

/// Which column of a CSV file holds what.
struct RowColumns {
    private struct Column {
        /// `attributes.NAME` is the member NAME of the member `attributes`.
        var name: String
        var attribute: String?
        var type: CellType
    }

    private var columns: [Column] = []
    private let delimiter: UInt8
    private let zone: Zone?
    private let attributes: [String: AttributeDeclaration]

    /// Reads the header.
    ///
    /// - Throws: Every column that is unknown, stands twice or is missing.
    init(
        _ header: Row, line: Int, delimiter: UInt8, _ order: ImportOrder, zone: Zone?, policy: LoadedPolicy
    ) throws(UnreadableFile) {
        self.delimiter = delimiter
        self.zone = zone
        attributes = order.kind.hasAttributes ? policy.vocabulary.attributes : [:]
        guard header.isUTF8 else {
            throw UnreadableFile(line: line, "is not UTF-8; save it as CSV UTF-8")
        }
        let fields = order.kind.fields
        var faults: [RowFault] = []
        var seen: Set<String> = []
        for (index, cell) in header.texts.enumerated() {
            func fault(_ reason: String) {
                faults.append(RowFault(line: line, column: index + 1, pointer: "", reason: reason))
            }
            let name = RowColumns.canonical(cell)
            let field = fields.first { $0.name == name || $0.aliases.contains(name) }
            let attribute = name.hasPrefix("attributes.") ? String(name.dropFirst(11)) : nil
            if let field {
                columns.append(Column(name: field.name, type: field.type))
            } else if let attribute, attributes[attribute] != nil {
                columns.append(Column(name: "attributes", attribute: attribute, type: .attribute))
            } else {
                let known = fields.map(\.name) + attributes.keys.sorted().map { "attributes.\($0)" }
                fault(
                    cell.isEmpty
                        ? "a column has no name; name it or remove it"
                        : "`\(cell)` is no column; remove it, known are \(known.joined(separator: ", "))")
                continue
            }
            if !seen.insert(field?.name ?? name).inserted { fault("the column `\(cell)` stands twice; keep one") }
        }
        for names in order.kind.requiredColumns where seen.isDisjoint(with: names) {
            // Without its own column a row takes the source of the file.
            let words = fields.filter { names.contains($0.name) }.map { "`\($0.name)` (\($0.aliases.first ?? ""))" }
            faults.append(
                RowFault(
                    line: line, column: 0, pointer: "",
                    reason: "the column \(words.joined(separator: " or ")) is missing"))
        }
        if order.kind.needsReference, order.source == nil, !seen.contains("source") {
            faults.append(
                RowFault(
                    line: line, column: 0, pointer: "",
                    reason: "the column `source` (来源) is missing; add it, or name the source of the whole file"))
        }
        if !faults.isEmpty { throw UnreadableFile(faults: faults) }
    }

    /// A row as the object that it stands for. Empty cells are null, so that a fault about them knows its column.
    func node(of row: Row, line: Int) throws(Faults) -> Node {
        let here = Mark(line: line, column: 0)
        func refuse(_ detail: String) -> Faults { Faults([Fault(pointer: "", mark: here, detail: detail)]) }
        guard row.isUTF8 else { throw refuse("is not UTF-8; save the file as CSV UTF-8") }
        guard !row.hasBrokenQuotes else { throw refuse("has text after a closing quote; double each quote in a cell") }
        guard row.count == columns.count else {
            throw refuse(
                "has \(row.count) cells where the header has \(columns.count); quote cells that hold a separator")
        }
        var members: [Node.Member] = []
        var nested: [Node.Member] = []
        members.reserveCapacity(columns.count)
        for (index, column) in columns.enumerated() {
            let text = row.text(index)
            let node = Node(text.isEmpty ? .null : value(text, column), mark: Mark(line: line, column: index + 1))
            if let attribute = column.attribute {
                nested.append(Node.Member(name: attribute, node: node))
            } else {
                members.append(Node.Member(name: column.name, node: node))
            }
        }
        if !nested.isEmpty { members.append(Node.Member(name: "attributes", node: Node(.object(nested), mark: here))) }
        return Node(.object(members), mark: here)
    }

    /// What cannot be read as its type stays text: the reader of the field then says what it wants.
    private func value(_ text: String, _ column: Column) -> Node.Value {
        switch column.type {
        case .text: .string(text)
        case .boolean: RowColumns.boolean(text).map { .bool($0) } ?? .string(text)
        case .words:
            .array(
                text.split { $0 == "|" || $0 == "；" || $0 == "、" || ($0 == ";" && delimiter != UInt8(ascii: ";")) }
                    .map { Node(.string(String($0.trimmingSpaces))) })
        case .instant(let date):
            .string(
                Instant(rfc3339: text) == nil
                    ? LocalReading(text)?.instant(in: zone, date: date)?.rfc3339 ?? text : text)
        case .attribute:
            switch column.attribute.flatMap({ attributes[$0] })?.kind {
            case .boolean: RowColumns.boolean(text).map { .bool($0) } ?? .string(text)
            case .integer: Int(text).map { .number(String($0)) } ?? .string(text)
            default: .string(text)
            }
        }
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "1", "是": true
        case "false", "no", "0", "否": false
        default: nil
        }
    }

    /// Lower case, with underscores for the spaces that people put into column names.
    private static func canonical(_ name: String) -> String {
        String(name.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }
}

/// A date, with or without a time of day, as spreadsheets write it.
struct LocalReading {
    private let date: CivilDate
    /// Nil for a date alone.
    private let millisecondOfDay: Int?

    /// Reads `2026-01-31`, `2026/1/31`, `20260131` or `2026年1月31日`, with or without `8:00` or `08:00:00`.
    init?(_ text: String) {
        guard text.allSatisfy({ $0.isASCIIDigit || "-/年月日 T:".contains($0) }) else { return nil }
        var numbers = text.split { !$0.isASCIIDigit }.map { Int($0) ?? -1 }
        if let first = numbers.first, first >= 1000_01_01, first <= 9999_12_31 {
            numbers.replaceSubrange(0...0, with: [first / 10_000, first / 100 % 100, first % 100])
        }
        guard [3, 5, 6].contains(numbers.count), (1000...9999).contains(numbers[0]),
            let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
        else { return nil }
        self.date = date
        guard numbers.count > 3 else {
            millisecondOfDay = nil
            return
        }
        let (hour, minute, second) = (numbers[3], numbers[4], numbers.count == 6 ? numbers[5] : 0)
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
        millisecondOfDay = ((hour * 60 + minute) * 60 + second) * 1000
    }

    /// Nil without a zone, and for a date alone where that says too little.
    func instant(in zone: Zone?, date meaning: CellType.DateMeaning?) -> Instant? {
        guard let zone else { return nil }
        if let millisecondOfDay {
            return zone.instant(of: LocalTime(date: date, millisecondOfDay: millisecondOfDay))
        }
        switch meaning {
        case .startOfDay: return zone.start(of: date)
        case .endOfDay: return zone.start(of: date.adding(days: 1))
        case nil: return nil
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
