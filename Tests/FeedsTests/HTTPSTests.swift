import Crypto
import Foundation
import GateModel
import GateTesting
import Testing

@testable import Feeds

@Suite("A feed by https")
struct HTTPSTests {
    let web: Web
    init() throws { web = try Web() }

    private func fetch(_ definition: FeedDefinition, known: Validators = Validators(), by fetcher: Fetcher = alone)
        throws -> Brought
    { try FeedsTests.fetch(definition, into: web.folder, known: known, by: fetcher) }

    @Test("brings the file with its time of change and tag, and afterwards only what changed")
    func fetchesOnce() throws {
        try web.put(numbers(3))
        let definition = try web.definition("good/list.csv")
        let first = try fetch(definition)
        #expect(first.text == numbers(3))
        let known = try #require(first.validators)
        #expect(known.modified == at("2026-11-20T08:00:00Z"))
        #expect(known.etag?.hasPrefix("\"") == true)
        #expect(try fetch(definition, known: known) == Brought())
        #expect(try web.requests().last?.headers["if-none-match"] == known.etag)
        try web.put(numbers(4))
        #expect(try fetch(definition, known: known).text == numbers(4))
    }

    @Test("asks by time of change where the source has no tag")
    func asksByTime() throws {
        try web.put(numbers(3))
        let definition = try web.definition("untagged/list.csv")
        let known = try #require(try fetch(definition).validators)
        #expect(known == Validators(modified: at("2026-11-20T08:00:00Z"), bytes: Int64(numbers(3).utf8.count)))
        #expect(try fetch(definition, known: known) == Brought())
        #expect(try web.requests().last?.headers["if-modified-since"] == "Fri, 20 Nov 2026 08:00:00 GMT")
        try web.put(numbers(4), changed: "2026-11-21T08:00:00Z")
        #expect(try fetch(definition, known: known).text == numbers(4))
    }

    @Test("has no time where the source gives none")
    func hasNoTime() throws {
        try web.put(numbers(3))
        let brought = try fetch(try web.definition("bare/list.csv"))
        #expect(brought.validators == Validators(bytes: Int64(numbers(3).utf8.count)))
    }

    @Test("goes on where a transfer broke off")
    func resumes() throws {
        try web.put(numbers(5000))
        let brought = try fetch(try web.definition("break/20000/list.csv"))
        #expect(brought.text == numbers(5000))
        let requests = try web.requests()
        #expect(requests.count == 2)
        #expect(requests.last?.headers["range"] == "bytes=20000-")
        #expect(requests.last?.headers["if-range"] == brought.validators?.etag)
    }

    @Test("starts afresh where the file changed after the transfer broke off")
    func startsAfresh() throws {
        try web.put(numbers(5000))
        try web.put(numbers(4000, from: 9000), as: "new.csv")
        #expect(try fetch(try web.definition("swap/20000/list.csv/new.csv")).text == numbers(4000, from: 9000))
        #expect(try web.requests().last?.headers["range"] == "bytes=20000-")
    }

    @Test("starts afresh where nothing tells whether the file is the same")
    func startsAfreshWithoutTag() throws {
        try web.put(numbers(5000))
        #expect(try fetch(try web.definition("break-bare/20000/list.csv")).text == numbers(5000))
        #expect(try web.requests().last?.headers["range"] == nil)
    }

    @Test("follows a redirect by https")
    func followsRedirect() throws {
        try web.put(numbers(3))
        #expect(try fetch(try web.definition("redirect/good/list.csv")).text == numbers(3))
    }

