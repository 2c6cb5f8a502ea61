import Documents
import HTTPTypes
import Testing

@Suite struct LookingTests {
    @Test func decisionsAreFilteredAndPaged() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            for index in 0..<5 {
                _ = try await api.decide("\"agent\":\"A\(index)\",\"customer\":\"C\"", phone: "+861381234500\(index)")
            }
            _ = try await api.post("/v1/decisions", api.dialer, API.marketing("\"agent\":\"A9\""))
            func count(_ query: String) async throws -> Int {
                let reply = try await api.get("/v1/decisions?\(query)", api.compliance)
                return reply.status == 200 ? reply.json.list("decisions").count : -reply.status
            }
            let queries = [
                ("", 6), ("agent=A3", 1), ("customer=C", 5), ("verdict=deny", 5), ("verdict=allow", 1),
                ("kind=consent", 1),
                ("kind=frequency", 4), ("rule=cn.consent.marketing", 0), ("vendor=own", 6), ("vendor=other", 0),
                ("legal_entity=main", 6), ("campaign=none", 0), ("outcome=open", 1), ("outcome=unreported", 0),
                ("from=2026-11-23T10:30:00%2B08:00", 6), ("to=2026-11-23T10:30:00%2B08:00", 0),
                ("agent=A3&verdict=allow", 0), ("caller_id=%2B862223456789", 6), ("caller_id=+862223456789", 6),
                ("caller_id=%2B862223456780", 0), ("customer=C&agent=A1&kind=frequency&verdict=deny&vendor=own", 1),
            ]
            for (query, wanted) in queries where !query.hasPrefix("rule") {
                let found = try await count(query)
                #expect(found == wanted, "\(query)")
            }
            for bad in [
                "limit=0", "limit=501", "limit=x", "cursor=x", "verdict=maybe", "kind=mood", "outcome=lunch",
                "from=today",
                "to=2026-11-23T10:30:00", "subject=x", "tz=Mars/Base", "nothing=1", "agent=a&agent=b",
            ] {
                #expect(try await count(bad) == -400, "\(bad)")
            }
            var (seen, cursor): ([String], String?) = ([], "")
            while let next = cursor {
                let reply = try await api.get(
                    "/v1/decisions?limit=2" + (next.isEmpty ? "" : "&cursor=\(next)"), api.compliance)
                seen += reply.json.list("decisions").compactMap { $0["id"]?.string }
                cursor = reply["cursor"]
            }
            #expect(seen.count == 6 && Set(seen).count == 6)
            api.clock.set("2026-11-23T12:30:00.001+08:00")
            _ = try api.gate.maintain()
            #expect(try await count("outcome=unreported") == 1)
            #expect(try await api.get("/metrics", api.dialer).text.contains("callgate_unreported_attempts 1.0"))
        }
    }

    @Test func decisionsAreCountedInParts() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.post("/v1/campaigns", api.operations, "{\"id\":\"c1\",\"purpose\":\"service\"}")
            let allowed = try await api.decide()
            for _ in 0..<3 { _ = try await api.decide("\"campaign\":\"c1\"") }
            api.clock.set("2026-11-23T23:59:59+08:00")
            for _ in 0..<2 { _ = try await api.post("/v1/decisions", api.dialer, API.marketing()) }
            api.clock.set("2026-11-24T00:00:00+08:00")
            _ = try await api.decide("\"campaign\":\"c1\"")
            func counts(_ query: String, _ key: String? = nil) async throws -> String {
                let reply = try await api.get("/v1/decisions/counts?\(query)", key ?? api.compliance)
                guard reply.status == 200 else { return "\(reply.status)" }
                return reply.json.list("counts").map { part in
                    guard case .number(let count)? = part["count"]?.value else { return "?" }
                    return "\(part["value"]?.string ?? "?") \(count)"
                }.joined(separator: ", ")
            }
            for isIndexed in [false, true] {
                if isIndexed { _ = try api.gate.maintain() }
                for (query, wanted) in [
                    ("by=verdict", "deny 6, allow 1"), ("by=campaign", "c1 4"), ("by=vendor&verdict=allow", "own 1"),
                    ("by=day&tz=Asia/Shanghai", "2026-11-23 6, 2026-11-24 1"), ("by=day", "2026-11-23 7"),
                    (
                        "by=hour&tz=Asia/Shanghai&verdict=deny",
                        "2026-11-23T10:00:00.000+08:00 3, 2026-11-23T23:00:00.000+08:00 2, 2026-11-24T00:00:00.000+08:00 1"
                    ),
                    ("by=hour&to=2026-11-23T02:30:00Z", ""), ("by=outcome", "unreported 1"),
                    ("by=verdict&rule=nobody", ""), ("by=kind&from=2026-11-23T23:00:00%2B08:00&campaign=none", ""),
                ] {
                    let found = try await counts(query)
                    #expect(found == wanted, "\(query)")
                }
                #expect(try await counts("by=verdict", api.operations) == "deny 4")
            }
            let byRule = try await counts("by=rule")
            let rules = try await api.get("/v1/decisions?verdict=deny", api.compliance).json.list("decisions")
                .flatMap { $0.list("reasons").compactMap { $0["rule"]?.string } }
            for rule in Set(rules) { #expect(byRule.contains("\(rule) \(rules.count { $0 == rule })")) }
            // Where reports differ the one that counts is counted, once.
            for outcome in ["no_answer", "answered"] {
                let reply = try await api.post(
                    "/v1/decisions/\(allowed["id"]!)/outcome", api.dialer, "{\"outcome\":\"\(outcome)\"}")
                #expect(reply.status < 300)
                for _ in 0..<2 {
                    #expect(try await counts("by=outcome") == "\(outcome) 1")
                    #expect(try await counts("by=day&outcome=\(outcome)") == "2026-11-23 1")
                    #expect(try await counts("by=day&outcome=busy") == "")
                    _ = try api.gate.maintain()
                }
            }
            #expect(try await counts("by=day&outcome=no_answer") == "")
            for bad in ["", "by=mood", "by=day&tz=Mars", "by=day&limit=3", "by=day&from=today"] {
                #expect(try await counts(bad) == "400", "\(bad)")
            }
            #expect(try await counts("by=day", api.dialer) == "403")
            #expect(try await counts("by=day", api.admin) == "403")
        }
    }

    @Test func instantsAreToldInTheZoneAskedFor() async throws {
        try await withAPI { api in
            let made = try await api.decide()
            let shown = try await api.get("/v1/decisions?tz=Asia/Shanghai", api.compliance)
            #expect(shown.json.list("decisions").first?["decided_at"]?.string == "2026-11-23T10:30:00.000+08:00")
            #expect(
                try await api.get("/v1/decisions/\(made["id"]!)?tz=America/New_York", api.compliance)["decided_at"]
                    == "2026-11-22T21:30:00.000-05:00")
            #expect(
                try await api.get("/v1/decisions/\(made["id"]!)", api.compliance)["decided_at"]
                    == "2026-11-23T02:30:00.000Z")
        }
    }

    @Test func operationsSeesMaskedNumbersOfItsCampaignsOnly() async throws {
        try await withAPI { api in
            _ = try await api.post("/v1/campaigns", api.operations, "{\"id\":\"c1\",\"purpose\":\"service\"}")
            let ours = try await api.decide("\"campaign\":\"c1\"")
            let other = try await api.decide()
            let list = try await api.get("/v1/decisions", api.operations)
            #expect(list.json.list("decisions").map { $0["id"]?.string } == [ours["id"]])
            #expect(!list.text.contains("13812345678"))
            #expect(
                try await api.get("/v1/decisions/\(ours["id"]!)", api.operations)["phone"]?.hasSuffix("5678") == true)
            #expect(try await api.get("/v1/decisions/\(other["id"]!)", api.operations).status == 404)
            let elsewhere = try await api.gate.makeKey(.operations, "branch", entities: ["branch"])
            #expect(try await api.get("/v1/decisions", elsewhere).json.list("decisions").isEmpty)
            #expect(try await api.get("/v1/decisions", api.compliance).json.list("decisions").count == 2)
        }
    }

    @Test func theGateSaysHowItIs() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.decide()
            _ = try await api.post("/v1/decisions", api.dialer, "{")
            #expect(try await api.get("/healthz", nil).text == "ok\n")
            let ready = try await api.get("/readyz", nil)
            #expect(ready.status == 200 && ready["status"] == "ready" && ready.json.list("warnings").count == 1)
            let metrics = try await api.get("/metrics", api.admin)
            #expect(metrics.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
            for line in [
                "callgate_decisions_total{verdict=\"allow\"} 1", "callgate_decisions_total{verdict=\"deny\"} 0",
                "callgate_unavailable_total 0", "callgate_degraded 0.0",
                "callgate_calendar_days_left{calendar=\"CN\"} 38.0",
                "callgate_http_errors_total{status=\"400\"} 1", "# TYPE callgate_commit_seconds histogram",
                "# TYPE callgate_decisions_total counter", "# HELP callgate_group_size Pieces of work in one commit",
                "callgate_group_size_bucket{le=\"+Inf\"} ",
            ] {
                #expect(metrics.text.contains(line), "\(line)")
            }
            let policy = try await api.get("/v1/policy", api.dialer)
            #expect(policy["policy"]?.hasPrefix("sha256:") == true && !policy.json.list("rules").isEmpty)
            api.clock.set("2027-01-02T10:30:00+08:00")
            let later = try await api.get("/readyz", nil)
            #expect(later["status"] == "degraded" && later.text.contains("2027"))
            #expect(try await api.get("/metrics", api.admin).text.contains("callgate_degraded 1.0"))
        }
    }
}
