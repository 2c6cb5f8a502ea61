import GateModel
import Ledger
import Storage

/// What every driver must do, as checks that throw where it does not. Run on the real thing; `open` opens the same
/// database again, as another process would.
public struct StorageConformance {
    public struct Violation: Error, CustomStringConvertible {
        public var description: String
    }

    let open: () throws -> any Store

    public init(open: @escaping () throws -> any Store) { self.open = open }

    public static let checks: [(name: String, run: @Sendable (StorageConformance) throws -> Void)] = [
        ("appends in order", { try $0.appendsInOrder() }),
        ("finds by key before and after maintain", { try $0.findsByKey() }),
        ("finds by many keys at once", { try $0.findsByManyKeys() }),
        ("leaves nothing of what throws", { try $0.leavesNothing() }),
        ("shows only what is committed", { try $0.showsOnlyCommitted() }),
        ("shares one log between instances", { try $0.sharesOneLog() }),
        ("keeps secrets and pins", { try $0.keepsSecretsAndPins() }),
        ("knows the open attempts", { try $0.knowsOpenAttempts() }),
        ("finds and counts decisions by their terms", { try $0.findsDecisions() }),
        ("holds everything when opened again", { try $0.holdsWhenOpenedAgain() }),
    ]

    // MARK: Words of the checks

    public static func key(_ n: Int) -> LookupKey { LookupKey(high: UInt64(n), low: ~UInt64(n)) }

    public static func entry(
        _ sequence: Int64, _ kind: EntryKind = .deny, keys: [Int] = [], settles: Int64? = nil, at: Int64 = 0
    ) -> StoredEntry {
        let id = EntryID(
            at: Instant(milliseconds: at), sequence: sequence, noise: UInt32(truncatingIfNeeded: sequence &* 77))
        let core = EntryCore(
            kind: kind, id: id, at: Instant(milliseconds: at), actor: "k", body: [UInt8(truncatingIfNeeded: sequence)],
            binding: .keys([]))
        return StoredEntry(
            sequence: sequence, kind: kind, core: core.bytes, personal: sequence % 3 == 0 ? [1, 2, 3] : nil,
            subject: sequence % 3 == 0 ? sequence : nil, keys: keys.map(key), settles: settles)
    }

    @discardableResult
    public static func append(
        _ store: any Store, keys: [Int] = [], _ kind: EntryKind = .deny, settles: Int64? = nil, at: Int64 = 0
    )
        throws -> Int64
    {
        try store.commit { transaction in
            let sequence = try transaction.head() + 1
            try transaction.append(entry(sequence, kind, keys: keys, settles: settles, at: at))
            return sequence
        }
    }

    private func expect(_ condition: Bool, _ what: String) throws {
        if !condition { throw Violation(description: what) }
    }

    private func found(_ store: any Store, _ key: Int) throws -> [Int64] {
        try store.read { try $0.entries(by: StorageConformance.key(key)).map(\.sequence) }
    }

    private func maintain(_ store: any Store) throws { while try store.maintain() > 0 {} }

    // MARK: Checks

    private func appendsInOrder() throws {
        let store = try open()
        defer { try? store.close() }
        try expect(try store.read { try $0.head() } == 0, "an empty log has head 0")
        let written = (1...25).map { StorageConformance.entry(Int64($0), keys: [$0 % 4]) }
        try store.commit { transaction in
            for entry in written {
                try transaction.append(entry)
                try expect(try transaction.head() == entry.sequence, "the head follows each append")
            }
        }
        let (all, middle, back, none) = try store.read { reading in
            (
                try reading.entries(after: 0, limit: 100), try reading.entries(after: 10, limit: 5),
                try reading.entries(before: 10, limit: 3), try reading.entry(26)
            )
        }
        try expect(all == written, "every entry comes back as it was, in order")
        try expect(middle.map(\.sequence) == [11, 12, 13, 14, 15], "entries after")
        try expect(back.map(\.sequence) == [9, 8, 7], "entries before")
        try expect(none == nil, "no entry where there is none")
        let isRefused = (try? store.commit { try $0.append(written[3]) }) == nil
        try expect(isRefused, "a sequence is never written twice")
    }

