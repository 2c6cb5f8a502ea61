import Foundation
import GateTesting
import Testing

extension LiveTests {
    @Test func anEmergencyEnteredAtTheCommandLineHoldsForTheNextDecisionOfTheService() async throws {
        let site = try Site()
        let path = "policy/CN/test/pack.yaml"
        let pack = try String(contentsOfFile: "\(site.folder.path)/\(path)", encoding: .utf8)
        let rule =
            "  - {id: t.emergency, kind: stop, status: law, citation: c, message: {en: m, zh: m}, parameters: {emergency: declared}}\n"
        try site.folder.write(pack + rule, to: path)
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        func reason() -> String? {
            client.send("POST", "/v1/decisions/preview", #"{"phone":"+8613800000001","purpose":"service"}"#)?
                .member("reason")
        }
        #expect(reason() == nil)
        func declare(_ place: String) throws -> Ended {
            try site.run(
                "emergency", "declare", "--jurisdiction", place, "--kind", "typhoon", "--declared-by", "authority",
                "--source", "notice 1", "--owner", "anna")
        }
        #expect(try declare("JP").code == 2)
        #expect(try site.run("emergency", "list").out.isEmpty)
        let declared = try declare("CN-GD")
        #expect(declared.code == 0, "\(declared.err)")
        #expect(reason() == "t.emergency")
        let id = declared.out.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try site.run("emergency", "end", id, "--owner", "anna").code == 2)
        #expect(reason() == "t.emergency")
        #expect(try site.run("emergency", "end", id, "--owner", "bert").code == 0)
        #expect(reason() == nil)
        let listed = try site.run("emergency", "list").out
        #expect(listed.contains(id) && listed.contains("\"ended_at\":\"") && listed.contains("typhoon"))
        await service.end(SIGTERM)
    }
}
