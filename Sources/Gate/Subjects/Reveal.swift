import Documents
import GateModel
import Ledger
import Storage

/// Who stands behind an opaque subject.
public struct RevealedSubject: Sendable {
    /// The full number; of a customer the one named last. Nil where none is known.
    public var phone: String?
    /// Of a number the customer named last. Nil where none is known.
    public var customer: String?
}

extension Gate {
    /// Tells a number in full. Who asked, and why, is recorded before it is told.
    public func reveal(_ subject: LookupKey, reason: String, by key: APIKey) async -> Result<
        RevealedSubject, GateError
    > {
        await submit { try $0.reveal(subject, reason: reason, by: key) }
    }

    /// Reads the body of what needs a reason and nothing else.
    public func reason(_ body: Node) -> Result<String, GateError> {
        read(body) { reader in
            let reason = reader.requireReason()
            reader.close()
            return reason
        }
    }
}

extension ObjectReader {
    /// Why a person does what the log will tell of.
    mutating func requireReason() -> String {
        let reason = requireString("reason")
        if isGiven("reason") && reason.allSatisfy(\.isWhitespace) { fault(at: "reason", "must say why") }
        return reason
    }
}

extension Group {
    func reveal(_ subject: LookupKey, reason: String, by key: APIKey) throws -> Result<RevealedSubject, GateError> {
        let entries = try transaction.entries(by: subject)
        guard entries.contains(where: { $0.kind != .access }) else {
            return .failure(.notFound("nothing is held under this subject"))
        }
        var found: RevealedSubject?
        for entry in entries.reversed() where entry.personal != nil {
            guard let names = try self.subject(of: open(entry)),
                [names.number.map { keys.key(.number($0)) }, names.customer.map { keys.key(.customer($0)) }]
                    .contains(subject)
            else { continue }
            found = RevealedSubject(
                phone: found?.phone ?? names.number, customer: found?.customer ?? names.customer)
            if found?.phone != nil && found?.customer != nil { break }
        }
        guard let found else { return .failure(.notFound("this subject was erased; nobody can tell who it was")) }
        var json = JSONWriter()
        json.object { json in
            json.member("what", "reveal")
            json.member("reason", reason)
            json.member("owner", key.owner)
        }
        // Whom it is about stands in the keys, not in the core that is hashed.
        try append(.access, nextID(), actor: key.id, json: json.bytes, found: [subject])
        return .success(found)
    }
}
