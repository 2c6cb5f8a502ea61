import Foundation
import GRDB
import GateModel
import Ledger
import LogVerification
import Storage
import Testing

@testable import Gate

/// Whatever is changed behind the gate's back is found and named.
@Suite struct TamperTests {
    @Test func aSoundLogPasses() throws {
        let log = try WrittenLog()
        let report = try log.verify(key: "\(try #require(log.tree.verifierKey))")
        #expect(report.entries == 9 && report.signed == 9 && report.checkpoints == 3)
        #expect(report.personal == 5 && report.erased == 0 && report.unchecked == 0 && report.missingHashes == 0)
        #expect(report.root == "\(try #require(log.tree.shown).checkpoint.root)")
        // Entries behind the last checkpoint are counted as not signed.
        try log.append(2)
        let later = try log.verify()
        #expect(later.entries == 11 && later.signed == 9)
    }

    @Test func everyChangedBitOfACoreIsFoundAndNamed() throws {
        let log = try WrittenLog()
        var changes = 0
        for sequence in 1...9 {
            let queue = try DatabaseQueue(path: log.data + "/log.sqlite")
            let core = [UInt8](
                try #require(
                    try queue.read {
                        try Data.fetchOne($0, sql: "SELECT core FROM entry WHERE sequence = ?", arguments: [sequence])
                    }))
            func store(_ bytes: [UInt8]) throws {
                try queue.writeWithoutTransaction {
                    try $0.execute(
                        sql: "UPDATE entry SET core = ? WHERE sequence = ?", arguments: [Data(bytes), sequence])
                }
            }
            // All bits of two entries, one of each byte of the others.
            let step = sequence == 1 || sequence == 6 ? 1 : 8
            for bit in stride(from: sequence % step, to: core.count * 8, by: step) {
                try store(core.flipping(bit: bit))
                #expect(try log.finding()?.sequence == Int64(sequence), "entry \(sequence), bit \(bit)")
                changes += 1
            }
            try store(core)
            try queue.close()
        }
        #expect(changes > 1000)
        #expect(try log.finding() == nil)
    }

    /// What stands beside the core: the personal part, what the entry is found by, the allow that it settles.
    @Test(arguments: ["personal", "keys", "settles"]) func everyChangedBitBesideACoreIsFoundAndNamed(
        column: String
    ) throws {
        #expect(try everyChangedBitIsFound(WrittenLog(), 1...9, column) > 10)
    }

    /// What is left beside it after a removal.
    @Test(arguments: ["personal", "keys", "settles", "removed_by", "remains"])
    func everyChangedBitBesideACoreIsFoundAfterARemoval(column: String) throws {
        let log = try WrittenLog()
        try log.erase([3, 4, 7])
        try log.tree.extend()
        let others: [DatabaseValue] = [Data([1, 2, 3]).databaseValue, 8.databaseValue]
        #expect(try everyChangedBitIsFound(log, [3, 4, 7], column, or: others) >= 6)
    }

    private func everyChangedBitIsFound(
        _ log: WrittenLog, _ sequences: some Sequence<Int>, _ column: String, or others: [DatabaseValue] = []
    ) throws -> Int {
        var changes = 0
        for sequence in sequences {
            let queue = try DatabaseQueue(path: log.data + "/log.sqlite")
            func store(_ value: DatabaseValue) throws {
                try queue.writeWithoutTransaction {
                    try $0.execute(
                        sql: "UPDATE entry SET \(column) = ? WHERE sequence = ?", arguments: [value, sequence])
                }
            }
            let value = try #require(
                try queue.read {
                    try DatabaseValue.fetchOne(
                        $0, sql: "SELECT \(column) FROM entry WHERE sequence = ?", arguments: [sequence])
                })
            var changed: [DatabaseValue] = others + (value.isNull ? [] : [.null])
            if case .blob(let bytes) = value.storage {
                let flipped = (0..<bytes.count * 8).map { Data([UInt8](bytes).flipping(bit: $0)).databaseValue }
                changed += flipped + [bytes.dropLast(column == "keys" ? 16 : 1).databaseValue]
            } else if column == "settles" {
                changed += [2, 3].map(\.databaseValue)
            }
            changed.removeAll { $0 == value }
            for other in changed {
                try store(other)
                #expect(try log.finding()?.sequence == Int64(sequence), "\(column) of entry \(sequence)")
                changes += 1
            }
            try store(value)
            try queue.close()
        }
        #expect(try log.finding() == nil)
        return changes
    }

    @Test func everyChangedBitOfTheCheckpointsIsFound() throws {
        let log = try WrittenLog(rounds: [2, 1])
        let bytes = try log.file("checkpoints")
        for bit in 0..<bytes.count * 8 {
            try log.write(bytes.flipping(bit: bit), to: "checkpoints")
            let finding = try log.finding()
            #expect(finding?.text.hasPrefix("checkpoint ") == true, "bit \(bit): \(finding?.text ?? "nothing")")
        }
        // And so is every cut but one between two notes, of which only who saw the checkpoint knows.
        let ends = Set(bytes.indices.filter { $0 > 0 && bytes[$0] == 10 && bytes[$0 - 1] == 10 }.map { $0 + 1 })
        var cuts = 0
        for count in 1..<bytes.count {
            try log.write(Array(bytes[..<count]), to: "checkpoints")
            if try log.finding() != nil { cuts += 1 } else { #expect(ends.contains(count)) }
        }
        #expect(cuts == bytes.count - 2)
    }

    @Test func everyChangedBitOfAStoredHashIsFound() throws {
        let log = try WrittenLog(rounds: [200, 100])
        for (file, offset) in [("level-0", 0), ("level-0", 255 * 32), ("level-0", 299 * 32), ("level-1", 0)] {
            let bytes = try log.file(file)
            for bit in stride(from: offset * 8, to: (offset + 32) * 8, by: 37) {
                try log.write(bytes.flipping(bit: bit), to: file)
                #expect(try log.finding() != nil, "\(file), bit \(bit)")
            }
            try log.write(bytes, to: file)
        }
        #expect(try log.finding() == nil)
    }

    /// What is done to the rows, and what is said of it.
    @Test(
        arguments: [
            ("DELETE FROM entry WHERE sequence = 4", 4, "entry 4 is missing"),
            ("DELETE FROM entry WHERE sequence = 1", 1, "entry 1 is missing"),
            (
                "DELETE FROM entry WHERE sequence > 5", 6,
                "entry 6 is missing: checkpoint 3 signs 9 entries, the log has 5"
            ),
            ("DELETE FROM entry", 1, "entry 1 is missing"),
            (
                """
                UPDATE entry SET sequence = -4 WHERE sequence = 4; UPDATE entry SET sequence = 4 WHERE sequence = 5;
                UPDATE entry SET sequence = 5 WHERE sequence = -4
                """, 4, "entry 4 has the id of entry 5"
            ),
            (
                """
                UPDATE entry SET core = (SELECT core FROM entry AS e WHERE e.sequence = 11 - entry.sequence)
                WHERE sequence IN (5, 6)
                """, 5, "entry 5"
            ),
            (
                "INSERT INTO entry (sequence, kind, core, personal, subject, keys, settles) SELECT 0, kind, core, NULL, NULL, NULL, NULL FROM entry WHERE sequence = 2",
                0,
                "entry 0"
            ),
            (
                "INSERT INTO entry (sequence, kind, core, personal, subject, keys, settles) SELECT -7, kind, core, NULL, NULL, NULL, NULL FROM entry WHERE sequence = 2",
                -7,
                "entry -7"
            ),
            (
                "INSERT INTO entry (sequence, kind, core, personal, subject, keys, settles) SELECT 10, kind, core, NULL, NULL, NULL, NULL FROM entry WHERE sequence = 2",
                10,
                "entry 10 has the id of entry 2"
            ),
            (
                "INSERT INTO entry (sequence, kind, core, personal, subject, keys, settles) SELECT 12, kind, core, NULL, NULL, NULL, NULL FROM entry WHERE sequence = 2",
                10,
                "entry 10 is missing"
            ),
            ("UPDATE entry SET kind = 1 WHERE sequence = 3", 3, "entry 3 is stored as kind 1, but is of kind 2"),
            ("UPDATE entry SET personal = NULL WHERE sequence = 3", 3, "entry 3 has lost its personal part"),
            (
                "UPDATE entry SET personal = (SELECT personal FROM entry WHERE sequence = 3) WHERE sequence = 1", 1,
                "entry 1 has a personal part that was changed or is another's"
            ),
            (
                "UPDATE entry SET personal = (SELECT personal FROM entry WHERE sequence = 3) WHERE sequence = 2", 2,
                "entry 2 has a personal part that it says nothing of"
            ),
            ("UPDATE subject SET secret = zeroblob(60)", 1, "entry 1 has a secret that this key file does not open"),
        ] as [(String, Int64, String)])
    func changedRowsAreFoundAndNamed(sql: String, sequence: Int64, text: String) throws {
        let log = try WrittenLog()
        try log.tamper(sql)
        let finding = try #require(try log.finding())
        #expect(finding.sequence == sequence)
        #expect(finding.text.hasPrefix(text), "\(finding.text)")
    }

    @Test func anErasedPersonBreaksNothingAndIsCounted() throws {
        let log = try WrittenLog()
        try log.erase([1, 3, 5, 7, 9])
        try log.tree.extend()
        let report = try log.verify()
        #expect(report.signed == 10 && report.erased == 5 && report.personal == 0)
    }

    @Test(
        arguments: [
            ("UPDATE subject SET secret = NULL", 1, "entry 1 has lost its person's secret, and was not erased"),
            (
                "UPDATE entry SET personal = NULL, removed_by = 10 WHERE sequence = 1", 10,
                "says that it removed something of 2"
            ),
            (
                "UPDATE entry SET personal = NULL, removed_by = 1 WHERE sequence = 7", 1,
                "entry 1 says that it removed something of 0"
            ),
            (
                "UPDATE entry SET personal = NULL, removed_by = 8 WHERE sequence = 7", 8,
                "entry 8 says that it removed something of 0"
            ),
            ("UPDATE entry SET removed_by = NULL WHERE sequence = 3", 3, "entry 3 has lost its personal part"),
            ("UPDATE entry SET removed_by = 10 WHERE sequence = 7", 7, "that is said to be removed"),
            ("UPDATE entry SET removed_by = 10 WHERE sequence = 6", 10, "of 2 entries, and of 3"),
        ] as [(String, Int64, String)])
    func whatIsGoneWithoutAnEntryThatSaysSoIsFound(sql: String, sequence: Int64, text: String) throws {
        let log = try WrittenLog()
        try log.erase([3, 5])
        try log.tree.extend()
        try log.tamper(sql)
        // Without the key file too.
        let finding = try #require(try log.finding(keys: "/none"))
        #expect(finding.sequence == sequence && finding.text.contains(text), "\(finding)")
        #expect(try log.finding() != nil)
    }

    @Test func withoutAKeyFileThePersonalPartsAreCountedAsNotChecked() throws {
        let log = try WrittenLog()
        let report = try log.verify(keys: log.folder.path + "/missing")
        #expect(report.signed == 9 && report.unchecked == 5)
        try log.folder.write("{}", to: "nothing.keys")
        #expect(throws: LogVerification.Problem.self) { try log.verify(keys: log.folder.path + "/nothing.keys") }
    }

    @Test func anotherLogsDatabaseCheckpointOrKeyIsFound() throws {
        let (log, other) = (try WrittenLog(), try WrittenLog(noise: 8))
        // Another instance's database under this log's tree: the entries are not those that were signed.
        var places = log.places(keys: log.folder.path + "/missing")
        places.database = other.data + "/log.sqlite"
        #expect(throws: LogVerification.Finding.self) { try LogVerification(places).run() }
        // Its key file.
        let finding = #expect(throws: LogVerification.Finding.self) { try log.verify(keys: other.data + ".keys") }
        #expect(finding?.text.hasPrefix("the key file is of another log") == true)
        // A key from elsewhere.
        #expect(throws: LogVerification.Finding.self) { try log.verify(key: "\(try #require(other.tree.verifierKey))") }
        // A checkpoint of the other log among this one's.
        try log.write(try log.file("checkpoints") + other.file("checkpoints"), to: "checkpoints")
        #expect(try log.finding()?.text.hasPrefix("checkpoint 4 ") == true)
    }

    @Test func aClockThatJumpedBackIsFound() throws {
        let log = try WrittenLog(rounds: [3])
        let before = log.start - Span(milliseconds: 1)
        let id = EntryID(at: before, sequence: 4, noise: 1)
        let core = EntryCore(
            kind: .access, id: id, at: before, actor: "k", body: [0x80], binding: log.keyFile.ledger.binding(id, []))
        try log.store.commit { try $0.append(StoredEntry(sequence: 4, kind: .access, core: core.bytes)) }
        try log.tree.extend()
        #expect(try log.finding()?.text == "entry 4 is older than the entry before it")
    }

    @Test func whereThereIsNothingToVerifyNothingIsSaid() throws {
        let log = try WrittenLog()
        var places = log.places()
        places.database = log.folder.path + "/none.sqlite"
        #expect(throws: LogVerification.Problem.self) { try LogVerification(places).run() }
        places = log.places()
        places.tree = log.folder.path + "/none"
        places.keys = nil
        #expect(throws: LogVerification.Problem.self) { try LogVerification(places) }
        try FileManager.default.removeItem(atPath: log.data + "/tree/key")
        #expect(throws: LogVerification.Problem.self) { try log.verify() }
        let other = try WrittenLog(rounds: [1])
        try other.folder.write("this is no database, however long it may be", to: "bad.sqlite")
        places = other.places()
        places.database = other.folder.path + "/bad.sqlite"
        #expect(throws: LogVerification.Finding.self) { try LogVerification(places).run() }
    }
}
