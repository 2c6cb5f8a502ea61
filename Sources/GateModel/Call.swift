/// What is known of the called party's place beyond the number.
public struct Location: Hashable, Sendable {
    /// IANA name.
    public var timeZone: String?
    /// ISO 3166-2 code.
    public var subdivision: String?

    public init(timeZone: String? = nil, subdivision: String? = nil) {
        self.timeZone = timeZone
        self.subdivision = subdivision
    }
}

/// A dialer's question as it was asked: checked for form, not yet for sense.
public struct CallRequest: Hashable, Sendable {
    public var requestID: String?
    public var phone: String
    public var region: String?
    public var purpose: String
    public var mode: CallMode = .live
    public var campaign: String?
    public var product: String?
    public var callerID: String?
    public var customer: String?
    public var agent: String?
    /// A fraud event, a debt or a case, for caps that count by it.
    public var event: String?
    public var script: String?
    public var dataFields: [String] = []
    public var permit = false
    /// The decision id of an open allow that this call takes the place of.
    public var replaces: String?
    public var location = Location()
    public var attributes: [String: AttributeValue] = [:]
    public var vendor: String?
    public var legalEntity: String?

    public init(phone: String, purpose: String) {
        self.phone = phone
        self.purpose = purpose
    }
}

/// A call as the rules see it: number read, defaults filled in.
public struct Call: Hashable, Sendable {
    public var number: NumberReading
    /// The number as it was written, for answers about a number that cannot be read.
    public var phone: String
    public var purpose: String
    public var mode: CallMode
    public var campaign: String?
    public var product: String?
    public var callerID: CallerID?
    public var customer: String?
    public var agent: String?
    public var event: String?
    public var script: String?
    public var dataFields: [String]
    public var location: Location
    public var attributes: [String: AttributeValue]
    public var vendor: String
    public var legalEntity: String

    public init(
        number: NumberReading, phone: String, purpose: String, mode: CallMode = .live, campaign: String? = nil,
        product: String? = nil, callerID: CallerID? = nil, customer: String? = nil, agent: String? = nil,
        event: String? = nil, script: String? = nil, dataFields: [String] = [], location: Location = Location(),
        attributes: [String: AttributeValue] = [:], vendor: String = Call.ownVendor,
        legalEntity: String = Call.mainEntity
    ) {
        self.number = number
        self.phone = phone
        self.purpose = purpose
        self.mode = mode
        self.campaign = campaign
        self.product = product
        self.callerID = callerID
        self.customer = customer
        self.agent = agent
        self.event = event
        self.script = script
        self.dataFields = dataFields
        self.location = location
        self.attributes = attributes
        self.vendor = vendor
        self.legalEntity = legalEntity
    }

    /// The vendor of a call that the institution makes itself.
    public static let ownVendor = "own"
    /// The legal entity where none is named.
    public static let mainEntity = "main"
}

/// A caller id in one spelling: E.164 where it is one, otherwise its bare digits (`95588`).
public struct CallerID: Hashable, Sendable {
    public var text: String
    public init(_ text: String) { self.text = text }
}