    private func findsByKey() throws {
        let store = try open()
        defer { try? store.close() }
        for n in 1...60 { try StorageConformance.append(store, keys: [n % 3, 100 + n]) }
        let expected = stride(from: Int64(1), through: 60, by: 3).map { $0 }
        try expect(try found(store, 1) == expected, "by key before maintain")
        try expect(try found(store, 7777).isEmpty, "nothing by a key of nobody")
        try maintain(store)
        try expect(try found(store, 1) == expected, "by key after maintain")
        try StorageConformance.append(store, keys: [1, 1000])
        try expect(try found(store, 1) == expected + [61], "old and new together")
        try maintain(store)
        try maintain(store)
        try expect(try found(store, 1) == expected + [61], "after maintain again")
        try expect(try found(store, 130) == [30], "a key of one entry")
        let inside = try store.commit { transaction in
            try transaction.append(StorageConformance.entry(62, keys: [1]))
            return try transaction.entries(by: StorageConformance.key(1)).map(\.sequence)
        }
        try expect(inside == expected + [61, 62], "a transaction finds what it appended")
    }

    private func findsByManyKeys() throws {
        let store = try open()
        defer { try? store.close() }
        let asked = [5, 3, 7777, 3, 101, 1, 2, 160].map(StorageConformance.key)
        func check(_ reading: any StoreReading, _ when: String) throws {
            let together = try reading.entries(by: asked)
            try expect(together == (try asked.map { try reading.entries(by: $0) }), "each key's entries \(when)")
            let secrets = try reading.secrets([2, 99, 1, 2])
            try expect(
                secrets == (try [2, 99, 1, 2].map { try reading.secret($0) }), "each subject's secret \(when)")
            try expect(try reading.entries(by: [] as [LookupKey]).isEmpty, "nothing by no key \(when)")
        }
        for n in 1...60 {
            try StorageConformance.append(store, keys: [n % 7, 100 + n])
            if n == 40 { try maintain(store) }
        }
        try store.commit { transaction in
            _ = try (transaction.addSubject([1]), transaction.addSubject([2, 2]))
        }
        try store.read { try check($0, "of what is indexed and what is not") }
        try store.commit { transaction in
            try transaction.append(StorageConformance.entry(61, keys: [3, 160]))
            try check(transaction, "inside a transaction")
            try expect(
                try transaction.entries(by: asked)[7].map(\.sequence) == [60, 61], "what it appended is among them")
        }
        try maintain(store)
        try store.read { try check($0, "after maintain") }
    }

    private struct Stop: Error {}

    private func leavesNothing() throws {
        let store = try open()
        defer { try? store.close() }
        try StorageConformance.append(store, keys: [1])
        for _ in 0..<3 {
            do {
                try store.commit { transaction in
                    try transaction.append(StorageConformance.entry(2, keys: [1, 2]))
                    _ = try transaction.addSubject([9])
                    try transaction.pin([1], [2])
                    throw Stop()
                }
                throw Violation(description: "what the body throws is thrown")
            } catch is Stop {}
        }
        try expect(try found(store, 2).isEmpty && found(store, 1) == [1], "nothing is found")
        try expect(try store.read { try $0.pinned([1]) } == nil, "nothing is pinned")
        try expect(try store.read { try $0.secret(1) } == nil, "no secret is stored")
        try StorageConformance.append(store, keys: [3])
        try expect(try found(store, 2).isEmpty && found(store, 3) == [2], "the place is taken by the next")
    }

    private func showsOnlyCommitted() throws {
        let store = try open()
        defer { try? store.close() }
        try StorageConformance.append(store, keys: [1])
        try store.commit { transaction in
            try transaction.append(StorageConformance.entry(2, keys: [1]))
            let (head, sequences) = try store.read { reading in
                (try reading.head(), try reading.entries(by: StorageConformance.key(1)).map(\.sequence))
            }
            try expect(head == 1 && sequences == [1], "a reader does not see what is not committed")
        }
        try store.read { reading in
            let head = try reading.head()
            try StorageConformance.append(store, keys: [1])
            try expect(try reading.head() == head, "a view does not change while it is read")
            let sequences = try reading.entries(by: StorageConformance.key(1)).map(\.sequence)
            try expect(sequences == [1, 2], "a view finds no later entries")
        }
        try expect(try found(store, 1) == [1, 2, 3], "the next view does")
    }

