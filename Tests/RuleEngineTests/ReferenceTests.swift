import GateModel
import GateTesting
import PolicyPack
import RuleEngine
import Testing

/// The evaluator against a second one that works by brute force, on random calls.
@Suite struct ReferenceTests {
    enum Country: String, CaseIterable {
        case china, madeUp

        var policy: LoadedPolicy { self == .china ? shippedPolicy : MadeUpCountry.policy }

        var numbers: [NumberReading] {
            switch self {
            case .china:
                return ["13800000001", "13800000002", "02223001234", "4001234567", "12345"].map {
                    policy.numbers.read($0, region: "CN")
                }
            case .madeUp:
                let zones = [
                    ["America/New_York"], ["America/New_York", "America/Chicago"], [],
                    ["America/New_York", "Asia/Tokyo"],
                ]
                return zones.map { MadeUpCountry.number(zones: $0) } + [
                    MadeUpCountry.number(999_200_000_042), MadeUpCountry.number(type: .fixedLine),
                    MadeUpCountry.number(subdivisions: ["ZZ-S"]),
                    MadeUpCountry.number(subdivisions: ["ZZ-N"], zones: ["America/Chicago"]),
                    MadeUpCountry.number(type: .invalid, category: "odd"),
                ]
            }
        }

        /// Weeks with holidays and changes of the clock in them.
        var days: ClosedRange<Instant> {
            self == .china
                ? instant("2026-09-20T00:00:00Z")...instant("2027-01-03T00:00:00Z")
                : instant("2026-10-20T00:00:00Z")...instant("2027-04-01T00:00:00Z")
        }

        /// The same policy with every switch at random.
        func snapshot(_ random: inout SeededGenerator) -> PolicySnapshot {
            let names =
                policy.snapshot.core.settings.keys.sorted()
                + policy.snapshot.packs.flatMap { $0.settings.keys.sorted() }
            var settings: [String: Bool] = [:]
            for name in names { settings[name] = random.chance(50) }
            return policy.snapshot.with(settings: settings)
        }
    }

    /// One random decision.
    struct Trial: CustomStringConvertible {
        var call: Call
        var facts: Facts
        var snapshot: PolicySnapshot
        var now: Instant
        var judgement: Judgement
        var reference: ReferenceEvaluator

        func judge(at t: Instant) -> Judgement {
            evaluate(call, facts, under: snapshot, zones: installedZones, at: t)
        }

        var description: String { "at \(now.rfc3339) \(call) \(facts) → \(judgement)" }
    }

    static func trials(_ country: Country, seed: UInt64, count: Int, _ body: (Trial, inout SeededGenerator) -> Void) {
        var random = SeededGenerator(seed: seed)
        var calls = RandomCalls(
            random: SeededGenerator(seed: seed &+ 1), policy: country.policy, numbers: country.numbers,
            days: country.days)
        let snapshots = (0..<6).map { _ in country.snapshot(&random) } + [country.policy.snapshot]
        for _ in 0..<count {
            let isTame = random.chance(50)
            let call = isTame ? calls.tameCall() : calls.call()
            let now = calls.instant()
            let facts = isTame ? calls.tameFacts(for: call, at: now) : calls.facts(for: call, at: now)
            let snapshot = random.pick(snapshots)
            let judgement = evaluate(call, facts, under: snapshot, zones: installedZones, at: now)
            let reference = ReferenceEvaluator(call, facts, under: snapshot, zones: installedZones, now: now)
            body(
                Trial(
                    call: call, facts: facts, snapshot: snapshot, now: now, judgement: judgement, reference: reference),
                &random)
        }
    }

    static let seeds: [UInt64] = [11, 23]

    @Test(arguments: Country.allCases, seeds) func givesTheSameReasons(country: Country, seed: UInt64) {
        ReferenceTests.trials(country, seed: seed, count: 1500) { trial, _ in
            let found = Set(trial.judgement.reasons.map { ReferenceEvaluator.Finding(rule: $0.rule, kind: $0.kind) })
            let expected = trial.reference.findings(at: trial.now)
            #expect(found == expected, "seed \(seed): \(trial)")
            #expect((trial.judgement.verdict == .allow) == expected.isEmpty)
            #expect((trial.judgement.verdict == .allow) == (trial.judgement.validUntil != nil))
        }
    }

