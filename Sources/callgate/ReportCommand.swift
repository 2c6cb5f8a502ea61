import ArgumentParser
import Documents
import Foundation
import Gate

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The periodic audit report, from the log, bound to a signed checkpoint.",
        discussion: """
            Makes a folder with report.html, a CSV file for each table, checkpoint.txt and manifest.json. The same log and \
            period give the same bytes. That it was made is recorded, with the manifest's hash.
            """)
    @Option(help: "The period's first instant, with an offset.") var from: String
    @Option(help: "The first instant after it, with an offset.") var to: String
    @Option(help: "Whose local time stands beside UTC, such as Asia/Shanghai (default: the policy's).") var tz: String?
    @Option(help: "zh or en.") var lang = "zh"
    @Flag(help: "CSV files begin with a byte order mark, for spreadsheets.") var bom = false
    @Option(name: .shortAndLong, help: "The folder that is made.") var output: String
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    func run() async throws {
        var pairs = [(name: "from", value: from), (name: "to", value: to), (name: "lang", value: lang)]
        if let tz { pairs.append(("tz", tz)) }
        if bom { pairs.append(("bom", "true")) }
        let request: ReportRequest
        do throws(Faults) { request = try ReportRequest(pairs) } catch { throw Failure.input("\(error)") }
        let resolved = try await options.resolve()
        guard resolved.hasStore else {
            throw Failure.gate("there is no instance at \(resolved.data); name its folder with --data")
        }
        let (output, key) = (output, actor.key)
        let end = try await resolved.withGate { gate in
            let (job, end) = gate.report(request, into: output, by: key)
            follow(job)
            return end()
        }
        switch end {
        case .failed(.request(_, let why)): throw Failure.input(why)
        case .failed(.unavailable(let why)): throw Failure.gate(why)
        case .done(let summary):
            print("\(summary.allowed + summary.denied) decisions, \(summary.allowed) allowed, \(summary.denied) denied")
            print("manifest     sha256 \(summary.manifestSHA256)")
            print("checkpoint   of \(summary.size) entries")
            print("recorded as  \(summary.entry)")
        }
    }
}
