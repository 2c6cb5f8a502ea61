import Calendars
import Foundation
import GateModel
import PolicyPack
import RuleEngine

// Prints what one evaluation costs with every pack loaded and with the packs of the call's own country alone, side by side
// in one process: a pack that does not apply should cost nothing.

/// A call of a case that concerns one jurisdiction, with what is known of it.
private struct Question {
    var call: Call
    var facts: Facts
    var at: Instant
}

/// One policy and the cases of one country under it.
private struct Bench {
    let policy: LoadedPolicy
    let allowed: [Question]
    let denied: [Question]

    init(_ policy: LoadedPolicy, cases: [PolicyCase]) {
        self.policy = policy
        var (allowed, denied): ([Question], [Question]) = ([], [])
        for policyCase in cases where policyCase.settings.isEmpty {
            let question = Question(call: policyCase.call, facts: policyCase.facts, at: policyCase.at)
            let judgement = evaluate(
                question.call, question.facts, under: policy.snapshot, zones: policy.zones, at: question.at)
            guard judgement.jurisdictions.count == 1 else { continue }
            if judgement.verdict == .allow { allowed.append(question) } else { denied.append(question) }
        }
        (self.allowed, self.denied) = (allowed, denied)
    }

    /// Microseconds of processor time for each evaluation.
    func time(_ questions: [Question], rounds: Int) -> Double {
        let begun = processorTime()
        for _ in 0..<rounds {
            for question in questions {
                let judgement = evaluate(
                    question.call, question.facts, under: policy.snapshot, zones: policy.zones, at: question.at)
                if judgement.jurisdictions.isEmpty { fatalError("no pack speaks of it") }
            }
        }
        return (processorTime() - begun) * 1e6 / Double(rounds * questions.count)
    }
}

/// Seconds that this thread ran; other work of the machine does not count.
private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

do {
    let folder = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "policy"
    let zones = try ZoneDatabase()
    let files = try PolicyFiles(folder: folder)
    let tests = try PackTests(folder: folder).texts
    let all = try files.load(zones: zones, tzdata: zones.version)
    print(
        "\(all.snapshot.packs.count + 1) packs; µs of processor time for each evaluation, all packs / its country's own / ratio"
    )
    for country in Set(all.snapshot.packs.map { String($0.jurisdiction.prefix(2)) }).sorted() {
        let own = try PolicyFiles(
            bytes: files.bytes.filter { $0.key.hasPrefix("core/") || $0.key.hasPrefix(country) }
        ).load(zones: zones, tzdata: zones.version)
        let texts = tests.filter { $0.key.hasPrefix(country + "/") }.sorted { $0.key < $1.key }.map(\.value)
        let benches = try [all, own].map { policy in
            Bench(policy, cases: try texts.flatMap { try policy.cases(yaml: $0) })
        }
        var line = country
        for (name, questions) in [("allow", \Bench.allowed), ("deny", \Bench.denied)] {
            guard benches.allSatisfy({ !$0[keyPath: questions].isEmpty }) else { continue }
            let rounds = max(1, 4000 / benches[0][keyPath: questions].count)
            // In turns, so that whatever else the machine does meets both.
            let times = (0..<21).map { _ in benches.map { $0.time($0[keyPath: questions], rounds: rounds) } }
            let (full, alone) = (median(times.map { $0[0] }), median(times.map { $0[1] }))
            line += String(format: "  %@ %.2f / %.2f / %.2f", name, full, alone, full / alone)
        }
        print(line)
    }
} catch {
    print("\(error)")
    exit(1)
}
