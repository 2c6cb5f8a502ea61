import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine

/// An emergency that an authority declared, as somebody entered it.
public struct EmergencyRecord: Sendable {
    public var id: EntryID
    /// ISO 3166-1 or 3166-2; a part of a jurisdiction counts for the whole.
    public var jurisdiction: String
    /// In the authority's words, such as "state of emergency".
    public var kind: String
    /// The authority.
    public var declaredBy: String
    /// Where its declaration can be read.
    public var source: String
    public var reason: String?
    public var from: Instant
    /// Exclusive; nil until it is ended.
    public var until: Instant?
    public var endedAt: Instant?
    /// Whose key entered it.
    public var madeBy: String

    /// The body was checked before it was recorded.
    init?(_ body: Node, id: EntryID, owner: String) {
        guard let jurisdiction = body["jurisdiction"]?.string, let from = body.instant("from") else { return nil }
        (self.id, self.jurisdiction, self.from, madeBy) = (id, jurisdiction, from, owner)
        kind = body["kind"]?.string ?? ""
        declaredBy = body["declared_by"]?.string ?? ""
        source = body["source"]?.string ?? ""
        reason = body["reason"]?.string
        until = body.instant("until")
    }

    /// What the rules see of it.
    var fact: Emergency { Emergency(subdivision: jurisdiction, from: from, to: until) }

    /// Whether it is or will be in force.
    public func isOpen(at now: Instant) -> Bool { endedAt == nil && (until ?? .distantFuture) > now }

    /// Whether a call to that number or address may ring in the country of which it speaks.
    func mayConcern(_ call: Call) -> Bool {
        let country = jurisdiction.prefix(2)
        return call.number.region.map { $0 == country } ?? true || call.location.subdivision?.prefix(2) == country
    }

    public func write(to json: inout JSONWriter) {
        json.member("id", id.description)
        json.member("jurisdiction", jurisdiction)
        json.member("kind", kind)
        json.member("declared_by", declaredBy)
        json.member("source", source)
        json.member("from", from.rfc3339)
        json.member("until", until?.rfc3339)
        json.member("ended_at", endedAt?.rfc3339)
        json.member("reason", reason)
        json.member("made_by", madeBy)
    }
}

extension RegistryKind {
    /// Reads the declaration of an emergency. One that no rule heeds would halt nothing, and is refused.
    static func emergency(
        _ reader: inout ObjectReader, _ json: inout JSONWriter, _ policy: LoadedPolicy, _ now: Instant
    ) {
        let jurisdiction = reader.requireString("jurisdiction")
        let heeding = policy.snapshot.packs.filter { pack in
            pack.rules.contains { if case .emergency = $0.body { true } else { false } }
        }.map(\.jurisdiction)
        if !jurisdiction.isEmpty, !heeding.contains(where: { (jurisdiction + "-").hasPrefix($0 + "-") }) {
            reader.fault(
                at: "jurisdiction",
                "no rule of the policy heeds an emergency in `\(jurisdiction)`; heeded are "
                    + (heeding.isEmpty ? "none" : heeding.sorted().joined(separator: ", "))
                    + "; to halt calls elsewhere make a stop")
        }
        json.member("jurisdiction", jurisdiction)
        for name in ["kind", "declared_by", "source"] { json.member(name, reader.requireString(name)) }
        let (from, until) = (reader.instant("from") ?? now, reader.instant("until"))
        json.member("from", from.rfc3339)
        if let until {
            if until <= now { reader.fault(at: "until", "lies in the past") }
            if until <= from { reader.fault(at: "until", "must lie after `from`") }
            json.member("until", until.rfc3339)
        }
        json.member("reason", reader.string("reason"))
    }
}
