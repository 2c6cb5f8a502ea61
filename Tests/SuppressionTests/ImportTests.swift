import GateModel
import Suppression
import Testing

struct ImportTests {
    static let readable: [(name: String, text: String)] = [
        ("one number a line", "13800000001\n13800000002\n"),
        ("no line end at the end", "13800000001\n13800000002"),
        ("CRLF", "13800000001\r\n13800000002\r\n"),
        ("byte order mark", "\u{FEFF}13800000001\n13800000002\n"),
        ("blank lines and comments", "# from the CRM\n\n13800000001\n   \n# more\n13800000002\n\n"),
        ("spaces and dashes", "138 0000 0001\n  138-0000-0002  \n"),
        ("header in English", "name,Phone Number,city\nLi,13800000001,Tianjin\nWu,13800000002,Xi'an\n"),
        ("header in Chinese", "姓名,手机号,城市\n李,13800000001,天津\n吴,13800000002,西安\n"),
        ("header behind a byte order mark", "\u{FEFF}\"电话\",姓名\n13800000001,李\n13800000002,吴\n"),
        ("header of one unknown column", "Nummer\n13800000001\n13800000002\n"),
        ("no header, several columns", "Li,13800000001,7\nWu,13800000002,8\n"),
        ("semicolons", "name;phone\n\"Li; Lei\";13800000001\nWu;13800000002\n"),
        ("tabs", "name\tphone\nLi\t13800000001\nWu\t13800000002\n"),
        ("quoted numbers", "\"13800000001\"\n\"13800000002\"\n"),
        ("commas, quotes and line ends in fields", "name,phone\n\"Li, \"\"L\"\"\r\nLei\",13800000001\n,13800000002\n"),
        ("empty rows of a spreadsheet", "phone,name\n13800000001,\n,\n13800000002,\n,\n"),
        ("E.164", "+8613800000001\n+8613800000002\n"),
    ]

    @Test(arguments: readable.indices)
    func reads(_ index: Int) throws {
        let (name, text) = Self.readable[index]
        for usesShortcut in [true, false] {
            let fixture = try Fixture()
            let (version, rejects) = try fixture.importVersion(try list(), text, usesShortcut: usesShortcut)
            #expect(version.state == .ready, "\(name): \(version.rejection ?? "")")
            #expect(rejects.isEmpty, "\(name)")
            #expect(version.counts.accepted == 2, "\(name)")
            let snapshot = try fixture.folder.open(version)
            #expect(snapshot.lookup(number("+8613800000001")) != nil, "\(name)")
            #expect(snapshot.lookup(number("+8613800000002")) != nil, "\(name)")
        }
    }

    static let refused: [(name: String, text: String, rejection: UploadRejection)] = [
        ("empty", "", .empty),
        ("only comments", "# nothing\n\n", .noEntries),
        ("only a header", "phone,name\n", .noEntries),
        ("NUL byte", "13800000001\n1380000\u{0}0002\n", .table(.binary(line: 2))),
        ("a long line", "13800000001\n" + String(repeating: "1", count: 65_537) + "\n", .record(.lineTooLong(line: 2))),
        ("a long last line", "13800000001\n" + String(repeating: "1", count: 65_537), .record(.lineTooLong(line: 2))),
        ("a quote never closed", "phone,name\n13800000001,\"Li\n13800000002,Wu\n", .record(.brokenQuoting(line: 2))),
        (
            "a quote that swallows rows", "name,phone\n\"Li,13800000001\n\"Wu\",13800000002\n",
            .record(.brokenQuoting(line: 2))
        ),
        ("no phone column", "name,city\nLi,Tianjin\n", .noPhoneColumn(found: ["name", "city"])),
        ("no number at all", "Li,7\n", .noPhoneColumn(found: [])),
        ("two phone columns", "phone,mobile\n13800000001,\n", .ambiguousPhoneColumn(["phone", "mobile"])),
        (
            "too many bad lines", "13800000001\n12\n13\nx\n",
            .tooManyRejected(rejected: 3, lines: 4, mostly: .notANumber)
        ),
    ]

