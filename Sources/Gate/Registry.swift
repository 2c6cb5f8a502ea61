import Documents
import GateModel
import Ledger
import PolicyPack
import Storage

/// Everything that is registered and approved, folded from the log. Small, so it is held in memory whole.
public struct Registry: Sendable {
    /// Something that somebody made and another must approve.
    public struct Approvable<Value: Sendable>: Sendable {
        public var id: EntryID
        public var value: Value
        public var madeBy: String
        public var isApproved = false
        /// Who approved it: the owner, and the id of the key.
        var approvedBy: (owner: String, actor: String)?
        public var isWithdrawn = false
        public var details: Node
    }

    public var keys: [String: APIKey] = [:]
    var keysByHash: [Fingerprint: String] = [:]
    /// By the caller id's text.
    public var callerIDs: [String: Approvable<CallerIDRecord>] = [:]
    /// New filings of caller ids that are in force; each takes the place of the old one once it is approved.
    public var pendingCallerIDs: [EntryID: Approvable<CallerIDRecord>] = [:]
    /// By campaign id: what is in force, and a change that waits for approval.
    public var campaigns: [String: (current: Approvable<Campaign>?, pending: Approvable<Campaign>?)] = [:]
    public var mandates: [String: [Approvable<Mandate>]] = [:]
    public var stops: [(stop: Stop, madeBy: String)] = []
    /// Every emergency that was ever entered, in order.
    public private(set) var emergencies: [EmergencyRecord] = []
    /// The count of each campaign and vendor that reaches furthest.
    public private(set) var abandonment: [AbandonmentReport.Dialing: AbandonmentReport] = [:]
    public private(set) var holds: [Hold] = []
    /// Complaints that are not closed.
    public internal(set) var openComplaints: [EntryID: ComplaintRecord] = [:]
    /// Calendar files that were put in over the gate, by calendar id and entry.
    public var calendars: [Approvable<CalendarFile>] = []
    /// What was put in force, by list and in order; the last is in force.
    public private(set) var activations: [String: [ListActivation]] = [:]
    /// Wishes to go back to an earlier version, by list, since the last activation.
    private(set) var proposals: [String: ListProposal] = [:]
    /// Grows by one with each; the same in every process that has read as much of the log.
    public private(set) var listGeneration = 0
    /// The policy that the log says is in force; nil until the first was written down.
    public private(set) var policy: PolicyActivation?
    /// Somebody's wish to put another in force, since then.
    private(set) var policyProposal: PolicyProposal?
    /// Files of rows whose check found nothing that stands in the way.
    public var imports: [EntryID: Approvable<ImportOrder>] = [:]
    /// How far those are applied; told for every one that is finished, and for those that are being applied.
    var importProgress: [EntryID: ImportProgress] = [:]

    public struct CalendarFile: Sendable {
        public var calendar: String
        public var csv: String
    }

    public init() {}

    /// Everything registered in a log.
    init(reading store: any StoreReading, keys: LedgerKeys) throws {
        for entry in try store.entries(by: keys.key(.registry)) { fold(entry, try EntryCore(bytes: entry.core)) }
        for entry in try store.entries(by: keys.key(.complaints)) { fold(entry, try EntryCore(bytes: entry.core)) }
        for id in imports.keys where importProgress[id] == nil {
            guard let last = try store.entries(by: keys.key(.rows(of: id))).last else { continue }
            fold(last, try EntryCore(bytes: last.core))
        }
    }

