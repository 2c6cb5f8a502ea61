import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import PolicyPack

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Halt all or part of the calling, from the next decision on.")
    @Flag(help: "Everything.") var all = false
    @Option(help: "Comma-separated.") var purposes: String?
    @Option(help: "Comma-separated.") var campaigns: String?
    @Option(help: "Comma-separated.") var vendors: String?
    @Option(help: "Comma-separated.") var callerIds: String?
    @Option(help: "Comma-separated.") var jurisdictions: String?
    @Option(help: "Comma-separated; these go on.") var exceptPurposes: String?
    @Option(help: "Until when, with an offset (default: until lifted).") var until: String?
    @Option var reason: String?
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    func run() async throws {
        var members: [Node.Member] = []
        if all { members.append(.init(name: "all", node: Node(.bool(true)))) }
        for (name, text) in [
            ("purposes", purposes), ("campaigns", campaigns), ("vendors", vendors), ("caller_ids", callerIds),
            ("jurisdictions", jurisdictions), ("except_purposes", exceptPurposes),
        ] {
            guard let text else { continue }
            members.append(
                .init(name: name, node: Node(.array(text.split(separator: ",").map { Node(.string(String($0))) }))))
        }
        for (name, text) in [("until", until), ("reason", reason)] {
            if let text { members.append(.init(name: name, node: Node(.string(text)))) }
        }
        let (body, key) = (Node(.object(members)), actor.key)
        print(
            try await options.resolve().withGate(toleratesFaults: true) {
                try await $0.register(.stops, body, by: key).orFail()
            })
    }
}

/// What every change of something registered is told by.
struct ChangeOptions: ParsableArguments {
    @Argument(help: "Its id.") var id: String
    @Option var reason: String?
    @OptionGroup var actor: ActorOptions
    @OptionGroup var options: Options

    /// Changes it, and prints the id of the entry that says so.
    func change(_ kind: String, _ action: RegistryAction, toleratesFaults: Bool = false) async throws {
        let (id, key, body) = (id, actor.key, reasonBody(reason))
        print(
            try await options.resolve().withGate(toleratesFaults: toleratesFaults) {
                try await $0.change(kind, id, action, body, by: key).orFail()
            })
    }
}

struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lift a stop; needs another owner than the one who made it.")
    @OptionGroup var change: ChangeOptions

    func run() async throws { try await change.change("stop", .lift, toleratesFaults: true) }
}

struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Approve what another owner made: an import, caller id, campaign or calendar.")
    @Argument(help: "import, caller_id, campaign or calendar.") var kind: String
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        guard ["caller_id", "campaign", "calendar", "import", "attempts"].contains(kind) else {
            throw Failure.input("`\(kind)` is approved by nobody; give import, caller_id, campaign or calendar")
        }
        // Older scripts call every import so.
        if kind == "import" || kind == "attempts" {
            return try await approveImport(change.id, change.actor.key, reasonBody(change.reason), change.options)
        }
        try await change.change(kind, .approval)
    }
}

func reasonBody(_ reason: String?) -> Node {
    Node(.object(reason.map { [.init(name: "reason", node: Node(.string($0)))] } ?? []))
}

struct Calendar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Holiday calendars.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stage a year's holidays and adjusted working days.")
        @Argument(help: "The calendar, such as CN.") var calendar: String
        @Argument(help: "CSV: `# years: 2027`, then date,kind,name,source.") var file: String
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw Failure.input("\(file) cannot be read")
            }
            let body = Node(
                .object([
                    .init(name: "calendar", node: Node(.string(calendar))),
                    .init(name: "csv", node: Node(.string(text))),
                ]))
            let key = actor.key
            let id = try await options.resolve().withGate { try await $0.register(.calendars, body, by: key).orFail() }
            complain("the calendar waits for approval: callgate approve calendar \(id) --owner ANOTHER")
            print(id)
        }
    }
}
