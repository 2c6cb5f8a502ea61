import Foundation
import HTTPTypes
import Testing

@Suite struct ScrubTests {
    @Test func aFileIsWashedAndFetched() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let listed = try await api.post(
                "/v1/lists/deceased/versions?mode=add&source=letter", api.operations, "+8613812345678")
            #expect(listed.status == 202 && listed["state"] == "active", "\(listed.text)")
            let before = try await api.countDecisions()
            let query = "?purpose=service&caller_id=%2B862223456789&attributes.sales_content=false&region=CN"
            let made = try await api.post(
                "/v1/scrubs" + query, api.operations, "手机号,姓名\n13812345678,Ming\n13912345678,Li\nnone,\n",
                headers: [.contentType: "text/csv"])
            #expect(made.status == 202, "\(made.text)")
            let id = try #require(made["id"])
            var status = made
            while status["state"] == "running" { status = try await api.get("/v1/scrubs/\(id)", api.operations) }
            #expect(status["state"] == "done" && status.json["rows"]?.value == .number("3"), "\(status.text)")
            #expect(status.json["allowed"]?.value == .number("1"), "\(status.text)")
            #expect(status.json["progress"]?.value == .number("1.000"))
            #expect(status.json["denied"]?.names.count == 2)
            let result = try await api.get("/v1/scrubs/\(id)/result", api.operations)
            let lines = result.text.split(separator: "\n").map(String.init)
            #expect(result.headers[.contentType]?.hasPrefix("text/csv") == true && lines.count == 4)
            #expect(lines[0].hasPrefix("手机号,姓名,callgate_verdict,") && lines[1].hasPrefix("13812345678,Ming,deny,cn."))
            #expect(lines[2] == "13912345678,Li,allow,,," && lines[3].hasPrefix("none,,deny,"))
            #expect(try await api.countDecisions() == before)
            let other = try await api.gate.makeKey(.operations, "others")
            for path in ["/v1/scrubs/\(id)", "/v1/scrubs/\(id)/result"] {
                #expect(try await api.get(path, other).status == 404)
            }
            #expect(try await api.send(.delete, "/v1/scrubs/\(id)", other).status == 404)
            #expect(try await api.send(.delete, "/v1/scrubs/\(id)", api.operations).status == 204)
            #expect(try await api.get("/v1/scrubs/\(id)", api.operations).status == 404)
            #expect(try FileManager.default.contentsOfDirectory(atPath: api.folder + "/data/scrubs").isEmpty)
            #expect(!api.logs.lines.contains { $0.contains("12345678") })
        }
    }

    @Test func aFileThatCannotBeWashedFailsWithItsPlace() async throws {
        try await withAPI { api in
            let made = try await api.post(
                "/v1/scrubs?purpose=service", api.operations, "phone,mode\n1,live\n2,shouted\n")
            let id = try #require(made["id"])
            var status = made
            while status["state"] == "running" { status = try await api.get("/v1/scrubs/\(id)", api.operations) }
            #expect(status["state"] == "failed" && status["problem"]?.contains("mode") == true, "\(status.text)")
            #expect(status.json["line"]?.value == .number("3") && status.json["column"]?.value == .number("2"))
            #expect(try await api.get("/v1/scrubs/\(id)/result", api.operations)["code"] == "not-ready")
        }
    }

    @Test(arguments: [
        "", "purpose=selling", "purpose=service&mode=loud", "purpose=service&colour=red", "purpose=service&at=now",
    ])
    func aWrongRequestIsRefusedBeforeTheFileIsRead(_ query: String) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/scrubs?\(query)", api.operations, "phone\n1\n")
            #expect(reply.status == 400)
            #expect(!FileManager.default.fileExists(atPath: api.folder + "/data/scrubs"))
        }
    }
}
