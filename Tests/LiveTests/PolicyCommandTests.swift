import Foundation
import GateTesting
import Testing

extension LiveTests {
    @Test func decidingAgainAndComparingEndWithTheirExitCodes() async throws {
        let site = try Site(caps: 2)
        #expect(try site.run("log", "replay").code == 3)
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        for _ in 0..<3 {
            _ = client.send("POST", "/v1/decisions", #"{"phone":"+8613800000001","purpose":"service"}"#)
        }
        // Beside the running service.
        let replay = try site.run("log", "replay")
        #expect(replay.code == 0 && replay.out == "3 equal, 0 different, 0 erased, 0 cannot be decided again\n")
        #expect(try site.run("log", "replay", "--from", "yesterday").code == 2)
        await service.end(SIGTERM)

        let pack = try String(contentsOfFile: site.folder.path + "/policy/CN/test/pack.yaml", encoding: .utf8)
        try site.folder.copyTree(repository + "/policy/core", to: "wider/core")
        try site.folder.write(pack.replacing("max: 2", with: "max: 3"), to: "wider/CN/test/pack.yaml")
        let (old, new) = (site.folder.path + "/policy", site.folder.path + "/wider")
        let looser = try site.run("policy", "diff", old, new)
        #expect(looser.code == 1 && looser.out.contains("looser   cn.test / t.attempts / max: 2 → 3\n"))
        #expect(looser.out.hasSuffix("0 stricter, 1 looser, 0 neither\n"))
        let stricter = try site.run("policy", "diff", new, old, "--json")
        #expect(stricter.code == 0 && stricter.out.contains(#""looser":false"#))
        let same = try site.run("policy", "diff", old, old)
        #expect(same.code == 0 && same.out == "the policies are the same\n")
        #expect(try site.run("policy", "diff", old, site.folder.path + "/nowhere").code == 2)

        let simulated = try site.run("policy", "simulate", "--candidate", new)
        #expect(simulated.code == 0 && simulated.out.contains("deny → allow: 1"))
        #expect(simulated.out.contains("138****0001") && !simulated.out.contains("13800000001"))
        #expect(try site.run("policy", "simulate", "--candidate", site.folder.path + "/nowhere").code == 2)

        // The looser one waits on disk for two persons.
        try site.folder.write(pack.replacing("max: 2", with: "max: 3"), to: "policy/CN/test/pack.yaml")
        let again = try await site.serve()
        let other = try Client(port: again.port, key: key)
        func asked() -> String? {
            other.send("POST", "/v1/decisions/preview", #"{"phone":"+8613800000001","purpose":"service"}"#)?.member(
                "verdict")
        }
        #expect(asked() == "deny")
        let shown = try site.run("policy", "activate", "--owner", "anna")
        let waiting = try #require(shown.out.firstMatch(of: /waiting   (sha256:\w+)/)).1
        #expect(shown.out.contains("looser   cn.test / t.attempts / max: 2 → 3"))
        #expect(try site.run("policy", "activate", String(waiting), "--owner", "anna").out.hasPrefix("noted for anna"))
        #expect(try site.run("policy", "activate", String(waiting), "--owner", "anna").code == 2)
        #expect(try site.run("policy", "activate", String(waiting), "--owner", "bert").out.hasSuffix("is in force\n"))
        for _ in 0..<100 where asked() != "allow" { pause(50) }
        #expect(other.send("GET", "/v1/policy")?.body.contains(#""proposed_by":"anna""#) == true)
        await again.end(SIGTERM)

        // Whoever changes the log is told of.
        let database = site.folder.path + "/data/log.sqlite"
        let sql = "UPDATE pinned SET bytes = x'80' WHERE length(bytes) < 2000"
        let process = try start(["sqlite3", database, sql], in: site.folder, as: "sqlite")
        #expect(process.wait() == .exit(0))
        let damaged = try site.run("log", "replay", "--json")
        #expect(damaged.code == 1 && damaged.out.contains("is not that zone"))
        #expect(damaged.out.hasSuffix(#"{"equal":0,"different":0,"erased":0,"unreadable":3,"dropped":0}"# + "\n"))
    }
}
