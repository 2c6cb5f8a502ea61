import Calendars
import Documents
import Foundation
import GRDB
import Gate
import GateModel
import GateTesting
import Ledger
import RuleEngine
import Storage
import StorageSQLite
import Suppression
import Synchronization
import Testing

/// What a replay finds, in the order of the log.
private func replay(
    _ desk: Desk, _ range: PastRange = PastRange(),
    evaluator: @escaping Evaluator = { evaluate($0, $1, under: $2, zones: $3, at: $4) }
) throws -> (counts: ReplayCounts, findings: [ReplayFinding]) {
    let findings = Mutex<[ReplayFinding]>([])
    let counts = try Replay(store: desk.store, keyFile: desk.gate.keyFile, evaluator: evaluator).run(range) { finding in
        findings.withLock { $0.append(finding) }
    }
    return (counts, findings.withLock { $0 })
}

private func fields(_ finding: ReplayFinding?) -> [String] {
    guard case .different(let differences) = finding?.what else { return [] }
    return differences.map(\.field)
}

/// Changes the log behind the gate's back.
private func tamper(_ desk: Desk, _ sql: String, _ arguments: StatementArguments = []) throws {
    let queue = try DatabaseQueue(path: desk.fixture.folder.path + "/data/log.sqlite")
    try queue.write { try $0.execute(sql: sql, arguments: arguments) }
    try queue.close()
}

