import GateModel
import GateTesting
import Testing

/// What an outcome or a recorded fact does to later calls.
@Suite struct EffectTests {
    let purposes = ["marketing", "care", "service", "collection", "fraud_alert", "survey"]

    /// The rules, other than caps, that deny each purpose.
    func denied(_ desk: Desk, phone: String = Desk.phone, _ more: String = "") async -> [String: String] {
        var result: [String: String] = [:]
        for purpose in purposes {
            let extra = purpose == "marketing" ? #""product":"card""# + (more.isEmpty ? "" : ",") + more : more
            let told = await desk.decide(purpose, extra, phone: phone)
            let rules = told.answer?.record.judgement.reasons.map(\.rule).filter {
                $0 != "t.attempts" && $0 != "t.connections"
            }
            if let rules, !rules.isEmpty { result[purpose] = rules.joined(separator: " ") }
        }
        return result
    }

    @Test(arguments: ["answered", "no_answer", "machine", "abandoned"]) func mostOutcomesRefuseNothing(outcome: String)
        async throws
    {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent()
        _ = try await desk.report(try await desk.allow(), outcome).get()
        #expect(await denied(desk) == [:])
    }

    @Test func refusedEndsMarketingAndTheOwnPurposeOfCareAndSurvey() async throws {
        for (purpose, expected) in [
            ("service", ["marketing"]), ("care", ["marketing", "care"]), ("survey", ["marketing", "survey"]),
        ] {
            let desk = try await Desk(attempts: 1000, connections: 1000)
            _ = try await desk.consent()
            _ = try await desk.report(try await desk.allow(purpose), "refused").get()
            #expect(Set(await denied(desk).keys) == Set(expected), "\(purpose)")
            let again = try Desk(reopening: desk)
            #expect(Set(await denied(again).keys) == Set(expected), "\(purpose) after a restart")
        }
    }

    @Test func softRefusalRestsNinetyDays() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        let id = try await desk.allow("care")
        // A clock that runs wrong does not shorten the rest.
        _ = try await desk.report(id, "soft_refusal", #""ended_at":"1999-01-01T00:00:00+08:00""#).get()
        #expect(await denied(desk)["care"] == "t.soft")
        #expect(await denied(desk)["service"] == nil)
        desk.clock.advance(.days(90) - .seconds(1))
        #expect("\(await desk.decide("care"))" == "deny t.soft")
        desk.clock.advance(.seconds(1))
        #expect("\(await desk.decide("care"))" == "allow")
    }

    @Test func optedOutCoversWhatIsNamedAndThePolicyLets() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.report(try await desk.allow(), "opted_out", #""purposes":["all"]"#).get()
        #expect(Set(await denied(desk).keys) == ["marketing", "care", "survey"])
        let plain = try await Desk(attempts: 1000, connections: 1000)
        _ = try await plain.report(try await plain.allow("care"), "opted_out").get()
        #expect(Set(await denied(plain).keys) == ["marketing"])
    }

