import Gate
import GateModel
import GateTesting
import Testing

/// What becomes of an allow, and what it does to later calls.
@Suite struct AttemptTests {
    @Test func anOpenAttemptCountsAsAConnectionForAsLongAsItIsOpen() async throws {
        let desk = try await Desk()
        _ = try await desk.allow("care")
        #expect("\(await desk.decide("care"))" == "deny t.connections")
        desk.clock.advance(.hours(23))
        #expect("\(await desk.decide("care"))" == "deny t.connections")
        desk.clock.advance(.hours(1))
        #expect("\(await desk.decide("care"))" == "allow")
    }

    static let table: [(outcome: String, isAttempt: Bool, isConnection: Bool)] = [
        ("no_answer", true, false), ("busy", true, false), ("failed", true, false), ("answered", true, true),
        ("machine", true, true), ("abandoned", true, true), ("carrier_refused", true, false),
        ("not_dialed", false, false),
    ]

    @Test(arguments: table.indices) func eachOutcomeCountsAsTheContractSays(index: Int) async throws {
        let (outcome, isAttempt, isConnection) = Self.table[index]
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow("care")
        #expect("\(await desk.decide("care"))" == "deny t.attempts t.connections")
        let receipt = try await desk.report(id, outcome).get()
        #expect(receipt.outcome == outcome && !receipt.isOpen && receipt.findings == [])
        let expected = (isAttempt ? ["t.attempts"] : []) + (isConnection ? ["t.connections"] : [])
        #expect(
            "\(await desk.decide("care"))" == (expected.isEmpty ? "allow" : "deny " + expected.joined(separator: " ")))
        // And after everything was read again from the log.
        let again = try Desk(reopening: desk)
        if isAttempt { #expect("\(await again.decide("care"))" == "deny " + expected.joined(separator: " ")) }
    }

    @Test func theSameReportAgainChangesNothing() async throws {
        let desk = try await Desk()
        let id = try await desk.allow()
        let body = #""dialed_at":"2026-11-23T10:00:05+08:00","agent":"A1""#
        let first = try await desk.report(id, "answered", body).get()
        let head = try desk.heads()
        desk.clock.advance(.hours(5))
        let second = try await desk.report(id, "answered", body).get()
        #expect(first.id == second.id && second.findings == [])
        #expect(try desk.heads() == head)
    }

    @Test(arguments: [
        ("answered", "no_answer"), ("no_answer", "answered"), ("not_dialed", "answered"), ("answered", "not_dialed"),
    ])
    func ofContradictingReportsTheStricterCounts(first: String, second: String) async throws {
        let desk = try await Desk()
        let id = try await desk.allow("care")
        _ = try await desk.report(id, first).get()
        #expect(try await desk.report(id, second).get().findings == ["contradicts"])
        #expect("\(await desk.decide("care"))" == "deny t.connections")
        let found = try await desk.gate.decision(id, by: desk.compliance).get()
        #expect(found.reports.map(\.outcome) == [first, second])
        #expect(found.outcome == "answered")
    }

