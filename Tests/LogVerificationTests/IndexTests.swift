import Foundation
import GRDB
import GateTesting
import Ledger
import LogVerification
import Testing

/// The index is derived; a refusal that it does not name would not be found.
@Suite struct IndexTests {
    private func indexed() throws -> WrittenLog {
        let log = try WrittenLog()
        #expect(try log.store.maintain() == 0)
        return log
    }

    private func tamper(_ log: WrittenLog, _ sql: String) throws {
        let queue = try DatabaseQueue(path: log.data + "/index.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func whatTheIndexNamesIsCounted() throws {
        let log = try indexed()
        #expect(try log.verify().mentions == 18)
        // What is behind the watermark is not in it yet.
        try log.append(3)
        try log.tree.extend()
        #expect(try log.verify().mentions == 18)
        try log.erase([3, 4])
        try log.tree.extend()
        #expect(try log.verify().mentions == 16)
        while try !log.store.expunge() {}
        #expect(try log.verify().mentions == 16)
        _ = try log.store.maintain()
        #expect(try log.verify().mentions == 22)
    }

    @Test(
        arguments: [
            ("DELETE FROM mention WHERE sequence = 5", 5),
            ("DELETE FROM mention WHERE sequence = 7 AND key = 8", 7),
            ("UPDATE mention SET key = key + 90 WHERE sequence = 2 AND key = 7", 2),
            ("UPDATE mention SET sequence = 90 WHERE sequence = 9 AND key = 7", 9),
            ("DELETE FROM mention", 1),
        ] as [(String, Int64)])
    func anEntryThatIsNotFoundIsNamed(sql: String, sequence: Int64) throws {
        let log = try indexed()
        try tamper(log, sql)
        for keys in [nil, "/none"] as [String?] {
            let finding = try #require(try log.finding(keys: keys))
            #expect(finding.sequence == sequence && finding.text.hasPrefix("entry \(sequence) is not found by"))
        }
    }

    @Test func whatIsNamedBesidesAndAnIndexOfAnotherLogAreNoFault() throws {
        let log = try indexed()
        try tamper(log, "INSERT INTO mention VALUES (99, 4), (8, 99999)")
        #expect(try log.verify().mentions == 18)
        try tamper(log, "UPDATE watermark SET entry = zeroblob(16); DELETE FROM mention")
        #expect(try log.verify().mentions == nil)
        // As it is made anew when the gate starts.
        try tamper(log, "UPDATE watermark SET sequence = 0, entry = NULL")
        #expect(try log.verify().mentions == nil)
        try tamper(log, "DROP TABLE mention")
        #expect(try log.verify().mentions == nil)
    }
}
