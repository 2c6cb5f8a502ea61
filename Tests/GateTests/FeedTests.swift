import Documents
import Feeds
import Foundation
import Gate
import GateModel
import GateTesting
import Suppression
import Testing

/// The feed of `internal-dnc`, a list that survey calls depend on in the test pack.
@Suite struct FeedTests {
    private func desk(_ feed: String = "", list: String = "") async throws -> Desk {
        let fixture = try fixture()
        try fixture.folder.write(
            "kept_by_gate: true\nregion: CN\n\(list)feed: {url: \(fixture.folder.path)/registry.csv, every: 24h\(feed)}\n",
            to: "blocklists/internal-dnc/list.yaml")
        return try await Desk(fixture)
    }

    private func publish(_ text: String, _ desk: Desk, changed: String) throws {
        try desk.fixture.folder.write(text, to: "registry.csv", changed: at(changed))
    }

    private func fetch(_ desk: Desk) async throws -> FeedState {
        try await desk.gate.fetchFeed("internal-dnc", again: false, environment: [:]).state
    }

    @Test func whatAFeedBringsIsInForceForTheNextDecision() async throws {
        let desk = try await desk()
        try publish("138 0000 0001\n", desk, changed: "2026-11-22T08:00:00Z")
        #expect(await desk.decide("survey").description == "allow")
        let state = try await fetch(desk)
        #expect(state.lastError == nil && state.lastVersion == 1 && state.lastSuccess == monday)
        #expect(await desk.decide("survey").description == "deny t.dnc")
        let version = try #require(try desk.gate.listVersions("internal-dnc").first)
        #expect(version.uploadedBy == "feed" && version.asOf == at("2026-11-22T08:00:00Z"))
        #expect(desk.gate.shown(version).state == .active && version.sourceName == "registry.csv")
        _ = try await fetch(desk)
        #expect(try desk.gate.listVersions("internal-dnc").count == 1)
    }

    @Test func aVersionThatNeedsApprovalWaitsForAPerson() async throws {
        let desk = try await desk(list: "needs_approval: true\n")
        try publish("138 0000 0001\n", desk, changed: "2026-11-22T08:00:00Z")
        #expect(try await fetch(desk).lastError == nil)
        #expect(try desk.gate.listVersions("internal-dnc").map(\.state) == [.ready])
        #expect(await desk.decide("survey").description == "allow")
        let activated = await desk.gate.activate("internal-dnc", 1, rollback: false, by: desk.operations)
        #expect(activated.name == "done")
        #expect(await desk.decide("survey").description == "deny t.dnc")
    }

    @Test func aRemovalWaitsForAPerson() async throws {
        let desk = try await desk(", mode: remove")
        let upload = try desk.gate.beginUpload(
            "internal-dnc", mode: .replace, asOf: at("2026-11-21T08:00:00Z"), source: "hand", by: "operations")
        try Array("13800000001\n13800000002\n".utf8).withUnsafeBytes { try upload.take($0) }
        _ = try await desk.gate.check(try upload.end())
        #expect(await desk.gate.activate("internal-dnc", 1, rollback: false, by: desk.operations).name == "done")
        try publish("138 0000 0001\n", desk, changed: "2026-11-22T08:00:00Z")
        #expect(try await fetch(desk).lastVersion == 2)
        #expect(try desk.gate.listVersion("internal-dnc", 2).state == .ready)
        #expect(await desk.decide("survey").description == "deny t.dnc")
    }

