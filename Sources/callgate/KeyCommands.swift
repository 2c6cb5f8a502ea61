import ArgumentParser
import Foundation
import Gate
import GateModel

struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke keys.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key and print it, this once.")
        @Option(help: "dialer, operations, compliance or admin.") var role: String
        @Option(help: "What it is for.") var name: String
        @Option(help: "Whose it is; approvals need two owners (default: the name).") var owner: String?
        @Option(help: "Vendors it speaks for, comma-separated (default own).") var vendor: String?
        @Option(help: "Legal entities it speaks for, comma-separated (default main).") var legalEntity: String?
        @Option(help: "es256 or hs256.") var permits: String?
        @OptionGroup var options: Options

        func run() async throws {
            guard let role = Role(rawValue: role) else {
                throw Failure.input("--role must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let kind = permits.map { APIKey.Permits(rawValue: $0) }
            if case .some(nil) = kind { throw Failure.input("--permits must be es256 or hs256") }
            func words(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }
            let (name, owner, vendor, entity) = (name, owner ?? name, words(vendor), words(legalEntity))
            let secret = try await options.resolve().withGate(toleratesFaults: true) { gate in
                try await gate.createKey(
                    role: role, name: name, owner: owner, vendors: vendor, legalEntities: entity, permits: kind ?? nil,
                    by: "cli"
                ).orFail()
            }
            print(secret)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the keys, never their secrets.")
        @OptionGroup var options: Options

        func run() async throws {
            let keys = try await options.resolve().withGate(toleratesFaults: true) {
                $0.registry.keys.values.sorted { $0.id < $1.id }
            }
            for key in keys {
                let parts = [
                    key.id, key.role.rawValue, key.name, "owner \(key.owner)",
                    "vendors \(key.vendors.joined(separator: ","))",
                    "entities \(key.legalEntities.joined(separator: ","))",
                    key.permits.map { "permits \($0.rawValue)" } ?? "",
                    key.account == nil ? "" : "account", key.isRevoked ? "revoked" : "",
                ]
                print(parts.filter { !$0.isEmpty }.joined(separator: "  "))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a key at once.")
        @Argument(help: "The key's id from `key list`.") var id: String
        @OptionGroup var options: Options

        func run() async throws {
            let id = id
            _ = try await options.resolve().withGate(toleratesFaults: true) {
                try await $0.revokeKey(id, by: "cli").orFail()
            }
            print("revoked \(id)")
        }
    }
}
