import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import Testing

/// What is wrong with a file, and what happens when something goes wrong on the way.
@Suite struct ImportFaultTests {
    struct BadFile: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var kind: ImportKind
        var text: String
        /// How the first line of the fault report begins, and a word of it.
        var place: String
        var word: String

        init(_ name: String, _ kind: ImportKind, _ text: String, _ place: String, _ word: String) {
            (testDescription, self.kind, self.text, self.place, self.word) = (name, kind, text, place, word)
        }
    }

    static let badFiles: [BadFile] = [
        BadFile(
            "a missing column", .consents, "phone,purposes,products,modes,form,source,source_ref\n", "1,,",
            "`obtained_at` (取得时间) is missing"),
        BadFile(
            "no source", .consents, ImportTests.header.replacingOccurrences(of: "source,", with: "") + "\n", "1,,",
            "`source` (来源) is missing"),
        BadFile("a column that stands twice", .optOuts, "phone,purposes,电话\n", "1,3,", "stands twice"),
        BadFile("an unknown column", .optOuts, "phone,purposes,colour\n", "1,3,", "`colour` is no column"),
        BadFile("a column without a name", .optOuts, "phone,purposes,\n", "1,3,", "has no name"),
        BadFile("an attribute of nobody", .campaigns, "id,purpose,attributes.none\n", "1,3,", "is no column"),
        BadFile(
            "a date that does not exist", .relationships,
            "phone,kind,last_at\n+8613800000001,customer,2026-02-30T10:00:00+08:00\n", "2,3,\"/last_at\"",
            "must be an instant"),
        BadFile(
            "a local time without a zone", .relationships,
            "phone,kind,last_at\n+8613800000001,customer,2026-02-03 10:00\n", "2,3,\"/last_at\"", "with an offset"),
        BadFile(
            "a time to come", .relationships, "phone,kind,last_at\n+8613800000001,customer,2027-02-03T10:00:00+08:00\n",
            "2,3,\"/last_at\"", "future"),
        BadFile(
            "an attempt to come", .attempts,
            "source,source_ref,at,phone,purpose\np,1,2027-01-01T10:00:00+08:00,+8613800000001,care\n", "2,3,\"/at\"",
            "future"),
        BadFile(
            "an unknown purpose", .optOuts, "phone,purposes\n+8613800000001,marketing|markting\n", "2,2,\"/purposes\"",
            "`markting` is no purpose"),
        BadFile("no purpose", .optOuts, "phone,purposes\n+8613800000001,\n", "2,2,\"/purposes\"", "is required"),
        BadFile("no number", .optOuts, "phone,purposes\nnobody,care\n", "2,1,\"/phone\"", "is no telephone number"),
        BadFile("nobody", .optOuts, "phone,purposes\n,care\n", "2,1,\"/phone\"", "is required"),
        BadFile(
            "a row that is too short", .optOuts, "phone,purposes,at\n+8613800000001,care\n", "2,,",
            "has 2 cells where the header has 3"),
        BadFile("a row that begins with a #", .optOuts, "phone,purposes\n#1,care\n", "2,1,", "put the cell in quotes"),
        BadFile("text after a quote", .optOuts, "phone,purposes\n\"+86138\"00000001,care\n", "2,,", "closing quote"),
        BadFile("a quote that never ends", .optOuts, "phone,purposes\n+8613800000001,\"care\n", "2,,", "never closed"),
        BadFile(
            "a missing reference", .attempts,
            "source,source_ref,at,phone,purpose\np,,2026-01-01T10:00:00+08:00,+8613800000001,care\n",
            "2,2,\"/source_ref\"", "is required"),
        BadFile(
            "an entity of somebody else", .relationships,
            "phone,kind,last_at,legal_entity\n+8613800000001,c,2026-01-03T10:00:00+08:00,other\n",
            "2,4,\"/legal_entity\"", "is not one of"),
        BadFile("no header", .optOuts, "+8613800000001,care\n", "1,1,", "is no column"),
        BadFile("an empty file", .optOuts, "", "0,,", "is empty"),
        BadFile("a header alone", .optOuts, "phone,purposes\n", "", ""),
        BadFile("zero bytes", .optOuts, "phone,purposes\n\u{0}\u{1}\u{2}\n", "0,,", "NUL byte"),
    ]

    @Test(arguments: badFiles)
    func aFileIsRefusedWithPlaceAndRemedy(_ bad: BadFile) async throws {
        let desk = try await Desk()
        let head = try desk.heads()
        let status = try await desk.send(bad.text, ImportOrder(bad.kind, .csv, by: desk.operations))
        #expect(status.state == .rejected && status.reason != nil)
        let report = desk.rejects(status)
        #expect(report.first?.hasPrefix(bad.place) ?? bad.place.isEmpty, "\(report)")
        #expect(report.first?.contains(bad.word) ?? bad.word.isEmpty, "\(report)")
        #expect(!report.joined().contains("13800000001") && status.reason?.contains("13800000001") == false)
        #expect(try desk.heads() == head)
    }

    @Test func everyFaultOfAFileIsTold() async throws {
        let desk = try await Desk()
        let lines = [
            #"{"phone":"+8613800000001","purposes":["care"]}"#, "", #"{"phone":"+8613800000001","purposes":["care"#,
            #"{"phone":"none","purposes":["nothing"],"at":"yesterday","colour":1}"#, "[]",
        ]
        let status = try await desk.send(
            lines.joined(separator: "\n"), ImportOrder(.optOuts, .ndjson, by: desk.operations))
        #expect(status.rows == 4 && status.rejected == 3 && status.state == .rejected)
        let places = desk.rejects(status).map { $0.split(separator: ",").prefix(3).joined(separator: " ") }
        #expect(places.filter { $0.hasPrefix("3 ") }.count == 1)
        for pointer in ["/phone", "/purposes", "/at", "/colour"] {
            #expect(places.contains { $0.hasPrefix("4 ") && $0.hasSuffix("\"\(pointer)\"") }, "\(places)")
        }
        #expect(places.contains { $0.hasPrefix("5 ") })
        #expect(await desk.decide("care").description == "allow")
    }

    @Test func theFirstThousandFaultsAreKeptAndTheOthersCounted() async throws {
        let desk = try await Desk()
        let text = "phone,purposes\n" + String(repeating: "none,care\n", count: 1500)
        let status = try await desk.send(text, ImportOrder(.optOuts, .csv, by: desk.operations))
        #expect(status.rejected == 1500 && desk.rejects(status).count == 1000)
    }

    @Test func aFewBadRowsMayBeLeftOut() async throws {
        let desk = try await Desk()
        func file(_ bad: Int) -> String {
            let good = (1...19).map { "+86138000\(10_000 + $0),care" }
            return (["phone,purposes"] + good + Array(repeating: "none,care", count: bad)).joined(separator: "\n")
        }
        func order(_ skips: Bool) -> ImportOrder {
            ImportOrder(.optOuts, .csv, skipsBadRows: skips, by: desk.operations)
        }
        #expect(try await desk.send(file(1), order(false)).state == .rejected)
        #expect(try await desk.send(file(2), order(true)).state == .rejected)
        #expect(try desk.kinds().allSatisfy { $0 != .optOut })
        let status = try await desk.send(file(1), order(true))
        #expect(status.state == .applied && status.accepted == 19 && status.rejected == 1)
        #expect(try desk.kinds().filter { $0 == .optOut }.count == 19)
        #expect(desk.rejects(status).first?.hasPrefix("21,1,\"/phone\"") == true)
    }

    @Test func theEncodingIsFoundOrTheFileRefused() async throws {
        let desk = try await Desk()
        let text = "手机号,用途\n+8613800000001,care\n"
        let order = ImportOrder(.optOuts, .csv, by: desk.operations)
        let utf16: [UInt8] = [0xFF, 0xFE] + Array(text.utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try await desk.send(utf16, order).state == .applied)
        // 手机号,用途 in GB 18030.
        let gb: [UInt8] = [0xCA, 0xD6, 0xBB, 0xFA, 0xBA, 0xC5, 44, 0xD3, 0xC3, 0xCD, 0xBE, 10]
        #expect(try await desk.send(gb + Array("+8613800000001,care\n".utf8), order).unchanged == 1)
        let broken = Array("phone,purposes,source\n+8613800000001,care,".utf8) + [0xC3, 0x28, 0xFF, 0xFF, 10]
        #expect(try await desk.send(broken, order).state == .rejected)
    }

    /// What 1000 rows leave behind, whatever went wrong: each row once, in order, and nothing else of them.
    private func checkApplied(_ desk: Desk, _ id: EntryID, rows: Int) async throws {
        let status = try desk.gate.importStatus(id.description)
        #expect(status.state == .applied && status.unchanged == 0 && status.rows == rows)
        let entries = try desk.store.read { try $0.entries(after: 0, limit: 100_000) }
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
        let consents = entries.filter { $0.kind == .consent }
        #expect(consents.count == rows && Set(consents.map { $0.keys.first }).count == rows)
        let keys = desk.gate.keyFile.ledger
        #expect(
            consents.map(\.keys.first) == (1...rows).map { keys.key(.number("+86138000\(10_000 + $0)")) })
    }

    /// A few rows are applied with their approval, and tried again at once; of more each failure waits for the next round, or
    /// for another process.
    @Test(arguments: [
        (601, (1...5).map { FaultingStore.Fault.storedButReported($0) } + [.step(100), .step(1500)]),
        (1001, [.storedButReported(4), .step(3333)]),
    ])
    func whatFailsOnTheWayGoesOnAndLeavesTheSameRecords(_ rows: Int, _ faults: [FaultingStore.Fault]) async throws {
        for fault in faults {
            let fixture = try fixture()
            let store = FaultingStore(try fixture.store())
            let desk = try await Desk(fixture, over: store)
            let order = ImportOrder(.consents, .csv, by: desk.operations)
            let status = try await desk.send(ImportTests.consents(rows), order)
            store.arm(fault)
            _ = await desk.gate.change("import", status.id.description, .approval, body("{}"), by: desk.compliance)
            await desk.gate.settleImports()
            #expect(store.hasFailed, "\(fault)")
            store.arm(nil)
            if rows > 1000 {
                let state = try desk.gate.importStatus(status.id.description).state
                #expect(state == .applying, "\(fault)")
            }
            desk.close()
            let again = try Desk(reopening: desk)
            again.gate.resumeImports()
            await again.gate.settleImports()
            try await checkApplied(again, status.id, rows: rows)
        }
    }

    @Test func aCheckThatWasCutShortBeginsAnew() async throws {
        let desk = try await Desk()
        let upload = try desk.gate.beginImport(ImportOrder(.optOuts, .csv, by: desk.operations))
        try upload.feed(Array("phone,purposes\n\(Desk.phone),service\n".utf8))
        _ = try await upload.finish()
        // Whoever is still being received is left alone, and refused once nobody is there any more.
        var open: ImportUpload? = try desk.gate.beginImport(ImportOrder(.optOuts, .csv, by: desk.operations))
        let broken = try #require(open?.id)
        desk.gate.resumeImports()
        await desk.gate.settleImports()
        #expect(try desk.gate.importStatus(upload.id.description).state == .applied)
        #expect("\(await desk.decide())" == "deny t.refused")
        #expect(try desk.gate.importStatus(broken.description).state == .receiving)
        open = nil
        desk.gate.resumeImports()
        await desk.gate.settleImports()
        #expect(try desk.gate.importStatus(broken.description).state == .rejected)
    }

    @Test func decisionsGoOnBesideAnImport() async throws {
        let fixture = try fixture(attempts: 100_000)
        let store = FaultingStore(try fixture.store())
        let desk = try await Desk(fixture, over: store)
        let rows = 5000
        let text = "phone,purposes\n" + (1...rows).map { "+86138000\(10_000 + $0),service\n" }.joined()
        let upload = try desk.gate.beginImport(ImportOrder(.optOuts, .csv, by: desk.dialer))
        try upload.feed(Array(text.utf8))
        _ = try await upload.finish()
        // A call that is asked while the import's first commit is held up does not wait for its last.
        let (held, release) = store.holdNextCommit()
        desk.gate.enqueueImport(upload.id)
        await wait(for: held)
        async let asked = desk.decide("care")
        await wait(until: { desk.gate.queueLength > 0 })
        release.signal()
        let first = await asked
        #expect("\(first)" == "allow")
        desk.clock.advance(.days(1))
        // How many more are asked before the import is over is the machine's affair, and may be none.
        while try !desk.gate.importStatus(upload.id.description).isOver {
            #expect("\(await desk.decide("care"))" == "allow")
            desk.clock.advance(.days(1))
        }
        let decided = try #require(first.answer?.record.id.sequence)
        let later = try store.read { try $0.entries(after: decided, limit: 100_000) }
        #expect(later.contains { $0.kind == .optOut })
        #expect(try desk.gate.importStatus(upload.id.description).state == .applied)
        for n in [1, 2500, rows] {
            #expect("\(await desk.decide(phone: "+86138000\(10_000 + n)"))" == "deny t.refused")
        }
    }
}
