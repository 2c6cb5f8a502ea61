/// Collects what is wrong while a document is read, so that all of it is told at once.
public final class FaultCollector {
    public private(set) var faults: [Fault] = []
    /// Where reading YAML, a plain number or boolean is taken for the text it is written as (`product: 7`).
    public let isLenient: Bool

    public init(isLenient: Bool = false) { self.isLenient = isLenient }

    public func add(_ pointer: Pointer, _ mark: Mark, _ detail: String) {
        // A document can be wrong a million times over; a person reads the first hundred.
        guard faults.count < 100 else { return }
        faults.append(Fault(pointer: pointer.description, mark: mark, detail: detail))
    }

    /// - Throws: Every fault collected so far, if there is any.
    public func check() throws(Faults) {
        if !faults.isEmpty { throw Faults(faults) }
    }
}

/// Reads the members of one object by name and type. A member that is missing or null gives nil; one of another type
/// gives nil and a fault; `close()` names the members that nobody asked for.
public struct ObjectReader {
    public let members: [Node.Member]
    public let pointer: Pointer
    public let mark: Mark
    public let faults: FaultCollector
    private var used: Set<Int> = []
    private var usedMask: UInt64 = 0
    private var known: [String] = []

    public init(_ node: Node, at pointer: Pointer = .root, faults: FaultCollector) {
        if case .object(let members) = node.value {
            self.members = members
        } else {
            members = []
            faults.add(pointer, node.mark, "must be an object, is \(node.kind)")
        }
        self.pointer = pointer
        self.mark = node.mark
        self.faults = faults
        known.reserveCapacity(24)
    }

    public func fault(_ detail: String) { faults.add(pointer, mark, detail) }

    public func fault(at name: String, _ detail: String) {
        let mark = members.first { $0.name == name }?.node.mark ?? self.mark
        faults.add(.member(pointer, name), mark, detail)
    }

    /// The member, marked as known; nil where it is missing or null.
    public mutating func node(_ name: String) -> Node? {
        for (index, member) in members.enumerated() where member.name == name {
            if index < 64 { usedMask |= 1 << UInt64(index) } else { used.insert(index) }
            return member.node.isNull ? nil : member.node
        }
        known.append(name)
        return nil
    }

    /// Whether the member stands there, be it null.
    public func has(_ name: String) -> Bool { members.contains { $0.name == name } }

    /// Whether the member stands there and is not null.
    public func isGiven(_ name: String) -> Bool { members.contains { $0.name == name && !$0.node.isNull } }

    /// Faults those members that stand there as null: what is required is not given by saying nothing.
    public func refuseNull(_ names: String...) {
        for name in names where has(name) && !isGiven(name) { fault(at: name, "is required; null is no value") }
    }

    public mutating func string(_ name: String) -> String? {
        guard let node = node(name) else { return nil }
        return text(node, .member(pointer, name))
    }

    public mutating func requireString(_ name: String) -> String {
        guard let node = node(name) else {
            fault(at: name, "is required; give a string")
            return ""
        }
        return text(node, .member(pointer, name)) ?? ""
    }

    public mutating func boolean(_ name: String) -> Bool? {
        guard let node = node(name) else { return nil }
        if case .bool(let value) = node.value { return value }
        faults.add(.member(pointer, name), node.mark, "must be true or false, is \(node.kind)")
        return nil
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        guard let node = node(name) else { return nil }
        guard case .number(let text) = node.value, let value = Int(text) else {
            faults.add(.member(pointer, name), node.mark, "must be a whole number, is \(node.kind)")
            return nil
        }
        guard range.contains(value) else {
            faults.add(.member(pointer, name), node.mark, "must lie in \(range.lowerBound)…\(range.upperBound)")
            return nil
        }
        return value
    }

    public mutating func double(_ name: String) -> Double? {
        guard let node = node(name) else { return nil }
        if case .number(let text) = node.value, let value = Double(text), value.isFinite { return value }
        faults.add(.member(pointer, name), node.mark, "must be a number, is \(node.kind)")
        return nil
    }

    public mutating func strings(_ name: String) -> [String]? {
        guard let elements = array(name) else { return nil }
        return elements.compactMap { text($0.node, $0.pointer) }
    }

    public mutating func requireStrings(_ name: String) -> [String] {
        guard let values = strings(name) else {
            if !has(name) || members.contains(where: { $0.name == name && $0.node.isNull }) {
                fault(at: name, "is required; give an array of strings")
            }
            return []
        }
        return values
    }

    public mutating func array(_ name: String) -> [(node: Node, pointer: Pointer)]? {
        guard let node = node(name) else { return nil }
        guard case .array(let elements) = node.value else {
            faults.add(.member(pointer, name), node.mark, "must be an array, is \(node.kind)")
            return nil
        }
        let place = Pointer.member(pointer, name)
        return elements.enumerated().map { ($0.element, .element(place, $0.offset)) }
    }

    public mutating func objects(_ name: String) -> [ObjectReader]? {
        guard let elements = array(name) else { return nil }
        let faults = faults
        return elements.map { ObjectReader($0.node, at: $0.pointer, faults: faults) }
    }

    public mutating func object(_ name: String) -> ObjectReader? {
        guard let node = node(name) else { return nil }
        return ObjectReader(node, at: .member(pointer, name), faults: faults)
    }

    /// One of the named words.
    public mutating func choice(_ name: String, _ words: [String]) -> String? {
        guard let value = string(name) else { return nil }
        guard words.contains(value) else {
            fault(at: name, "`\(value)` is not one of \(words.joined(separator: ", "))\(suggestion(value, words))")
            return nil
        }
        return value
    }

    public mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String, _ type: T.Type) -> T?
    where T.RawValue == String {
        guard let value = string(name) else { return nil }
        // The words are listed only for a fault: this is read for every call.
        return T(rawValue: value) ?? choice(name, T.allCases.map(\.rawValue)).flatMap(T.init(rawValue:))
    }

    /// Names every member that was not asked for.
    public func close() {
        if used.isEmpty, members.count < 64, usedMask == (1 << UInt64(members.count)) - 1 { return }
        for (index, member) in members.enumerated() {
            let isUsed = index < 64 ? usedMask & (1 << UInt64(index)) != 0 : used.contains(index)
            if !isUsed {
                faults.add(
                    .member(pointer, member.name), member.node.mark,
                    "unknown field; remove it\(suggestion(member.name, known))")
            }
        }
    }

    private func text(_ node: Node, _ place: Pointer) -> String? {
        switch node.value {
        case .string(let text): return text
        case .number(let text) where faults.isLenient: return text
        case .bool(let value) where faults.isLenient: return value ? "true" : "false"
        default:
            faults.add(place, node.mark, "must be a string, is \(node.kind)")
            return nil
        }
    }

    private func suggestion(_ word: String, _ words: [String]) -> String {
        let near = words.map { ($0, editDistance(word, $0)) }.filter { $0.1 <= max(1, word.count / 3) }.min {
            $0.1 < $1.1
        }
        return near.map { " (did you mean `\($0.0)`?)" } ?? ""
    }
}

/// Levenshtein's distance. O(a × b).
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8.prefix(40)), Array(b.utf8.prefix(40)))
    var row = Array(0...b.count)
    for i in 0..<a.count {
        var diagonal = row[0]
        row[0] = i + 1
        for j in 0..<b.count {
            let above = row[j + 1]
            row[j + 1] = a[i] == b[j] ? diagonal : 1 + min(diagonal, above, row[j])
            diagonal = above
        }
    }
    return row[b.count]
}
