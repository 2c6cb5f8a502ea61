import ArgumentParser
import Foundation
import Gate

struct SubjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject", abstract: "Who was erased, and must stay so.",
        subcommands: [Erasures.self, EraseAgain.self])

    struct Erasures: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print everybody whom the log says was erased, by opaque names, a JSON object a line.",
            discussion: "Keep it beside each backup: `subject erase-again` reads it after a restore.")
        @OptionGroup var options: Options

        func run() async throws {
            let roll = try await options.resolve().withLog { store, _ in try ErasureRoll(store) }
            print(roll.text, terminator: "")
        }
    }

    struct EraseAgain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "After a restore, erase again whom the backup brought back.",
            discussion: """
                Each is an erasure like any other, in the log. It may be run again. Exit 1: a legal hold keeps somebody, who is \
                named.
                """)
        @Argument(help: "What `subject erasures` printed before the log was lost.") var file: String
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw Failure.input("\(file) cannot be read")
            }
            let roll: ErasureRoll
            do { roll = try ErasureRoll(text: String(decoding: data, as: UTF8.self)) } catch {
                throw Failure.input("\(file) is no list of erasures: \(error); nothing was done")
            }
            let (resolved, key) = (try await options.resolve(), actor.key)
            try resolved.requireStore()
            let counts = try await resolved.withGate { try await $0.eraseAgain(roll, by: key).orFail() }
            print("\(counts.erased) erased again, \(counts.gone) were gone already, \(counts.held.count) held")
            for subject in counts.held { print("a legal hold keeps \(subject)") }
            if !counts.held.isEmpty { throw Failure.no }
        }
    }
}
