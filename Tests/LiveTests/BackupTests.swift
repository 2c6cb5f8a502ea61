import Foundation
import GateTesting
import Testing

@Suite struct BackupTests {
    /// A folder's files but the index, with their contents.
    private func contents(_ folder: String) -> [String: Data] {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        var found: [String: Data] = [:]
        for path in paths where !path.contains(".sqlite") {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(path)") { found[path] = data }
        }
        return found
    }

    @Test func aBackupOfARunningServiceIsPutInPlaceElsewhere() async throws {
        let site = try Site(caps: 2)
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        func ask(_ client: Client) -> String? {
            client.send("POST", "/v1/decisions", #"{"phone":"+8613800000001","purpose":"service"}"#)?.member("verdict")
        }
        #expect([ask(client), ask(client), ask(client)] == ["allow", "allow", "deny"])
        try site.folder.write("13800000009\n", to: "dnc.csv")
        #expect(try site.run("list", "import", "internal-dnc", site.folder.path + "/dnc.csv").code == 0)
        let file = site.folder.path + "/backup.tar"
        let made = try site.run("backup", file)
        #expect(made.code == 0 && made.out.contains("keep a copy of it elsewhere"))
        #expect(try site.run("backup", file).code == 2)
        #expect(try site.run("doctor").code == 0)
        await service.end(SIGTERM)

        #expect(try site.run("restore", file).code == 2)
        let moved = site.folder.path + "/data.away"
        try FileManager.default.moveItem(atPath: site.folder.path + "/data", toPath: moved)
        let restored = try site.run("restore", file)
        #expect(restored.code == 0 && restored.out.contains("entries") && restored.out.contains("in place"))
        #expect(contents(site.folder.path + "/data")["lists/internal-dnc/1/index"] != nil)
        #expect(
            contents(site.folder.path + "/data").filter { $0.key.hasPrefix("lists") }
                == contents(moved).filter { $0.key.hasPrefix("lists") })
        let again = try await site.serve()
        #expect(ask(try Client(port: again.port, key: key)) == "deny")
        await again.end(SIGTERM)
        #expect(try site.run("log", "verify").code == 0)
    }

    @Test func whoWasErasedAfterTheBackupIsErasedAgain() async throws {
        let site = try Site(caps: 5)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        let service = try await site.serve()
        let (asking, looking) = (
            try Client(port: service.port, key: dialer), try Client(port: service.port, key: compliance)
        )
        var subjects: [String] = []
        for n in 1...3 {
            let call = #"{"phone":"+861380000000\#(n)","purpose":"service","customer":"C-back-\#(n)"}"#
            #expect(asking.send("POST", "/v1/decisions", call)?.member("verdict") == "allow")
            let found = looking.send(
                "POST", "/v1/subjects/lookup", #"{"phone":"+861380000000\#(n)","reason":"r"}"#)
            subjects.append(try #require(found?.member("subject")))
        }
        func erase(_ subject: String) -> Int? {
            looking.send("POST", "/v1/subjects/\(subject)/erasure", #"{"reason":"asked"}"#)?.status
        }
        #expect(erase(subjects[0]) == 200)
        let backup = site.folder.path + "/backup.tar"
        #expect(try site.run("backup", backup).code == 0)
        #expect(erase(subjects[1]) == 200)
        // Beside the service.
        let roll = try site.run("subject", "erasures")
        #expect(roll.code == 0 && roll.out.hasSuffix("{\"erasures\":2}\n"), "\(roll)")
        try site.folder.write(roll.out, to: "erasures.ndjson")
        await service.end(SIGTERM)

        try FileManager.default.moveItem(
            atPath: site.folder.path + "/data", toPath: site.folder.path + "/data.away")
        #expect(try site.run("restore", backup).out.contains("erase-again"))
        func log() throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: site.folder.path + "/data/log.sqlite"))
        }
        let file = site.folder.path + "/erasures.ndjson"
        try site.folder.write(String(roll.out.dropLast(17)), to: "cut.ndjson")
        #expect(try site.run("subject", "erase-again", site.folder.path + "/cut.ndjson").code == 2)
        #expect(try log().range(of: Data("C-back-2".utf8)) != nil)
        let again = try site.run("subject", "erase-again", file)
        #expect(again.code == 0 && again.out.hasPrefix("1 erased again, 1 were gone already, 0 held"), "\(again)")
        #expect(try log().range(of: Data("C-back-2".utf8)) == nil)
        #expect(try log().range(of: Data("C-back-3".utf8)) != nil)
        #expect(try site.run("subject", "erase-again", file).out.hasPrefix("0 erased again, 2 were gone already"))
        #expect(try site.run("log", "verify").code == 0)
    }

    @Test func whatIsNoWholeBackupIsNotPutInPlace() throws {
        let site = try Site()
        _ = try site.key()
        let file = site.folder.path + "/backup.tar"
        #expect(try site.run("backup", file).code == 0)
        let whole = try #require(FileManager.default.contents(atPath: file))
        try FileManager.default.removeItem(atPath: site.folder.path + "/data")
        func tell(_ bytes: Data) throws -> Ended {
            try bytes.write(to: URL(fileURLWithPath: site.folder.path + "/other.tar"))
            return try site.run("restore", site.folder.path + "/other.tar")
        }
        var changed = whole
        // In the middle of the log.
        changed[whole.count / 2] ^= 1
        for bytes in [changed, whole.prefix(whole.count / 2), Data("no archive".utf8), Data()] {
            let ended = try tell(bytes)
            #expect(ended.code == 1 && ended.out.contains("BROKEN"), "\(ended)")
            #expect(!FileManager.default.fileExists(atPath: site.folder.path + "/data"))
            #expect(!FileManager.default.fileExists(atPath: site.folder.path + "/data.restoring"))
        }
        #expect(try tell(whole).code == 0)
    }

    @Test func theDoctorNamesWhatStandsInTheWay() throws {
        let site = try Site()
        _ = try site.key()
        #expect(try site.run("doctor").code == 0)
        let keys = site.folder.path + "/data.keys"
        try FileManager.default.moveItem(atPath: keys, toPath: keys + ".away")
        let missing = try site.run("doctor")
        #expect(missing.code == 1 && missing.out.contains("FAIL  log       the key file"))
        try FileManager.default.moveItem(atPath: keys + ".away", toPath: keys)
        let pack = site.folder.path + "/policy/CN/test/pack.yaml"
        let text = try String(contentsOfFile: pack, encoding: .utf8)
        try site.folder.write(text + "nonsense: 1\n", to: "policy/CN/test/pack.yaml")
        let faulty = try site.run("doctor")
        #expect(faulty.code == 1 && faulty.out.contains("FAIL  policy") && faulty.out.contains("nonsense"))
    }
}
