import GateModel
import Ledger

/// A decision as it is recorded: enough to answer it again and to decide it again. A class, so that handing it from the
/// sequencer to the answer copies nothing.
public final class DecisionRecord: Sendable {
    public let id: EntryID
    public let at: Instant
    /// The id of the key that asked.
    public let actor: String
    public let call: Call
    public let facts: Facts
    public let judgement: Judgement
    /// The snapshot entry that names policy, lists and tzdata.
    public let snapshot: Int64
    public let zones: [ZoneUse]
    public let requestID: String?
    public let wantsPermit: Bool
    public let replaces: String?
    public let permit: String?
    /// Whether its asker listened only for a time, so that it may be recorded and yet not told.
    public let hasDeadline: Bool

    /// A zone that was read, and what it said.
    public struct ZoneUse: Sendable, Hashable {
        public var name: String
        public var offset: Int
        public var sha256: [UInt8]
    }

    /// What the log's verifiable core says of it: nothing about the person.
    var core: [UInt8] {
        var writer = CBORWriter(capacity: 320)
        writer.array(18)
        writer.integer(snapshot)
        writer.text(call.purpose)
        writer.text(call.mode.rawValue)
        writer.text(call.campaign)
        writer.text(call.product)
        writer.text(call.callerID?.text)
        writer.text(call.script)
        writer.text(call.vendor)
        writer.text(call.legalEntity)
        writer.text(call.number.type.rawValue)
        writer.texts(judgement.jurisdictions)
        writer.each(judgement.reasons) { writer, reason in
            writer.array(5)
            writer.text(reason.rule)
            writer.text(reason.kind.rawValue)
            writer.text(reason.detail)
            writer.text(reason.source?.rawValue)
            writer.instant(reason.retryAt)
        }
        writer.instant(judgement.retryAt)
        writer.instant(judgement.validUntil)
        writer.each(judgement.obligations) { writer, obligation in
            writer.array(3)
            writer.text(obligation.kind)
            writer.attributes(obligation.values)
            if let fields = obligation.fields { writer.texts(fields) } else { writer.null() }
        }
        writer.each(judgement.stoodAside) { writer, aside in
            writer.array(2)
            writer.text(aside.rule)
            writer.text(aside.why)
        }
        writer.integer(judgement.localOffset)
        writer.each(zones) { writer, zone in
            writer.array(3)
            writer.text(zone.name)
            writer.integer(Int64(zone.offset))
            writer.data(zone.sha256)
        }
        return writer.bytes
    }

    /// What its personal part keeps beside the names: what of the call is not in the core, and what the rules saw.
    var personal: [UInt8] {
        var writer = CBORWriter(capacity: 512)
        writer.array(8)
        writer.details(call)
        writer.facts(facts)
        writer.each(judgement.provenance.sorted { $0.key < $1.key }) { writer, pair in
            writer.array(2)
            writer.text(pair.key)
            writer.bool(pair.value == .onRecord)
        }
        writer.text(requestID)
        writer.bool(wantsPermit)
        writer.text(replaces)
        writer.text(permit)
        writer.bool(hasDeadline)
        return writer.bytes
    }

    /// - Parameter personal: Nil for an erased person, of whom only the core is left.
    init(_ core: EntryCore, personal: PersonalPart?) throws(MalformedRecord) {
        id = core.id
        at = core.at
        actor = core.actor
        var reader = CBORReader(core.body)
        try reader.array(18)
        snapshot = try reader.integer()
        let purpose = try reader.text()
        let mode = CallMode(rawValue: try reader.text()) ?? .live
        let (campaign, product, callerID) = (
            try reader.optionalText(), try reader.optionalText(), try reader.optionalText()
        )
        let (script, vendor, entity) = (try reader.optionalText(), try reader.text(), try reader.text())
        let type = NumberType(try reader.text())
        let jurisdictions = try reader.texts()
        let reasons = try reader.each { reader throws(MalformedRecord) in
            try reader.array(5)
            return Reason(
                rule: try reader.text(), kind: ReasonKind(rawValue: try reader.text()) ?? .unavailable,
                detail: try reader.optionalText(),
                source: try reader.optionalText().flatMap(FactSource.init(rawValue:)),
                retryAt: try reader.optionalInstant())
        }
        let (retryAt, validUntil) = (try reader.optionalInstant(), try reader.optionalInstant())
        let obligations = try reader.each { reader throws(MalformedRecord) in
            try reader.array(3)
            let (kind, values) = (try reader.text(), try reader.attributes())
            let fields = try reader.isNull() ? nil : try reader.texts()
            return Obligation(kind: kind, values: values, fields: fields)
        }
        let aside = try reader.each { reader throws(MalformedRecord) in
            try reader.array(2)
            return StoodAside(rule: try reader.text(), why: try reader.text())
        }
        let offset = try reader.optionalInteger()
        zones = try reader.each { reader throws(MalformedRecord) in
            try reader.array(3)
            return ZoneUse(name: try reader.text(), offset: Int(try reader.integer()), sha256: try reader.data())
        }
        var judgement = Judgement(
            verdict: core.kind == .allow ? .allow : .deny, reasons: reasons, retryAt: retryAt, validUntil: validUntil,
            obligations: obligations, stoodAside: aside, jurisdictions: jurisdictions, localOffset: offset,
            provenance: [:])
        var call = Call(
            number: NumberReading(e164: nil, type: type, region: nil), phone: "", purpose: purpose, mode: mode,
            campaign: campaign, product: product, callerID: callerID.map(CallerID.init), script: script,
            vendor: vendor, legalEntity: entity)
        guard let personal else {
            self.call = call
            facts = Facts()
            (requestID, wantsPermit, replaces, permit, hasDeadline) = (nil, false, nil, nil, false)
            self.judgement = judgement
            return
        }
        guard let number = personal.number else { throw MalformedRecord("a decision on no number") }
        (call.customer, call.agent) = (personal.customer, personal.agent)
        var sealed = CBORReader(personal.record)
        try sealed.array(8)
        try sealed.details(of: &call, number: number)
        self.call = call
        facts = try sealed.facts()
        let provenance = try sealed.each { reader throws(MalformedRecord) -> (String, Provenance) in
            try reader.array(2)
            return (try reader.text(), try reader.bool() ? .onRecord : .asserted)
        }
        judgement.provenance = Dictionary(provenance) { $1 }
        self.judgement = judgement
        requestID = try sealed.optionalText()
        wantsPermit = try sealed.bool()
        replaces = try sealed.optionalText()
        permit = try sealed.optionalText()
        hasDeadline = try sealed.bool()
    }

    init(
        id: EntryID, at: Instant, actor: String, call: Call, facts: Facts, judgement: Judgement, snapshot: Int64,
        zones: [ZoneUse], requestID: String? = nil, wantsPermit: Bool = false, replaces: String? = nil,
        permit: String? = nil, hasDeadline: Bool = false
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.call = call
        self.facts = facts
        self.judgement = judgement
        self.snapshot = snapshot
        self.zones = zones
        self.requestID = requestID
        self.wantsPermit = wantsPermit
        self.replaces = replaces
        self.permit = permit
        self.hasDeadline = hasDeadline
    }
}
