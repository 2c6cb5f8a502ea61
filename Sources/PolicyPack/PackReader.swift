import Calendars
import Documents
import GateModel
import RuleEngine

/// The texts of a pack that evaluation does not need, for people.
public struct PackNotes: Sendable {
    public struct Retention: Sendable {
        public var record: String
        public var minimum: String?
        public var period: String
        public var citation: String
    }

    public var asOf: String
    public var retention: [Retention] = []
    public var settings: [String: Localised] = [:]
    /// Where each rule stands in the file.
    public var marks: [String: Mark] = [:]
    /// Purposes that the pack deliberately leaves without an hours rule.
    public var anyHour: Set<String> = []
    /// Registers that somebody else keeps, and that an instance must subscribe to.
    public var registers: Set<String> = []
    /// What the pack does not settle, for people.
    public var watch: [Localised] = []
    /// What is due after a complaint was received; of the core pack only.
    public var complaintSteps: [ComplaintStep] = []
}

/// Something that is due after a complaint was received.
public struct ComplaintStep: Hashable, Sendable {
    public var step: String
    /// Counted from the receipt.
    public var within: Span
    /// The step that it gives more time; nil for one that is due by itself.
    public var extends: String?
    /// Whether that takes a second person.
    public var needsApproval: Bool
}

extension PackContext {
    /// Reads `pack.yaml` of a jurisdiction.
    mutating func pack(
        _ reader: inout ObjectReader, zones: any ZoneSource, coreSettings: Set<String>
    ) -> (pack: Pack, notes: PackNotes) {
        let id = reader.requireString("pack")
        let jurisdiction = reader.requireString("jurisdiction")
        if !jurisdiction.isEmpty, jurisdiction.wholeMatch(of: /[A-Z]{2}(-[A-Z0-9]{1,3})?/) == nil {
            reader.fault(at: "jurisdiction", "`\(jurisdiction)` is no ISO 3166 code; write CN or US-FL")
        }
        let title = reader.localised("title")
        var notes = PackNotes(asOf: reader.requireString("as_of"))
        let legalZones = (reader.strings("zones") ?? []).compactMap { name -> Zone? in
            if let zone = zones.zone(name) { return zone }
            reader.fault(at: "zones", "`\(name)` is not in the time zone database")
            return nil
        }
        let calendar = reader.string("calendar")
        let declared = purposes
        let own = check(&reader, "purposes", against: declared, word: "purpose") ?? []
        if own.isEmpty { reader.fault(at: "purposes", "is required; name the purposes that the pack speaks of") }
        products = reader.strings("products") ?? []
        dataFields = Set(reader.strings("data_fields") ?? [])
        readSettings(&reader, core: coreSettings, notes: &notes)
        readAttributes(&reader)
        let switches = reader.objectSettings()
        let obligations = (reader.objects("obligations") ?? []).map { object in
            var object = object
            return obligation(&object)
        }
        readRetention(&reader, notes: &notes)
        notes.registers = Set(reader.strings("registers") ?? [])
        notes.watch = (reader.objects("watch") ?? []).map { object in
            var object = object
            return object.localisedText()
        }
        notes.anyHour = Set(check(&reader, "any_hour", against: own, word: "purpose of the pack") ?? [])
        let rules = (reader.objects("rules") ?? []).compactMap { object in
            var object = object
            return rule(&object)
        }
        reader.close()
        notes.marks = ruleMarks
        let pack = Pack(
            id: id, jurisdiction: jurisdiction, title: title, zones: legalZones, calendar: calendar, purposes: own,
            products: products, dataFields: dataFields, attributes: attributes, settings: switches,
            obligations: obligations, rules: rules)
        return (pack, notes)
    }

    mutating func readSettings(_ reader: inout ObjectReader, core: Set<String>, notes: inout PackNotes) {
        settings = core
        guard let object = reader.object("settings") else { return }
        for member in object.members {
            var setting = ObjectReader(member.node, at: .member(object.pointer, member.name), faults: object.faults)
            if setting.boolean("default") == nil { setting.fault(at: "default", "is required; true or false") }
            notes.settings[member.name] = setting.localised("text")
            setting.close()
            settings.insert(member.name)
        }
    }

