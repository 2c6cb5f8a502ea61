import Calendars
import Documents
import GateModel
import Ledger
import Numbering
import PolicyPack

/// What is registered and approved, by the name of its route.
public enum RegistryKind: String, Sendable, CaseIterable {
    case campaigns, vendors, stops, calendars, emergencies
    case callerIDs = "caller-ids"
    case abandonmentRates = "abandonment-rates"

    /// Whether it counts only once another person approved it.
    public var needsApproval: Bool { self == .callerIDs || self == .campaigns || self == .calendars }

    /// Whether it belongs to a legal entity.
    private var hasEntity: Bool { self == .callerIDs || self == .campaigns || self == .vendors }
}

extension RegistryKind {
    private var entryKind: EntryKind {
        switch self {
        case .callerIDs: .callerID
        case .campaigns: .campaign
        case .vendors: .vendor
        case .stops: .stop
        case .calendars: .calendar
        case .emergencies: .emergency
        case .abandonmentRates: .abandonment
        }
    }

    /// Checks a body and gives the JSON that is recorded.
    func body(_ reader: inout ObjectReader, policy: LoadedPolicy, key: APIKey, now: Instant) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("owner", key.owner)
            switch self {
            case .callerIDs: RegistryKind.callerID(&reader, &json, policy)
            case .campaigns: RegistryKind.campaign(&reader, &json, policy)
            case .vendors: RegistryKind.vendor(&reader, &json, policy)
            case .stops: RegistryKind.stop(&reader, &json, policy, now)
            case .calendars: RegistryKind.calendar(&reader, &json, policy)
            case .emergencies: RegistryKind.emergency(&reader, &json, policy, now)
            case .abandonmentRates: RegistryKind.abandonment(&reader, &json, key, now)
            }
            if hasEntity {
                let entity =
                    reader.choice("legal_entity", key.legalEntities) ?? key.legalEntities.first ?? Call.mainEntity
                json.member("legal_entity", entity)
            }
            if self == .callerIDs || self == .campaigns {
                for name in ["source", "source_ref"] { if let text = reader.string(name) { json.member(name, text) } }
            }
        }
        reader.close()
        return json.bytes
    }

    private static func purposes(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy) {
        json.member("purposes", policy.vocabulary.purposes(&reader, "purposes")?.words ?? [])
    }

    private static func instants(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ from: String, _ to: String) {
        let (start, end) = (reader.instant(from), reader.instant(to))
        if let start { json.member(from, start.rfc3339) }
        if let end { json.member(to, end.rfc3339) }
        if let start, let end, end <= start { reader.fault(at: to, "must lie after `\(from)`") }
    }

    private static func callerID(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy) {
        let number = reader.requireString("number")
        let region = reader.string("region")
        if !number.isEmpty && !NumberReader.containsDigit(number) { reader.fault(at: "number", "has no digit") }
        json.member("number", policy.numbers.readCallerID(number, region: region).text)
        purposes(&reader, &json, policy)
        json.member("filing_ref", reader.string("filing_ref"))
        json.member("outbound_approved", reader.boolean("outbound_approved") ?? false)
    }

    private static func campaign(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy) {
        let id = reader.requireString("id")
        if id.utf8.count > 200 { reader.fault(at: "id", "is longer than 200 bytes") }
        json.member("id", id)
        if !reader.isGiven("purpose") { reader.fault(at: "purpose", "is required") }
        json.member("purpose", policy.vocabulary.purpose(&reader, "purpose"))
        json.member("product", reader.string("product"))
        json.member(
            "caller_ids", (reader.strings("caller_ids") ?? []).map { policy.numbers.readCallerID($0, region: nil).text }
        )
        json.member("script", reader.string("script"))
        instants(&reader, &json, "starts_at", "ends_at")
        let attributes = policy.vocabulary.attributes(&reader, "attributes")
        json.name("attributes")
        json.object { json in
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
                switch value {
                case .boolean(let value): json.member(name, value)
                case .integer(let value): json.member(name, value)
                case .text(let value): json.member(name, value)
                }
            }
        }
    }

    private static func vendor(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy) {
        json.member("id", reader.requireString("id"))
        json.member("name", reader.string("name"))
        json.member("mandate_ref", reader.requireString("mandate_ref"))
        purposes(&reader, &json, policy)
        json.member("products", reader.strings("products") ?? [])
        instants(&reader, &json, "from", "to")
    }

    private static func stop(
        _ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy, _ now: Instant
    ) {
        let stop = FactsReader(
            policy, call: Call(number: NumberReading(e164: nil, type: .unknown, region: nil), phone: "", purpose: "")
        )
        .stop(&reader)
        if let until = stop.until, until <= now { reader.fault(at: "until", "lies in the past") }
        let known = Set(policy.snapshot.packs.map(\.jurisdiction))
        for word in stop.jurisdictions where !known.contains(word) {
            reader.fault(at: "jurisdictions", "`\(word)` is no jurisdiction of the policy; write US, or US-CA")
        }
        json.member("all", stop.all)
        json.member("purposes", stop.purposes)
        json.member("campaigns", stop.campaigns)
        json.member("vendors", stop.vendors)
        json.member("caller_ids", stop.callerIDs)
        json.member("jurisdictions", stop.jurisdictions)
        json.member("except_purposes", stop.exceptPurposes)
        if let until = stop.until { json.member("until", until.rfc3339) }
        json.member("reason", stop.reason)
    }

    private static func calendar(_ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy) {
        let id = reader.requireString("calendar")
        if !id.isEmpty && policy.snapshot.calendars[id] == nil {
            reader.fault(
                at: "calendar",
                "`\(id)` is no calendar; known are \(policy.snapshot.calendars.keys.sorted().joined(separator: ", "))")
        }
        let csv: String
        if let text = reader.string("csv") {
            csv = text
        } else {
            let year = reader.integer("year", in: 1970...2200) ?? 0
            if year == 0 { reader.fault(at: "year", "is required") }
            let source = reader.requireString("source")
            var lines = ["# years: \(year)", "date,kind,name,source"]
            for var day in reader.objects("days") ?? [] {
                lines.append(
                    [day.requireString("date"), day.requireString("kind"), day.string("name") ?? "", source]
                        .map { String($0.map { $0 == "," || $0.isNewline ? " " : $0 }) }.joined(separator: ","))
                day.close()
            }
            if lines.count == 2 { reader.fault(at: "days", "is required; a year without a holiday is none") }
            csv = lines.joined(separator: "\n")
        }
        do throws(Faults) {
            let calendar = try HolidayCalendar.parse(id: id, csv: csv)
            json.member("years", calendar.years.sorted().map(String.init))
        } catch {
            for fault in error.all { reader.fault("line \(fault.mark.line): \(fault.detail)") }
        }
        json.member("calendar", id)
        json.member("csv", csv)
    }

    /// Appends a checked body.
    func append(_ body: [UInt8], in group: Group, by key: APIKey) throws -> EntryID {
        let id = group.nextID()
        try group.append(entryKind, id, actor: key.id, json: body)
        return id
    }
}

