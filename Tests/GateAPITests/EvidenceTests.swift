import Documents
import Foundation
import Gate
import GateModel
import HTTPTypes
import Testing
import Transparency

@Suite struct EvidenceTests {
    /// The bundle's bytes; the text of a reply would not keep them.
    private func bundle(_ api: API, _ body: String) async throws -> (status: Int, bytes: [UInt8], headers: HTTPFields) {
        let response = try await api.client.executeRequest(
            uri: "/v1/evidence", method: .post, headers: [.authorization: "Bearer \(api.compliance)"],
            body: .init(string: body))
        return (Int(response.status.code), Array(response.body.readableBytesView), response.headers)
    }

    /// From the complaint to the bundle, as a clerk does it.
    @Test func aComplaintBecomesABundleThatVerifies() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let call = try await api.decide()
            _ = try await api.post(
                "/v1/decisions/\(call["id"]!)/outcome", api.dialer,
                "{\"outcome\":\"answered\",\"recording_ref\":\"rec-9\"}")
            let complaint = try await api.post(
                "/v1/complaints", api.compliance,
                """
                {"phone":"+8613812345678","channel":"12378","received_at":"2026-11-23T10:00:00+08:00",
                 "decision_ids":["\(call["id"]!)"]}
                """)
            let number = try #require(complaint["number"])
            let made = try await bundle(api, "{\"complaint\":\"\(number)\",\"reason\":\"12378\"}")
            #expect(made.status == 200 && made.headers[.contentType] == "application/zip")
            #expect(made.headers[.contentDisposition]?.contains("13812345678") == false)
            #expect(made.headers[.contentDisposition]?.hasPrefix("attachment; filename=\"evidence-2026") == true)
            let key = try VerifierKey(String(try await api.get("/v1/log/key", api.dialer).text.dropLast()))
            let found = try EvidenceBundle.verify(made.bytes, key: key)
            #expect(found.decisions == 1 && found.decidedAgain == 1)
            for other in [
                "{\"decision\":\"\(call["id"]!)\",\"reason\":\"r\"}",
                "{\"phone\":\"13812345678\",\"region\":\"CN\",\"reason\":\"r\"}",
            ] {
                let bytes = try await bundle(api, other).bytes
                #expect(try EvidenceBundle.verify(bytes, key: key).decisions == 1)
            }
            let subject = try await api.post(
                "/v1/subjects/lookup", api.compliance, "{\"phone\":\"+8613812345678\",\"reason\":\"r\"}")["subject"]!
            #expect(try await bundle(api, "{\"subject\":\"\(subject)\",\"reason\":\"r\"}").status == 200)
        }
    }

    @Test func whatIsAskedWronglyIsToldAndRecordsNothing() async throws {
        try await withAPI { api in
            for (body, status, pointer) in [
                ("{\"phone\":\"+8613812345678\"}", 400, "/reason"), ("{\"reason\":\"r\"}", 400, ""),
                ("{\"phone\":\"1\",\"customer\":\"C\",\"reason\":\"r\"}", 400, ""),
                ("{\"decision\":\"x\",\"reason\":\"r\"}", 400, "/decision"),
                ("{\"subject\":\"x\",\"reason\":\"r\"}", 400, "/subject"),
                ("{\"phone\":\"pizza\",\"reason\":\"r\"}", 400, "/phone"),
                ("{\"phone\":\"+8613812345678\",\"reason\":\"r\",\"why\":1}", 400, "/why"),
                ("{\"phone\":\"+8613812345678\",\"reason\":\"r\"}", 404, nil),
                ("{\"complaint\":\"C-7\",\"reason\":\"r\"}", 404, nil),
                ("{\"decision\":\"0193a5f0-0000-7000-8000-000000100000\",\"reason\":\"r\"}", 404, nil),
            ] as [(String, Int, String?)] {
                let reply = try await api.post("/v1/evidence", api.compliance, body)
                #expect(reply.status == status, "\(body): \(reply.text)")
                if let pointer { #expect(reply.pointers == [pointer], "\(body)") }
            }
        }
    }
}
