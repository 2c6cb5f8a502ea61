import Crypto
import Documents
import Foundation
import GateModel
import GateTesting
import Ledger
import Storage
import Testing
import Transparency

@testable import Gate

/// A desk whose log is reported on.
private struct Bureau {
    let desk: Desk
    var folder: String { desk.fixture.folder.path }

    init() async throws { desk = try await Desk() }

    /// The day of the desk's clock.
    static let day: [(name: String, value: String)] = [
        ("from", "2026-11-23T00:00:00+08:00"), ("to", "2026-11-24T00:00:00+08:00"),
    ]

    func end(_ name: String, _ more: [(name: String, value: String)] = []) throws -> ReportEnd {
        let (job, end) = desk.gate.report(
            try ReportRequest(Self.day + more), into: folder + "/" + name, by: desk.compliance)
        job.wait()
        return end()
    }

    func report(_ name: String = "out", _ more: [(name: String, value: String)] = []) throws -> ReportSummary {
        let end = try end(name, more)
        guard case .done(let summary) = end else { throw Unexpected("\(end)") }
        return summary
    }

    func bytes(_ file: String, _ name: String = "out") throws -> [UInt8] {
        [UInt8](try #require(FileManager.default.contents(atPath: folder + "/\(name)/\(file)")))
    }

    func text(_ file: String, _ name: String = "out") throws -> String {
        String(decoding: try bytes(file, name), as: UTF8.self)
    }

    /// The lines of a table without its headings.
    func rows(_ table: ReportTable, _ name: String = "out") throws -> [String] {
        try text(table.file, name).split(separator: "\r\n").dropFirst().map(String.init)
    }
}

@Suite struct ReportTests {
    @Test func everyPartTellsWhatTheLogHolds() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        let gate = desk.gate
        let call = #""caller_id":"+862223456789","agent":"A1024","campaign":null"#
        let told = try await desk.allow("service", call)
        desk.clock.advance(.seconds(30))
        _ = try await desk.report(
            told, "refused",
            #""dialed_at":"2026-11-23T10:00:10+08:00","ended_at":"2026-11-23T10:00:25+08:00","recording_ref":"=rec-1""#
        ).get()
        _ = try await desk.allow("service", #""agent":"0012""#, phone: "+8613800000002")
        _ = try await desk.optOut(
            #"{"phone":"\#(Desk.phone)","purposes":["service"],"at":"2026-11-23T09:00:30+08:00"}"#)
        #expect(await desk.decide("service").description == "deny t.refused")
        _ = try await gate.openComplaint(
            body(#"{"phone":"\#(Desk.phone)","received_at":"2026-11-23T10:00:00+08:00","class":"<b>loud</b>"}"#),
            by: desk.compliance
        ).get()
        let subject = try await gate.lookUp(
            phone: Desk.phone, customer: nil, region: nil, reason: "complaint 7", by: desk.compliance
        ).get()
        let stop = try await gate.register(
            .stops, body(#"{"purposes":["survey"],"reason":"storm"}"#), by: desk.operations
        ).get()
        desk.clock.advance(.minutes(10))
        _ = try await gate.change("stop", stop, .lift, body(#"{"reason":"over"}"#), by: desk.compliance).get()
        let caller = try await gate.register(
            .callerIDs, body(#"{"number":"95588","purposes":["all"],"filing_ref":"F1"}"#), by: desk.operations
        ).get()
        _ = try await gate.change("caller_id", caller, .approval, body("{}"), by: desk.compliance).get()
        desk.clock.set(at("2026-11-25T10:00:00+08:00"))
        let summary = try bureau.report()
        #expect(summary.allowed == 2 && summary.denied == 1)

        let calls = try bureau.text("calls.csv")
        #expect(
            calls.hasPrefix(
                "主叫,被叫（脱敏）,时间（UTC）,时间（报告时区）,时间（被叫当地）,坐席工号,用途,处理过程,结果,录音编号,规则,"))
        let lines = try bureau.rows(.calls)
        #expect(lines.count == 3)
        #expect(
            lines[0].hasPrefix(
                "\"'+862223456789\",138****0001,2026-11-23T02:00:00.000Z,2026-11-23T10:00:00.000+08:00,"
                    + "2026-11-23T10:00:00.000+08:00,A1024,服务,允许外呼；有效至"))
        #expect(lines[0].contains("拨打2026-11-23T10:00:10.000+08:00") && lines[0].contains(",拒绝,\"'=rec-1\",,"))
        #expect(lines[1].contains(",\"'0012\",服务,") && lines[1].contains(",逾期未回传,,,"))
        #expect(lines[2].contains("禁止外呼：m,禁止外呼,,t.refused,") && !calls.contains("13800000001"))
        #expect(try bureau.rows(.denials) == ["t.refused,禁呼名单,1,1,m,c"])
        #expect(try bureau.rows(.counts).first == "合计,,2,1")
        #expect(
            try bureau.rows(.unreported) == [
                "own,2,1,2026-11-23T02:00:30.000Z,2026-11-23T10:00:30.000+08:00"
            ])
        let refusals = try bureau.rows(.refusals)
        #expect(refusals.count == 2, "\(refusals)")
        #expect(refusals[0].contains(",5000,营销,明确拒绝,outcome:\(told),,"))
        // An hour passed before it was recorded; the deny is the first decision that could see it.
        #expect(
            refusals[1].contains(",3600000,服务,明确拒绝,") && refusals[1].contains(",禁止外呼,2026-11-23T02:00:30.000Z"))
        let complaints = try bureau.rows(.complaints)
        #expect(complaints.count == 1 && complaints[0].contains("<b>loud</b>"))
        #expect(try bureau.rows(.access).count == 1 && bureau.rows(.access)[0].contains(",查询,complaint 7,\(subject)"))
        #expect(try bureau.rows(.accessCounts)[0].hasPrefix("compliance,查询,complaint 7,1,"))
        let changes = try bureau.rows(.changes)
        #expect(changes.contains { $0.contains(",主叫号码,\(caller),批准,operations,compliance,") }, "\(changes)")
        #expect(changes.contains { $0.contains(",停呼,\(stop),解除,operations,compliance,over,") })
        #expect(changes.contains { $0.contains(",密钥,") && $0.contains(",创建,test,,") })
        let stops = try bureau.rows(.stops)
        #expect(stops.count == 1 && stops[0].contains(",600,operations,compliance,storm"))
    }

    @Test func thePageNeedsNothingElseAndEscapesEverything() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        _ = try await desk.gate.openComplaint(
            body(
                #"{"phone":"\#(Desk.phone)","received_at":"2026-11-23T10:00:00+08:00","class":"<script>x</script>&\"'"}"#
            ),
            by: desk.compliance
        ).get()
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        _ = try bureau.report("zh")
        _ = try bureau.report("en", [("lang", "en"), ("tz", "America/New_York"), ("bom", "true")])
        for (name, title) in [("zh", "外呼合规定期审计报告"), ("en", "Outbound calling: periodic audit report")] {
            let page = try bureau.text("report.html", name)
            #expect(page.contains(title) && page.contains("&lt;script&gt;x&lt;/script&gt;&amp;&quot;&#39;"))
            #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("href="))
        }
        #expect(try bureau.text("report.html", "en").contains("America/New_York"))
        let headings = try bureau.bytes("calls.csv", "en")
        #expect(headings.starts(with: [0xEF, 0xBB, 0xBF] + Array("caller,called (masked),time (UTC),".utf8)))
        #expect(try bureau.bytes("calls.csv", "zh").first != 0xEF)
    }

    @Test func theSameLogAndPeriodGiveTheSameBytes() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        for n in 0..<20 { _ = await desk.decide(n % 3 == 0 ? "marketing" : "service", phone: "+86138000001\(10 + n)") }
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        let first = try bureau.report("first")
        // The log goes on, and is signed further.
        _ = await desk.decide()
        try desk.gate.tree.extend(isLast: true)
        let second = try bureau.report("second")
        #expect(first.manifestSHA256 == second.manifestSHA256 && first.entry != second.entry)
        #expect(first.size == second.size)
        let files = try FileManager.default.contentsOfDirectory(atPath: bureau.folder + "/first").sorted()
        #expect(files.count == ReportTable.allCases.count + 3)
        for file in files { #expect(try bureau.bytes(file, "first") == bureau.bytes(file, "second"), "\(file)") }
    }

    @Test func theManifestBindsEveryFileToACheckpointAndTheLogToTheManifest() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        _ = await desk.decide()
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        let summary = try bureau.report()
        let bytes = try bureau.bytes("manifest.json")
        let manifest = try JSONParser.parse(bytes)
        guard case .array(let files)? = manifest["files"]?.value else { throw Unexpected("no files") }
        #expect(files.count == ReportTable.allCases.count + 2)
        for file in files {
            let content = try bureau.bytes(try #require(file["name"]?.string))
            #expect(file["sha256"]?.string == hexadecimal(SHA256.hash(data: content)))
            #expect(file["bytes"]?.value == .number("\(content.count)"))
        }
        let note = try bureau.bytes("checkpoint.txt")
        let key = try VerifierKey(try await desk.gate.logKey().get())
        let verified = try VerifiedCheckpoint(bytes: note, origin: key.name, log: [key])
        let last = try #require(manifest["entries"]?.integer("outcomes_to"))
        #expect(verified.checkpoint.size >= Int64(last) && verified.checkpoint.size == summary.size)
        #expect(manifest["checkpoint"]?["root"]?.string == "\(verified.checkpoint.root)")
        #expect(manifest["checkpoint"]?["text"]?.string.map { Array($0.utf8) } == note)
        let id = try #require(EntryID(summary.entry))
        let entry = try #require(try desk.store.read { try $0.entry(id.sequence) })
        let said = try JSONParser.parse(EntryCore(bytes: entry.core).body)
        #expect(entry.kind == .report && said["owner"]?.string == "compliance")
        #expect(said["manifest_sha256"]?.string == hexadecimal(SHA256.hash(data: bytes)))
    }

    @Test func whatAWitnessCosignedIsAddedOnceItCoversTheReport() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        let tree = desk.gate.tree
        let witness = try Cosigner(name: "witness.example/w", seed: [UInt8](1...32))
        func cosign() throws {
            try tree.extend(isLast: true)
            let shown = try #require(tree.shown)
            try tree.files.keep([witness.cosign(shown.checkpoint, posixSeconds: 1_795_000_000)], of: shown)
        }
        // One that is too early.
        try cosign()
        _ = await desk.decide()
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        _ = try bureau.report("before")
        #expect(!FileManager.default.fileExists(atPath: bureau.folder + "/before/cosigned.txt"))
        #expect(try bureau.text("report.html", "before").contains("外部见证方的联署</h2>\n<p class=\"note\">无。"))
        try cosign()
        let summary = try bureau.report("after")
        let note = try SignedNote(bytes: bureau.bytes("cosigned.txt", "after"))
        #expect(note.signatures.contains { $0.name == "witness.example/w" })
        #expect(try Checkpoint(text: note.text).size >= summary.size)
        #expect(try bureau.text("manifest.json", "after").contains("\"cosigned.txt\""))
        #expect(try bureau.text("report.html", "after").contains("外部见证方的联署"))
    }

