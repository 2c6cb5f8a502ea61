import Documents
import HTTPTypes
import Testing

@Suite struct ImportTests {
    private static let csv: HTTPFields = [.contentType: "text/csv; charset=utf-8"]
    private static let ndjson: HTTPFields = [.contentType: "application/x-ndjson"]
    private static let consents = """
        来源编号,手机号,用途,产品,呼叫方式,同意方式,取得时间
        1,+8613812345678,marketing,card,live,recorded_voice,2026-06-10 10:00

        """

    /// The import once it goes on by itself no further.
    private static func settled(_ api: API, _ reply: Reply, _ key: String) async throws -> Reply {
        await api.gate.settleImports()
        return try await api.get("/v1/imports/\(reply["id"] ?? "")", key)
    }

    @Test func consentsAsCSVCountOnceAnotherPersonApprovedThem() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let path = "/v1/consents?source=crm&tz=Asia/Shanghai"
            let sent = try await api.post(path, api.operations, Self.consents, headers: Self.csv)
            #expect(sent.status == 202 && sent["state"] == "checking")
            #expect(sent.headers[.location] == "/v1/imports/\(sent["id"]!)")
            let ready = try await Self.settled(api, sent, api.operations)
            #expect(ready["state"] == "ready" && ready.json["rows"]?.value == .number("1"))
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing()).kinds.contains("consent"))
            let approval = "/v1/imports/\(sent["id"]!)/approval"
            let same = try await api.gate.makeKey(.compliance, "two hats", owner: "operations")
            #expect(try await api.post(approval, same, "").status == 403)
            #expect(try await api.post("/v1/imports/none/approval", api.compliance, "").status == 404)
            let approved = try await api.post(approval, api.compliance, "")
            #expect(approved.status == 200 && approved["state"] == "applied")
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing())["verdict"] == "allow")
            // The same file again.
            let again = try await api.post(path, api.operations, Self.consents, headers: Self.csv)
            _ = try await Self.settled(api, again, api.operations)
            let unchanged = try await api.post("/v1/imports/\(again["id"]!)/approval", api.compliance, "")
            #expect(unchanged.json["unchanged"]?.value == .number("1"))
            let all = try await api.get("/v1/imports", api.compliance).json.list("imports")
            #expect(Set(all.map { $0["id"]?.string }) == [again["id"], sent["id"]])
            #expect(all.allSatisfy { $0["kind"]?.string == "consents" && $0["uploaded_by"]?.string == "operations" })
        }
    }

    @Test func aDialerSendsRefusalsAndSeesItsOwnFilesOnly() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let row = "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"evidence_ref\":\"R-1\"}\n"
            let sent = try await api.post("/v1/opt-outs", api.dialer, row, headers: Self.ndjson)
            #expect(sent.status == 202)
            #expect(try await Self.settled(api, sent, api.dialer)["state"] == "applied")
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing()).kinds.contains("suppression"))
            let other = try await api.gate.makeKey(.dialer, "other")
            for path in ["/v1/imports/\(sent["id"]!)", "/v1/imports/\(sent["id"]!)/rejects"] {
                #expect(try await api.get(path, other).status == 404)
                #expect(try await api.get(path, api.dialer).status == 200)
                #expect(try await api.get(path, api.compliance).status == 200)
            }
            #expect(try await api.post("/v1/consents", api.dialer, row, headers: Self.ndjson).status == 403)
        }
    }

    @Test func faultsAreDownloadedWithTheirPlacesAndWithoutNumbers() async throws {
        try await withAPI { api in
            let text = "phone,purposes\n+8613812345678,care\n+8613812345678,+8613812345678\nnobody,care\n"
            let sent = try await api.post("/v1/opt-outs", api.operations, text, headers: Self.csv)
            let refused = try await Self.settled(api, sent, api.operations)
            #expect(refused["state"] == "rejected" && refused["reason"]?.hasPrefix("2 of 3 rows") == true)
            #expect(refused.json["accepted"]?.value == .number("1"))
            let report = try await api.get("/v1/imports/\(sent["id"]!)/rejects", api.operations)
            #expect(report.headers[.contentType] == "text/csv; charset=utf-8")
            let lines = report.text.split(whereSeparator: \.isNewline)
            #expect(lines.count == 3 && lines[0] == "line,column,pointer,reason")
            #expect(lines[1].hasPrefix("3,2,\"/purposes\"") && lines[2].hasPrefix("4,1,\"/phone\""))
            #expect(!report.text.contains("13812345678"))
            #expect(try await api.post("/v1/imports/\(sent["id"]!)/approval", api.compliance, "").status == 409)
        }
    }

    @Test func howAFileIsReadMustBeSaidRight() async throws {
        try await withAPI { api in
            for query in ["tz=Nowhere/None", "bad_rows=perhaps", "colour=1", "source=a&source=b"] {
                let reply = try await api.post("/v1/opt-outs?\(query)", api.operations, "phone\n", headers: Self.csv)
                #expect(reply.status == 400, "\(query)")
            }
            #expect(try await api.get("/v1/imports", api.operations).json.list("imports").isEmpty)
            #expect(try await api.get("/v1/imports/none", api.operations).status == 404)
        }
    }

    @Test func manyRowsOfWhatIsApprovedAreReceivedAsAFile() async throws {
        try await withAPI { api in
            let rows = (1...1001).map { n in
                "{\"source\":\"pbx\",\"source_ref\":\"\(n)\",\"at\":\"2026-11-20T10:29:00+08:00\",\"phone\":\"+86138000\(10_000 + n)\",\"purpose\":\"service\"}\n"
            }
            let sent = try await api.post("/v1/attempts", api.operations, rows.joined(), headers: Self.ndjson)
            #expect(sent.status == 202)
            let ready = try await Self.settled(api, sent, api.operations)
            #expect(ready["state"] == "ready" && ready.json["accepted"]?.value == .number("1001"))
            let approval = try await api.post("/v1/attempts/\(sent["id"]!)/approval", api.compliance, "")
            #expect(approval.status == 200)
            #expect(try await Self.settled(api, sent, api.operations)["state"] == "applied")
        }
    }

    @Test func campaignsAndCallerIDsComeInForceWithTheirFile() async throws {
        try await withAPI { api in
            let files = [
                ("caller-ids", "number,purposes\n+862223456789,all\n"), ("campaigns", "id,purpose\nc-1,service\n"),
            ]
            for (route, text) in files {
                let sent = try await api.post("/v1/\(route)", api.operations, text, headers: Self.csv)
                #expect(sent.status == 202)
                #expect(try await Self.settled(api, sent, api.operations)["state"] == "ready")
                #expect(try await api.post("/v1/imports/\(sent["id"]!)/approval", api.compliance, "").status == 200)
            }
            #expect(try await api.decide("\"campaign\":\"c-1\"")["verdict"] == "allow")
        }
    }
}
