import Gate
import GateModel

/// What was on record when a decision was made, in lines that people read.
struct FactsSeen {
    let rows: [Content]

    init(_ facts: Facts, _ visit: Visit) {
        func when(_ instant: Instant?) -> String {
            instant.map { visit.time($0)?["text"] as? String ?? "" } ?? "–"
        }
        func words(_ scope: Scope) -> String { scope.words.map { visit.word("purpose", $0) }.joined(separator: ", ") }
        var rows: [Content] = []
        func add(_ name: String, _ values: [String]) {
            rows.append(["name": visit.say(name), "values": values.isEmpty ? [visit.say("none")] : values])
        }
        add(
            "seen_consents",
            facts.consents.map { consent in
                let ended = consent.withdrawnAt.map { " · \(visit.say("seen_withdrawn")) \(when($0))" } ?? ""
                return "\(words(consent.purposes)) · \(consent.products.words.joined(separator: ", ")) · "
                    + "\(visit.word("form", consent.form)) · \(when(consent.obtainedAt))\(ended)"
            })
        add(
            "seen_opt_outs",
            facts.optOuts.map { optOut in
                let ended = optOut.liftedAt.map { " · \(visit.say("stop_lifted")) \(when($0))" } ?? ""
                return
                    "\(words(optOut.purposes)) · \(visit.word("strength", optOut.strength.rawValue)) · \(when(optOut.at))\(ended)"
            })
        add(
            "seen_lists",
            facts.lists.sorted { $0.key < $1.key }.map { name, list in
                let state =
                    switch list.state {
                    case .inForce: list.isListed ? "seen_listed" : "seen_not_listed"
                    case .stale: "seen_stale"
                    case .missing: "seen_missing"
                    case .uncovered: "seen_uncovered"
                    }
                return "\(name): \(visit.say(state))" + (list.asOf.map { " (\(when($0)))" } ?? "")
            } + facts.listRecords.map { "\($0.list): \(visit.say("seen_record")) \(when($0.at))" })
        add(
            "seen_attempts",
            facts.attempts.suffix(20).map { attempt in
                "\(when(attempt.at)) · \(visit.word("purpose", attempt.purpose)) · "
                    + visit.word("outcome", attempt.outcome ?? "open")
            })
        add("seen_complaints", facts.complaints.map { when($0.receivedAt) })
        add("seen_stops", facts.stops.map { $0.reason ?? $0.id ?? "–" })
        if !facts.emergencies.isEmpty {
            add("seen_emergencies", facts.emergencies.map { "\($0.subdivision) · \(when($0.from)) – \(when($0.to))" })
        }
        if let rate = facts.abandonmentRate {
            add("seen_abandonment", ["\(rate)" + (facts.abandonmentAsOf.map { " (\(when($0)))" } ?? "")])
        }
        if !facts.relationships.isEmpty {
            add("seen_relationships", facts.relationships.map { "\($0.kind) · \(when($0.lastAt))" })
        }
        if !facts.appointments.isEmpty {
            add("seen_appointments", facts.appointments.map { "\(when($0.from)) – \(when($0.to))" })
        }
        if !facts.unavailable.isEmpty {
            add("seen_unavailable", facts.unavailable.map { visit.word("source", $0.rawValue) }.sorted())
        }
        self.rows = rows
    }
}
