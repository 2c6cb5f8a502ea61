import Foundation
import Gate
import GateModel
import GateTesting
import Testing

/// Several instances over one folder, as several processes hold them; and what changes while they serve.
@Suite struct ProcessTests {
    @Test func aServiceThatStartedEmptyKnowsAKeyMadeElsewhere() async throws {
        let fixture = try fixture()
        let (storeA, storeB) = (try fixture.store(), try fixture.store())
        let (service, command) = (try fixture.open(over: storeA), try fixture.open(over: storeB))
        let secret = try await command.createKey(
            role: .dialer, name: "d", owner: "d", vendors: [], legalEntities: [], permits: nil, by: "cli"
        ).get()
        // At once, before any refresh.
        let key = try #require(service.authenticate(secret))
        #expect("\(Told(await service.decide(Desk.call("service", Desk.phone, ""), by: key)))" == "allow")
        // Revoked elsewhere: the next decision is refused, before any refresh.
        #expect(await command.revokeKey(key.id, by: "cli").name == "done")
        #expect("\(Told(await service.decide(Desk.call("care", Desk.phone, ""), by: key)))" == "forbidden")
        service.refresh()
        #expect(service.authenticate(secret) == nil)
        for gate in [service, command] { gate.stop() }
        for store in [storeA, storeB] { try store.close() }
    }

