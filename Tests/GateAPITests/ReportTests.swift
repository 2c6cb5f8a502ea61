import Foundation
import HTTPTypes
import Testing

@Suite struct ReportTests {
    private static let period = "from=2026-11-22T00:00:00%2B08:00&to=2026-11-23T00:00:00%2B08:00&tz=Asia/Shanghai"

    @Test func thePageAndATableAreGiven() async throws {
        try await withAPI { api in
            let page = try await api.get("/v1/reports?\(Self.period)", api.compliance)
            #expect(page.status == 200 && page.text.contains("外呼合规定期审计报告"), "\(page.text.prefix(300))")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let calls = try await api.get("/v1/reports?\(Self.period)&format=csv&headers=en&bom=true", api.compliance)
            #expect(calls.text.hasPrefix("\u{FEFF}caller,called (masked),"), "\(calls.text)")
            let changes = try await api.get("/v1/reports?\(Self.period)&format=csv&table=changes", api.compliance)
            #expect(changes.text.hasPrefix("时间（UTC）,"))
            // Nothing is left on the disk.
            #expect(try FileManager.default.contentsOfDirectory(atPath: api.folder + "/data/reports").isEmpty)
        }
    }

    @Test(arguments: [
        "", "from=2026-11-22T00:00:00Z", "from=x&to=y", "\(Self.period)&format=pdf", "\(Self.period)&table=all",
        "\(Self.period)&headers=fr", "\(Self.period)&colour=red", "\(Self.period)&tz=Nowhere/Land",
        "from=2026-11-22T00:00:00Z&to=2099-01-01T00:00:00Z",
    ])
    func aWrongRequestIsRefused(_ query: String) async throws {
        try await withAPI { api in
            let reply = try await api.get("/v1/reports?\(query)", api.compliance)
            #expect(reply.status == 400 && reply["code"] == "invalid-request", "\(reply.text)")
        }
    }
}
