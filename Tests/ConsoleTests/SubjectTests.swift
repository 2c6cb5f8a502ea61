import Gate
import GateModel
import GateTesting
import Testing

@testable import Console

@Suite struct SubjectTests {
    private static let phone = "+8613800000031"

    /// Somebody with an opt-out, and the page of that person.
    private func person(_ desk: Desk, _ session: (cookie: String, token: String, key: APIKey)) async throws -> String {
        _ = try await desk.gate.record(
            .optOuts, body(#"{"phone":"\#(Self.phone)","purposes":["marketing"]}"#), by: session.key
        ).get()
        let found = try await desk.post(
            "/console/people/lookup", session.cookie,
            ["token": session.token, "phone": Self.phone, "reason": "a test"])
        return try #require(found.place)
    }

    @Test func aNumberIsToldUnderAReasonAlone() async throws {
        try await withDesk { desk in
            let session = try await desk.session(.compliance)
            let path = try await person(desk, session)
            #expect(!path.contains("13800000031"))
            func reveal(_ reason: String) async throws -> Desk.Reply {
                try await desk.post(
                    path + "/reveal", session.cookie, ["token": session.token, "reason": reason])
            }
            for reason in ["", "  "] {
                let refused = try await reveal(reason)
                #expect(refused.status == 400 && !refused.text.contains(Self.phone))
            }
            #expect(try await !desk.get(path, session.cookie).text.contains(Self.phone))
            let told = try await reveal("the customer asked")
            #expect(told.status == 200 && told.text.contains(Self.phone))
            #expect(try await desk.get(path + "/reveal", session.cookie).status == 404)
        }
    }

    @Test func aHoldStandsBeforeAnErasure() async throws {
        try await withDesk { desk in
            let session = try await desk.session(.compliance)
            let other = try await desk.session(.compliance, "another")
            let path = try await person(desk, session)
            func post(
                _ path: String, _ fields: [String: String], by session: (cookie: String, token: String, key: APIKey)
            ) async throws -> Desk.Reply {
                try await desk.post(
                    path, session.cookie, fields.merging(["token": session.token, "reason": "a test"]) { $1 })
            }
            #expect(try await post(path + "/holds", [:], by: session).place == path)
            #expect(try await post(path + "/erasure", [:], by: session).status == 400)
            let held = try await post(path + "/erasure", ["sure": "true"], by: session)
            #expect(held.status == 400 && held.text.contains("hold"))
            let hold = try #require(desk.gate.registry.holds.first)
            let lift = "/console/holds/\(hold.id)/lift"
            #expect(try await post(lift, [:], by: session).status == 400)
            #expect(desk.gate.registry.holds.allSatisfy { $0.liftedAt == nil })
            #expect(try await post(lift, [:], by: other).place == "/console/holds")
            #expect(try await post(path + "/erasure", ["sure": "true"], by: session).place == path)
            let told = try await post(path + "/reveal", [:], by: session)
            #expect(told.status == 400 && !told.text.contains(Self.phone))
            #expect(try await desk.get(path, session.cookie).status == 200)
        }
    }
}
