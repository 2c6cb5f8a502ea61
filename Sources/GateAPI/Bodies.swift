import Documents
import Gate
import GateModel
import Hummingbird
import PolicyPack
import RuleEngine

extension Request {
    /// The JSON body; an empty one reads as `{}` where that is allowed.
    func json(upTo limit: Int = 1 << 20, mayBeEmpty: Bool = false) async throws -> Node {
        let bytes = try await bytes(upTo: limit)
        if bytes.isEmpty && mayBeEmpty { return Node(.object([])) }
        do throws(Faults) { return try JSONParser.parse(bytes) } catch { throw Problem(.invalid(error)) }
    }

    func bytes(upTo limit: Int) async throws -> [UInt8] {
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
            throw Problem(.contentTooLarge, "too-large", "the body is larger than \(limit) bytes; send less at once")
        }
    }

    /// The query's names and values in order, decoded.
    var query: [(name: String, value: String)] {
        get throws(Problem) {
            var pairs: [(name: String, value: String)] = []
            for part in (uri.query ?? "").split(separator: "&") {
                let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = percentDecoded(sides[0]), let value = percentDecoded(sides.count > 1 ? sides[1] : "")
                else {
                    throw Problem(
                        .invalid(Faults([Fault(pointer: "", detail: "the query is not percent-encoded UTF-8")])))
                }
                pairs.append((name, value))
            }
            return pairs
        }
    }

    /// The query as a map; a repeated name is refused, an unknown one too.
    func query(_ known: String...) throws(Problem) -> [String: String] { try query(known) }

    func query(_ known: [String]) throws(Problem) -> [String: String] {
        var result: [String: String] = [:]
        var faults: [Fault] = []
        for (name, value) in try query {
            if !known.contains(name) {
                faults.append(
                    Fault(pointer: "/\(name)", detail: "unknown parameter; known are \(known.joined(separator: ", "))"))
            } else if result.updateValue(value, forKey: name) != nil {
                faults.append(Fault(pointer: "/\(name)", detail: "stands twice; give it once"))
            }
        }
        if !faults.isEmpty { throw Problem(.invalid(Faults(faults))) }
        return result
    }

    /// A decision request from a query: scalars by name, lists comma-separated, `attributes.NAME`, `location.NAME`.
    func callFromQuery(_ vocabulary: Vocabulary) throws(Problem) -> Node {
        var members: [Node.Member] = []
        var nested: [String: [Node.Member]] = [:]
        var seen: Set<String> = []
        var faults: [Fault] = []
        for (name, text) in try query {
            if !seen.insert(name).inserted {
                faults.append(Fault(pointer: "/\(name)", detail: "stands twice; give it once"))
                continue
            }
            if name == "format" {
                try AnswerForm.check(text)
                continue
            }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] == "attributes" || parts[0] == "location" {
                let value = parts[0] == "attributes" ? attribute(text, vocabulary.attributes[parts[1]]) : .string(text)
                nested[parts[0], default: []].append(Node.Member(name: parts[1], node: Node(value)))
                continue
            }
            let value: Node.Value
            switch name {
            case "data_fields": value = .array(text.split(separator: ",").map { Node(.string(String($0))) })
            case "permit":
                value =
                    text == "true" || text == "1"
                    ? .bool(true) : text == "false" || text == "0" ? .bool(false) : .string(text)
            // A plus that a client left unencoded arrives as a space.
            case "phone", "caller_id": value = .string(text.first == " " ? "+" + text.dropFirst() : text)
            default: value = .string(text)
            }
            members.append(Node.Member(name: name, node: Node(value)))
        }
        if !faults.isEmpty { throw Problem(.invalid(Faults(faults))) }
        for (name, inner) in nested.sorted(by: { $0.key < $1.key }) {
            members.append(Node.Member(name: name, node: Node(.object(inner))))
        }
        return Node(.object(members))
    }

    private func attribute(_ text: String, _ declaration: AttributeDeclaration?) -> Node.Value {
        switch declaration?.kind {
        case .boolean where text == "true" || text == "false": .bool(text == "true")
        case .integer where Int(text) != nil: .number(text)
        default: .string(text)
        }
    }
}

/// Decodes `%XX` and `+`; nil for what is not UTF-8 so encoded.
private func percentDecoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
        switch byte {
        case UInt8(ascii: "+"): bytes.append(0x20)
        case UInt8(ascii: "%"):
            guard let high = iterator.next().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }),
                let low = iterator.next().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue })
            else { return nil }
            bytes.append(UInt8(high * 16 + low))
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}
