import Documents
import Foundation
import GateModel
import GateTesting
import Ledger
import PolicyPack
import Storage
import Synchronization
import Testing

@testable import Gate

/// Everything that reads the past gives the same over a log of which the older half stands in a segment.
@Suite struct SealedAlikeTests {
    /// What one gate tells of the past. Nothing in it names the tree's size or what was asked since.
    private struct Told: Equatable {
        var exports: [[UInt8]] = []
        var revealed: [String] = []
        var bundles: [[String: [UInt8]]] = []
        var replay = ""
        var simulation = ""
        var report: [String: [UInt8]] = [:]
        var counts: [String] = []
        var history: [String] = []
    }

    private let phones = (1...6).map { "+861380000000\($0)" }

    /// Four days of calls, outcomes, a refusal, a complaint and an erasure; decisions of the third day settle in the fourth.
    private func desk() async throws -> (desk: Desk, decisions: [String]) {
        let desk = try await Desk(attempts: 4)
        _ = try await desk.consent(#""customer":"C-1","evidence_ref":"rec-0""#)
        var decisions: [String] = []
        for day in 0..<4 {
            for (index, phone) in phones.enumerated() {
                for purpose in ["service", "marketing", "care"] {
                    let told = await desk.decide(
                        purpose, #""product":"card","customer":"C-\#(index + 1)","agent":"A\#(day)""#, phone: phone)
                    guard let answer = told.answer else { throw Unexpected("\(told)") }
                    let id = answer.record.id.description
                    decisions.append(id)
                    desk.clock.advance(.minutes(1))
                    guard answer.verdict == .allow, index != 5 else { continue }
                    let outcome = ["busy", "answered", "no_answer"][(day + index) % 3]
                    _ = try await desk.report(id, outcome, #""agent":"A\#(day)","recording_ref":"r\#(day)-\#(index)""#)
                        .get()
                }
            }
            if day == 1 { _ = try await desk.optOut(#"{"phone":"\#(phones[1])","purposes":["service"]}"#) }
            if day == 2 {
                _ = try await desk.gate.openComplaint(
                    body(#"{"phone":"\#(phones[2])","received_at":"2026-11-25T09:00:00+08:00","channel":"12378"}"#),
                    by: desk.compliance
                ).get()
                _ = try await desk.erase(desk.subject(phones[4])).get()
            }
            desk.clock.advance(.hours(24))
        }
        // So that what is asked from now on lies in no period that is looked at.
        desk.clock.advance(.days(3))
        return (desk, decisions)
    }

    private func tell(_ desk: Desk, _ decisions: [String], _ name: String) async throws -> Told {
        var told = Told()
        let gate = desk.gate
        for query in [["format": "ndjson"], ["format": "csv", "headers": "zh", "bom": "true"]] {
            let form = try #require(DecisionExport.read(query, in: gate.zones.zone("Asia/Shanghai")).form)
            let export = try await gate.export(DecisionFilter(), form, by: desk.compliance).get()
            var bytes: [UInt8] = []
            while let more = try await export.next().get() { bytes += more }
            told.exports.append(bytes)
        }
        for phone in phones {
            let shown = await gate.reveal(desk.subject(phone), reason: "r", by: desk.compliance)
            told.revealed.append("\(shown)")
        }
        for by in Counting.allCases {
            told.counts.append("\(try await gate.countDecisions(DecisionFilter(), by: by, in: nil).get())")
        }
        let first = try #require(EntryID(decisions[0]))
        let scopes: [EvidenceScope] = [
            .phone(phones[0], region: nil), .phone(phones[4], region: nil), .customer("C-2"), .decision(first),
        ]
        for scope in scopes {
            let bundle = try await gate.evidence(scope, reason: "r", by: desk.compliance).get().bytes
            let found = try EvidenceBundle.verify(bundle)
            #expect(found.decisions > 0)
            told.bundles.append(try past(bundle))
        }
        let head = try desk.heads()
        let findings = Mutex<[String]>([])
        let (policy, folder) = (try TemporaryFolder(), desk.fixture.folder.path)
        try policy.write(corePack, to: "core/pack.yaml")
        try policy.write(testPack(attempts: 1), to: "CN/test/pack.yaml")
        let candidate = try PolicyFiles(folder: policy.path)
        let (replay, simulation) = try await gate.aside {
            let replayed = try Replay(store: gate.store, keyFile: gate.keyFile).run(PastRange()) { finding in
                findings.withLock { $0.append("\(finding)") }
            }
            let simulated = try Simulation(
                store: gate.store, keyFile: gate.keyFile, candidate: candidate, zones: gate.zones, examples: 3
            ).run(PastRange())
            return ("\(replayed)", simulated)
        }
        told.replay = "\(replay) \(findings.withLock { $0 })"
        let flips = [simulation.allowToDeny, simulation.denyToAllow, simulation.notKnown]
        told.simulation =
            "\([simulation.decided, simulation.unchanged, simulation.erased, simulation.unreadable, simulation.dropped]) "
            + flips.map { flips in
                [flips.byRule, flips.byCampaign].map { "\($0.sorted { $0.key < $1.key })" }.joined()
                    + "\(flips.byHour.sorted { $0.key < $1.key }) \(flips.total)"
            }.joined(separator: "\n")
        #expect(try desk.heads() == head)
        let key = desk.compliance
        let end = try await gate.aside {
            let days = [("from", "2026-11-23T00:00:00+08:00"), ("to", "2026-11-28T00:00:00+08:00")]
            let (job, end) = gate.report(try ReportRequest(days), into: folder + "/" + name, by: key)
            job.wait()
            return end()
        }
        guard case .done = end else { throw Unexpected("\(end)") }
        for file in try FileManager.default.contentsOfDirectory(atPath: folder + "/" + name)
        where file.hasSuffix(".csv") {
            told.report[file] = [UInt8](try #require(FileManager.default.contents(atPath: "\(folder)/\(name)/\(file)")))
        }
        let history = try await gate.history(desk.subject(), by: desk.compliance).get()
        told.history = history.map { "\($0.kind) \($0.id) \(String(decoding: $0.details, as: UTF8.self))" }
        return told
    }

    /// The files of a bundle that tell of the past: no access, and nothing that is under the newest checkpoint.
    private func past(_ bundle: [UInt8]) throws -> [String: [UInt8]] {
        let files = Dictionary(try StoredZip.read(bundle).map { ($0.name, $0.bytes) }) { $1 }
        let accesses = files.filter {
            $0.key.hasSuffix("entry.json") && String(decoding: $0.value, as: UTF8.self).contains(#""kind":"access""#)
        }.map { $0.key.dropLast("entry.json".count) }
        return files.filter { name, _ in
            !name.hasSuffix("receipt.tlog-proof") && !accesses.contains { name.hasPrefix($0) }
                && (name.hasPrefix("entries/") || name.hasPrefix("policies/") || name.hasPrefix("zones/"))
        }
    }

    @Test func allThatReadsThePastGivesTheSameAsBefore() async throws {
        let (desk, decisions) = try await desk()
        let gate = desk.gate
        let before = try await tell(desk, decisions, "before")
        let middle = try #require(EntryID(decisions[decisions.count / 2])).sequence
        let segment = try await gate.aside {
            while try gate.store.maintain() > 0 {}
            return try gate.seal(.through(middle))
        }
        #expect(segment?.entries == 1...middle)
        // Else nothing was tried.
        #expect(before.exports.allSatisfy { $0.count > 5000 } && before.report.count > 5)
        #expect(before.bundles.allSatisfy { $0.count > 10 } && before.simulation.contains("t.attempts"))
        let reopened = try Desk(reopening: desk)
        for (name, desk) in [("after", desk), ("reopened", reopened)] {
            let after = try await tell(desk, decisions, name)
            #expect(after.exports == before.exports, "exports, \(name)")
            #expect(after.revealed == before.revealed, "reveals, \(name)")
            #expect(after.counts == before.counts, "counts, \(name)")
            for (scope, (old, new)) in zip(before.bundles, after.bundles).enumerated() {
                #expect(old.keys.sorted() == new.keys.sorted(), "bundle \(scope), \(name)")
                for (file, bytes) in old { #expect(new[file] == bytes, "bundle \(scope), \(file), \(name)") }
            }
            #expect(after.replay == before.replay && after.simulation == before.simulation, "decided again, \(name)")
            #expect(after.report.keys.sorted() == before.report.keys.sorted(), "\(name)")
            for (file, bytes) in before.report { #expect(after.report[file] == bytes, "\(file), \(name)") }
            #expect(after.history == before.history, "history, \(name)")
        }
        reopened.close()
    }
}
