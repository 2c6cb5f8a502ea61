import GateModel
import Suppression
import Testing

struct DifferenceTests {
    /// Two versions of a list, the later first.
    private func versions(
        _ definition: ListDefinition, _ earlier: String, _ later: String
    ) throws -> (later: ListSnapshot, earlier: ListSnapshot, fixture: Fixture) {
        let fixture = try Fixture()
        let first = try fixture.snapshot(definition, earlier)
        return (try fixture.snapshot(definition, later), first, fixture)
    }

    private func expect(
        _ definition: ListDefinition, _ earlier: String, _ later: String, added: Int, removed: Int, _ name: String
    ) throws {
        let (later, earlier, _) = try versions(definition, earlier, later)
        let difference = later.difference(from: earlier)
        #expect(difference == (added, removed), "\(name)")
        #expect(earlier.difference(from: later) == (removed, added), "\(name)")
        #expect(later.dropsAnything(of: earlier) == (removed > 0), "\(name)")
        #expect(earlier.dropsAnything(of: later) == (added > 0), "\(name)")
        #expect(later.difference(from: later) == (0, 0), "\(name)")
        #expect(!later.dropsAnything(of: later), "\(name)")
    }

    @Test func plainNumbersAreCountedAsSetsAre() throws {
        var random = SplitMix(seed: 20_260_301)
        for round in 0..<12 {
            // From sparse to full containers, under one to three high halves.
            let span = [1_000, 200_000, 70_000, 9_000_000_000][round % 4] as UInt64
            let share = UInt64([2, 3, 50][round % 3])
            var sets: [Set<UInt64>] = [[], []]
            for _ in 0..<20_000 {
                let number = 8_613_000_000_000 + random.next() % span
                if random.next() % share != 0 { sets[0].insert(number) }
                if random.next() % share != 0 { sets[1].insert(number) }
            }
            if round > 8 { sets[round % 2].insert(12_125_550_100) }
            let texts = sets.map { $0.map { "+\($0)\n" }.joined() }
            try expect(
                try list(), texts[0], texts[1], added: sets[1].subtracting(sets[0]).count,
                removed: sets[0].subtracting(sets[1]).count, "round \(round), seed 20260301")
        }
    }

    @Test func nothingBeforeMeansThatAllIsNew() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(
            try list(.suppress, .dated), "phone,category\n13800000001,\n13800000002,a\n+86170*,\n")
        #expect(snapshot.difference(from: nil) == (3, 0))
        let empty = ListSnapshot(emptyFor: try list())
        #expect(snapshot.difference(from: empty) == (3, 0))
        #expect(empty.difference(from: snapshot) == (0, 3))
        #expect(empty.dropsAnything(of: snapshot))
        #expect(!snapshot.dropsAnything(of: empty))
        #expect(!empty.dropsAnything(of: empty))
    }

    static let dated: [(name: String, earlier: String, later: String, added: Int, removed: Int)] = [
        ("the same", "13800000001,2026-01-01,2026-02-01,a", "13800000001,2026-01-01,2026-02-01,a", 0, 0),
        ("another number", "13800000001,2026-01-01,,a", "13800000002,2026-01-01,,a", 1, 1),
        ("ends later", "13800000001,2026-01-01,2026-02-01,a", "13800000001,2026-01-01,2026-03-01,a", 1, 0),
        ("starts later", "13800000001,2026-01-01,2026-02-01,a", "13800000001,2026-01-15,2026-02-01,a", 0, 1),
        ("moves on", "13800000001,2026-01-01,2026-02-01,a", "13800000001,2026-01-15,2026-03-01,a", 1, 1),
        ("another category", "13800000001,2026-01-01,,a", "13800000001,2026-01-01,,b", 1, 1),
        ("no category any more", "13800000001,2026-01-01,,a", "13800000001,2026-01-01,,", 1, 0),
        ("categories in another order", "13800000001,,,a\n13800000002,,,b", "13800000002,,,b\n13800000001,,,a", 0, 0),
        ("a second period", "13800000001,,2025-01-01,a", "13800000001,,2025-01-01,a\n13800000001,2026-01-01,,a", 1, 0),
        ("for ever", "13800000001,2026-01-01,2026-02-01,a", "13800000001,,,", 1, 0),
        ("no longer for ever", "13800000001,,,", "13800000001,,2026-02-01,", 0, 1),
        ("one prefix more", "+86170*,,,", "+86170*,,,\n+86171*,,,", 1, 0),
        ("a longer prefix", "+8617*,,,", "+86170*,,,", 1, 1),
        ("a prefix that ends", "+8617*,,,", "+8617*,,2026-02-01,", 0, 1),
        ("a prefix with the digits of a number", "+86170*,,,", "+86170,,,", 1, 1),
    ]

    @Test(arguments: dated.indices)
    func entriesWithAPeriodAreMissingWhereNoneSpansThem(_ index: Int) throws {
        let (name, earlier, later, added, removed) = Self.dated[index]
        let header = "phone,from,until,category\n"
        for effect in [ListDefinition.Effect.suppress, .exempt] {
            try expect(
                try list(effect, .dated), header + earlier, header + later, added: added, removed: removed, name)
        }
    }

    @Test func anotherAnswerIsBothAndALaterOneNeither() throws {
        let header = "phone,answer,received_at\n"
        let earlier = "13800000001,yes,2026-01-01\n13800000002,no,2026-01-01\n13800000003,no,2026-01-01\n"
        let later = "13800000001,yes,2026-02-01\n13800000002,yes,2026-01-01\n13800000004,no,2026-01-01\n"
        try expect(
            try list(.suppress, .dated, .asked), header + earlier, header + later, added: 2, removed: 2, "answers")
    }
}
