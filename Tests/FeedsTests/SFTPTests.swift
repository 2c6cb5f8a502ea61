import Foundation
import GateModel
import GateTesting
import Testing

@testable import Feeds

@Suite("A feed by sftp")
struct SFTPTests {
    let ssh: SSHServer
    init() throws {
        ssh = try SSHServer()
        try serve(numbers(3000), ssh.folder, "files/list.csv", "2026-11-20T08:00:00Z")
    }

    private var host: String { "127.0.0.1:\(ssh.port)" }

    private func fetch(_ definition: FeedDefinition, known: Validators = Validators(), by fetcher: Fetcher? = nil)
        throws -> Brought
    { try FeedsTests.fetch(definition, into: ssh.folder, known: known, by: fetcher ?? ssh.fetcher) }

    @Test("brings the file with its time of change, and afterwards only what changed")
    func fetchesOnce() throws {
        let definition = try ssh.definition()
        let first = try fetch(definition)
        #expect(first.error == nil)
        #expect(first.text == numbers(3000))
        let known = try #require(first.validators)
        #expect(known == Validators(modified: at("2026-11-20T08:00:00Z"), bytes: Int64(numbers(3000).utf8.count)))
        #expect(try fetch(definition, known: known) == Brought())
        try serve(numbers(2), ssh.folder, "files/list.csv", "2026-11-21T08:00:00Z")
        #expect(try fetch(definition, known: known).text == numbers(2))
    }

    @Test("goes on where a transfer broke off")
    func resumes() throws {
        try serve(numbers(50_000), ssh.folder, "files/list.csv", "2026-11-20T08:00:00Z")
        let proxy = try Script("breaking_proxy.py", ["\(ssh.port)", "300000"])
        let brought = try fetch(try ssh.definition(port: proxy.port))
        #expect(brought.error == nil)
        #expect(brought.text == numbers(50_000))
    }

    @Test("starts afresh where the file changed after the transfer broke off")
    func startsAfresh() throws {
        try serve(numbers(50_000), ssh.folder, "files/list.csv", "2026-11-20T08:00:00Z")
        try serve(numbers(50_000, from: 70_000), ssh.folder, "files/new.csv", "2026-11-21T08:00:00Z")
        let move = "mv \(ssh.folder.path)/files/new.csv \(ssh.folder.path)/files/list.csv"
        let proxy = try Script("breaking_proxy.py", ["\(ssh.port)", "300000", move])
        let brought = try fetch(try ssh.definition(port: proxy.port))
        #expect(brought.error == nil)
        #expect(brought.text == numbers(50_000, from: 70_000))
        #expect(brought.validators?.modified == at("2026-11-21T08:00:00Z"))
    }

    @Test("refuses a host whose key is not known")
    func refusesUnknownHost() throws {
        try ssh.folder.write("", to: "empty")
        let brought = try fetch(try ssh.definition(knownHosts: ssh.folder.path + "/empty"))
        #expect(brought == Brought(error: .hostKeyUnknown(host: host)))
    }

    @Test("refuses a host whose key changed")
    func refusesChangedHost() throws {
        let brought = try fetch(try ssh.definition(knownHosts: try ssh.knownHosts("other")))
        #expect(brought == Brought(error: .hostKeyChanged(host: host)))
    }

    @Test("says that the file is not there, is empty, or is too large")
    func saysWhatIsWrong() throws {
        #expect(try fetch(try ssh.definition("none.csv")) == Brought(error: .notFound(what: "the file at \(host)")))
        try ssh.folder.write("", to: "files/empty.csv")
        #expect(try fetch(try ssh.definition("empty.csv")) == Brought(error: .empty))
        try ssh.folder.write(numbers(80_000), to: "files/large.csv")
        #expect(try fetch(try ssh.definition("large.csv")) == Brought(error: .tooLarge(limit: 1_000_000)))
    }

    @Test("says that it is not let in, and that others may read its key")
    func saysDenied() throws {
        let (user, folder) = (NSUserName(), ssh.folder.path)
        let other = Fetcher(patience: 5) { _ in FeedCredentials(user: user, keyFile: folder + "/other") }
        #expect(try fetch(try ssh.definition(), by: other) == Brought(error: .accessDenied(host: host)))
        chmod(folder + "/client", 0o644)
        let brought = try fetch(try ssh.definition())
        #expect(
            brought
                == Brought(
                    error: .unusable(path: folder + "/client", why: "may be read by others; run chmod 600")))
    }
}
