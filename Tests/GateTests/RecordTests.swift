import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import RuleEngine
import StorageSQLite
import Testing

/// What the log holds of a decision.
@Suite struct RecordTests {
    /// Everything that is known is in the record: the rules say the same of it again.
    @Test func everyDecisionCanBeDecidedAgainFromItsRecord() async throws {
        let desk = try await Desk(attempts: 3)
        _ = try await desk.consent(#""customer":"C1""#)
        _ = try await desk.optOut(#"{"customer":"C2","purposes":["care"]}"#)
        _ = try await desk.gate.register(.stops, body(#"{"purposes":["survey"]}"#), by: desk.operations).get()
        var asked: [Told] = []
        for customer in ["C1", "C2"] {
            for purpose in ["marketing", "care", "service", "survey", "fraud_alert"] {
                desk.clock.advance(.minutes(7))
                asked.append(
                    await desk.decide(
                        purpose, #""customer":"\#(customer)","product":"card","attributes":{"asks":true}"#))
            }
        }
        asked.append(await desk.decide("service", #""product":"card""#, phone: "nonsense 12"))
        let configuration = desk.gate.configuration
        for told in asked {
            let before = try #require(told.answer?.record)
            let record = try await desk.gate.decision(before.id.description, by: desk.compliance).get().answer.record
            #expect(record.call == before.call && record.judgement == before.judgement)
            #expect(record.zones == before.zones && record.snapshot == before.snapshot && record.at == before.at)
            var facts = record.facts
            // What the record does not mention was in force and said nothing.
            facts.assumesQuiet = true
            let again = evaluate(
                record.call, facts, under: configuration.policy.snapshot, zones: desk.gate.zones, at: record.at)
            #expect(again == before.judgement, "\(told)")
        }
    }

    @Test func nothingPersonalStandsInTheCoreOrInClear() async throws {
        let desk = try await Desk()
        let id = try await desk.allow("service", #""customer":"CUSTOMER-1","agent":"AGENT-1","request_id":"REQUEST-1""#)
        _ = try await desk.report(id, "answered", #""agent":"AGENT-1""#).get()
        let second = try await desk.allow("service", #""agent":"AGENT-1""#)
        _ = try await desk.allow("service", #""agent":"AGENT-1","replaces":"\#(second)""#)
        _ = try await desk.consent(#""customer":"CUSTOMER-1""#)
        _ = try await desk.optOut(#"{"phone":"\#(Desk.phone)","customer":"CUSTOMER-1","purposes":["survey"]}"#)
        let entries = try desk.store.read { try $0.entries(after: 0, limit: 100) }
        let number = Array(Desk.phone.dropFirst().utf8)
        for entry in entries {
            for word in ["CUSTOMER-1", "AGENT-1", "REQUEST-1"].map({ Array($0.utf8) }) + [number] {
                #expect(!contains(entry.core, word), "\(entry.kind) \(entry.sequence)")
            }
            for key in entry.keys { #expect(!contains(entry.core, key.bytes)) }
            #expect(!contains(entry.personal ?? [], number))
        }
        #expect(entries.contains { contains($0.personal ?? [], Array("138****0001".utf8)) })
    }

    private func contains(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
        bytes.count >= word.count
            && (0...(bytes.count - word.count)).contains { bytes[$0..<$0 + word.count].elementsEqual(word) }
    }

    @Test func aDestroyedSecretLeavesTheLogReadableAndTheCapsInForce() async throws {
        var desk = try await Desk(attempts: 2)
        let id = try await desk.allow("service", #""customer":"C1""#)
        _ = try await desk.allow("service", phone: "+8613800000002")
        desk.close()
        let path = desk.fixture.folder.path + "/data/log.sqlite"
        try sqlite(
            path, "UPDATE subject SET secret = NULL WHERE id = (SELECT subject FROM entry WHERE kind = 1 LIMIT 1)")
        desk = try Desk(reopening: desk)
        let found = try await desk.gate.decision(id, by: desk.compliance).get()
        #expect(found.answer.record.call.customer == nil && found.answer.record.call.purpose == "service")
        #expect(found.outcome == "open")
        #expect("\(await desk.decide())" == "allow")
        #expect("\(await desk.decide())" == "deny t.attempts")
        // What comes after is kept under one new secret.
        let desk2 = try Desk(reopening: desk)
        #expect("\(await desk2.decide())" == "deny t.attempts")
        let subjects = try desk2.store.read {
            try $0.entries(by: desk2.gate.keyFile.ledger.key(.number(Desk.phone))).map(\.subject)
        }
        #expect(Set(subjects.compactMap { $0 }).count == 2)
        #expect("\(await desk2.decide(phone: "+8613800000002"))" == "allow")
    }

    @Test func aKeyFileOfAnotherDatabaseIsRefused() async throws {
        let desk = try await Desk()
        desk.close()
        try desk.fixture.folder.remove("keys")
        #expect(throws: KeyFile.Failure.self) { try desk.fixture.open() }
        let people = try await Desk()
        _ = try await people.allow()
        people.close()
        try sqlite(people.fixture.folder.path + "/data/log.sqlite", "UPDATE entry SET keys = x'00' WHERE sequence < 4")
        try people.fixture.folder.remove("keys")
        #expect(throws: KeyFile.Failure.self) { try people.fixture.open() }
    }

    @Test func aKeyFileThatOthersMayReadOrThatIsMissingIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/keys"
        #expect(throws: KeyFile.Failure.self) { try KeyFile.open(path: path, mayCreate: false) }
        _ = try KeyFile.open(path: path, mayCreate: true)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        for mode in [0o640, 0o604, 0o660] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: KeyFile.Failure.self) { try KeyFile.open(path: path, mayCreate: true) }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        _ = try KeyFile.open(path: path, mayCreate: false)
        for text in ["", "{}", #"{"lookup":"AAAA"}"#] {
            try folder.write(text, to: "keys")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(throws: KeyFile.Failure.self) { try KeyFile.open(path: path, mayCreate: true) }
        }
    }
}
