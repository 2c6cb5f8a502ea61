import Documents
import PolicyPack
import Testing

@Suite struct JSONParserTests {
    private func fault(_ text: String) -> String? { fault(bytes: Array(text.utf8)) }

    private func fault(bytes: [UInt8]) -> String? {
        do throws(Faults) {
            _ = try JSONParser.parse(bytes)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let node = try JSONParser.parse(Array(#" {"a":[null,true,false,-1.5e3,"x"],"b":{}} "#.utf8))
        #expect(
            node["a"]?.value
                == .array([
                    Node(.null, mark: Mark(line: 1, column: 8)), Node(.bool(true), mark: Mark(line: 1, column: 13)),
                    Node(.bool(false), mark: Mark(line: 1, column: 18)),
                    Node(.number("-1.5e3"), mark: Mark(line: 1, column: 24)),
                    Node(.string("x"), mark: Mark(line: 1, column: 31)),
                ]))
        #expect(node["b"]?.value == .object([]))
    }

    @Test func readsEscapesAndPairsOfSurrogates() throws {
        let node = try JSONParser.parse(Array(#""\"\\\/\b\f\n\r\té\ud83d\ude00""#.utf8))
        #expect(node.string == "\"\\/\u{8}\u{c}\n\r\té😀")
    }

    @Test(arguments: [
        ("", "1:1: the text ends where a value must stand"),
        ("{\n  \"a\": 1,\n  \"a\": 2}", "3:3: `a` stands twice; leave one"),
        (#"{"a":01}"#, "1:6: a number has no leading zero"),
        (#"{"a":1.}"#, "1:8: a digit must stand here"),
        (#"{"a":-}"#, "1:7: a digit must stand here"),
        (#"{"a":1,}"#, "1:8: a member name in quotes must stand here"),
        ("[1 2]", "1:4: a comma or a closing bracket must stand here"),
        ("[1", "1:3: the text ends before its brackets are closed"),
        ("{} {}", "1:4: nothing may follow the document"),
        ("nul", "1:1: write true, false or null"),
        (#""\ud83d""#, "a surrogate stands alone"),
        (#""\ude00""#, "a surrogate stands alone"),
        (#""\x""#, "is followed by one of"),
        ("\"a\tb\"", "a control character must be escaped"),
        ("\"a", "the text ends inside a string"),
        ("'a'", "no JSON value begins here"),
        ("NaN", "no JSON value begins here"),
    ]) func refusesWhatIsNoJSON(text: String, expected: String) {
        #expect(fault(text)?.contains(expected) == true, "\(fault(text) ?? "none")")
    }

    @Test func refusesBytesThatAreNoUTF8() {
        #expect(fault(bytes: [0x22, 0xC3, 0x28, 0x22])?.contains("the text is not UTF-8") == true)
        #expect(fault(bytes: [0x22, 0xC3, 0x5C, 0x6E, 0x22])?.contains("the text is not UTF-8") == true)
        // A surrogate written in UTF-8, and an overlong slash.
        #expect(fault(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22]) != nil)
        #expect(fault(bytes: [0x22, 0xC0, 0xAF, 0x22]) != nil)
    }

    @Test func nestsSixtyFourDeepAndNoDeeper() {
        #expect(fault(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) == nil)
        #expect(
            fault(String(repeating: "[", count: 65) + String(repeating: "]", count: 65))?.contains("nested too deeply")
                == true)
        #expect(fault(String(repeating: "[", count: 1_000_000))?.contains("nested too deeply") == true)
    }

    @Test func noPrefixOfADocumentIsOne() {
        let text = Array(#"{"a":[1,-2.5e+3,"xé",{"b":null,"c":true}]}"#.utf8)
        for length in 0..<text.count { #expect(fault(bytes: Array(text.prefix(length))) != nil, "\(length)") }
        #expect(fault(bytes: text) == nil)
    }
}

@Suite struct ObjectReaderTests {
    private func faults(_ text: String, _ body: (inout ObjectReader) -> Void) throws -> [String] {
        let collector = FaultCollector()
        var reader = ObjectReader(try JSONParser.parse(Array(text.utf8)), faults: collector)
        body(&reader)
        reader.close()
        return collector.faults.map(\.description)
    }

    @Test func tellsAnUnknownFieldAndTheOneThatMayBeMeant() throws {
        let found = try faults(#"{"purpos": "x", "whatever": 1}"#) { _ = $0.string("purpose") }
        #expect(
            found == [
                "1:12: /purpos: unknown field; remove it (did you mean `purpose`?)",
                "1:29: /whatever: unknown field; remove it",
            ])
    }

    @Test func tellsEveryWrongTypeWithItsPointer() throws {
        let found = try faults(#"{"a": 1, "b": "x", "c": 1.5, "d": [1], "e": {"f/~": []}, "g": "no"}"#) { reader in
            _ = reader.string("a")
            _ = reader.boolean("b")
            _ = reader.integer("c")
            _ = reader.strings("d")
            var e = reader.object("e")
            _ = e?.string("f/~")
            _ = reader.choice("g", ["yes", "nay"])
        }
        #expect(
            found == [
                "1:7: /a: must be a string, is a number", "1:15: /b: must be true or false, is a string",
                "1:25: /c: must be a whole number, is a number", "1:36: /d/0: must be a string, is a number",
                "1:53: /e/f~1~0: must be a string, is an array", "1:63: /g: `no` is not one of yes, nay",
            ])
    }

    @Test func takesNullForAbsentButKnown() throws {
        #expect(try faults(#"{"a": null}"#) { _ = $0.string("a") } == [])
        #expect(try faults(#"{"a": null}"#) { _ = $0.requireString("a") } == ["1:7: /a: is required; give a string"])
    }

    @Test func keepsCountOfMoreThanSixtyFourFields() throws {
        let fields = (0..<80).map { "\"f\($0)\": 1" }.joined(separator: ",")
        let found = try faults("{\(fields)}") { reader in
            for index in 0..<79 { _ = reader.integer("f\(index)") }
        }
        #expect(found.count == 1 && found[0].contains("/f79: unknown field"), "\(found)")
    }

    @Test func stopsAtAHundredFaults() throws {
        let fields = (0..<500).map { "\"f\($0)\": 1" }.joined(separator: ",")
        #expect(try faults("{\(fields)}") { _ in }.count == 100)
    }
}

@Suite struct YAMLDocumentTests {
    @Test func plainScalarsFollowTheCoreSchema() throws {
        let node = try parseYAML(
            "{a: yes, b: true, c: ~, d: 007, e: 1.5, f: 2026-11-23, g: 09:00, h: \"1\", i: -3, j: 0x10, k: null}"
        )
        #expect(node["a"]?.value == .string("yes"))
        #expect(node["b"]?.value == .bool(true))
        #expect(node["c"]?.value == .null)
        #expect(node["d"]?.value == .number("007"))
        #expect(node["e"]?.value == .number("1.5"))
        #expect(node["f"]?.value == .string("2026-11-23"))
        #expect(node["g"]?.value == .string("09:00"))
        #expect(node["h"]?.value == .string("1"))
        #expect(node["i"]?.value == .number("-3"))
        #expect(node["j"]?.value == .string("0x10"))
        #expect(node["k"]?.value == .null)
    }

    @Test func marksCountLinesAndColumnsFromOne() throws {
        let node = try parseYAML("a:\n  - b: 1\n    c: [x, y]\n")
        #expect(node["a"]?.mark == Mark(line: 2, column: 3))
        guard case .array(let elements)? = node["a"]?.value else { return }
        #expect(elements.first?["c"]?.mark == Mark(line: 3, column: 8))
    }

    @Test(arguments: [
        ("a: [1", "is no YAML"), ("a: 1\na: 2", "the key `a` stands twice"), ("a: *b", "is no YAML"),
        ("? [a]\n: 1", "a key must be a word"), ("a: 1\n---\nb: 2", "is no YAML"),
    ]) func refusesWhatItCannotRead(text: String, expected: String) {
        do throws(Faults) {
            _ = try parseYAML(text)
            Issue.record("read \(text)")
        } catch {
            #expect(error.description.contains(expected), "\(error)")
        }
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(throws: Faults.self) { try parseYAML(deep) }
    }
}