    /// Two passes, because a record's condition may name an attribute that is declared below it.
    private mutating func readAttributes(_ reader: inout ObjectReader) {
        guard let object = reader.object("attributes") else { return }
        let faults = object.faults
        for pass in 1...2 {
            for member in object.members {
                let collector = pass == 1 ? FaultCollector(isLenient: true) : faults
                var attribute = ObjectReader(member.node, at: .member(object.pointer, member.name), faults: collector)
                attributes[member.name] = declaration(&attribute)
            }
        }
    }

    private func declaration(_ reader: inout ObjectReader) -> AttributeDeclaration {
        let type = reader.choice("type", ["boolean", "integer", "choice"])
        if type == nil && !reader.has("type") { reader.fault(at: "type", "is required: boolean, integer or choice") }
        let values = reader.strings("values")
        let ordered = reader.boolean("ordered") ?? false
        if type == "choice" && values == nil { reader.fault(at: "values", "is required for a choice") }
        let kind: AttributeDeclaration.Kind =
            switch type {
            case "integer": .integer
            case "choice": .choice(values ?? [], ordered: ordered)
            default: .boolean
            }
        var declaration = AttributeDeclaration(kind: kind)
        if var absent = reader.object("when_absent") {
            for member in absent.members {
                if !purposes.contains(member.name) && CallMode(rawValue: member.name) == nil {
                    absent.fault(at: member.name, "is neither a declared purpose nor a mode")
                }
                if absent.choice(member.name, ["deny", "pass"]) == "deny" {
                    declaration.deniesWhenAbsent.insert(member.name)
                }
            }
        }
        switch reader.choice("on_record", ["vendor_mandate", "failed_in_a_row"]) {
        case "vendor_mandate": declaration.record = .vendorMandate
        case "failed_in_a_row": declaration.record = .failedInARow(applicability(&reader, "of"))
        default: break
        }
        reader.close()
        return declaration
    }

    private func obligation(_ reader: inout ObjectReader) -> ObligationRule {
        let kind = reader.requireString("kind")
        var values: [String: AttributeValue] = [:]
        if let object = reader.object("with") {
            for member in object.members {
                values[member.name] = AttributeValue(member.node)
                if values[member.name] == nil {
                    object.fault(at: member.name, "must be a word, a whole number or a boolean")
                }
            }
        }
        let applies = applicability(&reader, "applies")
        reader.close()
        return ObligationRule(kind: kind, values: values, applies: applies)
    }

    private func readRetention(_ reader: inout ObjectReader, notes: inout PackNotes) {
        for var object in reader.objects("retention") ?? [] {
            let (minimum, period) = (object.string("minimum"), object.requireString("default"))
            let terms = [("minimum", minimum), ("default", period)].compactMap { name, text -> RetentionTerm? in
                guard let text, !text.isEmpty else { return nil }
                let term = RetentionTerm(text)
                if term == nil { object.fault(at: name, "`\(text)` is no term; write 30d or 60mo") }
                return term
            }
            // Any instant will do; a month is never shorter than 28 days.
            let now = Instant(seconds: 1_800_000_000)
            if terms.count == 2, terms[1].end(at: now) > terms[0].end(at: now) {
                object.fault(at: "default", "`\(period)` is shorter than the minimum")
            }
            notes.retention.append(
                .init(
                    record: object.requireString("record"), minimum: minimum, period: period,
                    citation: object.requireString("citation")))
            object.close()
        }
    }
}

extension ObjectReader {
    /// The switches of `settings` with their defaults; their texts are read elsewhere.
    mutating func objectSettings() -> [String: Bool] {
        guard case .object(let members)? = node("settings")?.value else { return [:] }
        return members.reduce(into: [:]) { result, member in
            if case .bool(let value)? = member.node["default"]?.value { result[member.name] = value }
        }
    }
}
