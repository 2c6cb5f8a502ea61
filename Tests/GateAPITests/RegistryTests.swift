import Documents
import HTTPTypes
import Testing

@Suite struct RegistryTests {
    @Test func aStopDeniesAtOnceAndNeedsAnotherPersonToLift() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let made = try await api.post(
                "/v1/stops", api.operations,
                "{\"purposes\":[\"service\"],\"until\":\"2026-11-23T12:00:00+08:00\",\"reason\":\"outage\"}")
            #expect(made.status == 201 && made["state"] == "in_force")
            let denied = try await api.decide()
            #expect(denied["reason"] == "core.stop" && denied["retry_at"] == "2026-11-23T04:00:00.000Z")
            for key in [api.dialer, api.operations, api.compliance, api.admin] {
                let stops = try await api.get("/v1/stops", key)
                #expect(stops.json.list("stops").first?["reason"]?.string == "outage")
            }
            let path = "/v1/stops/\(made["id"]!)/lift"
            for key in [api.operations, api.admin, api.dialer] {
                #expect(try await api.post(path, key, "").status == 403)
            }
            let nowhere = try await api.post("/v1/stops", api.operations, "{\"jurisdictions\":[\"XX\"]}")
            #expect(nowhere.status == 400 && nowhere.pointers == ["/jurisdictions"])
            let own = try await api.post("/v1/stops", api.compliance, "{\"all\":true}")
            #expect(try await api.post("/v1/stops/\(own["id"]!)/lift", api.compliance, "").status == 403)
            let second = try await api.gate.makeKey(.compliance, "second")
            #expect(try await api.post("/v1/stops/\(own["id"]!)/lift", second, "").status == 200)
            #expect(try await api.post(path, api.compliance, "{\"reason\":\"over\"}").status == 200)
            #expect(try await api.post(path, api.compliance, "").status == 404)
            #expect(try await api.decide()["verdict"] == "allow")
            #expect(try await api.post("/v1/stops", api.dialer, "{\"all\":true}").status == 403)
            for body in [
                "{}", "{\"all\":\"yes\"}", "{\"all\":true,\"until\":\"2026-11-23T10:00:00+08:00\"}",
                "{\"purposes\":[\"sell\"]}", "{\"everything\":true}", "{\"caller_ids\":[\"own line\"]}",
                // Without a region it is no call's caller id, and would halt nothing.
                "{\"caller_ids\":[\"02223456789\"]}",
            ] {
                #expect(try await api.post("/v1/stops", api.admin, body).status == 400)
            }
        }
    }

    @Test func aCallerIDIsUsedOnceApprovedByAnotherOwner() async throws {
        try await withAPI { api in
            let made = try await api.post(
                "/v1/caller-ids", api.operations,
                "{\"number\":\"022 2345 6789\",\"region\":\"CN\",\"filing_ref\":\"f\"}")
            #expect(made.status == 201 && made["state"] == "pending")
            #expect(try await api.decide().kinds.contains("caller_id"))
            let path = "/v1/caller-ids/\(made["id"]!)"
            let same = try await api.gate.makeKey(.compliance, "two hats", owner: "operations")
            #expect(try await api.post(path + "/approval", same, "").status == 403)
            #expect(try await api.post(path + "/approval", api.operations, "").status == 403)
            #expect(try await api.post(path + "/approval", api.compliance, "").status == 200)
            #expect(try await api.decide()["verdict"] == "allow")
            #expect(
                try await api.get("/v1/caller-ids", api.operations).json.list("caller_ids").first?["state"]?.string
                    == "in_force")
            #expect(try await api.post(path + "/withdrawal", api.operations, "").status == 200)
            #expect(try await api.decide().kinds.contains("caller_id"))
            #expect(try await api.post(path + "/approval", api.compliance, "").status == 404)
            #expect(try await api.post("/v1/caller-ids/none/approval", api.compliance, "").status == 404)
            #expect(try await api.post("/v1/caller-ids", api.operations, "{\"number\":\"x\"}").status == 400)
        }
    }

    @Test func aNewFilingOfACallerIDLeavesTheOneInForce() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let again = try await api.post(
                "/v1/caller-ids", api.operations, "{\"number\":\"+862223456789\",\"purposes\":[\"survey\"]}")
            #expect(again["state"] == "pending")
            #expect(try await api.decide()["verdict"] == "allow")
            _ = try await api.post("/v1/caller-ids/\(again["id"]!)/approval", api.compliance, "")
            #expect(try await api.decide(phone: "+8613812345679").kinds.contains("caller_id"))
        }
    }

    @Test func aCampaignNeedsApprovalAfterEveryChangeAndCanBePaused() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            func campaign(_ ends: String) -> String {
                "{\"id\":\"c1\",\"purpose\":\"service\",\"caller_ids\":[\"+862223456789\"],\"starts_at\":\"2026-11-01T00:00:00+08:00\",\"ends_at\":\"\(ends)\",\"attributes\":{\"sales_content\":false}}"
            }
            // The campaign's attributes stand for those that a call leaves out.
            let call =
                "{\"phone\":\"+8613812345678\",\"purpose\":\"service\",\"caller_id\":\"+862223456789\",\"campaign\":\"c1\"}"
            #expect(
                try await api.post("/v1/campaigns", api.operations, campaign("2026-12-01T00:00:00+08:00")).status == 201
            )
            #expect(try await api.post("/v1/decisions", api.dialer, call).kinds.contains("campaign"))
            #expect(try await api.post("/v1/campaigns/c1/approval", api.compliance, "").status == 200)
            let allow = try await api.post("/v1/decisions/preview", api.dialer, call)
            #expect(allow["verdict"] == "allow", "\(allow.rules)")
            // A change that waits changes nothing yet, and does not keep the campaign from being paused.
            _ = try await api.post("/v1/campaigns", api.operations, campaign("2026-12-02T00:00:00+08:00"))
            #expect(try await api.post("/v1/decisions/preview", api.dialer, call)["verdict"] == "allow")
            #expect(try await api.post("/v1/campaigns/c1/pause", api.operations, "").status == 200)
            #expect(try await api.post("/v1/decisions/preview", api.dialer, call).kinds.contains("campaign"))
            let states = try await api.get("/v1/campaigns", api.operations).json.list("campaigns").compactMap {
                $0["state"]?.string
            }
            #expect(states == ["paused", "pending"])
            // The approval of a change leaves the pause; that of what is paused ends it.
            _ = try await api.post("/v1/campaigns/c1/approval", api.compliance, "")
            #expect(try await api.post("/v1/decisions/preview", api.dialer, call).kinds.contains("campaign"))
            #expect(try await api.post("/v1/campaigns/c1/approval", api.compliance, "").status == 200)
            #expect(try await api.post("/v1/decisions/preview", api.dialer, call)["verdict"] == "allow")
            #expect(try await api.post("/v1/campaigns/none/approval", api.compliance, "").status == 404)
            #expect(try await api.post("/v1/campaigns", api.operations, "{\"id\":\"x\"}").status == 400)
        }
    }

    @Test func aVendorCallsUnderItsMandate() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let agency = try await api.gate.makeKey(.dialer, "agency", vendors: ["agency"])
            let before = try await api.decide(key: agency)
            #expect(before.rules.contains("cn.vendor"), "\(before.rules)")
            let body =
                "{\"id\":\"agency\",\"name\":\"Agency\",\"mandate_ref\":\"m1\",\"purposes\":[\"service\"],\"products\":[\"all\"],\"from\":\"2026-01-01T00:00:00+08:00\",\"to\":\"2027-01-01T00:00:00+08:00\"}"
            #expect(try await api.post("/v1/vendors", api.operations, body).status == 403)
            #expect(try await api.post("/v1/vendors", api.compliance, body).status == 201)
            let after = try await api.decide(key: agency)
            #expect(after["verdict"] == "allow", "\(after.rules)")
            #expect(try await api.post("/v1/vendors", api.compliance, "{\"id\":\"a\"}").status == 400)
        }
    }

    @Test func anApprovedCalendarMakesTheNextYearDecidable() async throws {
        try await withAPI(at: "2026-11-23T10:30:00+08:00") { api in
            try await api.approveCallerID()
            _ = try await api.consent()
            let body = API.marketing("\"at\":\"2027-03-01T10:30:00+08:00\"")
            let before = try await api.post("/v1/decisions/preview", api.dialer, body)
            #expect(before.kinds.contains("unavailable"), "\(before.rules)")
            let calendar =
                "{\"calendar\":\"CN\",\"year\":2027,\"source\":\"gov.cn\",\"days\":[{\"date\":\"2027-01-01\",\"kind\":\"holiday\",\"name\":\"a,\\n2027-03-01,holiday,x,y\"}]}"
            let made = try await api.post("/v1/calendars", api.operations, calendar)
            #expect(made.status == 201 && made["state"] == "pending")
            #expect(try await api.post("/v1/decisions/preview", api.dialer, body)["verdict"] == "deny")
            #expect(try await api.post("/v1/calendars/\(made["id"]!)/approval", api.operations, "").status == 403)
            #expect(try await api.post("/v1/calendars/\(made["id"]!)/approval", api.compliance, "").status == 200)
            let after = try await api.post("/v1/decisions/preview", api.dialer, body)
            #expect(after["verdict"] == "allow", "\(after.rules)")
            for body in [
                "{}", "{\"calendar\":\"XX\",\"year\":2027,\"source\":\"s\",\"days\":[]}",
                "{\"calendar\":\"CN\",\"year\":2027,\"source\":\"s\",\"days\":[{\"date\":\"2026-01-01\",\"kind\":\"holiday\"}]}",
            ] {
                #expect(try await api.post("/v1/calendars", api.operations, body).status == 400)
            }
        }
    }
}
