import Calendars
import Foundation
import GateModel
import GateTesting
import PolicyPack
import RuleEngine
import Testing

/// What holds for every pack in every zone of its jurisdiction: tried on the packs' own cases, moved to random numbers and
/// instants.
@Suite struct WorldTests {
    static let jurisdictions = LawPage.jurisdictions(of: shippedPolicy)

    private static func cases(of jurisdiction: String) -> [PolicyCase] {
        shippedCases.filter { $0.key.hasPrefix(jurisdiction + "/") }.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// Every zone in which a number of the jurisdiction may lie, as its number plan and its cases know them.
    static func zones(of jurisdiction: String) -> [String] {
        let known = shippedPolicy.snapshot.subdivisionZones.filter {
            $0.key == jurisdiction || $0.key.hasPrefix(jurisdiction + "-")
        }
        let ofCases = jurisdiction.contains("-") ? [] : cases(of: jurisdiction).flatMap(\.call.number.zones)
        let all = Set(known.values.joined()).union(ofCases)
        return all.isEmpty ? Set(cases(of: jurisdiction).flatMap(\.call.number.zones)).sorted() : all.sorted()
    }

    /// One decision at random.
    struct Trial: CustomStringConvertible {
        var call: Call
        var facts: Facts
        var snapshot: PolicySnapshot
        var now: Instant
        var name: String

        var judgement: Judgement { judge(at: now) }
        var reference: ReferenceEvaluator {
            ReferenceEvaluator(call, facts, under: snapshot, zones: installedZones, now: now)
        }
        var description: String { "\(name), in \(call.number.zones) at \(now.rfc3339)" }

        func judge(at t: Instant) -> Judgement {
            evaluate(call, facts, under: snapshot, zones: installedZones, at: t)
        }
    }

    /// Cases as they stand, and for each zone of the jurisdiction cases with a number there and at another instant.
    private static func trials(
        _ jurisdiction: String, _ body: (Trial, inout SeededGenerator) -> Void
    ) {
        var random = SeededGenerator(seed: UInt64(jurisdiction.utf8.reduce(7) { $0 * 31 + Int($1) }))
        let all = cases(of: jurisdiction)
        func trial(_ policyCase: PolicyCase) -> Trial {
            let snapshot =
                policyCase.settings.isEmpty
                ? shippedPolicy.snapshot : shippedPolicy.snapshot.with(settings: policyCase.settings)
            return Trial(
                call: policyCase.call, facts: policyCase.facts, snapshot: snapshot, now: policyCase.at,
                name: policyCase.name)
        }
        for _ in 0..<6 {
            if let policyCase = all.randomElement(using: &random) { body(trial(policyCase), &random) }
        }
        let zones = zones(of: jurisdiction)
        for zone in zones {
            for _ in 0..<max(3, 14 / zones.count) {
                guard let policyCase = all.randomElement(using: &random) else { return }
                var trial = trial(policyCase)
                let days = Int64.random(in: 0...1, using: &random) == 0 ? Int64(3) : 365
                trial.now =
                    trial.now + .days(Int64.random(in: -days...days, using: &random))
                    + .seconds(Int64.random(in: 0..<86_400, using: &random))
                place(&trial.call, in: zone, of: jurisdiction, using: &random)
                body(trial, &random)
            }
        }
    }

    /// Gives the call a number that lies in that zone, and in a part of the country where that is known.
    private static func place(
        _ call: inout Call, in zone: String, of jurisdiction: String, using random: inout SeededGenerator
    ) {
        let parts = shippedPolicy.snapshot.subdivisionZones.filter { $0.value.contains(zone) }.keys.sorted()
        let inside = parts.filter { $0 == jurisdiction || $0.hasPrefix(jurisdiction + "-") }
        call.number.zones = [zone]
        call.number.subdivisions = inside.randomElement(using: &random).map { [$0] } ?? []
        call.location = Location()
        if let digits = call.number.e164?.digits {
            call.number.e164 = E164(digits: digits - digits % 10_000 + UInt64.random(in: 0..<10_000, using: &random))
        }
    }

    @Test(arguments: jurisdictions) func theReferenceGivesTheSameReasons(jurisdiction: String) {
        #expect(!WorldTests.zones(of: jurisdiction).isEmpty)
        WorldTests.trials(jurisdiction) { trial, _ in
            let found = trial.judgement.reasons.map { ReferenceEvaluator.Finding(rule: $0.rule, kind: $0.kind) }
            #expect(Set(found) == trial.reference.findings(at: trial.now), "\(trial)")
        }
    }

    @Test(arguments: jurisdictions) func aRetryIsAllowedAndTheSecondBeforeIsNot(jurisdiction: String) {
        WorldTests.trials(jurisdiction) { trial, random in
            guard let retryAt = trial.judgement.retryAt else { return }
            #expect(retryAt > trial.now && retryAt - trial.now <= retryHorizon)
            let reference = trial.reference
            #expect(reference.isAllowed(at: retryAt), "\(trial)")
            let before = retryAt - .seconds(1)
            if before >= trial.now { #expect(!reference.isAllowed(at: before), "\(trial)") }
            let earlier = Int64.random(in: 0..<(retryAt - trial.now).milliseconds, using: &random)
            #expect(!reference.isAllowed(at: trial.now + Span(milliseconds: earlier)), "\(trial)")
        }
    }

    /// Unless a holiday, a change of the clock or an effective date lies between.
    @Test(arguments: jurisdictions) func wholeWeeksLaterTheHoursAreTheSame(jurisdiction: String) {
        WorldTests.trials(jurisdiction) { original, random in
            var trial = original
            let later = trial.now + .days(7 * Int64.random(in: 1...6, using: &random))
            let packs = trial.snapshot.packs.filter { $0.jurisdiction.prefix(2) == jurisdiction.prefix(2) }
            let isOneLaw = packs.flatMap(\.rules).allSatisfy { rule in
                [rule.effectiveFrom, rule.effectiveUntil].allSatisfy { $0 <= trial.now || $0 > later }
            }
            let names = trial.call.number.zones + [trial.call.location.timeZone].compactMap { $0 }
            let zones = names.compactMap { installedZones.zone($0) } + packs.flatMap(\.zones)
            let isOneClock = zones.allSatisfy { $0.regimes(from: trial.now, until: later + .seconds(1)).count == 1 }
            let calendars = packs.compactMap(\.calendar).compactMap { trial.snapshot.calendars[$0] }
            let isOrdinary = zones.allSatisfy { zone in
                [trial.now, later].allSatisfy { instant in
                    [zone.date(at: instant), zone.date(at: instant).adding(days: 1)].allSatisfy { date in
                        calendars.allSatisfy { $0.days[date] == nil && $0.years.contains(Int(date.year)) }
                    }
                }
            }
            guard isOneLaw, isOneClock, isOrdinary else { return }
            // What is known of the person may begin or end meanwhile.
            trial.facts = Facts()
            func hours(_ t: Instant) -> Set<String> {
                Set(trial.judge(at: t).reasons.filter { $0.kind == .hours }.map(\.rule))
            }
            #expect(hours(trial.now) == hours(later), "\(trial)")
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
