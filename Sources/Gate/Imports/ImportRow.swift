import Crypto
import Documents
import GateModel
import Ledger
import PolicyPack

/// One row of an import, read by the very readers of the single forms.
struct ImportRow: Sendable {
    enum Value: Sendable {
        case fact(FactCommand)
        /// Nil for a call that gave its attempt back.
        case attempt(Attempt?)
        /// The JSON that is recorded.
        case registration(RegistryKind, [UInt8])
    }

    var subject: Subject
    var source: SourceReference?
    var value: Value

    /// - Parameter reader: Over ``completed(_:_:)``; collects the faults. The row is of use only without any.
    init(_ order: ImportOrder, _ reader: inout ObjectReader, policy: LoadedPolicy, now: Instant) {
        let key = order.maker
        if order.kind.needsReference {
            for name in ["source", "source_ref"] where !reader.isGiven(name) {
                reader.fault(at: name, "is required, with `source` and `source_ref` a row is known again")
            }
        }
        if let fact = order.kind.fact {
            let (named, command) = fact.command(&reader, policy: policy, key: key, now: now)
            (subject, value) = (named.subject, .fact(command))
        } else if let registration = order.kind.registration {
            subject = Subject()
            value = .registration(registration, registration.body(&reader, policy: policy, key: key, now: now))
        } else {
            let named = NamedSubject(&reader, policy: policy, needsNumber: true)
            (subject, source) = (named.subject, SourceReference(&reader))
            value = .attempt(ImportRow.attempt(&reader, policy: policy, now: now))
        }
    }

    /// A row with the file's source where it names none, and, where it has no reference, with one made of its content: so
    /// the same row again changes nothing, from whichever file.
    static func completed(_ node: Node, _ order: ImportOrder) -> Node {
        guard order.kind.registration == nil, case .object(var members) = node.value else { return node }
        func has(_ name: String) -> Bool { members.contains { $0.name == name && !$0.node.isNull } }
        if !has("source"), let source = order.source ?? (order.kind.needsReference ? nil : "import") {
            members.removeAll { $0.name == "source" }
            members.append(Node.Member(name: "source", node: Node(.string(source), mark: node.mark)))
        }
        if !has("source_ref"), !order.kind.needsReference {
            members.removeAll { $0.name == "source_ref" }
            let digest = SHA256.hash(data: Node(.object(members)).content)
            members.append(
                Node.Member(name: "source_ref", node: Node(.string("sha256:" + hexadecimal(digest)), mark: node.mark)))
        }
        return Node(.object(members), mark: node.mark)
    }

    private static func attempt(_ reader: inout ObjectReader, policy: LoadedPolicy, now: Instant) -> Attempt? {
        let outcome = reader.choice("outcome", policy.vocabulary.outcomes)
        let effect = outcome.flatMap { policy.snapshot.core.outcomes[$0] }
        let at = reader.requireInstant("at")
        if at > now + .minutes(5) { reader.fault(at: "at", "lies in the future") }
        if !reader.isGiven("purpose") { reader.fault(at: "purpose", "is required") }
        var attempt = Attempt(
            at: at, purpose: policy.vocabulary.purpose(&reader, "purpose") ?? "", sameNumber: true, sameCustomer: true,
            isConnection: effect?.isConnection ?? true)
        attempt.outcome = outcome
        attempt.mode = reader.choice("mode", CallMode.self) ?? .live
        attempt.product = reader.string("product")
        attempt.campaign = reader.string("campaign")
        attempt.event = reader.string("event")
        attempt.direction = reader.choice("direction", CallDirection.self) ?? .outbound
        attempt.endedAt = reader.instant("ended_at")
        attempt.attributes = policy.vocabulary.attributes(&reader, "attributes")
        attempt.vendor = reader.string("vendor") ?? Call.ownVendor
        for name in ["caller_id", "agent", "legal_entity", "recording_ref"] { _ = reader.string(name) }
        reader.close()
        return effect?.isAttempt ?? true ? attempt : nil
    }
}

extension Node {
    /// What an object says, whatever the order and the white space: members sorted, those that are null left out.
    var content: [UInt8] {
        func sorted(_ node: Node) -> Node {
            switch node.value {
            case .object(let members):
                Node(
                    .object(
                        members.filter { !$0.node.isNull }.sorted { $0.name < $1.name }
                            .map { Member(name: $0.name, node: sorted($0.node)) }))
            case .array(let nodes): Node(.array(nodes.map(sorted)))
            default: Node(node.value)
            }
        }
        var json = JSONWriter()
        json.node(sorted(self))
        return json.bytes
    }
}
