import ArgumentParser
import Foundation
import PolicyPack

extension Policy {
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the law of a place as the gate sees it, in Markdown.",
            discussion: "With --output, every jurisdiction's page in every language is written into that folder.")
        @Option(help: "ISO 3166 code, such as US-FL; a state's page holds its country's rules too.")
        var jurisdiction: String?
        @Option(help: "Only what can apply to calls for this purpose.") var purpose: String?
        @Option(help: "en or zh.") var lang = "en"
        @Option(help: "Folder for the pages of every jurisdiction.") var output: String?
        @OptionGroup var options: Options

        func run() async throws {
            let resolved = try await options.resolve()
            let policy = try resolved.loadPolicy()
            if let output { return try write(policy, into: output) }
            guard let jurisdiction else { throw Failure.input("give --jurisdiction, such as US-FL, or --output") }
            guard let language = LawWords.Language(rawValue: lang) else {
                throw Failure.input("--lang must be en or zh")
            }
            if let purpose, !policy.vocabulary.purposes.contains(purpose) {
                let known = policy.vocabulary.purposes.joined(separator: ", ")
                throw Failure.input("`\(purpose)` is no purpose; the purposes are \(known)")
            }
            guard let page = LawPage(policy, language: language).text(jurisdiction: jurisdiction, purpose: purpose)
            else {
                let known = LawPage.jurisdictions(of: policy).joined(separator: ", ")
                throw Failure.input("no pack speaks of `\(jurisdiction)`; packs speak of \(known)")
            }
            print(page, terminator: "")
        }

        private func write(_ policy: LoadedPolicy, into folder: String) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (name, text) in LawPage.files(of: policy) {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
        }
    }
}
