import Documents
import Gate
import HTTPTypes
import StorageSQLite
import Testing

/// Emergencies, abandoned calls and conversations that the customer began.
@Suite struct CircumstanceTests {
    private static func call(_ phone: String, _ purpose: String, _ extra: String = "") -> String {
        "{\"phone\":\"\(phone)\",\"purpose\":\"\(purpose)\"\(extra)}"
    }

    private static func emergency(_ jurisdiction: String = "US-LA", _ extra: String = "") -> String {
        "{\"jurisdiction\":\"\(jurisdiction)\",\"kind\":\"state of emergency\",\"declared_by\":\"Governor\",\"source\":\"proclamation 1\"\(extra)}"
    }

    private func replay(_ api: API) throws -> ReplayCounts {
        let store = try SQLiteStore(folder: api.folder + "/data")
        defer { try? store.close() }
        return try Replay(store: store, keyFile: api.gate.keyFile).run(PastRange()) { _ in }
    }

    @Test func anEmergencyDeniesFromTheNextDecisionUntilAnotherEndsIt() async throws {
        try await withAPI(at: "2026-11-23T10:30:00-06:00") { api in
            let (there, elsewhere) = (Self.call("+15045550142", "marketing"), Self.call("+12125550142", "marketing"))
            func rules(_ body: String) async throws -> String {
                try await api.post("/v1/decisions", api.dialer, body).rules
            }
            #expect(try await !rules(there).contains("us.la.emergency"))
            for key in [api.dialer, api.operations, api.admin] {
                #expect(try await api.post("/v1/emergencies", key, Self.emergency()).status == 403)
            }
            let made = try await api.post("/v1/emergencies", api.compliance, Self.emergency())
            #expect(made.status == 201 && made["state"] == "in_force")
            let denied = try await api.post("/v1/decisions", api.dialer, there)
            #expect(denied.rules.contains("us.la.emergency") && denied.kinds.contains("stop"))
            #expect(try await !rules(elsewhere).contains("emergency"))
            let path = "/v1/emergencies/\(made["id"]!)/end"
            #expect(try await api.post(path, api.compliance, "").status == 403)
            let second = try await api.gate.makeKey(.compliance, "second")
            #expect(try await api.post(path, second, "{\"reason\":\"over\"}").status == 200)
            #expect(try await api.post(path, second, "").status == 404)
            #expect(try await !rules(there).contains("us.la.emergency"))
            let listed = try await api.get("/v1/emergencies", api.dialer).json.list("emergencies")
            #expect(listed.count == 1 && listed[0]["made_by"]?.string == "compliance")
            #expect(listed[0]["declared_by"]?.string == "Governor" && listed[0]["ended_at"]?.string != nil)
            // What the rules saw stays with the decision.
            let counts = try replay(api)
            #expect(counts.different == 0 && counts.unreadable == 0 && counts.equal > 3)
        }
    }