    @Test(arguments: refused.indices)
    func refuses(_ index: Int) throws {
        let (name, text, rejection) = Self.refused[index]
        let fixture = try Fixture()
        let (version, _) = try fixture.importVersion(try list(), text)
        #expect(version.state == .rejected, "\(name)")
        #expect(version.rejection == "\(rejection)", "\(name)")
        #expect(version.rejection?.contains("13800000001") == false, "\(name)")
        #expect(version.index == nil, "\(name)")
        let left = try fixture.contents("lists/internal-dnc/1").filter { $0 != "rejects.csv" }
        #expect(left == ["meta.json"], "\(name)")
    }

    @Test func aFileInGB18030IsRead() throws {
        let header: [UInt8] = [0xD0, 0xD5, 0xC3, 0xFB, 0x2C, 0xCA, 0xD6, 0xBB, 0xFA, 0x0A]
        let fixture = try Fixture()
        let (version, _) = try fixture.importVersion(
            try list(), bytes: header + [0xC0, 0xEE, 0x2C] + Array("13800000001\n".utf8))
        #expect(try fixture.folder.open(version).lookup(number("+8613800000001")) != nil)
    }

    @Test func aNamedColumnIsTakenAndMustExist() throws {
        let text = "phone,mobile\n13800000001,13800000002\n"
        let fixture = try Fixture()
        let snapshot = try fixture.snapshot(try list(), text, options: ImportOptions(phoneColumn: "Mobile"))
        #expect(snapshot.lookup(number("+8613800000002")) != nil)
        #expect(snapshot.lookup(number("+8613800000001")) == nil)
        let (version, _) = try fixture.importVersion(
            try list(), text, options: ImportOptions(phoneColumn: "landline"))
        #expect(version.rejection == "\(UploadRejection.noPhoneColumn(found: ["phone", "mobile"]))")
    }

    @Test func eachRejectedLineHasItsPlaceAndReasonAndNotItsNumber() throws {
        let good = (0..<200).map { "\(13_800_000_000 + $0),,\n" }.joined()
        let fixture = try Fixture()
        let (version, rejects) = try fixture.importVersion(
            try list(.suppress, .dated),
            "phone,from,until\n" + good
                + """
                ,2026-01-01,
                123,,
                1.38E+10,,
                13800000001.0,,
                13800000001,yesterday,
                13800000001,,2026-02-30
                13800000001,2026-03-01,2026-01-01
                "13800000001"x,,
                170*,,
                """)
        let expected: [(Int, RejectReason)] = [
            (1, .noNumber), (1, .notANumber), (1, .spreadsheetNumber), (1, .spreadsheetNumber), (2, .badFrom),
            (3, .badUntil), (3, .endsBeforeStart), (1, .badQuotes), (1, .badPrefix),
        ]
        #expect(rejects == expected.enumerated().map { "\(202 + $0),\($1.0),\"\($1.1)\"" })
        #expect(version.counts.lines == 209)
        #expect(version.counts.accepted == 200)
        #expect(version.counts.rejected == 9)
        let path = fixture.folder.rejectsPath(list: "internal-dnc", version: 1)
        let file = String(decoding: try bytes(of: path), as: UTF8.self)
        #expect(file.hasPrefix("line,column,reason\r\n202,1,\"no number in the row\"\r\n"))
        #expect(!file.contains("1380"))
    }

    @Test func keepsAThousandRejectsAndCountsThemAll() throws {
        let text = (0..<1500).map { "x\($0)\n" }.joined() + "13800000001\n"
        let (version, rejects) = try Fixture().importVersion(
            try list(), "phone\n" + text, options: ImportOptions(maximumRejectedShare: 1))
        #expect(version.state == .ready)
        #expect(rejects.count == 1000)
        #expect(version.counts.rejected == 1500)
    }

