import Gate
import GateModel
import GateTesting
import Testing

/// What somebody makes and another must approve.
@Suite struct RegistryTests {
    @Test func importedAttemptsCountFromTheirInstantOnceApproved() async throws {
        let desk = try await Desk(attempts: 2)
        let rows = [
            #"{"source":"old","source_ref":"1","at":"2026-11-22T12:00:00+08:00","phone":"+8613800000001","purpose":"service","outcome":"busy"}"#,
            #"{"source":"old","source_ref":"2","at":"2026-11-23T09:00:00+08:00","phone":"+8613800000001","purpose":"service"}"#,
            #"{"source":"old","source_ref":"3","at":"2026-11-23T09:00:00+08:00","phone":"+8613800000001","purpose":"service","outcome":"not_dialed"}"#,
        ].map(body)
        let batch = try await desk.gate.stage(ImportOrder(.attempts, .ndjson, by: desk.operations), rows).get()
        #expect(
            await desk.gate.change("attempts", batch, .approval, body("{}"), by: desk.operations).name == "forbidden")
        #expect(await desk.gate.change("attempts", batch, .approval, body("{}"), by: desk.compliance).name == "done")
        let head = try desk.heads()
        // Approved again, or sent again: nothing changes.
        #expect(await desk.gate.change("attempts", batch, .approval, body("{}"), by: desk.compliance).name == "done")
        #expect(try desk.heads() == head)
        let denied = await desk.decide()
        #expect("\(denied)" == "deny t.attempts")
        let attempts = denied.answer?.record.facts.attempts.filter(\.isUngated) ?? []
        #expect(attempts.map(\.at) == [at("2026-11-22T12:00:00+08:00"), at("2026-11-23T09:00:00+08:00")])
        #expect(attempts.map(\.isConnection) == [false, true])
        desk.clock.set(at("2026-11-23T12:00:00+08:00"))
        #expect("\(await (try Desk(reopening: desk)).decide())" == "allow")
    }

    @Test func aBatchSpeaksForThoseForWhomItWasHandedIn() async throws {
        let desk = try await Desk(attempts: 100)
        let card = try await desk.gate.key(.operations, owner: "card", entities: ["card-company"])
        let rows = [
            #"{"phone":"+8613800000001","purposes":["marketing"],"products":["card"],"modes":["live"],"form":"click","obtained_at":"2026-01-05T10:00:00+08:00","source":"s","source_ref":"1"}"#
        ].map(body)
        let batch = try await desk.gate.stage(ImportOrder(.consents, .ndjson, by: card), rows).get()
        _ = try await desk.gate.change("attempts", batch, .approval, body("{}"), by: desk.compliance).get()
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.consent")
        let dialer = try await desk.gate.key(.dialer, owner: "card-dialer", entities: ["card-company"])
        #expect("\(await desk.decide("marketing", #""product":"card""#, by: dialer))" == "allow")
    }

    @Test func aCampaignIsApprovedPausedAndResumed() async throws {
        let desk = try await Desk(attempts: 100)
        let json = #"{"id":"c1","purpose":"service"}"#
        let call = #""campaign":"c1""#
        let id = try await desk.gate.register(.campaigns, body(json), by: desk.operations).get()
        #expect("\(await desk.decide("service", call))" == "deny core.campaign")
        #expect(await desk.gate.change("campaign", id, .approval, body("{}"), by: desk.operations).name == "forbidden")
        #expect(await desk.gate.change("campaign", id, .approval, body("{}"), by: desk.compliance).name == "done")
        #expect("\(await desk.decide("service", call))" == "allow")
        // A change waits; a pause meanwhile holds, and goes on holding when the change is approved.
        let change = try await desk.gate.register(.campaigns, body(json), by: desk.operations).get()
        #expect(await desk.gate.change("campaign", "c1", .pause, body("{}"), by: desk.operations).name == "done")
        #expect("\(await desk.decide("service", call))" == "deny core.campaign")
        _ = try await desk.gate.change("campaign", change, .approval, body("{}"), by: desk.compliance).get()
        #expect("\(await desk.decide("service", call))" == "deny core.campaign")
        _ = try await desk.gate.change("campaign", "c1", .resume, body("{}"), by: desk.operations).get()
        #expect("\(await desk.decide("service", call))" == "allow")
    }

    @Test func accessesAreRecordedAndNotReadAtStart() async throws {
        let desk = try await Desk()
        for _ in 0..<3 {
            _ = try await desk.gate.lookUp(
                phone: Desk.phone, customer: nil, region: nil, reason: "case 7", by: desk.compliance
            ).get()
        }
        let registry = desk.gate.keyFile.ledger.key(.registry)
        let kinds = try desk.store.read { try $0.entries(by: registry).map(\.kind) }
        #expect(kinds == [.key, .key, .key])
        #expect("\(await (try Desk(reopening: desk)).decide())" == "allow")
    }
}
