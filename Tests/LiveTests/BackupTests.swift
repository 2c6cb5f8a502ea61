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
