import Documents
import GateModel

/// A list that a decision may have found quiet. Quiet lists leave no trace in a decision's facts, because there are many
/// and they say nothing; so the snapshot names them, and a replay puts them back.
struct HeldList: Hashable, Sendable {
    var name: String
    /// When its version was true; nil for a list without one.
    var asOf: Instant?
    /// Whose numbers it is about; nil for every number.
    var jurisdictions: [String]?

    static func all(quiet: [String: ListFact], active: [ActiveList]) -> [HeldList] {
        // A missing list is no quiet one, and stands in the facts of each decision.
        let own = quiet.filter { $0.value.state == .inForce }.map { HeldList(name: $0.key) }
        let others = active.map { list in
            HeldList(
                name: list.definition.name, asOf: list.version?.asOf, jurisdictions: list.definition.jurisdictions)
        }
        return (own + others).sorted { $0.name < $1.name }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("list", name)
            json.member("as_of", asOf?.rfc3339)
            if let jurisdictions { json.member("jurisdictions", jurisdictions) }
        }
    }

    /// Nil for what is none.
    init?(_ node: Node) {
        guard let name = node["list"]?.string else { return nil }
        self.name = name
        asOf = node["as_of"]?.string.flatMap { Instant(rfc3339: $0) }
        if case .array(let nodes)? = node["jurisdictions"]?.value { jurisdictions = nodes.compactMap(\.string) }
    }

    init(name: String, asOf: Instant? = nil, jurisdictions: [String]? = nil) {
        self.name = name
        self.asOf = asOf
        self.jurisdictions = jurisdictions
    }

    func concerns(_ number: NumberReading) -> Bool {
        jurisdictions?.contains { $0 == number.region || number.subdivisions.contains($0) } ?? true
    }
}
