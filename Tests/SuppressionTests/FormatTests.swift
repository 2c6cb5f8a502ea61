import GateModel
import Suppression
import Tables
import Testing

/// Reads only what starts with a plus and has 8 to 15 digits.
@Sendable private func international(_ text: String) -> E164? {
    let digits = text.filter { $0 != " " && $0 != "-" }
    return digits.hasPrefix("+") && digits.utf8.count > 8 ? E164(digits) : nil
}

/// Reads an upload; what it writes goes with the fixture.
private func counts(
    _ text: String, _ options: ImportOptions = ImportOptions(), _ definition: ListDefinition? = nil, chunk: Int = 1000,
    normalise: @escaping @Sendable (String) -> E164? = international
) throws -> (counts: ImportCounts, rejects: [Reject]) {
    let importer = ListImporter(
        definition: try definition ?? list(), asOf: noon, options: options, normalise: normalise)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
        try importer.feed(Array(bytes[start..<min(start + chunk, bytes.count)]))
    }
    let fixture = try Fixture()
    let summary = try withExtendedLifetime(fixture) { try importer.finish(writing: "\(fixture.path)/index") }
    return (summary.counts, importer.rejects)
}

/// The reason for which an upload is rejected as a whole.
private func rejection(
    _ text: String, _ options: ImportOptions = ImportOptions(), _ definition: ListDefinition? = nil
) -> UploadRejection? {
    do {
        _ = try counts(text, options, definition)
        return nil
    } catch SuppressionError.rejected(let reason) { return reason } catch { return nil }
}

struct FormatTests {
    static let dncl = """
        <?xml version='1.0'?>
        <list type='full' level='ac' val='416' />
          <ac val='416'> <ph val='2345671' /> <ph val="2345672"/>
          <ph val='2345671'></ph></ac><ac val="647"><ph val='2345673'/></ac>
        </list>
        """

    @Test(arguments: [
        ("416,2345671\n416,2345672\r\n416,2345671\n647,2345673\n\n", ImportOptions.Format?.none),
        ("4162345671\n4162345672\n4162345671\n6472345673\n", .areaCodes),
        ("416,2345671\n4162345672\n416,2345671\n647,2345673\n", .areaCodes),
        ("Area Code,Number\n416,2345671\n416,2345672\n416,2345671\n647,2345673\n", .areaCodes),
        (dncl, nil), ("\u{FEFF}\n  " + dncl, nil), (dncl, .dnclXML),
        (
            "phone_code\tphone_number\tcomments\n1\t4162345671\ta, b\n1\t4162345672\t\n1\t4162345671\t\n1\t6472345673\t\n",
            nil
        ),
        ("a, b|s|101|1|4162345671|\na|s|101|1|4162345672|\na|s|1|1|4162345671\na|s|1|1|6472345673\n", .vicidialLeads),
        ("+14162345671\n+14162345672\n+14162345671\n+16472345673\n", .lines),
    ])
    func readsTheNumbersOfARegistry(_ text: String, _ format: ImportOptions.Format?) throws {
        for chunk in [1, 7, 1000] {
            let (counts, rejects) = try counts(text, ImportOptions(format: format), chunk: chunk)
            #expect(rejects.isEmpty)
            #expect(counts.lines == 4)
            #expect(counts.accepted == 3)
            #expect(counts.duplicates == 1)
        }
    }

    @Test func aLeadWithoutHeaderIsKnownByItsFields() throws {
        let fields = "v|s|101|86|13800000001" + String(repeating: "|x", count: 18)
        let (counts, _) = try counts(fields + "\n" + fields.replacing("0001", with: "0002") + "\n")
        #expect(counts.accepted == 2)
    }

    @Test func anAreaCodeInAColumnOfItsOwnIsPutBefore() throws {
        let (counts, rejects) = try counts("区号,电话\n022,23456789\n,+862223456780\n022,02223456781\n") { text in
            text.hasPrefix("022") && text.utf8.count == 11 ? E164("+86" + text.dropFirst()) : international(text)
        }
        #expect(rejects.isEmpty)
        #expect(counts.accepted == 3)
    }

    @Test func whereARegistrysLineIsBadIsSaid() throws {
        let lenient = ImportOptions(format: .areaCodes, maximumRejectedShare: 1)
        let text = try counts("416,2345671\n41,2345672\n416,23\n\n416,2345673,A\n", lenient)
        #expect(text.rejects.map(\.line) == [2, 3])
        #expect(text.rejects.map(\.reason) == [.badAreaCode, .badAreaCode])
        let xml =
            "<list type='full'>\n<ac val='41'>\n 电 <ph val='2345671'/></ac><ac val='416'><ph val='2345672'/></ac></list>"
        let markup = try counts(xml, ImportOptions(maximumRejectedShare: 1))
        #expect(markup.rejects == [Reject(line: 3, column: 4, reason: .badAreaCode)])
        let leads = try counts(
            "phone_code|phone_number\n1|4162345671\nx|4162345672\n", ImportOptions(maximumRejectedShare: 1))
        #expect(leads.rejects == [Reject(line: 3, column: 1, reason: .badPhoneCode)])
    }

