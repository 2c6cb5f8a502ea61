import GateModel
import Suppression
import Testing

struct SnapshotTests {
    @Test func agreesWithASetOnRandomNumbers() throws {
        var random = SplitMix(seed: 20_260_301)
        // Sparse, dense and consecutive ranges of several countries, so that all kinds of containers occur.
        var members: Set<UInt64> = []
        for _ in 0..<60_000 { members.insert(8_613_000_000_000 + random.next() % 9_000_000_000) }
        for _ in 0..<30_000 { members.insert(12_125_550_000 + random.next() % 90_000) }
        for offset in 0..<5_000 { members.insert(442_071_000_000 + UInt64(offset)) }
        for _ in 0..<5_000 { members.insert(1 + random.next() % 999_999_999_999_999) }
        let text = members.map { "+\($0)\n" }.joined()

        let fixture = try Fixture()
        let (version, _) = try fixture.importVersion(try list(), text)
        #expect(version.state == .ready)
        #expect(version.entries == members.count)
        #expect(version.counts.accepted == members.count)
        let snapshot = try fixture.folder.open(version)
        #expect(snapshot.entryCount == members.count)
        try snapshot.verify()

        var wrong = 0
        for digits in members where snapshot.lookup(E164(digits: digits)!) != ListMatch() { wrong += 1 }
        for digits in members {
            for near in [digits - 1, digits + 1, digits ^ (1 << 32)] {
                guard let number = E164(digits: near) else { continue }
                if (snapshot.lookup(number) != nil) != members.contains(near) { wrong += 1 }
            }
        }
        #expect(wrong == 0, "seed 20260301")
    }

