import GateModel

/// What stands beside the core of an entry about a person: what it keeps of the person, and what it is found by. The core
/// binds all of it by one commitment; to erase a person is to remove it.
///
/// The formats are docs/decisions/0011 and 0012.
public struct PersonalPart: Hashable, Sendable {
    /// What may be shown of the number.
    public var mask: String?
    /// The text by which the number is looked up.
    public var number: String?
    public var customer: String?
    public var agent: String?
    /// What else the entry's kind keeps, as CBOR; empty for most kinds.
    public var record: [UInt8]
    /// What the entry is found by.
    public var keys: [LookupKey]
    /// The allow whose attempt the entry settles.
    public var settles: Int64?

    public init(
        mask: String? = nil, number: String? = nil, customer: String? = nil, agent: String? = nil,
        record: [UInt8] = [], keys: [LookupKey] = [], settles: Int64? = nil
    ) {
        (self.mask, self.number, self.customer, self.agent, self.record) = (mask, number, customer, agent, record)
        (self.keys, self.settles) = (keys, settles)
    }

    /// What the core's commitment is over.
    public var bytes: [UInt8] {
        var writer = CBORWriter(capacity: record.count + 128)
        writer.array(7)
        writer.text(mask)
        writer.text(number)
        writer.text(customer)
        writer.text(agent)
        writer.data(record)
        writer.data(keys.flatMap(\.bytes))
        if let settles { writer.integer(settles) } else { writer.null() }
        return writer.bytes
    }

    public init(bytes: [UInt8]) throws(MalformedRecord) {
        var reader = CBORReader(bytes)
        try reader.array(7)
        (mask, number) = (try reader.optionalText(), try reader.optionalText())
        (customer, agent) = (try reader.optionalText(), try reader.optionalText())
        record = try reader.data()
        let keyBytes = try reader.data()
        keys = stride(from: 0, to: keyBytes.count - 15, by: 16).compactMap { LookupKey(bytes: keyBytes[$0..<$0 + 16]) }
        settles = try reader.optionalInteger().map { Int64($0) }
        guard keyBytes.count % 16 == 0 else { throw MalformedRecord("a look-up key that is no key") }
        guard reader.isAtEnd else { throw MalformedRecord("bytes after the end") }
    }

    /// Its column in the log, beside those of keys and settled allow: number and record are sealed; mask, customer and agent can be read without the key file.
    public func stored(under secret: SubjectSecret, _ id: EntryID) -> [UInt8] {
        var plain = CBORWriter(capacity: record.count + 24)
        plain.array(2)
        plain.text(number)
        plain.data(record)
        var writer = CBORWriter(capacity: record.count + 96)
        writer.array(4)
        writer.text(mask)
        writer.data(secret.seal(plain.bytes, id))
        writer.text(customer)
        writer.text(agent)
        return writer.bytes
    }

    /// - Throws: Where the bytes were changed, or belong to another entry or person.
    public init(
        stored: [UInt8], keys: [LookupKey], settles: Int64?, under secret: SubjectSecret, _ id: EntryID
    ) throws(MalformedRecord) {
        (self.keys, self.settles) = (keys, settles)
        var reader = CBORReader(stored)
        try reader.array(4)
        mask = try reader.optionalText()
        var plain = CBORReader(try secret.open(try reader.data(), id))
        (customer, agent) = (try reader.optionalText(), try reader.optionalText())
        try plain.array(2)
        (number, record) = (try plain.optionalText(), try plain.data())
        guard reader.isAtEnd, plain.isAtEnd else { throw MalformedRecord("bytes after the end") }
    }

    /// What can be read without the person's secret.
    public struct Shown: Hashable, Sendable {
        public var mask: String?
        public var customer: String?
        public var agent: String?

        public init(stored: [UInt8]) throws(MalformedRecord) {
            var reader = CBORReader(stored)
            try reader.array(4)
            mask = try reader.optionalText()
            try reader.skip()
            (customer, agent) = (try reader.optionalText(), try reader.optionalText())
        }
    }
}
