import Documents
import GateModel
import Ledger
import PolicyPack
import Storage
import Transparency

/// Gathers from one view of the store.
struct EvidenceGathering {
    let reading: any StoreReading
    let keys: LedgerKeys
    /// Entries behind this one came later.
    let last: Int64

    /// The entries in the order of the log, the snapshots under which was decided among them.
    func entries(of found: LookupKey?, decision: EntryID?) throws -> [OpenedEntry] {
        var all: [Int64: OpenedEntry] = [:]
        func take(_ entry: StoredEntry?) throws {
            guard let entry, entry.sequence <= last, all[entry.sequence] == nil else { return }
            all[entry.sequence] = try OpenedEntry(entry, keys: keys, in: reading)
        }
        let held = try found.map { try reading.entries(by: $0) } ?? []
        if let decision {
            try take(try reading.entry(decision.sequence))
            if let opened = all[decision.sequence] {
                let record = try DecisionRecord(opened.core, personal: opened.personal)
                for id in record.facts.named { try take(try reading.entry(id.sequence)) }
            }
            var wanted = Set(all.values.map { $0.core.id.description })
            for entry in held where all[entry.sequence] == nil {
                let core = try EntryCore(bytes: entry.core)
                guard core.followsOn(wanted) else { continue }
                try take(entry)
                wanted.insert(core.id.description)
            }
        } else {
            for entry in held { try take(entry) }
        }
        try take(try reading.entry(last))
        for opened in all.values where opened.core.kind == .allow || opened.core.kind == .deny {
            try take(try reading.entry(try DecisionRecord(opened.core, personal: nil).snapshot))
        }
        return all.values.sorted { $0.entry.sequence < $1.entry.sequence }
    }

    func evidence(
        _ entries: [OpenedEntry], _ view: TreeView<TreeFiles>, _ shown: LogTree.Shown, _ key: VerifierKey
    ) throws -> Evidence {
        var view = view
        var evidence = Evidence(entries: [], key: key, checkpoint: shown.note, policies: [:], zones: [:])
        for opened in entries {
            let proof = try view.inclusionProof(of: opened.entry.sequence - 1)
            // What does not verify is not given away.
            guard proof.verifies(leaf: .leaf(opened.entry.core), root: shown.checkpoint.root) else {
                throw LogTreeFault.tilesDamaged
            }
            evidence.entries.append(
                EvidenceEntry(
                    core: opened.core, bytes: opened.entry.core, path: proof.path,
                    opened: opened.personal.flatMap { part in
                        opened.secret.map { OpenedPart(opening: $0.opening(opened.core.id), part: part) }
                    }))
            try pin(opened, into: &evidence)
        }
        return evidence
    }

    /// Adds what a snapshot or a decision names by its hash.
    private func pin(_ opened: OpenedEntry, into evidence: inout Evidence) throws {
        func zone(_ digest: [UInt8], _ name: String) throws {
            guard evidence.zones[digest] == nil else { return }
            guard let bytes = try reading.pinned(digest) else { throw PinFault("the zone \(name) is not in the log") }
            evidence.zones[digest] = bytes
        }
        switch opened.core.kind {
        case .allow, .deny:
            for use in try DecisionRecord(opened.core, personal: nil).zones { try zone(use.sha256, use.name) }
        case .snapshot:
            let body = try? JSONParser.parse(opened.core.body)
            if case .object(let members)? = body?["zones"]?.value {
                for member in members {
                    if let digest = member.node.string.flatMap(bytes(hexadecimal:)) { try zone(digest, member.name) }
                }
            }
            guard let id = body?["policy"]?.string, evidence.policies[id] == nil else { return }
            guard let archive = try reading.pinned(Configuration.pinName(ofPolicy: id)),
                let files = try? PolicyFiles(archive: archive)
            else { throw PinFault("the policy \(id.prefix(19)) is not in the log") }
            evidence.policies[id] = files
        default: break
        }
    }
}

extension EntryCore {
    /// Whether it says something of one of these entries.
    fileprivate func followsOn(_ entries: Set<String>) -> Bool {
        if let (complaint, _) = ComplaintRecord.Step.read(self) { return entries.contains(complaint) }
        if let complaint = ComplaintRecord(self) {
            return complaint.details.strings("decision_ids").contains(where: entries.contains)
        }
        switch try? SubjectFact(self, keys: [], personal: nil) {
        case .outcome(let report): return entries.contains(report.decision.description)
        case .lift(let target, _): return entries.contains(target)
        case .withdrawal(let target?, _): return entries.contains(target)
        case .consent(_, let supersedes?): return entries.contains(supersedes)
        case .optOut(let optOut):
            return optOut.source.map { $0.hasPrefix("outcome:") && entries.contains(String($0.dropFirst(8))) } ?? false
        default: return false
        }
    }
}

extension Facts {
    /// The records that went into a judgement, but for the attempts: their values stand in the decision.
    fileprivate var named: [EntryID] {
        let ids =
            consents.map(\.id) + optOuts.map(\.id) + listRecords.map(\.id) + relationships.map(\.id)
            + appointments.map(\.id) + complaints.map(\.id)
        return ids.compactMap { $0.flatMap { EntryID($0) } }
    }
}