    @Test func wrongNumberTurnsEveryPurposeOffAndEndsItsConsents() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent()
        #expect(await denied(desk) == [:])
        _ = try await desk.report(try await desk.allow("fraud_alert"), "wrong_number").get()
        let off = await denied(desk)
        #expect(Set(off.keys) == Set(purposes))
        #expect(off["marketing"] == "t.reassigned t.consent")
        #expect(await denied(try Desk(reopening: desk)) == off)
        #expect(await denied(desk, phone: "+8613800000002")["service"] == nil)
    }

    @Test func carrierRefusedEndsOnlyItsProduct() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent()
        _ = try await desk.report(try await desk.allow("marketing", #""product":"card""#), "carrier_refused").get()
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.carrier")
        #expect("\(await desk.decide("marketing", #""product":"loan""#))" == "allow")
    }

    @Test func aComplaintFreezesUntilItIsClosed() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent()
        _ = try await desk.report(try await desk.allow(), "complained").get()
        #expect(await denied(desk) == ["marketing": "t.complaint", "care": "t.complaint"])
        let recorded = try await desk.gate.openComplaint(
            body(#"{"phone":"\#(Desk.phone)","received_at":"2026-11-23T09:00:00+08:00"}"#), by: desk.compliance
        ).get()
        #expect(recorded.due.map(\.step).contains("closure"))
        #expect(
            await desk.gate.closeComplaint(recorded.id, body(#"{"result":"settled"}"#), by: desk.compliance)
                .name == "done")
        // The first is still open, also for who reads the log anew.
        #expect(await denied(desk)["care"] == "t.complaint")
        #expect(desk.gate.openComplaints().count == 1)
        let other = try Desk(reopening: desk)
        #expect(other.gate.openComplaints().count == 1)
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        #expect(other.gate.openComplaints().overdue.count == 1)
    }

    // MARK: Refusals

    @Test func aRefusalByCustomerHoldsForAllHisNumbers() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.optOut(#"{"customer":"C1","purposes":["care"]}"#)
        #expect("\(await desk.decide("care", #""customer":"C1""#, phone: "+8613800000005"))" == "deny t.refused")
        #expect("\(await desk.decide("care", #""customer":"C2""#, phone: "+8613800000005"))" == "allow")
        let both = try await desk.optOut(#"{"phone":"+8613800000006","customer":"C3","purposes":["all"]}"#)
        #expect("\(await desk.decide("service", #""customer":"C9""#, phone: "+8613800000006"))" == "deny t.refused")
        #expect("\(await desk.decide("service", #""customer":"C3""#, phone: "+8613800000007"))" == "deny t.refused")
        #expect(
            await desk.gate.lift(both.id, body(#"{"reason":"asked to be called"}"#), by: desk.compliance).name == "done"
        )
        #expect("\(await desk.decide("service", #""customer":"C9""#, phone: "+8613800000006"))" == "allow")
        #expect("\(await desk.decide("service", #""customer":"C3""#, phone: "+8613800000007"))" == "allow")
        #expect(await desk.gate.lift(both.id, body("{}"), by: desk.compliance).name == "invalid /reason")
    }

    // MARK: Consents

    @Test func aWithdrawnConsentEndsAndANewOneCounts() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        let call = #""product":"card""#
        #expect("\(await desk.decide("marketing", call))" == "deny t.consent")
        let consent = try await desk.consent()
        #expect("\(await desk.decide("marketing", call))" == "allow")
        #expect(await desk.gate.withdrawConsent(consent.id, body("{}"), by: desk.operations).name == "done")
        #expect("\(await desk.decide("marketing", call))" == "deny t.consent")
        // One that is recorded later but was given before the withdrawal does not count.
        _ = try await desk.consent(obtained: "2026-11-23T09:00:00+08:00")
        #expect("\(await desk.decide("marketing", call))" == "deny t.consent")
        desk.clock.advance(.minutes(10))
        _ = try await desk.consent(obtained: "2026-11-23T10:05:00+08:00")
        #expect("\(await desk.decide("marketing", call))" == "allow")
    }

    @Test func theSameSourceAndContentChangesNothingAndOtherContentSupersedes() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        let source = #""source":"crm","source_ref":"1""#
        let first = try await desk.consent(source)
        let same = try await desk.consent(source)
        #expect(first.isNew && !same.isNew && same.id == first.id)
        let second = try await desk.consent(source + #","expires_at":"2026-12-01T00:00:00+08:00""#)
        #expect(second.isNew && second.id != first.id)
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "allow")
        // Whoever withdraws may hold the id of the first form.
        #expect(await desk.gate.withdrawConsent(first.id, body("{}"), by: desk.operations).name == "done")
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.consent")
        #expect("\(await (try Desk(reopening: desk)).decide("marketing", #""product":"card""#))" == "deny t.consent")
        // Superseding keeps the withdrawal.
        _ = try await desk.consent(source + #","expires_at":"2027-12-01T00:00:00+08:00""#)
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.consent")
    }

    @Test func aSourceThatMovesAConsentToAnotherNumberEndsItAtTheFirst() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        let source = #""source":"crm","source_ref":"1""#
        _ = try await desk.consent(source)
        let moved = try await desk.consent(source, phone: "+8613800000002")
        #expect(moved.isNew)
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.consent")
        #expect("\(await desk.decide("marketing", #""product":"card""#, phone: "+8613800000002"))" == "allow")
    }

    @Test func aConsentNeedsTheSameCustomerWhereBothNameOne() async throws {
        let desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent(#""customer":"C1""#)
        #expect("\(await desk.decide("marketing", #""product":"card","customer":"C2""#))" == "deny t.consent")
        #expect("\(await desk.decide("marketing", #""product":"card","customer":"C1""#))" == "allow")
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "allow")
    }
}
