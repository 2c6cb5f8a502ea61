import Documents
import Yams

/// Reads YAML text into a ``Documents/Node``. Plain scalars follow the YAML 1.2 core schema: `yes` and `on` are text.
public func parseYAML(_ text: String) throws(Faults) -> Documents.Node {
    do {
        guard let root = try Yams.compose(yaml: text) else {
            return Documents.Node(.null, mark: Documents.Mark(line: 1, column: 1))
        }
        return try convert(root, depth: 0)
    } catch let faults as Faults {
        throw faults
    } catch let error as YamlError {
        throw Faults([describe(error)])
    } catch {
        throw Faults([Fault(pointer: "", detail: "is no YAML: \(error)")])
    }
}

private func describe(_ error: YamlError) -> Fault {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        Fault(pointer: "", mark: Documents.Mark(line: mark.line, column: mark.column), detail: "is no YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
        Fault(
            pointer: "", mark: Documents.Mark(line: context.mark.line, column: context.mark.column),
            detail: "the key \(duplicates.map { "`\($0)`" }.joined(separator: ", ")) stands twice; leave one")
    default:
        Fault(pointer: "", detail: "is no YAML: \(error)")
    }
}

private func convert(_ node: Yams.Node, depth: Int) throws(Faults) -> Documents.Node {
    let mark = node.mark.map { Documents.Mark(line: $0.line, column: $0.column) } ?? .none
    guard depth < 64 else {
        throw Faults([Fault(pointer: "", mark: mark, detail: "nested too deeply; at most 64 levels")])
    }
    switch node {
    case .scalar(let scalar):
        return Documents.Node(scalar.style == .plain ? plain(scalar.string) : .string(scalar.string), mark: mark)
    case .sequence(let sequence):
        var elements: [Documents.Node] = []
        for element in sequence { elements.append(try convert(element, depth: depth + 1)) }
        return Documents.Node(.array(elements), mark: mark)
    case .mapping(let mapping):
        var members: [Documents.Node.Member] = []
        for (key, value) in mapping {
            guard case .scalar(let name) = key else {
                throw Faults([Fault(pointer: "", mark: mark, detail: "a key must be a word")])
            }
            members.append(.init(name: name.string, node: try convert(value, depth: depth + 1)))
        }
        return Documents.Node(.object(members), mark: mark)
    case .alias:
        throw Faults([Fault(pointer: "", mark: mark, detail: "an alias that names no anchor; write the value out")])
    }
}

/// Source: YAML 1.2.2, section 10.3.2, less octal and hexadecimal numbers.
private func plain(_ text: String) -> Documents.Node.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    guard let first = text.utf8.first, (48...57).contains(first) || first == UInt8(ascii: "-") else {
        return .string(text)
    }
    if Int64(text) != nil { return .number(text) }
    // `2026-11-23` and `09:00` are no numbers; `1e3` and `0.02` are.
    let isDecimal = text.utf8.dropFirst().allSatisfy { (48...57).contains($0) || ".eE+-".utf8.contains($0) }
    return isDecimal && Double(text) != nil ? .number(text) : .string(text)
}
