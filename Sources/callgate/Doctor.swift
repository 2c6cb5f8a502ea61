import ArgumentParser
import Calendars
import Foundation
import Gate
import GateModel
import Ledger
import PolicyPack
import Storage
import StorageSQLite

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything the gate needs, and say what is wrong and what to do.",
        discussion: "Changes nothing; may run beside a service. Exit 1: something stands in the way of calls.")
    @OptionGroup var options: Options

    enum Level: String {
        case fine = "ok  "
        case warning = "warn"
        case fault = "FAIL"
    }

    func run() async throws {
        let resolved = try await options.resolve()
        var hasFault = false
        func say(_ level: Level, _ subject: String, _ text: String) {
            print("\(level.rawValue)  \(subject.padding(toLength: 8, withPad: " ", startingAt: 0))  \(text)")
            if level == .fault { hasFault = true }
        }
        do { say(.fine, "time", "zone data \(try resolved.zones().version)") } catch let failure as Failure {
            say(.fault, "time", failure.text + "; apt-get install tzdata")
        }
        policy(resolved, say)
        disk(resolved, say)
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < 4096 {
            say(.warning, "system", "only \(limit.rlim_cur) files may be open at once; raise it (ulimit -n 65536)")
        }
        if resolved.hasStore {
            gate(resolved, say)
        } else {
            say(.warning, "log", "there is none in \(resolved.storeFolder) yet; the first command or start makes it")
        }
        if hasFault { throw Failure.no }
    }

    private func policy(_ resolved: Options.Resolved, _ say: (Level, String, String) -> Void) {
        do {
            let policy = try resolved.loadPolicy()
            let cases = try policy.cases(try PackTests(folder: resolved.policy))
            let folders = (try? FileManager.default.contentsOfDirectory(atPath: resolved.blocklists)) ?? []
            let today = CivilDate(daysSinceEpoch: Int32(wallClock().seconds / 86_400))
            let findings = policy.lint(cases: cases, lists: Set(folders), today: today)
            let errors = findings.count { $0.severity == .error }
            say(
                errors == 0 ? .fine : .warning, "policy",
                "\(policy.snapshot.id.prefix(19)), \(policy.snapshot.packs.count + 1) packs; `policy lint` has "
                    + "\(errors) errors and \(findings.count - errors) warnings")
        } catch let failure as Failure {
            say(.fault, "policy", failure.text)
        } catch {
            say(.fault, "policy", "\(error)")
        }
    }

    private func disk(_ resolved: Options.Resolved, _ say: (Level, String, String) -> Void) {
        var info = stat()
        guard stat(resolved.data, &info) == 0 else { return }
        if info.st_mode & 0o077 != 0 {
            say(.warning, "data", "others may look into \(resolved.data); chmod 700 it")
        }
        var space = statvfs()
        guard statvfs(resolved.data, &space) == 0 else { return }
        let free = (Int64(space.f_bavail) * Int64(space.f_frsize)) >> 20
        let text = "\(free) MiB free for \(resolved.data)"
        say(free < 100 ? .fault : free < 2048 ? .warning : .fine, "disk", text + (free < 2048 ? "; make room" : ""))
    }

    private func gate(_ resolved: Options.Resolved, _ say: (Level, String, String) -> Void) {
        let gate: Gate
        do { gate = try resolved.openGate() } catch let failure as Failure {
            return say(.fault, "log", failure.text)
        } catch {
            return say(.fault, "log", "\(error)")
        }
        say(.fine, "keys", "\(resolved.keys) fits the log")
        do {
            let (head, last) = try gate.lastEntry()
            say(.fine, "log", "\(head) entries; commits are synced to the disk")
            if let last, last > wallClock() + .minutes(1) {
                say(
                    .fault, "clock",
                    "the last entry is of \(last.rfc3339), and it is \(wallClock().rfc3339) here: nothing is allowed "
                        + "until then; set the clock right")
            }
        } catch {
            say(.fault, "log", "\(error)")
        }
        do {
            say(.fine, "signed", "\(try gate.tree.signedOnDisk()) entries; `callgate log verify` proves them")
        } catch {
            say(.fault, "signed", "\(error)")
        }
        let readiness = gate.readiness()
        for problem in readiness.problems { say(.fault, "ready", problem) }
        for warning in readiness.warnings { say(.warning, "ready", warning) }
        if readiness.problems.isEmpty { say(.fine, "ready", "calls are decided") }
    }
}