    @Test func acceptsExactlyTheShareOfRejectedLinesAllowed() throws {
        let good = (0..<19).map { "\(13_800_000_000 + $0)\n" }.joined()
        #expect(try Fixture().importVersion(try list(), good + "12\n").version.state == .ready)
        #expect(try Fixture().importVersion(try list(), good + "12\n12\n").version.state == .rejected)
    }

    @Test func theShortcutChangesNothing() throws {
        var random = SplitMix(seed: 20_260_305)
        let lines = ["+86170*", "12", "", "# note", "x", "1.38E+10", "\"13800000001\"", "13800000002,Li", " ", "+1212"]
        let text = (0..<3000).map { _ -> String in
            let number = 13_800_000_000 + random.next() % 2000
            switch random.next() % 12 {
            case 0: return lines[Int(random.next() % UInt64(lines.count))] + "\n"
            case 1: return "+86\(number)\r\n"
            case 2: return " \(number) - \n"
            default: return "\(number)\n"
            }
        }.joined()
        for definition in [try list(), try list(.suppress, .dated)] {
            for header in ["", "phone,name\n", "name,phone\n"] {
                let options = ImportOptions(maximumRejectedShare: 1)
                let results = try [true, false].map { usesShortcut in
                    try Fixture().importVersion(
                        definition, header + text, options: options, usesShortcut: usesShortcut)
                }
                #expect(results[0].version.counts == results[1].version.counts, "seed 20260305, `\(header)`")
                #expect(results[0].version.index == results[1].version.index)
                #expect(results[0].rejects == results[1].rejects)
            }
        }
    }

