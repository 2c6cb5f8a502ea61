import Documents
import Foundation
import GateModel
import Testing

@Suite struct ComplaintTests {
    private static let phone = "+8613812345678"

    private func open(_ api: API, _ extra: String = "", received: String = "2026-11-23T09:00:00+08:00") async throws
        -> Reply
    {
        let more = extra.isEmpty ? "" : "," + extra
        return try await api.post(
            "/v1/complaints", api.compliance,
            "{\"phone\":\"\(Self.phone)\",\"received_at\":\"\(received)\"\(more)}")
    }

    private func due(_ reply: Reply) -> [String: String] {
        Dictionary(
            reply.json.list("due").compactMap { due in
                due["step"]?.string.flatMap { step in due["at"]?.string.map { (step, $0) } }
            }
        ) { $1 }
    }

    @Test func aComplaintTellsWhatIsDueByThePolicy() async throws {
        try await withAPI { api in
            let made = try await open(api, "\"channel\":\"12378\",\"class\":\"service\",\"nature\":\"called at night\"")
            #expect(made.status == 201)
            #expect(
                due(made) == [
                    "first_answer": "2026-11-24T01:00:00.000Z", "closure": "2026-12-08T01:00:00.000Z",
                    "closure_if_complex": "2026-12-23T01:00:00.000Z",
                    "closure_if_special": "2027-01-22T01:00:00.000Z",
                ])
            let number = try #require(made["number"])
            #expect(number.hasPrefix("C-"))
            for name in [number, made["id"]!] {
                let found = try await api.get("/v1/complaints/\(name)", api.compliance)
                #expect(found.status == 200 && found["number"] == number && found["state"] == "open")
                #expect(found["class"] == "service" && found["nature"] == "called at night")
                #expect(found["phone"] == "138****5678" || found["phone"]?.contains("*") == true)
                #expect(!found.text.contains("13812345678"))
                // What extends another step is due only when it was given.
                #expect(
                    due(found) == ["first_answer": "2026-11-24T01:00:00.000Z", "closure": "2026-12-08T01:00:00.000Z"])
            }
            for name in ["C-1", "C-0\(number.dropFirst(2))", "c\(number.dropFirst())", "C-99999", "x"] {
                #expect(try await api.get("/v1/complaints/\(name)", api.compliance).status == 404, "\(name)")
            }
        }
    }

    @Test func whatIsNotDoneInTimeIsOverdueAndToldEverywhere() async throws {
        try await withAPI { api in
            let first = try await open(api)["number"]!
            let second = try await open(api, received: "2026-11-23T10:00:00+08:00")["number"]!
            func listed(_ state: String) async throws -> [String] {
                try await api.get("/v1/complaints?state=\(state)", api.compliance).json.list("complaints").compactMap {
                    $0["number"]?.string
                }
            }
            #expect(try await listed("open") == [second, first])
            #expect(try await listed("overdue") == [])
            #expect(try await !api.get("/readyz", nil).text.contains("overdue complaints"))
            api.clock.set("2026-11-24T08:59:59.999+08:00")
            #expect(try await listed("overdue") == [])
            api.clock.set("2026-11-24T09:00:00+08:00")
            #expect(try await listed("overdue") == [first])
            #expect(try await listed("open") == [second, first])
            let warnings = try await api.get("/readyz", nil).json.list("warnings").compactMap(\.string)
            #expect(warnings.contains { $0.hasPrefix("overdue complaints: 1, the oldest is \(first)") })
            let metrics = try await api.get("/metrics", api.admin).text
            #expect(metrics.contains("callgate_complaints_open 2") && metrics.contains("callgate_complaints_overdue 1"))
            // The first answer was late, and is told so; what is done is overdue no more.
            #expect(
                try await api.post("/v1/complaints/\(first)/steps", api.compliance, "{\"step\":\"first_answer\"}")
                    .status
                    == 201)
            #expect(try await listed("overdue") == [])
            let answered = try await api.get("/v1/complaints/\(first)", api.compliance).json.list("due")
            #expect(answered.first?["overdue"]?.value == .bool(true))
            #expect(answered.first?["done_at"]?.string == "2026-11-24T01:00:00.000Z")
            let closed = try await api.post(
                "/v1/complaints/\(second)/closure", api.compliance, "{\"result\":\"upheld\",\"note\":\"apologised\"}")
            #expect(closed.status == 201)
            #expect(try await listed("closed") == [second])
            #expect(try await listed("open") == [first])
            let whole = try await api.get("/v1/complaints/\(second)", api.compliance)
            #expect(whole["result"] == "upheld" && whole["state"] == "closed" && whole["closed_at"] != nil)
            #expect(whole.json.list("steps").compactMap { $0["action"]?.string } == ["closure"])
        }
    }

    @Test func moreTimeTakesAReasonAndForTheSpecialCaseASecondPerson() async throws {
        try await withAPI { api in
            let number = try await open(api)["number"]!
            let path = "/v1/complaints/\(number)/extension"
            func closure() async throws -> String? {
                due(try await api.get("/v1/complaints/\(number)", api.compliance))["closure"]
            }
            let without = try await api.post(path, api.compliance, "{}")
            #expect(without.status == 400 && without.pointers == ["/reason"])
            let unknown = try await api.post(path, api.compliance, "{\"step\":\"first_answer\",\"reason\":\"r\"}")
            #expect(unknown.status == 400 && unknown.pointers == ["/step"])
            let complex = try await api.post(path, api.compliance, "{\"reason\":\"three recordings to hear\"}")
            #expect(complex.status == 201 && complex["state"] == "in_force")
            #expect(try await closure() == "2026-12-23T01:00:00.000Z")
            let special = try await api.post(path, api.compliance, "{\"reason\":\"the vendor's records\"}")
            #expect(special["state"] == "pending")
            #expect(try await closure() == "2026-12-23T01:00:00.000Z")
            let waiting = try await api.get("/v1/complaints/\(number)", api.compliance)
            #expect(waiting["waits_for_approval"] == "closure_if_special")
            #expect(try await api.post(path + "/approval", api.compliance, "").status == 403)
            let other = try await api.gate.makeKey(.compliance, "second")
            #expect(try await api.post(path + "/approval", other, "").status == 201)
            #expect(try await closure() == "2027-01-22T01:00:00.000Z")
            #expect(try await api.post(path + "/approval", other, "").status == 404)
            // Nothing is left to be given.
            #expect(try await api.post(path, api.compliance, "{\"reason\":\"r\"}").status == 400)
        }
    }

    @Test func theReasonOfAFrozenNumberNamesTheComplaint() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            #expect(try await api.consent().status == 201)
            let number = try await open(api)["number"]!
            let denied = try await api.post("/v1/decisions", api.dialer, API.marketing())
            func complaint(_ reply: Reply) -> String? {
                reply.json.list("reasons").first { $0["rule"]?.string?.contains("complaint") == true }?["complaint"]?
                    .string
            }
            #expect(complaint(denied) == number)
            #expect(complaint(try await api.get("/v1/decisions/\(denied["id"]!)", api.compliance)) == number)
            _ = try await api.post("/v1/complaints/\(number)/closure", api.compliance, "{\"result\":\"settled\"}")
            // Marketing stays off for good.
            #expect(complaint(try await api.post("/v1/decisions", api.dialer, API.marketing())) == number)
        }
    }

    @Test func aComplaintIsLinkedToItsCallsAndToEarlierOnes() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let call = try await api.decide()
            let reported = try await api.post(
                "/v1/decisions/\(call["id"]!)/outcome", api.dialer, "{\"outcome\":\"complained\"}")
            #expect(reported.status == 201 || reported.status == 200)
            let first = try await api.get("/v1/complaints", api.compliance).json.list("complaints")
            #expect(first.count == 1 && first[0]["source"]?.string == "outcome")
            #expect(first[0].list("decision_ids").compactMap(\.string) == [call["id"]!])
            #expect(first[0].list("due").count == 2)
            let again = try await open(api, "\"decision_ids\":[\"\(call["id"]!)\"]")
            #expect(again.json.list("earlier").compactMap(\.string) == [first[0]["number"]!.string!])
            let unknown = try await open(api, "\"decision_ids\":[\"\(call["id"]!)\",\"\(again["id"]!)\"]")
            #expect(unknown.status == 400 && unknown.pointers == ["/decision_ids/1"])
        }
    }

    @Test func theSameReferenceAgainChangesNothingAndOtherContentIsRefused() async throws {
        try await withAPI { api in
            let made = try await open(api, "\"channel\":\"12378\",\"external_ref\":\"A-7\"")
            let again = try await open(api, "\"channel\":\"12378\",\"external_ref\":\"A-7\"")
            #expect(again.status == 200 && again["id"] == made["id"] && due(again) == due(made))
            let other = try await open(api, "\"channel\":\"12378\",\"external_ref\":\"A-7\",\"class\":\"service\"")
            #expect(other.status == 409 && other["code"] == "complaint-known" && other["id"] == made["id"])
            #expect(try await open(api, "\"channel\":\"app\",\"external_ref\":\"A-7\"").status == 201)
            let path = "/v1/complaints/\(made["number"]!)"
            #expect(try await api.post(path + "/closure", api.compliance, "{}").pointers == ["/result"])
            #expect(try await api.post(path + "/closure", api.compliance, "{\"result\":\"settled\"}").status == 201)
            for step in ["closure", "extension"] {
                let body = step == "closure" ? "{\"result\":\"settled\"}" : "{\"reason\":\"r\"}"
                let late = try await api.post("\(path)/\(step)", api.compliance, body)
                #expect(late.status == 409 && late["code"] == "complaint-closed", "\(step)")
            }
            #expect(try await api.post(path + "/steps", api.compliance, "{}").status == 400)
            for step in ["closure", "closure_if_special", "thanked"] {
                let other = try await api.post(path + "/steps", api.compliance, "{\"step\":\"\(step)\"}")
                #expect(other.pointers == ["/step"] && other.text.contains("must be one of first_answer; say"))
            }
            #expect(try await api.post(path + "/steps", api.compliance, "{\"note\":\"thanked\"}").status == 201)
        }
    }

    @Test func pagesFollowEachOther() async throws {
        try await withAPI { api in
            var numbers: [String] = []
            for n in 0..<4 {
                let made = try await open(
                    api, "\"external_ref\":\"\(n)\"", received: "2026-11-2\(n)T01:00:00Z")
                numbers.append(try #require(made["number"]))
            }
            // In the future.
            #expect(try await open(api, received: "2026-11-24T01:00:00Z").pointers == ["/received_at"])
            let first = try await api.get("/v1/complaints?limit=3", api.compliance).json
            let cursor = try #require(first["cursor"]?.string)
            let second = try await api.get("/v1/complaints?limit=3&cursor=\(cursor)", api.compliance).json
            #expect(second["cursor"]?.isNull == true)
            let listed = (first.list("complaints") + second.list("complaints")).compactMap { $0["number"]?.string }
            #expect(listed == numbers.reversed())
            let span = try await api.get(
                "/v1/complaints?from=2026-11-21T01:00:00Z&to=2026-11-23T01:00:00Z", api.compliance
            ).json.list("complaints")
            #expect(span.compactMap { $0["number"]?.string } == [numbers[2], numbers[1]])
            for (query, pointer) in [
                ("state=shut", "/state"), ("limit=0", "/limit"), ("from=today", "/from"), ("cursor=x", "/cursor"),
                ("phone=1", "/phone"),
            ] {
                let wrong = try await api.get("/v1/complaints?\(query)", api.compliance)
                #expect(wrong.status == 400 && wrong.pointers == [pointer], "\(query)")
            }
        }
    }
}