    @Test(arguments: Country.allCases, seeds) func retryIsTheEarliestAllowedInstant(country: Country, seed: UInt64) {
        var found = 0
        ReferenceTests.trials(country, seed: seed &+ 100, count: 500) { trial, random in
            guard trial.judgement.verdict == .deny else { return }
            let edges = trial.reference.factEdges
            if let retryAt = trial.judgement.retryAt {
                found += 1
                #expect(retryAt > trial.now && retryAt - trial.now <= retryHorizon)
                #expect(trial.reference.isAllowed(at: retryAt), "seed \(seed): \(trial)")
                let justBefore = retryAt - Span(milliseconds: 1)
                #expect(!trial.reference.isAllowed(at: justBefore), "seed \(seed): \(trial)")
                let windows = trial.reference.windowEdges(
                    days: min(20, Int((retryAt - trial.now).milliseconds / 86_400_000) + 1))
                for edge in random.some(edges + windows, percent: 50) where edge < retryAt && edge > trial.now {
                    #expect(!trial.reference.isAllowed(at: edge), "\(edge.rfc3339) is earlier, seed \(seed): \(trial)")
                }
            } else {
                let sample = edges + random.some(trial.reference.windowEdges(days: 60), percent: 10)
                for edge in sample where edge > trial.now {
                    // Facts that a source holds back are not judged again: they stay away.
                    #expect(!trial.reference.isAllowed(at: edge), "\(edge.rfc3339) is allowed, seed \(seed): \(trial)")
                }
            }
        }
        #expect(found > 50)
    }

    @Test(arguments: Country.allCases, seeds) func staysAllowedUntilTheEndOfThePermit(country: Country, seed: UInt64) {
        var allowed = 0
        ReferenceTests.trials(country, seed: seed &+ 200, count: 1500) { trial, random in
            guard let end = trial.judgement.validUntil else { return }
            allowed += 1
            #expect(end >= trial.now && end - trial.now <= .seconds(300))
            let length = (end - trial.now).milliseconds
            guard length > 0 else { return }
            for t in [
                end - Span(milliseconds: 1),
                trial.now + Span(milliseconds: Int64.random(in: 0..<length, using: &random)),
            ] {
                #expect(trial.judge(at: t).verdict == .allow, "at \(t.rfc3339), seed \(seed): \(trial)")
            }
        }
        #expect(allowed > 50)
    }

    @Test(arguments: Country.allCases, seeds) func aSuppressionMoreNeverAllows(country: Country, seed: UInt64) {
        ReferenceTests.trials(country, seed: seed &+ 300, count: 1000) { trial, random in
            var facts = trial.facts
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                facts.optOuts.append(
                    OptOut(purposes: .all, strength: random.pick(RefusalStrength.allCases), at: trial.now))
            case 1: facts.complaints.append(Complaint(receivedAt: trial.now))
            case 2:
                facts.listRecords.append(ListRecord(list: random.pick(["deceased", "internal-dnc"]), at: trial.now))
            case 3: facts.lists["street"] = ListFact(isListed: true)
            case 4:
                var stop = Stop()
                stop.purposes = [trial.call.purpose]
                facts.stops.append(stop)
            default:
                for index in facts.consents.indices where random.chance(50) {
                    facts.consents[index].withdrawnAt = trial.now
                }
            }
            let after = evaluate(trial.call, facts, under: trial.snapshot, zones: installedZones, at: trial.now)
            #expect(trial.judgement.verdict == .allow || after.verdict == .deny, "seed \(seed): \(trial)")
            if let before = trial.judgement.retryAt, after.verdict == .deny, let retryAt = after.retryAt {
                #expect(retryAt >= before)
            }
        }
    }

    @Test(arguments: Country.allCases) func givesTheSameAnswerTwice(country: Country) {
        ReferenceTests.trials(country, seed: 5, count: 200) { trial, _ in
            #expect(trial.judge(at: trial.now) == trial.judgement)
        }
    }
}
