import Foundation
import GateTesting
import Testing
import Transparency

extension LiveTests {
    /// A witness cosigns what the service signs; what is made of it is verified with the witness's key.
    @Test func aWitnessCosignsTheServicesLog() async throws {
        let site = try Site(caps: 1000)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        let witness = try TestWitness()
        // It does not answer: calls are decided and signed as quickly as ever.
        witness.behave(.silent(milliseconds: 30_000))
        let service = try await site.serve([], ["--witness", witness.setting])
        let client = try Client(port: service.port, key: compliance)
        let caller = try Client(port: service.port, key: dialer)
        let key = try VerifierKey(
            try #require(client.send("GET", "/v1/log/key")).body.split(separator: "\n")[0].description)
        witness.trust(key)
        var id = ""
        let start = ContinuousClock.now
        for number in 10..<40 {
            let answer = try #require(
                caller.send("POST", "/v1/decisions", #"{"phone":"+86138000000\#(number)","purpose":"service"}"#))
            id = String(try #require(answer.body.firstMatch(of: /"id":"([0-9a-f-]+)"/)?.1))
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        var receipt = try #require(client.send("GET", "/v1/decisions/\(id)/proof"))
        for _ in 0..<200 where receipt.status == 503 {
            pause(50)
            receipt = try #require(client.send("GET", "/v1/decisions/\(id)/proof"))
        }
        #expect(receipt.status == 200 && !receipt.body.contains(witness.cosigner.verifierKey.name))
        await service.end(SIGTERM)

        witness.behave(.honest)
        let again = try await site.serve(["env", "CALLGATE_WITNESSES=\(witness.setting)"])
        let reader = try Client(port: again.port, key: compliance)
        var cosigned = try #require(reader.send("GET", "/v1/log/checkpoint/cosigned"))
        for _ in 0..<600 where cosigned.status != 200 {
            pause(50)
            cosigned = try #require(reader.send("GET", "/v1/log/checkpoint/cosigned"))
        }
        #expect(cosigned.status == 200, "\(cosigned.body)")
        receipt = try #require(reader.send("GET", "/v1/decisions/\(id)/proof"))
        try site.folder.write(receipt.body, to: "receipt")
        let bundle = site.folder.path + "/bundle.zip"
        let made = try site.run("log", "evidence", "--decision", id, "-o", bundle, "--reason", "12378")
        #expect(made.code == 0, "\(made.out) \(made.err)")
        let backup = site.folder.path + "/backup.tar"
        #expect(try site.run("backup", backup).code == 0)
        await again.end(SIGTERM)

        let other = "\(try Cosigner(name: "witness.example/w1", seed: [UInt8](2...33)).verifierKey)"
        let vouched = ["--key", "\(key)", "--witness", "\(witness.cosigner.verifierKey)"]
        func judge(_ arguments: [String]) throws -> Ended {
            try callgate(["log", "verify"] + arguments, in: site.folder)
        }
        let whole = try site.run("log", "verify", "--key", "\(key)", "--witness", "\(witness.cosigner.verifierKey)")
        #expect(whole.code == 0 && whole.out.contains("witness      witness.example/w1: "), "\(whole.out) \(whole.err)")
        let alone = try judge(["--receipt", site.folder.path + "/receipt"] + vouched)
        #expect(alone.code == 0 && alone.out.contains("witness      witness.example/w1, at 20"), "\(alone.out)")
        for arguments in [["--receipt", site.folder.path + "/receipt"], site.options] {
            let wrong = try judge(arguments + ["--key", "\(key)", "--witness", other])
            #expect(wrong.code == 1 && wrong.out.hasPrefix("BROKEN: "), "\(wrong.out) \(wrong.err)")
            #expect(try judge(arguments + ["--key", "\(key)", "--witness", "\(key)"]).code == 2)
        }
        // Made at the command line, where no witness was named: it proves itself, and no more.
        #expect(try judge(["--bundle", bundle, "--key", "\(key)"]).code == 0)
        #expect(try judge(["--bundle", bundle] + vouched).code == 1)
        let restored = try callgate(
            ["restore", backup, "--data", site.folder.path + "/restored", "--keys", site.folder.path + "/data.keys"],
            in: site.folder)
        #expect(restored.code == 0, "\(restored.out) \(restored.err)")
    }

    /// Begun with the service, kept by every later process, verified by itself and beside the other key.
    @Test func theLogIsSignedWithSM2AsWell() async throws {
        let site = try Site()
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        var service = try await site.serve()
        var client = try Client(port: service.port, key: compliance)
        let key = try #require(client.send("GET", "/v1/log/key")).body.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try #require(client.send("GET", "/v1/log/key/sm2")).status == 404)
        await service.end(SIGTERM)
        service = try await site.serve([], ["--sm2"])
        client = try Client(port: service.port, key: compliance)
        let sm2 = try #require(client.send("GET", "/v1/log/key/sm2")).body
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let answer = try #require(
            try Client(port: service.port, key: dialer).send(
                "POST", "/v1/decisions", #"{"phone":"+8613800000001","purpose":"service"}"#))
        let id = String(try #require(answer.body.firstMatch(of: /"id":"([0-9a-f-]+)"/)?.1))
        await service.end(SIGTERM)
        // At the command line, without the option.
        let bundle = site.folder.path + "/bundle.zip"
        let made = try site.run("log", "evidence", "--decision", id, "-o", bundle, "--reason", "r")
        #expect(made.code == 0, "\(made.out) \(made.err)")
        let other = "\(try SM2Signer(name: try VerifierKey(key).name, secret: [UInt8](1...32)).verifierKey)"
        for keys in [[key, sm2], [sm2]] {
            let options = keys.flatMap { ["--key", $0] }
            let judged = try callgate(["log", "verify", "--bundle", bundle] + options, in: site.folder)
            #expect(judged.code == 0 && !judged.out.contains("compare it"), "\(judged.out) \(judged.err)")
            let whole = try callgate(["log", "verify"] + options + site.options, in: site.folder)
            #expect(whole.code == 0 && whole.out.contains("\nsm2          "), "\(whole.out) \(whole.err)")
        }
        for place in [["--bundle", bundle], site.options] {
            let judged = try callgate(["log", "verify", "--key", key, "--key", other] + place, in: site.folder)
            #expect(judged.code == 1 && judged.out.hasPrefix("BROKEN: "), "\(judged.out) \(judged.err)")
            #expect(try callgate(["log", "verify", "--key", sm2, "--key", other] + place, in: site.folder).code == 2)
        }
    }
}
