import Foundation
import GRDB
import Gate
import GateModel
import GateTesting
import Storage
import StorageSQLite
import Testing

/// Which policy is in force is said by the log; a looser one waits for two persons.
@Suite struct PolicyStandingTests {
    private func guarded(attempts: Int) async throws -> Desk {
        try await Desk(
            try GateFixture(core: guardedCorePack, pack: testPack(attempts: attempts), at: monday) {
                try SQLiteStore(folder: $0, busyTimeout: 10)
            })
    }

    private func change(_ desk: Desk, attempts: Int) throws {
        try desk.fixture.folder.write(testPack(attempts: attempts), to: "policy/CN/test/pack.yaml")
        desk.gate.refresh()
    }

    /// Whether a number may be called a second time.
    private func second(_ desk: Desk, phone: String) async -> String {
        _ = await desk.decide("service", phone: phone)
        return "\(await desk.decide("service", phone: phone))"
    }

    @Test func whatCameIntoForceIsWrittenDown() async throws {
        let desk = try await guarded(attempts: 1)
        #expect(desk.gate.registry.policy == nil)
        desk.gate.refresh()
        let first = try #require(desk.gate.registry.policy)
        #expect(first.policy == desk.gate.configuration.standing.policy && first.owner == "gate")
        desk.gate.refresh()
        #expect(desk.gate.registry.policy == first)
    }

    @Test func aStricterPolicyTakesEffectByItself() async throws {
        let desk = try await guarded(attempts: 5)
        desk.gate.refresh()
        let first = desk.gate.registry.policy?.policy
        try change(desk, attempts: 1)
        #expect(await second(desk, phone: "+8613800000001") == "deny t.attempts")
        #expect(desk.gate.registry.policy?.policy == desk.gate.configuration.standing.policy)
        #expect(desk.gate.registry.policy?.policy != first)
    }

    @Test func aLooserPolicyWaitsForTwoPersons() async throws {
        let desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        let before = desk.gate.configuration.policy.snapshot.id
        try change(desk, attempts: 5)
        #expect(await second(desk, phone: "+8613800000001") == "deny t.attempts")
        #expect(desk.gate.configuration.policy.snapshot.id == before)
        let staged = try #require(desk.gate.configuration.standing.staged)
        #expect(staged.difference.changes.contains { $0.subject == "t.attempts" && $0.direction == .looser })
        #expect(desk.gate.readiness().warnings.contains { $0.contains("two persons") })
        #expect(desk.gate.readiness().state == .ready)

        #expect(await desk.gate.activatePolicy("sha256:00", by: desk.operations).name == "not found")
        guard
            case .proposed(by: desk.operations.owner) = try await desk.gate.activatePolicy(
                staged.id, by: desk.operations
            ).get()
        else {
            Issue.record("one person put it in force")
            return
        }
        #expect(desk.gate.registry.proposer(of: staged) == desk.operations.owner)
        #expect(await desk.gate.activatePolicy(staged.id, by: desk.operations).name == "forbidden")
        let colleague = try await desk.gate.key(.operations, owner: "another")
        #expect(await desk.gate.activatePolicy(staged.id, by: colleague).name == "forbidden")
        #expect(await second(desk, phone: "+8613800000002") == "deny t.attempts")
        guard case .active(let activation) = try await desk.gate.activatePolicy(staged.id, by: desk.compliance).get()
        else {
            Issue.record("two persons did not put it in force")
            return
        }
        #expect(activation.owner == desk.compliance.owner && activation.proposedBy == desk.operations.owner)
        #expect(await second(desk, phone: "+8613800000003") == "allow")
        #expect(desk.gate.configuration.standing.staged == nil)
        #expect(await desk.gate.activatePolicy(staged.id, by: desk.compliance).name == "active")
        desk.gate.refresh()
        #expect(desk.gate.registry.policy == activation)
    }