    /// Takes in one entry, in the order of the log. Others leave it as it is.
    mutating func fold(_ entry: StoredEntry, _ core: EntryCore) {
        switch core.kind {
        case .complaint, .complaintStep: return fold(complaint: core)
        case .key, .keyRevocation, .callerID, .campaign, .vendor, .stop, .calendar, .list, .change, .importBatch,
            .policy, .hold, .emergency, .abandonment:
            break
        default: return
        }
        guard let body = try? JSONParser.parse(core.body) else { return }
        let owner = body["owner"]?.string ?? core.actor
        switch core.kind {
        case .key:
            guard let key = APIKey(body) else { return }
            keys[key.id] = key
            if let fingerprint = key.fingerprint { keysByHash[fingerprint] = key.id }
        case .keyRevocation:
            guard let id = body["id"]?.string, let key = keys[id] else { return }
            keys[id]?.isRevoked = true
            if let fingerprint = key.fingerprint { keysByHash[fingerprint] = nil }
        case .callerID:
            let record = CallerIDRecord(body)
            let made = Approvable(id: core.id, value: record, madeBy: owner, details: body)
            if let current = callerIDs[record.number], current.isApproved, !current.isWithdrawn {
                pendingCallerIDs[core.id] = made
            } else {
                callerIDs[record.number] = made
            }
        case .campaign:
            let campaign = Campaign(body)
            campaigns[campaign.id, default: (nil, nil)].pending =
                Approvable(id: core.id, value: campaign, madeBy: owner, details: body)
        case .vendor:
            let mandate = Mandate(body)
            mandates[mandate.vendor, default: []].append(
                Approvable(id: core.id, value: mandate, madeBy: owner, isApproved: true, details: body))
        case .stop:
            var stop = Stop(body)
            stop.id = core.id.description
            stop.from = core.at
            stops.append((stop, owner))
        case .emergency:
            guard let emergency = EmergencyRecord(body, id: core.id, owner: owner) else { return }
            emergencies.append(emergency)
        case .abandonment:
            guard let report = AbandonmentReport(body, id: core.id) else { return }
            if let known = abandonment[report.dialing], known.to > report.to { return }
            abandonment[report.dialing] = report
        case .calendar:
            let file = CalendarFile(calendar: body["calendar"]?.string ?? "", csv: body["csv"]?.string ?? "")
            calendars.append(Approvable(id: core.id, value: file, madeBy: owner, details: body))
        case .list:
            guard let name = body["list"]?.string,
                let activation = ListActivation(body, at: core.at, after: activations[name]?.last)
            else { return }
            // A folded version is the same content in another form.
            if activation.version == activations[name]?.last?.version {
                activations[name]?.removeLast()
            } else {
                proposals[name] = nil
            }
            activations[name, default: []].append(activation)
            listGeneration += 1
        case .importBatch:
            guard let id = body["import"]?.string.flatMap({ EntryID($0) }) else { return }
            if let progress = ImportProgress(body) {
                importProgress[id] = progress
            } else if let order = ImportOrder(body) {
                imports[id] = Approvable(
                    id: id, value: order, madeBy: owner, isApproved: !order.kind.needsApproval, details: body)
            }
        case .policy:
            guard let activation = PolicyActivation(body, owner: owner, at: core.at) else { return }
            (policy, policyProposal) = (activation, nil)
        case .change where body["kind"]?.string == "policy_proposal":
            guard let id = body["policy"]?.string else { return }
            policyProposal = PolicyProposal(policy: id, owner: owner, at: core.at)
        case .hold:
            // The first key is that of the registry.
            holds.append(Hold(core, body, about: Array(entry.keys.dropFirst())))
        case .change where body["kind"]?.string == "list_proposal":
            guard let name = body["list"]?.string, let proposal = ListProposal(body, owner: owner) else { return }
            proposals[name] = proposal
        case .change:
            change(body, at: core.at, by: core.actor)
        default: return
        }
    }

