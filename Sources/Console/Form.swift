import Documents
import Hummingbird

/// The fields of a form or of an address, in order.
struct Form: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init() {}

    /// Reads `application/x-www-form-urlencoded`; what is no UTF-8 is refused.
    init(_ bytes: [UInt8]) throws(Refusal) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .foreign }
        self.init(text)
    }

    init(_ text: String) {
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((Form.decoded(sides[0]), sides.count > 1 ? Form.decoded(sides[1]) : ""))
        }
    }

    /// What was typed, without spaces around it; nil where nothing was.
    subscript(name: String) -> String? {
        guard let value = fields.first(where: { $0.name == name })?.value else { return nil }
        let trimmed = value.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }

    /// As it was typed; for passwords.
    func raw(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// Words between commas, also Chinese ones, or spaces.
    func words(_ name: String) -> [String] {
        all(name).flatMap { $0.split(whereSeparator: { ",，、;； \n".contains($0) }).map(String.init) }
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"), let high = iterator.next(), let low = iterator.next(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            {
                bytes.append(value)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// A body for the gate, made of what was typed. What was left empty is left out.
struct GateBody {
    private var members: [Node.Member] = []

    mutating func text(_ name: String, _ value: String?) {
        if let value { members.append(.init(name: name, node: Node(.string(value)))) }
    }

    mutating func words(_ name: String, _ values: [String]) {
        if !values.isEmpty { members.append(.init(name: name, node: Node(.array(values.map { Node(.string($0)) })))) }
    }

    mutating func flag(_ name: String, _ value: Bool) {
        if value { members.append(.init(name: name, node: Node(.bool(true)))) }
    }

    mutating func node(_ name: String, _ value: Node?) {
        if let value { members.append(.init(name: name, node: value)) }
    }

    var node: Node { Node(.object(members)) }
}
