import Documents
import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import Storage
import StorageSQLite
import Testing

@testable import Gate

@Suite struct RetentionTests {
    /// Decisions are kept for 30 days, consents and refusals for 20 days after their end, complaints for 40, accesses for 5.
    private func desk() async throws -> Desk {
        let pack =
            testPack(attempts: 2) + """
                retention:
                  - {record: decision, minimum: 10d, default: 30d, citation: c}
                  - {record: call_metadata, default: 25d, citation: c}
                  - {record: consent_evidence_after_consent_end, minimum: 1d, default: 20d, citation: c}
                  - {record: refusal_after_lift, minimum: 1d, default: 20d, citation: c}
                  - {record: complaint, default: 40d, citation: c}
                  - {record: access_log, minimum: 5d, default: 5d, citation: c}

                """
        let fixture = try GateFixture(core: corePack, pack: pack, at: monday) {
            try SQLiteStore(folder: $0, busyTimeout: 10)
        }
        return try await Desk(fixture)
    }

    /// So many days later; the log's clock goes along with what is recorded.
    private func pass(_ days: Int64, _ desk: Desk) async {
        desk.clock.advance(.days(days))
        _ = await desk.decide("fraud_alert", phone: "+8613800009999")
    }

    /// Runs beside the test's own thread, as its owner does.
    private func run(_ desk: Desk, isDryRun: Bool = false) async throws -> RetentionReport {
        let (gate, key) = (desk.gate, desk.compliance)
        return try await gate.aside { try gate.runRetention(isDryRun: isDryRun, by: key) }
    }

