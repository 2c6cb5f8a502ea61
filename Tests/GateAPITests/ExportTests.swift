import Documents
import Foundation
import HTTPTypes
import Testing

@Suite struct ExportTests {
    private func fill(_ api: API) async throws -> String {
        try await api.approveCallerID()
        let made = try await api.decide("\"agent\":\"=1+1\",\"customer\":\"0012\"")
        let report = "{\"outcome\":\"answered\",\"recording_ref\":\"@rec, \\\"1\\\"\"}"
        _ = try await api.post("/v1/decisions/\(made["id"]!)/outcome", api.dialer, report)
        _ = try await api.post("/v1/decisions", api.dialer, API.marketing(phone: "+8613812345679"))
        return made["id"]!
    }

    @Test func csvIsTextForASpreadsheetAndNamesNobody() async throws {
        try await withAPI { api in
            let id = try await fill(api)
            let reply = try await api.get(
                "/v1/decisions/export?format=csv&headers=zh&bom=true&tz=Asia/Shanghai", api.compliance)
            #expect(reply.status == 200 && reply.headers[.contentType]?.hasPrefix("text/csv") == true)
            #expect(reply.text.hasPrefix("\u{FEFF}主叫,被叫（脱敏）,时间,坐席工号,用途,处理过程,结果,录音编号,规则,"))
            let lines = reply.text.components(separatedBy: "\r\n")
            #expect(lines.count == 4 && lines[3].isEmpty)
            #expect(!reply.text.contains("1381234567"))
            for cell in [
                "\"'+862223456789\",", ",2026-11-23T10:30:00+08:00,\"'=1+1\",服务,",
                "允许外呼; 已接听 2026-11-23T10:30:00+08:00,已接听,\"'@rec, \"\"1\"\"\",",
                ",2026-11-23T02:30:00.000Z,",
                ",\(id),", ",\"'0012\",own,main",
            ] { #expect(lines[2].contains(cell), "\(cell) in \(lines[2])") }
            #expect(lines[1].contains(",禁止外呼,") && !lines[1].contains("允许"))
            let english = try await api.get("/v1/decisions/export?format=csv&verdict=deny", api.compliance)
            #expect(english.text.hasPrefix("caller_id,called_masked,time,agent,purpose,handling,result,"))
            #expect(english.text.components(separatedBy: "\r\n").count == 3 && english.text.contains(",deny,"))
        }
    }

    @Test func anExportIsRecordedBeforeItBegins() async throws {
        try await withAPI { api in
            _ = try await fill(api)
            let before = try await api.head()
            let reply = try await api.get(
                "/v1/decisions/export?campaign=nobody&customer=C-nobody-qjx&from=2026-11-23T00:00:00Z", api.compliance)
            #expect(reply.status == 200 && reply.text.isEmpty)
            #expect(reply.headers[.contentType]?.hasPrefix("application/x-ndjson") == true)
            _ = try await api.get("/v1/decisions/export?verdict=allow", api.operations)
            #expect(try await api.head() == before + 2)
            let bundle = try await api.get("/v1/log/tile/entries/000.p/\(before + 2)", api.compliance).text
            #expect(bundle.contains(#""what":"export""#) && bundle.contains(#""campaign":"nobody""#))
            #expect(bundle.contains(#""count":0"#) && bundle.contains(#""persons":["customer"]"#))
            #expect(!bundle.contains("qjx"))
        }
    }

    @Test func ndjsonHoldsEachDecisionOnItsLine() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            // More than are read at once.
            let calls = (0..<900).map { n in
                "{\"phone\":\"+86138\(10_000_000 + n)\",\"purpose\":\"service\",\"request_id\":\"r\(n)\"}"
            }
            let reply = try await api.post(
                "/v1/decisions/batch", api.dialer, "{\"calls\":[\(calls.joined(separator: ","))]}")
            #expect(reply.status == 200)
            let made = reply.json.list("answers").compactMap { $0["id"]?.string }
            let export = try await api.get("/v1/decisions/export", api.compliance)
            let lines = export.text.split(separator: "\n").map { try? JSONParser.parse(Array($0.utf8)) }
            #expect(lines.map { $0?["id"]?.string } == made.reversed())
            #expect(!export.text.contains("+861381"))
        }
    }

    @Test func whatIsWrongIsNamed() async throws {
        try await withAPI { api in
            for (query, pointer) in [
                ("format=pdf", "/format"), ("format=csv&headers=fr", "/headers"), ("format=csv&bom=1", "/bom"),
                ("headers=zh", "/headers"), ("limit=5", "/limit"), ("kind=mood", "/kind"), ("tz=Mars", "/tz"),
            ] {
                let reply = try await api.get("/v1/decisions/export?\(query)", api.compliance)
                #expect(reply.status == 400 && reply.pointers == [pointer], "\(query)")
            }
            #expect(try await api.get("/v1/decisions/export", api.dialer).status == 403)
            #expect(try await api.get("/v1/decisions/export", api.admin).status == 403)
        }
    }
}

extension API {
    /// How many entries are signed.
    fileprivate func head() async throws -> Int {
        let text = try await get("/v1/log/checkpoint", compliance).text
        return Int(text.split(separator: "\n")[1]) ?? -1
    }
}