/// What may be done to a registered thing.
public enum RegistryAction: String, Sendable, CaseIterable {
    case approval, withdrawal, pause, resume, lift, end

    /// Whether another owner than the maker's must do it.
    var needsAnother: Bool { self == .approval || self == .lift || self == .end }
}

extension Group {
    /// Does something to a registered thing; see ``RegistryAction/needsAnother``.
    ///
    /// - Returns: The change's entry; nil where nothing changed.
    func change(_ kind: String, _ name: String, _ action: RegistryAction, reason: String?, by key: APIKey) throws
        -> Result<EntryID?, GateError>
    {
        guard let found = find(kind, name, action) else { return .failure(.notFound("there is no such \(kind)")) }
        if action.needsAnother && found.madeBy == key.owner {
            return .failure(.forbidden("\(action.rawValue) needs another person than the one who made it"))
        }
        var action = action
        if action == .approval && found.isApproved {
            // Whoever may approve a campaign ends its pause so.
            guard kind == "campaign",
                memory.registry.campaigns.values.contains(where: {
                    $0.current?.id == found.id && $0.current?.value.isPaused == true
                })
            else { return .success(nil) }
            action = .resume
        }
        let id = nextID()
        var json = JSONWriter()
        json.object { json in
            json.member("kind", kind)
            json.member("target", found.id.description)
            json.member("action", action.rawValue)
            json.member("owner", key.owner)
            json.member("reason", reason)
        }
        try append(.change, id, actor: key.id, json: json.bytes)
        return .success(id)
    }

    private func find(_ kind: String, _ name: String, _ action: RegistryAction) -> (
        id: EntryID, madeBy: String, isApproved: Bool
    )? {
        let id = EntryID(name)
        let registry = memory.registry
        switch kind {
        case "caller_id":
            let callerID =
                registry.callerIDs.values.first { $0.id == id } ?? id.flatMap { registry.pendingCallerIDs[$0] }
            if let callerID, callerID.isWithdrawn && action == .approval { return nil }
            return callerID.map { ($0.id, $0.madeBy, $0.isApproved) }
        case "campaign":
            for (campaign, pair) in registry.campaigns {
                // What waits is approved; what is in force is paused.
                let candidates = action == .approval ? [pair.pending, pair.current] : [pair.current]
                for found in candidates.compactMap({ $0 }) where found.id == id || campaign == name {
                    return (found.id, found.madeBy, found.isApproved)
                }
            }
            return nil
        case "stop":
            return registry.stops.first { $0.stop.id == name && $0.stop.liftedAt == nil }
                .flatMap { stop in id.map { ($0, stop.madeBy, false) } }
        case "emergency":
            return registry.emergencies.first { $0.id == id && $0.endedAt == nil }.map { ($0.id, $0.madeBy, false) }
        case "hold":
            return registry.holds.first { $0.id == id && $0.liftedAt == nil }.map { ($0.id, $0.madeBy, false) }
        case "calendar":
            return registry.calendars.first { $0.id == id }.map { ($0.id, $0.madeBy, $0.isApproved) }
        case "import":
            return id.flatMap { registry.imports[$0] }.map { ($0.id, $0.madeBy, $0.isApproved) }
        default: return nil
        }
    }
}
