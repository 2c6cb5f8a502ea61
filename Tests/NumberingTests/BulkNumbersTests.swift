import Foundation
import GateModel
import Numbering
import Testing

struct BulkNumbersTests {
    /// Many more by hand: `BULK_NUMBERS=5000000 swift test -c release --filter BulkNumbersTests`.
    private static let rounds = ProcessInfo.processInfo.environment["BULK_NUMBERS"].flatMap { Int($0) } ?? 60_000

    private func bulk(_ bulk: BulkNumbers, _ text: String) -> E164? {
        Array(text.utf8).withUnsafeBytes { bulk.callable($0) }
    }

    /// Counts what the shortcut knows; what it knows must be what the reader says.
    private func known(
        _ texts: some Sequence<String>, _ reader: NumberReader, region: String?, _ name: String
    ) -> (known: Int, callable: Int) {
        let shortcut = BulkNumbers(reader, region: region)
        var result = (known: 0, callable: 0)
        var wrong: [String] = []
        for text in texts {
            let expected = reader.callable(text, region: region)
            let answer = bulk(shortcut, text)
            if answer != nil { result.known += 1 }
            if expected != nil { result.callable += 1 }
            if answer != nil, answer != expected { wrong.append(text) }
        }
        #expect(wrong.prefix(5) == [], "\(name): \(wrong.count) wrong")
        return result
    }

    @Test func everyPrefixOfThePlanIsReadAsTheReaderReadsIt() {
        let prefixes = Set(ChinaPlan.plan.ranges.flatMap(\.prefixes) + ChinaPlan.plan.areaCodes.map(\.prefix))
        #expect(prefixes.count > 700)
        var texts: [String] = []
        for prefix in prefixes.sorted() {
            for (index, length) in (max(prefix.utf8.count, 7)...13).enumerated() {
                let digits = prefix + String("2836450179285".dropFirst(index % 3).prefix(length - prefix.utf8.count))
                texts += ["", "86", "+86", "0", "+860"].map { $0 + digits }
            }
        }
        for region in ["CN", nil] {
            let (known, callable) = known(texts, ChinaPlan.reader, region: region, "plan, \(region ?? "no region")")
            // The plan decides about every callable number of its region.
            #expect(known == callable)
            #expect(known > 1000)
        }
    }

    @Test(arguments: ["CN", "US", "GB", nil] as [String?])
    func randomTextsAreReadAsTheReaderReadsThem(_ region: String?) {
        var random = Seeded(state: 20_260_301)
        let starts = [
            "", "+", "+86", "86", "0086", "00", "0", "1", "+1", "+8610", "010", "13", "138", "400", "17951", "+860",
            "+44", "(+86)", " +86 ", "-",
        ]
        let odd = [" ", "-", "(", ")", " ", "-", ".", "x", ",", "\u{FF11}", "+", "e", "/", "#", "*", "\u{A0}"]
        let texts = (0..<Self.rounds).lazy.map { _ -> String in
            var text = starts[Int(random.next() % UInt64(starts.count))]
            for _ in 0..<(random.next() % 14) {
                text += String(random.next() % 10)
                if random.next() % 20 == 0 { text += odd[Int(random.next() % UInt64(odd.count))] }
            }
            return text
        }
        _ = known(Array(texts), ChinaPlan.reader, region: region, "seed 20260301, \(region ?? "no region")")
    }

    @Test func chineseMobilesNeedNoText() {
        let texts = [
            "13800000001", "138 0000 0001", "138-0000-0001", "8613800000001", "+8613800000001", "013800000001",
        ]
        let (known, _) = known(texts, ChinaPlan.reader, region: "CN", "mobiles")
        #expect(known == texts.count)
    }

    @Test(arguments: ["US", "CA", "BS", "CN"])
    func northAmericanNumbersAreReadAsTheReaderReadsThem(_ region: String) {
        var random = Seeded(state: 20_260_302)
        var texts: [String] = []
        for _ in 0..<max(60, Self.rounds / 500) {
            // Some blocks that exist, some that do not, each with several numbers.
            let block =
                random.next() % 3 == 0
                ? random.next() % 1_000_000
                : [212_555, 416_555, 242_302, 800_555, 900_222]
                    .randomElement(using: &random)! + random.next() % 200
            let form = ["", "1", "+1"].randomElement(using: &random)!
            for _ in 0..<4 {
                let digits = String(block * 10_000 + random.next() % 10_000)
                texts.append(form + String(repeating: "0", count: 10 - digits.count) + digits)
            }
        }
        let (known, callable) = known(texts, ChinaPlan.reader, region: region, "seed 20260302, \(region)")
        #expect(callable > 0)
        #expect(known * 10 >= callable * (region == "CN" ? 2 : 8))
    }

    @Test func manyAtOnceGetTheSameAnswers() async {
        let shortcut = BulkNumbers(ChinaPlan.reader, region: "US")
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<4 {
                group.addTask {
                    (0..<300).count { step in
                        let text = "212555\(1000 + (step * 7 + task) % 9000)"
                        return Array(text.utf8).withUnsafeBytes { shortcut.callable($0) } != E164("+1" + text)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
