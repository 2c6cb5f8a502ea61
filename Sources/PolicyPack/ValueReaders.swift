import Documents
import GateModel
import RuleEngine

extension ObjectReader {
    public mutating func instant(_ name: String) -> Instant? {
        guard let text = string(name) else { return nil }
        if let instant = Instant(rfc3339: text) { return instant }
        fault(at: name, "must be an instant with an offset such as 2026-11-23T20:30:00+08:00")
        return nil
    }

    public mutating func requireInstant(_ name: String) -> Instant {
        if let instant = instant(name) { return instant }
        if members.first(where: { $0.name == name })?.node.isNull ?? true {
            fault(at: name, "is required; give an instant such as 2026-11-23T20:30:00+08:00")
        }
        return .distantPast
    }

    /// `90s`, `120m`, `24h`, `90d`: days of 24 hours.
    mutating func span(_ name: String) -> Span? {
        guard let text = string(name) else { return nil }
        if let value = Int64(text.dropLast()), (0...1_000_000).contains(value) {
            switch text.last {
            case "s": return .seconds(value)
            case "m": return .minutes(value)
            case "h": return .hours(value)
            case "d": return .days(value)
            default: break
            }
        }
        fault(at: name, "`\(text)` is no length of time; write 90s, 120m, 24h or 90d")
        return nil
    }

    /// `24mo`: calendar months.
    mutating func months(_ name: String) -> Int? {
        guard let text = string(name) else { return nil }
        if text.hasSuffix("mo"), let value = Int(text.dropLast(2)), (1...1200).contains(value) { return value }
        fault(at: name, "`\(text)` is no number of months; write 24mo")
        return nil
    }

    mutating func modes(_ name: String) -> [CallMode]? {
        guard let words = strings(name) else { return nil }
        return words.compactMap { word in
            if let mode = CallMode(rawValue: word) { return mode }
            fault(
                at: name,
                "`\(word)` is no mode; the modes are \(CallMode.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
    }

    mutating func localised(_ name: String) -> Localised {
        guard var reader = object(name) else {
            fault(at: name, "is required; give {en: …, zh: …}")
            return Localised(english: "", chinese: "")
        }
        return reader.localisedText()
    }

    mutating func localisedText() -> Localised {
        let text = Localised(english: requireString("en"), chinese: requireString("zh"))
        close()
        return text
    }
}

extension AttributeValue {
    /// A value of an attribute as a document writes it; nil for what no attribute can be.
    init?(_ node: Node) {
        switch node.value {
        case .bool(let value): self = .boolean(value)
        case .string(let text): self = .text(text)
        case .number(let text):
            guard let value = Int(text) else { return nil }
            self = .integer(value)
        default: return nil
        }
    }
}

/// The words that a document may use, from the packs that are loaded.
public struct Vocabulary: Sendable {
    public var purposes: [String]
    public var attributes: [String: AttributeDeclaration]
    public var outcomes: [String]

    public init(_ policy: PolicySnapshot) {
        purposes = policy.core.purposes
        attributes = policy.attributes
        outcomes = policy.core.outcomes.keys.sorted()
    }

    /// Reads attributes by their declarations; an unknown name, a wrong type and an unknown choice are faults.
    public func attributes(_ reader: inout ObjectReader, _ name: String) -> [String: AttributeValue] {
        guard let object = reader.object(name) else { return [:] }
        var result: [String: AttributeValue] = [:]
        for member in object.members where !member.node.isNull {
            guard let declaration = attributes[member.name] else {
                object.fault(
                    at: member.name,
                    "unknown attribute; the policy declares \(attributes.keys.sorted().joined(separator: ", "))")
                continue
            }
            guard let value = AttributeValue(member.node), declaration.accepts(value) else {
                object.fault(at: member.name, "must be \(declaration.expectation), is \(member.node.kind)")
                continue
            }
            result[member.name] = value
        }
        return result
    }

    public func purpose(_ reader: inout ObjectReader, _ name: String) -> String? {
        reader.choice(name, purposes)
    }

    /// A list of purposes in which `["all"]` stands for every one. An empty one is a fault: it would say nothing.
    public func purposes(_ reader: inout ObjectReader, _ name: String) -> Scope? {
        guard let words = reader.strings(name) else { return nil }
        if words.isEmpty { reader.fault(at: name, "names no purpose; [\"all\"] stands for every one") }
        for word in words where word != "all" && !purposes.contains(word) {
            reader.fault(at: name, "`\(word)` is no purpose; the purposes are \(purposes.joined(separator: ", "))")
        }
        return Scope(words: words)
    }
}

extension AttributeDeclaration {
    func accepts(_ value: AttributeValue) -> Bool {
        switch (kind, value) {
        case (.boolean, .boolean): true
        case (.integer, .integer(let value)): (-1_000_000_000...1_000_000_000).contains(value)
        case (.choice(let values, _), .text(let value)): values.contains(value)
        default: false
        }
    }

    var expectation: String {
        switch kind {
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .choice(let values, _): "one of \(values.joined(separator: ", "))"
        }
    }
}
