import ArgumentParser
import Documents
import Foundation
import Gate

struct Retention: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What is older than the policy keeps it.", subcommands: [Run.self])

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove it now; the service does so once a day.",
            discussion: "Works beside a running service. What is in force stays, and what a legal hold keeps.")
        @Flag(help: "Only count.") var dryRun = false
        @Flag(help: "One JSON object.") var json = false
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            let (key, isDryRun) = (actor.key, dryRun)
            let report = try await options.resolve().working { gate in
                try gate.runRetention(isDryRun: isDryRun, by: key)
            }
            print(json ? report.json : report.text(isDryRun: isDryRun))
        }
    }
}

extension RetentionReport {
    fileprivate var json: String {
        var json = JSONWriter()
        json.object { write(to: &$0) }
        return json.text
    }

    fileprivate func text(isDryRun: Bool) -> String {
        let kinds = removed.kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return """
            \(isDryRun ? "would remove" : "removed     ")  \(kinds.isEmpty ? "nothing" : kinds.joined(separator: ", "))
            in force      \(standing)
            held          \(held)
            """
    }
}
