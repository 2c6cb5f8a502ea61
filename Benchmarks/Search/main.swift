import Calendars
import Foundation
import Gate
import GateModel
import GateTesting
import Logging
import StorageSQLite

// Fills the data folder's log with decisions made of those that are in it; `scripts/bench-search` puts the steps together.
guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]), count > 0 else {
    print("bench-search DATA COUNT; reads ./policy and ./blocklists")
    exit(2)
}
let data = CommandLine.arguments[1]
var logger = Logger(label: "bench")
logger.logLevel = .error
do {
    let store = try SQLiteStore(folder: data)
    let gate = try Gate(
        options: GateOptions(data: data, policy: "policy", blocklists: "blocklists", defaultRegion: "CN"), store: store,
        keyFile: KeyFile.open(path: data + ".keys", mayCreate: false), zones: ZoneDatabase(),
        clock: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }, logger: logger)
    let copies = try DecisionCopies(gate: gate)
    var random = SeededGenerator(seed: 1)
    // Two million a day, to half as many numbers as there are decisions.
    let step = 86_400_000.0 / 2_000_000
    let start = copies.last
    let numbers = UInt64(max(1000, count / 2))
    let begun = ContinuousClock.now
    var done = 0
    while done < count {
        // What is not indexed is held in memory.
        if done % 200_000 == 0 { while try store.maintain() > 0 {} }
        let portion = min(2000, count - done)
        var choice = SeededGenerator(seed: UInt64(done))
        try copies.record(portion, using: &random) { call in
            defer { done += 1 }
            func pick(_ below: Int) -> Int { Int.random(in: 0..<below, using: &choice) }
            let number = choice.next() % numbers
            call.number.e164 = E164(digits: 86_13_000_000_000 + number * 7919 % 1_000_000_000)
            call.phone = call.number.e164?.description ?? ""
            call.customer = number % 10 < 7 ? "C-\(number)" : nil
            call.agent = "A\(pick(2000))"
            call.campaign = call.campaign.map { _ in "campaign-\(pick(40))" }
            if pick(10) == 0 { call.vendor = "vendor-\(pick(5))" }
            let outcome = ["no_answer", "answered", "busy", "refused", nil][min(pick(9), 4)]
            return (
                start + Span(milliseconds: Int64(Double(done + 1) * step)), "bench-\(number % 7)-\(done)", outcome
            )
        }
    }
    while try store.maintain() > 0 {}
    let took = begun.duration(to: .now) / .seconds(1)
    print("filled       \(Int(Double(count) / took)) decisions/s recorded and indexed")
    try store.close()
} catch {
    print("\(error)")
    exit(1)
}
