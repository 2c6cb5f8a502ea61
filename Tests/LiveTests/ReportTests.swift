import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// Both commands beside a running service, with their exit codes.
    @Test func recordsAreComparedAndAReportIsMadeBesideTheService() async throws {
        let site = try Site(caps: 10)
        let folder = site.folder.path
        try site.folder.write("phone,at\n+8613800000009,2026-01-05T10:00:00+08:00\n", to: "records.csv")
        #expect(try site.run("reconcile", folder + "/records.csv").code == 3)
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        for n in 1...3 {
            _ = client.send("POST", "/v1/decisions", #"{"phone":"+861380000000\#(n)","purpose":"service"}"#)
        }
        let differs = try site.run("reconcile", folder + "/records.csv", "-o", folder + "/differences.csv")
        #expect(differs.code == 1 && differs.out.contains("         1  no_permit\n"), "\(differs.out) \(differs.err)")
        let findings = try String(contentsOfFile: folder + "/differences.csv", encoding: .utf8)
        #expect(findings.contains("138****0009") && !findings.contains("13800000009"))
        try site.folder.write("phone,at\n+8613800000009,soon\n", to: "bad.csv")
        let bad = try site.run("reconcile", folder + "/bad.csv")
        #expect(bad.code == 2 && bad.err.contains("line 2, column 2"))
        #expect(try site.run("reconcile", folder + "/records.csv", "--format", "pdf").code == 2)

        // To the second, and the last decision may be of this one.
        pause(1100)
        let now = Date.now.ISO8601Format()
        func report(_ output: String) throws -> Ended {
            try site.run("report", "--from", "2026-01-01T00:00:00Z", "--to", now, "--lang", "en", "-o", output)
        }
        let made = try report(folder + "/out")
        #expect(made.code == 0 && made.out.hasPrefix("3 decisions, 3 allowed, 0 denied\n"), "\(made.out) \(made.err)")
        let page = try String(contentsOfFile: folder + "/out/report.html", encoding: .utf8)
        #expect(
            page.contains("Outbound calling: periodic audit report")
                && page.contains("The list of calls is in calls.csv"))
        let calls = try String(contentsOfFile: folder + "/out/calls.csv", encoding: .utf8)
        #expect(calls.contains("138****0001") && !calls.contains("13800000001"))
        #expect(try report(folder + "/out").code == 2)
        #expect(try site.run("report", "--from", now, "--to", "2026-01-01T00:00:00Z", "-o", folder + "/no").code == 2)
        await service.end(SIGTERM)
        #expect(try site.run("log", "verify").code == 0)
    }
}
