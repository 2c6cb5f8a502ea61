import GateModel

/// What can be said of a condition while a source may be down.
enum Truth: Hashable {
    case holds
    case fails
    /// Cannot be told without that source.
    case unknown(FactSource)
}

/// Tests on attributes, all of which must hold.
public struct Condition: Sendable, Hashable {
    public enum Test: Sendable, Hashable {
        case equals(AttributeValue)
        /// Holds for an absent attribute too.
        case not(AttributeValue)
        case isIn([AttributeValue])
        case below(AttributeValue)
        case atLeast(AttributeValue)
        case above(AttributeValue)
        case atMost(AttributeValue)
        case aboveAttribute(String)
        case isAbsent(Bool)
    }

    /// One test of one attribute.
    public struct Clause: Sendable, Hashable {
        public var attribute: String
        public var test: Test
        /// What the attribute is declared to be; evaluation then need not look it up.
        public var kind: AttributeDeclaration.Kind
        /// Whether the gate may know more of one of its attributes than the call says.
        public var isOnRecord: Bool
        /// Whether that is a mandate, which begins and ends.
        public var isMandate: Bool

        public init(_ attribute: String, _ test: Test, _ declaration: AttributeDeclaration) {
            self.attribute = attribute
            self.test = test
            kind = declaration.kind
            isOnRecord = declaration.record != nil
            isMandate = declaration.record == .vendorMandate
        }
    }

    public var clauses: [Clause]
    public var modes: [CallMode]?
    public var vendors: [String]?
    public var exceptVendors: [String] = []
    /// Data fields of which the call asks for any.
    public var anyDataField: [String]?

    public init(clauses: [Clause] = []) { self.clauses = clauses }

    /// A clause that surely fails settles it, whatever is unknown beside it.
    func truth(in situation: Situation, at t: Instant) -> Truth {
        let call = situation.call
        if let modes, !modes.contains(call.mode) { return .fails }
        if let vendors, !vendors.contains(call.vendor) { return .fails }
        if exceptVendors.contains(call.vendor) { return .fails }
        if let anyDataField, !call.dataFields.contains(where: anyDataField.contains) { return .fails }
        var truth = Truth.holds
        for clause in clauses {
            switch clause.truth(in: situation, at: t) {
            case .fails: return .fails
            case .unknown(let source): truth = .unknown(source)
            case .holds: break
            }
        }
        return truth
    }

    /// Whether an earlier attempt with these attributes meets the tests.
    func holds(for attributes: [String: AttributeValue]) -> Bool {
        clauses.allSatisfy { clause in
            clause.test.holds(
                attributes[clause.attribute], other: clause.otherAttribute.flatMap { attributes[$0] }, kind: clause.kind
            )
        }
    }

    /// Whether the outcome can change as time passes: a mandate on record begins and ends.
    var dependsOnMandate: Bool { clauses.contains(where: \.isMandate) }
}

extension Condition.Clause {
    fileprivate var otherAttribute: String? { if case .aboveAttribute(let name) = test { name } else { nil } }

    fileprivate func truth(in situation: Situation, at t: Instant) -> Truth {
        if !isOnRecord && otherAttribute == nil {
            return test.holds(situation.asserted(attribute), other: nil, kind: kind) ? .holds : .fails
        }
        guard let value = situation.attribute(attribute, at: t) else {
            return .unknown(situation.source(of: attribute))
        }
        var other: AttributeValue?
        if let name = otherAttribute {
            guard let known = situation.attribute(name, at: t) else { return .unknown(situation.source(of: name)) }
            other = known.value
        }
        return test.holds(value.value, other: other, kind: kind) ? .holds : .fails
    }
}

extension Condition.Test {
    func holds(_ value: AttributeValue?, other: AttributeValue?, kind: AttributeDeclaration.Kind) -> Bool {
        switch self {
        case .isAbsent(let expected): return (value == nil) == expected
        case .not(let unwanted): return value != unwanted
        case .equals(let wanted): return value == wanted
        case .isIn(let values): return value.map(values.contains) ?? false
        case .below(let bound): return compare(value, bound, kind, <)
        case .atLeast(let bound): return compare(value, bound, kind, >=)
        case .above(let bound): return compare(value, bound, kind, >)
        case .atMost(let bound): return compare(value, bound, kind, <=)
        case .aboveAttribute: return compare(value, other, kind, >)
        }
    }

    /// Choices compare by their place in the declaration, where that says that they are ordered.
    private func compare(
        _ value: AttributeValue?, _ bound: AttributeValue?, _ kind: AttributeDeclaration.Kind, _ by: (Int, Int) -> Bool
    ) -> Bool {
        switch (value, bound, kind) {
        case (.integer(let a), .integer(let b), _): return by(a, b)
        case (.text(let a), .text(let b), .choice(let values, ordered: true)):
            guard let a = values.firstIndex(of: a), let b = values.firstIndex(of: b) else { return false }
            return by(a, b)
        default: return false
        }
    }
}
