import Calendars
import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack
import Storage

/// A decision as it was found, with what was reported of it.
public struct FoundDecision: Sendable {
    public var answer: CallAnswer
    public var reports: [OutcomeRecord]
    public var mask: String?
    public var subject: String?
    /// `open`, `unreported`, or the outcome that counts.
    public var outcome: String?
    /// Whether the person was erased, so that nothing but the core is left.
    public var isErased: Bool

    /// - Parameters:
    ///   - showsNumber: Whether the number is told in clear; otherwise masked.
    ///   - zone: Whose local time instants are told in; nil for UTC.
    public func write(to json: inout JSONWriter, showsNumber: Bool, in zone: Zone? = nil) {
        guard let zone else { return write(to: &json, showsNumber: showsNumber) }
        var body = JSONWriter()
        write(to: &body, showsNumber: showsNumber)
        guard let node = try? JSONParser.parse(body.bytes) else { return }
        json.node(node.instants(in: zone))
    }

    private func write(to json: inout JSONWriter, showsNumber: Bool) {
        var body = JSONWriter()
        answer.write(to: &body)
        guard let node = try? JSONParser.parse(body.bytes), case .object(let members) = node.value else { return }
        let call = answer.record.call
        json.object { json in
            for member in members where member.name != "permit" {
                if member.name == "phone" && !showsNumber {
                    json.member("phone", mask)
                } else {
                    json.name(member.name)
                    json.node(member.node)
                }
            }
            json.member("subject", subject)
            json.member("purpose", call.purpose)
            json.member("mode", call.mode.rawValue)
            json.member("campaign", call.campaign)
            json.member("product", call.product)
            json.member("caller_id", call.callerID?.text)
            json.member("customer", call.customer)
            json.member("agent", call.agent)
            json.member("event", call.event)
            json.member("vendor", call.vendor)
            json.member("legal_entity", call.legalEntity)
            json.member("data_fields", call.dataFields)
            json.member("request_id", answer.record.requestID)
            json.member("erased", isErased)
            json.member("outcome", outcome)
            json.name("reports")
            json.array { json in
                for report in reports {
                    json.object { json in
                        json.member("id", report.id?.description)
                        json.member("outcome", report.outcome)
                        json.member("reported_at", report.at.rfc3339)
                        json.member("dialed_at", report.dialedAt?.rfc3339)
                        json.member("ended_at", report.endedAt?.rfc3339)
                        json.member("disposition", report.disposition)
                        json.member("recording_ref", report.recordingRef)
                        json.member("findings", report.findings)
                    }
                }
            }
        }
    }
}

extension Node {
    /// The same document with its instants told in a zone's local time.
    fileprivate func instants(in zone: Zone) -> Node {
        switch value {
        case .array(let nodes): return Node(.array(nodes.map { $0.instants(in: zone) }))
        case .object(let members):
            return Node(
                .object(
                    members.map { member in
                        let isInstant = member.name.hasSuffix("_at") || member.name == "valid_until"
                        guard isInstant, let instant = member.node.string.flatMap({ Instant(rfc3339: $0) }) else {
                            return Node.Member(name: member.name, node: member.node.instants(in: zone))
                        }
                        let text = instant.rfc3339(offsetSeconds: zone.offset(at: instant), milliseconds: true)
                        return Node.Member(name: member.name, node: Node(.string(text)))
                    }))
        default: return self
        }
    }
}

extension Gate {
    /// One decision; nil where there is none of that id, or none that the key may see.
    public func decision(_ id: String, by key: APIKey) async -> Result<FoundDecision, GateError> {
        let missing = GateError.notFound("there is no such decision")
        guard let id = EntryID(id) else { return .failure(missing) }
        return await looking { reading, due in
            guard let entry = try reading.entry(id.sequence) else {
                return .failure(try reading.wasDropped(id) ?? missing)
            }
            guard entry.kind == .allow || entry.kind == .deny,
                let found = try self.found(entry, ReportsRead(reading, self.keyFile.ledger), due),
                found.answer.record.id == id,
                self.sight(of: key).admits(found)
            else { return .failure(missing) }
            return .success(found)
        }
    }

    /// How many allows nobody has reported on in time.
    public func countUnreported() -> Int {
        let due = now - configuration.policy.snapshot.core.outcomeDue
        return (try? store.read { try $0.countOpenAttempts(before: due) }) ?? 0
    }

