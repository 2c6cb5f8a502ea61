import Foundation
import GateTesting
import LogVerification
import Testing
import Transparency
import Witnesses

@testable import Gate

/// Checkpoints with cosignatures: kept beside the log's own, and verified with them.
@Suite struct CosignedTests {
    private func cosigning(
        _ log: WrittenLog, _ witnesses: [TestWitness], pause: Duration = .zero
    ) throws -> Cosigning {
        for witness in witnesses { witness.trust(try #require(log.tree.verifierKey)) }
        return Cosigning(
            try witnesses.map { try Witness($0.setting) }, tree: log.tree, pause: pause, notice: { _ in })
    }

    private func verify(_ log: WrittenLog, _ witnesses: [TestWitness] = []) throws -> LogVerification.Report {
        var places = log.places()
        places.witnesses = witnesses.map { "\($0.cosigner.verifierKey)" }
        return try LogVerification(places).run()
    }

    private func finding(_ log: WrittenLog, _ witnesses: [TestWitness] = []) throws -> String? {
        do { _ = try verify(log, witnesses) } catch let finding as LogVerification.Finding { return finding.text }
        return nil
    }

    @Test func eachRoundCosignsTheNewestCheckpoint() throws {
        let log = try WrittenLog(rounds: [3])
        let (first, second) = (try TestWitness(), try TestWitness(name: "v.example", seed: [UInt8](10...41)))
        let cosigning = try cosigning(log, [first, second])
        cosigning.round()
        // Nothing is asked twice.
        cosigning.round()
        #expect(first.statuses == [200] && second.statuses == [200])
        // One that fails is given time, and does not keep the other's cosignature away.
        second.behave(.status(500))
        for _ in 0..<2 {
            try log.append(300)
            try log.tree.extend()
            cosigning.round()
        }
        #expect(cosigning.standings.map(\.size) == [609 - 6, 3])
        #expect(cosigning.faults.warnings == ["the witness v.example: it answered 500"])
        let alone = try #require(try log.tree.cosigned(covering: 500))
        #expect(alone.checkpoint.size == 603 && alone.note.signatures.count == 2)
        // It comes back: its cosignature joins the one that is kept of the same checkpoint.
        second.behave(.honest)
        cosigning.round()
        #expect(cosigning.faults.warnings.isEmpty && cosigning.faults.problems.isEmpty)
        let both = try #require(try log.tree.cosigned(covering: 603))
        #expect(both.note.signatures.count == 3)
        #expect(try log.tree.cosigned(covering: 604) == nil)
        let report = try verify(log, [first, second])
        #expect(report.cosigned == 4 && report.witnesses.map(\.checkpoints) == [4, 2])
        #expect(report.witnesses.map(\.size) == [603, 603])
        // Another process, which knows nothing of the witnesses, asks and finds the same.
        log.reopen()
        try log.tree.extend()
        #expect(try log.tree.cosigned(covering: 0)?.note == both.note)
        try self.cosigning(log, [first]).round()
        #expect(first.statuses.suffix(2) == [409, 200])
        #expect(try verify(log).cosigned == 4)
    }

    @Test func aFailingWitnessIsLeftAloneForAWhile() throws {
        let log = try WrittenLog(rounds: [3])
        let witness = try TestWitness()
        let cosigning = try cosigning(log, [witness], pause: .seconds(600))
        witness.behave(.status(403))
        for _ in 0..<3 { cosigning.round() }
        #expect(witness.statuses == [403])
        let problem = try #require(cosigning.faults.problems.first)
        #expect(problem.hasPrefix("the witness witness.example/w1: it knows the log by another key"))
        #expect(try log.tree.cosigned(covering: 0) == nil)
        #expect(try finding(log, [witness]) == "the witness `witness.example/w1` cosigned no checkpoint of this log")
    }

    /// The operator shows the witness one history and goes on with another.
    @Test func aForkIsRefusedByTheWitnessAndFoundByTheVerification() throws {
        let log = try WrittenLog(rounds: [3, 2])
        let witness = try TestWitness()
        try cosigning(log, [witness]).round()
        let kept = try log.file("cosigned")
        let forked = try WrittenLog(rounds: [3, 4], noise: 8)
        try FileManager.default.removeItem(atPath: forked.data + ".keys")
        try FileManager.default.copyItem(atPath: log.data + ".keys", toPath: forked.data + ".keys")
        try FileManager.default.removeItem(atPath: forked.data + "/tree")
        forked.tree = makeTree(
            forked.data + "/tree", forked.store, try KeyFile.open(path: forked.data + ".keys", mayCreate: false))
        try forked.tree.extend()
        #expect(forked.tree.verifierKey == log.tree.verifierKey)
        let cosigning = try cosigning(forked, [witness])
        cosigning.round()
        #expect(cosigning.standings[0].fault == .inconsistent(size: 5))
        #expect(cosigning.faults.problems.count == 1)
        #expect(try forked.tree.cosigned(covering: 0) == nil)
        // What was cosigned of the first history stands against the second.
        try forked.write(kept, to: "cosigned")
        func judge() throws -> String? {
            do {
                _ = try LogVerification(forked.places(keys: "/nowhere")).run()
            } catch let finding as LogVerification.Finding { return finding.text }
            return nil
        }
        #expect(try judge()?.hasPrefix("among the cosigned, checkpoint 1, of 5 entries, is none of those") == true)
    }

    @Test func whatIsChangedAmongTheCosignedIsFound() throws {
        let log = try WrittenLog(rounds: [3])
        let witness = try TestWitness()
        let cosigning = try cosigning(log, [witness])
        cosigning.round()
        #expect(try finding(log, [witness]) == nil)
        let other = try TestWitness(seed: [UInt8](20...51))
        #expect(try finding(log, [other]) == "the witness `witness.example/w1` cosigned no checkpoint of this log")
        let bytes = try log.file("cosigned")
        for bit in stride(from: 0, to: bytes.count * 8, by: 3) {
            try log.write(bytes.flipping(bit: bit), to: "cosigned")
            #expect(try finding(log, [witness]) != nil, "bit \(bit)")
        }
        for count in 1..<bytes.count {
            try log.write(Array(bytes[..<count]), to: "cosigned")
            #expect(try finding(log)?.contains("cut off") == true, "\(count)")
        }
        // What is below the log's own signature is bound by nothing where no witness is asked for.
        try log.write(bytes, to: "cosigned")
        let kept = try log.file("checkpoints")
        try log.append(1)
        try log.tree.extend()
        let later = try log.file("checkpoints")
        try log.write(Array(later[kept.count...]), to: "checkpoints")
        #expect(try finding(log)?.contains("none of those that the log keeps") == true)
    }

    /// Killed at each step of keeping a cosignature: the next round keeps it, and nothing is torn.
    @Test(arguments: [TreeFiles.Interruption.before, .halfway]) func aKillLeavesNothingTorn(how: TreeFiles.Interruption)
        throws
    {
        let log = try WrittenLog(rounds: [3])
        let witness = try TestWitness()
        try cosigning(log, [witness]).round()
        try log.append(4)
        try log.tree.extend()
        for step in [TreeFiles.Step.write(file: "cosigned"), .sync(file: "cosigned")] {
            log.reopen()
            try log.tree.extend()
            let killed = makeTree(log.data + "/tree", log.store, log.keyFile) { $0 == step ? how : nil }
            try killed.extend()
            let interrupted = Cosigning(
                [try Witness(witness.setting)], tree: killed, pause: .zero, notice: { _ in })
            interrupted.round()
            #expect(interrupted.faults.problems.first?.hasPrefix("cosignatures are not kept") == true)
        }
        try cosigning(log, [witness]).round()
        #expect(try log.tree.cosigned(covering: 7) != nil)
        #expect(try verify(log, [witness]).cosigned == 2)
    }

    /// A witness that does not answer holds up neither signing nor the other witness for longer than its time.
    @Test func aSlowWitnessHoldsUpNobody() throws {
        let log = try WrittenLog(rounds: [3])
        let (slow, quick) = (try TestWitness(), try TestWitness(name: "v.example", seed: [UInt8](10...41)))
        for witness in [slow, quick] { witness.trust(try #require(log.tree.verifierKey)) }
        slow.behave(.silent(milliseconds: 4000))
        let cosigning = Cosigning(
            try [slow, quick].map { try Witness($0.setting) }, tree: log.tree, patience: .seconds(2), pause: .zero,
            notice: { _ in })
        let start = ContinuousClock.now
        cosigning.tick()
        cosigning.tick()
        try log.append(1)
        try log.tree.extend()
        #expect(log.tree.signed == 4)
        #expect(ContinuousClock.now - start < .seconds(1))
        for _ in 0..<600 where try log.tree.cosigned(covering: 0) == nil { usleep(10_000) }
        #expect(try log.tree.cosigned(covering: 0)?.note.signatures.map(\.name).last == "v.example")
        #expect(cosigning.standings.map { $0.fault == nil } == [false, true])
        #expect(quick.statuses == [200])
    }
}
