import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import Storage
import StorageSQLite

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The decision log.",
        subcommands: [
            Verify.self, ReplayCommand.self, ExportCommand.self, Evidence.self, Seal.self, Segments.self, Archive.self,
            Drop.self,
        ])

    struct ReplayCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Decide past decisions again from what they pinned, and compare.")
        @OptionGroup var span: SpanOptions
        @Option(help: "At most so many decisions, the earliest first.") var limit: Int?
        @Flag(help: "One JSON object a line: each finding, then the counts.") var json = false
        @OptionGroup var options: Options

        func run() async throws {
            if let limit, limit < 1 { throw Failure.input("--limit must be 1 or more") }
            let range = try span.range(limit: limit)
            let resolved = try await options.resolve()
            let isJSON = json
            let counts = try await resolved.withLog { store, keyFile in
                try Replay(store: store, keyFile: keyFile).run(range, progress: ProgressBar.shared("million entries")) {
                    finding in
                    print(isJSON ? finding.json : finding.text)
                }
            }
            print(isJSON ? counts.json : counts.text)
            if counts.different > 0 || counts.unreadable > 0 { throw Failure.no }
        }
    }
}

/// The stretch of time that a command looks at.
struct SpanOptions: ParsableArguments {
    @Option(help: "The first instant, with an offset (default: the beginning of the log).") var from: String?
    @Option(help: "The first instant after it, with an offset (default: now).") var to: String?

    func range(limit: Int? = nil) throws -> PastRange {
        func instant(_ text: String?, _ name: String) throws -> Instant? {
            guard let text else { return nil }
            guard let instant = Instant(rfc3339: text) else {
                throw Failure.input("\(name) must be an instant with an offset such as 2026-11-23T20:30:00+08:00")
            }
            return instant
        }
        return PastRange(from: try instant(from, "--from"), to: try instant(to, "--to"), limit: limit)
    }
}

extension Options.Resolved {
    /// Opens the log alone, without a gate: neither policy nor lists on disk matter. The work runs on a thread where it
    /// may block.
    func withLog<T: Sendable>(_ body: @escaping @Sendable (any Store, KeyFile) throws -> T) async throws -> T {
        guard store.hasPrefix("sqlite:") else {
            throw Failure.gate("this version stores in SQLite only; give --store sqlite:PATH")
        }
        try requireStore()
        let (keys, folder) = (keys, storeFolder)
        return try await aside {
            let keyFile = try KeyFile.open(path: keys, mayCreate: false)
            let store = try SQLiteStore(folder: folder)
            defer { try? store.close() }
            return try body(store, keyFile)
        }
    }
}

extension ReplayFinding {
    fileprivate var text: String {
        switch what {
        case .unreadable(let why): "CANNOT BE DECIDED AGAIN \(id): \(why)"
        case .different(let differences):
            (["DIFFERENT \(id)"]
                + differences.map { "       \($0.field): recorded `\($0.recorded)`, now `\($0.now)`" })
                .joined(separator: "\n")
        }
    }

    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("id", id)
            switch what {
            case .unreadable(let why): json.member("unreadable", why)
            case .different(let differences):
                json.name("different")
                json.array { json in
                    for difference in differences {
                        json.object { json in
                            json.member("field", difference.field)
                            json.member("recorded", difference.recorded)
                            json.member("now", difference.now)
                        }
                    }
                }
            }
        }
        return json.text
    }
}

extension ReplayCounts {
    fileprivate var text: String {
        "\(equal) equal, \(different) different, \(erased) erased, \(unreadable) cannot be decided again"
            + (dropped > 0 ? "; \(dropped) entries were dropped" : "")
    }

    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("equal", equal)
            json.member("different", different)
            json.member("erased", erased)
            json.member("unreadable", unreadable)
            json.member("dropped", dropped)
        }
        return json.text
    }
}
