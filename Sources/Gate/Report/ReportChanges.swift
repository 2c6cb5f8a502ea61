import Calendars
import Documents
import GateModel
import Ledger
import Storage
import Tables

/// Turns entries about registered things into rows that name both persons.
struct ReportChanges {
    let registry: Registry
    let zone: Zone
    let say: Wording
    /// Stop → who lifted it in the period.
    private(set) var lifters: [String: String] = [:]

    init(_ registry: Registry, _ zone: Zone, _ say: Wording) {
        (self.registry, self.zone, self.say) = (registry, zone, say)
    }

    /// - Parameter reading: Finds who made what is approved.
    /// - Returns: Nil for an entry that changes nothing that is registered.
    mutating func row(_ entry: StoredEntry, _ core: EntryCore, _ reading: any StoreReading) throws -> [CSVCell]? {
        if core.kind == .lift {
            var body = CBORReader(core.body)
            try body.array(2)
            let (target, reason) = (try body.text(), try body.text())
            return cells(core, "refusal", target, "lift", person(core.actor), nil, reason)
        }
        guard let body = try? JSONParser.parse(core.body) else { return nil }
        let owner = body["owner"]?.string ?? person(core.actor)
        switch core.kind {
        case .list:
            let name = "\(body["list"]?.string ?? "") \(body.integer("version") ?? 0)"
            let detail = [
                body["mode"]?.string, body["as_of"]?.string,
                body.integer("removed").flatMap { $0 > 0 ? "-\($0)" : nil },
                body.bool("rollback") ? "rollback" : nil,
            ].compactMap { $0 }.joined(separator: " ")
            return cells(core, "list", name, "activation", body["uploaded_by"]?.string ?? owner, owner, detail)
        case .callerID:
            return cells(core, "caller_id", body["number"]?.string, "filing", owner, nil, body["filing_ref"]?.string)
        case .campaign:
            return cells(core, "campaign", body["id"]?.string, "filing", owner, nil, body["purpose"]?.string)
        case .vendor:
            return cells(core, "vendor", body["id"]?.string, "filing", owner, nil, body["mandate_ref"]?.string)
        case .calendar: return cells(core, "calendar", body["calendar"]?.string, "filing", owner, nil, nil)
        case .emergency:
            let name = [body["jurisdiction"]?.string, body["kind"]?.string].compactMap { $0 }.joined(separator: " ")
            return cells(core, "emergency", name, "declaration", owner, nil, body["declared_by"]?.string)
        // A count is no change.
        case .abandonment: return nil
        case .stop: return cells(core, "stop", core.id.description, "stop", owner, nil, body["reason"]?.string)
        case .key:
            return cells(
                core, "key", body["id"]?.string, "creation", owner, nil,
                [body["role"]?.string, body["name"]?.string, body["owned_by"]?.string].compactMap { $0 }
                    .joined(separator: " "))
        case .keyRevocation: return cells(core, "key", body["id"]?.string, "revocation", person(core.actor), nil, nil)
        case .importBatch: return importRow(core, body, owner)
        case .policy:
            let proposed = body["proposed_by"]?.string
            return cells(
                core, "policy", body["policy"]?.string, "activation", proposed ?? owner, proposed.map { _ in owner },
                nil)
        case .snapshot: return nil
        case .change: return try changeRow(core, body, owner, reading)
        case .report:
            let span = [body["from"]?.string, body["to"]?.string].compactMap { $0 }.joined(separator: "/")
            return cells(core, "report", span, "report", owner, nil, body["manifest_sha256"]?.string)
        default:
            // What else somebody did is told by what it says of itself.
            guard body["owner"] != nil else { return nil }
            return cells(
                core, say("\(core.kind)", core.kind.title.chinese), body["target"]?.string,
                body["action"]?.string ?? "entry", owner, nil,
                body["reason"]?.string)
        }
    }

