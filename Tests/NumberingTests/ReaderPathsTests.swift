import GateModel
import Testing

@testable import Numbering

@Suite("Fast path, slow path, libphonenumber")
struct ReaderPathsTests {
    let reader = ChinaPlan.reader

    @Test("the fast path equals the slow path and libphonenumber on random mobiles", arguments: [1, 2, 3] as [UInt64])
    func agreesOnMobiles(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let prefixes = [130, 138, 145, 150, 162, 165, 167, 170, 171, 178, 186, 191, 199]
        for _ in 0..<300 {
            let national =
                "\(prefixes.randomElement(using: &random)!)0000\(Int.random(in: 1000...9999, using: &random))"
            let fast = reader.readPlain("+86" + national)
            #expect(fast == reader.read("+86 " + national), "seed \(seed)")
            #expect(fast == reader.read("0086" + national, region: "CN"), "seed \(seed)")
            #expect(fast == reader.read(national, region: "CN"), "seed \(seed)")
            let library = ChinaPlan.bareReader.read("+86" + national)
            #expect(fast?.e164 == library.e164 && fast?.type == library.type && fast?.region == library.region)
        }
    }

    @Test("plus and digits of a plan take the fast path, everything else does not")
    func takesFastPath() {
        for input in [
            "+8613800000012", "+862223001201", "+864000000012", "+86110", "+8613490000012", "+86013800000012",
        ] {
            #expect(reader.readPlain(input) == reader.read(input))
            #expect(reader.readPlain(input) != nil)
        }
        for input in ["", "+", "+86 13800000012", "13800000012", "+12125550112", "+8", "＋8613800000012"] {
            #expect(reader.readPlain(input) == nil)
        }
    }

    @Test("one calling code of several regions is left to libphonenumber")
    func leavesSharedCallingCode() throws {
        let plan = try NumberPlan(
            region: "US", callingCode: 1,
            ranges: [.init(prefixes: ["212"], lengths: [10], category: "test", callable: false)],
            areaCodes: [.init(prefix: "907", place: "Alaska", subdivisions: ["US-AK"], zones: ["America/Anchorage"])],
            zones: ["America/New_York"])
        let reader = NumberReader(plans: [plan], defaultRegion: nil)
        #expect(reader.readPlain("+12125550112") == nil)
        #expect(reader.read("+12125550112").type == .invalid)
        #expect(reader.read("(212) 555-0112", region: "US").category == "test")
        #expect(reader.read("+19075550112").subdivisions == ["US-AK"])
        #expect(reader.read("+19075550112").zones == ["America/Anchorage"])
        #expect(reader.read("+12025550112").zones == ["America/New_York"])
        #expect(reader.read("+14165550112").region == "CA")
        #expect(reader.read("+14165550112").zones == [])
    }

    @Test("a range that is not callable beats libphonenumber, a range without type keeps its type")
    func letsPlanDecide() throws {
        let plan = try NumberPlan(
            region: "CN", callingCode: 86,
            ranges: [
                .init(prefixes: ["1380"], lengths: [11], callable: false),
                .init(prefixes: ["138"], lengths: [], category: "kept"),
                .init(prefixes: ["154"], lengths: [11], type: .mobile),
            ])
        let reader = NumberReader(plans: [plan], defaultRegion: nil)
        #expect(reader.read("+8613800000012").type == .invalid)
        #expect(reader.readPlain("+8613810000012") == nil)
        #expect(reader.read("+8613810000012").type == .mobile)
        #expect(reader.read("+8613810000012").category == "kept")
        #expect(reader.read("+8613900000012").type == .mobile)
        #expect(reader.read("8613900000012", region: "CN").e164 == E164("+8613900000012"))
        #expect(reader.read("022-23001201", region: "CN").e164 == E164("+862223001201"))
        #expect(ChinaPlan.bareReader.read("+8615400000012").type == .invalid)
        #expect(reader.read("+8615400000012").type == .mobile)
    }

    @Test(
        "libphonenumber alone reads the other regions",
        arguments: [
            ("+12125550112", nil, "fixed_line_or_mobile", "US"), ("(212) 555-0112", "US", "fixed_line_or_mobile", "US"),
            ("1 212 555 0112", "US", "fixed_line_or_mobile", "US"), ("+442079460012", nil, "fixed_line", "GB"),
            ("020 7946 0012", "GB", "fixed_line", "GB"), ("07400 000012", "GB", "mobile", "GB"),
            ("0491 570 006", "AU", "mobile", "AU"), ("+80012345678", nil, "toll_free", nil),
            ("+19995550112", nil, "invalid", nil), ("+19995550112", "CA", "invalid", "CA"),
            ("911", "US", "invalid", "US"),
            ("+999123456", "CN", "invalid", nil), ("+390612345678", nil, "fixed_line", "IT"),
        ] as [(String, String?, String, String?)])
    func readsOtherRegions(_ input: String, _ said: String?, _ type: String, _ region: String?) {
        let reading = reader.read(input, region: said)
        #expect(reading.type.rawValue == type)
        #expect(reading.region == region)
        #expect(reading.zones == [] && reading.subdivisions == [])
    }

    @Test("random garbage never crashes, and never has a number without a type", arguments: [11, 12, 13] as [UInt64])
    func survivesGarbage(_ seed: UInt64) {
        var random = Seeded(state: seed)
        let alphabet = Array("0123456789０１９٣+＋-() ;,=#x转tel:ext\u{3000}\0é🙂86")
        for _ in 0..<4000 {
            let input = String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            let region = ["CN", "US", "GB", "cn", "ZZ", "", "🙂", nil].randomElement(using: &random)!
            let reading = reader.read(input, region: region)
            #expect(reading.e164 != nil || reading.type == .invalid, "seed \(seed)")
            #expect(reading == reader.read(input, region: region), "seed \(seed)")
            #expect(reader.readCallerID(input, region: region).e164 == reading.e164, "seed \(seed)")
            #expect(NumberReader.containsDigit(input) || reading.e164 == nil, "seed \(seed)")
        }
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let reading = reader.read(String(decoding: bytes, as: UTF8.self), region: "CN")
            #expect(reading.e164 != nil || reading.type == .invalid, "seed \(seed)")
        }
    }

    @Test("what was read reads the same in E.164", arguments: [21, 22] as [UInt64])
    func isStable(_ seed: UInt64) {
        var random = Seeded(state: seed)
        for _ in 0..<3000 {
            let input = String(
                (0..<Int.random(in: 3...16, using: &random)).map { _ in "01234568".randomElement(using: &random)! })
            let reading = reader.read(input, region: "CN")
            if let e164 = reading.e164 { #expect(reader.read(e164.description) == reading, "seed \(seed)") }
        }
    }

    @Test("many readers at once read what one reads")
    func isThreadSafe() async {
        let inputs = [
            "+8613800000012", "0086 138 0000 0012", "(212) 555-0112", "020 7946 0012", "95588", "+19075550112",
        ]
        let reader = reader
        let expected = inputs.map { reader.read($0, region: "GB") }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    (0..<200).allSatisfy { _ in inputs.map { reader.read($0, region: "GB") } == expected }
                }
            }
            for await agrees in group { #expect(agrees) }
        }
    }
}
