import Foundation
import GRDB
import GateModel
import Ledger
import LogVerification
import Storage
import Testing

@testable import Gate

/// A log of which a part stands in segments is judged as a whole, and each of them alone.
@Suite struct SegmentTests {
    private func sealed(through ends: [Int64] = [4, 6]) throws -> WrittenLog {
        let log = try WrittenLog()
        while try log.store.maintain() > 0 {}
        for end in ends { _ = try log.store.seal(through: end) { _ in } }
        return log
    }

    private func file(_ log: WrittenLog, _ number: Int = 1) -> String { log.data + "/segments/000\(number).sqlite" }

    private func tamper(_ path: String, _ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    @Test func aLogInSegmentsPasses() throws {
        let log = try sealed()
        let report = try log.verify(key: "\(try #require(log.tree.verifierKey))")
        #expect(report.entries == 9 && report.signed == 9 && report.checkpoints == 3 && report.segments == 2)
        #expect(report.personal == 5 && report.dropped == 0 && report.unchecked == 0)
        try log.append(3)
        #expect(try log.verify().entries == 12)
        // The tree is made anew from segments too.
        log.reopen()
        for level in 0..<8 { try? FileManager.default.removeItem(atPath: log.data + "/tree/level-\(level)") }
        try log.tree.extend()
        #expect(try log.verify().signed == 12)
    }

    @Test func everyChangedBitOfASegmentsCoreIsFoundAndNamed() throws {
        let log = try sealed()
        for (number, sequence) in [(1, 2), (1, 4), (2, 5)] {
            let queue = try DatabaseQueue(path: file(log, number))
            let core = [UInt8](
                try #require(
                    try queue.read {
                        try Data.fetchOne($0, sql: "SELECT core FROM entry WHERE sequence = ?", arguments: [sequence])
                    }))
            try queue.close()
            func store(_ bytes: [UInt8]) throws {
                try tamper(
                    file(log, number), "UPDATE entry SET core = ? WHERE sequence = ?", [Data(bytes), sequence])
            }
            for bit in stride(from: 0, to: core.count * 8, by: 5) {
                try store(core.flipping(bit: bit))
                #expect(try log.finding()?.sequence == Int64(sequence), "entry \(sequence), bit \(bit)")
            }
            try store(core)
        }
        #expect(try log.finding() == nil)
    }

    @Test(
        arguments: [
            ("DELETE FROM entry WHERE sequence = 2", 2, "entry 2 is missing"),
            ("DELETE FROM entry WHERE sequence = 4", 4, "entry 4 is missing"),
            ("DELETE FROM entry", 1, "entry 1 is missing"),
            ("UPDATE entry SET kind = 1 WHERE sequence = 3", 3, "entry 3 is stored as kind 1, but is of kind 2"),
            ("UPDATE entry SET personal = NULL WHERE sequence = 3", 3, "entry 3 has lost its personal part"),
            ("UPDATE entry SET removed_by = 9, personal = NULL WHERE sequence = 3", 3, "entry 3 has look-up keys, "),
            (
                "INSERT INTO entry (sequence, kind, core) SELECT 5, kind, core FROM entry WHERE sequence = 2", 5,
                "entry 5"
            ),
            (
                "INSERT INTO entry (sequence, kind, core) SELECT -3, kind, core FROM entry WHERE sequence = 2", -3,
                "entry -3"
            ),
            ("INSERT INTO gone VALUES (9, 1)", 9, "entry 9 says that it removed something of 0 entries, and of 1"),
        ] as [(String, Int64, String)])
    func changedRowsOfASegmentAreFoundAndNamed(sql: String, sequence: Int64, text: String) throws {
        let log = try sealed()
        try tamper(file(log), sql)
        let finding = try #require(try log.finding())
        #expect(finding.sequence == sequence && finding.text.hasPrefix(text), "\(finding.text)")
    }