    @Test(arguments: [
        ("13900000009\n", "2026-11-21T08:00:00Z", "older than the active one"),
        ("13900000009\n", "2026-11-24T08:00:00Z", "lies in the future"),
        ("<html>\nno\n</html>\n", "2026-11-23T01:00:00Z", "rejected"),
        ("", "2026-11-23T01:00:00Z", "sent nothing"),
    ])
    func aBadFileLeavesTheActiveVersion(_ text: String, _ changed: String, _ why: String) async throws {
        let desk = try await desk()
        try publish("138 0000 0001\n", desk, changed: "2026-11-22T08:00:00Z")
        _ = try await fetch(desk)
        try publish(text, desk, changed: changed)
        let state = try await fetch(desk)
        #expect(state.lastError?.contains(why) == true)
        #expect(state.failures == 1)
        #expect(await desk.decide("survey").description == "deny t.dnc")
        let names = try FileManager.default.contentsOfDirectory(atPath: desk.gate.options.data + "/lists/internal-dnc")
        #expect(names.allSatisfy { $0 == "feed.json" || Int($0) != nil })
    }

    @Test func threeFailuresInARowWarn() async throws {
        let desk = try await desk()
        for _ in 0..<2 { _ = try await fetch(desk) }
        #expect(desk.gate.readiness().warnings.filter { $0.contains("feed") } == [])
        _ = try await fetch(desk)
        let warning = try #require(desk.gate.readiness().warnings.first { $0.contains("feed") })
        #expect(warning.contains("internal-dnc failed 3 times") && warning.contains("is not there"))
        #expect(desk.gate.readiness().state == .ready)
    }

    @Test(arguments: [
        ("{every: 24h}", "/feed/url"), ("{url: 'http://h.example/l', every: 24h}", "/feed/url"),
        ("{url: /l}", "/feed/every"), ("{url: /l, every: soon}", "/feed/every"),
        ("{url: /l, every: 24h, at: '03:30'}", "/feed/at"), ("{url: /l, folder: /f, every: 24h}", "/feed/folder"),
        ("{url: /l, every: 24h, mode: swap}", "/feed/mode"),
        ("{url: /l, every: 24h, size_limit: big}", "/feed/size_limit"),
        ("{url: /l, every: 24h, password: p}", "/feed/password"),
        ("{url: 'sftp://h.example/l', every: 24h}", "/feed/known_hosts"),
        ("{url: /l, every: 24h, checksum: sum}", "/feed/checksum"),
        ("{url: /l, every: 24h, signature: {at: .sig, public_key: short}}", "/feed/signature/public_key"),
    ])
    func aFaultOfADefinitionIsToldWithItsPlace(_ feed: String, _ pointer: String) async throws {
        let desk = try await desk()
        try desk.fixture.folder.write("region: CN\nfeed: \(feed)\n", to: "blocklists/extra/list.yaml")
        desk.gate.refresh()
        #expect(desk.gate.problem?.contains("blocklists/extra/list.yaml:2:") == true)
        #expect(desk.gate.problem?.contains("\(pointer):") == true)
    }

    @Test func aFeedIsNotDefinedOverHTTP() async throws {
        let desk = try await desk()
        let feed = #""feed":{"url":"/etc/hosts","every":"24h"}"#
        #expect(await desk.gate.define("extra", body("{\(feed)}"), by: desk.operations).name == "invalid /feed")
        let other = await desk.gate.define("internal-dnc", body(#"{"region":"CN"}"#), by: desk.operations)
        #expect(other.name == "has-feed")
    }

    @Test func theKeyFileHoldsCredentialsAndNothingElse() async throws {
        let desk = try await desk()
        let path = desk.fixture.folder.path + "/keys"
        func write(_ feeds: String) throws {
            let keys = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "}" }
            let plain = keys.components(separatedBy: ",\"feeds\"")[0]
            try Data((plain + ",\"feeds\":\(feeds)}").utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o600)
        }
        try write(#"{"registry":{"user":"u","password":"p","keyfile":"/k"}}"#)
        _ = try KeyFile.open(path: path, mayCreate: false)
        try write(#"{"registry":{"user":"u","token":"t"}}"#)
        #expect { try KeyFile.open(path: path, mayCreate: false) } throws: { "\($0)".contains("/feeds/registry/token") }
    }
}
