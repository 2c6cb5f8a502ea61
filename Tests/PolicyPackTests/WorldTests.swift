import Calendars
import Foundation
import GateModel
import GateTesting
import PolicyPack
import RuleEngine
import Testing

/// What holds for every pack: tried on the packs' own cases, moved to random instants.
@Suite struct WorldTests {
    static let jurisdictions = LawPage.jurisdictions(of: shippedPolicy)

    private static func cases(of jurisdiction: String) -> [PolicyCase] {
        shippedCases.filter { $0.key.hasPrefix(jurisdiction + "/") }.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// Some of the cases, each at its own instant and at another within a year.
    private static func trials(
        _ jurisdiction: String, _ body: (PolicyCase, PolicySnapshot, Instant, Judgement, ReferenceEvaluator) -> Void
    ) {
        var random = SeededGenerator(seed: UInt64(jurisdiction.utf8.reduce(7) { $0 * 31 + Int($1) }))
        let all = cases(of: jurisdiction)
        for _ in 0..<14 {
            guard let policyCase = all.randomElement(using: &random) else { return }
            let snapshot =
                policyCase.settings.isEmpty
                ? shippedPolicy.snapshot : shippedPolicy.snapshot.with(settings: policyCase.settings)
            let days = Int64.random(in: -180...180, using: &random)
            let elsewhere = policyCase.at + .days(days) + .minutes(Int64.random(in: 0..<1440, using: &random))
            for now in [policyCase.at, elsewhere] {
                let (call, facts) = (policyCase.call, policyCase.facts)
                body(
                    policyCase, snapshot, now, evaluate(call, facts, under: snapshot, zones: installedZones, at: now),
                    ReferenceEvaluator(call, facts, under: snapshot, zones: installedZones, now: now))
            }
        }
    }

    @Test(arguments: jurisdictions) func theReferenceGivesTheSameReasons(jurisdiction: String) {
        WorldTests.trials(jurisdiction) { policyCase, _, now, judgement, reference in
            let found = Set(judgement.reasons.map { ReferenceEvaluator.Finding(rule: $0.rule, kind: $0.kind) })
            #expect(found == reference.findings(at: now), "\(policyCase.name) at \(now.rfc3339)")
        }
    }

    @Test(arguments: jurisdictions) func aRetryIsAllowedAndTheSecondBeforeIsNot(jurisdiction: String) {
        WorldTests.trials(jurisdiction) { policyCase, _, now, judgement, reference in
            guard let retryAt = judgement.retryAt else { return }
            #expect(retryAt > now && retryAt - now <= retryHorizon)
            #expect(reference.isAllowed(at: retryAt), "\(policyCase.name) at \(now.rfc3339)")
            let before = retryAt - .seconds(1)
            if before >= now { #expect(!reference.isAllowed(at: before), "\(policyCase.name) at \(now.rfc3339)") }
        }
    }

    /// Unless a holiday, a change of the clock or an effective date lies between.
    @Test(arguments: jurisdictions) func aWeekLaterTheHoursAreTheSame(jurisdiction: String) {
        WorldTests.trials(jurisdiction) { policyCase, snapshot, now, judgement, _ in
            let (call, later) = (policyCase.call, now + .days(7))
            let zones = call.number.zones.compactMap { installedZones.zone($0) }
            let rules = snapshot.packs.flatMap(\.rules)
            let isOneLaw = rules.allSatisfy { rule in
                [rule.effectiveFrom, rule.effectiveUntil].allSatisfy { $0 <= now || $0 > later }
            }
            let isOneClock = zones.allSatisfy { zone in
                (0...14).allSatisfy { zone.offset(at: now) == zone.offset(at: now + .hours(Int64($0) * 12)) }
            }
            let isOrdinary = zones.allSatisfy { zone in
                [now, later, now + .days(1), later + .days(1)].allSatisfy { instant in
                    snapshot.calendars.values.allSatisfy { $0.days[zone.date(at: instant)] == nil }
                }
            }
            guard isOneLaw, isOneClock, isOrdinary else { return }
            func hours(_ judgement: Judgement) -> Set<String> {
                Set(judgement.reasons.filter { $0.kind == .hours }.map(\.rule))
            }
            var facts = policyCase.facts
            (facts.consents, facts.relationships, facts.appointments, facts.lists) = ([], [], [], [:])
            let (here, there) = (
                evaluate(call, facts, under: snapshot, zones: installedZones, at: now),
                evaluate(call, facts, under: snapshot, zones: installedZones, at: later)
            )
            #expect(hours(here) == hours(there), "\(policyCase.name) at \(now.rfc3339)")
        }
    }

    @Test func thePagesOfTheLawAreCurrent() throws {
        let folder = policyFolder + "/../docs/law"
        let pages = LawPage.files(of: shippedPolicy)
        let found = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(found) == Set(pages.keys), "run `callgate policy explain --output docs/law`")
        for (name, text) in pages {
            let written = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            #expect(written == text, "docs/law/\(name) is stale: run `callgate policy explain --output docs/law`")
        }
    }

    @Test func aPageShowsOnlyThePurposeAskedForAndTheCountryAround() throws {
        let page = try #require(
            LawPage(shippedPolicy, language: .english).text(jurisdiction: "US-FL", purpose: "marketing"))
        #expect(page.contains("us.fl.hours") && page.contains("us.federal.tcpa.hours"))
        #expect(!page.contains("regf.7in7"))
        #expect(LawPage(shippedPolicy, language: .chinese).text(jurisdiction: "US-FL")?.contains("依据") == true)
        #expect(LawPage(shippedPolicy, language: .english).text(jurisdiction: "ZZ") == nil)
    }
}

