import Documents
import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import LogVerification
import Storage
import StorageSQLite
import Testing

@testable import Gate

/// The gate over a log of which the oldest part stands in segments.
@Suite struct SegmentTests {
    /// Runs beside the test's own thread, as its owner does.
    private func seal(_ desk: Desk, _ end: SealingEnd) async throws -> Segment? {
        let gate = desk.gate
        return try await gate.aside { try gate.seal(end) }
    }

    private func drop(_ desk: Desk, _ number: Int64) async throws -> Result<Segment, GateError> {
        let (gate, key) = (desk.gate, desk.compliance)
        return try await gate.aside { try gate.dropSegment(number, reason: "three years are over", by: key) }
    }

    private func retention(_ desk: Desk) async throws {
        let (gate, key) = (desk.gate, desk.compliance)
        _ = try await gate.aside { try gate.runRetention(by: key) }
    }

    private func desk() async throws -> Desk {
        let pack =
            testPack(attempts: 2) + """
                retention:
                  - {record: decision, minimum: 10d, default: 30d, citation: c}
                  - {record: call_metadata, default: 25d, citation: c}

                """
        let fixture = try GateFixture(core: corePack, pack: pack, at: monday) {
            try SQLiteStore(folder: $0, busyTimeout: 10)
        }
        return try await Desk(fixture)
    }