    @Test func oddTimesAreFindingsAndNeverRefused() async throws {
        let desk = try await Desk()
        let id = try await desk.allow()
        func findings(_ more: String) async throws -> [String] {
            try await desk.report(id, "answered", more).get().findings
        }
        #expect(try await findings(#""dialed_at":"2026-11-23T09:00:00+08:00""#) == ["before_decision"])
        #expect(
            try await findings(#""dialed_at":"2026-11-23T10:30:00+08:00""#) == ["after_valid_until", "in_the_future"])
        #expect(try await findings(#""ended_at":"2031-01-01T00:00:00+08:00""#) == ["in_the_future"])
        #expect(
            try await findings(#""dialed_at":"2026-11-23T10:00:30+08:00","ended_at":"2026-11-23T10:00:10+08:00""#)
                == ["out_of_order"])
        #expect(try await findings(#""caller_id":"+862211111111""#) == ["other_caller_id"])
        desk.clock.advance(.hours(2) + .seconds(1))
        #expect(try await findings("") == ["late"])
        #expect(await desk.report("01930000-0000-7000-8000-000000000000", "busy").name == "not found")
    }

    @Test func aWrongClockMovesNoAttemptOutOfItsCap() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        _ = try await desk.report(
            id, "answered", #""dialed_at":"2020-01-01T00:00:00+08:00","ended_at":"2020-01-01T00:01:00+08:00""#
        ).get()
        desk.clock.advance(.hours(24) - .seconds(1))
        #expect("\(await desk.decide())" == "deny t.attempts")
        desk.clock.advance(.seconds(1))
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func theInstantOfAnAttemptIsWhenItWasDialed() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        desk.clock.advance(.minutes(1))
        _ = try await desk.report(id, "answered", #""dialed_at":"2026-11-23T10:00:40+08:00""#).get()
        desk.clock.set(at("2026-11-24T10:00:39+08:00"))
        #expect("\(await desk.decide())" == "deny t.attempts")
        desk.clock.set(at("2026-11-24T10:00:40+08:00"))
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func notDialedIsTakenUntilTenMinutesAfterTheAllow() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        desk.clock.advance(.seconds(60) + .minutes(10))
        #expect(await desk.report(id, "not_dialed").name == "done")
        let second = try await desk.allow()
        desk.clock.advance(.seconds(60) + .minutes(10) + .seconds(1))
        #expect(await desk.report(second, "not_dialed").name == "too-late")
        #expect("\(await desk.decide())" == "deny t.attempts")
        #expect(await desk.report(second, "not_dialed", by: desk.compliance).name == "invalid /reason")
        #expect(
            await desk.report(second, "not_dialed", #""reason":"trunk was down""#, by: desk.compliance).name == "done")
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func anUnmappedDispositionLeavesTheAttemptOpen() async throws {
        let desk = try await Desk()
        let id = try await desk.allow("care")
        let receipt = try await desk.gate.report(body(#"{"disposition":"XQ"}"#), decision: id, by: desk.dialer).get()
        #expect(receipt.isOpen && receipt.outcome == nil && receipt.findings == ["unmapped_disposition"])
        #expect("\(await desk.decide("care"))" == "deny t.connections")
        #expect(try await desk.gate.decision(id, by: desk.compliance).get().outcome == "open")
        desk.clock.advance(.hours(2) + .seconds(1))
        #expect(try await desk.gate.decision(id, by: desk.compliance).get().outcome == "unreported")
    }

    @Test func unreportedAttemptsAreShownUntilTheirOutcomeComes() async throws {
        let desk = try await Desk()
        let id = try await desk.allow("service", #""request_id":"r1""#)
        _ = try desk.gate.maintain()
        #expect(desk.gate.countUnreported() == 0)
        desk.clock.advance(.hours(3))
        #expect(desk.gate.countUnreported() == 1)
        #expect("\(await desk.decide("care"))" == "allow")
        let byRequest = body(#"{"request_id":"r1","outcome":"busy"}"#)
        #expect(try await desk.gate.report(byRequest, decision: nil, by: desk.dialer).get().decision == id)
        _ = try desk.gate.maintain()
        #expect(desk.gate.countUnreported() == 0)
    }

    @Test func aDeniedCallHasNoOutcome() async throws {
        let desk = try await Desk(attempts: 1)
        _ = try await desk.allow()
        let denied = await desk.decide()
        let id = try #require(denied.answer?.record.id.description)
        #expect(await desk.report(id, "answered").name == "not-an-allow")
    }

    @Test func anotherVendorsCallIsNotFound() async throws {
        let desk = try await Desk()
        let agency = try await desk.gate.key(.dialer, owner: "agency", vendors: ["agency"])
        let id = try await desk.allow()
        #expect(await desk.report(id, "answered", by: agency).name == "not found")
        #expect(await desk.gate.decision(id, by: agency).name == "not found")
    }

    // MARK: Customers

    @Test func capsByCustomerCountOverAllNumbers() async throws {
        let desk = try await Desk(attempts: 2)
        _ = try await desk.allow("service", #""customer":"C1""#, phone: "+8613800000001")
        _ = try await desk.allow("service", #""customer":"C1""#, phone: "+8613800000002")
        #expect("\(await desk.decide("service", #""customer":"C1""#, phone: "+8613800000003"))" == "deny t.attempts")
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide("service", #""customer":"C1""#, phone: "+8613800000003"))" == "deny t.attempts")
        #expect("\(await again.decide("service", #""customer":"C2""#, phone: "+8613800000003"))" == "allow")
    }

    @Test func aCallWithoutACustomerIsJudgedByItsNumberAndSaysSo() async throws {
        let desk = try await Desk()
        let told = await desk.decide()
        #expect(told.answer?.record.judgement.stoodAside.contains { $0.why == "no_customer" } == true)
        let named = await desk.decide("service", #""customer":"C1""#)
        #expect(named.answer?.record.judgement.stoodAside.isEmpty == true)
    }

    // MARK: Replacing

    @Test func replacesOnlyAnOpenAllowOfTheSameKeyNumberAndPurpose() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        func replace(
            _ purpose: String = "service", phone: String = Desk.phone, by key: APIKey? = nil, id other: String? = nil
        ) async -> String {
            "\(await desk.decide(purpose, #""replaces":"\#(other ?? id)""#, phone: phone, by: key))"
        }
        #expect(await replace("care") == "cannot-replace")
        #expect(await replace(phone: "+8613800000002") == "cannot-replace")
        #expect(await replace(by: try await desk.gate.key(.dialer, owner: "another")) == "cannot-replace")
        #expect(await replace(id: "01930000-0000-7000-8000-000000000000") == "cannot-replace")
        #expect(await replace(id: "nonsense") == "cannot-replace")
        #expect("\(await desk.decide())" == "deny t.attempts")
        #expect(await replace() == "allow")
        #expect(await replace() == "cannot-replace")
        let found = try await desk.gate.decision(id, by: desk.compliance).get()
        #expect(found.outcome == "not_dialed" && found.reports.map(\.reason) == ["replaced"])
        #expect("\(await desk.decide())" == "deny t.attempts")
    }

    @Test func anAllowWhoseOutcomeIsKnownIsNotReplaced() async throws {
        let desk = try await Desk()
        let id = try await desk.allow()
        _ = try await desk.report(id, "no_answer").get()
        #expect("\(await desk.decide("service", #""replaces":"\#(id)""#))" == "cannot-replace")
    }
}