private func sequence(_ id: String) throws -> Int64 { try #require(EntryID(id)).sequence }

@Suite struct ReplayTests {
    // MARK: Equal

    @Test func decisionsOfEveryKindAreDecidedAgainAlike() async throws {
        let history = try await RandomHistory(decisions: 240)
        let (counts, findings) = try replay(history.desk)
        #expect(findings.isEmpty, "\(findings.prefix(3))")
        #expect(counts.equal == 240 && counts.erased == 0 && counts.unreadable == 0)
        // Else nothing was tried.
        #expect(history.kinds.count >= 9, "\(history.kinds)")
        #expect(history.verdicts == [.allow, .deny], "\(history.alerts)")
        #expect(history.snapshots >= 4)
    }

    @Test func aReplayReadsZonesAndPolicyFromTheLogAlone() async throws {
        let desk = try await Desk()
        _ = await desk.decide("service")
        desk.close()
        // Whatever is on disk now: another policy, none that can be read.
        try desk.fixture.folder.write("no policy", to: "policy/CN/test/pack.yaml")
        try desk.fixture.folder.write("no policy", to: "policy/core/pack.yaml")
        let store = try desk.fixture.store()
        let keyFile = try KeyFile.open(path: desk.fixture.folder.path + "/keys", mayCreate: false)
        let counts = try Replay(store: store, keyFile: keyFile).run(PastRange()) { _ in }
        #expect(counts.equal == 1 && counts.different == 0)
        try store.close()
    }

    @Test func aRangeAndALimitSayWhichDecisions() async throws {
        let desk = try await Desk(attempts: 100)
        for _ in 0..<6 {
            _ = await desk.decide("service")
            desk.clock.advance(.minutes(1))
        }
        let from = monday + .minutes(2)
        #expect(try replay(desk, PastRange(from: from)).counts.equal == 4)
        #expect(try replay(desk, PastRange(to: from)).counts.equal == 2)
        #expect(try replay(desk, PastRange(from: from, to: from + .minutes(2))).counts.equal == 2)
        #expect(try replay(desk, PastRange(from: from, limit: 3)).counts.equal == 3)
        #expect(try replay(desk, PastRange(from: monday + .days(1))).counts.equal == 0)
    }

    // MARK: Different

    @Test func anotherEvaluatorsResultIsFound() async throws {
        let desk = try await Desk(attempts: 1)
        let allowed = try await desk.allow()
        let denied = try #require(await desk.decide().answer).record.id.description
        let (counts, findings) = try replay(desk) { call, facts, policy, zones, now in
            var judgement = evaluate(call, facts, under: policy, zones: zones, at: now)
            judgement.validUntil = judgement.validUntil.map { $0 + .seconds(1) }
            for index in judgement.reasons.indices { judgement.reasons[index].retryAt = nil }
            return judgement
        }
        #expect(counts.different == 2 && counts.equal == 0)
        #expect(findings.map(\.id) == [allowed, denied])
        #expect(fields(findings.first) == ["valid_until"])
        #expect(fields(findings.last) == ["reasons"])
    }

    @Test func aRecordThatWasChangedIsFound() async throws {
        let desk = try await Desk(attempts: 1)
        let allowed = try await desk.allow()
        let denied = try #require(await desk.decide().answer).record.id.description
        try swap("service", "servicf", in: desk, allowed)
        try swap("t.attempts", "t.attemptz", in: desk, denied)
        let (counts, findings) = try replay(desk)
        #expect(counts.different == 2)
        #expect(findings.map(\.id) == [allowed, denied])
        // Another purpose is judged otherwise.
        #expect(fields(findings.first).first == "verdict")
        #expect(fields(findings.last) == ["reasons"])
    }

    private func swap(_ old: String, _ new: String, in desk: Desk, _ id: String) throws {
        let sequence = try sequence(id)
        let core = try #require(try desk.store.read { try $0.entry(sequence) }).core
        guard let start = core.indices.first(where: { core[$0...].starts(with: old.utf8) }) else { return }
        var changed = core
        changed.replaceSubrange(start..<start + old.utf8.count, with: new.utf8)
        try tamper(desk, "UPDATE entry SET core = ? WHERE sequence = ?", [Data(changed), sequence])
    }

    // MARK: What cannot be decided again

    @Test func erasedPersonsAreCountedAndNotAFinding() async throws {
        let desk = try await Desk()
        _ = await desk.decide()
        _ = await desk.decide(phone: "+8613800000002")
        try tamper(desk, "UPDATE subject SET secret = NULL WHERE id = 1")
        let (counts, findings) = try replay(desk)
        #expect(counts.erased == 1 && counts.equal == 1 && findings.isEmpty)
    }

    @Test func whatIsMissingOrDamagedIsNamed() async throws {
        func finding(_ sql: String) async throws -> (ReplayCounts, String) {
            let desk = try await Desk()
            _ = await desk.decide()
            try tamper(desk, sql)
            let (counts, findings) = try replay(desk)
            guard case .unreadable(let why)? = findings.first?.what else { return (counts, "nothing") }
            return (counts, why)
        }
        let zones = "the zone Asia/Shanghai is not in the log"
        #expect(try await finding("DELETE FROM pinned WHERE length(bytes) < 2000").1 == zones)
        let policy = try await finding("DELETE FROM pinned WHERE length(bytes) >= 2000")
        #expect(policy.1.hasPrefix("the policy sha256:") && policy.1.hasSuffix("is not in the log"))
        #expect(policy.0.unreadable == 1 && policy.0.equal == 0)
        let forged = try await finding("UPDATE pinned SET bytes = x'80' WHERE length(bytes) >= 2000")
        #expect(forged.1.hasSuffix("is not that policy"))
        let zone = try await finding("UPDATE pinned SET bytes = x'80' WHERE length(bytes) < 2000")
        #expect(zone.1 == "what the log holds as zone Asia/Shanghai is not that zone")
        let sealed = try await finding("UPDATE entry SET personal = x'80' WHERE kind = 1")
        #expect(sealed.1 == "the record cannot be read")
        let moved = try await finding("UPDATE entry SET kind = 2 WHERE kind = 1")
        #expect(moved.1 == "the entry stands under another kind or place than it says")
    }
}

/// A history made at random under the shipped policy: changes of policy, calendar and lists among the decisions.
private struct RandomHistory {
    var desk: Desk
    var kinds: Set<ReasonKind> = []
    var verdicts: Set<Verdict> = []
    var snapshots = 0
    /// What denied fraud alerts, which need the least.
    var alerts: [String: Int] = [:]

    init(decisions: Int) async throws {
        func shipped(_ path: String) throws -> String {
            try String(contentsOfFile: policyFolder + "/" + path, encoding: .utf8)
        }
        let fixture = try GateFixture(core: corePack, pack: try shipped("CN/bank/pack.yaml"), at: monday) {
            try SQLiteStore(folder: $0, busyTimeout: 10)
        }
        for name in ["numbering.yaml", "area_codes.csv", "calendar.csv"] {
            try fixture.folder.write(try shipped("CN/\(name)"), to: "policy/CN/\(name)")
        }
        func extra(_ age: String) -> String {
            """
            pack: cn.extra
            jurisdiction: CN
            title: {en: m, zh: m}
            as_of: 2026-11-22
            zones: [Asia/Shanghai]
            purposes: [marketing, care, service, collection, fraud_alert, survey]
            any_hour: [marketing, care, service, collection, fraud_alert, survey]
            rules:
              - {id: x.fresh, kind: freshness, applies: {purposes: [survey]}, status: law, citation: c,
                 message: {en: m, zh: m}, parameters: {list: checked, greatest_age: \(age)}}
              - {id: x.elsewhere, kind: suppression, applies: {purposes: [care]}, status: law, citation: c,
                 message: {en: m, zh: m}, parameters: {any_of: [{list: elsewhere}]}}

            """
        }
        try fixture.folder.write(extra("3d"), to: "policy/CN/extra/pack.yaml")
        try fixture.folder.write("kept_by_gate: true\nregion: CN\n", to: "blocklists/checked/list.yaml")
        try fixture.folder.write(
            "kept_by_gate: true\nregion: CN\njurisdictions: [CN-BJ]\n", to: "blocklists/elsewhere/list.yaml")
        desk = try await Desk(fixture)
        for number in ["+862223456789", "+862223456780"] {
            let id = try await desk.gate.register(
                .callerIDs, body(#"{"number":"\#(number)","purposes":["all"],"filing_ref":"f1"}"#), by: desk.operations
            ).get()
            _ = await desk.gate.change("caller_id", id, .approval, body("{}"), by: desk.compliance)
        }
        var random = SeededGenerator(seed: 17)
        for index in 0..<decisions {
            switch index {
            case 50:
                let version = try await desk.upload("checked", ["+8613800000003"], .replace)
                _ = await desk.gate.activate("checked", version.number, rollback: false, by: desk.compliance)
            case 100:
                try fixture.folder.write(extra("30d"), to: "policy/CN/extra/pack.yaml")
                desk.gate.refresh()
            case 140: _ = try await desk.upload("checked", ["+8613800000004"], .add)
            case 160:
                _ = await desk.gate.register(.stops, body(#"{"purposes":["care"],"reason":"r"}"#), by: desk.operations)
            case 200:
                let csv = "# years: 2027\\ndate,kind,name\\n2027-01-01,holiday,m\\n"
                let id = try await desk.gate.register(
                    .calendars, body(#"{"calendar":"CN","csv":"\#(csv)"}"#), by: desk.operations
                ).get()
                _ = await desk.gate.change("calendar", id, .approval, body("{}"), by: desk.compliance)
                desk.gate.refresh()
            default: break
            }
            desk.clock.advance(.minutes(Int64.random(in: 0...150, using: &random)))
            await step(index, &random)
        }
        let entries = try desk.store.read { try $0.entries(after: 0, limit: 100_000) }
        snapshots = entries.count { $0.kind == .snapshot }
    }

    private mutating func step(_ index: Int, _ random: inout SeededGenerator) async {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        let phone = pick([
            "+8613800000001", "+8613800000002", "+8613800000003", "+8613800000004", "+861023456789", "+869912345678",
            "+12025550123", "+44", "13800000005", "+8640012345",
        ])
        let purpose = pick([
            "marketing", "care", "service", "collection", "survey", "fraud_alert", "fraud_alert", "fraud_alert",
        ])
        var more: [String] = []
        func maybe(_ member: String) { if Bool.random(using: &random) { more.append(member) } }
        more.append(#""caller_id":"\#(pick(["+862223456789", "+862223456789", "+862223456780", "4001234567"]))""#)
        maybe(#""mode":"\#(pick(["live", "predictive", "ai_voice"]))""#)
        maybe(#""product":"\#(pick(["wealth", "wealth", "other"]))""#)
        maybe(#""customer":"\#(pick(["C1", "C2"]))""#)
        if index % 6 != 0 { more.append(#""event":"\#(pick(["E1", "E2"]))""#) }
        if index % 5 == 0 { more.append(#""data_fields":["\#(pick(["name", "id_number_full", "other"]))"]"#) }
        if index % 7 == 0 { more.append(#""campaign":"c1""#) }
        if index % 3 == 0 {
            more.append(#""location":{"time_zone":"\#(pick(["America/New_York", "Asia/Urumqi"]))"}"#)
        }
        let told = await desk.decide(purpose, more.joined(separator: ","), phone: phone)
        guard let answer = told.answer else { return }
        kinds.formUnion(answer.record.judgement.reasons.map(\.kind))
        verdicts.insert(answer.verdict)
        if purpose == "fraud_alert" {
            for reason in answer.record.judgement.reasons { alerts[reason.rule, default: 0] += 1 }
        }
        if answer.verdict == .allow {
            let outcome = pick(["answered", "busy", "soft_refusal", "refused", "complained", "wrong_number"])
            _ = await desk.report(answer.record.id.description, outcome)
        } else if index % 4 == 0, phone.hasPrefix("+861380") {
            _ = try? await desk.consent(#""customer":"C1""#, phone: phone)
        }
    }
}
