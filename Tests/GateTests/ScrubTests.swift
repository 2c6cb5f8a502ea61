import Foundation
import GateModel
import GateTesting
import Ledger
import Storage
import Testing

@testable import Gate

/// A desk with files to wash.
private struct Laundry {
    let desk: Desk
    var folder: String { desk.fixture.folder.path }

    init() async throws { desk = try await Desk() }

    func write(_ text: String, _ name: String = "in.csv") throws -> String {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        return folder + "/" + name
    }

    func read(_ name: String = "out.csv") -> String? {
        FileManager.default.contents(atPath: folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func wash(
        _ text: String, _ purpose: String = "service", _ more: [(name: String, value: String)] = []
    ) throws -> ScrubEnd {
        let request = try ScrubRequest([("purpose", purpose)] + more)
        let (job, end) = desk.gate.scrub(try write(text), into: folder + "/out.csv", request, by: desk.operations)
        job.wait()
        return end()
    }

    func washed(
        _ text: String, _ purpose: String = "service", _ more: [(name: String, value: String)] = []
    ) throws -> String {
        let end = try wash(text, purpose, more)
        guard case .done = end, let text = read() else { throw Unexpected("\(end)") }
        return text
    }

    /// Washes in small blocks, and records how far it came after each.
    func run(_ input: String, _ name: String, _ before: @escaping @Sendable (Int) throws -> Void = { _ in }) throws
        -> ScrubProgress
    {
        let run = ScrubRun(
            gate: desk.gate, request: try ScrubRequest([("purpose", "service")]), key: desk.operations, input: input,
            output: folder + "/" + name, state: folder + "/" + name + ".json", at: desk.gate.now, rowsInBlock: 7,
            blocksBetweenStates: 1, beforeBlock: before)
        return try run.run(BackgroundWork().add("a test") { _ in })
    }
}

private func phone(_ n: Int) -> String { "+86138000001" + (n < 10 ? "0" : "") + "\(n)" }

@Suite struct ScrubTests {
    @Test(arguments: ["marketing", "service", "survey", "care"])
    func aRowIsJudgedAsAPreviewWouldBe(_ purpose: String) async throws {
        let laundry = try await Laundry()
        let desk = laundry.desk
        var random = SeededGenerator(seed: 20_261_123)
        func one(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &random) == 0 }
        for n in 0..<40 {
            let customer = one(2) ? #""customer":"c\#(n % 7)""# : ""
            if !one(3) { _ = try await desk.consent(customer, phone: phone(n)) }
            if one(5) {
                let strength = one(2) ? "explicit" : "soft"
                _ = try await desk.optOut(
                    #"{"phone":"\#(phone(n))","purposes":["\#(one(2) ? purpose : "all")"],"strength":"\#(strength)"}"#)
            }
            if one(6) { _ = try await desk.optOut(#"{"customer":"c\#(n % 7)","purposes":["survey"]}"#) }
            for _ in 0..<Int.random(in: 0..<7, using: &random) {
                _ = await desk.decide(one(2) ? purpose : "care", customer, phone: phone(n))
            }
        }
        // Part of what is on record is in the index, part is not.
        _ = try desk.gate.maintain()
        _ = try await desk.consent(phone: phone(3))
        var rows: [(phone: String, customer: String, product: String)] = []
        for _ in 0..<150 {
            let written = phone(Int.random(in: 0..<45, using: &random))
            rows.append(
                (
                    one(4) ? "+86 138-" + written.dropFirst(6) : written,
                    one(3) ? "" : "c\(Int.random(in: 0..<8, using: &random))",
                    ["", "card", "loan", "unheard-of"].randomElement(using: &random)!
                ))
        }
        rows += [("nonsense", "", ""), ("", "c1", "card"), ("+86", "", "loan"), ("+15550100", "", "")]
        let text = "phone,customer,product\n" + rows.map { "\($0),\($1),\($2)\n" }.joined()
        let lines = try laundry.washed(text, purpose).split(separator: "\n").dropFirst()
        #expect(lines.count == rows.count)
        var verdicts: Set<String> = []
        for (line, row) in zip(lines, rows) {
            var more = row.customer.isEmpty ? "" : #","customer":"\#(row.customer)""#
            if !row.product.isEmpty { more += #","product":"\#(row.product)""# }
            // A decision about a text without a digit is a bad request; a row is denied.
            let asked = row.phone.contains(where: \.isNumber) ? row.phone : "1"
            let answer = try await desk.gate.preview(
                body(#"{"phone":"\#(asked)","purpose":"\#(purpose)"\#(more)}"#), by: desk.operations
            ).get()
            let judgement = answer.record.judgement
            let expected = [
                judgement.verdict.rawValue, judgement.reasons.first?.rule ?? "",
                judgement.reasons.map(\.rule).joined(separator: " "), judgement.retryAt?.rfc3339 ?? "",
            ]
            #expect(line.hasSuffix("," + expected.joined(separator: ",")), "\(line)")
            verdicts.insert(judgement.verdict.rawValue)
        }
        #expect(verdicts == ["allow", "deny"])
    }

    @Test func everythingThatWasThereStaysAsItWas() async throws {
        let laundry = try await Laundry()
        let mark = "\u{FEFF}"
        let rows = [
            #"id;手机号;note"#, #"1;+8613800000101;"=1+1""#, #"#2; "+86 138 0000 0102" ;"two"#,
            #"lines; and ""quotes""""#, "", #"3;+8613800000103"#, #"@4;;-x"#,
        ]
        let added = [
            ";callgate_verdict;callgate_reason;callgate_rules;callgate_retry_at", ";allow;;;", "", ";allow;;;", "",
            ";;allow;;;", ";deny;core.destination;core.destination;",
        ]
        let text = mark + rows.map { $0 + "\r\n" }.joined()
        let washed = try laundry.washed(text)
        let rules = washed.split(separator: "\r\n").last?.split(separator: ";").suffix(2).map(String.init) ?? []
        var expected = mark + zip(rows, added).map { $0 + $1 + "\r\n" }.joined()
        expected.replace(added[6], with: ";deny;\(rules.first ?? "");\(rules.last ?? "");")
        #expect(washed.utf8.elementsEqual(expected.utf8), "\(washed)")
        #expect(rules.first?.isEmpty == false)
    }

    @Test func aFileWithoutAHeaderIsWashedByItsNumbers() async throws {
        let laundry = try await Laundry()
        let washed = try laundry.washed("Ming,+8613800000101\nLi,+8613800000102")
        #expect(washed == "Ming,+8613800000101,allow,,,\nLi,+8613800000102,allow,,,\n")
    }

    @Test func theOtherFieldsComeFromOptionsAndColumns() async throws {
        let laundry = try await Laundry()
        _ = try await laundry.desk.consent(phone: phone(1))
        let text = "tel,kind,attributes.asks\n\(phone(1)),card,yes\n\(phone(1)),,no\n\(phone(1)),boat,\n"
        let washed = try laundry.washed(text, "marketing", [("column.product", "kind"), ("product", "loan")])
        let verdicts = washed.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)[3]
        }
        #expect(verdicts == ["allow", "allow", "deny"])
    }

    @Test(arguments: [
        ("", "the file is empty", nil), ("\n\n \n", "holds no row", nil), ("name,city\nMing,Tianjin\n", "no column", 1),
        ("phone,mobile\n1,2\n", "could all be", 1), ("phone,name\n1,Li, Ming\n", "3 fields", 2),
        ("phone,name\n1,\"Li\n", "never closed", 2), ("phone,name\n1,\"Li\" x\n", "closing quote", 2),
        ("phone,mode\n1,live\n2,shouted\n", "mode", 3), ("phone,attributes.asks\n1,perhaps\n", "asks", 2),
        ("phone,attributes.unheard\n1,1\n", "unknown attribute", 2),
        ("phone,product,Product\n1,,\n", "second column", 1),
        ("phone,callgate_verdict\n1,allow\n", "earlier scrub", 1),
        ("phone,customer\n1,\(String(repeating: "x", count: 201))\n", "200 bytes", 2),
        ("phone\n1\0\n", "NUL", nil), ("phone,\"name\n\(String(repeating: "1,x\n", count: 20_000))", "quote", 1),
    ])
    func aWrongFileIsRefusedWithItsPlace(_ text: String, _ why: String, _ line: Int?) async throws {
        let laundry = try await Laundry()
        guard case .refused(let fault) = try laundry.wash(text) else {
            Issue.record("not refused: \(why)")
            return
        }
        #expect(fault.detail.contains(why) && fault.line == line, "\(fault)")
        let left = try FileManager.default.contentsOfDirectory(atPath: laundry.folder)
        #expect(!left.contains { $0.hasPrefix("out.csv") })
    }

    @Test(arguments: [
        [("at", "today")], [("colour", "red")], [("column.colour", "red")], [("mode", "live"), ("mode", "live")],
    ])
    func aWrongRequestIsRefused(_ pairs: [(String, String)]) {
        let request = try? ScrubRequest([("purpose", "service")] + pairs.map { (name: $0.0, value: $0.1) })
        #expect(request == nil)
        let empty = try? ScrubRequest([])
        #expect(empty == nil)
    }

    private struct Stop: Error {}

    @Test func whatIsInterruptedGoesOnToTheSameEnd() async throws {
        let laundry = try await Laundry()
        let lines = (0..<100).map { $0 % 9 == 0 ? "" : "\(phone($0 % 50)),\"row\n\($0)\"\n" }
        let input = try laundry.write("phone,note\n" + lines.joined())
        let whole = try laundry.run(input, "whole")
        let expected = laundry.read("whole")
        #expect(whole.counts.rows == 88)
        for stop in 0..<14 {
            let name = "part\(stop)"
            if stop < 13 {
                let before: @Sendable (Int) throws -> Void = { if $0 == stop { throw Stop() } }
                #expect(throws: Stop.self) { _ = try laundry.run(input, name, before) }
            }
            // A kill leaves more in the output than is recorded.
            if let handle = FileHandle(forWritingAtPath: laundry.folder + "/" + name) {
                try handle.seekToEnd()
                try handle.write(contentsOf: Data("half a ro".utf8))
            }
            let before = ScrubProgress(contentsOf: laundry.folder + "/" + name + ".json")?.counts.rows ?? 0
            // The clock has moved on; the scrub is still of the instant at which it began.
            laundry.desk.clock.advance(.minutes(1))
            let ended = try laundry.run(input, name)
            #expect(before <= stop * 7 && ended.counts == whole.counts && laundry.read(name) == expected, "\(stop)")
        }
    }

    @Test func anotherFileIsNotTakenForTheSame() async throws {
        let laundry = try await Laundry()
        let first = try laundry.write("phone\n" + (0..<30).map { phone($0) + "\n" }.joined())
        let stop: @Sendable (Int) throws -> Void = { if $0 == 3 { throw Stop() } }
        #expect(throws: Stop.self) { _ = try laundry.run(first, "out", stop) }
        let second = try laundry.write("phone\n" + (30..<60).map { phone($0) + "\n" }.joined())
        let ended = try laundry.run(second, "out")
        #expect(ended.counts.rows == 30)
        #expect(laundry.read("out")?.contains(phone(2)) == false)
    }

    @Test func itReservesNothingAndRecordsThatItWasDone() async throws {
        let laundry = try await Laundry()
        let desk = laundry.desk
        let before = try desk.heads()
        let text = "phone\n" + (0..<20).map { phone($0) + "\n" }.joined()
        for _ in 0..<3 {
            let rows = try laundry.washed(text).split(separator: "\n").dropFirst()
            #expect(rows.allSatisfy { $0.contains(",allow,") })
        }
        let entries = try desk.store.read { try $0.entries(after: before, limit: 100) }
        #expect(entries.map(\.kind) == Array(repeating: .access, count: 6))
        let record = String(decoding: try EntryCore(bytes: entries[1].core).body, as: UTF8.self)
        #expect(
            record.contains(#""purpose":"service""#) && record.contains(#""rows":20"#) && !record.contains("138000"))
        let begun = try EntryCore(bytes: entries[0].core)
        #expect(begun.actor == desk.operations.id)
    }

    @Test func aRecordThatCannotBeReadDeniesItsRow() async throws {
        let laundry = try await Laundry()
        let desk = laundry.desk
        _ = try await desk.consent(phone: phone(1))
        _ = try await desk.consent(phone: phone(2))
        let broken = try desk.heads()
        try sqlite(
            desk.fixture.options.data + "/log.sqlite", "UPDATE entry SET personal = x'84' WHERE sequence = \(broken)")
        let text = "phone\n\(phone(1))\n\(phone(2))\n"
        let washed = try laundry.washed(text, "marketing", [("product", "card")])
        #expect(washed.hasSuffix("\(phone(1)),allow,,,\n\(phone(2)),deny,unavailable,unavailable,\n"), "\(washed)")
    }

    @Test func theServiceGoesOnAfterARestart() async throws {
        let laundry = try await Laundry()
        let desk = laundry.desk
        // Holds up the queue, so that the gate stops before the scrub has begun.
        desk.gate.background.add("something long") { job in while !job.isCancelled {} }
        let intake = try desk.gate.beginScrub(try ScrubRequest([("purpose", "service")]), by: desk.operations).get()
        let receiving = try desk.gate.scrub(intake.id, by: desk.operations).get()
        let isTaken = try intake.feed(Array("phone\n\(phone(1))\n".utf8))
        let waiting = try desk.gate.finishScrub(intake).get()
        #expect(receiving.state == .receiving && isTaken && waiting.state == .running)
        let broken = try desk.gate.beginScrub(try ScrubRequest([("purpose", "service")]), by: desk.operations).get()
        desk.close()
        let again = try Desk(reopening: desk)
        again.gate.resumeScrubs()
        again.gate.background.add("after it") { _ in }.wait()
        let status = try again.gate.scrub(intake.id, by: desk.operations).get()
        #expect(status.state == .done && status.counts.allowed == 1)
        #expect(again.gate.scrub(broken.id, by: desk.operations).name == "not found")
        let path = try again.gate.scrubResult(intake.id, by: desk.operations).get()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(!FileManager.default.fileExists(atPath: path.replacing("/output", with: "/input")))
        again.gate.removeOldScrubs()
        #expect(again.gate.scrub(intake.id, by: desk.operations).name == "done")
        again.clock.advance(JobFolder.retention + .minutes(1))
        again.gate.removeOldScrubs()
        #expect(again.gate.scrub(intake.id, by: desk.operations).name == "not found")
        #expect(!FileManager.default.fileExists(atPath: path))
        again.close()
    }
}
