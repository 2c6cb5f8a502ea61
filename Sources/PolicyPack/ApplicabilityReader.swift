import Documents
import GateModel
import RuleEngine

/// What the files of one pack may refer to while its rules are read.
struct PackContext {
    var purposes: [String]
    var products: [String] = []
    var dataFields: Set<String> = []
    var attributes: [String: AttributeDeclaration] = [:]
    var settings: Set<String> = []
    /// Where each rule stands.
    var ruleMarks: [String: Mark] = [:]

    func purposes(_ reader: inout ObjectReader, _ name: String) -> [String]? {
        check(&reader, name, against: purposes, word: "purpose")
    }

    func check(_ reader: inout ObjectReader, _ name: String, against words: [String], word kind: String) -> [String]? {
        guard let values = reader.strings(name) else { return nil }
        for value in values where !words.contains(value) {
            reader.fault(
                at: name, "`\(value)` is no declared \(kind); declare it or use one of \(words.joined(separator: ", "))"
            )
        }
        return values
    }

    func dataFields(_ reader: inout ObjectReader, _ name: String) -> Set<String>? {
        check(&reader, name, against: dataFields.sorted(), word: "data field").map(Set.init)
    }

    func applicability(_ reader: inout ObjectReader, _ name: String) -> Applicability {
        guard var object = reader.object(name) else { return .everything }
        return applicability(&object)
    }

    func applicability(_ object: inout ObjectReader) -> Applicability {
        var result = Applicability()
        result.purposes = purposes(&object, "purposes")
        result.exceptPurposes = purposes(&object, "except_purposes") ?? []
        result.modes = object.modes("modes")
        result.exceptModes = object.modes("except_modes") ?? []
        result.products = check(&object, "products", against: products, word: "product")
        result.numberTypes = numberTypes(&object, "number_types")
        result.subdivisions = object.strings("subdivisions")
        result.numberPrefixes = object.strings("number_prefixes")
        for prefix in result.numberPrefixes ?? [] {
            let digits = prefix.utf8.dropFirst()
            if prefix.utf8.first != UInt8(ascii: "+") || !(1...15).contains(digits.count)
                || !digits.allSatisfy({ (48...57).contains($0) })
            {
                object.fault(at: "number_prefixes", "`\(prefix)` begins no number in E.164 form; write +1212")
            }
        }
        result.vendors = object.strings("vendors")
        result.exceptVendors = object.strings("except_vendors") ?? []
        if var condition = object.object("attributes") { result.attributes = self.condition(&condition) }
        object.close()
        return result
    }

    func numberTypes(_ reader: inout ObjectReader, _ name: String) -> [NumberType]? {
        let known = NumberType.all.map(\.rawValue)
        return check(&reader, name, against: known, word: "type of number")?.map(NumberType.init(_:))
    }

    /// A map from attribute to test; `mode`, `vendor` and `data_fields` may stand beside attributes.
    func condition(_ object: inout ObjectReader) -> Condition {
        var condition = Condition()
        for member in object.members {
            guard let node = object.node(member.name) else { continue }
            switch member.name {
            case "mode":
                condition.modes = words(node, object, member.name).compactMap { word in
                    if let mode = CallMode(rawValue: word) { return mode }
                    object.fault(at: member.name, "`\(word)` is no mode")
                    return nil
                }
            case "vendor":
                if case .object = node.value {
                    var test = object.object("vendor")!
                    if let not = test.string("not") { condition.exceptVendors = [not] }
                    condition.vendors = test.strings("in")
                    test.close()
                } else {
                    condition.vendors = words(node, object, member.name)
                }
            case "data_fields":
                var test = object.object("data_fields")!
                condition.anyDataField = dataFields(&test, "any_of")?.sorted()
                test.close()
            default:
                guard let declaration = attributes[member.name] else {
                    object.fault(at: member.name, "no declared attribute; declare it under `attributes`")
                    continue
                }
                condition.clauses += tests(&object, member.name, node, declaration).map {
                    .init(member.name, $0, declaration)
                }
            }
        }
        return condition
    }

    /// A word, a list of words, or `{in: […]}`.
    private func words(_ node: Node, _ object: ObjectReader, _ name: String) -> [String] {
        switch node.value {
        case .string(let word): return [word]
        case .array(let nodes): return nodes.compactMap(\.string)
        case .object:
            if case .array(let nodes)? = node["in"]?.value { return nodes.compactMap(\.string) }
            fallthrough
        default:
            object.fault(at: name, "give a word or a list of words")
            return []
        }
    }

    private func tests(
        _ object: inout ObjectReader, _ name: String, _ node: Node, _ declaration: AttributeDeclaration
    ) -> [Condition.Test] {
        guard case .object = node.value else {
            return value(node, object, name, declaration).map { [.equals($0)] } ?? []
        }
        var reader = object.object(name)!
        var tests: [Condition.Test] = []
        func read(_ key: String, _ make: (AttributeValue) -> Condition.Test) {
            guard let node = reader.node(key) else { return }
            if let value = value(node, reader, key, declaration) { tests.append(make(value)) }
        }
        read("equals") { .equals($0) }
        read("not") { .not($0) }
        read("below") { .below($0) }
        read("at_least") { .atLeast($0) }
        read("above") { .above($0) }
        read("at_most") { .atMost($0) }
        if let absent = reader.boolean("absent") { tests.append(.isAbsent(absent)) }
        if let other = reader.string("above_attribute") {
            if attributes[other]?.kind != declaration.kind {
                reader.fault(at: "above_attribute", "`\(other)` must be declared with the same type as `\(name)`")
            }
            tests.append(.aboveAttribute(other))
        }
        if let elements = reader.array("in") {
            tests.append(.isIn(elements.compactMap { value($0.node, reader, "in", declaration) }))
        }
        reader.close()
        if tests.isEmpty { object.fault(at: name, "tests nothing; give a value or a test such as {below: 18}") }
        return tests
    }

    private func value(
        _ node: Node, _ reader: ObjectReader, _ name: String, _ declaration: AttributeDeclaration
    ) -> AttributeValue? {
        if let value = AttributeValue(node), declaration.accepts(value) { return value }
        reader.fault(at: name, "must be \(declaration.expectation), is \(node.kind)")
        return nil
    }
}
