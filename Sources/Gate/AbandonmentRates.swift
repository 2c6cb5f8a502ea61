import Documents
import GateModel
import Ledger

/// How many of the answered calls of a campaign were abandoned in a period, as the dialer counts them.
public struct AbandonmentReport: Sendable {
    /// Whose calls they are.
    public struct Dialing: Hashable, Sendable {
        public var vendor: String
        /// Nil: the vendor's calls that name no campaign.
        public var campaign: String?
    }

    public var id: EntryID
    public var dialing: Dialing
    /// Calls that a person answered, the abandoned ones included.
    public var answered: Int
    public var abandoned: Int
    public var from: Instant
    /// Exclusive.
    public var to: Instant
    public var source: String?

    /// The body was checked before it was recorded.
    init?(_ body: Node, id: EntryID) {
        guard let vendor = body["vendor"]?.string, let answered = body.integer("answered"),
            let abandoned = body.integer("abandoned"), let from = body.instant("from"), let to = body.instant("to")
        else { return nil }
        self.id = id
        dialing = Dialing(vendor: vendor, campaign: body["campaign"]?.string)
        (self.answered, self.abandoned, self.from, self.to) = (answered, abandoned, from, to)
        source = body["source"]?.string
    }

    /// From 0 to 1; nothing answered is nothing abandoned.
    public var rate: Double { answered == 0 ? 0 : Double(abandoned) / Double(answered) }

    public func write(to json: inout JSONWriter) {
        json.member("id", id.description)
        json.member("campaign", dialing.campaign)
        json.member("vendor", dialing.vendor)
        json.member("answered", answered)
        json.member("abandoned", abandoned)
        json.name("rate")
        json.node(Node(.number("\(rate)")))
        json.member("from", from.rfc3339)
        json.member("to", to.rfc3339)
        json.member("source", source)
    }
}

extension RegistryKind {
    /// Reads a report. A dialer counts for its own vendors only.
    static func abandonment(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ key: APIKey, _ now: Instant) {
        let vendor =
            key.role == .dialer ? reader.choice("vendor", key.vendors) ?? key.vendors.first : reader.string("vendor")
        json.member("vendor", vendor ?? Call.ownVendor)
        json.member("campaign", reader.string("campaign"))
        let counts = ["answered", "abandoned"].map { name in
            if !reader.isGiven(name) { reader.fault(at: name, "is required; a count of calls") }
            let count = reader.integer(name, in: 0...1_000_000_000) ?? 0
            json.member(name, count)
            return count
        }
        if counts[1] > counts[0] { reader.fault(at: "abandoned", "is more than were answered") }
        let (from, to) = (reader.requireInstant("from"), reader.requireInstant("to"))
        if to <= from { reader.fault(at: "to", "must lie after `from`") }
        if to > now + .minutes(5) { reader.fault(at: "to", "lies in the future") }
        json.member("from", from.rfc3339)
        json.member("to", to.rfc3339)
        json.member("source", reader.string("source"))
    }
}
