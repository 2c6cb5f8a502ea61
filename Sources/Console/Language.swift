import Gate
import GateModel
import Hummingbird

/// The console's two languages, and everything it says in them: `texts.txt`.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case chinese = "zh"

    static let cookie = "callgate_language"

    /// What was chosen, else what the browser prefers.
    init(_ request: Request) {
        if let chosen = request.cookie(Language.cookie).flatMap(Language.init(rawValue:)) {
            self = chosen
        } else {
            self = Language.preferred(request.headers[values: .acceptLanguage].joined(separator: ","))
        }
    }

    /// Source: RFC 9110 (June 2022), section 12.5.4.
    static func preferred(_ header: String) -> Language {
        var best: (language: Language, quality: Double) = (.english, 0)
        for range in header.split(separator: ",") {
            let parts = range.split(separator: ";").map { String($0).trimmed.lowercased() }
            guard let tag = parts.first, let language = allCases.first(where: { tag.hasPrefix($0.rawValue) }) else {
                continue
            }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > best.quality { best = (language, quality) }
        }
        return best.language
    }

    /// As HTML and HTTP name it.
    var tag: String { self == .chinese ? "zh-CN" : "en" }
    var other: Language { self == .chinese ? .english : .chinese }

    var texts: [String: String] { self == .chinese ? Language.chineseTexts : Language.englishTexts }

    private static let englishTexts = table.mapValues(\.english)
    private static let chineseTexts = table.mapValues(\.chinese)

    /// Those of its pages, and the gate's own words.
    static let table: [String: (english: String, chinese: String)] = {
        Wording.read(PackageResources.texts_txt).merging(Wording.table) { own, _ in own }
    }()
}

extension Visit {
    /// A text, with `{0}`, `{1}` … filled in.
    func say(_ key: String, _ arguments: [String]) -> String {
        var text = language.texts[key] ?? key
        for (index, argument) in arguments.enumerated() { text = text.replacing("{\(index)}", with: argument) }
        return text
    }

    func say(_ key: String, _ arguments: String...) -> String { say(key, arguments) }

    /// A word of the interface as people say it; words that a policy adds stay as they are.
    func word(_ kind: String, _ value: String) -> String { language.texts["\(kind)_\(value)"] ?? value }

    /// The gate's own words on what is wrong, in the reader's language; those that no table has stay as they are.
    func translated(_ detail: String) -> String { language == .chinese ? FaultTexts.chinese(detail) : detail }

    /// What is wrong with a policy's files: where it stands is told as it is.
    func problemOfFile(_ detail: String) -> String {
        language == .chinese ? FaultTexts.chinese(problemOfFile: detail) : detail
    }

    /// A choice of words for a form.
    func choices(_ kind: String, _ values: [String], selected: String?) -> [Content] {
        values.map { ["value": $0, "label": word(kind, $0), "selected": $0 == selected] }
    }

    // MARK: Times

    /// An instant in the reader's zone, for the template `time`.
    func time(_ instant: Instant?) -> Content? {
        instant.map { shown($0, offset: zone?.offset(at: $0) ?? 0) }
    }

    /// The same instant by another clock, such as the called party's.
    func shown(_ instant: Instant, offset: Int) -> Content {
        let local = instant.rfc3339(offsetSeconds: offset, milliseconds: false)
        return [
            "iso": instant.rfc3339, "text": "\(local.prefix(10)) \(local.dropFirst(11).prefix(8))",
            "offset": clock(offset),
        ]
    }

    private func clock(_ offset: Int) -> String {
        let minutes = abs(offset) / 60
        let rest = minutes % 60 == 0 ? "" : ":\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
        return "UTC" + (offset == 0 ? "" : (offset < 0 ? "−" : "+") + "\(minutes / 60)\(rest)")
    }

    /// What a field of the kind `datetime-local` holds, read in the reader's zone.
    func instant(_ text: String?) -> Instant? {
        guard let text, text.utf8.count >= 16 else { return nil }
        let whole = text.utf8.count == 16 ? text + ":00Z" : text + "Z"
        guard let local = Instant(rfc3339: whole) else { return nil }
        let guess = local - .seconds(Int64(zone?.offset(at: local) ?? 0))
        return local - .seconds(Int64(zone?.offset(at: guess) ?? 0))
    }

    /// A whole number with its thousands apart.
    func count(_ number: Int) -> String {
        let digits = Array(String(abs(number)))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "−" + text : text
    }
}