    @Test func aRestartDoesNotPutItInForce() async throws {
        var desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        try change(desk, attempts: 5)
        desk.close()
        desk = try Desk(reopening: desk)
        #expect(await second(desk, phone: "+8613800000001") == "deny t.attempts")
        let staged = try #require(desk.gate.configuration.standing.staged)
        _ = await desk.gate.activatePolicy(staged.id, by: desk.operations)
        desk.close()
        desk = try Desk(reopening: desk)
        _ = try await desk.gate.activatePolicy(staged.id, by: desk.compliance).get()
        #expect(await second(desk, phone: "+8613800000002") == "allow")
        desk.close()
        desk = try Desk(reopening: desk)
        #expect(await second(desk, phone: "+8613800000003") == "allow")
        // The files of the earlier policy are stricter: they come back by themselves.
        try change(desk, attempts: 1)
        #expect(await second(desk, phone: "+8613800000004") == "deny t.attempts")
    }

    /// Whoever may write to the database puts nothing in force by taking the policy away, or by changing its files there.
    @Test(arguments: [
        "DELETE FROM pinned", "UPDATE pinned SET bytes = CAST(replace(bytes, 'attempts', 'attempte') AS BLOB)",
    ])
    func aPolicyThatIsGoneOrChangedInTheLogStopsTheStart(sql: String) async throws {
        let desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        try desk.fixture.folder.write(testPack(attempts: 5), to: "policy/CN/test/pack.yaml")
        desk.close()
        let log = try DatabaseQueue(path: desk.fixture.folder.path + "/data/log.sqlite")
        try await log.write { try $0.execute(sql: sql) }
        try log.close()
        #expect(throws: StorageError.self) { try Desk(reopening: desk) }
        // But a stop is made all the same, and no policy comes into force thereby.
        let store = try desk.fixture.store()
        let gate = try desk.fixture.open(over: store, toleratesFaults: true)
        let before = gate.registry.policy
        _ = try await gate.register(.stops, body(#"{"all":true}"#), by: desk.operations).get()
        gate.stop()
        #expect(gate.registry.stops.count == 1 && gate.registry.policy == before)
        try store.close()
        #expect(throws: StorageError.self) { try Desk(reopening: desk) }
    }

    @Test func anotherChangeBeginsAnew() async throws {
        let desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        try change(desk, attempts: 5)
        let seen = try #require(desk.gate.configuration.standing.staged?.id)
        _ = await desk.gate.activatePolicy(seen, by: desk.operations)
        try change(desk, attempts: 50)
        #expect(await desk.gate.activatePolicy(seen, by: desk.compliance).name == "not found")
        let staged = try #require(desk.gate.configuration.standing.staged)
        #expect(desk.gate.registry.proposer(of: staged) == nil)
        guard case .proposed = try await desk.gate.activatePolicy(staged.id, by: desk.compliance).get() else {
            Issue.record("one person put it in force")
            return
        }
    }

    @Test func toAskForOnePersonOnlyIsLooser() async throws {
        let desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        try desk.fixture.folder.write(corePack, to: "policy/core/pack.yaml")
        desk.gate.refresh()
        let staged = try #require(desk.gate.configuration.standing.staged)
        #expect(staged.difference.changes.map(\.part) == ["changes.looser"])
        _ = await desk.gate.activatePolicy(staged.id, by: desk.operations)
        _ = try await desk.gate.activatePolicy(staged.id, by: desk.compliance).get()
        try change(desk, attempts: 5)
        #expect(await second(desk, phone: "+8613800000001") == "allow")
    }

    @Test func anotherProcessFollows() async throws {
        let desk = try await guarded(attempts: 1)
        desk.gate.refresh()
        let other = try Desk(reopening: desk)
        try change(desk, attempts: 5)
        other.gate.refresh()
        let staged = try #require(other.gate.configuration.standing.staged)
        _ = await other.gate.activatePolicy(staged.id, by: desk.operations)
        desk.gate.refresh()
        _ = try await desk.gate.activatePolicy(staged.id, by: desk.compliance).get()
        other.gate.refresh()
        #expect(await second(other, phone: "+8613800000001") == "allow")
    }
}
