import ArgumentParser
import Calendars
import Documents
import PolicyPack

extension Policy {
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare two policies rule by rule; exit code 1 where the second is looser, or may be.")
        @Argument(help: "The folder of the policy to compare with.") var old: String
        @Argument(help: "The folder of the changed policy.") var new: String
        @Flag(help: "As one JSON object.") var json = false
        @OptionGroup var options: Options

        func run() async throws {
            let resolved = try await options.resolve()
            let zones = try resolved.zones()
            func load(_ folder: String) throws -> LoadedPolicy {
                do {
                    return try PolicyFiles(folder: folder).load(
                        zones: zones, tzdata: zones.version, defaultRegion: resolved.defaultRegion)
                } catch {
                    throw Failure.input("\(folder): \(error)")
                }
            }
            let difference = PolicyDifference(from: try load(old), to: try load(new))
            print(json ? difference.json : difference.text)
            if difference.isLooser { throw Failure.no }
        }
    }
}

extension PolicyChange {
    fileprivate var text: String {
        let word = direction == .neither ? "neither " : direction.rawValue.padded(to: 8)
        let name = [pack, subject, part].filter { !$0.isEmpty }.joined(separator: " / ")
        let change =
            switch (from, to) {
            case (let from?, let to?): "\(from) → \(to)"
            case (nil, let to?): "+ \(to)"
            case (let from?, nil): "- \(from)"
            case (nil, nil): ""
            }
        return "\(word) \(name): \(change)\(isCertain ? "" : "  (cannot tell)")"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension PolicyDifference {
    private func count(_ direction: PolicyChange.Direction) -> Int { changes.count { $0.direction == direction } }

    var text: String {
        if from == to { return "the policies are the same" }
        let summary = "\(count(.stricter)) stricter, \(count(.looser)) looser, \(count(.neither)) neither"
        return (changes.map(\.text) + [summary]).joined(separator: "\n")
    }

    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("from", from)
            json.member("to", to)
            json.member("looser", isLooser)
            json.name("changes")
            writeChanges(to: &json)
        }
        return json.text
    }
}