/// Numbers whose place is not one.
@Suite struct PlaceTests {
    private func read(_ number: String, region: String? = nil) -> NumberReading {
        shippedPolicy.numbers.read(number, region: region)
    }

    @Test(arguments: [
        ("+12125550142", "US", ["US-NY"], ["America/New_York"]),
        ("+17295550142", "US", ["US-TN"], ["America/Chicago", "America/New_York"]),
        ("+14485550142", "US", ["US-FL"], ["America/Chicago", "America/New_York"]),
        ("+17875550142", "US", ["US-PR"], ["America/Puerto_Rico"]),
        ("+14165550142", "CA", ["CA-ON"], ["America/Toronto"]),
        ("+18005550142", "US", [], []),
        ("+262262123456", "FR", ["FR-974"], ["Indian/Reunion"]),
        ("+262639123456", "FR", ["FR-976"], ["Indian/Mayotte"]),
        ("+5592912345678", "BR", ["BR-AM"], ["America/Manaus"]),
        ("+33199000042", "FR", [], ["Europe/Paris"]),
    ])
    func isReadFromThePlans(number: String, region: String, subdivisions: [String], zones: [String]) {
        let reading = read(number)
        #expect(reading.region == region)
        #expect(reading.subdivisions == subdivisions)
        #expect(Set(reading.zones) == Set(zones))
        #expect(reading.type != .invalid)
    }

    @Test func aNationalFormOfASharedCallingCodeFallsUnderItsPlan() {
        #expect(read("(212) 555-0142", region: "US").e164?.description == "+12125550142")
        #expect(read("1 729 555 0142", region: "US").subdivisions == ["US-TN"])
        #expect(read("729-555-0142", region: "US").subdivisions == ["US-TN"])
        #expect(read("(416) 555-0142", region: "US").region == "CA")
    }

    @Test func aNumberOfNoPlanStaysWhatItIs() {
        #expect(read("+18765550142").region == "JM")
        #expect(read("+15005550142").type == .personalNumber)
        #expect(read("+18005550142").type == .tollFree)
    }
}