    @Test func whatTheLogSaysOfItsSegmentsIsNotBelieved() throws {
        for (sql, text) in [
            ("DELETE FROM segment WHERE number = 1", "entry 1 is missing"),
            ("DELETE FROM segment", "entry 1 is missing"),
            ("UPDATE segment SET state = 4, dropped_by = 9, dropped = 4 WHERE number = 2; ", ""),
            ("UPDATE segment SET last = 5 WHERE number = 1", "segment 1 is another in its file"),
            ("INSERT INTO entry (sequence, kind, core) VALUES (3, 2, x'00')", "entry 3 is another in the database"),
            ("INSERT INTO entry (sequence, kind, core) VALUES (-3, 2, x'00')", "entry -3 is another in the database"),
            (
                "INSERT INTO redaction (sequence, keys, removed_by) VALUES (3, NULL, 9)",
                "entry 3 has look-up keys, a settled allow or a remover that are not those that a removal left"
            ),
        ] {
            let log = try sealed()
            try log.tamper(sql)
            if text.isEmpty {
                // Nothing is missing, so there is nothing to be said against; then something is.
                try tamper(file(log, 2), "DELETE FROM entry WHERE sequence = 5")
                #expect(try log.finding()?.text.hasPrefix("segment 2 lacks 1 entries") == true)
            } else {
                let found = try log.finding()?.text ?? "nothing"
                #expect(found.hasPrefix(text), "\(sql): \(found)")
            }
        }
        let log = try sealed()
        try FileManager.default.removeItem(atPath: file(log, 2))
        #expect(try log.finding()?.text.hasPrefix("entry 5 is missing: segment 2 is not at") == true)
    }

    // MARK: One segment alone

    @Test func oneSegmentIsJudgedAlone() throws {
        let log = try sealed()
        let copy = log.folder.path + "/copy.sqlite"
        try log.store.copySegment(2, to: copy)
        func judge(_ path: String) throws -> LogVerification.Report {
            var places = log.places()
            (places.database, places.keys, places.isSegment) = (path, nil, true)
            return try LogVerification(places).run()
        }
        let report = try judge(copy)
        #expect(report.stretch == 5...6 && report.signed == 9 && report.dropped == 7 && report.unchecked == 1)
        #expect(throws: LogVerification.Problem.self) { try judge(WrittenLog().data + "/log.sqlite") }
        for sql in [
            "DELETE FROM entry WHERE sequence = 6", "UPDATE entry SET core = x'87' WHERE sequence = 5",
            "UPDATE segment SET first = 4",
        ] {
            let other = log.folder.path + "/other.sqlite"
            try? FileManager.default.removeItem(atPath: other)
            try FileManager.default.copyItem(atPath: copy, toPath: other)
            try tamper(other, sql)
            #expect(throws: LogVerification.Finding.self, "\(sql)") { try judge(other) }
        }
        // The tree is judged by what was signed, also where the segment has nothing.
        let bytes = try log.file("level-0")
        try log.write(bytes.flipping(bit: 8 * 32 * 8 + 3), to: "level-0")
        #expect(throws: LogVerification.Finding.self) { try judge(copy) }
    }

    // MARK: What was dropped

    /// Entries 1, 3 and 5 are decisions that name nobody any more.
    private func dropped() throws -> WrittenLog {
        let log = try WrittenLog()
        try log.erase([1, 3, 5])
        while try log.store.maintain() > 0 {}
        let segment = try #require(try log.store.seal(through: 6) { _ in })
        try log.drop(segment, count: 3)
        _ = try log.store.maintain()
        try log.tree.extend()
        return log
    }

    @Test func droppedEntriesAreCountedAndProvedByTheirHashes() throws {
        let log = try dropped()
        #expect(
            try log.store.read { try $0.entries(after: 0, limit: 9) }.map(\.sequence) == [2, 4, 6, 7, 8, 9, 10, 11])
        let report = try log.verify()
        #expect(report.entries == 11 && report.signed == 11 && report.dropped == 3 && report.erased == 0)
        let bytes = try log.file("level-0")
        try log.write(bytes.flipping(bit: 2 * 32 * 8 + 9), to: "level-0")
        #expect(try log.finding() != nil)
    }

    @Test(
        arguments: [
            (true, "DELETE FROM entry WHERE sequence = 2", "segment 1 lacks 4 entries"),
            (true, "DELETE FROM gone", "entry 10 says that it removed something of 3 entries, and of 0"),
            (true, "UPDATE gone SET entries = 2", "entry 10 says that it removed something of 3 entries, and of 2"),
            (false, "UPDATE segment SET dropped_by = 10", "segment 1 lacks 3 entries, and entry 10 does not say"),
            (false, "UPDATE segment SET state = 2", "entry 1 is missing"),
            (false, "DELETE FROM entry WHERE sequence = 8", "entry 8 is missing"),
        ] as [(Bool, String, String)])
    func moreThanWasSaidIsFound(isSegment: Bool, sql: String, text: String) throws {
        let log = try dropped()
        try tamper(isSegment ? file(log) : log.data + "/log.sqlite", sql)
        let finding = try #require(try log.finding())
        #expect(finding.text.hasPrefix(text), "\(finding.text)")
    }
}
