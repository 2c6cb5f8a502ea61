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

    @Test func everyFaultIsOneThatTheGateSays() throws {
        let names = FileManager.default.enumerator(atPath: Self.folder + "/..")?.compactMap { $0 as? String } ?? []
        let said = names.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Console/") }.sorted()
            .compactMap { try? String(contentsOfFile: Self.folder + "/../" + $0, encoding: .utf8) }.joined()
            // A text that goes on in the next line.
            .replacing(/"\s*\+ "/, with: "").replacing("\\\"", with: "\"")
        #expect(FaultTexts.table.count > 80)
        for entry in FaultTexts.table {
            for literal in entry.literals where literal.utf8.count > 3 {
                #expect(said.contains(literal), "\(literal)")
            }
            for hole in entry.holes.compactMap({ $0 }) where entry.chinese.contains("{") {
                #expect(!entry.chinese.contains("{\(hole + 9)}"))
            }
        }
    }

    @Test(arguments: [
        ("the list us-dnc is at 92 % of its greatest age", "名单 us-dnc 已达最长时效的 92%"),
        ("not a callable number", "不是可拨打的号码"),
        (
            "5 of 9 lines are not usable, most often because: text after a closing quote; correct the file, or",
            "9 行中有 5 行不可用，最常见原因：引号闭合后仍有文字；请修正文件"
        ),
        (
            "upload rejected: the file is a PDF; ask for the table it was made from, as .xlsx or CSV",
            "PDF 文件，请索取其来源表格（.xlsx 或 CSV）"
        ),
        (
            "the witness w.example/w1: it finds that the log does not continue the 7 entries that it cosigned; run",
            "见证方 w.example/w1：认为日志与其已见证的 7 条记录不连续，请运行 callgate log verify"
        ),
        ("the witness w.example: it answered 503", "见证方 w.example：返回状态 503"),
        ("something that nobody knows", "something that nobody knows"),
    ])
    func whatIsWrongIsToldInChinese(_ english: String, _ chinese: String) {
        #expect(FaultTexts.chinese(english) == chinese)
    }

    @Test(arguments: [
        (
            "CN/bank/pack.yaml:7:5: /rules/0/parameters/windos: unknown field; remove it (did you mean `windows`?)",
            "CN/bank/pack.yaml:7:5: /rules/0/parameters/windos: 未知字段，请删除（是否应为 `windows`？）"
        ),
        (
            "CN/bank/pack.yaml:9:3: /rules/1/kind: `hour` is not one of hours, stop (did you mean `hours`?)",
            "CN/bank/pack.yaml:9:3: /rules/1/kind: `hour` 不在可选范围内：hours, stop（是否应为 `hours`？）"
        ),
        ("core/pack.yaml: is missing; a policy needs it", "core/pack.yaml: 缺少该文件，每套规则都需要它"),
        ("core/pack.yaml:1:2: something that nobody knows", "core/pack.yaml:1:2: something that nobody knows"),
        ("the gate could not do it; ask again", "系统未能完成，请重试"),
    ])
    func whatIsWrongInAFileIsToldWithItsPlace(_ english: String, _ chinese: String) {
        #expect(FaultTexts.chinese(problemOfFile: english) == chinese)
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