    private func sharesOneLog() throws {
        let (one, two) = (try open(), try open())
        defer {
            try? one.close()
            try? two.close()
        }
        for n in 1...30 {
            let (writer, other) = n % 2 == 0 ? (one, two) : (two, one)
            let sequence = try StorageConformance.append(writer, keys: [1, n % 5 + 10])
            try expect(sequence == Int64(n), "each continues where the other ended")
            try expect(try found(other, 1).count == n, "each finds what the other wrote")
            if n % 7 == 0 { try maintain(n % 2 == 0 ? one : two) }
        }
        for store in [one, two] { try expect(try found(store, 1) == Array(1...30), "both find everything") }
        try maintain(one)
        try maintain(two)
        for store in [one, two] { try expect(try found(store, 1) == Array(1...30), "and after both indexed it") }
    }

    private func keepsSecretsAndPins() throws {
        let store = try open()
        defer { try? store.close() }
        let (first, second) = try store.commit { transaction in
            try transaction.pin([7, 7], [1])
            try transaction.pin([7, 7], [1])
            return (try transaction.addSubject([1, 2, 3]), try transaction.addSubject([4]))
        }
        try expect(first != second, "each secret has a row of its own")
        let (a, b, pin, none) = try store.read { reading in
            (
                try reading.secret(first), try reading.secret(second), try reading.pinned([7, 7]),
                try reading.secret(second + 1)
            )
        }
        try expect(a == [1, 2, 3] && b == [4] && pin == [1] && none == nil, "secrets and pins come back")
    }

    private func knowsOpenAttempts() throws {
        let (one, two) = (try open(), try open())
        defer {
            try? one.close()
            try? two.close()
        }
        for n in 1...6 { try StorageConformance.append(one, .allow, at: Int64(n) * 1000) }
        try maintain(one)
        try StorageConformance.append(one, .outcome, settles: 2)
        try StorageConformance.append(one, .deny, at: 1)
        // Whoever indexes in what order, an attempt that was settled does not open again.
        try maintain(two)
        try maintain(one)
        try maintain(two)
        let due = Instant(milliseconds: 5000)
        for store in [one, two] {
            let (open, first, count) = try store.read { reading in
                (
                    try reading.openAttempts(before: due, limit: 10), try reading.openAttempts(before: due, limit: 1),
                    try reading.countOpenAttempts(before: due)
                )
            }
            try expect(
                open == [1, 3, 4] && first == [1] && count == 3,
                "open attempts before an instant, oldest first: \(open)")
        }
    }

    private func findsDecisions() throws {
        let (one, two) = (try open(), try open())
        defer {
            try? one.close()
            try? two.close()
        }
        var model = SearchModel(seed: 3)
        try model.check(one, rounds: 3)
        for round in 1...6 {
            try model.append(round * 25, to: one)
            try model.check(two, rounds: 15)
            if round % 2 == 0 { _ = try maintain(round % 4 == 0 ? one : two) }
            try model.check(round % 4 == 0 ? two : one, rounds: 15)
        }
        try maintain(one)
        try model.forget(two)
        for store in [one, two] { try model.check(store, rounds: 40) }
    }

    private func holdsWhenOpenedAgain() throws {
        for n in 1...20 {
            let store = try open()
            try StorageConformance.append(store, keys: [n % 2])
            if n % 3 == 0 { try maintain(store) }
            try store.close()
        }
        let store = try open()
        defer { try? store.close() }
        try expect(try store.read { try $0.head() } == 20, "the head is as it was")
        try expect(
            try found(store, 0) == stride(from: 2, through: 20, by: 2).map { $0 }, "what was indexed and what was not")
    }
}
