import Foundation
import GateTesting
import Testing

extension LiveTests {
    @Test func decisionsAreExportedFromTheDataFolder() async throws {
        let site = try Site(caps: 1000)
        #expect(try site.run("log", "export").code == 3)
        let dialer = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: dialer)
        var allowed = 0
        for n in 0..<20 {
            let body = #"{"phone":"+8613800001\#(100 + n)","purpose":"service","request_id":"r-\#(n)"}"#
            if client.send("POST", "/v1/decisions", body)?.member("verdict") == "allow" { allowed += 1 }
        }
        #expect(allowed > 0)
        // Beside the service.
        let beside = try site.run("log", "export", "--format", "csv", "--headers", "zh", "--bom")
        #expect(beside.code == 0 && beside.out.contains("主叫,"), "\(beside.err)")
        await service.end(SIGTERM)
        let file = site.folder.path + "/decisions.ndjson"
        let ended = try site.run("log", "export", "--verdict", "allow", "-o", file)
        #expect(ended.code == 0 && ended.out.isEmpty, "\(ended.err)")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(ended.err == "\(allowed) decisions\n" && lines.count == allowed)
        #expect(try site.run("log", "export", "--tz", "Mars").code == 2)
        #expect(try site.run("log", "export", "--verdict", "maybe").code == 2)
        #expect(try site.run("log", "verify").code == 0)
    }
}
