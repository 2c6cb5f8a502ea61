import Foundation
import GateModel
import Testing

@testable import Feeds

@Suite("A feed's definition")
struct DefinitionTests {
    @Test(
        "reads a source",
        arguments: [
            ("https://host.example/a/list.csv?key=1", "https://host.example/a/list.csv", "list.csv"),
            ("SFTP://host.example:2222/list.csv", "sftp://host.example:2222/list.csv", "list.csv"),
            ("ftps://host.example/list.csv", "ftps://host.example/list.csv", "list.csv"),
            ("file:///srv/list.csv", "/srv/list.csv", "list.csv"), ("/srv/list.csv", "/srv/list.csv", "list.csv"),
        ])
    func readsSource(_ text: String, _ shown: String, _ name: String) throws {
        let source = try FeedSource(text)
        #expect(source.shown == shown)
        #expect(source.name == name)
    }

    @Test(
        "refuses a source",
        arguments: [
            ("http://host.example/list.csv", "scheme `http`"), ("gopher://host.example/x", "scheme `gopher`"),
            ("list.csv", "must begin with"), ("https://user:secret@host.example/list.csv", "user or password"),
            ("https://host.example", "a host and a file"), ("https://host.example/", "a host and a file"),
            ("https:///list.csv", "a host and a file"), ("https://host.example/a b", "without spaces"),
            ("https://host.example/a#b", "fragment"), ("file://host/list.csv", "an absolute path"),
        ])
    func refusesSource(_ text: String, _ why: String) {
        #expect { try FeedSource(text) } throws: { "\($0)".contains(why) && !"\($0)".contains("secret") }
    }

    @Test("adds a suffix before the query")
    func addsSuffix() throws {
        let source = try FeedSource("https://host.example/list.csv?key=1").adding(".sha256")
        #expect(source == (try FeedSource("https://host.example/list.csv.sha256?key=1")))
    }

    @Test(
        "reads sizes and spans",
        arguments: [
            ("8GB", Int64?(8_000_000_000), Span?.none), ("100kB", 100_000, nil), ("1", 1, nil), ("0", nil, nil),
            ("-1MB", nil, nil), ("9999999GB", nil, nil), ("24h", nil, .hours(24)), ("10s", nil, .seconds(10)),
            ("7d", nil, .days(7)), ("367d", nil, nil), ("h", nil, nil), ("1.5h", nil, nil),
        ])
    func readsUnits(_ text: String, _ bytes: Int64?, _ span: Span?) {
        #expect(FeedDefinition.bytes(text) == bytes)
        #expect(FeedDefinition.span(text) == span)
    }

    @Test("refuses what does not go together")
    func refusesMixture() throws {
        func fault(
            _ source: String, every: Span = .hours(1), checksum: String? = nil, credentials: String? = nil,
            knownHosts: String? = nil, caFile: String? = nil
        ) throws -> String {
            do throws(FeedError) {
                _ = try FeedDefinition(
                    source: try FeedSource(source), schedule: try FeedSchedule(every: every),
                    checksum: checksum.map { .source(.file(path: $0)) }, credentials: credentials,
                    knownHosts: knownHosts, caFile: caFile)
                return "none"
            } catch {
                guard case .definition(let field, _) = error else { return "\(error)" }
                return field
            }
        }
        let (https, sftp) = ("https://h.example/l", "sftp://h.example/l")
        #expect(try fault(sftp, credentials: "c") == "known_hosts")
        #expect(try fault(sftp, knownHosts: "/k") == "credentials")
        #expect(try fault(sftp, credentials: "c", knownHosts: "/k") == "none")
        #expect(try fault(sftp, credentials: "c", knownHosts: "/k", caFile: "/c") == "ca_file")
        #expect(try fault(https, knownHosts: "/k") == "known_hosts")
        #expect(try fault(https, credentials: "s3cret!") == "credentials")
        #expect(try fault(https, every: .seconds(59)) == "every")
        #expect(try fault(https, checksum: "/etc/other") == "checksum")
        #expect(try fault("/srv/l", credentials: "c") == "credentials")
        #expect(try fault("/srv/l", every: .seconds(9)) == "every")
    }

    @Test("finds credentials in the environment before the key file")
    func findsCredentials() {
        let environment = ["CALLGATE_FEED_US_DNC_USER": "e", "CALLGATE_FEED_US_DNC_PASSWORD": "p"]
        let file = ["us-dnc": FeedCredentials(user: "f"), "other": FeedCredentials(user: "o")]
        func user(_ name: String) -> String? {
            FeedCredentials.find(name, environment: environment, keyFile: file)?.user
        }
        #expect(user("us-dnc") == "e")
        #expect(user("other") == "o")
        #expect(user("none") == nil)
    }