    @Test func decisionsGoWhenTheyAreOldAndTheLogSaysHowMany() async throws {
        let desk = try await desk()
        let id = try await desk.allow("service", #""customer":"C-qjx","request_id":"r1""#)
        _ = try await desk.report(id, "busy", #""agent":"agent-qjx""#).get()
        await pass(20, desk)
        _ = try await desk.allow("service", #""customer":"C-young""#)
        while try desk.store.maintain() > 0 {}
        #expect(try await run(desk).removed.entries == 0)
        await pass(10, desk)
        // Just 30 days old: kept to the end.
        #expect(try await run(desk).removed.entries == 0)
        desk.clock.advance(.seconds(1))
        await pass(0, desk)
        let head = try desk.heads()
        let dry = try await run(desk, isDryRun: true)
        #expect(try dry.removed.kinds == ["decision": 1, "outcome": 1] && desk.heads() == head)
        let report = try await run(desk)
        #expect(report.removed.kinds == dry.removed.kinds && report.held == 0)
        #expect(try desk.found(["customer": Array("C-qjx".utf8), "agent": Array("agent-qjx".utf8)]) == [])
        #expect(try desk.found(["young": Array("C-young".utf8)]).isEmpty == false)
        // Its place in the caps is gone, the later one's is not.
        #expect(try desk.entries(desk.subject()).map(\.kind) == [.allow])
        let verified = try desk.verify()
        #expect(verified.erased == 2 && verified.signed == verified.entries)
        #expect(try desk.replay().erased == 1)
        // Each commit's own entry, and that of the run with everything by kind.
        let said = try desk.store.read { try $0.entries(after: head, limit: 10) }.map { entry in
            String(decoding: try EntryCore(bytes: entry.core).body, as: UTF8.self)
        }
        #expect(
            said.count == 3 && said[2].contains(#""run":{"entries":2,"kinds":{"decision":1,"outcome":1}"#), "\(said)")
        #expect(try await run(desk).removed.entries == 0)
        #expect(try desk.gate.lastRetention()?.report.removed.entries == 0)
    }

    @Test func whatSuppressesStaysAndALiftedRefusalGoesWithItsLift() async throws {
        let desk = try await desk()
        let stands = "+8613800000021"
        _ = try await desk.optOut(#"{"phone":"\#(stands)","purposes":["care"]}"#)
        let lifted = try await desk.optOut(#"{"phone":"\#(Desk.phone)","purposes":["care"]}"#)
        await pass(15, desk)
        _ = try await desk.gate.lift(lifted.id, body(#"{"reason":"asked"}"#), by: desk.compliance).get()
        await pass(15, desk)
        #expect(try await run(desk).removed.kinds == ["opt_out": 2])
        // Nothing is told of who refused; it holds all the same.
        #expect(await desk.gate.reveal(desk.subject(stands), reason: "r", by: desk.compliance).name == "not found")
        #expect("\(await desk.decide("care", phone: stands))" == "deny t.refused")
        #expect("\(await desk.decide("care"))" == "allow")
        await pass(10, desk)
        #expect(try await run(desk).removed.kinds["lift"] == 1)
        #expect(try desk.entries(desk.subject()).map(\.kind).contains(.optOut) == false)
        #expect("\(await desk.decide("care"))" == "allow")
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide("care", phone: stands))" == "deny t.refused")
        #expect("\(await again.decide("care"))" == "deny t.connections")
    }

    @Test func aConsentInForceStaysAndAWithdrawnOneDoesNotComeBack() async throws {
        let desk = try await desk()
        let other = "+8613800000022"
        _ = try await desk.consent(phone: other)
        let row = #""source":"crm","source_ref":"1""#
        let first = try await desk.consent(row)
        _ = try await desk.gate.withdrawConsent(first.id, body("{}"), by: desk.operations).get()
        // What supersedes keeps the withdrawal.
        _ = try await desk.consent(row + #","evidence_ref":"e2""#)
        await pass(21, desk)
        #expect(try await run(desk).removed.kinds == ["consent": 2, "withdrawal": 1])
        #expect("\(await desk.decide("marketing", #""product":"card""#))".contains("t.consent"))
        #expect("\(await desk.decide("marketing", #""product":"card""#, phone: other))" == "allow")
        let same = try await desk.consent(row)
        #expect(!same.isNew)
        #expect("\(await desk.decide("marketing", #""product":"card""#))".contains("t.consent"))
    }

    @Test func complaintsGoAfterTheirClosureAndAccessesByAge() async throws {
        let desk = try await desk()
        func complain(_ phone: String) async throws -> String {
            try await desk.gate.openComplaint(
                body(#"{"phone":"\#(phone)","received_at":"2026-11-23T09:00:00+08:00"}"#),
                by: desk.compliance
            ).get().id
        }
        let (open, closed) = (try await complain("+8613800000023"), try await complain(Desk.phone))
        _ = try await desk.gate.closeComplaint(closed, body(#"{"result":"answered"}"#), by: desk.compliance).get()
        _ = try await desk.gate.lookUp(
            phone: Desk.phone, customer: nil, region: nil, reason: "r", by: desk.compliance
        ).get()
        await pass(41, desk)
        #expect(try await run(desk).removed.kinds == ["access": 1, "complaint": 1, "complaint_step": 1])
        #expect("\(await desk.decide("care", phone: "+8613800000023"))" == "deny t.complaint")
        #expect("\(await desk.decide("care"))" == "allow")
        #expect(open != closed)
        #expect(try desk.verify().erased == 2)
    }

    @Test func whatIsHeldIsSkippedAndCountedUntilItIsLifted() async throws {
        let desk = try await desk()
        _ = try await desk.allow("service", #""customer":"C1""#)
        _ = try await desk.allow(phone: "+8613800000024")
        let id = try await desk.gate.hold(
            body(#"{"subject":"\#(desk.subject().text)","reason":"court"}"#), by: desk.compliance
        ).get()
        await pass(31, desk)
        let report = try await run(desk)
        #expect(report.removed.kinds == ["decision": 1] && report.held == 1)
        #expect(try desk.gate.lastRetention()?.report.held == 1)
        await pass(1, desk)
        #expect(try await run(desk).held == 1)
        let second = try await desk.gate.key(.compliance, owner: "second")
        _ = try await desk.gate.change("hold", id, .lift, body(#"{"reason":"over"}"#), by: second).get()
        #expect(try await run(desk).removed.kinds == ["decision": 1])
        #expect(try desk.verify().erased == 2)
    }

    @Test func theHashesOfAnErasedPersonGoAsWell() async throws {
        let desk = try await desk()
        _ = try await desk.allow()
        _ = try await desk.erase(desk.subject()).get()
        #expect(try desk.entries(desk.subject()).map(\.kind) == [.allow, .erasure])
        await pass(31, desk)
        #expect(try await run(desk).removed.entries == 0)
        #expect(try desk.entries(desk.subject()).map(\.kind) == [.erasure])
        #expect(try desk.verify().erased == 1)
    }

    @Test func aRunIsDueOnceADay() async throws {
        let desk = try await desk()
        _ = try await desk.allow()
        func runIfDue() async throws -> Int64 {
            desk.gate.runRetentionIfDue(afterRest: .zero)
            let gate = desk.gate
            await wait { gate.retention.state.withLock { !$0.isUnderWay } }
            return try desk.heads()
        }
        let head = try desk.heads()
        #expect(try await runIfDue() == head)
        desk.clock.advance(.days(1))
        // Not soon after the start.
        desk.gate.runRetentionIfDue()
        #expect(try desk.heads() == head)
        #expect(try await runIfDue() == head + 1)
        #expect(try await runIfDue() == head + 1)
        // Nor by another process, or after a restart.
        let again = try Desk(reopening: desk)
        #expect(try again.gate.isRetentionDue() == false)
        again.clock.advance(.days(1))
        #expect(try again.gate.isRetentionDue())
    }

    @Test func aClockThatRunsAheadRemovesNothing() async throws {
        let desk = try await desk()
        _ = try await desk.allow()
        desk.clock.advance(.days(4000))
        #expect(try await run(desk).removed.entries == 0)
    }

    @Test func withoutATermEverythingIsKept() async throws {
        let desk = try await Desk()
        _ = try await desk.allow()
        await pass(4000, desk)
        #expect(try await run(desk).removed.entries == 0)
    }
}
