import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// A bundle is written at the command line, and verified where there is nothing else.
    @Test func aBundleIsWrittenOnceAndVerifiedWithNothingElse() async throws {
        let site = try Site(caps: 5)
        let bundle = site.folder.path + "/bundle.zip"
        #expect(try site.run("log", "evidence", "--phone", "+8613800000001", "-o", bundle).code == 3)
        let key = try site.key()
        let service = try await site.serve()
        let client = try Client(port: service.port, key: key)
        let answer = try #require(
            client.send("POST", "/v1/decisions", #"{"phone":"+8613800000001","customer":"C-7","purpose":"service"}"#))
        let id = try #require(answer.body.firstMatch(of: /"id":"([0-9a-f-]+)"/)?.1)
        // Beside the service, which signs.
        let made = try site.run("log", "evidence", "--decision", String(id), "-o", bundle, "--reason", "12378")
        #expect(made.code == 0, "\(made.out) \(made.err)")
        let logKey = try #require(client.send("GET", "/v1/log/key")).body
        await service.end(SIGTERM)
        #expect(try site.run("log", "evidence", "--decision", String(id), "-o", bundle).code == 2)
        // And without it.
        let second = site.folder.path + "/second.zip"
        let alone = try site.run("log", "evidence", "--phone", "+8613800000001", "-o", second)
        #expect(alone.code == 0, "\(alone.out) \(alone.err)")
        let told = try callgate(["log", "verify", "--bundle", second], in: site.folder).out
        let user = String(cString: getpwuid(geteuid()).pointee.pw_name)
        #expect(told.contains(" by cli, \(user): no reason was given"), "\(told)")
        let third = site.folder.path + "/third.zip"
        let customer = try site.run("log", "evidence", "--customer", "C-7", "-o", third)
        #expect(customer.code == 0, "\(customer.out) \(customer.err)")
        #expect(
            try site.run("log", "evidence", "--customer", "C-7", "--phone", "+8613800000001", "-o", third + "x").code
                == 2)
        #expect(try site.run("log", "evidence", "--phone", "+8613800000002", "-o", second + "x").code == 2)
        #expect(!FileManager.default.fileExists(atPath: second + "x"))
        #expect(
            try FileManager.default.attributesOfItem(atPath: bundle)[.posixPermissions] as? Int == 0o600)

        let elsewhere = try TemporaryFolder()
        try elsewhere.copy(bundle, to: "bundle.zip")
        try elsewhere.copy(second, to: "second.zip")
        try elsewhere.copy(third, to: "third.zip")
        try elsewhere.write(logKey, to: "log.key")
        func verify(_ name: String, _ more: String...) throws -> Ended {
            try callgate(["log", "verify", "--bundle", elsewhere.path + "/" + name] + more, in: elsewhere)
        }
        let trusted = try verify("bundle.zip")
        #expect(trusted.code == 0 && trusted.out.contains("compare it"), "\(trusted.out) \(trusted.err)")
        #expect(trusted.out.contains("by cli") && trusted.out.contains("12378"))
        for name in ["bundle.zip", "second.zip", "third.zip"] {
            let known = try verify(name, "--key", elsewhere.path + "/log.key")
            #expect(known.code == 0 && !known.out.contains("compare it"), "\(known.out) \(known.err)")
        }
        // Other tools open it.
        let python = "import zipfile; print(zipfile.ZipFile('\(bundle)').testzip())"
        let process = try start(["python3", "-c", python], in: elsewhere, as: "python")
        #expect(process.wait() == .exit(0))
        #expect(try String(contentsOfFile: elsewhere.path + "/python.out", encoding: .utf8) == "None\n")

        // Packed anew, it is no longer the file that was made, and the message says so.
        let pack = """
            import zipfile
            old, new = zipfile.ZipFile('\(bundle)'), zipfile.ZipFile('\(elsewhere.path)/anew.zip', 'w', zipfile.ZIP_DEFLATED)
            for name in old.namelist(): new.writestr(name, old.read(name))
            new.close()
            """
        #expect(try start(["python3", "-c", pack], in: elsewhere, as: "pack").wait() == .exit(0))
        let anew = try verify("anew.zip")
        #expect(anew.code == 1 && anew.out.contains("`README.txt` is compressed: "), "\(anew.out)")
        #expect(anew.out.contains("packed anew"))

        try elsewhere.write("notes", to: "notes.zip")
        #expect(try verify("notes.zip").code == 2)
        #expect(try verify("nothing.zip").code == 3)
        #expect(try verify("bundle.zip", "--key", "x+00000000+AA==").code == 2)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: bundle))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: elsewhere.path + "/changed.zip"))
        let changed = try verify("changed.zip")
        #expect(changed.code == 1 && changed.out.hasPrefix("BROKEN: "), "\(changed.out)")
    }
}
