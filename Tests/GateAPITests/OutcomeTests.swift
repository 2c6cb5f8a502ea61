import Documents
import HTTPTypes
import Testing

@Suite struct OutcomeTests {
    @Test func reportsByIDByRequestIDAndByAddress() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let first = try await api.decide("\"request_id\":\"one\"")
            let id = first["id"]!
            let body = """
                {"outcome":"answered","agent":"A1","caller_id":"+862223456789","dialed_at":"2026-11-23T10:30:01+08:00",
                 "answered_at":"2026-11-23T10:30:05+08:00","ended_at":"2026-11-23T10:31:05+08:00","duration_seconds":60,
                 "recording_ref":"r"}
                """
            let reply = try await api.post("/v1/decisions/\(id)/outcome", api.dialer, body)
            #expect(reply.status == 200)
            #expect(reply.json.names == ["id", "decision", "outcome", "attempt", "findings"])
            #expect(reply["attempt"] == "settled" && reply["decision"] == id)
            #expect(try await api.post("/v1/decisions/\(id)/outcome", api.dialer, body).text == reply.text)
            let other = try await api.get("/v1/outcome?request_id=one&outcome=busy", api.dialer)
            #expect(other.json.list("findings").map(\.string) == ["contradicts"])
            #expect(try await api.get("/v1/decisions/\(id)", api.compliance)["outcome"] == "answered")

            let second = try await api.decide("\"request_id\":\"two\"", phone: "+8613812345679")
            let text = try await api.get(
                "/v1/outcome?id=\(second["id"]!)&disposition=NA&caller_id=+862223456789&duration_seconds=0&format=text",
                api.dialer)
            #expect(text.text.hasPrefix("OK ") && text.text.hasSuffix(" no_answer\n"), "\(text.text)")
            let third = try await api.decide(phone: "+8613812345680")
            let open = try await api.send(.post, "/v1/outcome?id=\(third["id"]!)&disposition=ODD", api.dialer)
            #expect(open["attempt"] == "open" && open.json.list("findings").first?.string == "unmapped_disposition")
            #expect(try await api.get("/v1/decisions/\(third["id"]!)", api.compliance)["outcome"] == "open")
        }
    }

    @Test func refusesWhatCannotBeReported() async throws {
        try await withAPI { api in
            let denied = try await api.decide()
            let reply = try await api.post(
                "/v1/decisions/\(denied["id"]!)/outcome", api.dialer, "{\"outcome\":\"busy\"}")
            #expect(reply.status == 409 && reply["code"] == "not-an-allow" && reply["id"] == denied["id"])
            for id in ["x", "0199f0a0-0000-7000-8000-000000000000", denied["id"]!.replacing("0", with: "1")] {
                let reply = try await api.post("/v1/decisions/\(id)/outcome", api.dialer, "{\"outcome\":\"busy\"}")
                #expect(reply.status == 404)
            }
            for body in [
                "{}", "{\"outcome\":\"lunch\"}", "{\"outcome\":\"busy\",\"dialed_at\":\"2026-11-23T10:30:01\"}",
                "{\"outcome\":\"busy\",\"duration_seconds\":-1}", "{\"outcome\":\"busy\",\"duration_seconds\":1.5}",
                "{\"outcome\":\"opted_out\",\"purposes\":[\"sell\"]}", "{\"outcome\":\"busy\",\"id\":\"x\"}",
            ] {
                let reply = try await api.post("/v1/decisions/\(denied["id"]!)/outcome", api.dialer, body)
                #expect(reply.status == 400, "\(body)")
            }
            #expect(try await api.get("/v1/outcome?outcome=busy", api.dialer).status == 400)
            #expect(try await api.get("/v1/outcome?id=a&request_id=b&outcome=busy", api.dialer).status == 400)
            #expect(try await api.get("/v1/outcome?id=a&outcome=busy&outcome=failed", api.dialer).status == 400)
        }
    }

    @Test func aBatchReportsInOrderAndEachByItself() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let first = try await api.decide("\"request_id\":\"one\"")
            let body = """
                {"outcomes":[{"request_id":"one","outcome":"busy"},{"request_id":"none","outcome":"busy"},
                 {"id":"\(first["id"]!)","outcome":"lunch"},{"id":"\(first["id"]!)","outcome":"busy"}]}
                """
            let reply = try await api.post("/v1/outcomes/batch", api.dialer, body)
            let results = reply.json.list("results")
            #expect(reply.status == 200 && results.count == 4)
            #expect(results[0]["outcome"]?.string == "busy")
            #expect(results[1]["error"]?["status"]?.value == .number("404"))
            #expect(results[2]["error"]?["status"]?.value == .number("400"))
            #expect(results[3]["id"]?.string == results[0]["id"]?.string)
            let many = "{\"outcomes\":[" + Array(repeating: "{}", count: 1001).joined(separator: ",") + "]}"
            #expect(try await api.post("/v1/outcomes/batch", api.dialer, many).status == 400)
        }
    }

    @Test func notDialedIsTakenTenMinutesLongerThanTheAllow() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let first = try await api.decide()
            api.clock.set("2026-11-23T10:41:00+08:00")
            let last = try await api.post(
                "/v1/decisions/\(first["id"]!)/outcome", api.dialer, "{\"outcome\":\"not_dialed\"}")
            #expect(last.status == 200)
            let second = try await api.decide(phone: "+8613812345679")
            api.clock.set("2026-11-23T10:52:01+08:00")
            let path = "/v1/decisions/\(second["id"]!)/outcome"
            #expect(try await api.post(path, api.dialer, "{\"outcome\":\"not_dialed\"}")["code"] == "too-late")
            #expect(try await api.post(path, api.compliance, "{\"outcome\":\"not_dialed\"}").status == 400)
            #expect(
                try await api.post(path, api.compliance, "{\"outcome\":\"not_dialed\",\"reason\":\"cdr\"}").status
                    == 200)
        }
    }

    @Test func aDialerReportsAndSeesItsOwnVendorOnly() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let other = try await api.gate.makeKey(.dialer, "agency", vendors: ["agency"])
            let mine = try await api.decide("\"request_id\":\"x\"")
            #expect(
                try await api.post("/v1/decisions/\(mine["id"]!)/outcome", other, "{\"outcome\":\"busy\"}").status
                    == 404)
            #expect(try await api.get("/v1/decisions/\(mine["id"]!)", other).status == 404)
            #expect(try await api.get("/v1/outcome?request_id=x&outcome=busy", other).status == 404)
            #expect(try await api.get("/v1/decisions", other).json.list("decisions").isEmpty)
            #expect(
                try await api.get("/v1/decisions", api.dialer).json.list("decisions").first?["phone"]?.string
                    == "+8613812345678")
        }
    }

    @Test func whatTheCustomerSaysChangesTheNextDecision() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.consent()
            let allow = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(allow["verdict"] == "allow", "\(allow.rules)")
            _ = try await api.post(
                "/v1/decisions/\(allow["id"]!)/outcome", api.dialer, "{\"outcome\":\"wrong_number\"}")
            let next = try await api.decide()
            #expect(next.rules.contains("cn.person.reassigned"))
            let marketing = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(marketing.kinds.contains("consent"))
        }
    }
}
