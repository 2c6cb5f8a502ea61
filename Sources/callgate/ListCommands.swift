import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import Suppression

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Suppression lists.",
        subcommands: [Import.self, Activate.self, Fetch.self, Show.self, History.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a version of a list from a file.")
        @Argument var name: String
        @Argument var file: String
        @Option(help: "When the file was true, with an offset (default: now).") var asOf: String?
        @Option(help: "replace, add or remove.") var mode = "replace"
        @Flag(help: "Only say what it would change.") var dryRun = false
        @Option(help: "The file's SHA-256, to be compared.") var sha256: String?
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            let instant = asOf.map { Instant(rfc3339: $0) }
            if case .some(nil) = instant {
                throw Failure.input("--as-of must be an instant with an offset such as 2026-11-23T20:30:00+08:00")
            }
            guard let mode = ListVersion.Mode(rawValue: mode) else {
                throw Failure.input("--mode must be replace, add or remove")
            }
            guard let handle = FileHandle(forReadingAtPath: file) else { throw Failure.input("\(file) cannot be read") }
            let (name, owner, source) = (name, actor.key.owner, URL(fileURLWithPath: file).lastPathComponent)
            let total = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
            let (isDryRun, sha256) = (dryRun, sha256)
            let shown = try await options.resolve().withGate { gate in
                do {
                    let upload = try gate.beginUpload(
                        name, mode: mode, asOf: instant ?? nil, source: source, by: owner, isDryRun: isDryRun)
                    var done = 0
                    var bar = ProgressBar()
                    while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
                        try data.withUnsafeBytes { try upload.take($0) }
                        done += data.count
                        bar.show(done, of: total)
                    }
                    bar.end()
                    return gate.shown(try await gate.check(try upload.end(sha256: sha256)))
                } catch {
                    throw failure(of: error)
                }
            }
            let version = shown.version
            print(
                "\(name) version \(version.number): \(shown.state.rawValue), \(version.counts.accepted) numbers read, "
                    + "\(version.counts.duplicates) twice, \(version.counts.rejected) lines rejected")
            if let effect = version.effect {
                let denied = effect.wouldHaveDenied.map {
                    "; of \(effect.callsLookedAt ?? 0) allowed calls of the last 7 days \($0) would have been denied"
                }
                print("\(isDryRun ? "would add" : "adds") \(effect.added), removes \(effect.removed)\(denied ?? "")")
            }
            if version.state == .rejected { throw Failure.input(version.rejection ?? "rejected") }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a version in force for the next decision.")
        @Argument var name: String
        @Argument var version: Int
        @Flag(help: "Allow a version older than the active one; it keeps its age.") var rollback = false
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            let (name, number, rollback, key) = (name, version, rollback, actor.key)
            let version = try await options.resolve().withGate {
                try await $0.activate(name, number, rollback: rollback, by: key).orFail()
            }
            print("\(name) version \(version.number) is in force")
        }
    }

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Fetch a list's feed now, due or not.")
        @Argument var name: String
        @Flag(help: "Fetch and check also what is known already.") var again = false
        @OptionGroup var options: Options

        func run() async throws {
            let (name, again) = (name, again)
            let status = try await options.resolve().withGate { gate in
                guard gate.configuration.feeds[name] != nil else {
                    throw Failure.input("the list \(name) has no feed; name one in blocklists/\(name)/list.yaml")
                }
                do {
                    return try await gate.fetchFeed(
                        name, again: again, environment: ProcessInfo.processInfo.environment)
                } catch {
                    throw Failure.gate("\(error)")
                }
            }
            if let error = status.state.lastError { throw Failure.gate(error) }
            print("\(name): \(status.line)")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the lists and what is in force.")
        @Argument(help: "One list (default: all).") var name: String?
        @OptionGroup var options: Options

        func run() async throws {
            let statuses = try await options.resolve().withGate { $0.listStatuses() }
            let chosen = statuses.filter { name == nil || $0.definition.name == name }
            if chosen.isEmpty { throw Failure.input("there is no such list; make blocklists/NAME/list.yaml") }
            for status in chosen {
                let active = status.active.map {
                    "version \($0.number) as of \($0.asOf.rfc3339), \($0.entries) numbers"
                }
                let quiet =
                    status.definition.keptByGate
                    ? "empty, kept by the gate" : "no version in force: calls that depend on it are denied"
                print(
                    "\(status.definition.name): \(active ?? quiet)\(status.age.map { ", \(Int($0 * 100)) % of its greatest age" } ?? "")"
                )
                if let feed = status.feed { print("  feed: \(feed.line)") }
            }
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a list's versions.")
        @Argument var name: String
        @OptionGroup var options: Options

        func run() async throws {
            let name = name
            let versions = try await options.resolve().withGate { gate in
                guard gate.configuration.lists[name] != nil else { throw Failure.input("there is no list `\(name)`") }
                return try gate.listVersions(name).map(gate.shown)
            }
            for shown in versions {
                let version = shown.version
                let activation = shown.activation.map { ", in force from \($0.at.rfc3339) by \($0.owner)" } ?? ""
                print(
                    "\(version.number)  \(shown.state.rawValue)  \(version.mode.rawValue)  as of \(version.asOf.rfc3339)  "
                        + "\(version.counts.accepted) numbers  \(version.sourceName)  by \(version.uploadedBy)\(activation)"
                        + (version.rejection.map { ": \($0)" } ?? ""))
            }
        }
    }
}

private func failure(of error: any Error) -> Failure {
    switch error {
    case let failure as Failure: failure
    case GateError.notFound(let why), GateError.forbidden(let why), GateError.conflict(_, let why, _): .input(why)
    case GateError.invalid(let faults): .input("\(faults)")
    default: .gate("\(error)")
    }
}
