import GateModel
import RuleEngine

extension ChangeCollector {
    /// - Parameter meaning: What it is if more calls are meant.
    mutating func compare(_ part: String, _ a: Applicability, _ b: Applicability, widening meaning: Tendency) {
        guard a != b else { return }
        let opposite = meaning.reversed
        // The lists and their exceptions come to one set. The empty text stands for a purpose that nobody declares.
        let everyPurpose = purposes.union([""])
        let everyMode = Set(CallMode.allCases)
        let purposesA = (a.purposes.map(Set.init) ?? everyPurpose).subtracting(a.exceptPurposes)
        let purposesB = (b.purposes.map(Set.init) ?? everyPurpose).subtracting(b.exceptPurposes)
        let modesA = (a.modes.map(Set.init) ?? everyMode).subtracting(a.exceptModes)
        let modesB = (b.modes.map(Set.init) ?? everyMode).subtracting(b.exceptModes)
        compare(
            "\(part).purposes", purposesA.subtracting([""]), purposesB.subtracting([""]),
            .gaining(purposesA, purposesB, means: meaning))
        compare(
            "\(part).modes", modesA.map(\.rawValue).sorted(), modesB.map(\.rawValue).sorted(),
            .gaining(modesA, modesB, means: meaning))
        compare("\(part).products", a.products, b.products, .gaining(a.products, b.products, means: meaning))
        compare(
            "\(part).number_types", a.numberTypes, b.numberTypes, .gaining(a.numberTypes, b.numberTypes, means: meaning)
        )
        compare(
            "\(part).subdivisions", a.subdivisions, b.subdivisions,
            .gaining(a.subdivisions, b.subdivisions, means: meaning))
        compare(
            "\(part).number_prefixes", a.numberPrefixes, b.numberPrefixes,
            .gaining(a.numberPrefixes, b.numberPrefixes, means: meaning))
        compare("\(part).vendors", a.vendors, b.vendors, .gaining(a.vendors, b.vendors, means: meaning))
        compare(
            "\(part).except_vendors", a.exceptVendors, b.exceptVendors,
            .gaining(a.exceptVendors, b.exceptVendors, means: opposite))
        let width =
            switch (a.attributes, b.attributes) {
            case (nil, nil): Tendency()
            case (nil, _?): opposite
            case (_?, nil): meaning
            case (let a?, let b?): a.widening(to: b, means: meaning)
            }
        compare("\(part).attributes", a.attributes?.plain, b.attributes?.plain, width)
    }
}

extension Condition {
    /// - Parameter meaning: What it is if it holds for more calls.
    func widening(to other: Condition, means meaning: Tendency) -> Tendency {
        var tendency = Tendency.gaining(modes, other.modes, means: meaning)
        tendency.formUnion(.gaining(vendors, other.vendors, means: meaning))
        tendency.formUnion(.gaining(exceptVendors, other.exceptVendors, means: meaning.reversed))
        tendency.formUnion(.gaining(anyDataField, other.anyDataField, means: meaning))
        var old = clauses
        var new: [Clause] = []
        for clause in other.clauses {
            if let index = old.firstIndex(where: { $0.attribute == clause.attribute && $0.test == clause.test }) {
                old.remove(at: index)
            } else {
                new.append(clause)
            }
        }
        for clause in new {
            let pair = old.indices.first { old[$0].widening(to: clause, means: meaning) != nil }
            // Every clause must hold, so one more narrows.
            guard let pair else {
                tendency.formUnion(meaning.reversed)
                continue
            }
            tendency.formUnion(old[pair].widening(to: clause, means: meaning) ?? .unknown)
            old.remove(at: pair)
        }
        if !old.isEmpty { tendency.formUnion(meaning) }
        return tendency
    }

    /// The same without what only repeats the attributes' declarations, which are compared by themselves.
    var plain: Condition {
        var plain = self
        plain.clauses = clauses.map { Clause($0.attribute, $0.test, AttributeDeclaration(kind: .boolean)) }
        return plain
    }
}

extension Condition.Clause {
    /// Nil where the two tests are not of one sort.
    fileprivate func widening(to other: Condition.Clause, means meaning: Tendency) -> Tendency? {
        guard attribute == other.attribute else { return nil }
        func bound(_ a: AttributeValue, _ b: AttributeValue, _ meaning: Tendency) -> Tendency {
            guard let a = rank(a), let b = other.rank(b), kind == other.kind else { return .unknown }
            return .growing(a, b, means: meaning)
        }
        if let old = test.choices, let new = other.test.choices { return .gaining(old, new, means: meaning) }
        switch (test, other.test) {
        case (.below(let a), .below(let b)), (.atMost(let a), .atMost(let b)): return bound(a, b, meaning)
        case (.above(let a), .above(let b)), (.atLeast(let a), .atLeast(let b)): return bound(a, b, meaning.reversed)
        default: return nil
        }
    }

    private func rank(_ value: AttributeValue) -> Int? {
        switch (value, kind) {
        case (.integer(let number), _): number
        case (.text(let text), .choice(let values, ordered: true)): values.firstIndex(of: text)
        default: nil
        }
    }
}

extension Condition.Test {
    /// The values for which it holds, where it names them.
    fileprivate var choices: [AttributeValue]? {
        switch self {
        case .equals(let value): [value]
        case .isIn(let values): values
        default: nil
        }
    }
}
