import Foundation
import GateModel
import Numbering

/// The plan in `policy/CN`, read from its two files without the loader, which is tested elsewhere.
enum ChinaPlan {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "policy/CN")

    static let areaCodes: [NumberPlan.AreaCode] = {
        do {
            return try AreaCodeTable.parse(
                csv: String(contentsOf: folder.appending(path: "area_codes.csv"), encoding: .utf8))
        } catch {
            fatalError("\(error)")
        }
    }()

    static let plan: NumberPlan = {
        do {
            return try parse(String(contentsOf: folder.appending(path: "numbering.yaml"), encoding: .utf8))
        } catch {
            fatalError("\(error)")
        }
    }()

    /// Without a default region.
    static let reader = NumberReader(plans: [plan], defaultRegion: nil)
    /// libphonenumber alone.
    static let bareReader = NumberReader(plans: [], defaultRegion: nil)

    /// Knows the shape of the one file: each range a flow mapping, and no braces or commas in quoted texts that matter.
    private static func parse(_ yaml: String) throws -> NumberPlan {
        let lines = yaml.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }
        let text = lines.joined(separator: " ")
        let body = text.split(separator: "ranges:", maxSplits: 1)
        let ranges = try body[1].split(separator: "{").dropFirst().map { entry in
            let prefixes = try list("prefixes", in: entry).flatMap { try NumberPlan.expandPrefixes($0) }
            return NumberPlan.Range(
                prefixes: prefixes, lengths: Set(list("lengths", in: entry).compactMap { Int($0) }),
                type: scalar("type", in: entry).map { NumberType($0) }, category: scalar("category", in: entry),
                callable: scalar("callable", in: entry) != "false")
        }
        return try NumberPlan(
            region: "CN", callingCode: 86, strip: list("strip", in: body[0]), ranges: ranges, areaCodes: areaCodes,
            zones: list("zones", in: body[0]), requireAreaCode: true)
    }

    /// The quoted texts hold brackets, so the list ends at the first `]` outside quotes.
    private static func list(_ key: String, in text: Substring) -> [String] {
        guard let start = text.range(of: "\(key): [") else { return [] }
        var items = [""]
        var isQuoted = false
        for character in text[start.upperBound...] {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == "]" && !isQuoted {
                break
            } else if character == "," && !isQuoted {
                items.append("")
            } else if character != " " {
                items[items.count - 1].append(character)
            }
        }
        return items == [""] ? [] : items
    }

    private static func scalar(_ key: String, in text: Substring) -> String? {
        guard let start = text.range(of: " \(key): ") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "," && $0 != "}" }.filter { $0 != "\"" })
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
