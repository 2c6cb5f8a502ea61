import Documents
import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import LogVerification
import Storage
import Synchronization
import Testing

extension Desk {
    func subject(_ phone: String = Desk.phone) -> LookupKey { gate.keyFile.ledger.key(.number(phone)) }
    func subject(customer: String) -> LookupKey { gate.keyFile.ledger.key(.customer(customer)) }

    func erase(_ subject: LookupKey) async -> Result<Erasure, GateError> {
        await gate.erase(subject, reason: "asked on 23 November", by: compliance)
    }

    func entries(_ key: LookupKey) throws -> [StoredEntry] { try store.read { try $0.entries(by: key) } }

    /// Which of some byte strings stand in which file of the data folder.
    func found(_ words: [String: [UInt8]]) throws -> [String] {
        let data = fixture.folder.path + "/data"
        var found: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: data) {
            guard let bytes = FileManager.default.contents(atPath: data + "/" + name), !bytes.isEmpty else { continue }
            for (word, wanted) in words where bytes.range(of: Data(wanted)) != nil {
                found.append("\(word) in \(name)")
            }
        }
        return found.sorted()
    }

    /// Everything that the log must still prove and repeat.
    func verify() throws -> LogVerification.Report {
        try gate.tree.extend(isLast: true)
        return try LogVerification(
            .init(
                database: fixture.folder.path + "/data/log.sqlite", tree: fixture.folder.path + "/data/tree",
                keys: fixture.folder.path + "/keys")
        ).run()
    }

    func replay() throws -> ReplayCounts {
        try Replay(store: store, keyFile: gate.keyFile).run(PastRange()) { Issue.record("\($0)") }
    }
}

@Suite struct ErasureTests {
    static let customer = "C-4711-qjx"

