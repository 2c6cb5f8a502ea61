import Documents
import GateModel
import Ledger
import PolicyPack
import Storage

/// What must be kept until it is lifted, whoever asks for its erasure and however old it is.
public struct Hold: Sendable {
    public var id: EntryID
    /// Whom it is about.
    public var subjects: [LookupKey]
    public var complaint: String?
    public var reason: String
    public var from: Instant
    /// When it ends by itself; nil for never.
    public var until: Instant?
    public var liftedAt: Instant?
    public var madeBy: String

    /// What an entry says; whom it is about stands in its keys.
    init(_ core: EntryCore, _ body: Node, about subjects: [LookupKey]) {
        id = core.id
        self.subjects = subjects
        complaint = body["complaint"]?.string
        reason = body["reason"]?.string ?? ""
        from = core.at
        until = body.instant("until")
        madeBy = body["owner"]?.string ?? core.actor
    }

    /// Whom it is about, as the interface names them.
    public var subjectNames: [String] { subjects.map(\.text) }

    public func isInForce(at now: Instant) -> Bool { liftedAt == nil && (until ?? .distantFuture) > now }
}

/// What is to be held, as a request says it.
private enum HeldThing {
    case subject(LookupKey)
    case complaint(EntryID)
}

extension Gate {
    /// Holds a subject, or everything about the persons of a complaint.
    public func hold(_ body: Node, by key: APIKey) async -> Result<String, GateError> {
        let now = now
        let order = read(body) { reader in
            let (subject, complaint) = (reader.string("subject"), reader.string("complaint"))
            let reason = reader.requireReason()
            let until = reader.instant("until")
            if let until, until <= now { reader.fault(at: "until", "lies in the past") }
            var thing: HeldThing?
            switch (subject, complaint) {
            case (let text?, nil):
                thing = LookupKey(text: text).map { .subject($0) }
                if thing == nil {
                    reader.fault(at: "subject", "is no subject; POST /v1/subjects/lookup gives one")
                }
            case (nil, let text?):
                thing = EntryID(text).map { .complaint($0) }
                if thing == nil { reader.fault(at: "complaint", "is no id of a complaint") }
            default: reader.fault("give either `subject` or `complaint`")
            }
            reader.close()
            return (thing: thing, reason: reason, until: until)
        }
        switch order {
        case .failure(let error): return .failure(error)
        case .success(let order):
            return await submit { group in
                guard let thing = order.thing else { return .failure(.invalid("/subject", "is required")) }
                return try group.hold(thing, reason: order.reason, until: order.until, by: key).map(\.description)
            }
        }
    }
}

extension Group {
    fileprivate func hold(_ thing: HeldThing, reason: String, until: Instant?, by key: APIKey) throws -> Result<
        EntryID, GateError
    > {
        var subjects: [LookupKey] = []
        var complaint: EntryID?
        switch thing {
        case .subject(let subject):
            guard try transaction.entries(by: subject).contains(where: { $0.kind != .access }) else {
                return .failure(.notFound("nothing is held under this subject"))
            }
            subjects = [subject]
        case .complaint(let id):
            guard let found = try find(id), found.core.kind == .complaint else {
                return .failure(.notFound("there is no such complaint"))
            }
            (subjects, complaint) = (found.entry.keys, id)
        }
        let id = nextID()
        var json = JSONWriter()
        json.object { json in
            json.member("reason", reason)
            json.member("owner", key.owner)
            if let until { json.member("until", until.rfc3339) }
            if let complaint { json.member("complaint", complaint.description) }
        }
        // Whom it is about stands in the keys, not in the core that is hashed.
        try append(.hold, id, actor: key.id, json: json.bytes, found: [keys.key(.registry)] + subjects)
        return .success(id)
    }
}

extension Registry {
    /// Who is held, and by which hold.
    func holds(at now: Instant) -> [LookupKey: EntryID] {
        var held: [LookupKey: EntryID] = [:]
        for hold in holds where hold.isInForce(at: now) { for subject in hold.subjects { held[subject] = hold.id } }
        return held
    }
}

extension GateError {
    static func held(by hold: EntryID) -> GateError {
        .conflict(
            code: "held", detail: "a legal hold keeps this; another person than its maker lifts it with a reason",
            id: hold.description)
    }
}
