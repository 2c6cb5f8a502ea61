import Foundation
import GateModel
import GateTesting
import Synchronization

@testable import Feeds

func at(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) else { fatalError("not RFC 3339: \(text)") }
    return instant
}

struct Broken: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

private let servers: String = {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Servers"
}()

private let environment: [String: String] = {
    // A faked clock shares a lock between processes; one that is killed with the lock held would stop all the others.
    ProcessInfo.processInfo.environment.filter { $0.key != "FAKETIME_SHARED" }
}()

/// Runs a program to its end.
func run(_ program: String, _ arguments: [String], in folder: String) throws {
    let process = try ChildProcess([program] + arguments, environment: environment, in: folder, errors: .pipe)
    let text = String(decoding: process.readAll(fromErrors: true), as: UTF8.self)
    guard process.wait() == .exit(0) else { throw Broken("\(program): \(text)") }
}

/// A server of `Servers/` on a free port. It ends when its standard input closes, with this value or this process.
final class Script {
    let port: Int
    private let process: ChildProcess

    init(_ name: String, _ arguments: [String]) throws {
        process = try ChildProcess(
            ["python3", servers + "/" + name] + arguments, environment: environment, input: .pipe, output: .pipe)
        var line = ""
        while !line.hasSuffix("\n") {
            let bytes = process.read()
            if bytes.isEmpty { throw Broken("\(name) did not start") }
            line += String(decoding: bytes, as: UTF8.self)
        }
        guard let port = Int(line.dropLast()) else { throw Broken("\(name) said \(line)") }
        self.port = port
    }

    deinit {
        process.closeInput()
        process.wait()
    }
}

/// A folder of files, an HTTPS server over it, and a place where fetched files go.
final class Web {
    let folder: TemporaryFolder
    let server: Script
    var ca: String { folder.path + "/cert.pem" }

    /// - Parameter name: Whom the certificate is for.
    init(certificateFor name: String = "IP:127.0.0.1") throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=feeds", "-addext", "subjectAltName=\(name)", "-keyout", "key.pem", "-out", "cert.pem",
            ], in: folder.path)
        let path = folder.path
        server = try Script("https_server.py", ["files", "cert.pem", "key.pem", "log"].map { path + "/" + $0 })
    }

    func put(_ text: String, as name: String = "list.csv", changed: String = "2026-11-20T08:00:00Z") throws {
        try serve(text, folder, "files/" + name, changed)
    }

    func definition(
        _ path: String, checksum: FeedDefinition.Companion? = nil, signature: FeedDefinition.Signature? = nil,
        sizeLimit: Int64 = 1_000_000, timeLimit: Span = .minutes(1), credentials: String? = nil, trusts: Bool = true
    ) throws -> FeedDefinition {
        try FeedDefinition(
            source: FeedSource("https://127.0.0.1:\(server.port)/\(path)"), schedule: FeedSchedule(every: .hours(24)),
            checksum: checksum, signature: signature, sizeLimit: sizeLimit, timeLimit: timeLimit,
            credentials: credentials, caFile: trusts ? ca : nil)
    }

    /// The requests so far, as the server saw them.
    func requests() throws -> [(path: String, headers: [String: String])] {
        try String(contentsOfFile: folder.path + "/log", encoding: .utf8).split(separator: "\n").map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let path = object["path"] as? String, let headers = object["headers"] as? [String: String]
            else { throw Broken(String(line)) }
            return (path, headers)
        }
    }
}

/// Writes a file that was changed at a given time, for a server, which tells the time as it was set.
func serve(_ text: String, _ folder: TemporaryFolder, _ name: String, _ changed: String) throws {
    try folder.write(text, to: name)
    try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(at(changed).milliseconds) / 1000)],
        ofItemAtPath: folder.path + "/" + name)
}

/// Writes a file that was changed at a given time, for the fetcher to read itself.
func write(_ text: String, _ folder: TemporaryFolder, _ name: String, _ changed: String) throws {
    try folder.write(text, to: name, changed: at(changed))
}

let alone = Fetcher(patience: 1) { _ in nil }

/// What a fetch brought, to compare.
struct Brought: Equatable {
    var text: String?
    var validators: Validators?
    var error: FeedError?
    /// What is left in the folder afterwards.
    var left: [String] = []
}

func fetch(
    _ definition: FeedDefinition, into folder: TemporaryFolder, known: Validators = Validators(),
    by fetcher: Fetcher = alone
) throws -> Brought {
    var brought = Brought()
    let path = folder.path + "/in"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    do throws(FeedError) {
        switch try fetcher.fetch(definition, to: path + "/.feed.part", known: known) {
        case .unchanged: break
        case .fetched(let fetched):
            brought.text = FileManager.default.contents(atPath: fetched.file.path).map {
                String(decoding: $0, as: UTF8.self)
            }
            brought.validators = fetched.validators
        }
    } catch {
        brought.error = error
    }
    brought.left = try FileManager.default.contentsOfDirectory(atPath: path)
    return brought
}

/// Some hundred lines, all different.
func numbers(_ count: Int, from first: Int = 0) -> String {
    (first..<first + count).map { "+86138" + String(format: "%08d", $0) + "\n" }.joined()
}

/// An SSH server on loopback whose only user is the one who runs the tests.
final class SSHServer {
    let folder: TemporaryFolder
    /// Started by a script: the server closes what Foundation would watch it by.
    private let server: Script
    var port: Int { server.port }

    init() throws {
        folder = try TemporaryFolder()
        for name in ["host", "other", "client"] {
            try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", name], in: folder.path)
        }
        try folder.copy(folder.path + "/client.pub", to: "authorized")
        server = try Script("sshd.py", [folder.path])
    }

    /// Writes a `known_hosts` that holds a key for a port.
    func knownHosts(_ key: String = "host", port: Int? = nil) throws -> String {
        let words = try String(contentsOfFile: folder.path + "/\(key).pub", encoding: .utf8).split(separator: " ")
        let name = "known-\(UUID().uuidString)"
        try folder.write("[127.0.0.1]:\(port ?? self.port) \(words[0]) \(words[1])\n", to: name)
        return folder.path + "/" + name
    }

    func definition(_ file: String = "list.csv", port: Int? = nil, knownHosts: String? = nil) throws -> FeedDefinition {
        let port = port ?? self.port
        return try FeedDefinition(
            source: FeedSource("sftp://127.0.0.1:\(port)\(folder.path)/files/\(file)"),
            schedule: FeedSchedule(every: .hours(24)), sizeLimit: 1_000_000, timeLimit: .minutes(1),
            credentials: "registry", knownHosts: try knownHosts ?? self.knownHosts(port: port))
    }

    var fetcher: Fetcher {
        let (user, key) = (NSUserName(), folder.path + "/client")
        return Fetcher(patience: 5) { $0 == "registry" ? FeedCredentials(user: user, keyFile: key) : nil }
    }
}
