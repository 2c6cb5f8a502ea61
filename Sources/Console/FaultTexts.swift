/// What the gate says is wrong, told in Chinese: `faults.txt`. The gate's own texts are English and stay so.
enum FaultTexts {
    struct Entry: Sendable {
        /// The English text between the holes; the holes stand between and around them.
        var literals: [String]
        /// Which hole follows each literal, and the one before the first.
        var holes: [Int?]
        var chinese: String

        /// How much of a text it speaks of.
        var weight: Int { literals.reduce(0) { $0 + $1.utf8.count } }
    }

    /// The most telling first.
    static let table: [Entry] = {
        let lines = String(decoding: PackageResources.faults_txt, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map(String.init)
        return stride(from: 0, to: lines.count - 1, by: 2).map { entry(lines[$0], lines[$0 + 1]) }
            .sorted { $0.weight > $1.weight }
    }()

    static func entry(_ english: String, _ chinese: String) -> Entry {
        var (literals, holes): ([String], [Int?]) = ([], [])
        var rest = english[...]
        func hole() -> Int? {
            guard rest.first == "{", let end = rest.firstIndex(of: "}"), let number = Int(rest[..<end].dropFirst())
            else { return nil }
            rest = rest[rest.index(after: end)...]
            return number
        }
        holes.append(hole())
        while !rest.isEmpty {
            let end = rest.firstIndex(of: "{") ?? rest.endIndex
            literals.append(String(rest[..<end]))
            rest = rest[end...]
            holes.append(hole())
        }
        return Entry(literals: literals, holes: holes, chinese: chinese)
    }

    /// - Parameter depth: How often what varies is told in turn.
    static func chinese(_ detail: String, depth: Int = 2) -> String {
        for entry in table {
            guard let found = entry.match(detail) else { continue }
            return found.reduce(entry.chinese) { text, hole in
                let told = depth > 0 ? chinese(hole.value, depth: depth - 1) : hole.value
                return text.replacing("{\(hole.key)}", with: told)
            }
        }
        return detail
    }

    /// One line of ``FileFaults``: `CN/bank/pack.yaml:7:5: /rules/0/kind: ` stays before what is told in Chinese.
    static func chinese(problemOfFile line: String) -> String {
        guard let place = line.prefixMatch(of: /\S+:(?:\d+:\d+:)? (?:\/\S*: )?/) else { return chinese(line) }
        return place.0 + chinese(String(line[place.range.upperBound...]))
    }
}

extension FaultTexts.Entry {
    /// What stands in the holes, where the literals stand in a text in their order; what is around them is left out.
    fileprivate func match(_ text: String) -> [Int: String]? {
        var found: [Int: String] = [:]
        var place = text.startIndex
        for (index, literal) in literals.enumerated() {
            guard let range = text[place...].firstRange(of: literal) else { return nil }
            if let hole = holes[index] { found[hole] = String(text[place..<range.lowerBound]) }
            place = range.upperBound
        }
        if let hole = holes.last ?? nil { found[hole] = String(text[place...]) }
        return found
    }
}
