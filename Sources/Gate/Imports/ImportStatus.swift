import Documents
import GateModel
import Ledger

/// An import as it stands.
public struct ImportStatus: Sendable {
    public enum State: String, Sendable {
        /// The file is being sent.
        case receiving
        case checking
        /// Checked and without fault; waits for its approval where it needs one.
        case ready
        case applying
        case applied
        /// Nothing of it counts; ``ImportStatus/reason`` says why.
        case rejected
    }

    public let id: EntryID
    public var order: ImportOrder
    public var state = State.receiving
    public let createdAt: Instant
    /// Length of the file.
    public var bytes = 0
    /// Of the file, in lower-case hexadecimal digits; empty until it is received.
    public var sha256 = ""
    /// Rows of the file; those read so far while it is checked.
    public var rows = 0
    /// Rows with a fault.
    public var rejected = 0
    /// Rows that were on record already, as far as they were applied.
    public var unchanged = 0
    /// Share of the work of the present state, 0 … 1.
    public var progress = 0.0
    /// Why it is rejected, or what else a person should know.
    public var reason: String?

    init(id: EntryID, order: ImportOrder, createdAt: Instant) {
        (self.id, self.order, self.createdAt) = (id, order, createdAt)
    }

    /// Rows without a fault.
    public var accepted: Int { rows - rejected }

    /// Whether nothing more will happen to it.
    public var isOver: Bool { state == .applied || state == .rejected }

    /// The answer to whoever asks for it.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id.description)
            writeMembers(to: &json)
        }
    }

    /// The members of the answer but its id.
    public func writeMembers(to json: inout JSONWriter) {
        json.member("kind", order.kind.rawValue)
        json.member("state", state.rawValue)
        json.name("progress")
        // Two digits are enough for a bar.
        json.raw(Array("\(Double(Int(progress * 100)) / 100)".utf8))
        json.member("rows", rows)
        json.member("accepted", accepted)
        json.member("rejected", rejected)
        json.member("unchanged", unchanged)
        json.member("needs_approval", order.kind.needsApproval)
        json.member("source", order.source)
        json.member("uploaded_by", order.owner)
        json.member("created_at", createdAt.rfc3339)
        json.member("bytes", bytes)
        json.member("sha256", sha256)
        json.member("reason", reason)
    }

    /// What is kept beside the file.
    var metadata: [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.member("id", id.description)
            json.name("order")
            json.object { order.write(to: &$0) }
            writeMembers(to: &json)
        }
        return json.bytes
    }

    init?(metadata: [UInt8]) {
        guard let body = try? JSONParser.parse(metadata), let id = body["id"]?.string.flatMap({ EntryID($0) }),
            let order = body["order"].flatMap(ImportOrder.init),
            let state = body["state"]?.string.flatMap(State.init(rawValue:)), let createdAt = body.instant("created_at")
        else { return nil }
        self.init(id: id, order: order, createdAt: createdAt)
        self.state = state
        (bytes, sha256) = (body.integer("bytes") ?? 0, body["sha256"]?.string ?? "")
        (rows, rejected) = (body.integer("rows") ?? 0, body.integer("rejected") ?? 0)
        unchanged = body.integer("unchanged") ?? 0
        if case .number(let text)? = body["progress"]?.value { progress = Double(text) ?? 0 }
        reason = body["reason"]?.string
    }
}
