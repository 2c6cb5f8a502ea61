import Foundation
import GateTesting
import Testing

/// The built executable as people run it. One after another: each starts processes.
@Suite(.serialized) struct LiveTests {
    @Test func everyDecisionIsSyncedBeforeItsAnswer() async throws {
        // A real disk; what lies in memory is synced for nothing.
        let site = try Site(inMemory: false)
        let key = try site.key()
        let trace = site.folder.path + "/trace"
        let service = try await site.serve([
            "strace", "-f", "-qq", "-tt", "-e", "trace=fsync,fdatasync,sendto,write,writev,sendmsg", "-e",
            "signal=none", "-o", trace,
        ])
        let client = try Client(port: service.port, key: key)
        for n in 0..<20 {
            _ = client.send("POST", "/v1/decisions", #"{"phone":"+86138000010\#(10 + n)","purpose":"service"}"#)
        }
        let before = try syncs(trace)
        for n in 0..<200 {
            let response = client.send(
                "POST", "/v1/decisions", #"{"phone":"+8613800002\#(100 + n)","purpose":"service"}"#)
            #expect(response?.member("verdict") == "allow")
        }
        let after = try syncs(trace)
        var byThread: [String: Int] = [:]
        for (thread, count) in after { byThread[thread] = count - (before[thread] ?? 0) }
        byThread = byThread.filter { $0.value > 0 }
        // The sequencer's thread syncs most; the others are checkpoints.
        let most = byThread.values.max() ?? 0
        print(
            "strace: 200 decisions one after another, \(most) syncs of the sequencer, \(byThread.values.reduce(0, +) - most) of checkpoints"
        )
        #expect(most >= 200)
        #expect(most <= 230)
        let child = try children(of: service.process.id)
        for pid in child { kill(pid, SIGTERM) }
        for _ in 0..<600 where service.process.isRunning { pause(50) }
        #expect(!service.process.isRunning)
        if service.process.isRunning { await service.end() }
    }

    /// Syncs by thread.
    private func syncs(_ path: String) throws -> [String: Int] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var result: [String: Int] = [:]
        for line in text.split(separator: "\n") where line.contains(" fsync(") || line.contains(" fdatasync(") {
            result[String(line.prefix { $0 != " " }), default: 0] += 1
        }
        return result
    }

    private func children(of pid: Int32) throws -> [Int32] {
        try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8).split(separator: " ")
            .compactMap { Int32($0) }
    }

    @Test func aTerminatedServiceEndsInOrder() async throws {
        let site = try Site()
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        #expect(client.send("POST", "/v1/decisions", #"{"phone":"+8613800000001","purpose":"service"}"#)?.status == 200)
        await service.end(SIGTERM)
        #expect(service.process.wait() == .exit(0))
        let again = try await site.serve()
        #expect(try Client(port: again.port, key: key).send("GET", "/readyz")?.status == 200)
        await again.end(SIGTERM)
    }

