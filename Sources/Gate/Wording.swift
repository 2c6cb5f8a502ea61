import GateModel

/// The two languages of what the gate writes for people, and its own words in them: `words.txt`.
///
/// In English its words stay as programs know them; people read them as well. Words that a policy adds stay as they are in
/// both.
public struct Wording: Sendable {
    /// What a word is one of.
    enum Kind: String {
        case verdict, purpose, outcome, kind, finding, strength, step, difference, action, thing, access
    }

    let language: CallAnswer.Language

    /// Key → a text in both languages, of every word. A key is the word's kind and the word, such as `purpose_marketing`.
    public static let table = read(PackageResources.words_txt)

    /// Three lines for each text: its key, then indented the English and the Chinese.
    public static func read(_ bytes: [UInt8]) -> [String: (english: String, chinese: String)] {
        func text(_ line: Substring) -> String { String(line.drop { $0 == " " }) }
        var table: [String: (english: String, chinese: String)] = [:]
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        for start in stride(from: 0, to: lines.count - 2, by: 3) {
            table[String(lines[start])] = (text(lines[start + 1]), text(lines[start + 2]))
        }
        return table
    }

    func callAsFunction(_ english: String, _ chinese: String) -> String { language == .chinese ? chinese : english }

    func word(_ kind: Kind, _ word: String) -> String {
        language == .chinese ? Wording.table["\(kind.rawValue)_\(word)"]?.chinese ?? word : word
    }

    /// A heading: the word in both languages.
    func title(_ difference: DifferenceKind) -> String {
        let text = Wording.table["difference_\(difference.rawValue)"]
        return text.map { self($0.english.prefix(1).lowercased() + $0.english.dropFirst(), $0.chinese) }
            ?? difference.rawValue
    }
}
