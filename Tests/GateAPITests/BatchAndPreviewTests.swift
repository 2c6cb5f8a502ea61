import Documents
import HTTPTypes
import Testing

@Suite struct BatchAndPreviewTests {
    @Test func aBadCallHarmsNoOther() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let calls = [
                API.call("\"request_id\":\"1\""), "{\"request_id\":\"2\",\"phone\":\"none\"}", API.call(), "7",
                API.call("\"request_id\":\"1\""), API.call("\"request_id\":\"1\",\"agent\":\"A\""),
                API.call("\"request_id\":\"5\""), API.call("\"request_id\":\"6\"", phone: "+8613812345679"),
            ]
            let reply = try await api.post(
                "/v1/decisions/batch", api.dialer, "{\"calls\":[\(calls.joined(separator: ","))]}")
            #expect(reply.status == 200)
            let answers = reply.json.list("answers")
            #expect(answers.count == 8)
            #expect(answers[0]["verdict"]?.string == "allow")
            #expect(answers[1]["error"]?["status"]?.value == .number("400"))
            #expect(answers[2]["error"]?.list("errors").first?["pointer"]?.string == "/request_id")
            #expect(answers[3]["error"]?["status"]?.value == .number("400"))
            #expect(answers[4]["id"]?.string == answers[0]["id"]?.string)
            #expect(answers[5]["error"]?["code"]?.string == "request-id-reused")
            // Decided in order: the fifth sees the reservation of the first.
            #expect(answers[6].list("reasons").first?["kind"]?.string == "frequency")
            #expect(answers[7]["verdict"]?.string == "allow")
        }
    }

    @Test func aThousandCallsAreTakenAndOneMoreIsNot() async throws {
        try await withAPI { api in
            func batch(_ count: Int) -> String {
                let calls = (0..<count).map { API.call("\"request_id\":\"r\($0)\"", phone: "+86138\(12_000_000 + $0)") }
                return "{\"calls\":[\(calls.joined(separator: ","))]}"
            }
            let most = try await api.post("/v1/decisions/batch", api.dialer, batch(1000))
            #expect(most.status == 200 && most.json.list("answers").count == 1000)
            #expect(try await api.post("/v1/decisions/batch", api.dialer, batch(1001)).status == 400)
            for body in ["{}", "[]", "{\"calls\":{}}", "{\"calls\":[],\"x\":1}", "{\"calls\":null}"] {
                #expect(try await api.post("/v1/decisions/batch", api.dialer, body).status == 400, "\(body)")
            }
            #expect(
                try await api.post("/v1/decisions/batch", api.dialer, "{\"calls\":[]}").json.list("answers").isEmpty)
        }
    }

    @Test func aPreviewReservesNothingAndHasNoID() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            for key in [api.dialer, api.operations, api.compliance, api.dialer] {
                let reply = try await api.post("/v1/decisions/preview", key, API.call("\"permit\":true"))
                #expect(reply["verdict"] == "allow")
                #expect(reply.json["id"]?.isNull == true && reply.json["permit"]?.isNull == true)
            }
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test func aPreviewTakesFactsAndATime() async throws {
        try await withAPI { api in
            let facts =
                "\"facts\":{\"consents\":[{\"purposes\":[\"marketing\"],\"obtained_at\":\"2026-01-05T10:00:00+08:00\"}]}"
            let day = try await api.post("/v1/decisions/preview", api.operations, API.marketing(facts))
            #expect(day["verdict"] == "allow", "\(day.rules)")
            let night = try await api.post(
                "/v1/decisions/preview", api.operations, API.marketing(facts + ",\"at\":\"2026-11-23T21:00:00+08:00\""))
            #expect(night.kinds == "hours" && night["retry_at"] == "2026-11-24T01:00:00.000Z")
            #expect(night["decided_at"] == "2026-11-23T13:00:00.000Z")
            // Without facts: those on record, where no consent is.
            #expect(
                try await api.post("/v1/decisions/preview", api.operations, API.marketing()).kinds.contains("consent"))
            for bad in [
                "\"at\":\"2026-11-23T21:00:00\"", "\"facts\":[]", "\"facts\":{\"mood\":1}",
                "\"facts\":{\"unavailable\":[\"moon\"]}", "\"att\":1",
            ] {
                let reply = try await api.post("/v1/decisions/preview", api.operations, API.marketing(bad))
                #expect(reply.status == 400, "\(bad)")
            }
            for at in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+23:59"] {
                let reply = try await api.post(
                    "/v1/decisions/preview", api.operations, API.marketing("\"at\":\"\(at)\""))
                #expect(reply.status == 200 && reply["verdict"] == "deny", "\(at)")
            }
        }
    }
}
