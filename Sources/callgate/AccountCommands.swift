import ArgumentParser
import Foundation
import Gate
import GateModel

/// People who sign in at the console.
struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and disable the console's accounts.",
        subcommands: [Create.self, List.self, Disable.self, Password.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account and print its password, this once.")
        @Option(help: "What is typed at sign-in.") var name: String
        @Option(help: "dialer, operations, compliance or admin.") var role: String
        @Option(help: "Whose it is; approvals need two owners (default: the name).") var owner: String?
        @Option(help: "Legal entities it acts for, comma-separated (default main).") var legalEntity: String?
        @OptionGroup var options: Options

        func run() async throws {
            guard let role = Role(rawValue: role) else {
                throw Failure.input("--role must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let (name, owner) = (name, owner ?? name)
            let entities = (legalEntity ?? "").split(separator: ",").map(String.init)
            let password = try await options.resolve().withGate { gate in
                try await gate.createAccount(name, role: role, owner: owner, legalEntities: entities, by: "cli")
                    .orFail().password
            }
            print(password)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the accounts.")
        @OptionGroup var options: Options

        func run() async throws {
            let keys = try await options.resolve().withGate { $0.registry.keys.values.sorted { $0.id < $1.id } }
            for key in keys where key.account != nil {
                let parts = [
                    key.account ?? "", key.role.rawValue, "owner \(key.owner)", key.isRevoked ? "disabled" : "",
                ]
                print(parts.filter { !$0.isEmpty }.joined(separator: "  "))
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End an account and its sessions at once.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            let name = name
            try await options.resolve().withGate { gate in
                guard let account = gate.account(named: name) else {
                    throw Failure.input("there is no account `\(name)`")
                }
                _ = try await gate.revokeKey(account.id, by: "cli").orFail()
            }
            print("disabled \(name)")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account a new password and print it, this once; its sessions end.")
        @Argument(help: "The account's name.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            let name = name
            let password = try await options.resolve().withGate { gate in
                guard let account = gate.account(named: name) else {
                    throw Failure.input("there is no account `\(name)`")
                }
                return try await gate.givePassword(account, by: "cli").orFail()
            }
            print(password)
        }
    }
}
