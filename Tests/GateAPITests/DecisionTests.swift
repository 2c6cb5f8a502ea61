import Foundation
import GateModel
import HTTPTypes
import Testing

@Suite struct DecisionTests {
    @Test func answersWithEveryMemberAndTypeOfTheContract() async throws {
        try await withAPI { api in
            let deny = try await api.decide()
            #expect(deny.status == 200)
            #expect(deny.headers[.contentType]?.hasPrefix("application/json") == true)
            #expect(deny.headers[.cacheControl] == "no-store")
            let wanted: Set = [
                "id", "verdict", "reason", "reasons", "retry_at", "valid_until", "permit", "obligations", "stood_aside",
                "phone", "number_type", "jurisdictions", "decided_at", "local_time", "policy", "lists", "tzdata",
            ]
            #expect(deny.json.names.isSuperset(of: wanted))
            #expect(deny["verdict"] == "deny")
            #expect(deny["reason"] == "cn.caller_id.registered")
            #expect(
                deny.json.list("reasons").first?.names.isSuperset(of: [
                    "rule", "kind", "message", "citation", "retry_at",
                ]) == true)
            #expect(deny.json["valid_until"]?.isNull == true)
            #expect(deny.json["permit"]?.isNull == true)
            #expect(deny["decided_at"] == "2026-11-23T02:30:00.000Z")
            #expect(deny["local_time"] == "2026-11-23T10:30:00+08:00")
            #expect(deny["phone"] == "+8613812345678")
            #expect(deny["policy"]?.hasPrefix("sha256:") == true)

            try await api.approveCallerID()
            let allow = try await api.decide()
            #expect(allow["verdict"] == "allow")
            #expect(allow.json["reason"]?.isNull == true)
            #expect(allow.json.list("reasons").isEmpty)
            #expect(allow["valid_until"] == "2026-11-23T02:31:00.000Z")
            #expect(allow.json.list("obligations").contains { $0["kind"]?.string == "identify" })
            #expect(allow.json.list("jurisdictions").map(\.string) == ["CN"])
        }
    }

    @Test func everyFaultIsNamedWithItsPlaceAndNothingIsStored() async throws {
        try await withAPI { api in
            let body = """
                {"phone": "none",
                 "purpose": "sell", "moed": "live",
                 "attributes": {"customer_agee": 3}}
                """
            let reply = try await api.post("/v1/decisions", api.dialer, body)
            #expect(reply.status == 400)
            #expect(reply.headers[.contentType] == "application/problem+json")
            #expect(Set(reply.pointers) == ["/phone", "/purpose", "/moed", "/attributes/customer_agee"])
            let phone = reply.json.list("errors").first { $0["pointer"]?.string == "/phone" }
            #expect(phone?["line"]?.value == .number("1"))
            #expect(phone?["column"]?.value == .number("11"))
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test(arguments: [
        "{\"phone\":\"1\",\"purpose\":null}", "{\"phone\":null,\"purpose\":\"service\"}", "", "{", "[]", "null",
        "\"x\"", "{\"phone\":\"1\",\"phone\":\"2\"}", "{\"phone\":\"+8613812345678\"}",
        "{\"purpose\":\"service\"}", "{\"phone\":1,\"purpose\":\"service\"}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"mode\":\"fax\"}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"region\":\"cn\"}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"location\":{\"time_zone\":\"Mars/Base\"}}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"location\":{\"subdivision\":\"TJ\"}}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"attributes\":{\"customer_age\":\"x\"}}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"attributes\":{\"customer_age\":99999999999999999999999}}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"permit\":\"yes\"}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"at\":\"2026-11-23T10:00:00Z\"}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"facts\":{}}",
        "{\"phone\":\"1\",\"purpose\":\"service\",\"request_id\":\"\"}",
        "{\"phone\":\"+++\",\"purpose\":\"service\"}", "{\"phone\":\"1\u{7}\",\"purpose\":\"service\"}",
    ])
    func refusesAMalformedCall(_ body: String) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/decisions", api.dialer, body)
            #expect(reply.status == 400)
            #expect(!reply.json.list("errors").isEmpty)
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test(arguments: [
        ("{\"phone\":\"911\",\"purpose\":\"service\"}", "destination"),
        ("{\"phone\":\"13812345678\",\"purpose\":\"service\"}", "destination"),
        (API.call("\"data_fields\":[\"shoe_size\"]"), "data"), (API.call("\"campaign\":\"none\""), "campaign"),
        (API.marketing(), "consent"),
        (API.call("\"product\":\"card\"").replacing("+862223456789", with: "+862200000000"), "caller_id"),
        (API.marketing().replacing("card", with: "boats"), "consent"),
    ])
    func recordsADenyForWhatIsWellFormed(_ body: String, _ kind: String) async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let reply = try await api.post("/v1/decisions", api.dialer, body)
            #expect(reply.status == 200)
            #expect(reply["verdict"] == "deny")
            #expect(reply.kinds.contains(kind), "\(reply.rules)")
            #expect(try await api.countDecisions() == 1)
        }
    }

    @Test func namingAnotherVendorOrEntityIsForbidden() async throws {
        try await withAPI { api in
            let vendor = try await api.decide("\"vendor\":\"other\"")
            #expect(vendor.status == 403)
            #expect(try await api.decide("\"legal_entity\":\"other\"").status == 403)
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test func everyStatusHasALineOfText() async throws {
        try await withAPI { api in
            let text: HTTPFields = [.accept: "text/plain"]
            let deny = try await api.decide(headers: text)
            #expect(deny.text.hasPrefix("DENY cn.caller_id.registered - "))
            #expect(deny.headers[.contentType]?.hasPrefix("text/plain") == true)
            try await api.approveCallerID()
            let allow = try await api.decide("\"request_id\":\"r1\"", headers: text)
            let words = allow.text.split(whereSeparator: \.isWhitespace)
            #expect(words.count == 4 && words[0] == "ALLOW" && words[2] == "1795401060" && words[3] == "-")
            #expect(allow.text.last == "\n" && allow.text.allSatisfy(\.isASCII))
            #expect(
                try await api.decide("\"request_id\":\"r1\",\"agent\":\"A\"", headers: text).text
                    == "ERROR 409 request-id-reused\n")
            #expect(
                try await api.post("/v1/decisions", api.dialer, "{", headers: text).text
                    == "ERROR 400 invalid-request\n")
            #expect(try await api.post("/v1/decisions", nil, "{}", headers: text).text == "ERROR 401 unauthorized\n")
            #expect(try await api.post("/v1/decisions", api.admin, "{}", headers: text).text == "ERROR 403 forbidden\n")
            #expect(try await api.get("/v1/nothing", api.dialer, headers: text).text == "ERROR 404 not-found\n")
            let long = API.call("\"script\":\"\(String(repeating: "x", count: 1 << 20))\"")
            #expect(
                try await api.post("/v1/decisions", api.dialer, long, headers: text).text == "ERROR 413 too-large\n")
            let preview = try await api.post(
                "/v1/decisions/preview", api.dialer, API.call(phone: "+8613812345699"), headers: text)
            #expect(preview.text.hasPrefix("PREVIEW ALLOW "))
            api.gate.stop()
            let down = try await api.decide(headers: text)
            #expect(down.text == "ERROR 503 unavailable\n")
            #expect(down.headers[.retryAfter] == "1")
        }
    }

    @Test(arguments: [
        ("text/plain", true), ("text/plain;q=0.9, application/json;q=0.5", true), ("TEXT/Plain", true), ("*/*", false),
        ("application/json, text/plain, */*", false), ("text/plain;q=0.1, application/json", false), ("", false),
        ("text/html", false),
    ])
    func textIsGivenWhereItIsPreferred(_ accept: String, _ isText: Bool) async throws {
        try await withAPI { api in
            let reply = try await api.decide(headers: [.accept: accept])
            #expect(reply.text.hasPrefix("DENY ") == isText)
        }
    }

    @Test func theFlatFormHasPrimitivesOnly() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            for purpose in ["service", "survey"] {
                let body = API.call().replacing("\"service\"", with: "\"\(purpose)\"")
                let reply = try await api.post("/v1/decisions?format=flat", api.dialer, body)
                guard case .object(let members) = reply.json.value else {
                    Issue.record("no object")
                    return
                }
                for member in members {
                    switch member.node.value {
                    case .array, .object: Issue.record("\(member.name) is no primitive")
                    default: break
                    }
                }
                #expect(reply.json["allowed"]?.value == .bool(reply["verdict"] == "allow"))
            }
            #expect(try await api.post("/v1/decisions?format=xml", api.dialer, API.call()).status == 400)
            #expect(try await api.post("/v1/decisions?formal=flat", api.dialer, API.call()).status == 400)
        }
    }

    @Test func theSameRequestIDGivesTheSameBytes() async throws {
        try await withAPI { api in
            let deny = try await api.decide("\"request_id\":\"d\"")
            try await api.approveCallerID()
            #expect(try await api.decide("\"request_id\":\"d\"").text == deny.text)
            let allow = try await api.decide("\"request_id\":\"a\",\"permit\":true")
            #expect(allow["verdict"] == "allow")
            api.clock.advance(.seconds(30))
            // The members may stand in another order: the same body means equal after parsing.
            let other = """
                {"permit":true, "request_id":"a", "attributes":{"sales_content":false}, "caller_id":"+862223456789",
                 "purpose":"service", "phone":"+8613812345678", "event":null}
                """
            #expect(try await api.post("/v1/decisions", api.dialer, other).text == allow.text)
            #expect(try await api.countDecisions() == 2)
            let reused = try await api.decide("\"request_id\":\"a\",\"permit\":false")
            #expect(reused.status == 409 && reused["code"] == "request-id-reused" && reused["id"] == allow["id"])
            api.clock.advance(.seconds(31))
            let expired = try await api.post("/v1/decisions", api.dialer, other)
            #expect(expired.status == 409 && expired["code"] == "decision-expired" && expired["id"] == allow["id"])
            #expect(try await api.decide("\"request_id\":\"d\"").text == deny.text)
            // Another key has its own names.
            let second = try await api.gate.makeKey(.dialer, "second")
            #expect(try await api.decide("\"request_id\":\"a\"", key: second).status == 200)
        }
    }

    @Test func anAllowIsNotRepeatedOnceSuppressedStoppedOrReported() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let first = try await api.post("/v1/decisions", api.dialer, API.marketing("\"request_id\":\"m\""))
            #expect(first["verdict"] == "deny")
            _ = try await api.consent()
            let allowed = try await api.post("/v1/decisions", api.dialer, API.marketing("\"request_id\":\"m2\""))
            #expect(allowed["verdict"] == "allow", "\(allowed.rules)")
            _ = try await api.post(
                "/v1/opt-outs", api.dialer, "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"]}")
            #expect(
                try await api.post("/v1/decisions", api.dialer, API.marketing("\"request_id\":\"m2\""))["code"]
                    == "decision-expired")

            let service = try await api.decide("\"request_id\":\"s\"", phone: "+8613812345679")
            #expect(service["verdict"] == "allow")
            _ = try await api.post("/v1/decisions/\(service["id"]!)/outcome", api.dialer, "{\"outcome\":\"no_answer\"}")
            #expect(try await api.decide("\"request_id\":\"s\"", phone: "+8613812345679")["code"] == "decision-expired")

            #expect(try await api.decide("\"request_id\":\"t\"", phone: "+8613812345680")["verdict"] == "allow")
            let stop = try await api.post("/v1/stops", api.operations, "{\"all\":true}")
            #expect(try await api.decide("\"request_id\":\"t\"", phone: "+8613812345680")["code"] == "decision-expired")
            // It does not come back when the stop is lifted within its time.
            _ = try await api.post("/v1/stops/\(stop["id"]!)/lift", api.compliance, "")
            #expect(try await api.decide("\"request_id\":\"t\"", phone: "+8613812345680")["code"] == "decision-expired")
            #expect(try await api.decide("\"request_id\":\"u\"", phone: "+8613812345681")["verdict"] == "allow")
            // Any text with a digit is answered and recorded.
            let long = try await api.decide(phone: "+8613812345681" + String(repeating: " 1", count: 200))
            #expect(long["verdict"] == "deny" && long.kinds.contains("destination") && long["id"] != nil)
        }
    }

    @Test func replacesGivesTheFirstBack() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let first = try await api.decide()
            let second = try await api.decide("\"replaces\":\"\(first["id"]!)\"")
            #expect(second["verdict"] == "allow")
            #expect(try await api.get("/v1/decisions/\(first["id"]!)", api.compliance)["outcome"] == "not_dialed")
            let again = try await api.decide("\"replaces\":\"\(first["id"]!)\"")
            #expect(again.status == 409 && again["code"] == "cannot-replace")
            #expect(try await api.decide("\"replaces\":\"nonsense\"").status == 409)
            #expect(try await api.decide("\"replaces\":\"\(second["id"]!)\"", phone: "+8613812345679").status == 409)
        }
    }

    @Test func aDeadlineIsKeptOrRefused() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let name = HTTPField.Name("Deadline-Ms")!
            #expect(try await api.decide(headers: [name: "600000"])["verdict"] == "allow")
            let late = try await api.decide(phone: "+8613812345679", headers: [name: "0"])
            #expect(late.status == 503 && late.headers[.retryAfter] != nil)
            for bad in ["600001", "-1", "x", "1e3", "999999999999999999999"] {
                #expect(try await api.decide(headers: [name: bad]).status == 400)
            }
        }
    }
}
