import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import PolicyPack
import RuleEngine

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask by hand: may this number be called, and if not, when?")
    @Argument(help: "The number.") var phone: String
    @Option(help: "What for.") var purpose: String
    @Option(help: "When, with an offset (default: now).") var at: String?
    @Option(help: "The region of a national number.") var region: String?
    @Option var mode: String?
    @Option var campaign: String?
    @Option var product: String?
    @Option var callerId: String?
    @Option var customer: String?
    @Option var event: String?
    @Option(help: "Comma-separated.") var dataFields: String?
    @Option(name: .customLong("attribute"), help: "NAME=VALUE, as often as needed.") var attributes: [String] = []
    @Option(help: "A YAML or JSON file with the facts (default: those on record).") var facts: String?
    @Flag(help: "The answer as JSON.") var json = false
    @Flag(help: "In Chinese.") var zh = false
    @OptionGroup var options: Options

    func run() async throws {
        let resolved = try await options.resolve()
        var members: [Node.Member] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append(.init(name: name, node: Node(.string(text)))) }
        }
        add("phone", phone)
        add("purpose", purpose)
        add("region", region)
        add("mode", mode)
        add("campaign", campaign)
        add("product", product)
        add("caller_id", callerId)
        add("customer", customer)
        add("event", event)
        add("at", at ?? wallClock().rfc3339)
        if let dataFields {
            let fields = dataFields.split(separator: ",").map { Node(.string(String($0))) }
            members.append(.init(name: "data_fields", node: Node(.array(fields))))
        }
        if !attributes.isEmpty {
            members.append(.init(name: "attributes", node: Node(.object(try attributes.map(attribute)))))
        }
        if let facts {
            guard let text = try? String(contentsOfFile: facts, encoding: .utf8) else {
                throw Failure.input("\(facts) cannot be read")
            }
            do {
                // A file that says nothing gives the quiet facts, not those on record.
                let node = try parseYAML(text)
                members.append(.init(name: "facts", node: node.isNull ? Node(.object([]), mark: node.mark) : node))
            } catch {
                throw Failure.input("\(facts):\(error)")
            }
        } else if !resolved.hasStore {
            members.append(.init(name: "facts", node: Node(.object([]))))
        }
        let body = Node(.object(members))
        let answer =
            try await resolved.hasStore
            ? resolved.withGate { gate in
                let answer = await gate.preview(body, by: .commandLine(owner: "cli"))
                if case .failure(.invalid(let faults)) = answer { throw placed(faults) }
                return try answer.orFail()
            }
            : try preview(body, under: resolved.loadPolicy())
        if json {
            print(String(decoding: answer.json, as: UTF8.self))
        } else {
            print(answer.explanation(chinese: zh))
        }
        if answer.verdict == .deny { throw Failure.no }
    }

    private func attribute(_ text: String) throws -> Node.Member {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw Failure.input("--attribute must be NAME=VALUE, is `\(text)`") }
        let value: Node.Value =
            switch parts[1] {
            case "true": .bool(true)
            case "false": .bool(false)
            case let text where Int(text) != nil: .number(text)
            default: .string(parts[1])
            }
        return .init(name: parts[0], node: Node(value))
    }

    /// Without a data folder nothing is on record: the facts given, or the quiet ones.
    private func preview(_ body: Node, under policy: LoadedPolicy) throws -> CallAnswer {
        do { return try CallAnswer.preview(body, under: policy).get() } catch { throw placed(error) }
    }

    /// What is wrong in the file of facts stands there, with its line and column.
    private func placed(_ faults: Faults) -> Failure {
        let lines = faults.all.map { fault in
            facts.map { fault.mark == .none ? "\(fault)" : "\($0):\(fault)" } ?? "\(fault)"
        }
        return .input(lines.joined(separator: "\n"))
    }
}

struct Number: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a number as the gate reads it.")
    @Argument var input: String
    @Option(help: "The region of a national number.") var region: String?
    @Flag var json = false
    @OptionGroup var options: Options

    func run() async throws {
        let policy = try await options.resolve().loadPolicy()
        let reading = policy.numbers.read(input, region: region)
        if json {
            var json = JSONWriter()
            json.object { json in
                json.member("input", input)
                json.member("e164", reading.e164?.description)
                json.member("type", reading.type.rawValue)
                json.member("region", reading.region)
                json.member("subdivisions", reading.subdivisions)
                json.member("time_zones", reading.zones)
                if let category = reading.category { json.member("category", category) }
            }
            print(json.text)
        } else {
            print("number        \(reading.e164?.description ?? "–")")
            print("type          \(reading.type)\(reading.category.map { " (\($0))" } ?? "")")
            print("region        \(reading.region ?? "unknown")")
            print(
                "subdivisions  \(reading.subdivisions.isEmpty ? "unknown" : reading.subdivisions.joined(separator: ", "))"
            )
            print("time zones    \(reading.zones.isEmpty ? "unknown" : reading.zones.joined(separator: ", "))")
        }
        if reading.type == .invalid { throw Failure.no }
    }
}
