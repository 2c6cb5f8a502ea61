import GateModel

/// A caller id as the gate reads it: unlike a destination it may be a service code, such as a bank's five digits.
public struct CallerIDReading: Hashable, Sendable {
    /// The one text of all spellings of this caller id: E.164 with its plus where it is one (a 400 number too),
    /// otherwise the bare digits of the national form (`95588`); empty where the input is no number at all.
    public var text: String
    /// As in `NumberReading`; `invalid` for a service code.
    public var type: NumberType
    /// As in `NumberReading`: `service` for a service code, `400` for a 400 number, where the region's plan says so.
    public var category: String?
    /// Nil for a service code.
    public var e164: E164?

    public init(text: String, type: NumberType, category: String? = nil, e164: E164? = nil) {
        self.text = text
        self.type = type
        self.category = category
        self.e164 = e164
    }
}
