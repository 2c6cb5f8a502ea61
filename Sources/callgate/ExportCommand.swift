import ArgumentParser
import Calendars
import Documents
import Foundation
import Gate

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write decisions, the newest first, as NDJSON or CSV.",
        discussion: """
            Numbers are masked. The export is itself recorded in the log before it begins: who, what of, how many. Works \
            beside a running service and without one.
            """)
    @Option(name: .shortAndLong, help: "Where it goes (default: the standard output).") var output: String?
    @Option(help: "ndjson or csv.") var format: String?
    @Option(help: "The language of CSV headings: en or zh.") var headers: String?
    @Flag(help: "Begin a CSV file with a byte order mark.") var bom = false
    @Option(help: "The IANA zone that times are told in (default: UTC).") var tz: String?
    @Option(help: "The first instant, with an offset.") var from: String?
    @Option(help: "The first instant after it, with an offset.") var to: String?
    @Option var subject: String?
    @Option var customer: String?
    @Option var campaign: String?
    @Option var agent: String?
    @Option var vendor: String?
    @Option var legalEntity: String?
    @Option var callerId: String?
    @Option(help: "allow or deny.") var verdict: String?
    @Option(help: "A rule that was failed.") var rule: String?
    @Option(help: "The kind of a reason.") var kind: String?
    @Option(help: "What was reported; also open and unreported.") var outcome: String?
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    private var query: [String: String] {
        let given = [
            "format": format, "headers": headers, "bom": bom ? "true" : nil, "from": from, "to": to, "subject": subject,
            "customer": customer, "campaign": campaign, "agent": agent, "vendor": vendor, "legal_entity": legalEntity,
            "caller_id": callerId, "verdict": verdict, "rule": rule, "kind": kind, "outcome": outcome,
        ]
        return given.compactMapValues { $0 }
    }

    func run() async throws {
        let resolved = try await options.resolve()
        try resolved.requireStore()
        try await resolved.withGate { gate in
            var zone: Zone?
            if let tz {
                zone = gate.zones.zone(tz)
                if zone == nil { throw Failure.input("--tz is no IANA time zone; write Asia/Shanghai") }
            }
            let key = actor.key
            let (filter, faults) = gate.filter(query, by: key)
            let (form, more) = DecisionExport.read(query, in: zone)
            guard let form, faults.isEmpty, more.isEmpty else { throw Failure.input("\(Faults(faults + more))") }
            let file = try open()
            while try gate.maintain() > 0 {}
            let export = try await gate.export(filter, form, by: key).orFail()
            do {
                while let bytes = try await export.next().orFail() { try file.write(contentsOf: bytes) }
                if output != nil { try file.close() }
            } catch let failure as Failure {
                throw failure
            } catch {
                throw Failure.gate("the export cannot be written: \(error.localizedDescription)")
            }
            let dropped = await gate.dropped(filter)
            let gone = dropped > 0 ? "; \(dropped) decisions and outcomes of then were dropped with their segment" : ""
            FileHandle.standardError.write(Data("\(export.count) decisions\(gone)\n".utf8))
        }
    }

    private func open() throws -> FileHandle {
        guard let output else { return .standardOutput }
        guard FileManager.default.createFile(atPath: output, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: output)
        else { throw Failure.gate("\(output) cannot be written") }
        return file
    }
}
