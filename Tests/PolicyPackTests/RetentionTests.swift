import GateModel
import Testing

@testable import PolicyPack

@Suite struct RetentionTermTests {
    private func end(_ text: String, _ now: String) throws -> String {
        try #require(RetentionTerm(text)).end(at: try #require(Instant(rfc3339: now))).rfc3339
    }

    @Test func daysAreCountedToTheMillisecondAndMonthsToTheDay() throws {
        #expect(try end("30d", "2026-11-23T02:00:00Z") == "2026-10-24T02:00:00.000Z")
        #expect(try end("1mo", "2026-03-31T23:59:59Z") == "2026-02-28T00:00:00.000Z")
        #expect(try end("60mo", "2026-11-23T02:00:00Z") == "2021-11-23T00:00:00.000Z")
    }

    @Test(arguments: ["", "30", "d", "0d", "-1d", "1.5d", "2y", "mo", "0mo", "1201mo", "36526d", "12 mo"])
    func whatIsNoTermIsNone(text: String) { #expect(RetentionTerm(text) == nil) }
}
