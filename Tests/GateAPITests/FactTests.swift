import Documents
import HTTPTypes
import Testing

@Suite struct FactTests {
    @Test func anOptOutHoldsForTheNextCallUntilComplianceLiftsIt() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.consent()
            let body =
                "{\"phone\":\"138 1234 5678\",\"region\":\"CN\",\"purposes\":[\"marketing\"],\"strength\":\"explicit\",\"source\":\"letter\"}"
            let made = try await api.post("/v1/opt-outs", api.dialer, body)
            #expect(made.status == 201)
            let denied = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(denied.kinds.contains("suppression"))
            let lift = "/v1/opt-outs/\(made["id"]!)/lift"
            #expect(try await api.post(lift, api.compliance, "{}").status == 400)
            #expect(try await api.post(lift, api.operations, "{\"reason\":\"x\"}").status == 403)
            #expect(
                try await api.post(lift, api.compliance, "{\"reason\":\"the customer asked in writing\"}").status == 201
            )
            #expect(try await api.post("/v1/opt-outs/none/lift", api.compliance, "{\"reason\":\"x\"}").status == 404)
            let after = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(!after.kinds.contains("suppression"))
        }
    }

    @Test func aConsentIsTakenOnceFromEachSourceAndKeepsItsWithdrawal() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let digest = String(repeating: "ab", count: 32)
            let source = "\"source\":\"crm\",\"source_ref\":\"77\",\"evidence_sha256\":\"\(digest)\""
            let first = try await api.consent("+8613812345678", source)
            let again = try await api.consent("+8613812345678", source)
            #expect(first.status == 201 && again.status == 200 && again["id"] == first["id"])
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing())["verdict"] == "allow")
            let withdrawn = try await api.post("/v1/consents/\(first["id"]!)/withdrawal", api.dialer, "")
            #expect(withdrawn.status == 201)
            // New evidence is other content: it supersedes, and the withdrawal stays.
            let newer = try await api.consent(
                "+8613812345678", source.replacing(digest, with: digest.replacing("a", with: "c")))
            #expect(newer.status == 201 && newer["id"] != first["id"])
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing()).kinds.contains("consent"))
            #expect(try await api.post("/v1/consents/none/withdrawal", api.operations, "").status == 404)
            let wrong = try await api.consent("+8613812345678", "\"evidence_sha256\":\"ab\"")
            #expect(wrong.status == 400 && wrong.pointers == ["/evidence_sha256"])
            // A refusal of nothing would be lost in silence.
            let empty = "{\"phone\":\"+8613812345678\",\"purposes\":[],\"strength\":\"explicit\"}"
            let lost = try await api.post("/v1/opt-outs", api.dialer, empty)
            #expect(lost.status == 400 && lost.pointers == ["/purposes"])
        }
    }

    @Test func aConsentMovedToAnotherNumberLeavesTheFirst() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let source = "\"source\":\"crm\",\"source_ref\":\"77\""
            _ = try await api.consent("+8613812345678", source)
            _ = try await api.consent("+8613812345679", source)
            let old = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(old.kinds.contains("consent"))
            let new = try await api.post("/v1/decisions", api.dialer, API.marketing(phone: "+8613812345679"))
            #expect(new["verdict"] == "allow", "\(new.rules)")
        }
    }

    @Test(arguments: [
        "{\"phone\":\"+8613812345678\",\"purposes\":null,\"products\":null,\"modes\":null,\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\"}",
        "{}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\"}",
        "{\"phone\":\"x\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\"}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"nod\",\"obtained_at\":\"2026-01-01T00:00:00Z\"}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"click\",\"obtained_at\":\"2027-01-01T00:00:00Z\"}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00\"}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\",\"source\":\"x\"}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\",\"extra\":1}",
        "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"fax\"],\"form\":\"click\",\"obtained_at\":\"2026-01-01T00:00:00Z\"}",
    ])
    func refusesAConsentThatSaysTooLittleOrTooMuch(_ body: String) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/consents", api.operations, body)
            #expect(reply.status == 400 && !reply.pointers.isEmpty)
        }
    }

    @Test func relationshipsAndAppointments() async throws {
        try await withAPI { api in
            let kin =
                "{\"phone\":\"+8613812345678\",\"kind\":\"customer\",\"last_at\":\"2026-11-01T10:00:00+08:00\",\"source\":\"crm\",\"source_ref\":\"1\"}"
            let first = try await api.post("/v1/relationships", api.operations, kin)
            #expect(first.status == 201)
            #expect(try await api.post("/v1/relationships", api.operations, kin).status == 200)
            func appointment(_ to: String) -> String {
                "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"from\":\"2026-11-23T19:00:00+08:00\",\"to\":\"\(to)\",\"evidence_ref\":\"r\"}"
            }
            #expect(
                try await api.post("/v1/appointments", api.dialer, appointment("2026-11-30T19:00:00+08:00")).status
                    == 201)
            #expect(
                try await api.post("/v1/appointments", api.dialer, appointment("2026-11-30T19:00:01+08:00")).status
                    == 400)
            #expect(
                try await api.post("/v1/appointments", api.dialer, appointment("2026-11-23T19:00:00+08:00")).status
                    == 400)
        }
    }

    @Test func attemptsCountOnceAnotherPersonApprovedThem() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let row =
                "{\"source\":\"pbx\",\"source_ref\":\"1\",\"at\":\"2026-11-23T10:29:00+08:00\",\"phone\":\"+8613812345678\",\"purpose\":\"service\",\"outcome\":\"no_answer\"}"
            let batch = try await api.post("/v1/attempts", api.operations, "{\"attempts\":[\(row)]}")
            #expect(batch.status == 201 && batch["state"] == "pending" && batch.json["count"]?.value == .number("1"))
            let before = try await api.post("/v1/decisions/preview", api.dialer, API.call())
            #expect(before["verdict"] == "allow")
            let path = "/v1/attempts/\(batch["id"]!)/approval"
            let same = try await api.gate.makeKey(.compliance, "two hats", owner: "operations")
            #expect(try await api.post(path, api.operations, "").status == 403)
            #expect(try await api.post(path, same, "").status == 403)
            #expect(try await api.post(path, api.compliance, "").status == 200)
            #expect(try await api.post(path, api.compliance, "").status == 200)
            #expect(try await api.decide().kinds == "frequency")
            let ndjson = try await api.post(
                "/v1/attempts", api.operations, row + "\n\n" + row + "\n",
                headers: [.contentType: "application/x-ndjson"])
            #expect(ndjson.json["count"]?.value == .number("2"))
            let bad = try await api.post("/v1/attempts", api.operations, "{\"attempts\":[\(row),{\"at\":\"x\"}]}")
            #expect(
                bad.status == 400 && bad.pointers.contains("/attempts/1/at")
                    && bad.pointers.contains("/attempts/1/phone"))
            let many = "[" + Array(repeating: row, count: 1001).joined(separator: ",") + "]"
            #expect(try await api.post("/v1/attempts", api.operations, many).status == 413)
        }
    }

    @Test func consentsInBulkWaitForApproval() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let row =
                "{\"source\":\"crm\",\"source_ref\":\"1\",\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"],\"products\":[\"card\"],\"modes\":[\"live\"],\"form\":\"recorded_voice\",\"obtained_at\":\"2026-06-10T10:00:00+08:00\"}"
            let batch = try await api.post(
                "/v1/consents", api.operations, row, headers: [.contentType: "application/x-ndjson"])
            #expect(batch.status == 201 && batch["state"] == "pending")
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing()).kinds.contains("consent"))
            #expect(
                try await api.post("/v1/consents/batches/\(batch["id"]!)/approval", api.compliance, "").status == 200)
            #expect(try await api.post("/v1/decisions", api.dialer, API.marketing())["verdict"] == "allow")
        }
    }

    @Test func everythingHeldAboutAPersonIsShownInOrder() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.consent()
            let allow = try await api.post("/v1/decisions", api.dialer, API.marketing())
            _ = try await api.post("/v1/decisions/\(allow["id"]!)/outcome", api.dialer, "{\"outcome\":\"refused\"}")
            let found = try await api.post(
                "/v1/subjects/lookup", api.compliance,
                "{\"phone\":\"13812345678\",\"region\":\"CN\",\"reason\":\"complaint 7\"}")
            #expect(found.status == 200)
            let path = "/v1/subjects/\(found["subject"]!)"
            let held = try await api.get(path, api.compliance)
            #expect(
                held.json.list("entries").map { $0["kind"]?.string } == ["consent", "decision", "outcome", "opt_out"])
            #expect(!held.text.contains("13812345678") && !held.text.contains("%2B86"))
            for key in [api.dialer, api.operations, api.admin] {
                #expect(try await api.get(path, key).status == 403)
                #expect(try await api.post("/v1/subjects/lookup", key, "{}").status == 403)
            }
            #expect(try await api.get("/v1/subjects/none", api.compliance).status == 404)
            let nobody = try await api.post(
                "/v1/subjects/lookup", api.compliance, "{\"phone\":\"+8613800000009\",\"reason\":\"x\"}")
            #expect(try await api.get("/v1/subjects/\(nobody["subject"]!)", api.compliance).status == 404)
            for body in [
                "{}", "{\"phone\":\"+8613800000009\"}", "{\"phone\":\"x\",\"reason\":\"x\"}", "{\"reason\":\"x\"}",
            ] {
                #expect(try await api.post("/v1/subjects/lookup", api.compliance, body).status == 400)
            }
            let decisions = try await api.get("/v1/decisions?subject=\(found["subject"]!)", api.compliance)
            #expect(decisions.json.list("decisions").count == 1)
        }
    }
}
