import GateModel
import Ledger
import Testing
import Transparency

@testable import LogAudit

@Suite struct LogAuditTests {
    @Test(arguments: [1, 2, 7, 70, 300, 600] as [Int64]) func aSoundLogPasses(size: Int64) throws {
        let log = WrittenLog(size: size, checkpoints: [0, 1, size / 2, size - 1, size])
        let summary = try audit(log, stored: log.stored)
        #expect(summary.entries == size && summary.signed == size && summary.root == log.edge.root)
        #expect(summary.checkpoints == log.checkpoints.count)
        #expect(summary.end == LogAudit.Start(size: size, roots: log.edge.roots))
        #expect(try audit(log) == summary)
    }

    @Test func checkpointsMayComeInTheirPlace() throws {
        let log = WrittenLog(size: 20, checkpoints: [0, 5, 12, 20])
        var audit = try #require(LogAudit(origin: origin, keys: keys))
        var checkpoints = log.checkpoints[...]
        try audit.add(checkpoint: checkpoints.removeFirst())
        for entry in log.entries {
            try audit.add(entry)
            if [5, 12, 20].contains(entry.sequence) { try audit.add(checkpoint: checkpoints.removeFirst()) }
        }
        #expect(try audit.finish().signed == 20)
    }

    @Test func entriesBehindTheLastCheckpointAreCountedAsNotSigned() throws {
        let summary = try audit(WrittenLog(size: 9, checkpoints: [4]))
        #expect(summary.entries == 9 && summary.signed == 4)
    }

    /// Each bit of each entry; with the tiles the entry is named, without them the span since the last good checkpoint.
    @Test func everyChangedBitOfAnEntryIsFound() throws {
        let log = WrittenLog(size: 9, checkpoints: [2, 4, 9])
        let (signed, unsigned) = (try begun(log.checkpoints), try begun([]))
        var changes = 0
        for (place, entry) in log.entries.enumerated() {
            let span: ClosedRange<Int64> = place < 2 ? 1...2 : place < 4 ? 3...4 : 5...9
            for bit in 0..<entry.core.count * 8 {
                var entries = log.entries
                entries[place].core = entry.core.flipping(bit: bit)
                #expect(throws: AuditFault.self) { try signed.finished(entries) }
                do throws(AuditFault) {
                    _ = try unsigned.finished(entries, log.stored)
                    Issue.record("entry \(entry.sequence), bit \(bit): not found")
                } catch {
                    #expect(error.sequence == entry.sequence, "entry \(entry.sequence), bit \(bit): \(error)")
                }
                // Were the fields of the head forged to fit, the root still tells, within its span.
                entries[place].kind = nil
                do throws(AuditFault) {
                    _ = try signed.finished(entries)
                    Issue.record("entry \(entry.sequence), bit \(bit), without its kind: not found")
                } catch {
                    if case .otherRoot(_, let first, let last) = error { #expect(first...last == span) }
                }
                changes += 1
            }
        }
        #expect(changes == log.entries.reduce(0) { $0 + $1.core.count * 8 } && changes > 2000)
    }

    @Test func everyChangedBitOfACheckpointIsFound() throws {
        let log = WrittenLog(size: 5, checkpoints: [0, 2, 5])
        for (place, checkpoint) in log.checkpoints.enumerated() {
            for bit in 0..<checkpoint.count * 8 {
                var checkpoints = log.checkpoints
                checkpoints[place] = checkpoint.flipping(bit: bit)
                do throws(AuditFault) {
                    _ = try audit(log, checkpoints: checkpoints)
                    Issue.record("checkpoint \(place + 1), bit \(bit): not found")
                } catch {
                    #expect(error.sequence == nil && "\(error)".hasPrefix("checkpoint \(place + 1) "))
                }
            }
        }
    }

    /// Each bit of sequence and kind, as they are stored beside the core.
    @Test func everyChangedBitBesideAnEntryIsFound() throws {
        let log = WrittenLog(size: 9, checkpoints: [9])
        let signed = try begun(log.checkpoints)
        for place in log.entries.indices {
            for bit in 0..<63 {
                var entries = log.entries
                entries[place].sequence ^= 1 << bit
                #expect(throws: AuditFault.self) { try signed.finished(entries) }
                entries = log.entries
                entries[place].kind! ^= 1 << bit
                #expect(throws: AuditFault.self) { try signed.finished(entries) }
            }
        }
    }

    @Test func everyChangedBitOfAStoredHashIsFound() throws {
        let log = WrittenLog(size: 300, checkpoints: [])
        for (level, index) in [(0, 0), (0, 255), (0, 256), (0, 299), (1, 0)] as [(Int, Int64)] {
            let right = log.stored(level, index)!
            let last = level == 0 ? index + 1 : 256
            var before = try begun([])
            for entry in log.entries[..<Int(last - 1)] { try before.add(entry, stored: log.stored) }
            for bit in 0..<256 {
                let wrong = MerkleHash(bytes: right.bytes.flipping(bit: bit))
                #expect(throws: AuditFault.otherHash(level: level, first: level == 0 ? last : 1, last: last)) {
                    try before.finished(Array(log.entries[Int(last - 1)...])) {
                        ($0, $1) == (level, index) ? wrong : log.stored($0, $1)
                    }
                }
            }
        }
    }