    @Test func findsTheSmallestAndTheLargestNumber() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(try list(), "+1\n+999999999999999\n+4294967295\n+4294967296\n")
        for text in ["+1", "+999999999999999", "+4294967295", "+4294967296"] {
            #expect(snapshot.lookup(number(text)) != nil)
        }
        for text in ["+2", "+999999999999998", "+4294967294", "+4294967297", "+8589934591"] {
            #expect(snapshot.lookup(number(text)) == nil)
        }
    }

    @Test func anEmptyListListsNoOneAndCoversEveryone() throws {
        let snapshot = ListSnapshot(emptyFor: try list())
        #expect(snapshot.lookup(number("+8613800000001")) == nil)
        #expect(snapshot.covers(number("+8613800000001")))
        #expect(snapshot.entryCount == 0)
        try snapshot.verify()
    }

    @Test func datedEntriesKeepTheirPeriodAndCategory() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(
            try list(.suppress, .dated),
            """
            phone,from,until,category
            13800000001,2026-01-05T10:00:00+08:00,2026-02-05T10:00:00+08:00,banking
            13800000002,,,
            13800000003,,2026-02-05T10:00:00+08:00,
            13800000004,,,"a ""b"", c"
            """)
        #expect(
            snapshot.lookup(number("+8613800000001"))
                == ListMatch(
                    from: Instant(rfc3339: "2026-01-05T02:00:00Z"), until: Instant(rfc3339: "2026-02-05T02:00:00Z"),
                    category: "banking"))
        #expect(snapshot.lookup(number("+8613800000002")) == ListMatch())
        #expect(
            snapshot.lookup(number("+8613800000003")) == ListMatch(until: Instant(rfc3339: "2026-02-05T02:00:00Z")))
        #expect(snapshot.lookup(number("+8613800000004")) == ListMatch(category: "a \"b\", c"))
        #expect(snapshot.lookup(number("+8613800000000")) == nil)
        #expect(snapshot.lookup(number("+8613800000005")) == nil)
    }

    @Test func periodsThatTouchBecomeOneAndOthersStaySeparate() throws {
        let fixture = try Fixture()
        let text = """
            phone,from,until
            13800000001,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z
            13800000001,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z
            13800000001,2026-06-01T00:00:00Z,2026-07-01T00:00:00Z
            """
        let dates = ["2026-01-01", "2026-03-01", "2026-06-01", "2026-07-01"].map { Instant(rfc3339: $0 + "T00:00:00Z") }
        let suppressed = try fixture.snapshot(try list(.suppress, .dated), text)
        let phone = number("+8613800000001")
        #expect(
            suppressed.matches(phone) == [
                ListMatch(from: dates[0], until: dates[1]), ListMatch(from: dates[2], until: dates[3]),
            ])
        #expect(suppressed.lookup(phone) == ListMatch(from: dates[0], until: dates[3]))
        let exempted = try fixture.snapshot(try list(.exempt, .dated), text)
        #expect(exempted.lookup(phone) == ListMatch(from: dates[2], until: dates[3]))
    }

    @Test func aDateWithoutAZoneErrsOnTheSideOfFewerCalls() throws {
        let fixture = try Fixture()
        let text =
            "phone,from,until\n13800000001,2026-01-05,2026/02/05\n13800000002,20260105 08:00,2026-02-05 08:00:00\n"
        let suppressed = try fixture.snapshot(try list(.suppress, .dated), text)
        func match(_ from: String, _ until: String) -> ListMatch {
            ListMatch(from: Instant(rfc3339: from)!, until: Instant(rfc3339: until)!)
        }
        #expect(
            suppressed.lookup(number("+8613800000001")) == match("2026-01-04T10:00:00Z", "2026-02-06T12:00:00Z"))
        #expect(
            suppressed.lookup(number("+8613800000002")) == match("2026-01-04T18:00:00Z", "2026-02-05T20:00:00Z"))
        let exempted = try fixture.snapshot(try list(.exempt, .dated), text)
        #expect(exempted.lookup(number("+8613800000001")) == match("2026-01-05T12:00:00Z", "2026-02-04T10:00:00Z"))
    }

    @Test func aPrefixEntryListsEveryNumberUnderItAndNoOther() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(try list(), "+86170*\n+121*\n+8613800000001\n")
        for text in ["+86170", "+8617000000000", "+8617099999999", "+12125550100", "+8613800000001"] {
            #expect(snapshot.lookup(number(text)) == ListMatch(), "\(text)")
        }
        for text in ["+8616999999999", "+8617100000000", "+8617", "+8613800000002", "+210"] {
            #expect(snapshot.lookup(number(text)) == nil, "\(text)")
        }
    }

    @Test func theLongestPrefixComesFirst() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(
            try ListDefinition(name: "internal-dnc", entries: .dated, allowsCountryPrefixes: true),
            "phone,category\n+86*,country\n+86170*,range\n+8617011112222,number\n")
        #expect(snapshot.matches(number("+8617011112222")).map(\.category) == ["number", "range", "country"])
        #expect(snapshot.lookup(number("+8617011112222")) == ListMatch())
        #expect(snapshot.lookup(number("+8613800000001")) == ListMatch(category: "country"))
    }

    @Test func coversWhatTheVersionNames() throws {
        let fixture = try Fixture()
        let options = ImportOptions(coveredPrefixes: [NumberPrefix("+1646")!])
        let snapshot = try fixture.snapshot(
            try list(.suppress, .plain, .prefixes), "# covers: +1212, +1917\n+12125550100\n", options: options)
        #expect(snapshot.coveredPrefixes.map(\.description) == ["+1212", "+1646", "+1917"])
        #expect(snapshot.covers(number("+12125550199")))
        #expect(snapshot.covers(number("+16460000000")))
        #expect(!snapshot.covers(number("+12135550100")))
        #expect(!snapshot.covers(number("+121")))
        #expect(snapshot.lookup(number("+12125550100")) != nil)
    }

    @Test func anAskedListCoversTheNumbersThatWereAsked() throws {
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(
            try list(.suppress, .dated, .asked),
            """
            phone,answer,received_at
            13800000001,yes,2026-02-01T00:00:00Z
            13800000002,No,2026-02-02T00:00:00Z
            13800000003,no data,
            13800000004,yes,2026-02-01T00:00:00Z
            13800000004,no,2026-02-03T00:00:00Z
            13800000005,no,2026-02-01T00:00:00Z
            13800000005,yes,2026-02-01T00:00:00Z
            """)
        let answers = (1...6).map { snapshot.answer(number("+861380000000\($0)")) }
        #expect(answers.map { $0?.value } == [.yes, .no, .noData, .no, .yes, nil])
        #expect(answers[1]?.receivedAt == Instant(rfc3339: "2026-02-02T00:00:00Z"))
        #expect(answers[2]?.receivedAt == noon)
        #expect(snapshot.lookup(number("+8613800000001")) == ListMatch())
        #expect(snapshot.lookup(number("+8613800000002")) == nil)
        #expect(snapshot.covers(number("+8613800000003")))
        #expect(!snapshot.covers(number("+8613800000006")))
    }

    @Test func manyTasksLookUpAtOnce() async throws {
        let fixture = try Fixture()
        let text = (0..<20_000).map { "+\(8_613_800_000_000 + $0 * 3)\n" }.joined()
        let snapshot = try fixture.snapshot(try list(), text)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for step in stride(from: task, to: 60_000, by: 8) {
                        let number = E164(digits: 8_613_800_000_000 + UInt64(step))!
                        if (snapshot.lookup(number) != nil) != (step % 3 == 0) { wrong += 1 }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
