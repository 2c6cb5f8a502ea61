import Foundation
import GateTesting
import LogVerification
import Synchronization
import Testing
import Transparency

@testable import Gate

/// Interrupts one step of a run, counted from 1.
private final class Interrupter: Sendable {
    private let state: Mutex<(left: Int, how: TreeFiles.Interruption, hit: Bool)>

    init(_ step: Int, _ how: TreeFiles.Interruption) { state = Mutex((step, how, false)) }

    var hasHit: Bool { state.withLock { $0.hit } }

    @Sendable func interrupt(_ step: TreeFiles.Step) -> TreeFiles.Interruption? {
        state.withLock { state in
            state.left -= 1
            guard state.left == 0 else { return nil }
            state.hit = true
            return state.how
        }
    }
}

@Suite struct RecoveryTests {
    /// What a log gives whose tree was never interrupted.
    private func fromScratch(_ log: WrittenLog) throws -> (hashes: [[UInt8]], root: MerkleHash) {
        let tree = makeTree(log.folder.path + "/fresh", log.store, log.keyFile)
        try tree.extend()
        let hashes = try (0..<8).map { try tree.files.read("level-\($0)", at: 0, count: 1 << 20) }.filter {
            !$0.isEmpty
        }
        return (hashes, try #require(tree.shown).checkpoint.root)
    }

    /// Killed before each write, sync and cut, and in the middle of each write: after the next start the tree is the
    /// one built from scratch, what was shown stays, and the log verifies.
    @Test(arguments: [TreeFiles.Interruption.before, .halfway], [false, true])
    func killedAtAnyStepTheTreeIsTheOneBuiltFromScratch(how: TreeFiles.Interruption, isNew: Bool) throws {
        var step = 0
        while true {
            step += 1
            let log = try WrittenLog(rounds: isNew ? [] : [250])
            let shown = log.tree.shown
            try log.append(20)
            let interrupter = Interrupter(step, how)
            log.reopen(interrupt: interrupter.interrupt)
            if isNew { #expect((try? log.tree.extend()) == nil || !interrupter.hasHit) } else { try? log.tree.extend() }
            guard interrupter.hasHit else { break }
            #expect(log.tree.problem != nil)
            log.reopen()
            try log.tree.extend()
            #expect(log.tree.problem == nil)
            let fresh = try fromScratch(log)
            #expect(try log.hashes() == fresh.hashes, "step \(step)")
            #expect(log.tree.shown?.checkpoint.root == fresh.root)
            let report = try log.verify()
            #expect(report.signed == report.entries && report.missingHashes == 0)
            if let shown { #expect(try log.file("checkpoints").starts(with: shown.note.bytes)) }
        }
        #expect(step > (isNew ? 6 : 5))
    }

    @Test func aFailureIsToldAndTheNextCallGoesOn() throws {
        let log = try WrittenLog(rounds: [2])
        try log.append(2)
        let interrupter = Interrupter(2, .before)
        log.reopen(interrupt: interrupter.interrupt)
        #expect(throws: LogTreeFault.self) { try log.tree.extend() }
        #expect(log.tree.problem != nil && log.tree.signed == 2)
        // Another process may have the lock in hand for a moment: one that is being started beside has it until its exec.
        for _ in 0..<200 where log.tree.signed < 4 {
            try log.tree.extend()
            usleep(5000)
        }
        #expect(log.tree.problem == nil && log.tree.signed == 4)
    }

    @Test func lostOrDamagedTilesAreMadeAnewFromTheLog() throws {
        let log = try WrittenLog(rounds: [300])
        let hashes = try log.hashes()
        for damage in ["level-0", "level-1"] {
            try FileManager.default.removeItem(atPath: log.data + "/tree/" + damage)
            log.reopen()
            try log.tree.extend()
            #expect(try log.hashes() == hashes)
        }
        try log.write(hashes[1].flipping(bit: 9), to: "level-1")
        log.reopen()
        try log.tree.extend()
        #expect(try log.hashes() == hashes)
    }

    @Test func aCutLogIsNotSignedAgain() throws {
        let log = try WrittenLog()
        let checkpoints = try log.file("checkpoints")
        #expect(try log.tree.signedOnDisk() == 9)
        try log.tamper("DELETE FROM entry WHERE sequence > 6")
        log.reopen()
        #expect(throws: LogTreeFault.logCut(signed: 9, entries: 6)) { try log.tree.signedOnDisk() }
        #expect(throws: LogTreeFault.logCut(signed: 9, entries: 6)) { try log.tree.extend() }
        #expect(log.tree.problem?.hasPrefix("the log was cut") == true)
        // Nor when it grew again beyond what was signed.
        try log.append(6, noise: 99)
        #expect(throws: LogTreeFault.otherHistory(sequence: 7)) { try log.tree.extend() }
        #expect(try log.file("checkpoints") == checkpoints)
    }

    /// Whoever changes the log and takes away all that was signed has not made it a new one.
    @Test func aLogWhoseCheckpointsAreGoneIsNotSignedAnew() throws {
        let log = try WrittenLog()
        let key = "\(try #require(log.tree.verifierKey))"
        #expect(try KeyFile.open(path: log.data + ".keys", mayCreate: false).signedAs == key)
        try log.tamper("DELETE FROM entry WHERE sequence = 9")
        try FileManager.default.removeItem(atPath: log.data + "/tree")
        // In the process that signed last, and in one that starts.
        for _ in 0..<2 {
            #expect(throws: LogTreeFault.signaturesMissing(key: key)) { try log.tree.extend() }
            #expect(log.tree.problem?.hasPrefix("the log was signed as `\(key)`, and no checkpoint is there") == true)
            log.reopen()
        }
        #expect(throws: LogTreeFault.signaturesMissing(key: key)) { try log.tree.signedOnDisk() }
        #expect(!FileManager.default.fileExists(atPath: log.data + "/tree/checkpoints"))
        let found = "the log was signed as `\(key)`, and no checkpoint is at \(log.data)/tree: they were lost"
        #expect(try log.finding()?.text == found)
        try log.write(Array("\(key)\n".utf8), to: "key")
        try log.write([], to: "checkpoints")
        log.reopen()
        #expect(throws: LogTreeFault.signaturesMissing(key: key)) { try log.tree.extend() }
        #expect(try log.finding()?.text == found)
        // Without the key file it is known that nothing proves it.
        let why = "none of the 8 entries is signed, so nothing proves them; was the log ever served?"
        #expect(throws: LogVerification.Problem.cannot(why)) { try log.verify(keys: "/none") }
    }

    @Test func whatASignedLogOfAnEarlyVersionLacksInItsKeyFileIsAdded() throws {
        let log = try WrittenLog()
        let path = log.data + ".keys"
        let file = try #require(FileManager.default.contents(atPath: path))
        let text = String(decoding: file, as: UTF8.self)
        let early = try Regex(#","log_signed_as":"[^"]*""#)
        try Data(text.replacing(early, with: "").utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try KeyFile.open(path: path, mayCreate: false).signedAs == nil)
        log.reopen()
        try log.tree.extend()
        #expect(FileManager.default.contents(atPath: path) == file)
    }

    @Test func aDatabaseOfAnotherInstanceIsNotSigned() throws {
        let (log, other) = (try WrittenLog(), try WrittenLog(noise: 8))
        let tree = makeTree(log.data + "/tree", other.store, log.keyFile)
        #expect(throws: LogTreeFault.otherHistory(sequence: 1)) { try tree.extend() }
        for level in 0..<2 { try? FileManager.default.removeItem(atPath: log.data + "/tree/level-\(level)") }
        #expect(throws: LogTreeFault.otherHistory(sequence: 9)) { try tree.extend() }
    }

    @Test func aDamagedCheckpointIsNotRepaired() throws {
        let log = try WrittenLog(rounds: [2, 2])
        let bytes = try log.file("checkpoints")
        let last = try #require(log.tree.shown).note.bytes
        let start = bytes.count - last.count - 1
        for bit in stride(from: start * 8, to: (bytes.count - 2) * 8, by: 5) {
            try log.write(bytes.flipping(bit: bit), to: "checkpoints")
            log.reopen()
            #expect(throws: LogTreeFault.self, "bit \(bit)") { try log.tree.extend() }
            #expect(try log.file("checkpoints") == bytes.flipping(bit: bit))
        }
    }

    @Test func nameAndKeyNeverChangeSilently() throws {
        let (log, other) = (try WrittenLog(), try WrittenLog())
        let key = "\(try #require(log.tree.verifierKey))"
        #expect(key.hasPrefix("callgate.local/"))
        log.reopen(origin: "gate.example/other")
        #expect(throws: LogTreeFault.self) { try log.tree.extend() }
        let tree = makeTree(log.data + "/tree", log.store, other.keyFile)
        #expect(throws: LogTreeFault.self) { try tree.extend() }
        #expect("\(try #require(tree.verifierKey))" == key)
        log.reopen(origin: String(key.prefix { $0 != "+" }))
        try log.tree.extend()
        try FileManager.default.removeItem(atPath: log.data + "/tree/key")
        log.reopen()
        #expect(throws: LogTreeFault.identityUnreadable(why: "it is missing, and there are checkpoints")) {
            try log.tree.extend()
        }
    }

    @Test func twoProcessesExtendOneTree() throws {
        let log = try WrittenLog(rounds: [5])
        let other = makeTree(log.data + "/tree", log.store, log.keyFile)
        for round in 0..<6 {
            try log.append(3)
            try (round % 2 == 0 ? other : log.tree).extend()
        }
        #expect(other.signed == 20 && log.tree.signed == 23)
        #expect(try log.verify().checkpoints == 7)
        // While one holds the files, the other leaves them alone.
        try log.append(1)
        _ = try log.tree.files.alone { try other.extend() }
        #expect(other.signed == 20)
    }

    @Test func thereIsNoSecondCheckpointWithinASpan() throws {
        let log = try WrittenLog(rounds: [])
        let tree = LogTree(
            folder: log.data + "/tree", store: log.store, seed: log.keyFile.logSeed, origin: "gate.example/log",
            every: .seconds(3600), notice: { _ in })
        try log.append(2)
        try tree.extend()
        try log.append(2)
        try tree.extend()
        #expect(tree.signed == 2 && tree.problem == nil)
        #expect(try tree.shown(covering: 3) == nil && tree.shown(covering: 2) != nil)
        try tree.extend(isLast: true)
        #expect(tree.signed == 4)
    }
}
