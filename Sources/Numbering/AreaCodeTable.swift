/// Area code tables as files: CSV with the columns `prefix,place,subdivisions,zones`.
///
/// The prefix has no trunk zero; several subdivisions or zones are separated by `&`; empty zones mean the region's. A
/// field with a comma is quoted as RFC 4180 (2005-10) says. Empty lines and lines that begin with `#` are skipped.
public enum AreaCodeTable {
    static let header = ["prefix", "place", "subdivisions", "zones"]

    /// The rows in their order.
    ///
    /// - Throws: ``NumberingError/areaCodes(_:)`` with every line that cannot be read.
    public static func parse(csv: String) throws(NumberingError) -> [NumberPlan.AreaCode] {
        var rows: [NumberPlan.AreaCode] = []
        var lineOf: [String: Int] = [:]
        var problems: [NumberingError.LineProblem] = []
        var hasHeader = false
        let lines = csv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in zip(1..., lines) where !line.isEmpty && !line.hasPrefix("#") {
            func report(_ problem: String) { problems.append(.init(line: number, problem: problem)) }
            guard let fields = fields(of: line), fields.count == header.count else {
                report("expected \(header.count) fields: `\(header.joined(separator: ","))`")
                continue
            }
            guard hasHeader else {
                hasHeader = true
                if fields != header { report("expected the header `\(header.joined(separator: ","))`") }
                continue
            }
            let prefix = fields[0]
            if prefix.isEmpty || !prefix.utf8.allSatisfy({ (48...57).contains($0) }) {
                report("`\(prefix)` is no area code: write its digits without the trunk zero")
            } else if let earlier = lineOf.updateValue(number, forKey: prefix) {
                report("the area code `\(prefix)` stands in line \(earlier) already")
            }
            rows.append(
                .init(prefix: prefix, place: fields[1], subdivisions: list(fields[2]), zones: list(fields[3])))
        }
        if !hasHeader {
            problems.append(.init(line: 1, problem: "expected the header `\(header.joined(separator: ","))`"))
        }
        guard problems.isEmpty else { throw NumberingError.areaCodes(problems) }
        return rows
    }

    private static func list(_ field: String) -> [String] {
        field.split(separator: "&").map(String.init)
    }

    /// Nil for a quoted field that does not end.
    private static func fields(of line: Substring) -> [String]? {
        var fields: [String] = []
        var rest = line
        while true {
            var field = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while true {
                    guard let end = rest.firstIndex(of: "\"") else { return nil }
                    field += rest[..<end]
                    rest = rest[rest.index(after: end)...]
                    guard rest.first == "\"" else { break }
                    field.append(rest.removeFirst())
                }
                guard rest.isEmpty || rest.first == "," else { return nil }
            } else {
                let end = rest.firstIndex(of: ",") ?? rest.endIndex
                field = String(rest[..<end])
                rest = rest[end...]
            }
            fields.append(field)
            guard rest.popFirst() != nil else { return fields }
        }
    }
}
