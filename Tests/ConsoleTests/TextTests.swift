import Foundation
import GateTesting
import Testing

@testable import Console

@Suite struct TextTests {
    private static let folder = policyFolder.replacing("/policy", with: "") + "/Sources/Console"

    private static let sources: String = {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") }.sorted()
            .compactMap { try? String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }.joined()
    }()

    @Test func everyTextStandsInBothLanguages() {
        #expect(Language.table.count > 300)
        for (key, text) in Language.table {
            #expect(!text.english.isEmpty && !text.chinese.isEmpty, "\(key)")
            #expect(key.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(key)")
            for hole in ["{0}", "{1}"] {
                #expect(text.english.contains(hole) == text.chinese.contains(hole), "\(key)")
            }
        }
    }

    @Test func everyTextThatAPageNamesIsThere() {
        for match in Self.sources.matches(of: /\{\{t\.([a-z0-9_]+)\}\}|say\("([a-z0-9_]+)"|notice: "([a-z0-9_]+)"/) {
            let key = String(match.1 ?? match.2 ?? match.3 ?? "")
            #expect(Language.table[key] != nil, "\(key)")
        }
        for place in Place.allCases { #expect(Language.table[place.title] != nil, "\(place)") }
    }

    @Test func noTemplatePutsOutWhatIsNotEscaped() {
        for (name, template) in Templates.all {
            #expect(!template.contains("{{{") && !template.contains("{{&"), "\(name)")
            #expect(!template.contains(" style=") && !template.contains("<script>"), "\(name)")
        }
    }

    @Test(arguments: [
        "\"><img src=x>", "\"\u{0301} onfocus=x", "<\u{0338}script>", "'\u{20DD} x='", "&\u{0301}lt;",
        "</title\u{200D}>",
    ])
    func whatAPersonTypesStaysText(_ attack: String) throws {
        let shown = try Templates().render("error", ["text": readable(attack), "t": [:] as Content])
        let paragraph = try #require(shown.firstMatch(of: /<p>([^<]*)<\/p>\s*<p><a/)).1
        for scalar in paragraph.unicodeScalars { #expect(!"<>\"'".unicodeScalars.contains(scalar)) }
    }

    @Test func theBrowserChoosesTheLanguage() {
        #expect(Language.preferred("zh-CN,zh;q=0.9,en;q=0.8") == .chinese)
        #expect(Language.preferred("en-GB,zh;q=0.5") == .english)
        #expect(Language.preferred("fr, zh-Hant;q=0.3, en;q=0.2") == .chinese)
        #expect(Language.preferred("fr") == .english)
    }
}