    @Test func aMissingEntryIsNamed() {
        let log = WrittenLog(size: 9, checkpoints: [4, 9])
        for place in 0..<8 {
            var entries = log.entries
            entries.remove(at: place)
            let sequence = Int64(place + 1)
            #expect(throws: AuditFault.missing(sequence: sequence, found: sequence + 1)) {
                try audit(log, entries: entries)
            }
            // The others moved up to close the gap.
            for later in place..<8 { entries[later].sequence -= 1 }
            #expect(throws: AuditFault.elsewhere(sequence: sequence, idSays: sequence + 1)) {
                try audit(log, entries: entries)
            }
        }
        #expect(throws: AuditFault.beyondLog(number: 2, size: 9, entries: 8)) {
            try audit(log, entries: log.entries.dropLast())
        }
    }

    @Test func anAddedEntryIsNamed() {
        let log = WrittenLog(size: 9, checkpoints: [4, 9])
        for place in 0..<9 {
            var entries = log.entries
            entries.insert(entries[place], at: place + 1)
            let sequence = Int64(place + 1)
            #expect(throws: AuditFault.outOfOrder(sequence: sequence, expected: sequence + 1)) {
                try audit(log, entries: entries)
            }
        }
        // One that was made to fit, with all behind it moved on: its like was never signed.
        let other = WrittenLog(size: 10, checkpoints: [], salt: 1)
        #expect(throws: AuditFault.otherRoot(number: 2, first: 5, last: 9)) {
            try audit(log, entries: Array(log.entries[..<6] + other.entries[6...]))
        }
    }

    @Test func entriesOutOfOrderAreNamed() {
        let log = WrittenLog(size: 9, checkpoints: [4, 9])
        for place in 0..<8 {
            var entries = log.entries
            entries.swapAt(place, place + 1)
            let sequence = Int64(place + 1)
            #expect(throws: AuditFault.missing(sequence: sequence, found: sequence + 1)) {
                try audit(log, entries: entries)
            }
            (entries[place].sequence, entries[place + 1].sequence) = (sequence, sequence + 1)
            #expect(throws: AuditFault.elsewhere(sequence: sequence, idSays: sequence + 1)) {
                try audit(log, entries: entries)
            }
        }
    }

    @Test func anEntryOlderThanTheOneBeforeIsNamed() throws {
        var log = WrittenLog(size: 3, checkpoints: [])
        let at = Instant(milliseconds: 1_000)
        log.entries[2].core =
            EntryCore(
                kind: .access, id: EntryID(at: at, sequence: 3, noise: 1), at: at, actor: "k", body: [],
                binding: .keys([])
            ).bytes
        #expect(throws: AuditFault.timeRunsBack(sequence: 3)) { try audit(log) }
    }

    @Test func aForkedCheckpointIsNamed() {
        let (log, other) = (
            WrittenLog(size: 9, checkpoints: [4, 9]), WrittenLog(size: 9, checkpoints: [4, 9], salt: 1)
        )
        // Signed by the right key, of another history.
        #expect(throws: AuditFault.otherRoot(number: 1, first: 1, last: 4)) {
            try audit(log, checkpoints: [other.checkpoints[0], log.checkpoints[1]])
        }
        #expect(throws: AuditFault.otherRoot(number: 2, first: 5, last: 9)) {
            try audit(log, checkpoints: [log.checkpoints[0], other.checkpoints[1]])
        }
        #expect(throws: AuditFault.fork(number: 2, size: 4)) {
            try audit(log, checkpoints: [log.checkpoints[0], other.checkpoints[0]])
        }
        // The same twice is no fork.
        #expect(throws: Never.self) { try audit(log, checkpoints: [log.checkpoints[0], log.checkpoints[0]]) }
    }

    @Test func checkpointsOutOfOrderAreNamed() throws {
        let log = WrittenLog(size: 9, checkpoints: [4, 9])
        #expect(throws: AuditFault.checkpointOutOfOrder(number: 2, size: 4, after: 9)) {
            try audit(log, checkpoints: log.checkpoints.reversed())
        }
        var late = try #require(LogAudit(origin: origin, keys: keys))
        for entry in log.entries { try late.add(entry) }
        #expect(throws: AuditFault.checkpointOutOfOrder(number: 1, size: 4, after: 9)) {
            try late.add(checkpoint: log.checkpoints[0])
        }
    }

    @Test func aCheckpointOfAnotherLogOrKeyIsNamed() throws {
        let log = WrittenLog(size: 4, checkpoints: [4])
        let root = log.edge.root
        let foreign = try NoteSigner(name: origin, seed: [UInt8](2...33))
        let ours = try Checkpoint(origin: origin, size: 4, root: root)
        #expect(throws: AuditFault.notSigned(number: 1)) { try audit(log, checkpoints: [foreign.sign(ours).bytes]) }
        let theirs = try Checkpoint(origin: "other.example", size: 4, root: root)
        #expect(throws: AuditFault.otherOrigin(number: 1, found: "other.example")) {
            try audit(log, checkpoints: [signer.sign(theirs).bytes])
        }
        let beyond = try Checkpoint(origin: origin, size: 5, root: root)
        #expect(throws: AuditFault.beyondLog(number: 2, size: 5, entries: 4)) {
            try audit(log, checkpoints: log.checkpoints + [signer.sign(beyond).bytes])
        }
        let wrong = signer.sign(ours).description.replacing("\n4\n", with: "\n3\n")
        #expect(throws: AuditFault.wrongSignature(number: 1)) { try audit(log, checkpoints: [Array(wrong.utf8)]) }
        // Further signatures and extension lines are no fault.
        let witness = try Cosigner(name: "w.example", seed: [UInt8](3...34))
        let extended = try Checkpoint(origin: origin, size: 4, root: root, extensions: ["more"])
        let note = signer.sign(extended).adding(witness.cosign(extended, posixSeconds: 5))
        #expect(try audit(log, checkpoints: [note.bytes]).signed == 4)
    }

    @Test func aFurtherKeysSignaturesAreJudgedWhereTheyStand() throws {
        let log = WrittenLog(size: 5, checkpoints: [2, 5])
        let second = try SM2Signer(name: origin, secret: [UInt8](1...32))
        func signed(_ place: Int, by signer: SM2Signer) throws -> [UInt8] {
            let note = try SignedNote(bytes: log.checkpoints[place])
            return note.adding(try signer.sign(try Checkpoint(text: note.text))).bytes
        }
        func audit(_ checkpoints: [[UInt8]]) throws -> LogAudit.Summary {
            var audit = try #require(LogAudit(origin: origin, keys: keys, further: ["\(second.verifierKey)"]))
            for checkpoint in checkpoints { try audit.add(checkpoint: checkpoint) }
            return try audit.finished(log.entries)
        }
        let both = [log.checkpoints[0], try signed(1, by: second)]
        #expect(try audit(both).further == [.init(key: "\(second.verifierKey)", checkpoints: 1, signed: 5)])
        #expect(try audit(log.checkpoints).further.map(\.checkpoints) == [0])
        // Every third changed bit: of the text, of either signature, or of whose it is, which then counts for nothing.
        for bit in stride(from: 0, to: both[1].count * 8, by: 3) {
            let changed = try? audit([both[0], both[1].flipping(bit: bit)])
            #expect(changed?.further.map(\.checkpoints) ?? [0] == [0], "bit \(bit)")
        }
        // As the first key it stands alone.
        var alone = try #require(LogAudit(origin: origin, keys: ["\(second.verifierKey)"]))
        #expect(throws: AuditFault.notSigned(number: 1)) { try alone.add(checkpoint: both[0]) }
        var other = try #require(LogAudit(origin: origin, keys: ["\(second.verifierKey)"]))
        try other.add(checkpoint: both[1])
        let text = "\(second.verifierKey)"
        for wrong in [text.dropLast(2) + "AA", text.replacing("gate", with: "date")] {
            #expect(LogAudit(origin: origin, keys: keys, further: [String(wrong)]) == nil)
        }
    }

    @Test func anAuditGoesOnWhereAnotherEnded() throws {
        let log = WrittenLog(size: 40, checkpoints: [13, 40])
        let first = try audit(log, entries: Array(log.entries[..<13]), checkpoints: [log.checkpoints[0]])
        var second = try #require(LogAudit(origin: origin, keys: keys, start: first.end))
        for checkpoint in log.checkpoints { try second.add(checkpoint: checkpoint) }
        for entry in log.entries[13...] { try second.add(entry) }
        #expect(try second.finish() == audit(log))
        var start = first.end
        start.roots[1] = .empty
        var wrong = try #require(LogAudit(origin: origin, keys: keys, start: start))
        #expect(throws: AuditFault.otherRoot(number: 1, first: 14, last: 13)) {
            try wrong.add(checkpoint: log.checkpoints[0])
        }
        start.roots.removeLast()
        #expect(LogAudit(origin: origin, keys: keys, start: start) == nil)
    }

    @Test func aFaultStays() throws {
        let log = WrittenLog(size: 4, checkpoints: [4])
        var audit = try #require(LogAudit(origin: origin, keys: keys))
        let fault = AuditFault.missing(sequence: 1, found: 2)
        #expect(throws: fault) { try audit.add(log.entries[1]) }
        #expect(throws: fault) { try audit.add(log.entries[0]) }
        #expect(throws: fault) { try audit.add(checkpoint: log.checkpoints[0]) }
        #expect(throws: fault) { try audit.finish() }
        #expect("\(fault)" == "entry 1 is missing: entry 2 stands in its place")
    }

    @Test(arguments: ["", "a", "a+b", "a+00000000+AAAA", keys[0].dropLast() + "A", "w" + keys[0].dropFirst()])
    func whatIsNoKeyIsRefused(key: String) {
        #expect(LogAudit(origin: origin, keys: [key]) == nil)
        #expect(LogAudit(origin: origin, keys: []) == nil)
    }
}