    @Test func aStopMadeElsewhereHoldsForTheNextDecision() async throws {
        let desk = try await Desk(attempts: 1000)
        let other = try Desk(reopening: desk)
        #expect("\(await desk.decide())" == "allow")
        let stop = try await other.gate.register(
            .stops, body(#"{"all":true,"except_purposes":["fraud_alert"]}"#), by: other.operations
        ).get()
        #expect("\(await desk.decide())" == "deny core.stop")
        #expect("\(await desk.decide("fraud_alert"))" == "allow")
        #expect(await other.gate.change("stop", stop, .lift, body("{}"), by: other.operations).name == "forbidden")
        #expect(await other.gate.change("stop", stop, .lift, body("{}"), by: other.compliance).name == "done")
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func aStopEndsAtItsUntilAndSaysSo() async throws {
        let desk = try await Desk()
        let json = #"{"purposes":["service"],"until":"2026-11-23T11:00:00+08:00"}"#
        _ = try await desk.gate.register(.stops, body(json), by: desk.operations).get()
        let told = await desk.decide()
        #expect(told.answer?.record.judgement.retryAt == at("2026-11-23T11:00:00+08:00"))
        desk.clock.set(at("2026-11-23T11:00:00+08:00"))
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func refusalsAndOutcomesMadeElsewhereHoldForTheNextDecision() async throws {
        let desk = try await Desk(attempts: 1)
        let other = try Desk(reopening: desk)
        let id = try await desk.allow()
        #expect("\(await other.decide())" == "deny t.attempts")
        _ = try await other.report(id, "not_dialed").get()
        #expect("\(await desk.decide())" == "allow")
        _ = try await other.optOut(#"{"phone":"+8613800000002","purposes":["service"]}"#)
        #expect("\(await desk.decide(phone: "+8613800000002"))" == "deny t.refused")
    }

    // MARK: Clocks

    @Test func noDecisionIsEarlierThanTheLastOfAnyProcess() async throws {
        let desk = try await Desk()
        desk.clock.advance(.seconds(20))
        let first = await desk.decide()
        desk.clock.advance(.seconds(-15))
        let second = await desk.decide()
        let other = try Desk(reopening: desk)
        let third = await other.decide()
        let times = [first, second, third].compactMap { $0.answer?.record.at }
        #expect(times == [monday + .seconds(20), monday + .seconds(20), monday + .seconds(20)])
    }

    @Test func theClockOfAnotherProcessIsCaughtUpWith() async throws {
        let desk = try await Desk()
        // A gate with a clock of its own, over the same log.
        let ahead = SettableClock(monday + .seconds(40))
        let store = try desk.fixture.store()
        let gate = try desk.fixture.open(over: store, clock: ahead)
        let first = Told(await gate.decide(Desk.call("service", Desk.phone, ""), by: desk.dialer))
        let second = await desk.decide()
        #expect(second.answer?.record.at == monday + .seconds(40))
        #expect(first.answer?.record.at == monday + .seconds(40))
        gate.stop()
        try store.close()
    }

    @Test func aClockThatWentFarBackAllowsNothingUntilItIsSetRight() async throws {
        let desk = try await Desk()
        desk.clock.advance(.hours(10))
        #expect("\(await desk.decide())" == "allow")
        desk.clock.advance(.hours(-10))
        #expect("\(await desk.decide("care"))" == "unavailable")
        #expect("\(await (try Desk(reopening: desk)).decide("care"))" == "unavailable")
        // What protects people is recorded all the same.
        #expect(try await desk.optOut(#"{"phone":"+8613800000002","purposes":["all"]}"#).isNew)
        desk.clock.advance(.hours(10) - .seconds(60))
        #expect("\(await desk.decide("care"))" == "allow")
    }

    // MARK: Reload

    @Test func aGoodPolicyIsTakenAndABadOneIsNot() async throws {
        let desk = try await Desk(attempts: 1)
        let first = await desk.decide()
        let folder = desk.fixture.folder
        try folder.write(testPack(attempts: 1) + "nonsense: 1\n", to: "policy/CN/test/pack.yaml")
        desk.gate.refresh()
        #expect(desk.gate.problem?.contains("pack.yaml") == true)
        #expect(desk.gate.readiness().state == .degraded)
        #expect("\(await desk.decide())" == "deny t.attempts")
        try folder.write(testPack(attempts: 2), to: "policy/CN/test/pack.yaml")
        desk.gate.refresh()
        #expect(desk.gate.problem == nil)
        #expect(desk.gate.readiness().state == .ready)
        // The activation is an entry before anybody has asked under the new policy.
        let last = try desk.store.read { try $0.entry(try $0.head()) }
        #expect(last?.kind == .snapshot)
        let second = await desk.decide()
        #expect("\(second)" == "allow")
        #expect(first.answer?.record.snapshot != second.answer?.record.snapshot)
        // Both snapshots can be read.
        let found = try await desk.gate.decision(first.answer?.record.id.description ?? "", by: desk.compliance).get()
        #expect(found.answer.json == first.answer?.json)
    }

    @Test func aBadFileThatIsPutBackIsNoProblem() async throws {
        let desk = try await Desk()
        let folder = desk.fixture.folder
        try folder.write("effect: nonsense\n", to: "blocklists/extra/list.yaml")
        desk.gate.refresh()
        #expect(desk.gate.readiness().state == .degraded)
        try folder.remove("blocklists/extra")
        desk.gate.refresh()
        #expect(desk.gate.readiness().state == .ready)
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func aDefinitionThatIsMissingMakesNobodyCallable() async throws {
        let desk = try await Desk(attempts: 1000)
        let (folder, definition) = (desk.fixture.folder, "kept_by_gate: true\nregion: CN\n")
        _ = try await desk.upload("internal-dnc", [Desk.phone], .add)
        #expect("\(await desk.decide("survey"))" == "deny t.dnc")
        for path in ["blocklists/internal-dnc", "blocklists"] {
            try folder.remove(path)
            desk.gate.refresh()
            #expect(desk.gate.problem?.contains("blocklists/internal-dnc/list.yaml") == true)
            #expect("\(await desk.decide("survey"))" == "deny t.dnc")
        }
        // Nor does a start.
        desk.close()
        #expect(throws: (any Error).self) { try Desk(reopening: desk) }
        try folder.write(definition, to: "blocklists/internal-dnc/list.yaml")
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide("survey"))" == "deny t.dnc")
        // An empty list may be given up.
        let empty = try await again.upload("internal-dnc", [Desk.phone], .remove)
        _ = try await again.gate.activate("internal-dnc", empty.number, rollback: false, by: again.compliance).get()
        try folder.remove("blocklists/internal-dnc")
        again.gate.refresh()
        #expect(again.gate.problem == nil)
        #expect("\(await again.decide("survey"))" == "allow")
    }

    // MARK: Lists

    func activate(_ desk: Desk, _ numbers: [String], mode: String = "replace") async throws -> Int {
        let version = try await desk.upload("internal-dnc", numbers, mode == "remove" ? .remove : .replace)
        _ = try await desk.gate.activate("internal-dnc", version.number, rollback: false, by: desk.compliance).get()
        return version.number
    }

    @Test func anActivatedListHoldsForTheNextDecisionAndElsewhereAfterARefresh() async throws {
        let desk = try await Desk(attempts: 1000)
        let other = try Desk(reopening: desk)
        #expect("\(await other.decide("survey"))" == "allow")
        _ = try await activate(desk, [Desk.phone])
        #expect("\(await desk.decide("survey"))" == "deny t.dnc")
        other.gate.refresh()
        #expect("\(await other.decide("survey"))" == "deny t.dnc")
        _ = try await activate(desk, ["+8613800000009"])
        #expect("\(await desk.decide("survey"))" == "allow")
    }

    @Test func aDamagedIndexDeniesUntilItIsWholeAndActivatedAgain() async throws {
        let desk = try await Desk(attempts: 1000)
        let number = try await activate(desk, ["+8613800000009"])
        desk.gate.checkIndexes()
        #expect("\(await desk.decide("survey"))" == "allow")

        let path = desk.fixture.folder.path + "/data/lists/internal-dnc/\(number)/index"
        try flipLastByte(of: path)
        desk.clock.advance(.hours(1))
        desk.gate.checkIndexes()
        #expect("\(await desk.decide("survey"))" == "deny t.dnc")
        #expect("\(await desk.decide("fraud_alert"))" == "allow")
        let readiness = desk.gate.readiness()
        #expect(readiness.state == .degraded)
        #expect(readiness.problems.contains { $0.contains("internal-dnc") && $0.contains("SHA-256") })
        // Reading policy and lists again does not bring it back, nor does activating what is still damaged.
        try desk.gate.reconfigure()
        #expect("\(await desk.decide("survey"))" == "deny t.dnc")
        let refused = await desk.gate.activate("internal-dnc", number, rollback: false, by: desk.compliance)
        #expect(refused.name == "damaged")

        try flipLastByte(of: path)
        _ = try await desk.gate.activate("internal-dnc", number, rollback: false, by: desk.compliance).get()
        #expect("\(await desk.decide("survey"))" == "allow")
        #expect(desk.gate.readiness().state == .ready)
    }

    @Test func aGateWhoseIndexCannotBeOpenedStartsAndDenies() async throws {
        let desk = try await Desk(attempts: 1000)
        let number = try await activate(desk, ["+8613800000009"])
        let path = desk.fixture.folder.path + "/data/lists/internal-dnc/\(number)/index"
        try FileManager.default.removeItem(atPath: path)
        let other = try Desk(reopening: desk)
        #expect("\(await other.decide("survey"))" == "deny t.dnc")
        #expect("\(await other.decide("fraud_alert"))" == "allow")
        #expect(other.gate.readiness().problems.contains { $0.contains("internal-dnc") })
        _ = try await activate(other, ["+8613800000009"])
        #expect("\(await other.decide("survey"))" == "allow")
    }

    /// In place, so that it changes under a mapping.
    private func flipLastByte(of path: String) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        let end = try file.seekToEnd()
        try file.seek(toOffset: end - 1)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: end - 1)
        try file.write(contentsOf: [byte ^ 1])
        try file.close()
    }

    @Test func recordsBeatLists() async throws {
        let desk = try await Desk(attempts: 1000)
        _ = try await desk.report(try await desk.allow("fraud_alert"), "wrong_number").get()
        #expect("\(await desk.decide())" == "deny t.reassigned")
        // No version of the list that lacks the number removes the record.
        let version = try await desk.upload("reassigned", ["+8613800000009"], .replace)
        _ = try await desk.gate.activate("reassigned", version.number, rollback: false, by: desk.compliance).get()
        #expect("\(await desk.decide())" == "deny t.reassigned")
        #expect("\(await desk.decide(phone: "+8613800000009"))" == "deny t.reassigned")
    }
}
