import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import Ledger
import Synchronization

/// What the imports of every kind are told.
struct ImportArguments: ParsableArguments {
    @Argument(help: "CSV with a header, a workbook (XLSX), or NDJSON, one row a line; also packed with gzip or zstd.")
    var file: String
    @Option(help: "csv or ndjson (default: by the file's name, csv where that says nothing).") var format: String?
    @Option(help: "The source of rows that name none.") var source: String?
    @Option(help: "The zone of local times in CSV, such as Asia/Shanghai (default: each has an offset).") var tz:
        String?
    @Option(help: "refuse the file for a faulty row, or skip up to one row in twenty.") var badRows = "refuse"
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    /// Receives, checks and, where it need not wait, applies the file; prints its id.
    func run(_ kind: ImportKind) async throws {
        guard ["refuse", "skip"].contains(badRows) else { throw Failure.input("--bad-rows must be refuse or skip") }
        let byName: ImportOrder.Format = file.contains(".ndjson") || file.contains(".jsonl") ? .ndjson : .csv
        guard let format = format.map({ ImportOrder.Format(rawValue: $0) }) ?? byName else {
            throw Failure.input("--format must be csv or ndjson")
        }
        guard let handle = FileHandle(forReadingAtPath: file) else { throw Failure.input("\(file) cannot be read") }
        let order = ImportOrder(
            kind, format, source: source, zone: tz, skipsBadRows: badRows == "skip", by: actor.key)
        let status = try await options.resolve().withGate { gate in
            do {
                let upload = try gate.beginImport(order)
                // Copying is quick; what takes long is checking and recording.
                while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { try upload.feed([UInt8](data)) }
                _ = try await upload.finish()
                return try await followed(upload.id, gate)
            } catch let error as GateError {
                return try Result<ImportStatus, GateError>.failure(error).orFail()
            }
        }
        print(status.id)
    }
}

/// A bar for the check, then one for the recording.
private struct Bars {
    private var bar = ProgressBar()
    private var state = ImportStatus.State.checking

    mutating func show(_ status: ImportStatus) {
        guard status.state == .checking || status.state == .applying else { return end() }
        if status.state != state { end() }
        state = status.state
        // Bytes are a measure of the work in both states.
        bar.show(Int(status.progress * Double(status.bytes)), of: status.bytes)
    }

    mutating func end() {
        bar.end()
        bar = ProgressBar()
    }
}

/// Follows an import to where it goes on by itself no further, and tells how it stands.
private func followed(_ id: EntryID, _ gate: Gate) async throws -> ImportStatus {
    let bars = Mutex(Bars())
    let status = try await gate.followImport(id) { status in bars.withLock { $0.show(status) } }
    bars.withLock { $0.end() }
    switch status.state {
    case .rejected:
        let report = gate.importRejectsPath(status)
        let faults = (try? String(contentsOfFile: report, encoding: .utf8))?.split(whereSeparator: \.isNewline) ?? []
        var text = "rejected: \(status.reason ?? "it cannot be used")"
        for fault in faults.prefix(21) { text += "\n\(fault)" }
        if faults.count > 21 { text += "\n… all of them: \(report)" }
        throw Failure.input(text)
    case .applied:
        complain(
            "\(status.rows) rows: \(status.accepted - status.unchanged) recorded, \(status.unchanged) unchanged, "
                + "\(status.rejected) left out")
        if let reason = status.reason { complain(reason) }
    default:
        complain(
            "\(status.accepted) rows wait for approval: callgate approve import \(status.id) --owner ANOTHER"
                + (status.rejected > 0 ? "; \(status.rejected) rows are left out" : ""))
    }
    return status
}

/// Approves an import and applies it, or follows the service that does.
func approveImport(_ id: String, _ key: APIKey, _ reason: Node, _ options: Options) async throws {
    print(
        try await options.resolve().withGate { gate in
            let entry = try await gate.change("import", id, .approval, reason, by: key).orFail()
            do { _ = try await followed(try gate.importStatus(id).id, gate) } catch let error as GateError {
                return try Result<String, GateError>.failure(error).orFail()
            }
            return entry
        })
}

struct Consents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Consents in bulk.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stage consents; another owner approves them.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.consents) }
    }
}

struct OptOuts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-outs", abstract: "Refusals in bulk.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record refusals; in force for the next decision, without approval.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.optOuts) }
    }
}

struct Relationships: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Relationships in bulk.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Record established business relationships.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.relationships) }
    }
}

struct Attempts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Calls made outside the gate.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stage calls made outside the gate, or before it; another owner approves them.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.attempts) }
    }
}

struct Campaigns: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Campaigns in bulk.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stage campaigns; another owner approves them.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.campaigns) }
    }
}

struct CallerIDs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caller-ids", abstract: "Caller ids in bulk.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stage caller ids; another owner approves them.")
        @OptionGroup var arguments: ImportArguments
        func run() async throws { try await arguments.run(.callerIDs) }
    }
}
