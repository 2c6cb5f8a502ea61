import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel

struct Scrub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wash a campaign file: each row with its verdict and reasons. Reserves nothing.",
        discussion: """
            A column is found by its name: the number by those that lists know, any other field by the contract's name \
            (customer, product, event, attributes.NAME). A cell goes before the option of the same field. Interrupted, \
            the same command goes on where it stopped.
            """)
    @Argument(help: "The file: CSV or a workbook (.xlsx).") var file: String
    @Option(name: .shortAndLong, help: "Where the washed file goes.") var output: String
    @Option(help: "What for.") var purpose: String
    @Option(help: "When, with an offset (default: now).") var at: String?
    @Option(help: "The region of national numbers.") var region: String?
    @Option var mode: String?
    @Option var campaign: String?
    @Option var product: String?
    @Option var callerId: String?
    @Option(help: "A customer for every row without one of its own.") var customer: String?
    @Option var agent: String?
    @Option var event: String?
    @Option var script: String?
    @Option var vendor: String?
    @Option var legalEntity: String?
    @Option(help: "Comma-separated.") var dataFields: String?
    @Option(name: .customLong("attribute"), help: "NAME=VALUE, as often as needed.") var attributes: [String] = []
    @Option(help: "The header of the column with the numbers.") var phoneColumn: String?
    @Option(help: "The header of the column with the customers.") var customerColumn: String?
    @Option(name: .customLong("column"), help: "FIELD=HEADER, as often as needed.") var columns: [String] = []
    @Option(help: "The text's encoding (default: found out).") var encoding: String?
    @Option(help: "The sheet of a workbook (default: the first).") var sheet: String?
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    func run() async throws {
        let request: ScrubRequest
        do throws(Faults) { request = try ScrubRequest(try pairs()) } catch { throw Failure.input("\(error)") }
        let resolved = try await options.resolve()
        guard resolved.hasStore else {
            // Without its refusals a campaign would look cleaner than it is.
            throw Failure.gate("there is no instance at \(resolved.data); name its folder with --data")
        }
        let (file, output, key) = (file, output, actor.key)
        let end = try await resolved.withGate { gate in
            let (job, end) = gate.scrub(file, into: output, request, by: key)
            follow(job)
            return end()
        }
        switch end {
        case .refused(let fault): throw Failure.input("\(file): \(fault)")
        case .stopped(let why): throw Failure.gate(why)
        case .done(let counts):
            print("\(counts.rows) rows, \(counts.allowed) may be called, \(counts.rows - counts.allowed) may not")
            for (rule, count) in counts.denied.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                print("\(String(repeating: " ", count: max(0, 10 - "\(count)".count)))\(count)  \(rule)")
            }
            if counts.allowed == 0 { throw Failure.no }
        }
    }

    private func pairs() throws(Faults) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (name, value) in [
            ("purpose", purpose), ("at", at), ("region", region), ("mode", mode), ("campaign", campaign),
            ("product", product), ("caller_id", callerId), ("customer", customer), ("agent", agent), ("event", event),
            ("script", script), ("vendor", vendor), ("legal_entity", legalEntity), ("data_fields", dataFields),
            ("encoding", encoding), ("sheet", sheet), ("column.phone", phoneColumn),
            ("column.customer", customerColumn),
        ] {
            if let value { pairs.append((name, value)) }
        }
        for (prefix, texts) in [("attributes.", attributes), ("column.", columns)] {
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
