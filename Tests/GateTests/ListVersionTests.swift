import Foundation
import Gate
import GateModel
import GateTesting
import Suppression
import Testing

/// Versions of lists as people put them in force, and what protects those who are on them.
@Suite struct ListVersionTests {
    private func number(_ index: Int) -> String { "+861380000\(2000 + index)" }

    /// Listed on the test pack's own list for surveys?
    private func isListed(_ desk: Desk, _ index: Int) async -> Bool {
        "\(await desk.decide("survey", phone: number(index)))" == "deny t.dnc"
    }

    private func activate(_ desk: Desk, _ version: ListVersion, by key: APIKey, rollback: Bool = false) async -> String
    {
        await desk.gate.activate("internal-dnc", version.number, rollback: rollback, by: key).name
    }

    // MARK: Additions

    @Test func anAdditionHoldsForTheNextDecisionOfEveryProcess() async throws {
        let desk = try await Desk(attempts: 1000)
        let other = try Desk(reopening: desk)
        #expect(await !isListed(other, 1))
        let added = try await desk.upload("internal-dnc", [number(1)], .add)
        #expect(desk.gate.shown(added).state == .active)
        // Before any refresh of the other.
        #expect(await isListed(other, 1))
        #expect(await isListed(desk, 1))
        #expect(await !isListed(other, 2))
    }

    @Test func anAdditionNeedsNoIndexAndOutlivesARestart() async throws {
        let desk = try await Desk(attempts: 1000)
        let base = try await desk.upload("internal-dnc", [number(1)], .replace)
        #expect(await activate(desk, base, by: desk.operations) == "done")
        _ = try await desk.upload("internal-dnc", [number(2)], .add)
        let folder = desk.fixture.folder.path + "/data/lists/internal-dnc/2"
        #expect(!FileManager.default.fileExists(atPath: folder + "/index"))
        desk.close()
        let again = try Desk(reopening: desk)
        #expect(await isListed(again, 1))
        #expect(await isListed(again, 2))
        #expect(await !isListed(again, 3))
    }

    @Test func twoAdditionsAtOnceLoseNeither() async throws {
        let desk = try await Desk(attempts: 1000)
        let other = try Desk(reopening: desk)
        async let one = desk.upload("internal-dnc", [number(1)], .add)
        async let two = other.upload("internal-dnc", [number(2)], .add)
        _ = try await (one, two)
        for index in [1, 2] {
            #expect(await isListed(desk, index))
            #expect(await isListed(other, index))
        }
    }

    @Test func aLargeAdditionIsMadeOnWhatIsInForceThen() async throws {
        let desk = try await Desk(attempts: 1000)
        let many = (100..<1200).map { "+86138000\(10000 + $0)" }
        // Both were checked against the same version; neither loses what the other added.
        let definition = "kept_by_gate: true\nregion: CN\nneeds_approval: true\n"
        try desk.fixture.folder.write(definition, to: "blocklists/internal-dnc/list.yaml")
        desk.gate.refresh()
        let first = try await desk.upload("internal-dnc", many, .add)
        let second = try await desk.upload("internal-dnc", [number(1)], .add)
        #expect(first.state == .ready && second.state == .ready)
        #expect(await activate(desk, second, by: desk.compliance) == "done")
        #expect(await activate(desk, first, by: desk.compliance) == "done")
        #expect(await isListed(desk, 1))
        #expect("\(await desk.decide("survey", phone: many[5]))" == "deny t.dnc")
    }

