import Documents
import Foundation
import GateModel
import GateTesting
import Ledger
import Storage
import Testing

@testable import Gate

/// A desk with call detail records to compare.
private struct Auditor {
    let desk: Desk
    var folder: String { desk.fixture.folder.path }

    init() async throws { desk = try await Desk() }

    func end(_ text: String, _ more: [(name: String, value: String)] = []) throws -> ReconciliationEnd {
        let input = folder + "/records.csv"
        try Data(text.utf8).write(to: URL(filePath: input))
        let (job, end) = desk.gate.reconcile(
            input, into: folder + "/differences.csv", try ReconciliationRequest(more), by: desk.compliance)
        job.wait()
        return end()
    }

    func reconcile(_ text: String, _ more: [(name: String, value: String)] = []) throws -> ReconciliationSummary {
        let end = try end(text, more)
        guard case .done(let summary) = end else { throw Unexpected("\(end)") }
        return summary
    }

    /// `finding,line,phone: detail` of each finding.
    var findings: [String] {
        let text = (try? String(contentsOfFile: folder + "/differences.csv", encoding: .utf8)) ?? ""
        return text.split(separator: "\r\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return
                "\(cells[0]),\(cells[1]),\(cells[4]): \(cells[9...].joined(separator: ",").replacing("\"", with: ""))"
        }
    }

    /// A time of the day on which the desk's clock stands, as a dialer in China writes it.
    func local(_ minute: Int, _ second: Int = 0) -> String {
        "2026-11-23 10:\(minute < 10 ? "0" : "")\(minute):\(second < 10 ? "0" : "")\(second)"
    }
}

private func phone(_ n: Int) -> String { "+861380000010\(n)" }

