import GateModel
import Suppression
import Tables

/// Which column of a campaign file gives which field of the call.
struct ScrubColumns: Sendable {
    var phone: Int
    var customer: Int?
    var event: Int?
    /// Fields that take few different values, with their columns.
    var others: [(field: String, column: Int)] = []
    /// Whether the first row names the columns and is no call.
    var hasHeader: Bool
    /// Fields of the first row.
    var count: Int

    /// Headers of the columns that a scrub adds.
    static let added = ["callgate_verdict", "callgate_reason", "callgate_rules", "callgate_retry_at"]

    /// - Throws: Where the first row leaves open which column holds what.
    init(firstRow row: Row, line: Int, request: ScrubRequest, normalise: (String) -> E164?) throws(ScrubFault) {
        let cells = row.texts
        count = cells.count
        do throws(SuppressionError) {
            // A column that is named makes the first row a header.
            (phone, hasHeader) = try PhoneColumn.find(
                in: cells, isUTF8: true, named: request.columns["phone"], normalise: normalise)
        } catch {
            guard case .rejected(let why) = error else { throw ScrubFault("\(error)", line: line) }
            throw ScrubFault("\(why)", line: line)
        }
        let wanted = request.columns.keys.filter { $0 != "phone" }.sorted()
        guard hasHeader else {
            if let first = wanted.first {
                throw ScrubFault("the file has no header, so no column is called as `\(first)` is; add one", line: line)
            }
            return
        }
        let names = cells.map(PhoneColumn.canonical)
        for name in Self.added {
            if let place = names.firstIndex(of: PhoneColumn.canonical(name)) {
                throw ScrubFault(
                    "the column `\(name)` is of an earlier scrub; remove what that added", line: line, column: place + 1
                )
            }
        }
        for (field, header) in request.columns where field != "phone" {
            let places = names.indices.filter { names[$0] == PhoneColumn.canonical(header) }
            guard let place = places.first else { throw ScrubFault("there is no column `\(header)`", line: line) }
            if places.count > 1 { throw Self.ambiguous(header, line, places[1]) }
            take(field, place)
        }
        for field in ScrubRequest.fieldNames + Self.attributes(cells) where request.columns[field] == nil {
            let places = names.indices.filter {
                cells[$0] == field || names[$0] == PhoneColumn.canonical(field) && !field.contains(".")
            }
            guard let place = places.first, place != phone else { continue }
            if places.count > 1 { throw Self.ambiguous(field, line, places[1]) }
            take(field, place)
        }
        others.sort { $0.field < $1.field }
    }

    private static func attributes(_ cells: [String]) -> [String] {
        Array(Set(cells.filter { $0.hasPrefix("attributes.") })).sorted()
    }

    private static func ambiguous(_ name: String, _ line: Int, _ place: Int) -> ScrubFault {
        ScrubFault("a second column is called `\(name)`; rename one", line: line, column: place + 1)
    }

    private mutating func take(_ field: String, _ column: Int) {
        switch field {
        case "customer": customer = column
        case "event": event = column
        default: others.append((field, column))
        }
    }
}