    @Test func whatIsInASegmentGoesOnCountingAndIsFound() async throws {
        let desk = try await Desk(attempts: 2)
        let key = try await desk.gate.key(.compliance)
        let first = try await desk.allow("service", #""customer":"C-1""#)
        _ = try await desk.report(first, "busy", #""agent":"A1""#).get()
        _ = try await desk.optOut(#"{"phone":"+8613800000002","purposes":["service"]}"#)
        let counted = try await desk.gate.countDecisions(DecisionFilter(), by: .verdict, in: nil).get()
        let heads = try desk.heads()
        #expect(try await seal(desk, .through(.max))?.entries == 1...heads - 1)
        // Whoever opens the log anew folds it from segments; caps and refusals hold.
        let other = try Desk(reopening: desk)
        for desk in [desk, other] {
            let found = try await desk.gate.decisions(DecisionFilter()).get().found
            #expect(found.map(\.answer.record.id.description) == [first] && found[0].outcome == "busy")
            let again = try await desk.gate.countDecisions(DecisionFilter(), by: .verdict, in: nil).get()
            #expect(again.map(\.count) == counted.map(\.count))
        }
        _ = try await other.allow("service", #""customer":"C-1""#)
        #expect("\(await other.decide("service", #""customer":"C-1""#))".contains("deny"))
        #expect("\(await desk.decide("service", phone: "+8613800000002"))".contains("deny"))
        let history = try await other.gate.history(other.subject(), by: key).get()
        #expect(history.map(\.kind) == ["decision", "outcome", "decision", "decision"])
        #expect(try other.replay().equal == 4)
        let receipt = try await desk.gate.receipt(of: first).get()
        #expect(receipt.receipt.index + 1 < heads)
        let verified = try desk.verify()
        #expect(verified.segments == 1 && verified.entries == verified.signed)
        other.close()
    }

    @Test func aPersonIsErasedInSegmentsToo() async throws {
        let desk = try await Desk(attempts: 5)
        let id = try await desk.allow("service", #""customer":"C-qjx","agent":"agent-qjx""#)
        _ = try await desk.report(id, "busy", #""agent":"agent-qjx""#).get()
        _ = try await seal(desk, .through(.max))
        let words = ["customer": Array("C-qjx".utf8), "agent": Array("agent-qjx".utf8)]
        #expect(try desk.found(words).contains { $0.contains("segments/0001.sqlite") })
        let removed = try await desk.erase(desk.subject()).get().removed
        #expect(removed.kinds == ["decision": 1, "outcome": 1] && removed.secrets == 1)
        #expect(try desk.found(words) == [])
        let verified = try desk.verify()
        #expect(verified.erased == 2 && verified.segments == 1)
        #expect(try desk.replay().erased == 1)
    }

    @Test func decisionsAreDroppedWhenNothingKeepsThem() async throws {
        let desk = try await desk()
        let id = try await desk.allow("service", #""customer":"C-qjx""#)
        _ = try await desk.report(id, "busy").get()
        let held = try await desk.allow("service", phone: "+8613800000003")
        _ = try await desk.optOut(#"{"phone":"+8613800000002","purposes":["service"]}"#)
        _ = await desk.decide("service", phone: "+8613800000009")
        let segment = try #require(try await seal(desk, .through(.max)))
        func refusal(_ number: Int64 = 1) async throws -> String {
            switch try await drop(desk, number) {
            case .success: "dropped"
            case .failure(.conflict(let code, _, _)): code
            case .failure(let error): "\(error)"
            }
        }
        #expect(try await refusal() == "kept")
        desk.clock.advance(.days(31))
        _ = await desk.decide("fraud_alert", phone: "+8613800009999")
        #expect(try await refusal() == "named")
        let hold = try await desk.gate.hold(
            body(#"{"subject":"\#(desk.subject("+8613800000003").text)","reason":"a suit"}"#), by: desk.compliance
        ).get()
        try await retention(desk)
        #expect(try await refusal() == "held")
        #expect(try await refusal(2).contains("there is no segment 2"))
        let other = try await desk.gate.key(.compliance, owner: "second")
        _ = try await desk.gate.change("hold", hold, .lift, body(#"{"reason":"it is over"}"#), by: other).get()
        try await retention(desk)
        let before = try desk.store.read {
            try $0.entries(in: segment.entries.lowerBound..<segment.entries.upperBound + 1)
        }
        let report = try desk.replay()
        let dropped = try await drop(desk, 1).get()
        #expect(dropped.state == .dropped && dropped.dropped == 3)
        #expect(try await refusal() == "dropped")
        let after = try desk.store.read {
            try $0.entries(in: segment.entries.lowerBound..<segment.entries.upperBound + 1)
        }
        #expect(after == before.filter { ![EntryKind.allow, .deny, .outcome].contains($0.kind) })
        // What suppresses goes on, what was dropped is said, and the rest is proved.
        #expect("\(await desk.decide("service", phone: "+8613800000002"))".contains("deny"))
        #expect(await desk.gate.dropped(DecisionFilter()) == 3)
        let page = try await desk.gate.decisions(DecisionFilter()).get().found.map(\.answer.record.id.description)
        #expect(!page.contains(id) && !page.contains(held) && page.count == 3)
        let verified = try desk.verify()
        #expect(verified.dropped == 3 && verified.signed == verified.entries)
        let replayed = try desk.replay()
        #expect(replayed.dropped == 3 && replayed.erased == report.erased - 2 && replayed.unreadable == 0)
        // A period of which something is gone is neither reported nor compared.
        let (gate, folder, key) = (desk.gate, desk.fixture.folder.path, desk.compliance)
        let (ended, compared) = try await gate.aside {
            let day = [("from", "2026-11-23T00:00:00+08:00"), ("to", "2026-11-24T00:00:00+08:00")]
            let (job, end) = gate.report(try ReportRequest(day), into: folder + "/report", by: key)
            job.wait()
            let input = folder + "/records.csv"
            try Data("phone,at\n\(Desk.phone),2026-11-23 10:00:00\n".utf8).write(to: URL(filePath: input))
            let (other, compared) = gate.reconcile(
                input, into: folder + "/differences.csv", try ReconciliationRequest([]), by: key)
            other.wait()
            return ("\(end())", "\(compared())")
        }
        #expect(ended.contains("dropped with segment 1"), "\(ended)")
        #expect(compared.contains("dropped with segment 1"), "\(compared)")
        let reopened = try Desk(reopening: desk)
        #expect("\(await reopened.decide("service", phone: "+8613800000002"))".contains("deny"))
        reopened.close()
    }

    @Test func wholeMonthsAreSealedWhenTheyAreOld() async throws {
        let desk = try await desk()
        _ = try await desk.allow("service")
        for _ in 0..<3 {
            desk.clock.advance(.days(31))
            _ = await desk.decide("fraud_alert", phone: "+8613800009999")
        }
        try desk.gate.tree.extend(isLast: true)
        desk.gate.sealIfDue(after: .days(365))
        desk.gate.sealIfDue(after: .days(30))
        for _ in 0..<2000 where desk.gate.sealing.withLock({ $0 }) { usleep(5000) }
        let segments = try desk.gate.segments()
        #expect(segments.count == 2, "\(segments)")
        let times = try segments.map { segment in
            try desk.store.read { view in
                try view.entries(in: segment.entries.lowerBound..<segment.entries.upperBound + 1).map {
                    try EntryCore(bytes: $0.core).at.rfc3339.prefix(7)
                }
            }
        }
        #expect(times.map { Set($0).count } == [1, 1] && times[0] != times[1])
    }
}
