import GateModel

// Calls as positional CBOR, for the personal part of a decision. A change of the positions is a new core version.
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

    public mutating func call(_ call: Call) {
        array(20)
        text(call.phone)
        text(call.number.e164?.description)
        text(call.number.type.rawValue)
        text(call.number.category)
        text(call.number.region)
        texts(call.number.subdivisions)
        texts(call.number.zones)
        text(call.purpose)
        text(call.mode.rawValue)
        text(call.campaign)
        text(call.product)
        text(call.callerID?.text)
        text(call.customer)
        text(call.agent)
        text(call.event)
        text(call.script)
        texts(call.dataFields)
        texts([call.location.timeZone ?? "", call.location.subdivision ?? ""])
        attributes(call.attributes)
        texts([call.vendor, call.legalEntity])
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

    public mutating func call() throws(MalformedRecord) -> Call {
        try array(20)
        let phone = try text()
        let e164 = try optionalText().flatMap { E164($0) }
        let type = NumberType(try text())
        let category = try optionalText()
        let region = try optionalText()
        let number = NumberReading(
            e164: e164, type: type, category: category, region: region, subdivisions: try texts(), zones: try texts())
        var call = Call(number: number, phone: phone, purpose: try text())
        call.mode = CallMode(rawValue: try text()) ?? .live
        call.campaign = try optionalText()
        call.product = try optionalText()
        call.callerID = try optionalText().map(CallerID.init)
        call.customer = try optionalText()
        call.agent = try optionalText()
        call.event = try optionalText()
        call.script = try optionalText()
        call.dataFields = try texts()
        let place = try texts()
        let names = try { () throws(MalformedRecord) -> [String: AttributeValue] in try attributes() }()
        call.attributes = names
        let parties = try texts()
        guard place.count == 2, parties.count == 2 else { throw MalformedRecord("a call with missing parts") }
        call.location = Location(
            timeZone: place[0].isEmpty ? nil : place[0], subdivision: place[1].isEmpty ? nil : place[1])
        (call.vendor, call.legalEntity) = (parties[0], parties[1])
        return call
    }
}