    @Test func manyAdditionsAreFoldedIntoAnIndexAndStayInForce() async throws {
        let desk = try await Desk(attempts: 1000)
        for index in 0..<33 { _ = try await desk.upload("internal-dnc", [number(index)], .add) }
        #expect(desk.gate.registry.lists["internal-dnc"]?.journal.count == 33)
        desk.gate.fold()
        let active = try #require(desk.gate.registry.lists["internal-dnc"])
        #expect(active.journal.isEmpty && active.index == 33 && active.owner == "operations")
        for index in [0, 16, 32] { #expect(await isListed(desk, index)) }
        #expect(await !isListed(desk, 33))
        let other = try Desk(reopening: desk)
        for index in [0, 16, 32] { #expect(await isListed(other, index)) }
        // And go on from there.
        _ = try await desk.upload("internal-dnc", [number(40)], .add)
        #expect(await isListed(other, 40))
        #expect(await isListed(other, 16))
    }

    @Test func rollingBackAnAdditionTakesBackThatOneAlone() async throws {
        let desk = try await Desk(attempts: 1000)
        var versions: [ListVersion] = []
        for index in 1...3 { versions.append(try await desk.upload("internal-dnc", [number(index)], .add)) }
        #expect(await activate(desk, versions[1], by: desk.operations) == "forbidden")
        #expect(await activate(desk, versions[1], by: desk.compliance) == "done")
        #expect(await isListed(desk, 1))
        #expect(await isListed(desk, 2))
        #expect(await !isListed(desk, 3))
        #expect(await activate(desk, versions[2], by: desk.operations) == "done")
        #expect(await isListed(desk, 3))
    }

    @Test func aListOfAPlaceHoldsForAnAddressThere() async throws {
        let desk = try await Desk(attempts: 1000)
        for (list, place) in [("tj", "CN-TJ"), ("elsewhere", "GB")] {
            try desk.fixture.folder.write(
                "region: CN\njurisdictions: [\(place)]\n", to: "blocklists/\(list)/list.yaml")
            desk.gate.refresh()
            let version = try await desk.upload(list, [Desk.phone], .replace)
            _ = try await desk.gate.activate(list, version.number, rollback: false, by: desk.operations).get()
        }
        #expect("\(await desk.decide())" == "allow")
        for place in ["CN-TJ", "GB-LND"] {
            let call = #""location":{"subdivision":"\#(place)","time_zone":"Asia/Shanghai"}"#
            #expect("\(await desk.decide("service", call))".contains("core.lists"), "\(place)")
        }
        let other = #""location":{"subdivision":"CN-BJ","time_zone":"Asia/Shanghai"}"#
        #expect("\(await desk.decide("service", other))" == "allow")
    }

    @Test func anUploadThatIsGivenUpFreesItsSpaceFirst() async throws {
        let desk = try await Desk()
        let upload = try desk.gate.beginUpload(
            "internal-dnc", mode: .replace, asOf: nil, source: "test", by: "operations")
        try Array("+8613800000001\n".utf8).withUnsafeBytes { try upload.take($0) }
        /// What this process holds open of the upload, deleted or not.
        func open() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
                let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)) ?? ""
                return path.hasPrefix(desk.fixture.folder.path) && path.contains("/.upload.")
            }
        }
        #expect(try open() == 1)
        upload.abandon("it could not be stored")
        #expect(try open() == 0)
        #expect(try desk.gate.listVersion("internal-dnc", upload.version.number).state == .rejected)
        #expect(throws: GateError.self) { try upload.end() }
    }

    @Test func nobodyGoesBackAlone() async throws {
        let desk = try await Desk(attempts: 1000)
        let first = try await desk.upload("internal-dnc", [number(1)], .add)
        _ = try await desk.upload("internal-dnc", [number(2)], .add)
        // Compliance did not upload it, and is one person all the same.
        for _ in 0..<2 { #expect(await activate(desk, first, by: desk.compliance, rollback: true) == "forbidden") }
        #expect(await isListed(desk, 2))
        let other = try Desk(reopening: desk)
        #expect(await activate(other, first, by: desk.operations, rollback: true) == "done")
        #expect(await !isListed(desk, 2))
        // A wish counts once.
        _ = try await desk.upload("internal-dnc", [number(3)], .add)
        #expect(await activate(desk, first, by: desk.operations, rollback: true) == "forbidden")
        #expect(await isListed(desk, 3))
    }

    @Test func anAdditionToAListThatNobodySentYetIsRefused() async throws {
        let desk = try await Desk()
        try desk.fixture.folder.write("region: CN\ngreatest_age: 31d\n", to: "blocklists/registry/list.yaml")
        desk.gate.refresh()
        await #expect(throws: GateError.self) { try await desk.upload("registry", [number(1)], .add) }
    }

    @Test func anAdditionKeepsTheAgeOfWhatItAddsTo() async throws {
        let desk = try await Desk(attempts: 1000)
        try desk.fixture.folder.write("region: CN\ngreatest_age: 1d\n", to: "blocklists/registry/list.yaml")
        desk.gate.refresh()
        let whole = try await desk.upload("registry", [number(1)], .replace)
        _ = try await desk.gate.activate("registry", whole.number, rollback: false, by: desk.operations).get()
        desk.clock.advance(.hours(20))
        let added = try await desk.upload("registry", [number(2)], .add)
        #expect(added.state == .ready)
        _ = try await desk.gate.activate("registry", added.number, rollback: false, by: desk.operations).get()
        #expect("\(await desk.decide(phone: number(2)))".contains("core.lists"))
        #expect("\(await desk.decide(phone: number(3)))" == "allow")
        desk.clock.advance(.hours(5))
        #expect("\(await desk.decide(phone: number(3)))".contains("core.lists"))
    }

    // MARK: What makes numbers callable again

    @Test func aRemovalNeedsAnotherPerson() async throws {
        let desk = try await Desk(attempts: 1000)
        _ = try await desk.upload("internal-dnc", [number(1), number(2)], .add)
        let removal = try await desk.upload("internal-dnc", [number(1), number(7)], .remove)
        #expect(removal.effect == VersionEffect(added: 0, removed: 1))
        #expect(await activate(desk, removal, by: desk.operations) == "forbidden")
        #expect(await isListed(desk, 1))
        #expect(await activate(desk, removal, by: desk.compliance) == "done")
        #expect(await !isListed(desk, 1))
        #expect(await isListed(desk, 2))
    }

    @Test func aReplacementMayDropItsShareAndNoMore() async throws {
        let desk = try await Desk(attempts: 1000)
        let all = (0..<40).map(number)
        let first = try await desk.upload("internal-dnc", all, .replace)
        #expect(await activate(desk, first, by: desk.operations) == "done")
        // 2 of 40 are 5 %, 3 are more.
        let two = try await desk.upload("internal-dnc", Array(all.dropFirst(2)), .replace)
        let three = try await desk.upload("internal-dnc", Array(all.dropFirst(3)), .replace)
        #expect(await activate(desk, three, by: desk.operations) == "forbidden")
        #expect(await activate(desk, two, by: desk.operations) == "done")
        #expect(await !isListed(desk, 0))
        #expect(await activate(desk, three, by: desk.operations) == "done")
    }

    @Test func onlyTheListsApproversPutAVersionInForce() async throws {
        let desk = try await Desk()
        try desk.fixture.folder.write("region: CN\napprovers: [compliance]\n", to: "blocklists/registry/list.yaml")
        desk.gate.refresh()
        let version = try await desk.upload("registry", [number(1)], .replace)
        #expect(
            await desk.gate.activate("registry", version.number, rollback: false, by: desk.operations).name
                == "forbidden")
        #expect(
            await desk.gate.activate("registry", version.number, rollback: false, by: desk.compliance).name == "done")
    }

    // MARK: Faults

    @Test func anIndexThatCannotBeReadDeniesWhatDependsOnIt() async throws {
        let desk = try await Desk(attempts: 1000)
        let version = try await desk.upload("internal-dnc", [number(1)], .replace)
        #expect(await activate(desk, version, by: desk.operations) == "done")
        desk.close()
        let index = desk.fixture.folder.path + "/data/lists/internal-dnc/1/index"
        try FileManager.default.removeItem(atPath: index)
        let again = try Desk(reopening: desk)
        #expect("\(await again.decide("survey", phone: number(9)))" != "allow")
        #expect("\(await again.decide("fraud_alert", phone: number(9)))" == "allow")
        #expect(again.gate.readiness().problems.contains { $0.contains("internal-dnc") })
    }

    @Test func anUploadThatAnEndedProcessLeftIsFinishedOrGivenUp() async throws {
        let desk = try await Desk(attempts: 1000)
        func begin(_ text: String) throws -> ListUpload {
            let upload = try desk.gate.beginUpload(
                "internal-dnc", mode: .add, asOf: nil, source: "a", by: "operations")
            try Array(text.utf8).withUnsafeBytes { try upload.take($0) }
            return upload
        }
        do {
            let broken = try begin("+861380000200")
            let whole = try begin(number(2) + "\n")
            _ = try whole.end()
            // Somebody is at work on both.
            #expect(desk.gate.unfinishedUploads().isEmpty)
            withExtendedLifetime((broken, whole)) {}
        }
        let left = desk.gate.unfinishedUploads()
        #expect(left.map(\.number) == [2])
        #expect(try desk.gate.listVersion("internal-dnc", 1).state == .rejected)
        let folder = desk.fixture.folder.path + "/data/lists/internal-dnc/"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "1") == ["meta.json"])
        _ = try await desk.gate.check(left[0])
        #expect(await isListed(desk, 2))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "2").sorted() == ["change", "meta.json"])
    }
}
