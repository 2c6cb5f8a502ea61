import Gate
import GateModel
import GateTesting
import Testing

/// However many ask at once, as many are allowed as the cap permits.
@Suite struct RaceTests {
    func counts(_ told: [String]) -> [String: Int] { told.reduce(into: [:]) { $0[$1, default: 0] += 1 } }

    func race(_ count: Int, _ body: @escaping @Sendable (Int) async -> String) async -> [String: Int] {
        await withTaskGroup(of: String.self) { group in
            for n in 0..<count { group.addTask { await body(n) } }
            var told: [String] = []
            for await text in group { told.append(text) }
            return counts(told)
        }
    }

    @Test func singleCallsRacingForOneNumber() async throws {
        let desk = try await Desk(attempts: 7)
        let told = await race(600) { _ in "\(await desk.decide())" }
        print("race, 600 single calls, cap 7:", told)
        #expect(told == ["allow": 7, "deny t.attempts": 593])
    }

    @Test func callsToManyNumbersRacingForOneCustomer() async throws {
        let desk = try await Desk(attempts: 5)
        let told = await race(300) { n in
            "\(await desk.decide("service", #""customer":"C1""#, phone: "+8613800000\(100 + n)"))"
        }
        print("race, 300 numbers of one customer, cap 5:", told)
        #expect(told == ["allow": 5, "deny t.attempts": 295])
    }

    @Test func batchesRacingForOneNumber() async throws {
        let desk = try await Desk(attempts: 7)
        let told = await race(20) { n in
            let calls = (0..<25).map { #"{"phone":"\#(Desk.phone)","purpose":"service","request_id":"b\#(n)-\#($0)"}"# }
            let answers =
                (try? await desk.gate.decideBatch(
                    body(#"{"calls":[\#(calls.joined(separator: ","))]}"#), by: desk.dialer
                ).get()) ?? []
            return answers.map { "\(Told($0))" }.filter { $0 == "allow" }.map { _ in "+" }.joined()
                + "/\(answers.count)"
        }
        let allows = told.reduce(0) { $0 + $1.key.filter { $0 == "+" }.count * $1.value }
        print("race, 20 batches of 25, cap 7: \(allows) allowed")
        #expect(allows == 7)
        #expect(told.keys.allSatisfy { $0.hasSuffix("/25") })
    }

    @Test func equalRequestIDsRacing() async throws {
        let desk = try await Desk(attempts: 3)
        let told = await race(300) { n in
            let told = await desk.decide("service", #""request_id":"same-\#(n % 2)""#)
            return told.answer.map { "\(told) \($0.record.id)" } ?? "\(told)"
        }
        print("race, 300 calls of 2 request ids, cap 3:", told.values.sorted())
        #expect(told.count == 2 && told.values.sorted() == [150, 150])
        #expect(told.keys.allSatisfy { $0.hasPrefix("allow") })
        #expect("\(await desk.decide())" == "allow")
        #expect("\(await desk.decide())" == "deny t.attempts")
    }

    @Test func fourInstancesRacingForOneNumber() async throws {
        let desk = try await Desk(attempts: 7)
        let desks = [desk] + (try (0..<3).map { _ in try Desk(reopening: desk) })
        let told = await race(400) { n in "\(await desks[n % 4].decide())" }
        print("race, 4 instances, 400 calls, cap 7:", told)
        #expect(told == ["allow": 7, "deny t.attempts": 393])
        let entries = try desk.store.read { try $0.entries(after: 0, limit: 2000) }
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
        #expect(entries.filter { $0.kind == .allow }.count == 7)
    }

    /// Replacing in a race: never more open attempts than the cap, and none is replaced twice.
    @Test func replacementsRacing() async throws {
        let desk = try await Desk(attempts: 1)
        let id = try await desk.allow()
        let told = await race(100) { _ in "\(await desk.decide("service", #""replaces":"\#(id)""#))" }
        print("race, 100 replacements of one allow:", told)
        #expect(told == ["allow": 1, "cannot-replace": 99])
    }

    /// A task that is cancelled leaves its decision recorded; the cap counts it.
    @Test func cancelledTasksDoNotPassACap() async throws {
        let desk = try await Desk(attempts: 3)
        let tasks = (0..<40).map { _ in Task { "\(await desk.decide())" } }
        for task in tasks { task.cancel() }
        var told: [String] = []
        for task in tasks { told.append(await task.value) }
        #expect(counts(told) == ["allow": 3, "deny t.attempts": 37])
    }

    @Test func whatWaitsWhenTheGateStopsIsDoneOrRefusedNeverLost() async throws {
        let desk = try await Desk(attempts: 1000)
        async let told = race(500) { _ in "\(await desk.decide())" }
        await Task.yield()
        desk.gate.stop()
        let counted = await told
        let allowed = counted["allow"] ?? 0
        #expect(allowed + (counted["unavailable"] ?? 0) == 500)
        #expect(
            try desk.store.read { try $0.entries(after: 0, limit: 2000) }.filter { $0.kind == .allow }.count == allowed)
    }
}
