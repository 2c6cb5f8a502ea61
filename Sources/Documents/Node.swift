/// Where in a text something stands: line and column, both counted from 1, the column in bytes. Zero means unknown.
public struct Mark: Hashable, Sendable {
    public var line: Int32
    public var column: Int32

    public init(line: Int, column: Int) {
        self.line = Int32(truncatingIfNeeded: line)
        self.column = Int32(truncatingIfNeeded: column)
    }

    public static let none = Mark(line: 0, column: 0)
}

/// A JSON or YAML document as a tree that remembers where each value stood.
///
/// Request bodies, policy packs and policy cases are all read through this one type, so that a fault in any of them is
/// told in the same words.
public struct Node: Sendable, Hashable {
    /// A value of the JSON data model. A number keeps its text: whoever reads it decides what it may be.
    public enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([Node])
        case object([Member])
    }

    /// A name and its value, in the document's order.
    public struct Member: Sendable, Hashable {
        public var name: String
        public var node: Node

        public init(name: String, node: Node) {
            self.name = name
            self.node = node
        }
    }

    public var value: Value
    public var mark: Mark

    public init(_ value: Value, mark: Mark = .none) {
        self.value = value
        self.mark = mark
    }

    /// The member of that name; nil for a missing one and for anything that is no object. O(members).
    public subscript(name: String) -> Node? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node
    }

    public var isNull: Bool { value == .null }

    /// The text of a string, nil for every other value.
    public var string: String? {
        if case .string(let text) = value { return text }
        return nil
    }

    /// What the value is, for an error text.
    public var kind: String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The place of a value in a document as an RFC 6901 JSON pointer, spelt out only when somebody asks.
public indirect enum Pointer: Sendable, CustomStringConvertible {
    case root
    case member(Pointer, String)
    case element(Pointer, Int)

    public var description: String {
        switch self {
        case .root: ""
        case .member(let parent, let name):
            parent.description + "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
        case .element(let parent, let index): parent.description + "/\(index)"
        }
    }
}

/// One thing that is wrong with a document, and what to do about it.
public struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// RFC 6901 pointer; empty for the document itself.
    public var pointer: String
    public var mark: Mark
    /// Lower case, no final stop; says what is wrong and what to do.
    public var detail: String

    public init(pointer: String, mark: Mark = .none, detail: String) {
        self.pointer = pointer
        self.mark = mark
        self.detail = detail
    }

    public var description: String {
        let place = mark == .none ? "" : "\(mark.line):\(mark.column): "
        return place + (pointer.isEmpty ? "" : "\(pointer): ") + detail
    }
}

/// Everything that is wrong with a document.
public struct Faults: Error, Hashable, Sendable, CustomStringConvertible {
    public var all: [Fault]
    public init(_ all: [Fault]) { self.all = all }
    public var description: String { all.map(\.description).joined(separator: "\n") }
}