    @Test func whatTheCommandLineChangesHoldsInARunningService() async throws {
        let site = try Site(caps: 100)
        // The log is still empty: the first key is made while the service runs.
        let service = try await site.serve()
        let key = try site.key()
        func decide() throws -> String {
            let response = try Client(port: service.port, key: key).send(
                "POST", "/v1/decisions", #"{"phone":"+8613800000001","purpose":"service"}"#)
            return response.map { $0.member("verdict") ?? "\($0.status)" } ?? "gone"
        }
        func settles(on expected: String) async throws -> Bool {
            for _ in 0..<100 {
                if try decide() == expected { return true }
                pause(50)
            }
            return false
        }
        #expect(try decide() == "allow", "a new key works at once")
        let stop = try site.run("stop", "--all", "--owner", "anna")
        #expect(stop.code == 0)
        #expect(try decide() == "deny")
        let id = stop.out.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try site.run("lift", id, "--owner", "anna").code == 2)
        #expect(try decide() == "deny")
        #expect(try site.run("lift", id, "--owner", "bert").code == 0)
        #expect(try decide() == "allow")
        // A stop and a key are taken whatever somebody wrote into the policy folder.
        let pack = site.folder.path + "/policy/CN/test/pack.yaml"
        let whole = try String(contentsOfFile: pack, encoding: .utf8)
        try site.folder.write("rules: [", to: "policy/CN/test/pack.yaml")
        let halt = try site.run("stop", "--all", "--owner", "anna")
        #expect(halt.code == 0 && halt.err.contains("pack.yaml"), "\(halt.err)")
        #expect(try decide() == "deny")
        let halted = halt.out.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try site.run("lift", halted, "--owner", "bert").code == 0)
        #expect(try decide() == "allow")
        #expect(try site.run("key", "list").code == 0)
        try site.folder.write(whole, to: "policy/CN/test/pack.yaml")
        try site.folder.write("+8613800000001\n", to: "dnc.csv")
        #expect(try site.run("list", "import", "internal-dnc", site.folder.path + "/dnc.csv").code == 0)
        #expect(try decide() == "allow")
        #expect(try site.run("list", "activate", "internal-dnc", "1").code == 0)
        #expect(try await settles(on: "deny"))
        let keyID = try #require(try site.run("key", "list").out.split(separator: " ").first.map(String.init))
        #expect(try site.run("key", "revoke", keyID).code == 0)
        #expect(["401", "403"].contains(try decide()))
        await service.end(SIGTERM)
    }

    // MARK: Start

    @Test func theKeyFileMustBeThereAndItsOwnersAlone() throws {
        let site = try Site()
        _ = try site.key()
        let keys = site.folder.path + "/data.keys"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys)
        let readable = try site.run("serve", "--listen", "127.0.0.1:0")
        #expect(readable.code == 3 && readable.err.contains("chmod 600"))
        try FileManager.default.moveItem(atPath: keys, toPath: keys + ".away")
        let missing = try site.run("serve", "--listen", "127.0.0.1:0")
        #expect(missing.code == 3 && missing.err.contains("missing"))
        #expect(!FileManager.default.fileExists(atPath: keys))
        try FileManager.default.moveItem(atPath: keys + ".away", toPath: keys)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys)
        #expect(try site.run("key", "list").code == 0)
    }

    @Test func aBadPolicyStopsTheStartAndNamesItsFault() throws {
        let site = try Site()
        _ = try site.key()
        try site.folder.write("pack: x\nnonsense: 1\n", to: "policy/CN/test/pack.yaml")
        let ended = try site.run("serve", "--listen", "127.0.0.1:0")
        #expect(ended.code == 2 && ended.err.contains("CN/test/pack.yaml"))
    }

    // MARK: Exit codes

    @Test func commandsEndAsTheContractSays() throws {
        let site = try Site()
        func code(_ arguments: String...) throws -> Int32 {
            try callgate(arguments + site.options, in: site.folder).code
        }
        #expect(try code("number", "+8613800000001") == 0)
        #expect(try code("number", "12") == 1)
        #expect(try code("number") == 2)
        #expect(try code("nonsense") == 2)
        #expect(try code("check", "+8613800000001", "--purpose", "service") == 0)
        #expect(try code("check", "12", "--purpose", "service") == 1)
        #expect(try code("check", "+8613800000001", "--purpose", "nonsense") == 2)
        #expect(try code("check", "+8613800000001", "--purpose", "service", "--at", "yesterday") == 2)
        let cases = """
            cases:
              - name: a service call is allowed
                at: 2026-11-23T10:00:00+08:00
                call: {phone: "+8613800000001", purpose: service}
                expect: {verdict: VERDICT}

            """
        try site.folder.write(cases.replacing("VERDICT", with: "allow"), to: "good.yaml")
        try site.folder.write(cases.replacing("VERDICT", with: "deny"), to: "bad.yaml")
        try site.folder.write("cases: 1\n", to: "wrong.yaml")
        #expect(try code("policy", "test", site.folder.path + "/good.yaml") == 0)
        #expect(try code("policy", "test", site.folder.path + "/bad.yaml") == 1)
        #expect(try code("policy", "test", site.folder.path + "/wrong.yaml") == 2)
        #expect(try code("policy", "test", site.folder.path + "/absent.yaml") == 2)
        // The made-up pack has no cases; the shipped ones have.
        #expect(try code("policy", "lint") == 1)
        let shipped = ["--policy", repository + "/policy", "--blocklists", repository + "/blocklists"]
        #expect(try callgate(["policy", "lint"] + shipped, in: site.folder).code == 0)
        #expect(try code("key", "create", "--role", "dialer", "--name", "d") == 0)
        #expect(try code("key", "create", "--role", "nonsense", "--name", "d") == 2)
        #expect(try code("key", "revoke", "absent") == 2)
        #expect(try code("stop", "--all", "--until", "soon") == 2)
        #expect(try code("lift", "absent", "--owner", "b") == 2)
        #expect(try code("list", "import", "internal-dnc", "/absent") == 2)
        #expect(try code("list", "import", "absent", site.folder.path + "/good.yaml") == 2)
        #expect(try code("list", "activate", "internal-dnc", "7") == 2)
        #expect(try code("list", "show", "internal-dnc") == 0)
        try site.folder.write("no database at all, whatever it is called", to: "data/log.sqlite")
        #expect(try code("key", "list") == 3)
    }
}
