import ArgumentParser
import Documents
import Gate
import PolicyPack

extension Policy {
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide past decisions under another policy, and say which would be the other way.")
        @Option(help: "The folder of the other policy.") var candidate: String
        @OptionGroup var span: SpanOptions
        @Option(help: "How many decisions of each sort are named.") var examples = 3
        @Flag(help: "As one JSON object.") var json = false
        @OptionGroup var options: Options

        func run() async throws {
            guard examples >= 0 else { throw Failure.input("--examples must be 0 or more") }
            let range = try span.range()
            let resolved = try await options.resolve()
            let zones = try resolved.zones()
            let files: PolicyFiles
            do { files = try PolicyFiles(folder: candidate) } catch { throw Failure.input("\(error)") }
            let (region, examples) = (resolved.defaultRegion, examples)
            let report = try await resolved.withLog { store, keyFile in
                let simulation: Simulation
                do {
                    simulation = try Simulation(
                        store: store, keyFile: keyFile, candidate: files, zones: zones, defaultRegion: region,
                        examples: examples)
                } catch let faults as FileFaults {
                    throw Failure.input("\(faults)")
                }
                return try simulation.run(range, progress: ProgressBar.shared("million entries"))
            }
            print(json ? report.json : report.text)
        }
    }
}

extension SimulationReport {
    private typealias Group = (title: String, name: String, tallies: [(String, Tally)])

    private func groups(_ flips: Flips) -> [Group] {
        func sorted(_ tallies: [String: Tally]) -> [(String, Tally)] {
            tallies.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        }
        let hours = flips.byHour.sorted { $0.key < $1.key }.map { hour, tally in
            (hour < 0 ? "unknown" : hour < 10 ? "0\(hour)" : "\(hour)", tally)
        }
        return [
            ("by rule", "by_rule", sorted(flips.byRule)), ("by campaign", "by_campaign", sorted(flips.byCampaign)),
            ("by the called party's hour", "by_hour", hours),
        ]
    }

    fileprivate var text: String {
        var lines = ["\(decided) decisions under \(candidate): \(unchanged) as recorded"]
        func show(_ title: String, _ flips: Flips) {
            lines.append("\(title): \(flips.total.count)\(list(flips.total.examples))")
            guard flips.total.count > 0 else { return }
            for group in groups(flips) {
                lines.append("  \(group.title)")
                for (name, tally) in group.tallies {
                    lines.append("    \(name.isEmpty ? "(none)" : name)  \(tally.count)\(list(tally.examples))")
                }
            }
        }
        func list(_ examples: [Example]) -> String {
            examples.isEmpty
                ? "" : "  e.g. " + examples.map { "\($0.id) \($0.mask ?? "")" }.joined(separator: ", ")
        }
        show("allow → deny", allowToDeny)
        show("deny → allow", denyToAllow)
        if !unknownLists.isEmpty {
            show("allow → deny for a list not on record (\(unknownLists.sorted().joined(separator: ", ")))", notKnown)
            lines.append("denied still, but for such a list alone: \(deniedForNotKnown)")
        }
        lines.append("\(erased) erased, \(unreadable) cannot be decided again")
        if dropped > 0 { lines.append("\(dropped) entries of the stretch were dropped") }
        return (lines + SimulationReport.caveats.map { "note: \($0)" }).joined(separator: "\n")
    }

    fileprivate var json: String {
        var json = JSONWriter()
        func tally(_ json: inout JSONWriter, _ tally: Tally, _ name: String?) {
            json.member("name", name)
            json.member("count", tally.count)
            json.name("examples")
            json.array { json in
                for example in tally.examples {
                    json.object { json in
                        json.member("id", example.id)
                        json.member("phone", example.mask)
                    }
                }
            }
        }
        func flips(_ json: inout JSONWriter, _ name: String, _ flips: Flips) {
            json.name(name)
            json.object { json in
                tally(&json, flips.total, nil)
                for group in groups(flips) {
                    json.name(group.name)
                    json.array { json in
                        for (name, value) in group.tallies { json.object { tally(&$0, value, name) } }
                    }
                }
            }
        }
        json.object { json in
            json.member("candidate", candidate)
            json.member("decided", decided)
            json.member("unchanged", unchanged)
            flips(&json, "allow_to_deny", allowToDeny)
            flips(&json, "deny_to_allow", denyToAllow)
            flips(&json, "not_known", notKnown)
            json.member("denied_for_not_known", deniedForNotKnown)
            json.member("unknown_lists", unknownLists.sorted())
            json.member("erased", erased)
            json.member("unreadable", unreadable)
            json.member("dropped", dropped)
            json.member("notes", SimulationReport.caveats)
        }
        return json.text
    }
}