    @Test func whatWasReportedInTimeCountsAndALaterReportDoesNot() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        desk.clock.set(at("2026-11-23T23:30:00+08:00"))
        let (inTime, late) = (
            try await desk.allow(phone: "+8613800000002"), try await desk.allow(phone: "+8613800000003")
        )
        desk.clock.set(at("2026-11-24T01:00:00+08:00"))
        _ = try await desk.report(inTime, "no_answer").get()
        let early = try bureau.report("early")
        #expect(try bureau.text("manifest.json", "early").contains(#""provisional":true"#))
        #expect(try bureau.rows(.calls, "early")[1].contains(",待回传,"))
        desk.clock.set(at("2026-11-24T03:00:00+08:00"))
        _ = try await desk.report(late, "answered").get()
        _ = try bureau.report("later")
        let lines = try bureau.rows(.calls, "later")
        #expect(lines[0].contains(",无人接听,") && lines[1].contains(",逾期未回传,"))
        #expect(try bureau.text("manifest.json", "later").contains(#""provisional":false"#))
        #expect(early.allowed == 2)
    }

    @Test func aComplaintIsOverdueWhereAStepWasNotDoneInTime() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        desk.clock.set(at("2026-11-20T10:00:00+08:00"))
        let old = try await desk.gate.openComplaint(
            body(#"{"phone":"\#(Desk.phone)","received_at":"2026-11-20T10:00:00+08:00"}"#),
            by: desk.compliance
        ).get()
        desk.clock.set(at("2026-11-23T10:00:00+08:00"))
        let new = try await desk.gate.openComplaint(
            body(#"{"phone":"\#(Desk.phone)","received_at":"2026-11-23T10:00:00+08:00"}"#),
            by: desk.compliance
        ).get()
        desk.clock.set(at("2026-11-25T10:00:00+08:00"))
        _ = try bureau.report()
        let rows = try bureau.rows(.complaints)
        #expect(rows.count == 2, "\(rows)")
        #expect(rows[0].hasPrefix(old.number) && rows[0].hasSuffix(",首次答复,\(old.id)"))
        // At the end of the period its first answer was not due yet.
        #expect(rows[1].hasPrefix(new.number) && rows[1].hasSuffix(",,\(new.id)"))
    }

    /// The report says of a complaint what everybody else is shown: an approved extension counts from its approval on.
    @Test func anExtensionCountsWhereASecondPersonApprovedIt() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        let gate = desk.gate
        desk.clock.set(at("2026-10-20T10:00:00+08:00"))
        func open(_ phone: String) async throws -> String {
            try await gate.openComplaint(
                body(#"{"phone":"\#(phone)","received_at":"2026-10-20T10:00:00+08:00"}"#), by: desk.compliance
            ).get().number
        }
        let (approved, waiting) = (try await open(Desk.phone), try await open("+8613800000002"))
        for number in [approved, waiting] {
            _ = try await gate.stepComplaint(number, body(#"{"step":"first_answer"}"#), by: desk.compliance).get()
            _ = try await gate.extendComplaint(
                number, body(#"{"step":"closure_if_special","reason":"two banks"}"#), by: desk.compliance
            ).get()
        }
        _ = try await gate.approveExtension(approved, body("{}"), by: desk.operations).get()
        desk.clock.set(at("2026-11-25T10:00:00+08:00"))
        _ = try bureau.report()
        // The first answers came late; the approved one is to be closed by December, the other by November the 4th.
        let rows = try bureau.rows(.complaints)
        #expect(rows.count == 2 && rows[0].hasPrefix(approved) && rows[1].hasPrefix(waiting), "\(rows)")
        #expect(rows[0].contains("; 办结 2026-12-19T10:00:00.000+08:00,") && rows[0].contains(",首次答复,01"))
        #expect(rows[1].contains("; 办结 2026-11-04T10:00:00.000+08:00,") && rows[1].contains(",首次答复 办结,01"))
        #expect(rows[0].contains("办结（特殊情况），至2026-12-19T10:00:00.000+08:00，申请人：compliance，批准人：operations"))
        #expect(rows[1].contains("办结（特殊情况），至2026-12-19T10:00:00.000+08:00，申请人：compliance，未批准"))
        let open = try await gate.complaint(approved).get().complaint
        #expect(!open.isOverdue(at: desk.gate.now))
        _ = try await gate.closeComplaint(approved, body(#"{"result":"upheld"}"#), by: desk.compliance).get()
        desk.clock.set(at("2026-11-26T10:00:00+08:00"))
        let (job, end) = gate.report(
            try ReportRequest([
                ("from", "2026-11-25T00:00:00+08:00"), ("to", "2026-11-26T00:00:00+08:00"), ("lang", "en"),
            ]), into: bureau.folder + "/next", by: desk.compliance)
        job.wait()
        guard case .done = end() else { throw Unexpected("\(end())") }
        let later = try bureau.rows(.complaints, "next")
        let first = try #require(later.first { $0.hasPrefix(approved) })
        #expect(
            first.contains(
                "closure_if_special, until 2026-12-19T10:00:00.000+08:00, by compliance, approved by operations"))
        #expect(first.contains(",2026-11-25T10:00:00.000+08:00,first_answer,"), "\(first)")
    }

    /// A rule that denies for several reasons is told by each of them; one person is not named twice.
    @Test func eachReasonOfARuleHasItsOwnRowAndWhoActedAloneStandsAlone() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        _ = await desk.decide("service", phone: "12")
        _ = await desk.decide("service", phone: "+2478133")
        _ = await desk.decide("service", phone: "+2478133")
        let history = try await desk.gate.lookUp(
            phone: Desk.phone, customer: nil, region: nil, reason: "r", by: desk.compliance
        ).get()
        _ = await desk.decide()
        _ = try await desk.gate.history(try #require(LookupKey(text: history)), by: desk.compliance).get()
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        _ = try bureau.report("out", [("lang", "en")])
        let denials = try bureau.rows(.denials).filter { $0.hasPrefix("core.destination,destination,") }
        #expect(denials.count == 2 && denials[0].contains(",2,2,No policy pack covers the country"), "\(denials)")
        let accesses = try bureau.rows(.access)
        #expect(accesses.count == 2 && accesses[0].contains(",lookup,r,") && accesses[1].contains(",history,,"))
        for row in try bureau.rows(.changes) {
            let cells = row.components(separatedBy: ",")
            #expect(cells[5] != cells[6], "\(row)")
        }
    }

    @Test func anErasedPersonStillCounts() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        _ = await desk.decide()
        let entry = try #require(try desk.store.read { try $0.entry($0.head()) })
        var erased = entry
        erased.personal = nil
        #expect(erased.shown == nil && entry.shown?.mask == "138****0001")
        let permit = try Permit(erased)
        #expect(permit?.id == (try Permit(entry))?.id && permit?.mask == nil)
    }

    @Test func aCallRecordsComparisonIsTold() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        let input = bureau.folder + "/records.csv"
        try Data("phone,at\n\(Desk.phone),2026-11-23 10:00:00\n".utf8).write(to: URL(filePath: input))
        let (job, _) = desk.gate.reconcile(input, into: nil, try ReconciliationRequest([]), by: desk.compliance)
        job.wait()
        desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        _ = try bureau.report()
        let rows = try bureau.rows(.reconciliations)
        #expect(rows.count == 1 && rows[0].hasSuffix(",1,0,1,0,0,0,0,0"), "\(rows)")
    }

    @Test func whatCannotBeReportedOnIsRefused() async throws {
        let bureau = try await Bureau()
        guard case .failed(.request(_, let why)) = try bureau.end("out") else {
            throw Unexpected("a report of the future")
        }
        #expect(why.contains("future"))
        bureau.desk.clock.set(at("2026-11-24T10:00:00+08:00"))
        guard case .failed(.request) = try bureau.end("out", [("tz", "Nowhere/Land")]) else {
            throw Unexpected("a zone that is none")
        }
        _ = try bureau.report()
        guard case .failed(.request(_, let again)) = try bureau.end("out") else { throw Unexpected("written over") }
        #expect(again.contains("is there already"))
        #expect(throws: Faults.self) { try ReportRequest([("from", "x"), ("to", "2026-11-24T00:00:00Z")]) }
        #expect(throws: Faults.self) { try ReportRequest([("from", "2026-11-24T00:00:00Z")]) }
        #expect(throws: Faults.self) { try ReportRequest(Bureau.day + [("lang", "fr")]) }
    }

    @Test func theFirstCheckpointThatCoversIsFound() async throws {
        let bureau = try await Bureau()
        let desk = bureau.desk
        var sizes: [Int64] = []
        for n in 0..<30 {
            _ = await desk.decide(phone: "+86138000002\(10 + n)")
            try desk.gate.tree.extend(isLast: true)
            sizes.append(desk.gate.tree.signed)
        }
        let files = desk.gate.tree.files
        for size in 0...(sizes[29] + 1) {
            let found = try files.firstCheckpoint(covering: size)?.checkpoint.size
            #expect(found == sizes.first { $0 >= size }, "\(size)")
        }
        // The beginning of a note at the end was never shown.
        let end = files.size(TreeFiles.checkpoints)
        try files.write(Array("gate.example\n9".utf8), to: TreeFiles.checkpoints, at: end)
        #expect(try files.firstCheckpoint(covering: sizes[29])?.checkpoint.size == sizes[29])
        #expect(try files.firstCheckpoint(covering: sizes[29] + 1) == nil)
    }
}