    @Test func anEmergencyBeginsAndEndsByItself() async throws {
        try await withAPI(at: "2026-11-23T10:30:00-06:00") { api in
            let span = ",\"from\":\"2026-11-23T11:00:00-06:00\",\"until\":\"2026-11-23T12:00:00-06:00\""
            #expect(
                try await api.post("/v1/emergencies", api.compliance, Self.emergency("US-LA", span)).status == 201)
            for (at, isDenied) in [("10:59:59", false), ("11:00:00", true), ("11:59:59", true), ("12:00:00", false)] {
                api.clock.set("2026-11-23T\(at)-06:00")
                let reply = try await api.post("/v1/decisions", api.dialer, Self.call("+15045550142", "marketing"))
                #expect(reply.rules.contains("us.la.emergency") == isDenied, "\(at)")
            }
        }
    }

    @Test(arguments: [
        ("{}", ["/jurisdiction", "/kind", "/declared_by", "/source"]), (emergency("US-TX"), ["/jurisdiction"]),
        (emergency("US-L"), ["/jurisdiction"]),
        (emergency("US-LA", ",\"until\":\"2026-11-20T00:00:00Z\""), ["/until"]),
        (emergency("US-LA", ",\"reason\":1"), ["/reason"]),
    ])
    func anEmergencyThatHaltsNothingIsRefused(body: String, pointers: [String]) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/emergencies", api.compliance, body)
            #expect(reply.status == 400 && Set(pointers).isSubset(of: reply.pointers), "\(reply.text)")
            #expect(try await api.get("/v1/emergencies", api.admin).json.list("emergencies").isEmpty)
        }
    }

    private static func rate(_ abandoned: Int, to: String, _ extra: String = "") -> String {
        "{\"campaign\":\"c1\",\"answered\":1000,\"abandoned\":\(abandoned),\"from\":\"2026-10-24T00:00:00Z\",\"to\":\"\(to)\"\(extra)}"
    }

    @Test func theCountThatReachesFurthestDecides() async throws {
        try await withAPI(at: "2026-11-23T10:30:00-06:00") { api in
            let mode = ",\"mode\":\"predictive\",\"campaign\":"
            let (same, other) = (
                Self.call("+15045550142", "marketing", mode + "\"c1\""),
                Self.call("+15045550142", "marketing", mode + "\"c2\"")
            )
            let rule = "us.federal.abandonment"
            func decide(_ body: String) async throws -> (isDenied: Bool, isAside: Bool) {
                let reply = try await api.post("/v1/decisions", api.dialer, body)
                return (
                    reply.rules.contains(rule),
                    reply.json.list("stood_aside").contains { $0["rule"]?.string == rule }
                )
            }
            // Nobody counts: the pack lets the call go and the decision says so.
            #expect(try await decide(same) == (false, true))
            let path = "/v1/abandonment-rates"
            #expect(try await api.post(path, api.dialer, Self.rate(31, to: "2026-11-23T16:00:00Z")).status == 201)
            #expect(try await decide(same) == (true, false))
            #expect(try await decide(other) == (false, true))
            // An older period that comes later says nothing new.
            #expect(try await api.post(path, api.operations, Self.rate(0, to: "2026-11-22T16:00:00Z")).status == 201)
            #expect(try await decide(same) == (true, false))
            #expect(try await api.post(path, api.dialer, Self.rate(30, to: "2026-11-23T16:20:00Z")).status == 201)
            #expect(try await decide(same) == (false, false))
            let listed = try await api.get(path, api.compliance).json.list("abandonment_rates")
            #expect(listed.count == 1 && listed[0]["vendor"]?.string == "own")
            // After 48 hours the count is unknown; one above the share is not forgotten.
            api.clock.set("2026-11-25T16:20:00Z")
            #expect(try await decide(same) == (false, false))
            api.clock.set("2026-11-25T16:20:01Z")
            #expect(try await decide(same) == (false, true))
            #expect(try await api.post(path, api.dialer, Self.rate(31, to: "2026-11-23T16:30:00Z")).status == 201)
            #expect(try await decide(same) == (true, false))
            let counts = try replay(api)
            #expect(counts.different == 0 && counts.unreadable == 0 && counts.equal > 5)
        }
    }

    @Test(arguments: [
        ("{}", ["/answered", "/abandoned", "/from", "/to"]), (rate(1001, to: "2026-11-23T00:00:00Z"), ["/abandoned"]),
        (rate(1, to: "2026-10-24T00:00:00Z"), ["/to"]), (rate(1, to: "2026-11-24T00:00:00Z"), ["/to"]),
        (rate(-1, to: "2026-11-23T00:00:00Z"), ["/abandoned"]),
        (rate(1, to: "2026-11-23T00:00:00Z", ",\"vendor\":\"agency\""), ["/vendor"]),
    ])
    func aCountThatCannotBeIsRefused(body: String, pointers: [String]) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/abandonment-rates", api.dialer, body)
            #expect(reply.status == 400 && Set(pointers).isSubset(of: reply.pointers), "\(reply.text)")
            #expect(try await api.post("/v1/abandonment-rates", api.compliance, body).status == 403)
        }
    }

    @Test func aConversationThatTheCustomerBeganCountsAtOnce() async throws {
        try await withAPI(at: "2026-11-23T10:30:00-06:00") { api in
            let (call, other) = (
                Self.call("+15045550142", "collection", ",\"event\":\"debt-1\""),
                Self.call("+15045550142", "collection", ",\"event\":\"debt-2\"")
            )
            let rule = "us.federal.regf.post_conversation"
            func rules(_ body: String) async throws -> String {
                try await api.post("/v1/decisions", api.dialer, body).rules
            }
            #expect(try await !rules(call).contains(rule))
            let said =
                "{\"phone\":\"+15045550142\",\"purpose\":\"collection\",\"event\":\"debt-1\",\"at\":\"2026-11-23T10:00:00-06:00\",\"source\":\"cti\",\"source_ref\":\"7\"}"
            #expect(try await api.post("/v1/conversations", api.compliance, said).status == 403)
            let made = try await api.post("/v1/conversations", api.dialer, said)
            let again = try await api.post("/v1/conversations", api.dialer, said)
            #expect(made.status == 201 && again.status == 200 && made["id"] == again["id"], "\(made.text)")
            #expect(try await rules(call).contains(rule))
            #expect(try await !rules(other).contains(rule))
            // The source corrects the number.
            let moved = said.replacing("+15045550142", with: "+15045550143")
            #expect(try await api.post("/v1/conversations", api.operations, moved).status == 201)
            #expect(try await !rules(call).contains(rule))
            #expect(try await rules(call.replacing("+15045550142", with: "+15045550143")).contains(rule))
            for body in [
                "{}", said.replacing("23T10:00", with: "23T12:00"), said.replacing(",\"source_ref\":\"7\"", with: ""),
                said.replacing("\"at\"", with: "\"direction\":\"outbound\",\"at\""),
            ] {
                #expect(try await api.post("/v1/conversations", api.dialer, body).status == 400, "\(body)")
            }
        }
    }
}