    @Test("signs in with the credentials of its name")
    func signsIn() throws {
        try web.put(numbers(3))
        let fetcher = Fetcher(patience: 1) { $0 == "reg" ? FeedCredentials(user: "user", password: "secret") : nil }
        #expect(try fetch(try web.definition("auth/list.csv", credentials: "reg"), by: fetcher).text == numbers(3))
        #expect(
            try fetch(try web.definition("auth/list.csv", credentials: "other"), by: fetcher).error
                == .credentialsMissing(name: "other"))
        #expect(
            try fetch(try web.definition("auth/list.csv"))
                == Brought(error: .accessDenied(host: "127.0.0.1:\(web.server.port)")))
    }

    @Test(
        "brings an error and leaves no file",
        arguments: [
            ("good/none.csv", "is not there"), ("status/404", "is not there"), ("status/500", "with status 500"),
            ("status/204", "with status 204"), ("html", "a page for people"), ("empty", "sent nothing"),
            ("short/40/list.csv", "broke off"), ("announced/9000000000", "larger than 1000000 bytes"),
            ("endless", "larger than 1000000 bytes"), ("slow", "nothing to speak of came for 1 seconds"),
            ("loop", "more than 5 times"), ("plain-http", "to something that is not https"),
        ])
    func isRefused(_ path: String, _ why: String) throws {
        try web.put(numbers(100))
        let brought = try fetch(try web.definition(path))
        #expect("\(brought.error.map { "\($0)" } ?? "none")".contains(why))
        #expect(brought.text == nil)
        #expect(brought.left == [])
    }

    @Test("ends at its time limit")
    func endsAtTimeLimit() throws {
        let definition = try web.definition("slow", timeLimit: .seconds(1))
        let brought = try fetch(definition, by: Fetcher(patience: 30) { _ in nil })
        #expect(brought == Brought(error: .timeLimit(seconds: 1)))
    }

    @Test("stops when the gate stops")
    func stops() throws {
        let path = web.folder.path + "/in/.feed.part"
        let definition = try web.definition("slow")
        #expect(throws: FeedError.cancelled) {
            try Fetcher(patience: 30) { _ in nil }.fetch(definition, to: path, known: Validators()) { true }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("trusts no certificate that nobody vouches for")
    func refusesUnknownAuthority() throws {
        try web.put(numbers(3))
        let brought = try fetch(try web.definition("good/list.csv", trusts: false))
        #expect("\(brought.error.map { "\($0)" } ?? "none")".contains("is not trusted"))
        #expect(brought.left == [])
    }

    @Test("trusts no certificate of another name")
    func refusesOtherName() throws {
        let other = try Web(certificateFor: "DNS:registry.example")
        try other.put(numbers(3))
        let brought = try FeedsTests.fetch(try other.definition("good/list.csv"), into: other.folder)
        #expect("\(brought.error.map { "\($0)" } ?? "none")".contains("is not trusted"))
        #expect(brought.left == [])
    }

    @Test("says that nobody listens")
    func saysUnreachable() throws {
        let definition = try FeedDefinition(
            source: FeedSource("https://127.0.0.1:1/list.csv"), schedule: FeedSchedule(every: .hours(1)))
        #expect("\(try fetch(definition).error.map { "\($0)" } ?? "none")".contains("cannot be reached"))
    }

    @Test("is compared with its checksum")
    func comparesChecksum() throws {
        try web.put(numbers(3))
        let digest = hexadecimal(SHA256.hash(data: Data(numbers(3).utf8)))
        let definition = try web.definition("good/list.csv", checksum: .suffix(".sha256"))
        #expect("\(try fetch(definition).error.map { "\($0)" } ?? "none")".contains("is not there"))
        try web.put("no digest\n", as: "list.csv.sha256")
        #expect("\(try fetch(definition).error.map { "\($0)" } ?? "none")".contains("holds no SHA-256"))
        try web.put("\(digest)  list.csv\n", as: "list.csv.sha256")
        #expect(try fetch(definition).text == numbers(3))
        try web.put(numbers(4))
        let brought = try fetch(definition)
        #expect(
            brought
                == Brought(
                    error: .checksum(expected: digest, received: hexadecimal(SHA256.hash(data: Data(numbers(4).utf8)))))
        )
    }

    @Test("is compared with its signature")
    func comparesSignature() throws {
        let key = Curve25519.Signing.PrivateKey()
        let publicKey = Data(key.publicKey.rawRepresentation).base64EncodedString()
        let definition = try web.definition("good/list.csv", signature: .init(.suffix(".sig"), key: publicKey))
        try web.put(numbers(3))
        let signature = try key.signature(for: Data(numbers(3).utf8))
        try web.put(signature.base64EncodedString() + "\n", as: "list.csv.sig")
        #expect(try fetch(definition).text == numbers(3))
        try Data(signature).write(to: URL(fileURLWithPath: web.folder.path + "/files/list.csv.sig"))
        #expect(try fetch(definition).text == numbers(3))
        try web.put(numbers(4))
        #expect(try fetch(definition) == Brought(error: .signature))
        try web.put("c2hvcnQ=", as: "list.csv.sig")
        #expect("\(try fetch(definition).error.map { "\($0)" } ?? "none")".contains("holds no Ed25519 signature"))
    }
}
