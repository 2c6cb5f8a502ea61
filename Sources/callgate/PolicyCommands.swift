import ArgumentParser
import Calendars
import Documents
import Foundation
import Gate
import GateModel
import PolicyPack
import RuleEngine

struct Policy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The policy.",
        subcommands: [Test.self, LintCommand.self, Diff.self, Simulate.self, Activate.self, Explain.self])

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run cases against the policy; without a file, every pack's own.")
        @Argument(help: "Files of cases.") var files: [String] = []
        @Option(help: "text, json or junit.") var format = "text"
        @Flag(help: "Print instead which branches of each rule the packs' own cases try.") var coverage = false
        @OptionGroup var options: Options

        func run() async throws {
            guard ["text", "json", "junit"].contains(format) else {
                throw Failure.input("--format must be text, json or junit")
            }
            let resolved = try await options.resolve()
            let policy = try resolved.loadPolicy()
            if coverage { return try showCoverage(policy, resolved.policy) }
            var paths = files
            if paths.isEmpty {
                paths = policy.paths.values.sorted().map {
                    "\(resolved.policy)/\($0.dropLast("pack.yaml".count))tests.yaml"
                }
                .filter { FileManager.default.fileExists(atPath: $0) }
            }
            var results: [(file: String, results: [CaseResult])] = []
            var faults: [String] = []
            for path in paths {
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                    faults.append("\(path): cannot be read as UTF-8 text")
                    continue
                }
                do {
                    let read = try policy.readCases(yaml: text)
                    faults += read.flatMap(\.faults).map { "\(path):\($0)" }
                    // One that cannot be read has failed; the others are judged nevertheless.
                    results.append(
                        (
                            path,
                            read.map { reading in
                                reading.policyCase.map { $0.run(under: policy) }
                                    ?? CaseResult(
                                        name: reading.name, line: reading.line,
                                        differences: reading.faults.map { "cannot be read: \($0)" })
                            }
                        ))
                } catch {
                    faults += error.all.map { "\(path):\($0)" }
                }
            }
            if results.isEmpty && !faults.isEmpty { throw Failure.input(faults.joined(separator: "\n")) }
            let all = results.flatMap(\.results)
            let failed = all.count { !$0.hasPassed }
            switch format {
            case "json": print(json(results))
            case "junit": print(junit(results))
            default: for (file, results) in results { show(file, results) }
            }
            // A document stays one: what closes the run then goes to the other stream.
            let closing = "\(all.count - failed) passed, \(failed) failed"
            if format == "text" { print(closing) } else { FileHandle.standardError.write(Data("\(closing)\n".utf8)) }
            if !faults.isEmpty { throw Failure.input(faults.joined(separator: "\n")) }
            if failed > 0 { throw Failure.no }
        }

        private func show(_ file: String, _ results: [CaseResult]) {
            for result in results where !result.hasPassed {
                print("FAILED \(file):\(result.line) \(result.name)")
                for difference in result.differences { print("       \(difference)") }
            }
        }

        private func json(_ results: [(file: String, results: [CaseResult])]) -> String {
            var json = JSONWriter()
            json.array { json in
                for (file, results) in results {
                    for result in results {
                        json.object { json in
                            json.member("file", file)
                            json.member("line", result.line)
                            json.member("name", result.name)
                            json.member("passed", result.hasPassed)
                            json.member("differences", result.differences)
                        }
                    }
                }
            }
            return json.text
        }

        private func junit(_ results: [(file: String, results: [CaseResult])]) -> String {
            func escape(_ text: String) -> String {
                text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
            }
            var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>"]
            for (file, results) in results {
                let failed = results.count { !$0.hasPassed }
                lines.append("<testsuite name=\"\(escape(file))\" tests=\"\(results.count)\" failures=\"\(failed)\">")
                for result in results {
                    lines.append(
                        "<testcase classname=\"\(escape(file))\" name=\"\(escape(result.name))\" line=\"\(result.line)\">"
                    )
                    for difference in result.differences {
                        lines.append("<failure message=\"\(escape(difference))\"/>")
                    }
                    lines.append("</testcase>")
                }
                lines.append("</testsuite>")
            }
            return (lines + ["</testsuites>"]).joined(separator: "\n")
        }
    }

    struct LintCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "lint", abstract: "Check the policy files.")
        @OptionGroup var options: Options

        func run() async throws {
            let resolved = try await options.resolve()
            let policy = try resolved.loadPolicy()
            let findings: [LintFinding]
            do {
                let cases = try policy.cases(try PackTests(folder: resolved.policy))
                let folders = (try? FileManager.default.contentsOfDirectory(atPath: resolved.blocklists)) ?? []
                let today = CivilDate(daysSinceEpoch: Int32(wallClock().seconds / 86_400))
                findings = policy.lint(cases: cases, lists: Set(folders), today: today)
            } catch {
                throw Failure.input("\(error)")
            }
            for finding in findings { print(finding) }
            let rules = policy.snapshot.core.rules.count + policy.snapshot.packs.reduce(0) { $0 + $1.rules.count }
            let errors = findings.count { $0.severity == .error }
            print(
                "\(policy.snapshot.packs.count + 1) packs, \(rules) rules, \(errors) errors, \(findings.count - errors) warnings"
            )
            if errors > 0 { throw Failure.no }
        }
    }
}