    private mutating func change(_ body: Node, at: Instant, by actor: String) {
        guard let target = body["target"]?.string, let id = EntryID(target), let action = body["action"]?.string else {
            return
        }
        switch body["kind"]?.string {
        case "caller_id":
            if action == "approval", var approved = pendingCallerIDs.removeValue(forKey: id) {
                approved.isApproved = true
                callerIDs[approved.value.number] = approved
                return
            }
            if action == "withdrawal", pendingCallerIDs.removeValue(forKey: id) != nil { return }
            guard let number = callerIDs.first(where: { $0.value.id == id })?.key else { return }
            if action == "approval" { callerIDs[number]?.isApproved = true }
            if action == "withdrawal" { callerIDs[number]?.isWithdrawn = true }
        case "campaign":
            for (name, pair) in campaigns {
                if pair.pending?.id == id, action == "approval" {
                    var approved = pair.pending
                    approved?.isApproved = true
                    approved?.value.isPaused = pair.current?.value.isPaused ?? false
                    campaigns[name] = (approved, nil)
                } else if pair.current?.id == id {
                    if action == "pause" { campaigns[name]?.current?.value.isPaused = true }
                    if action == "resume" { campaigns[name]?.current?.value.isPaused = false }
                }
            }
        case "hold":
            for index in holds.indices where holds[index].id == id { holds[index].liftedAt = at }
        case "stop":
            for index in stops.indices where stops[index].stop.id == target { stops[index].stop.liftedAt = at }
        case "emergency":
            for index in emergencies.indices where emergencies[index].id == id { emergencies[index].endedAt = at }
        case "calendar":
            for index in calendars.indices where calendars[index].id == id { calendars[index].isApproved = true }
        case "import" where action == "approval":
            imports[id]?.isApproved = true
            imports[id]?.approvedBy = (body["owner"]?.string ?? actor, actor)
        default: return
        }
    }
}

extension Node {
    func strings(_ name: String) -> [String] {
        guard case .array(let nodes)? = self[name]?.value else { return [] }
        return nodes.compactMap(\.string)
    }

    func instant(_ name: String) -> Instant? { self[name]?.string.flatMap { Instant(rfc3339: $0) } }

    func bool(_ name: String) -> Bool {
        if case .bool(let value)? = self[name]?.value { return value }
        return false
    }
}

// What a registration's JSON body says. The bodies were checked before they were recorded.
extension APIKey {
    init?(_ body: Node) {
        guard let id = body["id"]?.string, let role = body["role"]?.string.flatMap(Role.init(rawValue:)),
            let hash = body["hash"]?.string
        else { return nil }
        self.init(
            id: id, role: role, name: body["name"]?.string ?? id, owner: body["owned_by"]?.string ?? id,
            vendors: body.strings("vendors"), legalEntities: body.strings("legal_entities"),
            permits: body["permits"]?.string.flatMap(Permits.init(rawValue:)), hash: hash)
        account = body["account"]?.string
        identity = body["identity"]?.string
    }
}

extension CallerIDRecord {
    init(_ body: Node) {
        self.init(number: body["number"]?.string ?? "")
        purposes = body.strings("purposes")
        if purposes.contains("all") { purposes = [] }
        outboundApproved = body.bool("outbound_approved")
        legalEntity = body["legal_entity"]?.string ?? Call.mainEntity
    }
}

extension Campaign {
    init(_ body: Node) {
        self.init(id: body["id"]?.string ?? "", purpose: body["purpose"]?.string ?? "")
        legalEntity = body["legal_entity"]?.string ?? Call.mainEntity
        product = body["product"]?.string
        callerIDs = body.strings("caller_ids")
        script = body["script"]?.string
        startsAt = body.instant("starts_at")
        endsAt = body.instant("ends_at")
        if case .object(let members)? = body["attributes"]?.value {
            for member in members {
                switch member.node.value {
                case .bool(let value): attributes[member.name] = .boolean(value)
                case .number(let text): attributes[member.name] = Int(text).map { .integer($0) }
                case .string(let text): attributes[member.name] = .text(text)
                default: break
                }
            }
        }
    }
}

extension Mandate {
    init(_ body: Node) {
        self.init(vendor: body["id"]?.string ?? "")
        mandateRef = body["mandate_ref"]?.string
        purposes = body.strings("purposes").contains("all") ? [] : body.strings("purposes")
        products = body.strings("products").contains("all") ? [] : body.strings("products")
        from = body.instant("from")
        to = body.instant("to")
        legalEntity = body["legal_entity"]?.string ?? Call.mainEntity
    }
}

extension Stop {
    init(_ body: Node) {
        self.init()
        all = body.bool("all")
        purposes = body.strings("purposes")
        campaigns = body.strings("campaigns")
        vendors = body.strings("vendors")
        callerIDs = body.strings("caller_ids")
        jurisdictions = body.strings("jurisdictions")
        exceptPurposes = body.strings("except_purposes")
        until = body.instant("until")
        reason = body["reason"]?.string
    }
}
