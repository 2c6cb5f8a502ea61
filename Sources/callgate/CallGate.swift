import ArgumentParser
import Foundation

/// The one executable. Exit codes: 0 done, 1 the answer is no, 2 wrong usage or input, 3 the gate could not do it.
@main
struct CallGate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "callgate",
        abstract: "An outbound call compliance gate: may I call this number, for this purpose, now?",
        subcommands: [
            Serve.self, Check.self, Scrub.self, Reconcile.self, Report.self, Number.self, Key.self, Account.self,
            StopCommand.self, Lift.self, Emergency.self,
            Approve.self,
            Policy.self, LogCommand.self, ListCommand.self, Consents.self, OptOuts.self, Relationships.self,
            Attempts.self, Campaigns.self, CallerIDs.self, Calendar.self, Retention.self, SubjectCommand.self,
            Backup.self, Restore.self,
            Doctor.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch let failure as Failure {
            complain(failure.text)
            Foundation.exit(failure.code)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Foundation.exit(0)
            }
            complain(text)
            Foundation.exit(code == .validationFailure ? 2 : 3)
        }
    }
}

/// Ends a command with a text on standard error.
struct Failure: Error {
    var code: Int32
    var text: String

    /// The answer is no.
    static let no = ExitCode(1)
    static func input(_ text: String) -> Failure { Failure(code: 2, text: text) }
    static func gate(_ text: String) -> Failure { Failure(code: 3, text: text) }
}

func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