    private func importRow(_ core: EntryCore, _ body: Node, _ owner: String) -> [CSVCell]? {
        let name = body["import"]?.string
        let isHandedIn = body["kind"] != nil
        guard isHandedIn || body.bool("finished") else { return nil }
        let made = name.flatMap { EntryID($0) }.flatMap { registry.imports[$0] }
        let rows = isHandedIn ? body.integer("rows") : body.integer("done")
        let detail = [body["kind"]?.string ?? made?.value.kind.rawValue, rows.map { "\($0)" }, body["source"]?.string]
        return cells(
            core, "import", name, isHandedIn ? "handed_in" : "applied", made?.madeBy ?? owner,
            isHandedIn ? nil : made?.approvedBy?.owner, detail.compactMap { $0 }.joined(separator: " "))
    }

    private mutating func changeRow(
        _ core: EntryCore, _ body: Node, _ owner: String, _ reading: any StoreReading
    ) throws -> [CSVCell]? {
        let kind = body["kind"]?.string ?? ""
        guard let target = body["target"]?.string, let action = body["action"]?.string else {
            // A proposal, whose second person is told where it is put in force.
            let name = body["list"]?.string ?? body["policy"]?.string
            let version = body.integer("version").map { " \($0)" } ?? ""
            return cells(core, kind, name.map { $0 + version }, "proposal", owner, nil, body["reason"]?.string)
        }
        if kind == "stop", action == "lift" { lifters[target] = owner }
        let needsTwo = RegistryAction(rawValue: action)?.needsAnother ?? false
        return cells(
            core, kind, target, action, needsTwo ? try maker(of: target, reading) : owner, needsTwo ? owner : nil,
            body["reason"]?.string)
    }

    private func maker(of target: String, _ reading: any StoreReading) throws -> String? {
        guard let id = EntryID(target) else { return nil }
        if let made = registry.imports[id] { return made.madeBy }
        guard let entry = try reading.entry(id.sequence) else { return nil }
        let core = try EntryCore(bytes: entry.core)
        guard core.id == id, let body = try? JSONParser.parse(core.body) else { return nil }
        return body["owner"]?.string ?? person(core.actor)
    }

    /// Whose key it is; the key itself where it is not known, as at the command line.
    func person(_ actor: String) -> String { registry.keys[actor]?.owner ?? actor }

    private func cells(
        _ core: EntryCore, _ what: String, _ name: String?, _ action: String, _ first: String?, _ second: String?,
        _ detail: String?
    ) -> [CSVCell] {
        [
            .text(core.at.rfc3339), .text(core.at.local(in: zone)), .text(say.word(.thing, what)), .text(name),
            .text(say.word(.action, action)), .text(first), .text(second == first ? nil : second), .text(detail),
            .text(core.id.description),
        ]
    }

    // MARK: Stops

    /// The stops that were in force in a period, with their duration in it and before it.
    func stopRows(_ period: Range<Instant>) -> [[CSVCell]] {
        registry.stops.compactMap { stop, madeBy in
            guard let from = stop.from, from < period.upperBound else { return nil }
            let ended = [stop.until, stop.liftedAt].compactMap { $0 }.min()
            if let ended, ended <= period.lowerBound { return nil }
            let until = min(ended ?? period.upperBound, period.upperBound)
            let known = ended.flatMap { $0 <= period.upperBound ? $0 : nil }
            return [
                .text(stop.id), .text(stop.scope), .text(from.rfc3339), .text(from.local(in: zone)),
                .text(known?.rfc3339), .text(known?.local(in: zone)),
                .count(Int((until - from).milliseconds / 1000)), .text(madeBy),
                .text(stop.id.flatMap { lifters[$0] }), .text(stop.reason),
            ]
        }
    }
}

extension Stop {
    /// What it halts, by the contract's words.
    fileprivate var scope: String {
        var parts = all ? ["all"] : []
        for (name, values) in [
            ("purposes", purposes), ("campaigns", campaigns), ("vendors", vendors), ("caller_ids", callerIDs),
            ("jurisdictions", jurisdictions), ("except_purposes", exceptPurposes),
        ] where !values.isEmpty {
            parts.append("\(name)=\(values.joined(separator: ","))")
        }
        return parts.joined(separator: " ")
    }
}
