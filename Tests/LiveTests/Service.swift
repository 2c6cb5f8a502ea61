import Documents
import Foundation
import GateTesting

let repository: String = {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
}()

let executable = repository + "/.build/debug/callgate"

struct Broken: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// What a command printed and how it ended.
struct Ended {
    var code: Int32
    var out: String
    var err: String
}

/// Starts a program whose standard output and error are the files `NAME.out` and `NAME.err`.
func start(_ arguments: [String], in folder: TemporaryFolder, as name: String) throws -> ChildProcess {
    // A faked clock shares a lock between processes; one that is killed while it holds the lock would stop all the others.
    try ChildProcess(
        arguments, environment: ProcessInfo.processInfo.environment.filter { $0.key != "FAKETIME_SHARED" },
        output: .file(folder.path + "/\(name).out"), errors: .file(folder.path + "/\(name).err"))
}

/// Runs `callgate` to its end.
func callgate(_ arguments: [String], in folder: TemporaryFolder) throws -> Ended {
    let name = "command-\(UUID().uuidString)"
    let ending = try start([executable] + arguments, in: folder, as: name).wait()
    guard case .exit(let code) = ending else { throw Broken("\(arguments): ended by \(ending)") }
    func text(_ suffix: String) -> String {
        (try? String(contentsOfFile: folder.path + "/\(name).\(suffix)", encoding: .utf8)) ?? ""
    }
    return Ended(code: code, out: text("out"), err: text("err"))
}

/// An instance's folders, and the options that name them.
final class Site: Sendable {
    let folder: TemporaryFolder
    let caps: Int

    /// - Parameter caps: Attempts in 24 hours.
    init(caps: Int = 3, inMemory: Bool = true) throws {
        folder = try TemporaryFolder(inMemory: inMemory)
        self.caps = caps
        try folder.copyTree(repository + "/policy/core", to: "policy/core")
        try folder.write(
            """
            pack: cn.test
            jurisdiction: CN
            title: {en: For tests, zh: 测试}
            as_of: 2026-11-22
            zones: [Asia/Shanghai]
            purposes: [marketing, care, service, collection, fraud_alert, survey]
            any_hour: [marketing, care, service, collection, fraud_alert, survey]
            rules:
              - {id: t.dnc, kind: suppression, status: law, citation: c, message: {en: m, zh: m},
                 parameters: {any_of: [{list: internal-dnc}]}}
              - {id: t.attempts, kind: frequency, applies: {except_purposes: [fraud_alert]}, status: law, citation: c,
                 message: {en: m, zh: m}, parameters: {count: attempts, max: \(caps), within: {rolling: 24h}, per: [number]}}

            """, to: "policy/CN/test/pack.yaml")
        try folder.write("kept_by_gate: true\nregion: CN\n", to: "blocklists/internal-dnc/list.yaml")
    }

    var options: [String] {
        [
            "--data", folder.path + "/data", "--policy", folder.path + "/policy", "--blocklists",
            folder.path + "/blocklists",
        ]
    }

    func run(_ arguments: String...) throws -> Ended { try callgate(arguments + options, in: folder) }

    func key(_ role: String = "dialer") throws -> String {
        let ended = try run("key", "create", "--role", role, "--name", role)
        guard ended.code == 0 else { throw Broken("key create: \(ended.err)") }
        return ended.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts the service on a free port and waits until it answers.
    ///
    /// - Parameters:
    ///   - wrapper: What it is started under, such as strace.
    ///   - more: Further options.
    func serve(_ wrapper: [String] = [], _ more: [String] = []) async throws -> Service {
        let name = "serve-\(UUID().uuidString)"
        let process = try start(
            wrapper + [executable, "serve", "--listen", "127.0.0.1:0"] + more + options, in: folder, as: name)
        let log = folder.path + "/\(name)"
        for _ in 0..<600 {
            pause(50)
            let text =
                ((try? String(contentsOfFile: log + ".out", encoding: .utf8)) ?? "")
                + ((try? String(contentsOfFile: log + ".err", encoding: .utf8)) ?? "")
            if let match = text.firstMatch(of: /listening on 127\.0\.0\.1:(\d+)/), let port = Int(match.1) {
                return Service(process: process, port: port)
            }
            if !process.isRunning { throw Broken("the service ended: \(text)") }
        }
        process.signal(SIGTERM)
        throw Broken("the service did not come up")
    }
}

extension TemporaryFolder {
    func copyTree(_ source: String, to name: String) throws {
        let target = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try copy(source, to: name)
    }
}

/// A running service.
final class Service: Sendable {
    let process: ChildProcess
    let port: Int

    init(process: ChildProcess, port: Int) {
        self.process = process
        self.port = port
    }

    /// The process that listens; under a wrapper it is the wrapper's child.
    func signal(_ number: Int32) { process.signal(number) }

    func end(_ number: Int32 = SIGKILL) async {
        signal(number)
        for _ in 0..<1200 where process.isRunning { pause(25) }
        process.signal(SIGKILL)
        process.wait()
    }
}

/// Waits on the thread: a task's own timers stand still under a faked clock.
func pause(_ milliseconds: UInt32) { usleep(milliseconds * 1000) }