@Suite struct ReconciliationTests {
    @Test func everyKindOfDifferenceIsFound() async throws {
        let auditor = try await Auditor()
        let desk = auditor.desk
        let agreed = try await desk.allow("service", #""caller_id":"+862223456789""#, phone: phone(1))
        _ = try await desk.report(agreed, "answered", #""duration_seconds":60"#).get()
        _ = try await desk.optOut(#"{"phone":"\#(phone(3))","purposes":["service"]}"#)
        #expect(await desk.decide("service", phone: phone(3)).description == "deny t.refused")
        let late = try await desk.allow(phone: phone(4))
        _ = try await desk.report(late, "no_answer").get()
        let shown = try await desk.allow("service", #""caller_id":"+862223456789""#, phone: phone(5))
        _ = try await desk.report(shown, "no_answer").get()
        let told = try await desk.allow(phone: phone(6))
        _ = try await desk.report(told, "no_answer").get()
        let twice = try await desk.allow(phone: phone(7))
        _ = try await desk.report(twice, "busy").get()
        _ = try await desk.allow(phone: phone(8))
        let back = try await desk.allow(phone: phone(9))
        _ = try await desk.report(back, "not_dialed").get()
        desk.clock.advance(.hours(3))
        let rows = [
            "主叫,被叫,时间,通话时长,结果",
            "02223456789,13800000101,\(auditor.local(0, 20)),63,ANSWERED",
            ",13800000102,\(auditor.local(0, 20)),0,NO ANSWER",
            ",13800000103,\(auditor.local(0, 20)),0,NO ANSWER",
            ",13800000104,\(auditor.local(3)),0,NO ANSWER",
            "02223456788,13800000105,\(auditor.local(0, 20)),0,BUSY",
            ",13800000106,\(auditor.local(0, 20)),30,ANSWERED",
            ",13800000107,\(auditor.local(0, 20)),0,BUSY",
            ",13800000107,\(auditor.local(0, 40)),0,BUSY",
        ]
        let before = try desk.heads()
        let summary = try auditor.reconcile(
            rows.joined(separator: "\n"),
            [("region", "CN"), ("source", "pbx"), ("from", "2026-11-23T00:00:00Z"), ("to", "2026-11-24T00:00:00Z")])
        #expect(
            auditor.findings == [
                "no_permit,3,138****0102: the gate was not asked",
                "no_permit,4,138****0103: denied by t.refused at 2026-11-23T02:00:00.000Z",
                "after_valid_until,5,138****0104: 120 s after the permit ended",
                "other_caller_id,6,138****0105: the permit names +862223456789",
                "outcome_differs,7,138****0106: reported as no_answer, the record says connected",
                "dialled_twice,9,138****0107: an earlier line is a call on the same permit",
                "permit_without_call,,138****0108: nothing was reported",
            ])
        #expect(summary.records == 8 && summary.matched == 2 && summary.differenceCount == 7)

        // The run is an entry, and nothing else changed.
        #expect(try desk.heads() == before + 1)
        let entry = try #require(try desk.store.read { try $0.entry(before + 1) })
        let core = try EntryCore(bytes: entry.core)
        let body = try JSONParser.parse(core.body)
        #expect(entry.kind == .reconciliation && core.actor == desk.compliance.id)
        #expect(body["owner"]?.string == "compliance" && body["source"]?.string == "pbx")
        #expect(ReconciliationSummary(body) == summary)
        #expect(!String(decoding: entry.core, as: UTF8.self).contains("13800000"))
    }

    @Test func aRecordThatAgreesIsNoDifference() async throws {
        let auditor = try await Auditor()
        let id = try await auditor.desk.allow()
        _ = try await auditor.desk.report(id, "machine").get()
        let summary = try auditor.reconcile("phone,at,outcome\n\(Desk.phone),\(auditor.local(0, 59)),answered\n")
        #expect(summary.differenceCount == 0 && summary.matched == 1 && auditor.findings.isEmpty)
    }

    @Test func aDecisionOrARequestIDNamesThePermit() async throws {
        let auditor = try await Auditor()
        let desk = auditor.desk
        let first = try await desk.allow("service", #""request_id":"r1""#)
        let second = try await desk.allow("service", #""request_id":"r2""#)
        for id in [first, second] { _ = try await desk.report(id, "no_answer").get() }
        let (line, other) = ("\(Desk.phone),\(auditor.local(0, 9))", "\(phone(2)),\(auditor.local(0, 9))")
        let byID = try auditor.reconcile(
            "phone,at,decision_id\n\(line),\(second)\n\(line),\(first)\n\(other),\(first)\n\(line),\(desk.dialerless)\n"
        )
        #expect(
            auditor.findings == [
                "no_permit,4,138****0102: the decision is about another number",
                "no_permit,5,138****0001: there is no such decision",
            ])
        #expect(byID.matched == 2)
        let byRequest = try auditor.reconcile("phone,at,request_id\n\(line),r2\n\(line),r1\n\(line),r1\n\(line),r3\n")
        #expect(
            auditor.findings == [
                "dialled_twice,4,138****0001: an earlier line is a call on the same permit",
                "no_permit,5,138****0001: no decision has this request id",
            ])
        #expect(byRequest.matched == 2)
    }

    @Test func asterisksRecordsAreReadWithAndWithoutAHeader() async throws {
        let auditor = try await Auditor()
        let desk = auditor.desk
        let id = try await desk.allow("service", #""caller_id":"+862223456789""#)
        _ = try await desk.report(id, "answered", #""duration_seconds":40"#).get()
        func row(_ start: String, _ context: String, _ uniqueid: String) -> String {
            #""","02223456789","913800000001","\#(context)","""Bank"" <02223456789>","SIP/1","SIP/2","Dial","SIP/t","#
                + "\"\(start)\",\"\(start)\",\"\(start)\",44,41,\"ANSWERED\",\"DOCUMENTATION\",\"\(uniqueid)\",\"\(id)\""
        }
        let options = [
            (name: "format", value: "asterisk"), (name: "prefix", value: "9"), (name: "region", value: "CN"),
            (name: "only.dcontext", value: "outbound"),
        ]
        let rows = [
            row(auditor.local(0, 5), "outbound", "1.1"), row(auditor.local(0, 6), "outbound", "1.1"),
            row(auditor.local(0, 7), "from-trunk", "1.2"),
        ].joined(separator: "\n")
        // A further leg of the call is no second call, and what comes in is not asked for.
        let bare = try auditor.reconcile(rows, options)
        #expect(bare.records == 1 && bare.matched == 1 && bare.leftOut == 2, "\(auditor.findings)")
        let header =
            "accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,"
            + "disposition,amaflags,uniqueid,userfield\n"
        #expect(try auditor.reconcile(header + rows, options).matched == 1)
        // The times are local.
        let elsewhere = try auditor.reconcile(rows, options + [("tz", "America/New_York")])
        #expect(elsewhere.differences[.afterValidUntil] == 1, "\(auditor.findings)")
    }

    /// Asterisk writes the number that was shown twice, in `src` and with its name in `clid`.
    @Test func bothCallerIDsOfAsterisksRecordsAreCompared() async throws {
        func findings(src: String, clid: String, _ more: [(name: String, value: String)] = []) async throws -> [String]
        {
            let auditor = try await Auditor()
            let id = try await auditor.desk.allow("service", #""caller_id":"+862223456789""#)
            _ = try await auditor.desk.report(id, "no_answer").get()
            let start = auditor.local(0, 5)
            let row =
                #""","\#(src)","13800000001","out","\#(clid)","SIP/1","SIP/2","Dial","SIP/t","\#(start)","","\#(start)","#
                + #"9,0,"NO ANSWER","DOCUMENTATION","1.1","\#(id)""#
            _ = try auditor.reconcile(row, [("format", "asterisk"), ("region", "CN")] + more)
            return auditor.findings.map { String($0.prefix { $0 != "," }) }
        }
        let (right, wrong) = ("02223456789", "02223456788")
        func named(_ number: String) -> String { "\"\"Bank\"\" <\(number)>" }
        #expect(try await findings(src: right, clid: named(right)) == [])
        #expect(try await findings(src: right, clid: right) == [])
        #expect(try await findings(src: wrong, clid: named(right)) == ["other_caller_id"])
        #expect(try await findings(src: right, clid: named(wrong)) == ["other_caller_id"])
        #expect(try await findings(src: "", clid: named(wrong)) == ["other_caller_id"])
        // Where an extension stands in `src`, the column is named.
        #expect(try await findings(src: "1001", clid: named(right)) == ["other_caller_id"])
        #expect(try await findings(src: "1001", clid: named(right), [("column.caller_id", "clid")]) == [])
        // A record that tells no number says nothing of it.
        for clid in ["", "\"\"\"\" <>", "\"\"Bank\"\" <>", "<>", "\"\"Bank\"\"", "Bank 2"] {
            #expect(try await findings(src: "", clid: clid) == [], "\(clid)")
        }
    }

    @Test func vicidialsLogIsRead() async throws {
        let auditor = try await Auditor()
        let id = try await auditor.desk.allow()
        _ = try await auditor.desk.report(id, "no_answer").get()
        let start = auditor.desk.clock.now.seconds + 9
        let row =
            "1.1,7,101,CARD,2026-11-22 21:00:09,\(start),\(start + 30),30,NA,86,13800000001,A1,,Y,AGENTS,NONE,MAIN,1"
        let summary = try auditor.reconcile(row, [("format", "vicidial")])
        #expect(summary.records == 1 && summary.matched == 1, "\(auditor.findings)")
        let answered = try auditor.reconcile(row.replacing(",NA,", with: ",SALE,"), [("format", "vicidial")])
        #expect(answered.differences[.outcomeDiffers] == 1)
    }

    @Test func permitsOfOtherVendorsAndOtherTimesAreNotMissed() async throws {
        let auditor = try await Auditor()
        let desk = auditor.desk
        let other = try await desk.gate.key(.dialer, owner: "other", vendors: ["other"])
        _ = await desk.decide("service", phone: phone(1), by: other)
        _ = try await desk.allow(phone: phone(2))
        desk.clock.advance(.hours(4))
        _ = try await desk.allow(phone: phone(3))
        let text = "phone,at\n\(phone(9)),2026-11-23T11:00:00+08:00\n"
        let period = [
            (name: "from", value: "2026-11-23T09:00:00+08:00"), (name: "to", value: "2026-11-23T13:00:00+08:00"),
        ]
        #expect(try auditor.reconcile(text, period).differences[.permitWithoutCall] == 2)
        #expect(try auditor.reconcile(text, period + [("vendor", "other")]).differences[.permitWithoutCall] == 1)
        // A permit that outlasts the period may be used after it.
        let short = [period[0], (name: "to", value: "2026-11-23T10:00:30+08:00")]
        #expect(try auditor.reconcile(text, short).differences[.permitWithoutCall] == nil)
        #expect(try auditor.reconcile(text, short).leftOut == 1)
    }

    @Test(arguments: [
        (
            "phone,at\n+8613800000001,yesterday\nx,2026-11-23 10:00:00,1\n",
            ["line 2, column 2: no time", "line 3: has 3"]
        ),
        ("at\n2026-11-23 10:00:00\n", ["line 1: no column holds the called number"]),
        ("phone,at,phone\n", ["line 1"]),
        ("phone,at,decision_id\n1,2026-11-23 10:00:00,7\n", ["line 2, column 3: no decision's id"]),
        ("phone,at,billsec\n1,2026-11-23 10:00:00,-7\n", ["line 2, column 3: no number of seconds"]),
        ("phone,at\n1.38E+10,2026-11-23 10:00:00\n", ["line 2, column 1: a spreadsheet"]),
        ("phone,at\n,2026-11-23 10:00:00\n", ["line 2, column 1: no called number"]),
        ("phone,at\n\"1,2026-11-23 10:00:00\n", ["line 2: a quote"]),
        ("phone,at\n", ["the file holds no call"]), ("", ["the file is empty"]),
    ])
    func aFileThatCannotBeReadIsRefusedWithItsPlaces(_ text: String, _ faults: [String]) async throws {
        let auditor = try await Auditor()
        let before = try auditor.desk.heads()
        let end = try auditor.end(text, text.hasPrefix("phone,at,phone") ? [("column.phone", "phone")] : [])
        guard case .refused(let found) = end else { throw Unexpected("\(end)") }
        #expect(found.count == faults.count, "\(found)")
        for (found, fault) in zip(found, faults) { #expect(found.hasPrefix(fault)) }
        #expect(!found.joined().contains("13800000001"))
        #expect(try auditor.desk.heads() == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: auditor.folder).allSatisfy { !$0.hasSuffix(".part") })
    }

    @Test func aCallThatWasRecordedAsUngatedSaysSo() async throws {
        let auditor = try await Auditor()
        let desk = auditor.desk
        let page = PermitBook.Page(ungated: [desk.clock.now])
        var matcher = RecordMatcher(1..<2, now: desk.clock.now, outcomeDue: .hours(2))
        let record = CallRecord(
            line: 2, number: desk.gate.configuration.policy.numbers.read(Desk.phone), subjectText: Desk.phone,
            at: desk.clock.now)
        let found = matcher.judge(record, nil, page)
        #expect(found.map(\.detail) == ["the gate was not asked; on record as made outside the gate"])
    }

    @Test func marksAreKeptForAStretchAlone() {
        var marks = EntryMarks(100..<300)
        for sequence in [100, 163, 164, 299, 300, 99] as [Int64] { marks[sequence] = true }
        #expect((90..<310).filter { marks[$0] } == [100, 163, 164, 299])
    }
}

extension Desk {
    /// The id of a decision that was never made.
    fileprivate var dialerless: String { "\(EntryID(at: clock.now, sequence: 3, noise: 7))" }
}
