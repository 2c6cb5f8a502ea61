import ArgumentParser
import Gate

extension Policy {
    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a looser policy in force that waits for two persons; each of them gives this command.")
        @Argument(help: "The policy's id, as this command prints it without one.") var policy: String?
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            let (policy, key) = (policy, actor.key)
            try await options.resolve().withGate { gate in
                let standing = gate.configuration.standing
                guard let policy else {
                    guard let staged = standing.staged else {
                        print("\(standing.policy) is in force, and none waits")
                        return
                    }
                    print("in force  \(standing.policy)\nwaiting   \(staged.id)")
                    if let owner = gate.registry.proposer(of: staged) { print("wished by \(owner)") }
                    print(staged.difference.text)
                    return
                }
                switch try await gate.activatePolicy(policy, by: key).orFail() {
                case .active: print("\(policy) is in force")
                case .proposed(let owner): print("noted for \(owner); now another person may put it in force")
                }
            }
        }
    }
}
