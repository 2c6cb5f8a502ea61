import Foundation
import HTTPTypes
import Testing

@Suite struct ReconciliationTests {
    @Test func recordsAreComparedAndTheFindingsFetched() async throws {
        try await withAPI { api in
            let records = "被叫,时间\n13812345678,2026-11-23 09:30:00\n"
            let made = try await api.post(
                "/v1/reconciliations?region=CN&source=pbx&tz=Asia/Shanghai", api.compliance, records,
                headers: [.contentType: "text/csv"])
            #expect(made.status == 202, "\(made.text)")
            let id = try #require(made["id"])
            var status = made
            while status["state"] == "running" {
                status = try await api.get("/v1/reconciliations/\(id)", api.compliance)
            }
            #expect(status["state"] == "done" && status["source"] == "pbx", "\(status.text)")
            #expect(status.json["differences"]?["no_permit"]?.value == .number("1"))
            let result = try await api.get("/v1/reconciliations/\(id)/result", api.compliance)
            #expect(result.headers[.contentType]?.hasPrefix("text/csv") == true)
            #expect(
                result.text.contains("no_permit,2,2026-11-23T01:30:00.000Z,2026-11-23T09:30:00.000+08:00,138****5678,"))
            #expect(try await api.send(.delete, "/v1/reconciliations/\(id)", api.compliance).status == 204)
            #expect(try await api.get("/v1/reconciliations/\(id)", api.compliance).status == 404)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: api.folder + "/data/reconciliations").isEmpty)
            #expect(!api.logs.lines.contains { $0.contains("12345678") })
        }
    }

    @Test func aFileThatCannotBeUsedFailsWithItsPlaces() async throws {
        try await withAPI { api in
            let made = try await api.post(
                "/v1/reconciliations?tz=Asia/Shanghai", api.compliance,
                "phone,at\n+8613812345678,soon\n+8613812345679,later\n")
            let id = try #require(made["id"])
            var status = made
            while status["state"] == "running" {
                status = try await api.get("/v1/reconciliations/\(id)", api.compliance)
            }
            #expect(status["state"] == "failed", "\(status.text)")
            #expect(status.text.contains("line 2, column 2") && status.text.contains("line 3, column 2"))
            #expect(try await api.get("/v1/reconciliations/\(id)/result", api.compliance)["code"] == "not-ready")
        }
    }

    @Test(arguments: ["format=pdf", "from=now", "column.colour=x", "colour=red", "region=CN&region=US", "prefix=x"])
    func aWrongRequestIsRefusedBeforeTheFileIsRead(_ query: String) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/reconciliations?\(query)", api.compliance, "phone,at\n")
            #expect(reply.status == 400 && reply["code"] == "invalid-request", "\(reply.text)")
            #expect(!FileManager.default.fileExists(atPath: api.folder + "/data/reconciliations"))
        }
    }
}
