import Foundation
import Gate
import GateModel
import GateTesting
import StorageSQLite
import Testing

/// The same request again.
@Suite struct RequestTests {
    let request = #""request_id":"r1","customer":"C1","agent":"A1","attributes":{"asks":true},"data_fields":["name"]"#

    @Test func theSameRequestGivesTheSameAnswerAndReservesNothingMore() async throws {
        let desk = try await Desk(attempts: 2)
        let first = await desk.decide("service", request)
        let bytes = try #require(first.answer?.json)
        let head = try desk.heads()
        desk.clock.advance(.seconds(30))
        #expect(await desk.decide("service", request).answer?.json == bytes)
        #expect(await desk.decide("service", request).answer?.line == first.answer?.line)
        #expect(try desk.heads() == head)
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func theSameAnswerAcrossARestartBeforeAndBehindTheWatermark() async throws {
        var desk = try await Desk(attempts: 1)
        let bytes = try #require(await desk.decide("service", request).answer?.json)
        desk = try Desk(reopening: desk)
        #expect(await desk.decide("service", request).answer?.json == bytes)
        for n in 0..<50 { _ = await desk.decide("care", phone: "+86139000001\(10 + n)") }
        while try desk.gate.maintain() > 0 {}
        #expect(await desk.decide("service", request).answer?.json == bytes)
        desk = try Desk(reopening: desk)
        #expect(await desk.decide("service", request).answer?.json == bytes)
    }

    @Test func theSameAnswerAfterThePolicyChanged() async throws {
        let desk = try await Desk(attempts: 1)
        _ = try await desk.allow()
        let denied = await desk.decide("service", request)
        let bytes = try #require(denied.answer?.json)
        #expect("\(denied)" == "deny t.attempts")
        try desk.fixture.folder.write(
            testPack(attempts: 1).replacing("attempts in words", with: "other words"), to: "policy/CN/test/pack.yaml")
        try desk.gate.reconfigure()
        #expect(await desk.decide("service", request).answer?.json == bytes)
        #expect(String(decoding: await desk.decide().answer?.json ?? [], as: UTF8.self).contains("other words"))
        let again = try Desk(reopening: desk)
        #expect(await again.decide("service", request).answer?.json == bytes)
    }

    @Test func anotherBodyIsAConflict() async throws {
        let desk = try await Desk()
        _ = try await desk.allow("service", request)
        #expect("\(await desk.decide("care", request))" == "request-id-reused")
        #expect("\(await desk.decide("service", request, phone: "+8613800000002"))" == "request-id-reused")
        #expect("\(await desk.decide("service", #""request_id":"r1""#))" == "request-id-reused")
        #expect("\(await desk.decide("service", request + #","permit":true"#))" == "request-id-reused")
        // Another key's ids are its own.
        let other = try await desk.gate.key(.dialer, owner: "another")
        #expect("\(await desk.decide("care", #""request_id":"r1""#, by: other))" == "allow")
    }

    @Test func anAllowEndsAfterValidUntil() async throws {
        let desk = try await Desk()
        _ = try await desk.allow("service", request)
        desk.clock.advance(.seconds(59))
        #expect("\(await desk.decide("service", request))" == "allow")
        desk.clock.advance(.seconds(2))
        #expect("\(await desk.decide("service", request))" == "decision-expired")
        #expect("\(await (try Desk(reopening: desk)).decide("service", request))" == "decision-expired")
    }

    @Test func anAllowEndsWithItsOutcome() async throws {
        let desk = try await Desk()
        _ = try await desk.report(try await desk.allow("service", request), "busy").get()
        #expect("\(await desk.decide("service", request))" == "decision-expired")
    }

    @Test func anAllowEndsOnceTheNumberIsSuppressedOrCallingIsStopped() async throws {
        for json in [#"{"phone":"+8613800000001","purposes":["service"]}"#, #"{"customer":"C1","purposes":["all"]}"#] {
            let desk = try await Desk()
            _ = try await desk.allow("service", request)
            _ = try await desk.optOut(json)
            #expect("\(await desk.decide("service", request))" == "decision-expired")
        }
        let desk = try await Desk()
        _ = try await desk.allow("service", request)
        _ = try await desk.optOut(#"{"phone":"+8613800000001","purposes":["marketing"]}"#)
        #expect("\(await desk.decide("service", request))" == "allow")
        _ = try await desk.gate.register(
            .stops, body(#"{"purposes":["service"],"reason":"fault"}"#), by: desk.operations
        ).get()
        #expect("\(await desk.decide("service", request))" == "decision-expired")
    }

    @Test func aWithdrawnConsentEndsTheAllowThatRestedOnIt() async throws {
        let desk = try await Desk()
        let consent = try await desk.consent()
        let call = #""product":"card","request_id":"r1""#
        _ = try await desk.allow("marketing", call)
        _ = try await desk.gate.withdrawConsent(consent.id, body("{}"), by: desk.operations).get()
        #expect("\(await desk.decide("marketing", call))" == "decision-expired")
    }

    @Test func theCallsOwnReservationEndsNothing() async throws {
        // `t.asked` denies another question within 60 days; the first counts as asked while it is open.
        let desk = try await Desk(attempts: 1, connections: 1)
        _ = try await desk.allow("care", request)
        #expect("\(await desk.decide("care", request))" == "allow")
        #expect("\(await desk.decide("care", #""attributes":{"asks":true}"#))".contains("t.asked"))
    }

    @Test func aDenyIsRepeatedAsItWas() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        let bytes = try #require(await desk.decide("service", request).answer?.json)
        _ = try await desk.report(id, "not_dialed").get()
        desk.clock.advance(.days(40))
        #expect(await desk.decide("service", request).answer?.json == bytes)
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func inABatchToo() async throws {
        let desk = try await Desk(attempts: 1)
        let call = #"{"phone":"+8613800000001","purpose":"service","request_id":"x"}"#
        let other = #"{"phone":"+8613800000001","purpose":"service","request_id":"y"}"#
        let bad = #"{"phone":"+8613800000001","purpose":"nonsense","request_id":"z"}"#
        let bare = #"{"phone":"+8613800000001","purpose":"service"}"#
        let answers = try await desk.gate.decideBatch(
            body(#"{"calls":[\#(call),\#(bad),\#(call),\#(other),\#(bare)]}"#), by: desk.dialer
        ).get()
        let told = answers.map { "\(Told($0))" }
        #expect(told == ["allow", "invalid /purpose", "allow", "deny t.attempts", "invalid /request_id"])
        #expect(Told(answers[0]).answer?.json == Told(answers[2]).answer?.json)
    }

    // MARK: Deadlines

    @Test func aDeadlineThatPassedReservesNothing() async throws {
        let desk = try await Desk(attempts: 1)
        let call = Desk.call("service", Desk.phone, #""request_id":"r1""#)
        let late = await desk.gate.decide(call, by: desk.dialer, deadline: .now - .seconds(1))
        #expect(late.name == "unavailable")
        // The same request may be sent again, and decides anew.
        var told = Told(await desk.gate.decide(call, by: desk.dialer))
        for _ in 0..<100 where "\(told)" != "allow" {
            await pause(milliseconds: 10)
            told = Told(await desk.gate.decide(call, by: desk.dialer))
        }
        #expect("\(told)" == "allow")
        #expect("\(await desk.decide())" == "deny t.attempts")
    }

    @Test func aDeadlineIsAnsweredThoughTheDatabaseIsLocked() async throws {
        let desk = try await Desk(attempts: 1)
        let other = try desk.fixture.store()
        let (locked, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Thread {
            _ = try? other.commit { _ in
                locked.signal()
                release.wait()
            }
            locked.signal()
        }
        thread.start()
        await wait(for: locked)
        let call = Desk.call("service", Desk.phone, #""request_id":"r1""#)
        // Answered while the lock is held: only afterwards is it let go.
        let late = await desk.gate.decide(call, by: desk.dialer, deadline: .now + .milliseconds(50))
        #expect(late.name == "unavailable")
        release.signal()
        await wait(for: locked)
        var told = "unavailable"
        // Whatever was committed late was given back, so one attempt is free.
        for n in 0..<500 where told != "allow" {
            told = "\(await desk.decide("service", #""request_id":"s\#(n)""#))"
            if told != "allow" { await pause(milliseconds: 10) }
        }
        #expect(told == "allow")
        try other.close()
    }

    /// The first asker is not told in time; the second, asking the same, is, before the first gives the attempt back.
    @Test func anAllowThatWasToldToASecondAskerIsNotGivenBackForTheFirst() async throws {
        let fixture = try fixture(attempts: 1)
        let store = FaultingStore(try fixture.store())
        let desk = try await Desk(fixture, over: store)
        let call = Desk.call("service", Desk.phone, #""request_id":"r1""#)
        // While the first commit is held up, the second question joins the queue; the deadline passes.
        let (held, release) = store.holdNextCommit()
        async let first = desk.gate.decide(call, by: desk.dialer, deadline: .now + .milliseconds(20))
        await wait(for: held)
        let late = await first
        #expect(late.name == "unavailable")
        async let second = desk.gate.decide(call, by: desk.dialer)
        await wait(until: { desk.gate.queueLength > 0 })
        release.signal()
        #expect("\(Told(await second))" == "allow")
        // Whatever the first asker's side still does comes before this.
        for _ in 0..<20 { #expect("\(await desk.decide())" == "deny t.attempts") }
    }
}
