import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// The log is verified beside a running service, after a kill, and from a copy; a receipt on its own.
    @Test func theLogIsVerifiedBesideTheServiceAfterAKillAndFromACopy() async throws {
        let site = try Site(caps: 1000)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        // Nothing was ever signed: nothing can be said.
        let never = try site.run("log", "verify")
        #expect(never.code == 3 && never.err.contains("never signed"))
        let empty = try callgate(["log", "verify", "--data", site.folder.path + "/none"], in: site.folder)
        #expect(empty.code == 3 && empty.err.contains("there is no log in "))
        var service = try await site.serve()
        let tally = Tally()
        for round in 0..<2 {
            let before = tally.all.count
            let workers = load(service, dialer, tally, phones: 300, round: round)
            for _ in 0..<2000 where tally.all.count < before + 300 { pause(5) }
            let beside = try site.run("log", "verify")
            #expect(beside.code == 0, "\(beside.out) \(beside.err)")
            await service.end(SIGKILL)
            for worker in workers { while !worker.isFinished { pause(5) } }
            service = try await site.serve()
        }
        let client = try Client(port: service.port, key: compliance)
        let key = try #require(client.send("GET", "/v1/log/key")).body.trimmingCharacters(in: .whitespacesAndNewlines)
        var receipt = try #require(client.send("GET", "/v1/decisions/\(tally.all[0].id)/proof"))
        for _ in 0..<200 where receipt.status == 503 {
            pause(50)
            receipt = try #require(client.send("GET", "/v1/decisions/\(tally.all[0].id)/proof"))
        }
        #expect(receipt.status == 200)
        await service.end(SIGTERM)
        let verified = try site.run("log", "verify", "--key", key)
        #expect(verified.code == 0 && verified.out.contains("log          \(key)"), "\(verified.out) \(verified.err)")
        let counts = try #require(verified.out.firstMatch(of: /entries +(\d+), of them (\d+) signed/))
        // What was recorded up to the end is signed.
        #expect(counts.1 == counts.2)
        #expect(try #require(Int(counts.1)) >= tally.all.count)

        try site.folder.write(receipt.body, to: "receipt")
        let path = site.folder.path + "/receipt"
        func judge(_ key: String) throws -> Ended {
            try callgate(["log", "verify", "--receipt", path, "--key", key], in: site.folder)
        }
        let judged = try judge(key)
        #expect(judged.code == 0 && judged.out.contains("id           \(tally.all[0].id)\n"))
        #expect(judged.out.contains("kind         Decision that allowed\n"), "\(judged.out)")
        #expect(try judge("x+00000000+AA==").code == 2)
        #expect(try callgate(["log", "verify", "--receipt", path], in: site.folder).code == 2)
        try site.folder.write(receipt.body.replacing("index ", with: "index 1"), to: "receipt")
        let forged = try judge(key)
        #expect(forged.code == 1 && forged.out.hasPrefix("BROKEN: "))

        // A copy without the key file, with one bit changed.
        try site.folder.copy(site.folder.path + "/data", to: "copy")
        func judgeCopy(_ options: [String] = ["--without-keys"]) throws -> Ended {
            try callgate(
                ["log", "verify", "--data", site.folder.path + "/copy", "--key", key] + options, in: site.folder)
        }
        let lacking = try judgeCopy([])
        #expect(lacking.code == 3 && lacking.err.contains("there is no key file at "), "\(lacking.out) \(lacking.err)")
        let copy = try judgeCopy()
        #expect(copy.code == 0 && copy.out.contains("not checked, without the key file"), "\(copy.out) \(copy.err)")
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: site.folder.path + "/copy/tree/level-0"))
        try file.seek(toOffset: 5 * 32)
        try file.write(contentsOf: [0])
        try file.close()
        let broken = try judgeCopy()
        #expect(broken.code == 1)
        #expect(broken.out == "BROKEN: entry 6 does not give the leaf hash that was stored for it\n")
    }

    @Test func theLogsNameIsFixedAtItsFirstUse() async throws {
        let site = try Site()
        let compliance = try site.key("compliance")
        func serve(_ origin: String) async throws -> Service {
            try await site.serve(["env", "CALLGATE_LOG_ORIGIN=\(origin)"])
        }
        var service = try await serve("gate.example/log")
        var client = try Client(port: service.port, key: compliance)
        let key = try #require(client.send("GET", "/v1/log/key")).body
        #expect(key.hasPrefix("gate.example/log+"))
        await service.end(SIGTERM)
        service = try await serve("gate.example/other")
        client = try Client(port: service.port, key: compliance)
        #expect(client.send("GET", "/v1/log/checkpoint")?.status == 503)
        #expect(client.send("GET", "/readyz")?.body.contains("the log is signed as `gate.example/log") == true)
        await service.end(SIGTERM)
        #expect(try site.run("log", "verify", "--key", key.trimmingCharacters(in: .whitespacesAndNewlines)).code == 0)
    }
}
