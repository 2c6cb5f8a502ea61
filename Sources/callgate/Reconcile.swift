import ArgumentParser
import Documents
import Foundation
import Gate

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare call detail records with the log: calls without a permit, permits without a call.",
        discussion: """
            Exit 0: no difference. 1: differences. 2: the file cannot be used. Nothing is changed; that the records were \
            compared is recorded.
            """)
    @Argument(help: "The records: CSV (also packed) or a workbook (.xlsx).") var file: String
    @Option(help: "csv, asterisk or vicidial.") var format = "csv"
    @Option(help: "FIELD=HEADER, comma-separated; fields: phone, at, caller_id, decision_id, request_id …")
    var columns: String?
    @Option(help: "HEADER=VALUE, as often as needed: only such rows are calls of interest.") var only: [String] = []
    @Option(help: "Whose local time the records tell, such as Asia/Shanghai (default: the policy's).") var tz: String?
    @Option(help: "The region of national numbers.") var region: String?
    @Option(help: "What the dialer dials before each number.") var prefix: String?
    @Option(help: "The period's first instant, with an offset (default: the first record's).") var from: String?
    @Option(help: "The first instant after it (default: behind the last record).") var to: String?
    @Option(help: "Whose calls these are; permits of other vendors are not missed.") var vendor: String?
    @Option(help: "Where the records come from.") var source: String?
    @Option(help: "The text's encoding (default: found out).") var encoding: String?
    @Option(help: "The sheet of a workbook (default: the first).") var sheet: String?
    @Option(name: .shortAndLong, help: "Where the findings go, as CSV.") var output: String?
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    func run() async throws {
        let request: ReconciliationRequest
        do throws(Faults) { request = try ReconciliationRequest(try pairs()) } catch { throw Failure.input("\(error)") }
        let resolved = try await options.resolve()
        guard resolved.hasStore else {
            throw Failure.gate("there is no instance at \(resolved.data); name its folder with --data")
        }
        let (file, output, key) = (file, output, actor.key)
        let end = try await resolved.withGate { gate in
            let (job, end) = gate.reconcile(file, into: output, request, by: key)
            follow(job)
            return end()
        }
        switch end {
        case .refused(let faults): throw Failure.input(faults.map { "\(file): \($0)" }.joined(separator: "\n"))
        case .stopped(let why): throw Failure.gate(why)
        case .done(let summary):
            print(summary.text)
            if summary.differenceCount > 0 { throw Failure.no }
        }
    }

    private func pairs() throws(Faults) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = [("format", format)]
        for (name, value) in [
            ("tz", tz), ("region", region), ("prefix", prefix), ("from", from), ("to", to), ("vendor", vendor),
            ("source", source), ("encoding", encoding), ("sheet", sheet),
        ] {
            if let value { pairs.append((name, value)) }
        }
        let named = (columns ?? "").split(separator: ",").map(String.init)
        for (prefix, texts) in [("column.", named), ("only.", only)] {
            for text in texts {
                let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard sides.count == 2 else {
                    throw Faults([Fault(pointer: "/\(prefix.dropLast())", detail: "must be NAME=VALUE, is `\(text)`")])
                }
                pairs.append((prefix + sides[0], sides[1]))
            }
        }
        return pairs
    }
}

extension ReconciliationSummary {
    fileprivate var text: String {
        var lines = [
            "\(records) calls from \(from.rfc3339) to \(to.rfc3339): \(matched) agree, \(leftOut) rows left out"
        ]
        for kind in DifferenceKind.allCases {
            let count = "\(differences[kind] ?? 0)"
            lines.append(String(repeating: " ", count: max(0, 10 - count.count)) + "\(count)  \(kind.rawValue)")
        }
        return lines.joined(separator: "\n")
    }
}

/// Shows how far a job has come until it has ended. Ctrl-C asks it to end early.
func follow(_ job: BackgroundWork.Job) {
    signal(SIGINT, SIG_IGN)
    let interrupt = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    interrupt.setEventHandler { job.cancel() }
    interrupt.resume()
    defer { interrupt.cancel() }
    var bar = ProgressBar()
    while job.state != .ended {
        bar.show(job.progress.done, of: job.progress.total)
        usleep(50_000)
    }
    bar.end()
}