    @Test("finds the digest of a file in what sha256sum writes")
    func findsDigest() {
        let (a, b) = (String(repeating: "a", count: 64), String(repeating: "B", count: 64))
        #expect(checksum(in: a, of: "l.csv") == a)
        #expect(checksum(in: "\(a)  x.csv\n\(b) *./l.csv\n", of: "l.csv") == b.lowercased())
        #expect(checksum(in: "\(a)  x.csv\n\(b)  y.csv\n", of: "l.csv") == nil)
        #expect(checksum(in: "<html>", of: "l.csv") == nil)
    }
}

@Suite("A feed is due")
struct ScheduleTests {
    private func definition(_ every: Span, _ at: String? = nil) throws -> FeedDefinition {
        try FeedDefinition(
            source: .file(path: "/l"),
            schedule: FeedSchedule(every: every, at: at.flatMap { FeedSchedule.TimeOfDay($0) }))
    }

    private func state(_ last: String, failures: Int = 0, jitter: Double = 0, of definition: FeedDefinition)
        -> FeedState
    {
        var state = FeedState()
        state.source = definition.fingerprint
        (state.lastAttempt, state.failures, state.jitter) = (at(last), failures, jitter)
        return state
    }

    @Test(
        "after its span, or at its time of day",
        arguments: [
            (Span.hours(24), nil, "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"),
            (.minutes(15), nil, "2026-11-23T10:00:00Z", "2026-11-23T10:15:00Z"),
            (.hours(24), "03:30+08:00", "2026-11-23T10:00:00Z", "2026-11-23T19:30:00Z"),
            (.hours(24), "03:30+08:00", "2026-11-23T19:30:00Z", "2026-11-24T19:30:00Z"),
            (.hours(24), "03:30+08:00", "2026-11-23T19:29:59.999Z", "2026-11-23T19:30:00Z"),
            (.hours(24), "00:00Z", "2026-11-23T00:00:01Z", "2026-11-24T00:00:00Z"),
            (.hours(6), "03:30Z", "2026-11-23T04:00:00Z", "2026-11-23T09:30:00Z"),
            (.days(7), "03:30Z", "2026-11-23T03:30:05Z", "2026-11-30T03:30:00Z"),
            (.hours(24), "03:30Z", "1969-12-30T10:00:00Z", "1969-12-31T03:30:00Z"),
        ])
    func afterSuccess(_ every: Span, _ time: String?, _ last: String, _ next: String) throws {
        let definition = try definition(every, time)
        #expect(nextAttempt(state(last, of: definition), definition, now: at(last)) == at(next))
    }

    @Test(
        "after growing pauses where it failed",
        arguments: [
            (1, 0.0, "10:01:00.000"), (2, 0, "10:02:00.000"), (3, 0, "10:04:00.000"), (6, 0, "10:32:00.000"),
            (7, 0, "11:00:00.000"), (1000, 0, "11:00:00.000"), (1, 1, "10:01:15.000"), (7, 0.5, "11:07:30.000"),
        ])
    func afterFailure(_ failures: Int, _ jitter: Double, _ next: String) throws {
        let definition = try definition(.hours(24))
        let state = state("2026-11-23T10:00:00Z", failures: failures, jitter: jitter, of: definition)
        #expect(
            nextAttempt(state, definition, now: at("2026-11-23T10:00:00Z")) == at("2026-11-23T\(next)Z"))
    }

    @Test("at once where it was never tried, names another source, or the clock was put back")
    func atOnce() throws {
        let (definition, now) = (try definition(.hours(24)), at("2026-11-23T10:00:00Z"))
        #expect(nextAttempt(FeedState(), definition, now: now) == now)
        let tried = state("2026-11-23T09:00:00Z", of: definition)
        #expect(nextAttempt(tried, definition, now: now) > now)
        let other = try FeedDefinition(source: .file(path: "/other"), schedule: definition.schedule)
        #expect(nextAttempt(tried, other, now: now) == now)
        #expect(nextAttempt(state("2026-11-23T10:00:01Z", of: definition), definition, now: now) == now)
    }

    @Test("takes no time of day without an offset, and none that does not fit its span")
    func refusesTimes() {
        #expect(FeedSchedule.TimeOfDay("03:30") == nil)
        #expect(FeedSchedule.TimeOfDay("24:00Z") == nil)
        #expect(FeedSchedule.TimeOfDay("03:30+08:00")?.minutes == 1170)
        #expect(throws: FeedError.self) { try FeedSchedule(every: .hours(5), at: .init("03:30Z")) }
    }
}