    @Test func batchesOnAnotherThreadLoseAndRepeatNothing() throws {
        // More than a batch of a million, so that the second thread has work; every number twice, in two orders.
        let numbers = 560_000
        var text: [UInt8] = []
        for factor in [1, 7_919] {
            for step in 0..<numbers {
                var rest = 13_000_000_000 + step * factor % numbers * 5_000
                var line: [UInt8] = [10]
                while rest > 0 {
                    line.append(UInt8(48 + rest % 10))
                    rest /= 10
                }
                text += line.reversed()
            }
        }
        let importer = ListImporter(definition: try list(), asOf: noon, normalise: chinese) { bytes in
            var value: UInt64 = 0
            for byte in bytes {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + UInt64(byte - 48)
            }
            return E164(digits: 8_600_000_000_000 + value)
        }
        try importer.feed(text)
        let fixture = try Fixture()
        let path = fixture.path + "/index"
        let summary = try importer.finish(writing: path)
        #expect(summary.counts.lines == 2 * numbers)
        #expect(summary.counts.accepted == numbers)
        #expect(summary.counts.duplicates == numbers)
        let snapshot = try ListSnapshot(path: path, sha256: try #require(summary.index).sha256)
        #expect(snapshot.entryCount == numbers)
        let wrong = stride(from: 0, to: numbers, by: 1000).count { step in
            snapshot.lookup(E164(digits: 8_613_000_000_000 + UInt64(step * 5_000))!) == nil
                || snapshot.lookup(E164(digits: 8_613_000_000_001 + UInt64(step * 5_000))!) != nil
        }
        #expect(wrong == 0)
    }

    @Test func countsDuplicatesOnce() throws {
        let text = "13800000001\n+8613800000001\n138 0000 0001\n13800000002\n+86170*\n+86170*\n"
        let (version, _) = try Fixture().importVersion(try list(), text)
        #expect(version.counts.lines == 6)
        #expect(version.counts.accepted == 3)
        #expect(version.counts.duplicates == 3)
        #expect(version.entries == 3)
    }

    @Test func aPlainFileIsReadLineByLineWithItsCommas() throws {
        let (version, _) = try Fixture().importVersion(
            try list(), "138,0000\n", options: ImportOptions(format: .lines))
        #expect(version.state == .rejected)
    }

    @Test func anExemptionIsNeverLongerThanItsFileSays() throws {
        let dated = "phone,until\n13800000001,2026-04-01\n"
        let plain = try Fixture().importVersion(try list(.exempt, .plain), dated).version
        #expect(plain.rejection == "\(UploadRejection.undeclaredPeriods("until"))")
        let headless = try Fixture().importVersion(try list(.exempt, .dated), "13800000001,2026-04-01\n").version
        #expect(headless.state == .rejected)
        #expect(try Fixture().importVersion(try list(.suppress, .plain), dated).version.state == .ready)
    }

    @Test func listsWithCoverageNeedToKnowIt() throws {
        let prefixes = try Fixture().importVersion(try list(.suppress, .plain, .prefixes), "+12125550100\n").version
        #expect(prefixes.rejection == "\(UploadRejection.noCoveredPrefix)")
        let asked = try Fixture().importVersion(try list(.suppress, .dated, .asked), "phone\n13800000001\n").version
        #expect(asked.rejection == "\(UploadRejection.missingColumn("answer"))")
        let named = try Fixture().importVersion(
            try list(.suppress, .plain, .prefixes), "# covers: 212\n+12125550100\n"
        ).version
        #expect(named.rejection == "\(UploadRejection.badCoverage(line: 1))")
    }

    @Test func aFailedImporterRepeatsItsError() throws {
        let fixture = try Fixture()
        let importer = ListImporter(definition: try list(), asOf: noon, normalise: chinese)
        let rejected = SuppressionError.rejected(.binary(line: 1))
        #expect(throws: rejected) { try importer.feed([49, 0]) }
        #expect(throws: rejected) { try importer.feed(Array("13800000001\n".utf8)) }
        #expect(throws: rejected) { try importer.finish(writing: fixture.path + "/index") }
    }

    @Test func aDryRunIsToldAsReadyAndLeavesNothingThatCouldBeActivated() throws {
        let fixture = try Fixture()
        let begun = try fixture.folder.begin(
            try list(), asOf: noon, sourceName: "a.csv", uploadedBy: "ops", at: noon, isDryRun: true)
        let spool = try fixture.folder.receive(begun)
        try Array("13800000001\n13800000001\n".utf8).withUnsafeBytes { try spool.write($0) }
        let received = try fixture.folder.received(begun, spool)
        let checked = try fixture.folder.check(received, try list(), normalise: chinese)
        #expect(try fixture.folder.open(checked).lookup(number("+8613800000001")) != nil)
        let told = try fixture.folder.settle(checked, VersionEffect(added: 1, removed: 0))
        #expect(told.state == .ready && told.counts.duplicates == 1)
        let kept = try fixture.folder.version(1, of: "internal-dnc")
        #expect(kept.state == .rejected && kept.rejection == "a dry run" && kept.effect?.added == 1)
        #expect(try fixture.contents("lists/internal-dnc/1") == ["meta.json"])
    }

    @Test func anUploadThatIsGivenUpLeavesNothing() throws {
        let fixture = try Fixture()
        let begun = try fixture.folder.begin(try list(), asOf: noon, sourceName: "a", uploadedBy: "ops", at: noon)
        do {
            let spool = try fixture.folder.receive(begun)
            try Array("138000".utf8).withUnsafeBytes { try spool.write($0) }
            #expect(try fixture.contents("lists/internal-dnc/1").count == 2)
        }
        #expect(try fixture.contents("lists/internal-dnc/1") == ["meta.json"])
    }

    @Test func onlyOneWorksOnAVersion() throws {
        let fixture = try Fixture()
        let begun = try fixture.folder.begin(try list(), asOf: noon, sourceName: "a", uploadedBy: "ops", at: noon)
        var claim = fixture.folder.claim(begun)
        #expect(claim != nil && fixture.folder.claim(begun) == nil)
        claim = nil
        #expect(fixture.folder.claim(begun) != nil)
    }
}
