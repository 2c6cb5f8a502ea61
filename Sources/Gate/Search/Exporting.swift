import Documents
import GateModel
import Ledger
import Storage
import Synchronization

/// An export under way: portion after portion, none of which is kept.
public final class RunningExport: Sendable {
    private enum Place {
        case head
        case behind(DecisionFilter)
        case end
    }

    private let gate: Gate
    private let filter: DecisionFilter
    private let form: DecisionExport
    private let place = Mutex(Place.head)
    /// How many decisions were found when it began.
    public let count: Int
    /// Decisions read at once.
    private static let portion = 500

    init(_ gate: Gate, _ filter: DecisionFilter, _ form: DecisionExport, count: Int) {
        (self.gate, self.form, self.count) = (gate, form, count)
        var filter = filter
        filter.limit = RunningExport.portion
        self.filter = filter
    }

    /// The next bytes; nil at the end. One at a time.
    public func next() async -> Result<[UInt8]?, GateError> {
        let current = place.withLock { $0 }
        switch current {
        case .end: return .success(nil)
        case .head:
            place.withLock { $0 = .behind(filter) }
            guard !form.head.isEmpty else { return await next() }
            return .success(form.head)
        case .behind(var filter):
            let bytes: [UInt8]
            let cursor: Int64?
            switch await gate.portion(filter, form) {
            case .failure(let error): return .failure(error)
            case .success(let portion): (bytes, cursor) = portion
            }
            if let cursor {
                filter.cursor = cursor
                place.withLock { $0 = .behind(filter) }
            } else {
                place.withLock { $0 = .end }
            }
            return .success(bytes.isEmpty ? nil : bytes)
        }
    }
}

extension Gate {
    /// Begins an export: who took it, what of and how many is an entry of the log before the first byte of it is handed out.
    /// It holds what was decided until now, the newest first, with what is reported when it is read.
    public func export(_ filter: DecisionFilter, _ form: DecisionExport, by key: APIKey) async -> Result<
        RunningExport, GateError
    > {
        let found = await looking { reading, due -> Result<(head: Int64, count: Int), GateError> in
            let counts = try self.count(filter, by: .verdict, reading, due)
            return .success((try reading.head(), counts.values.reduce(0, +)))
        }
        switch found {
        case .failure(let error): return .failure(error)
        case .success(let (head, count)):
            var filter = filter
            filter.cursor = head + 1
            let export = RunningExport(self, filter, form, count: count)
            let persons = [filter.subject, filter.customer.map { keyFile.ledger.key(.customer($0)) }].compactMap { $0 }
            let said = filter.json(form, count: count, by: key)
            return await submit { group in
                try group.append(.access, group.nextID(), actor: key.id, json: said, found: persons)
                return .success(export)
            }
        }
    }

    fileprivate func portion(
        _ filter: DecisionFilter, _ form: DecisionExport
    ) async -> Result<(bytes: [UInt8], cursor: Int64?), GateError> {
        await looking { reading, due in
            var found: [FoundDecision] = []
            let cursor = try self.each(filter, reading, due) { decision in
                found.append(decision)
                return found.count < filter.limit
            }
            return .success((form.bytes(found), cursor))
        }
    }
}

extension DecisionFilter {
    /// What an export was of, for the log. Whom it is about stands in the entry's keys, not in the core that is hashed.
    fileprivate func json(_ form: DecisionExport, count: Int, by key: APIKey) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("what", "export")
            json.member("owner", key.owner)
            json.member("format", form.format.rawValue)
            json.member("count", count)
            json.name("filter")
            json.object { json in
                json.member("campaign", campaign)
                json.member("vendor", vendor)
                json.member("legal_entity", legalEntity)
                json.member("caller_id", callerID)
                json.member("verdict", verdict?.rawValue)
                json.member("rule", rule)
                json.member("kind", kind)
                json.member("outcome", outcome)
                json.member("from", from?.rfc3339)
                json.member("to", to?.rfc3339)
                json.member(
                    "persons",
                    [("subject", subject != nil), ("customer", customer != nil), ("agent", agent != nil)].filter(\.1)
                        .map(\.0))
            }
        }
        return json.bytes
    }
}
