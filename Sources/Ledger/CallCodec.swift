import GateModel

// What a decision's personal part keeps of the call, as positional CBOR. A change of the positions is a new core version.
extension CBORWriter {
    public mutating func attributes(_ values: [String: AttributeValue]) {
        each(values.sorted { $0.key < $1.key }) { writer, pair in
            writer.array(2)
            writer.text(pair.key)
            writer.attribute(pair.value)
        }
    }

    mutating func attribute(_ value: AttributeValue) {
        switch value {
        case .boolean(let value): bool(value)
        case .integer(let value): integer(Int64(value))
        case .text(let value): text(value)
        }
    }

    /// What of a call stands in no core.
    public mutating func details(_ call: Call) {
        array(9)
        text(call.phone == call.number.e164?.description ? nil : call.phone)
        text(call.number.category)
        text(call.number.region)
        texts(call.number.subdivisions)
        texts(call.number.zones)
        text(call.event)
        texts(call.dataFields)
        texts([call.location.timeZone ?? "", call.location.subdivision ?? ""])
        attributes(call.attributes)
    }
}

extension CBORReader {
    public mutating func attributes() throws(MalformedRecord) -> [String: AttributeValue] {
        let pairs = try each { reader throws(MalformedRecord) -> (String, AttributeValue) in
            try reader.array(2)
            return (try reader.text(), try reader.attribute())
        }
        return Dictionary(pairs) { $1 }
    }

    mutating func attribute() throws(MalformedRecord) -> AttributeValue {
        var copy = self
        if let value = try? copy.bool() {
            self = copy
            return .boolean(value)
        }
        copy = self
        if let value = try? copy.text() {
            self = copy
            return .text(value)
        }
        return .integer(Int(try integer()))
    }

    /// Completes a call whose core was read.
    ///
    /// - Parameter number: The text by which the number is looked up.
    public mutating func details(of call: inout Call, number: String) throws(MalformedRecord) {
        try array(9)
        call.number.e164 = E164(number)
        call.phone = try optionalText() ?? number
        call.number.category = try optionalText()
        call.number.region = try optionalText()
        call.number.subdivisions = try texts()
        call.number.zones = try texts()
        call.event = try optionalText()
        call.dataFields = try texts()
        let place = try texts()
        guard place.count == 2 else { throw MalformedRecord("a place without its parts") }
        call.location = Location(
            timeZone: place[0].isEmpty ? nil : place[0], subdivision: place[1].isEmpty ? nil : place[1])
        call.attributes = try attributes()
    }
}
