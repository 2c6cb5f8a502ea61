import ArgumentParser
import Documents
import Gate
import GateModel

struct Emergency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Emergencies that an authority declared, during which the law of a place forbids calls.",
        subcommands: [Declare.self, End.self, List.self])

    struct Declare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enter one; it is in force for the next decision, and its id is printed.")
        @Option(help: "Where, as ISO 3166-2, such as US-LA.") var jurisdiction: String
        @Option(help: "Of what kind, in the authority's words.") var kind: String
        @Option(help: "The authority.") var declaredBy: String
        @Option(help: "Where the declaration can be read.") var source: String
        @Option(help: "From when, with an offset (default: now).") var from: String?
        @Option(help: "Until when, with an offset (default: until ended).") var until: String?
        @Option var reason: String?
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            let given = [
                ("jurisdiction", jurisdiction), ("kind", kind), ("declared_by", declaredBy), ("source", source),
                ("from", from), ("until", until), ("reason", reason),
            ]
            let body = Node(
                .object(given.compactMap { name, text in text.map { .init(name: name, node: Node(.string($0))) } }))
            let key = actor.key
            print(try await options.resolve().withGate { try await $0.register(.emergencies, body, by: key).orFail() })
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End one; needs another owner than the one who entered it.")
        @OptionGroup var change: ChangeOptions

        func run() async throws { try await change.change("emergency", .end) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every one, a JSON object a line.")
        @OptionGroup var options: Options

        func run() async throws {
            for emergency in try await options.resolve().withGate({ $0.registry.emergencies }) {
                var json = JSONWriter()
                json.object { emergency.write(to: &$0) }
                print(json.text)
            }
        }
    }
}
