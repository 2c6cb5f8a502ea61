/// A strict reader of JSON text. Source: RFC 8259 (December 2017).
///
/// It refuses what the RFC calls unpredictable: duplicate names, invalid UTF-8, unpaired surrogates, numbers with leading
/// zeros, and nesting beyond 64. One pass, O(bytes).
public struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var line = 1
    private var lineStart = 0

    /// - Throws: One fault at the first byte that is not JSON; duplicate names are all listed.
    public static func parse(_ text: [UInt8]) throws(Faults) -> Node {
        let result: Result<Node, Faults> = text.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            do throws(Faults) { return .success(try parser.document()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func document() throws(Faults) -> Node {
        skipSpace()
        let node = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw fault("nothing may follow the document; remove the rest") }
        return node
    }

    private var mark: Mark { Mark(line: line, column: index - lineStart + 1) }

    private func fault(_ detail: String) -> Faults { Faults([Fault(pointer: "", mark: mark, detail: detail)]) }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0D: index += 1
            case 0x0A:
                index += 1
                line += 1
                lineStart = index
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(Faults) -> Node {
        guard depth < 64 else { throw fault("nested too deeply; at most 64 levels") }
        guard index < bytes.count else { throw fault("the text ends where a value must stand") }
        let start = mark
        switch bytes[index] {
        case UInt8(ascii: "{"): return Node(.object(try object(depth: depth)), mark: start)
        case UInt8(ascii: "["): return Node(.array(try array(depth: depth)), mark: start)
        case UInt8(ascii: "\""): return Node(.string(try string()), mark: start)
        case UInt8(ascii: "t"):
            try word("true")
            return Node(.bool(true), mark: start)
        case UInt8(ascii: "f"):
            try word("false")
            return Node(.bool(false), mark: start)
        case UInt8(ascii: "n"):
            try word("null")
            return Node(.null, mark: start)
        case UInt8(ascii: "-"), 48...57: return Node(.number(try number()), mark: start)
        default: throw fault("no JSON value begins here")
        }
    }

    private mutating func word(_ text: StaticString) throws(Faults) {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { throw fault("write true, false or null") }
        for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] {
            throw fault("write true, false or null")
        }
        index += count
    }

    private mutating func object(depth: Int) throws(Faults) -> [Node.Member] {
        index += 1
        var members: [Node.Member] = []
        skipSpace()
        if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
            index += 1
            return members
        }
        members.reserveCapacity(12)
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw fault("a member name in quotes must stand here")
            }
            let at = mark
            let name = try string()
            if members.contains(where: { $0.name == name }) {
                throw Faults([Fault(pointer: "", mark: at, detail: "`\(name)` stands twice; leave one")])
            }
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw fault("a colon must stand here") }
            index += 1
            skipSpace()
            members.append(Node.Member(name: name, node: try value(depth: depth + 1)))
            if try !another(until: UInt8(ascii: "}")) { return members }
        }
    }

    private mutating func array(depth: Int) throws(Faults) -> [Node] {
        index += 1
        var elements: [Node] = []
        skipSpace()
        if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
            index += 1
            return elements
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            if try !another(until: UInt8(ascii: "]")) { return elements }
        }
    }

    /// Reads a comma (true) or the closing bracket (false).
    private mutating func another(until close: UInt8) throws(Faults) -> Bool {
        skipSpace()
        guard index < bytes.count else { throw fault("the text ends before its brackets are closed") }
        if bytes[index] == close {
            index += 1
            return false
        }
        guard bytes[index] == UInt8(ascii: ",") else { throw fault("a comma or a closing bracket must stand here") }
        index += 1
        return true
    }

    private mutating func number() throws(Faults) -> String {
        let start = index
        func isDigit(_ at: Int) -> Bool { at < bytes.count && (48...57).contains(bytes[at]) }
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        guard isDigit(index) else { throw fault("a digit must stand here") }
        if bytes[index] == 48, isDigit(index + 1) { throw fault("a number has no leading zero") }
        while isDigit(index) { index += 1 }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard isDigit(index) else { throw fault("a digit must stand here") }
            while isDigit(index) { index += 1 }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            guard isDigit(index) else { throw fault("a digit must stand here") }
            while isDigit(index) { index += 1 }
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func string() throws(Faults) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: bytes[start..<index], as: UTF8.self) else {
                    throw fault("the text is not UTF-8")
                }
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(from: start) }
            guard byte >= 0x20 else { throw fault("a control character must be escaped") }
            index += 1
        }
        throw fault("the text ends inside a string")
    }

    private mutating func stringWithEscapes(from start: Int) throws(Faults) -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw fault("the text is not UTF-8") }
                return result
            case UInt8(ascii: "\\"):
                guard index < bytes.count else { throw fault("the text ends inside a string") }
                let escape = bytes[index]
                index += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try scalar()).utf8))
                default: throw fault("`\\` is followed by one of \" \\ / b f n r t u")
                }
            case 0..<0x20: throw fault("a control character must be escaped")
            default: text.append(byte)
            }
        }
        throw fault("the text ends inside a string")
    }

    private mutating func scalar() throws(Faults) -> Unicode.Scalar {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800..<0xDC00).contains(high), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw fault("a surrogate stands alone") }
        index += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw fault("a surrogate stands alone") }
        return scalar
    }

    private mutating func hexadecimal() throws(Faults) -> UInt32 {
        guard index + 4 <= bytes.count else { throw fault("four hexadecimal digits must stand here") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw fault("four hexadecimal digits must stand here")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