    /// A person of whom something of every kind is on record.
    private func person(_ desk: Desk) async throws {
        let customer = #""customer":"\#(Self.customer)","agent":"agent-qjx-7""#
        _ = try await desk.consent(#""customer":"\#(Self.customer)","source":"crm","source_ref":"row-13800000001""#)
        let id = try await desk.allow("service", customer + #","request_id":"call-13800000001","event":"debt-qjx""#)
        _ = try await desk.report(id, "busy", #""agent":"agent-qjx-8""#).get()
        _ = await desk.decide("marketing", customer + #","request_id":"again-13800000001""#)
        _ = try await desk.optOut(#"{"phone":"\#(Desk.phone)","customer":"\#(Self.customer)","purposes":["survey"]}"#)
        _ = try await desk.gate.openComplaint(
            body(
                #"{"phone":"\#(Desk.phone)","customer":"\#(Self.customer)","received_at":"2026-11-23T09:00:00+08:00"}"#),
            by: desk.compliance
        ).get()
        #expect("\(await desk.decide("survey", customer))".contains("t.refused"))
    }

    @Test func noFileTellsWhoItWas() async throws {
        let desk = try await Desk()
        // Among others, so that pages are shared.
        for n in 2..<40 { _ = try await desk.allow(phone: "+86138000001\(n + 10)") }
        try await person(desk)
        for n in 2..<40 { _ = try await desk.allow(phone: "+86138000002\(n + 10)") }
        while try desk.store.maintain() > 0 {}
        let keys = desk.gate.keyFile.ledger
        let entries = try desk.entries(desk.subject()).filter { $0.personal != nil }
        var words: [String: [UInt8]] = [
            "digits": Array("13800000001".utf8), "mask": Array("138****0001".utf8),
            "customer": Array(Self.customer.utf8), "agent": Array("agent-qjx".utf8), "event": Array("debt-qjx".utf8),
            "secret": try #require(try desk.store.read { try $0.secret(entries[0].subject!) }),
        ]
        for entry in entries { words["sealed \(entry.sequence)"] = Array(try #require(entry.personal).prefix(60)) }
        // Whoever has the key file cannot try whether the person asked under these names.
        for key in [desk.dialer] {
            for id in ["call-13800000001", "again-13800000001"] {
                words["request \(id)"] = keys.key(.request(key: key.id, id: id)).bytes
            }
        }
        let before = Set(try desk.found(words).map { String($0.prefix { $0 != " " }) })
        #expect(before.isSuperset(of: ["mask", "customer", "agent", "secret", "sealed", "request"]), "\(before)")

        let erasure = try await desk.erase(desk.subject()).get()
        #expect(
            erasure.removed.kinds == ["consent": 1, "decision": 3, "outcome": 1, "opt_out": 1, "complaint": 1]
                && erasure.removed.secrets == 1)
        var found = try desk.found(words)
        #expect(found == [])
        while try desk.store.maintain() > 0 {}
        found = try desk.found(words)
        #expect(found == [])

        let left = try desk.entries(desk.subject())
        #expect(left.map(\.kind) == [.allow, .outcome, .optOut, .complaint, .erasure])
        #expect(
            left.allSatisfy { $0.personal == nil } && left.dropLast().allSatisfy { $0.removedBy == left.last?.sequence }
        )
        let core = try EntryCore(bytes: try #require(left.last).core)
        let said = String(decoding: core.body, as: UTF8.self)
        #expect(core.actor == desk.compliance.id && said.contains("asked on 23 November"))
        #expect(!said.contains(desk.subject().text))

        let report = try desk.verify()
        #expect(report.erased == 7 && report.personal == 76 && report.signed == report.entries)
        let counts = try desk.replay()
        #expect(counts.erased == 3 && counts.equal == 76)
    }

    @Test func whatSuppressesStaysAndAttemptsGoOnCounting() async throws {
        let desk = try await Desk(attempts: 2)
        _ = try await desk.consent(#""source":"crm","source_ref":"1""#)
        let id = try await desk.allow("marketing", #""product":"card","attributes":{"asks":true}"#)
        _ = try await desk.report(id, "answered").get()
        _ = try await desk.allow("service", #""customer":"C1""#)
        _ = try await desk.optOut(#"{"phone":"\#(Desk.phone)","purposes":["care"]}"#)
        _ = try await desk.erase(desk.subject()).get()
        func check(_ desk: Desk) async throws {
            #expect("\(await desk.decide("care"))" == "deny t.refused t.attempts")
            #expect("\(await desk.decide("fraud_alert"))" == "allow")
            // Whether the erased call asked for consent is not known any more: it counts as if it had.
            let asks = #""attributes":{"asks":true},"product":"card""#
            #expect("\(await desk.decide("fraud_alert", asks))".contains("t.asked"))
            // Nor whose call it was; it counts for whoever is asked about.
            #expect("\(await desk.decide("service", #""customer":"C2""#))" == "deny t.attempts")
            #expect("\(await desk.decide("marketing", #""product":"card""#))".contains("t.consent"))
        }
        try await check(desk)
        let again = try Desk(reopening: desk)
        try await check(again)
        // What is decided after it is decided again alike.
        #expect(try again.replay().unreadable == 0)
        again.clock.advance(.days(2))
        #expect("\(await again.decide("service"))" == "allow")
    }

    @Test func aConsentComesBackOnlyUnderAnotherReference() async throws {
        let desk = try await Desk()
        let row = #""source":"crm","source_ref":"1""#
        let first = try await desk.consent(row)
        let marketing = #""product":"card""#
        #expect("\(await desk.decide("marketing", marketing))" == "allow")
        _ = try await desk.erase(desk.subject()).get()
        let head = try desk.heads()
        let same = try await desk.consent(row)
        #expect(try same.id == first.id && !same.isNew && desk.heads() == head)
        #expect("\(await desk.decide("marketing", marketing))".contains("t.consent"))
        #expect(
            await desk.gate.withdrawConsent(first.id, body("{}"), by: desk.operations).name == "not found")
        _ = try await desk.consent(#""source":"crm","source_ref":"2""#)
        #expect("\(await desk.decide("marketing", marketing))" == "allow")
    }

    @Test func whatIsSaidInTheErasedCallStillHolds() async throws {
        let desk = try await Desk()
        let id = try await desk.allow("survey", #""customer":"C1""#)
        _ = try await desk.erase(desk.subject()).get()
        _ = try await desk.report(id, "refused").get()
        #expect("\(await desk.decide("survey"))".contains("t.refused"))
        let refusal = try #require(try desk.entries(desk.subject()).last { $0.kind == .optOut })
        let refused = try EntryCore(bytes: refusal.core).id.description
        // By hash alone: who it was is not known.
        #expect(refusal.keys.count == 2)
        _ = try await desk.gate.lift(refused, body(#"{"reason":"asked to be called"}"#), by: desk.compliance).get()
        #expect("\(await desk.decide("survey"))" == "allow")
        // There is something again, so it is erased again.
        let second = try await desk.erase(desk.subject()).get()
        #expect(second.removed.kinds["decision"] == 2)
        #expect(try desk.verify().erased == 6)
    }

    @Test func aCustomersErasureLeavesOthersOfTheSameNumber() async throws {
        let desk = try await Desk()
        let own = try await desk.allow("service", #""customer":"C-50000001""#)
        let other = try await desk.allow("service", #""customer":"C-50000002""#)
        let elsewhere = try await desk.allow("service", #""customer":"C-50000001""#, phone: "+8613800000002")
        let erasure = try await desk.erase(desk.subject(customer: "C-50000001")).get()
        // The second number's secret opens nothing any more; the first one's opens another customer's call.
        #expect(erasure.removed.kinds == ["decision": 2] && erasure.removed.secrets == 1)
        for (id, customer) in [(own, nil), (other, "C-50000002"), (elsewhere, nil)] {
            let found = try await desk.gate.decision(id, by: desk.compliance).get()
            #expect(found.answer.record.call.customer == customer)
        }
        #expect(try desk.found(["customer": Array("C-50000001".utf8)]).filter { $0.contains("sqlite") } == [])
        let report = try desk.verify()
        #expect(report.erased == 2 && report.personal == 1)
        #expect(
            await desk.gate.reveal(desk.subject(customer: "C-50000001"), reason: "r", by: desk.compliance).name
                == "not found")
        let shown = try await desk.gate.reveal(desk.subject(), reason: "r", by: desk.compliance).get()
        #expect(shown.phone == Desk.phone && shown.customer == "C-50000002")
    }

    @Test func askedAgainItIsTheSameAndOfNobodyThereIsNone() async throws {
        let desk = try await Desk()
        _ = try await desk.allow()
        let first = try await desk.erase(desk.subject()).get()
        let head = try desk.heads()
        let again = try await desk.erase(desk.subject()).get()
        #expect(try again.id == first.id && again.removed == first.removed && desk.heads() == head)
        #expect(await desk.erase(desk.subject("+8613800000077")).name == "not found")
    }

    @Test func anotherProcessForgetsToo() async throws {
        let desk = try await Desk(attempts: 2)
        _ = try await desk.consent(#""customer":"C1""#)
        let other = try Desk(reopening: desk)
        let marketing = #""product":"card","customer":"C1""#
        #expect("\(await other.decide("marketing", marketing))" == "allow")
        _ = try await desk.erase(desk.subject()).get()
        #expect("\(await other.decide("marketing", marketing))" == "deny t.consent")
        #expect("\(await other.decide("service", marketing))" == "allow")
        #expect("\(await other.decide("service", #""customer":"C1""#))" == "deny t.attempts")
    }

    /// Each step fails once: afterwards the person is whole or erased, and asking again erases.
    @Test func anErasureThatFailsAnywhereIsDoneOrNotBegun() async throws {
        let fixture = try fixture()
        let faulting = FaultingStore(try fixture.store())
        let again = try await Desk(fixture, over: faulting)
        var n = 0
        while n < 200 {
            n += 1
            let phone = "+861390000\(1000 + n)"
            for fault in [FaultingStore.Fault.step(n), .storedButReported(1)] where n == 1 || fault == .step(n) {
                let number = fault == .step(n) ? phone : "+8613900009999"
                _ = try await again.allow("service", #""customer":"D\#(n)""#, phone: number)
                _ = try await again.optOut(#"{"phone":"\#(number)","purposes":["care"]}"#)
                faulting.arm(fault)
                let told = await again.erase(again.subject(number))
                let hasFailed = faulting.hasFailed
                faulting.arm(nil)
                let left = try again.entries(again.subject(number))
                let removed = left.filter { $0.removedBy != nil }.count
                let isErased = left.contains { $0.kind == .erasure }
                #expect(isErased ? removed == 2 : removed == 0, "\(fault)")
                #expect(hasFailed || told.name == "done")
                _ = try await again.erase(again.subject(number)).get()
                #expect("\(await again.decide("care", phone: number))".contains("t.refused"))
                if !hasFailed {
                    #expect(n > 5)
                    #expect(try again.verify().personal == n + 1)
                    return
                }
            }
        }
    }
}

@Suite struct HoldTests {
    private func hold(_ desk: Desk, _ json: String) async -> Result<String, GateError> {
        await desk.gate.hold(body(json), by: desk.compliance)
    }

    @Test func aHoldBeatsAnErasureUntilAnotherPersonLiftsIt() async throws {
        let desk = try await Desk()
        _ = try await desk.allow("service", #""customer":"C1""#)
        let id = try await hold(desk, #"{"subject":"\#(desk.subject().text)","reason":"court"}"#).get()
        // Of the number, and of the customer whose call it was.
        for subject in [desk.subject(), desk.subject(customer: "C1")] {
            guard case .failure(.conflict("held", _, let held)) = await desk.erase(subject) else {
                Issue.record("a held subject was erased")
                return
            }
            #expect(held == id)
        }
        let again = try Desk(reopening: desk)
        #expect(await again.erase(again.subject()).name == "held")
        let reason = body(#"{"reason":"over"}"#)
        #expect(await desk.gate.change("hold", id, .lift, reason, by: desk.compliance).name == "forbidden")
        let second = try await desk.gate.key(.compliance, owner: "second")
        #expect(await desk.gate.change("hold", id, .lift, reason, by: second).name == "done")
        #expect(await desk.gate.change("hold", id, .lift, reason, by: second).name == "not found")
        #expect(await again.erase(again.subject()).name == "done")
    }

    @Test func aHoldEndsAtItsTime() async throws {
        let desk = try await Desk()
        _ = try await desk.allow()
        let until = "2026-12-01T00:00:00+08:00"
        _ = try await hold(desk, #"{"subject":"\#(desk.subject().text)","reason":"r","until":"\#(until)"}"#).get()
        desk.clock.set(at(until) - Span(milliseconds: 1))
        #expect(await desk.erase(desk.subject()).name == "held")
        desk.clock.set(at(until))
        #expect(await desk.erase(desk.subject()).name == "done")
    }

    @Test func aComplaintIsHeldWithEverythingOfItsPerson() async throws {
        let desk = try await Desk()
        _ = try await desk.allow()
        let complaint = try await desk.gate.openComplaint(
            body(#"{"phone":"\#(Desk.phone)","customer":"C1","received_at":"2026-11-23T09:00:00+08:00"}"#),
            by: desk.compliance
        ).get().id
        _ = try await hold(desk, #"{"complaint":"\#(complaint)","reason":"open"}"#).get()
        #expect(await desk.erase(desk.subject()).name == "held")
        #expect(await desk.erase(desk.subject(customer: "C1")).name == "held")
        #expect(desk.gate.registry.holds.map(\.complaint) == [complaint])
    }

    @Test(arguments: [
        ("{}", "invalid /reason "), (#"{"reason":"r"}"#, "invalid "),
        (#"{"subject":"x","reason":"r"}"#, "invalid /subject"),
        (#"{"complaint":"x","reason":"r"}"#, "invalid /complaint"),
        (#"{"complaint":"0193a5f0-0000-7000-8000-000000100000","reason":"r"}"#, "not found"),
        (#"{"subject":"00000000000000000000000000000001","reason":"r"}"#, "not found"),
        (
            #"{"subject":"00000000000000000000000000000001","reason":"r","until":"2026-11-23T10:00:00+08:00"}"#,
            "invalid /until"
        ),
    ])
    func whatIsNoHoldIsRefused(json: String, wanted: String) async throws {
        let desk = try await Desk()
        #expect(await hold(desk, json).name == wanted)
    }
}