    /// The opaque name by which everything else calls a number or customer; the access is recorded.
    public func lookUp(phone: String?, customer: String?, region: String?, reason: String, by key: APIKey) async
        -> Result<String, GateError>
    {
        let name: LedgerKeys.Name
        if let phone {
            let reading = configuration.policy.numbers.read(phone, region: region)
            guard let number = reading.e164 else { return .failure(.invalid("/phone", "is no telephone number")) }
            name = .number(number.description)
        } else if let customer {
            name = .customer(customer)
        } else {
            return .failure(.invalid("/phone", "give `phone` or `customer`"))
        }
        let subject = keyFile.ledger.key(name)
        return await submit { group in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("what", "lookup")
                json.member("reason", reason)
                json.member("owner", key.owner)
            }
            // Whom it is about stands in the keys, not in the core that is hashed.
            try group.append(.access, id, actor: key.id, json: json.bytes, found: [subject])
            return .success(subject.text)
        }
    }

    func looking<T: Sendable>(
        _ body: @escaping @Sendable (any StoreReading, Instant) throws -> Result<T, GateError>
    ) async -> Result<T, GateError> {
        let due = now - configuration.policy.snapshot.core.outcomeDue
        return await withUnsafeContinuation { continuation in
            // Reading blocks, and must not hold up a thread that decides.
            DispatchQueue.global(qos: .utility).async {
                do {
                    continuation.resume(returning: try self.store.read { try body($0, due) })
                } catch {
                    continuation.resume(returning: .failure(.unavailable("\(error)")))
                }
            }
        }
    }

    /// - Parameter reports: Shared by the decisions of one page.
    func found(_ entry: StoredEntry, _ reports: ReportsRead, _ due: Instant) throws -> FoundDecision? {
        let reading = reports.reading
        let opened = try OpenedEntry(entry, keys: keyFile.ledger, in: reading)
        let record = try DecisionRecord(opened.core, personal: opened.personal)
        var told: [OutcomeRecord] = []
        var state: String?
        if entry.kind == .allow, let key = entry.keys.first {
            var attempt = AttemptRecord(record, number: key)
            told = try reports.reports(of: record.id, number: key)
            attempt.reports = told
            if attempt.isOpen {
                state = record.at < due ? DecisionFilter.Outcome.unreported : DecisionFilter.Outcome.open
            } else {
                state = attempt.counted?.outcome ?? SearchTerm.notDialed
            }
        }
        guard let names = snapshotNames(record.snapshot, in: reading) else { return nil }
        let answer = CallAnswer(
            record: record, id: record.id.description, policy: policy(names.policy, in: reading),
            policyID: names.policy,
            listsID: names.lists, tzdata: names.tzdata)
        return FoundDecision(
            answer: answer, reports: told, mask: opened.personal?.mask, subject: entry.keys.first?.text,
            outcome: state, isErased: opened.personal == nil && opened.core.binding.isPersonal)
    }
}

/// What was reported of the allows of one page, each number read once however many of them it has. It does not notice what
/// is recorded meanwhile. Belongs to one thread.
final class ReportsRead {
    let reading: any StoreReading
    private let keys: LedgerKeys
    private var outcomes: [LookupKey: [StoredEntry]] = [:]

    init(_ reading: any StoreReading, _ keys: LedgerKeys) { (self.reading, self.keys) = (reading, keys) }

    /// In the order of the log. O(entries of the number) when it is first asked for.
    func reports(of decision: EntryID, number: LookupKey) throws -> [OutcomeRecord] {
        let entries = try outcomes[number] ?? reading.entries(by: number).filter { $0.kind == .outcome }
        outcomes[number] = entries
        return try entries.filter { $0.settlesOrNames(decision.sequence) }.compactMap { entry in
            let opened = try OpenedEntry(entry, keys: keys, in: reading)
            let report = try OutcomeRecord(opened.core, personal: opened.personal)
            return report.decision == decision ? report : nil
        }
    }
}

extension StoredEntry {
    /// Whether an outcome may be about an allow; an unmapped disposition settles nothing and is looked at.
    fileprivate func settlesOrNames(_ sequence: Int64) -> Bool { settles == nil || settles == sequence }
}

extension Gate {
    /// What a key may see: a dialer its vendors' decisions, operations those of its legal entities' campaigns.
    public func sight(of key: APIKey) -> DecisionFilter {
        var filter = DecisionFilter()
        if key.role == .dialer { filter.vendors = key.vendors }
        if key.role == .operations {
            let registered = registry.campaigns.filter { _, pair in
                [pair.current, pair.pending].contains {
                    $0.map { key.legalEntities.contains($0.value.legalEntity) } ?? false
                }
            }
            filter.campaigns = Set(registered.keys)
        }
        return filter
    }

    /// What an opaque subject stands for.
    public typealias SubjectKey = LookupKey

    /// The look-up key of an opaque subject; nil for a text that is none.
    public func subject(_ text: String) -> LookupKey? { LookupKey(text: text) }

    /// A caller id as calls name it. A plus that a client left unencoded arrives as a space.
    public func callerID(_ text: String) -> String {
        let text = text.first == " " ? "+" + text.dropFirst() : text
        return configuration.policy.numbers.readCallerID(text, region: options.defaultRegion).text
    }

    /// Reads the body of a subject look-up.
    public func subjectQuery(
        _ body: Node
    ) -> Result<(phone: String?, customer: String?, region: String?, reason: String), GateError> {
        read(body) { reader in
            let query = (
                phone: reader.string("phone"), customer: reader.string("customer"), region: reader.string("region"),
                reason: reader.requireString("reason")
            )
            if query.phone == nil && query.customer == nil { reader.fault("give `phone` or `customer`") }
            reader.close()
            return query
        }
    }
}
