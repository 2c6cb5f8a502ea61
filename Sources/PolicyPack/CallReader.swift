import Documents
import GateModel
import Numbering
import RuleEngine

/// Reads a call as a dialer, a case or a preview writes it.
public struct CallReader: Sendable {
    public let vocabulary: Vocabulary
    /// Whether an IANA zone of that name exists.
    let isZone: @Sendable (String) -> Bool

    public init(_ policy: LoadedPolicy) {
        vocabulary = policy.vocabulary
        let zones = policy.zones
        isZone = { zones.zone($0) != nil }
    }

    /// Everything the contract calls a 400 is a fault; what it calls a recorded deny is left to the rules.
    public func read(_ reader: inout ObjectReader) -> CallRequest {
        let phone = reader.requireString("phone")
        if reader.node("phone")?.string != nil {
            if !NumberReader.containsDigit(phone) { reader.fault(at: "phone", "has no digit; give the called number") }
        }
        if !reader.has("purpose") {
            reader.fault(at: "purpose", "is required; one of \(vocabulary.purposes.joined(separator: ", "))")
        }
        var request = CallRequest(phone: phone, purpose: vocabulary.purpose(&reader, "purpose") ?? "")
        request.requestID = short(&reader, "request_id")
        if let region = reader.string("region") {
            let isCode = region.utf8.count == 2 && region.utf8.allSatisfy { (65...90).contains($0) }
            if !isCode { reader.fault(at: "region", "must be an ISO 3166-1 code of two capital letters such as CN") }
            request.region = region
        }
        request.mode = reader.choice("mode", CallMode.self) ?? .live
        request.campaign = short(&reader, "campaign")
        request.product = short(&reader, "product")
        // A dialer's template that has none sends an empty text; that is judged like a missing one.
        if reader.node("caller_id")?.string != "" { request.callerID = short(&reader, "caller_id") }
        request.customer = short(&reader, "customer")
        request.agent = short(&reader, "agent")
        request.event = short(&reader, "event")
        request.script = short(&reader, "script")
        request.vendor = short(&reader, "vendor")
        request.legalEntity = short(&reader, "legal_entity")
        request.dataFields = reader.strings("data_fields") ?? []
        if request.dataFields.count > 64 { reader.fault(at: "data_fields", "has more than 64 fields") }
        request.permit = reader.boolean("permit") ?? false
        request.replaces = short(&reader, "replaces")
        if var location = reader.object("location") {
            request.location.timeZone = short(&location, "time_zone")
            if let name = request.location.timeZone, !isZone(name) {
                location.fault(at: "time_zone", "`\(name)` is no IANA time zone; write Asia/Shanghai")
            }
            request.location.subdivision = short(&location, "subdivision")
            if let code = request.location.subdivision, code.wholeMatch(of: /[A-Z]{2}-[A-Z0-9]{1,3}/) == nil {
                location.fault(at: "subdivision", "must be an ISO 3166-2 code such as CN-TJ")
            }
            location.close()
        }
        request.attributes = vocabulary.attributes(&reader, "attributes")
        return request
    }

    private func short(_ reader: inout ObjectReader, _ name: String) -> String? {
        guard let text = reader.string(name) else { return nil }
        if text.isEmpty { reader.fault(at: name, "is empty; leave it out or give a value") }
        if text.utf8.count > 200 { reader.fault(at: name, "is longer than 200 bytes") }
        return text
    }
}

extension LoadedPolicy {
    /// A call with its number and caller id read and its defaults filled in.
    public func normalise(
        _ request: CallRequest, vendor: String = Call.ownVendor, legalEntity: String = Call.mainEntity
    ) -> Call {
        Call(
            number: numbers.read(request.phone, region: request.region), phone: request.phone, purpose: request.purpose,
            mode: request.mode, campaign: request.campaign, product: request.product,
            callerID: request.callerID.map { CallerID(numbers.readCallerID($0, region: request.region).text) },
            customer: request.customer, agent: request.agent, event: request.event, script: request.script,
            dataFields: request.dataFields, location: request.location, attributes: request.attributes,
            vendor: request.vendor ?? vendor, legalEntity: request.legalEntity ?? legalEntity)
    }
}
