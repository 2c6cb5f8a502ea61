import Gate
import GateModel
import GateTesting
import Ledger
import Storage
import Testing

/// Every step fails once, for n = 1, 2, 3 … until a run completes; the gate's answers agree with its log after each.
@Suite struct FaultTests {
    /// Asks, reports and refuses; gives what was answered.
    func run(_ desk: Desk, _ n: Int) async -> [String] {
        let phone = "+861390000\(1000 + n)"
        var answers: [String] = []
        let first = await desk.decide("service", #""request_id":"a\#(n)","customer":"C\#(n)""#, phone: phone)
        answers.append("\(first)")
        answers.append("\(await desk.decide("service", #""request_id":"b\#(n)""#, phone: phone))")
        if let id = first.answer?.record.id.description {
            answers.append(await desk.report(id, "busy").name)
            answers.append(
                "\(await desk.decide("service", #""request_id":"a\#(n)","customer":"C\#(n)""#, phone: phone))")
        }
        answers.append(
            await desk.gate.record(.optOuts, body(#"{"phone":"\#(phone)","purposes":["care"]}"#), by: desk.dialer).name)
        return answers
    }

    /// What the log says of a number, against what the gate says of it.
    func check(_ desk: Desk, _ n: Int, _ answers: [String], _ fault: String) async throws {
        let phone = "+861390000\(1000 + n)"
        let key = desk.gate.keyFile.ledger.key(.number(phone))
        let kinds = try desk.store.read { try $0.entries(by: key).map(\.kind) }
        let allows = kinds.filter { $0 == .allow }.count
        // Every allow that was told is in the log; of those in the log at most one was not told.
        let told = answers.prefix(2).filter { $0 == "allow" }.count
        #expect(allows >= told && allows <= told + 1, "\(fault): \(answers) \(kinds)")
        #expect(kinds.contains(.optOut) || answers.last != "done", "\(fault)")
        #expect(
            "\(await desk.decide("care", phone: phone))".contains("t.refused") == kinds.contains(.optOut), "\(fault)")
        // The cap of two counts exactly what the log holds.
        var free = 0
        while "\(await desk.decide("service", phone: phone))" == "allow" { free += 1 }
        #expect(allows + free == 2, "\(fault): \(answers) \(kinds) \(free)")
        // And the same after everything was read anew.
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide("service", phone: phone))" == "deny t.attempts", "\(fault)")
        let entries = try desk.store.read { try $0.entries(after: 0, limit: 100_000) }
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)), "\(fault)")
        for entry in entries { _ = try OpenedEntryCheck(entry) }
    }

    private struct OpenedEntryCheck {
        init(_ entry: StoredEntry) throws {
            let core = try EntryCore(bytes: entry.core)
            guard core.id.sequence == entry.sequence else {
                throw Unexpected("entry \(entry.sequence) has the id of another")
            }
        }
    }

    @Test func everyStepFailingOnceLosesNothingAndCountsNothingTwice() async throws {
        let fixture = try fixture(attempts: 2)
        let store = FaultingStore(try fixture.store())
        let desk = try await Desk(fixture, over: store)
        var n = 0
        repeat {
            n += 1
            store.arm(.step(n))
            let answers = await run(desk, n)
            let hasFailed = store.hasFailed
            store.arm(nil)
            try await check(desk, n, answers, "step \(n)")
            if !hasFailed {
                #expect(answers == ["allow", "allow", "done", "decision-expired", "done"])
                break
            }
        } while n < 500
        print("faults: \(n - 1) steps failed once each")
        #expect(n > 10 && n < 500)
    }

    @Test func aCommitThatWasStoredAndReportedAsFailedIsNotCountedTwice() async throws {
        let fixture = try fixture(attempts: 2)
        let store = FaultingStore(try fixture.store())
        let desk = try await Desk(fixture, over: store)
        for n in 1...6 {
            store.arm(.storedButReported(n))
            let answers = await run(desk, 700 + n)
            store.arm(nil)
            try await check(desk, 700 + n, answers, "commit \(n)")
        }
    }

    /// The request that failed though it was stored is sent again, as a dialer does: one attempt, not two.
    @Test func aRequestThatFailedThoughItWasStoredGetsItsAnswerWhenSentAgain() async throws {
        let fixture = try fixture(attempts: 1)
        let store = FaultingStore(try fixture.store())
        let desk = try await Desk(fixture, over: store)
        store.arm(.storedButReported(1))
        #expect("\(await desk.decide("service", #""request_id":"r""#))" == "unavailable")
        store.arm(nil)
        #expect("\(await desk.decide("service", #""request_id":"r""#))" == "allow")
        #expect("\(await desk.decide())" == "deny t.attempts")
    }

    @Test func aRecordThatCannotBeReadHarmsNobodyElse() async throws {
        let desk = try await Desk(attempts: 2)
        _ = try await desk.allow(phone: "+8613800000002")
        desk.close()
        try sqlite(
            desk.fixture.folder.path + "/data/log.sqlite",
            "UPDATE entry SET personal = x'84' WHERE kind = 1")
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide(phone: "+8613800000002"))" == "unavailable")
        #expect("\(await again.decide(phone: "+8613800000003"))" == "allow")
    }
}
