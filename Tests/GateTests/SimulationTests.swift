import Foundation
import Gate
import GateModel
import GateTesting
import PolicyPack
import Storage
import Testing

/// A history made by hand under a cap of two attempts, decided again under other policies.
@Suite struct SimulationTests {
    private func simulate(_ desk: Desk, _ pack: String, examples: Int = 3) throws -> SimulationReport {
        let folder = try TemporaryFolder()
        try folder.write(corePack, to: "core/pack.yaml")
        try folder.write(pack, to: "CN/test/pack.yaml")
        let head = try desk.heads()
        let report = try Simulation(
            store: desk.store, keyFile: desk.gate.keyFile, candidate: try PolicyFiles(folder: folder.path),
            zones: installedZones, examples: examples
        ).run(PastRange())
        #expect(try desk.heads() == head)
        return report
    }

    /// Four questions at ten, three about one number; then one at noon about another.
    private func history() async throws -> Desk {
        let desk = try await Desk(attempts: 2)
        let id = try await desk.gate.register(
            .campaigns, body(#"{"id":"c1","purpose":"service"}"#), by: desk.operations
        ).get()
        _ = try await desk.gate.change("campaign", id, .approval, body("{}"), by: desk.compliance).get()
        for _ in 0..<3 { _ = await desk.decide("service", #""campaign":"c1""#) }
        _ = await desk.decide("service", phone: "+8613800000002")
        desk.clock.advance(.hours(2))
        _ = await desk.decide("survey", phone: "+8613800000003")
        return desk
    }

    @Test func theSamePolicyFlipsNothing() async throws {
        let report = try simulate(try await history(), testPack(attempts: 2))
        #expect(report.decided == 5 && report.unchanged == 5)
        #expect(report.allowToDeny.total.count == 0 && report.denyToAllow.total.count == 0)
    }

    @Test func aWiderCapLetsTheThirdThrough() async throws {
        let report = try simulate(try await history(), testPack(attempts: 3))
        #expect(report.denyToAllow.total.count == 1 && report.allowToDeny.total.count == 0 && report.unchanged == 4)
        #expect(report.denyToAllow.byRule.mapValues(\.count) == ["t.attempts": 1])
        #expect(report.denyToAllow.byCampaign.mapValues(\.count) == ["c1": 1])
        #expect(report.denyToAllow.byHour.mapValues(\.count) == [10: 1])
        #expect(report.denyToAllow.total.examples.map(\.mask) == ["138****0001"])
    }

    @Test func anEarlierCloseStopsWhatWasAllowed() async throws {
        let hours = """
              - {id: t.hours, kind: hours, status: law, citation: c, message: {en: m, zh: m},
                 parameters: {windows: {every: ["09:00-10:00"]}}}

            """
        let desk = try await history()
        let report = try simulate(desk, testPack(attempts: 2) + hours, examples: 2)
        #expect(report.allowToDeny.total.count == 4 && report.denyToAllow.total.count == 0 && report.unchanged == 1)
        #expect(report.allowToDeny.byRule.mapValues(\.count) == ["t.hours": 4])
        #expect(report.allowToDeny.byCampaign.mapValues(\.count) == ["c1": 2, "": 2])
        #expect(report.allowToDeny.byHour.mapValues(\.count) == [10: 3, 12: 1])
        let examples = report.allowToDeny.total.examples
        #expect(examples.count == 2 && examples.allSatisfy { $0.mask == "138****0001" })
        #expect(Set(examples.map(\.id)).count == 2)
    }

    @Test func aListThatTheRecordsDoNotKnowIsCountedApart() async throws {
        func rule(_ purposes: String) -> String {
            """
              - {id: t.new, kind: suppression, applies: {purposes: \(purposes)}, status: law, citation: c,
                 message: {en: m, zh: m}, parameters: {any_of: [{list: new-list}]}}

            """
        }
        let desk = try await history()
        let report = try simulate(desk, testPack(attempts: 2) + rule("[service]"))
        #expect(report.unknownLists == ["new-list"])
        #expect(report.notKnown.total.count == 3 && report.notKnown.byRule.mapValues(\.count) == ["t.new": 3])
        #expect(report.allowToDeny.total.count == 0 && report.unchanged == 2 && report.deniedForNotKnown == 0)
        // One that would pass the wider cap is denied for the list alone.
        let wider = try simulate(desk, testPack(attempts: 3) + rule("[service]"))
        #expect(wider.notKnown.total.count == 3 && wider.deniedForNotKnown == 1)
        #expect(wider.denyToAllow.total.count == 0)
        // A list that the gate keeps itself begins empty.
        let own = try simulate(desk, testPack(attempts: 2) + rule("[service]").replacing("new-list", with: "deceased"))
        #expect(own.unknownLists.isEmpty && own.unchanged == 5)
    }

    @Test func aCandidateThatCannotBeUsedIsRefused() async throws {
        let desk = try await history()
        #expect(throws: FileFaults.self) { try simulate(desk, "pack: x") }
    }
}