    @Test func markupThatIsNoFullListIsRefused() {
        #expect(rejection("<list type='full'><ac val='416'><ph val='2345671'/>") == .cutMarkup(line: 1))
        #expect(rejection("<list type='full'><ac val='416'><ph val='2345671'/></ac>\n") == .cutMarkup(line: 2))
        #expect(rejection("<list type='full'><ac val='416'></ac></li") == .cutMarkup(line: 1))
        #expect(rejection("\n<list type='change'><ac val='416'></ac></list>") == .partialMarkup(line: 2))
        #expect(rejection("<rss><item/></rss>") == .unknownMarkup(line: 1))
        #expect(rejection("<" + String(repeating: "a", count: 5000)) == .unknownMarkup(line: 1))
    }

    @Test func everyTruncationOfMarkupIsNoticed() {
        let bytes = Array(Self.dncl.utf8)
        for length in 0..<(bytes.count - 1) {
            #expect(rejection(String(decoding: bytes[..<length], as: UTF8.self)) != nil, "\(length)")
        }
    }

    @Test func aLayoutThatIsNotTheDeclaredOneIsRefused() {
        #expect("\(rejection("1,2,3\n", ImportOptions(format: .areaCodes))!)".contains("AAA,NNNNNNN"))
        #expect("\(rejection("416|2345671\n", ImportOptions(format: .vicidialLeads))!)".contains("phone_number"))
        #expect("\(rejection("416,2345671\n", ImportOptions(format: .changes))!)".contains("A or D"))
        #expect(rejection("phone,x\n+14162345671,A\n", ImportOptions(format: .changes)) == .missingColumn("flag"))
    }

    @Test func theSameNameTwiceIsRefused() throws {
        #expect(rejection("phone,phone\n+14162345671,\n") == .ambiguousPhoneColumn(["phone", "phone"]))
        #expect(
            rejection("a,A\n+14162345671,\n", ImportOptions(phoneColumn: "a")) == .ambiguousPhoneColumn(["a", "A"]))
        #expect(
            rejection("phone,until,Until\n+14162345671,,\n", ImportOptions(), try list(.suppress, .dated))
                == .ambiguousColumn(["until", "Until"]))
    }

    @Test func aColumnIsTakenByItsPlace() throws {
        let options = ImportOptions(phoneColumn: "#2")
        #expect(try counts("+14162345671,+14162345672\n", options).counts.accepted == 1)
        #expect(try counts("phone,mobile\n,+14162345672\n", options).counts.accepted == 1)
        #expect(rejection("+14162345671\n", options) != nil)
    }

    @Test func theDefinitionSaysHowItsFilesAreRead() throws {
        let definition = try ListDefinition(
            name: "a", reading: ImportOptions(format: .lines, maximumRejectedShare: 0.5))
        #expect(try counts("+14162345671\nx\n", ImportOptions(), definition).counts.rejected == 1)
        #expect(rejection("+14162345671\nx\n", ImportOptions(maximumRejectedShare: 0.4), definition) != nil)
        #expect(throws: SuppressionError.self) {
            try ListDefinition(name: "a", reading: ImportOptions(maximumRejectedShare: 1.5))
        }
    }

    @Test func numbersOfAnotherCountryAreKeptOut() throws {
        let definition = try ListDefinition(name: "us", accepts: [NumberPrefix("+1")!])
        let lenient = ImportOptions(maximumRejectedShare: 1)
        let (_, rejects) = try counts("+14162345671\n+442071234567\n+4420*\n+1416*\n", lenient, definition)
        #expect(rejects.map(\.line) == [2, 3])
        #expect(rejects.allSatisfy { $0.reason == .otherCountry })
        #expect(rejection("+442071234567\n+442071234568\n", ImportOptions(), definition) != nil)
    }
}

struct PrefixTests {
    @Test(arguments: ["+1*", "+14*", "+86*", "+861*", "+852*", "+8521*", "+7*", "+79*", "+1-+9", "+8600-+8699"])
    func aPrefixThatMayHoldACountryNeedsADeclaration(_ text: String) throws {
        let lenient = ImportOptions(maximumRejectedShare: 1)
        let (_, rejects) = try counts("+14162345671\n\(text)\n", lenient)
        #expect(rejects == [Reject(line: 2, column: 1, reason: .countryPrefix)])
        let declared = try ListDefinition(name: "a", allowsCountryPrefixes: true)
        #expect(try counts("+14162345671\n\(text)\n", lenient, declared).rejects.isEmpty)
    }

    @Test(arguments: ["+141*", "+8613*", "+85212*", "+799*", "+8613-+8615"])
    func aLongerPrefixIsTaken(_ text: String) throws {
        #expect(try counts("+14162345671\n\(text)\n").counts.accepted == 2)
    }

    @Test func aRangeHoldsItsEndsAndNothingBeside() throws {
        let snapshot = try Fixture().snapshot(
            try list(), "+8613800000095-+8613800000212\n+8613800000300 – +8613800000300\n")
        for digits: UInt64 in 8_613_800_000_000...8_613_800_000_400 {
            let isListed = (95...212).contains(digits % 1000) || digits % 1000 == 300
            #expect((snapshot.lookup(number("+\(digits)")) != nil) == isListed, "\(digits)")
        }
    }

