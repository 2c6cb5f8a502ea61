import Crypto
import Documents
import Foundation
import GRDB
import GateModel
import GateTesting
import Ledger
import Testing
import Transparency

@testable import Gate

/// A desk over which a number was called, refused and complained.
private struct Story {
    let desk: Desk
    let allow: String
    let deny: String
    let complaint: String

    init() async throws {
        desk = try await Desk(attempts: 1000, connections: 1000)
        _ = try await desk.consent(#""customer":"C1","evidence_ref":"rec-0""#)
        allow = try await desk.allow("marketing", #""product":"card","customer":"C1","agent":"A<b>7&","permit":false"#)
        desk.clock.advance(.minutes(1))
        _ = try await desk.report(allow, "refused", #""recording_ref":"rec-17","agent":"A7""#).get()
        desk.clock.advance(.hours(11))
        let told = await desk.decide("marketing", #""product":"card""#)
        guard case .deny(let answer) = told else { throw Unexpected("\(told)") }
        deny = answer.record.id.description
        complaint = try await desk.gate.openComplaint(
            body(
                """
                {"phone":"\(Desk.phone)","received_at":"2026-11-23T09:00:00+08:00","channel":"12378",
                 "nature":"called after <script>no</script>","decision_ids":["\(allow)"]}
                """), by: desk.compliance
        ).get().number
        // Another number, of which nothing may be in the bundle.
        _ = try await desk.allow(phone: "+8613800000009")
    }

    func bundle(_ scope: EvidenceScope = .phone(Desk.phone, region: nil)) async throws -> [UInt8] {
        try await desk.gate.evidence(scope, reason: "a complaint", by: desk.compliance).get().bytes
    }
}

private func files(_ bundle: [UInt8]) throws -> [String: [UInt8]] {
    Dictionary(try StoredZip.read(bundle).map { ($0.name, $0.bytes) }) { $1 }
}

/// Packs files as a bundle, with a manifest that holds the hashes of what is there.
private func pack(_ files: [String: [UInt8]], mendsManifest: Bool = true) throws -> [UInt8] {
    var files = files
    if mendsManifest, let manifest = files[Evidence.manifest], let node = try? JSONParser.parse(manifest),
        case .object(let members) = node.value
    {
        var json = JSONWriter()
        json.object { json in
            for member in members where member.name != "files" {
                json.name(member.name)
                json.node(member.node)
            }
            json.name("files")
            json.array { json in
                for (name, bytes) in files.sorted(by: { $0.key < $1.key }) where name != Evidence.manifest {
                    json.object { json in
                        json.member("name", name)
                        json.member("size", bytes.count)
                        json.member("sha256", hexadecimal(SHA256.hash(data: bytes)))
                    }
                }
            }
        }
        files[Evidence.manifest] = json.bytes + [10]
    }
    return try StoredZip.write(
        files.map { (name: $0.key, bytes: $0.value) }.sorted { StoredZip.isBefore($0.name, $1.name) })
}

/// What is found; nil where nothing is wrong.
private func fault(_ bundle: [UInt8]) -> String? {
    do { _ = try EvidenceBundle.verify(bundle) } catch { return "\(error)" }
    return nil
}

@Suite struct EvidenceTests {
    @Test func aBundleOfANumberHoldsAllOfItAndVerifiesAlone() async throws {
        let story = try await Story()
        let bundle = try await story.bundle()
        let found = try EvidenceBundle.verify(bundle)
        #expect(found.decisions == 2 && found.decidedAgain == 2 && found.erased == 0)
        #expect(found.reason == "a complaint" && found.madeBy.hasSuffix("compliance"))
        let held = try files(bundle)
        let manifest = try JSONParser.parse(try #require(held["manifest.json"]))
        guard case .array(let entries)? = manifest["entries"]?.value else { throw Unexpected("no entries") }
        #expect(
            entries.compactMap { $0["kind"]?.string } == [
                "consent", "snapshot", "decision", "outcome", "opt_out", "decision", "complaint", "access",
            ])
        let report = String(decoding: try #require(held["report.html"]), as: UTF8.self)
        for text in [
            "禁止外呼 Denied", "允许外呼 Allowed", "rec-17", "refused in words", "未命中 not listed", "internal-dnc",
            "called after &lt;script&gt;no&lt;/script&gt;", "A&lt;b&gt;7&amp;", Desk.phone, story.complaint,
        ] { #expect(report.contains(text), "\(text)") }
        #expect(!report.contains("<script") && !report.contains("13800000009"))
        let whole = held.values.map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(!whole.contains("13800000009"))
        // The policy's files are those on disk.
        let pack = try #require(held.first { $0.key.hasSuffix("/CN/test/pack.yaml") })
        #expect(String(decoding: pack.value, as: UTF8.self) == testPack(attempts: 1000, connections: 1000))
        #expect(held.keys.contains { $0.hasPrefix("zones/") })
        let denied = try #require(
            held.first {
                String(decoding: $0.value, as: UTF8.self).contains(story.deny) && $0.key.hasSuffix("entry.json")
            })
        let decision = try #require(try JSONParser.parse(denied.value)["decision"])
        #expect(decision["verdict"]?.string == "deny" && decision["permit"] == nil)
        guard case .array(let lists)? = decision["list_versions"]?.value else { throw Unexpected("no lists") }
        let names = Set(lists.compactMap { $0["list"]?.string })
        #expect(names.isSuperset(of: ["internal-dnc", "reassigned"]))
    }

    @Test func theMakingIsInTheLogAndNothingIsMadeOfNobody() async throws {
        let story = try await Story()
        let before = try story.desk.heads()
        let unknown = await story.desk.gate.evidence(
            .phone("+8613800000077", region: nil), reason: "r", by: story.desk.compliance)
        #expect(unknown.name == "not found")
        #expect(try story.desk.heads() == before)
        _ = try await story.bundle()
        let entry = try #require(try story.desk.store.read { try $0.entry(before + 1) })
        #expect(entry.kind == .access)
        let body = String(decoding: try EntryCore(bytes: entry.core).body, as: UTF8.self)
        #expect(body == #"{"what":"evidence","reason":"a complaint","owner":"compliance"}"#)
        // The next bundle tells of the access.
        let again = try await story.bundle()
        #expect(try EvidenceBundle.verify(again).entries == 9)
    }

    @Test func aBundleOfADecisionHoldsWhatItRestsOnAndWhatFollowed() async throws {
        let story = try await Story()
        let bundle = try await story.bundle(.decision(try #require(EntryID(story.allow))))
        #expect(try EvidenceBundle.verify(bundle).decisions == 1)
        let manifest = try JSONParser.parse(try #require(try files(bundle)["manifest.json"]))
        guard case .array(let entries)? = manifest["entries"]?.value else { throw Unexpected("no entries") }
        #expect(
            entries.compactMap { $0["kind"]?.string } == [
                "consent", "snapshot", "decision", "outcome", "opt_out", "complaint", "access",
            ])
        #expect(manifest["decision"]?.string == story.allow)
        // By the complaint it is everything on the number.
        let complaint = try await story.bundle(.complaint(story.complaint))
        #expect(try EvidenceBundle.verify(complaint).decisions == 2)
    }

    @Test func aBundleOfACustomerHoldsWhatNamesItWithEveryNumber() async throws {
        let story = try await Story()
        let (desk, other) = (story.desk, "+8613800000008")
        _ = await desk.decide("service", #""customer":"C1""#, phone: other)
        // The same number without the customer, and the customer's neighbour.
        _ = try await desk.allow("service", phone: other)
        _ = try await desk.allow("service", #""customer":"C-neighbour""#, phone: "+8613800000007")
        let request = try desk.gate.evidenceRequest(body(#"{"customer":"C1","reason":"a complaint"}"#)).get()
        let bundle = try await desk.gate.evidence(request.scope, reason: request.reason, by: desk.compliance).get()
        let found = try EvidenceBundle.verify(bundle.bytes)
        #expect(found.decisions == 2 && found.decidedAgain == 2)
        let held = try files(bundle.bytes)
        let manifest = try JSONParser.parse(try #require(held["manifest.json"]))
        guard case .array(let entries)? = manifest["entries"]?.value else { throw Unexpected("no entries") }
        let kinds = Set(entries.compactMap { $0["kind"]?.string })
        #expect(kinds.isSuperset(of: ["consent", "decision", "outcome"]))
        let report = String(decoding: try #require(held["report.html"]), as: UTF8.self)
        #expect(report.contains("<td>\(Desk.phone), \(other)</td>") && report.contains("<td>C1</td>"))
        let whole = held.values.map { String(decoding: $0, as: UTF8.self) }.joined()
        #expect(!whole.contains("13800000007") && !whole.contains("C-neighbour"))
        let nobody = await desk.gate.evidence(.customer("C9"), reason: "r", by: desk.compliance)
        #expect(nobody.name == "not found")
    }

    @Test func everyKindOfEntryHasATitleOfItsOwnInBothLanguages() {
        let titles = EntryKind.allCases.map(\.title)
        for title in titles {
            #expect(title.chinese.unicodeScalars.allSatisfy { ("\u{4E00}"..."\u{9FFF}").contains($0) }, "\(title)")
            #expect(title.english.utf8.allSatisfy { $0 < 0x80 } && !title.english.isEmpty, "\(title)")
        }
        #expect(Set(titles.map(\.chinese)).count == titles.count)
        #expect(Set(titles.map(\.english)).count == titles.count)
    }

    @Test func anErasedPersonsBundleSaysSoAndStillVerifies() async throws {
        let story = try await Story()
        try sqlite(
            story.desk.fixture.folder.path + "/data/log.sqlite",
            "DELETE FROM subject; UPDATE entry SET personal = NULL WHERE personal IS NOT NULL")
        let desk = try Desk(reopening: story.desk)
        for scope in [
            EvidenceScope.phone(Desk.phone, region: nil), .decision(try #require(EntryID(story.allow))),
        ] {
            let bundle = try await desk.gate.evidence(scope, reason: "r", by: desk.compliance).get().bytes
            let found = try EvidenceBundle.verify(bundle)
            #expect(found.erased > 0 && found.decidedAgain == 0 && found.decisions > 0)
            let held = try files(bundle)
            #expect(String(decoding: try #require(held["report.html"]), as: UTF8.self).contains("个人信息已删除"))
            #expect(!held.values.contains { String(decoding: $0, as: UTF8.self).contains("13800000001") })
        }
    }

    // MARK: Whatever is changed is found

    @Test func everyChangedByteIsFound() async throws {
        let story = try await Story()
        let bundle = try await story.bundle(.decision(try #require(EntryID(story.allow))))
        #expect(fault(bundle) == nil)
        // Every byte of the directory's end, and a sample of the rest.
        let places =
            Array(stride(from: 0, to: bundle.count, by: bundle.count / 150 + 1))
            + Array(bundle.count - 40..<bundle.count)
        for place in places {
            var changed = bundle
            changed[place] ^= 1 << UInt8(place % 8)
            #expect(fault(changed) != nil, "byte \(place)")
        }
        for count in stride(from: 0, to: bundle.count, by: bundle.count / 40) {
            #expect(fault(Array(bundle[..<count])) != nil, "cut at \(count)")
        }
        #expect(fault(bundle + [0]) != nil)
    }

    @Test func whoMendsChecksumsAndManifestIsFoundToo() async throws {
        let story = try await Story()
        let held = try files(try await story.bundle(.decision(try #require(EntryID(story.allow)))))
        #expect(fault(try pack(held)) == nil)
        for (name, bytes) in held.sorted(by: { $0.key < $1.key }) {
            for place in [bytes.count / 2, bytes.count - 1] {
                var changed = held
                changed[name]?[place] ^= 4
                let mended = try pack(changed, mendsManifest: name != Evidence.manifest)
                #expect(fault(mended) != nil, "\(name), byte \(place)")
            }
            var without = held
            without[name] = nil
            #expect(fault(try pack(without)) != nil, "without \(name)")
        }
        var more = held
        more["notes.txt"] = Array("x".utf8)
        #expect(fault(try pack(more, mendsManifest: false)) == "`notes.txt` is not in the manifest")
        #expect(fault(try pack(more))?.contains("notes.txt") == true)
        var less = held
        less["log/key.txt"] = nil
        #expect(fault(try pack(less, mendsManifest: false)) == "`log/key.txt` is missing")
        #expect(fault(try pack(less)) == "`log/key.txt` is missing")
    }

    /// Whoever unpacked a bundle and packed its files again has changed nothing in them; he is told what he has.
    @Test func anArchiveThatWasPackedAnewIsToldFromOneThatIsDamaged() throws {
        let good = try StoredZip.write([("a.txt", [1]), ("manifest.json", [])])
        func fault(_ changes: [Int: UInt8]) -> StoredZip.Fault? {
            var changed = good
            for (place, byte) in changes { changed[place] = byte }
            do { _ = try StoredZip.read(changed) } catch { return error }
            return nil
        }
        let second = 30 + 5 + 1
        #expect(fault([8: 8]) == .anew("`a.txt` is compressed"))
        #expect(fault([second + 8: 8]) == .anew("`manifest.json` is compressed"))
        #expect(fault([second + 12: 0x77]) == .anew("`manifest.json` has a time"))
        #expect(fault([6: 8]) == .anew("the header of `a.txt` has another form"))
        #expect(fault([14: good[14] ^ 1]) == .damaged("`a.txt` has another checksum"))
        #expect(fault([34: UInt8(ascii: "/")]) == .anew("it has the folder `a.tx/`"))
        #expect(
            fault([good.count - 22 - 13 - 8: 1])
                == .anew("its directory has another form, from byte \(good.count - 43) on"))
    }

    @Test func anotherDecisionOrAnotherLogIsFound() async throws {
        let story = try await Story()
        let (allow, deny) = (try #require(EntryID(story.allow)), try #require(EntryID(story.deny)))
        let (first, second) = (
            try files(try await story.bundle(.decision(allow))), try files(try await story.bundle(.decision(deny)))
        )
        func folder(_ id: EntryID) -> String {
            let digits = "\(id.sequence)"
            return "entries/" + String(repeating: "0", count: 12 - digits.count) + digits
        }
        // The files of the other decision under this one's place, and the other decision itself in place of it.
        var renamed = first
        for (name, bytes) in second where name.hasPrefix(folder(deny)) {
            renamed[folder(allow) + name.dropFirst(folder(deny).count)] = bytes
        }
        #expect(fault(try pack(renamed)) != nil)
        var swapped = first.filter { !$0.key.hasPrefix(folder(allow)) }
        for (name, bytes) in second where name.hasPrefix(folder(deny)) { swapped[name] = bytes }
        #expect(fault(try pack(swapped)) != nil)
        // A receipt, and then checkpoint and key, of another log.
        let other = try files(try await (try await Story()).bundle())
        var foreign = first
        foreign[folder(allow) + "/receipt.tlog-proof"] = try #require(
            other.first { $0.key.hasSuffix("receipt.tlog-proof") }
        ).value
        #expect(fault(try pack(foreign))?.contains("under another checkpoint") == true)
        var taken = first
        for name in ["log/key.txt", "log/checkpoint.txt"] { taken[name] = other[name] }
        #expect(fault(try pack(taken)) != nil)
        // Of one piece, but of another log than the one that is known.
        let key = String(decoding: try #require(other["log/key.txt"]).dropLast(), as: UTF8.self)
        #expect(throws: EvidenceFault.self) {
            try EvidenceBundle.verify(try pack(first), key: try VerifierKey(key))
        }
    }

    @Test func whatIsNoBundleIsToldFromWhatIsBroken() async throws {
        func isNone(_ bytes: [UInt8]) -> Bool {
            do { _ = try EvidenceBundle.verify(bytes) } catch { if case .notABundle = error { return true } }
            return false
        }
        #expect(isNone([]) && isNone(Array("%PDF-1.7".utf8)))
        #expect(isNone(try StoredZip.write([("a.txt", [1])])))
        #expect(
            isNone(
                try StoredZip.write([("manifest.json", Array(#"{"format":"callgate-evidence/9","files":[]}"#.utf8))])))
        // A name that leads out of the folder is refused before anything else.
        let good = try StoredZip.write([("aa/passwd", [1]), ("manifest.json", [])])
        #expect(
            fault(replace("aa/passwd", "../passwd", in: good))
                == "the archive holds the name `../passwd`, which no bundle has")
        for name in ["/etc/x", "a//b", "a/./b", "..", "c:x", "a\\b", "", "a\u{0}b"] {
            #expect(throws: StoredZip.Fault.name(name)) { try StoredZip.write([(name, [])]) }
        }
        // A size that only claims to be there.
        var huge = good
        for place in 18..<26 { huge[place] = 0xFF }
        #expect(fault(huge)?.hasPrefix("the archive ends early") == true)
    }

    private func replace(_ name: String, _ other: String, in bytes: [UInt8]) -> [UInt8] {
        let (old, new) = (Array(name.utf8), Array(other.utf8))
        var bytes = bytes
        for place in 0..<bytes.count - old.count where Array(bytes[place..<place + old.count]) == old {
            bytes.replaceSubrange(place..<place + old.count, with: new)
        }
        return bytes
    }
}
