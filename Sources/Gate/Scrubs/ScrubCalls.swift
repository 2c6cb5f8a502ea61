import Documents
import GateModel
import PolicyPack
import RuleEngine
import Suppression
import Tables

/// Makes the call that each row asks about. Belongs to one thread.
struct ScrubCalls {
    let request: ScrubRequest
    let columns: ScrubColumns
    let configuration: Configuration
    let key: APIKey
    /// Rows that agree in every field but number, customer and event share what those fields say.
    private var templates: [[String]: Template] = [:]
    private static let mostTemplates = 4096

    struct Template {
        var call: Call
        var region: String?
    }

    init(_ request: ScrubRequest, _ columns: ScrubColumns, _ configuration: Configuration, by key: APIKey) {
        self.request = request
        self.columns = columns
        self.configuration = configuration
        self.key = key
    }

    /// - Throws: What a decision would answer as a bad request; a number that cannot be read is no such fault.
    mutating func call(_ row: Row, line: Int) throws(ScrubFault) -> Call {
        if row.hasBrokenQuotes {
            throw ScrubFault("text follows a closing quote; double the quotes inside a field", line: line)
        }
        if row.count > columns.count {
            throw ScrubFault(
                "the row has \(row.count) fields and the first row \(columns.count); quote fields that hold the separator",
                line: line, column: columns.count + 1)
        }
        let template = try template(columns.others.map { row.text($0.column) }, line: line)
        var call = template.call
        call.phone = row.text(columns.phone)
        call.number = number(call.phone, region: template.region)
        if let customer = try short(row, columns.customer, line: line) { call.customer = customer }
        if let event = try short(row, columns.event, line: line) { call.event = event }
        return call
    }

    /// A number that is too long to be one, or that a spreadsheet spoilt, is none: deny is the safe reading.
    private func number(_ text: String, region: String?) -> NumberReading {
        let isReadable = text.utf8.count <= 64 && !PhoneColumn.isSpreadsheetNumber(text)
        return configuration.policy.numbers.read(isReadable ? text : "", region: region)
    }

    private func short(_ row: Row, _ column: Int?, line: Int) throws(ScrubFault) -> String? {
        guard let column else { return nil }
        let text = row.text(column)
        if text.isEmpty { return nil }
        if text.utf8.count > 200 { throw ScrubFault("is longer than 200 bytes", line: line, column: column + 1) }
        return text
    }

    private mutating func template(_ texts: [String], line: Int) throws(ScrubFault) -> Template {
        if let known = templates[texts] { return known }
        var cells: [ScrubCell] = []
        for (text, other) in zip(texts, columns.others) where !text.isEmpty {
            cells.append(ScrubCell(field: other.field, text: text, mark: Mark(line: line, column: other.column + 1)))
        }
        let template: Template
        do throws(Faults) {
            template = try Self.template(request, cells, configuration, by: key)
        } catch {
            guard let fault = error.all.first else { throw ScrubFault("\(error)", line: line) }
            let isOfRow = fault.mark != .none
            throw ScrubFault(
                "\(fault.pointer.dropFirst()) \(fault.detail)", line: isOfRow ? line : nil,
                column: isOfRow ? Int(fault.mark.column) : nil)
        }
        if templates.count >= Self.mostTemplates { templates.removeAll(keepingCapacity: true) }
        templates[texts] = template
        return template
    }

    /// The call of the fields that are no row's own, read as a decision's body is.
    static func template(
        _ request: ScrubRequest, _ cells: [ScrubCell], _ configuration: Configuration, by key: APIKey
    ) throws(Faults) -> Template {
        let faults = FaultCollector()
        // The calling code of nobody; the number is the row's.
        let body = request.body(phone: "+0", cells, vocabulary: configuration.policy.vocabulary)
        var reader = ObjectReader(body, faults: faults)
        let asked = configuration.calls.read(&reader)
        reader.close()
        try faults.check()
        let call = configuration.policy.normalise(
            asked, vendor: key.vendors.first ?? Call.ownVendor, legalEntity: key.legalEntities.first ?? Call.mainEntity)
        return Template(call: call, region: asked.region)
    }
}