    @Test func aRangeOfPrefixesHoldsTheNumbersBehindThem() throws {
        let fixture = try Fixture()
        let (version, _) = try fixture.importVersion(try list(), "+861380-+861389\n+861380-+861389\n")
        #expect(version.counts.accepted == 1)
        #expect(version.counts.duplicates == 1)
        #expect(version.entries == 1)
        let snapshot = try fixture.folder.open(version)
        #expect(snapshot.lookup(number("+8613850000001")) != nil)
        #expect(snapshot.lookup(number("+8613900000001")) == nil)
    }

    @Test(arguments: ["+8613-+861", "+8615-+8613", "+86138-+86139-+86140", "+86138+86139", "+86x-+86y", "+-+"])
    func whatIsNoRangeIsRejected(_ text: String) throws {
        let (_, rejects) = try counts("+14162345671\n\(text)\n", ImportOptions(maximumRejectedShare: 1))
        #expect(rejects == [Reject(line: 2, column: 1, reason: .badRange)])
    }

    @Test func aRangeCanBeTakenOutAgain() throws {
        let fixture = try Fixture()
        let first = try fixture.importVersion(try list(), "+861380-+861389\n+8613900000001\n").version
        let second = try fixture.importVersion(try list(), "+861380-+861389\n", mode: .remove, base: first).version
        let snapshot = try fixture.folder.open(second)
        #expect(snapshot.lookup(number("+8613850000001")) == nil)
        #expect(snapshot.lookup(number("+8613900000001")) != nil)
    }
}

struct ChangeTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    /// What a change list adds, or takes out, opened.
    private func read(
        _ text: String, isRemoval: Bool = false, _ definition: ListDefinition? = nil, share: Double? = nil
    ) throws -> (snapshot: ListSnapshot, counts: ImportCounts, rejects: [Reject]) {
        let importer = ListImporter(
            definition: try definition ?? list(), isRemoval: isRemoval, takesChanges: true, asOf: noon,
            options: ImportOptions(format: .changes, maximumRejectedShare: share), normalise: chinese)
        try importer.feed(Array(text.utf8))
        let path = "\(fixture.path)/\(isRemoval)"
        let summary = try importer.finish(writing: path)
        return (try ListSnapshot(path: path, sha256: summary.index.sha256), summary.counts, importer.rejects)
    }

    @Test(arguments: [
        "phone,flag\n13800000001,D\n13800000003,A\n", "13800000001,D\n13800000003,a\n",
        "13800000001,2026-01-01 00:00:00,D\n13800000003,2026-01-02,A\n",
    ])
    func oneFileSaysWhatToAddAndWhatToTakeOut(_ text: String) throws {
        for (isRemoval, digits) in [(false, "+8613800000003"), (true, "+8613800000001")] {
            let (snapshot, counts, rejects) = try read(text, isRemoval: isRemoval)
            #expect(rejects.isEmpty)
            #expect(counts.accepted == 2)
            #expect(snapshot.entryCount == 1)
            #expect(snapshot.lookup(number(digits)) != nil)
        }
    }

    @Test func theLastLineAboutANumberWins() throws {
        let text = "13800000001,D\n13800000001,A\n13800000002,A\n13800000002,D\n13800000003,D\n"
        let added = try read(text).snapshot
        #expect(added.entryCount == 1)
        #expect(added.lookup(number("+8613800000001")) != nil)
        let removed = try read(text, isRemoval: true)
        #expect(removed.snapshot.entryCount == 2)
        #expect(removed.snapshot.lookup(number("+8613800000001")) == nil)
        #expect(removed.counts.duplicates == 2)
    }

    @Test func areaCodeAndNumberAreFoundAmongTheFields() throws {
        let (snapshot, _, rejects) = try read("416,2345671,2026-01-01,A\n647,2345672,2026-01-01,A\n")
        #expect(rejects.isEmpty)
        #expect(snapshot.lookup(number("+16472345672")) != nil)
    }

    @Test func changesMustBeDeclaredAndMeantAsSuch() throws {
        #expect(rejection("416,2345671,20260101,A\n") == .undeclaredChanges)
        #expect(rejection("+14162345671,D\n") == .undeclaredChanges)
        // A replacement by a change list would drop everyone who did not change.
        let replaced = try #require(rejection("+14162345671,D\n", ImportOptions(format: .changes)))
        #expect("\(replaced)".contains("mode `add`"))
        #expect(throws: SuppressionError.rejected(.changesNotTaken("none of its rows adds"))) {
            try read("13800000001,D\n")
        }
        #expect(throws: SuppressionError.self) { try read("13800000001,A\n", try list(.exempt)) }
    }

    @Test func aBadFlagIsNamed() throws {
        let (_, _, rejects) = try read("13800000001,A\n13800000002,X\n123,A\n13800000003\n", share: 1)
        #expect(rejects.map(\.reason) == [.badFlag, .notANumber, .badFlag])
        #expect(rejects.map(\.column) == [2, 1, 2])
    }
}
