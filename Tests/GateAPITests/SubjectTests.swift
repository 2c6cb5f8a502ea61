import Documents
import Foundation
import GateModel
import Ledger
import Storage
import Testing
import Transparency

@testable import Gate

@Suite struct SubjectTests {
    private func subject(_ api: API, _ phone: String = "+8613812345678") async throws -> String {
        let found = try await api.post(
            "/v1/subjects/lookup", api.compliance, "{\"phone\":\"\(phone)\",\"reason\":\"case 7\"}")
        return try #require(found["subject"])
    }

    /// What the log says of accesses to a subject.
    private func accesses(_ api: API, _ subject: String) throws -> [Node] {
        let key = try #require(api.gate.subject(subject))
        return try api.gate.store.read { reading in
            try reading.entries(by: key).filter { $0.kind == .access }.map { entry in
                try JSONParser.parse(EntryCore(bytes: entry.core).body)
            }
        }
    }

    @Test func aNumberIsRevealedForAReasonAndTheLogSaysSo() async throws {
        try await withAPI { api in
            _ = try await api.decide("\"customer\":\"C-1\"")
            let subject = try await subject(api)
            let path = "/v1/subjects/\(subject)/reveal"
            for bad in ["{}", "{\"reason\":\"\"}", "{\"reason\":\"x\",\"more\":1}", "[]"] {
                #expect(try await api.post(path, api.compliance, bad).status == 400, "\(bad)")
            }
            let before = try accesses(api, subject).count
            let shown = try await api.post(path, api.compliance, "{\"reason\":\"court order 9\"}")
            #expect(shown.status == 200 && shown["phone"] == "+8613812345678" && shown["customer"] == "C-1")
            let last = try #require(try accesses(api, subject).last)
            #expect(try accesses(api, subject).count == before + 1)
            #expect(last["reason"]?.string == "court order 9" && last["owner"]?.string == "compliance")
            let nobody = try await self.subject(api, "+8613800000009")
            #expect(
                try await api.post("/v1/subjects/\(nobody)/reveal", api.compliance, "{\"reason\":\"x\"}").status == 404)
        }
    }

    @Test func anErasedPersonsReceiptsVerifyAndNothingIsToldAnyMore() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            _ = try await api.consent()
            let allow = try await api.post("/v1/decisions", api.dialer, API.marketing("\"customer\":\"C-1\""))
            #expect(allow["verdict"] == "allow")
            let address = "/v1/decisions/\(allow["id"]!)"
            #expect(try await api.get(address, api.compliance).json["erased"]?.value == .bool(false))
            _ = try await api.post(
                "/v1/opt-outs", api.dialer, "{\"phone\":\"+8613812345678\",\"purposes\":[\"marketing\"]}")
            let subject = try await subject(api)
            let path = "/v1/subjects/\(subject)/erasure"
            #expect(try await api.post(path, api.compliance, "{}").status == 400)
            let erased = try await api.post(path, api.compliance, "{\"reason\":\"letter of 23 November\"}")
            #expect(erased.status == 200 && erased["subject"] == subject, "\(erased.text)")
            #expect(
                erased.json["entries"]?.value == .number("3") && erased.json["kinds"]?.names.contains("consent") == true
            )
            let again = try await api.post(path, api.compliance, "{\"reason\":\"once more\"}")
            #expect(again.text == erased.text)

            let decision = try await api.get(address, api.compliance)
            #expect(decision.json["erased"]?.value == .bool(true), "\(decision.text)")
            let found = try await api.get("/v1/decisions", api.compliance).json.list("decisions")
            #expect(found.first?["erased"]?.value == .bool(true))
            #expect(decision.status == 200 && decision["verdict"] == "allow" && decision["customer"] == nil)
            for text in ["C-1", "5678", "138"] { #expect(!decision.text.contains("\"\(text)"), "\(text)") }
            let key = try VerifierKey(String(try await api.get("/v1/log/key", api.dialer).text.dropLast()))
            let proof = try await api.get("/v1/decisions/\(allow["id"]!)/proof", api.compliance)
            #expect(proof.status == 200)
            #expect(
                try Receipt(bytes: Array(proof.text.utf8)).verify(origin: key.name, log: [key]).checkpoint.size > 0)

            let held = try await api.get("/v1/subjects/\(subject)", api.compliance)
            #expect(held.json.list("entries").map { $0["kind"]?.string } == ["decision", "opt_out", "erasure"])
            #expect(held.text.contains("letter of 23 November"))
            let reveal = try await api.post("/v1/subjects/\(subject)/reveal", api.compliance, "{\"reason\":\"x\"}")
            #expect(reveal.status == 404)
            let denied = try await api.post("/v1/decisions", api.dialer, API.marketing())
            #expect(denied.kinds.contains("suppression") && denied.kinds.contains("consent"), "\(denied.text)")
        }
    }

    @Test func whatIsHeldIsNotErased() async throws {
        try await withAPI { api in
            _ = try await api.decide()
            let subject = try await subject(api)
            let made = try await api.post(
                "/v1/holds", api.compliance, "{\"subject\":\"\(subject)\",\"reason\":\"investigation\"}")
            #expect(made.status == 201 && made["state"] == "in_force")
            let id = try #require(made["id"])
            let refused = try await api.post("/v1/subjects/\(subject)/erasure", api.compliance, "{\"reason\":\"x\"}")
            #expect(refused.status == 409 && refused["code"] == "held" && refused["id"] == id)
            let listed = try await api.get("/v1/holds", api.compliance).json.list("holds")
            #expect(listed.count == 1 && listed[0]["id"]?.string == id && listed[0]["in_force"]?.value == .bool(true))
            #expect(listed[0].list("subjects").map(\.string) == [subject])
            #expect(try await api.post("/v1/holds/\(id)/lift", api.compliance, "{\"reason\":\"x\"}").status == 403)
            let second = try await api.gate.makeKey(.compliance, "second")
            #expect(try await api.post("/v1/holds/\(id)/lift", second, "{}").status == 400)
            #expect(try await api.post("/v1/holds/\(id)/lift", second, "{\"reason\":\"x\"}").status == 200)
            #expect(try await api.post("/v1/holds/none/lift", second, "{\"reason\":\"x\"}").status == 404)
            let done = try await api.post("/v1/subjects/\(subject)/erasure", api.compliance, "{\"reason\":\"x\"}")
            #expect(done.status == 200)
        }
    }
}
