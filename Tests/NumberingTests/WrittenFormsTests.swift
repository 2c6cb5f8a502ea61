import GateModel
import Numbering
import Testing

@Suite("Ways to write one number")
struct WrittenFormsTests {
    let reader = ChinaPlan.reader

    @Test(
        "every spelling of a mobile reads as that mobile",
        arguments: [
            "+8613800000012", "+86 138 0000 0012", "+86-138-0000-0012", "(+86) 13800000012", "(86)13800000012",
            "8613800000012", "86 138 0000 0012", "008613800000012", "0086 138-0000-0012", "00 86 138 0000 0012",
            "13800000012", "138 0000 0012", "138.0000.0012", "013800000012", "+86 013800000012",
            "+86 (0) 138 0000 0012", "86013800000012", "０１３８００００００１２", "１３８００００００１２", "＋８６１３８００００００１２",
            "+86　138　0000　0012", "138－0000－0012", "（86）13800000012", "١٣٨٠٠٠٠٠٠١٢", "+٨٦١٣٨٠٠٠٠٠٠١٢",
            "tel:+86-138-0000-0012", "TEL:+8613800000012", "tel:13800000012;phone-context=+86",
            "tel:13800000012;phone-context=example.com", "1795113800000012", "17951013800000012", "17911 138 0000 0012",
            "12593-13800000012", "179510086 13800000012", "13800000012 ext 12", "13800000012 ext. 12",
            "13800000012 Extension: 12", "13800000012x12", "13800000012转12", "13800000012 转 12", "13800000012转分机12",
            "13800000012分机：１２", "13800000012#12", "13800000012,,12", "13800000012;12", "+8613800000012;ext=12",
            "\u{200E}+86 138 0000 0012\u{200F}", "\u{FEFF}13800000012", " 13800000012\r\n",
            "138\u{2011}0000\u{2011}0012",
        ])
    func readsMobile(_ input: String) {
        let reading = reader.read(input, region: "CN")
        #expect(
            reading
                == NumberReading(e164: E164("+8613800000012"), type: .mobile, region: "CN", zones: ["Asia/Shanghai"]))
    }

    @Test(
        "every spelling of a land line reads as that land line",
        arguments: [
            "+862223001201", "+86 22 2300 1201", "+86 (0)22 2300 1201", "+86 022 23001201", "86 22 23001201",
            "86 022 23001201", "0086 22 23001201", "0086 022 23001201", "022-23001201", "(022)23001201",
            "（022）2300 1201", "022 23001201 转 8001", "022-23001201-ext 8001", "2223001201", "17951 022 23001201",
            "０２２－２３００１２０１",
            "tel:022-2300-1201;phone-context=+86",
        ])
    func readsLandLine(_ input: String) {
        let expected = NumberReading(
            e164: E164("+862223001201"), type: .fixedLine, region: "CN", subdivisions: ["CN-TJ"],
            zones: ["Asia/Shanghai"])
        #expect(reader.read(input, region: "CN") == expected)
    }

    @Test(
        "an international form needs no region",
        arguments: ["+8613800000012", "0086 138 0000 0012", "tel:+8613800000012"])
    func needsNoRegion(_ input: String) {
        #expect(reader.read(input).e164 == E164("+8613800000012"))
    }

    @Test(
        "a national form without any region is no number and has no region",
        arguments: ["13800000012", "8613800000012", "022-23001201", "12345", "4001234567"])
    func deniesNationalFormWithoutRegion(_ input: String) {
        #expect(reader.read(input) == NumberReading(e164: nil, type: .invalid, region: nil))
    }

    @Test("a national form reads by the default region where none is said")
    func readsByDefaultRegion() {
        let reader = NumberReader(plans: [ChinaPlan.plan], defaultRegion: "CN")
        #expect(reader.read("13800000012").type == .mobile)
        #expect(reader.read("13800000012", region: "").region == nil)
        #expect(reader.read("(212) 555-0112", region: "US").region == "US")
    }

    @Test("a region is known in lower case, and nonsense is no region")
    func readsRegionLeniently() {
        #expect(reader.read("13800000012", region: "cn").type == .mobile)
        #expect(reader.read("13800000012", region: "ZZ") == NumberReading(e164: nil, type: .invalid, region: nil))
        #expect(reader.read("13800000012", region: "中国").region == nil)
    }

    @Test(
        "what is more or less than one number is no number, and the region stays",
        arguments: [
            "", "   ", "+", "++8613800000012", "86+13800000012", "+86", "abc", "138xxxx0012", "1380000XXXX",
            "138****0012",
            "13800000012 13800000013", "13800000012,13800000013", "13800000012;13800000013", "13800000012 ext 1234567",
            "张三13800000012", "13800000012张三", "1380000ABCD", "13800000012 ext", "13800000012转", "1-800-FLOWERS",
            "+86138000000120000000000000000000000000000000", "138000000121380000001213800000012138", "１３８とんで", "🙂",
        ])
    func deniesOtherTexts(_ input: String) {
        let reading = reader.read(input, region: "CN")
        #expect(reading.type == .invalid)
        #expect(reading.e164 == nil)
        if !input.hasPrefix("+") { #expect(reading.region == "CN") }
    }

    @Test("the number's own calling code beats the region said")
    func believesCallingCode() {
        #expect(reader.read("+442079460012", region: "CN").region == "GB")
        #expect(reader.read("+8613800000012", region: "US").region == "CN")
        #expect(reader.read("011 86 138 0000 0012", region: "US").e164 == E164("+8613800000012"))
        #expect(reader.read("0011 86 22 2300 1201", region: "AU").subdivisions == ["CN-TJ"])
        #expect(reader.read("00 44 20 7946 0012", region: "CN").region == "GB")
    }

    @Test(
        "containsDigit sees digits of any script",
        arguments: [
            ("", false), ("abc", false), ("+", false), ("转", false), ("²", false), ("Ⅷ", false), ("五", false),
            ("a1", true),
            ("１", true), ("٣", true), ("客户１", true), ("138xxxx", true),
        ])
    func seesDigits(_ input: String, _ expected: Bool) {
        #expect(NumberReader.containsDigit(input) == expected)
    }
}
