import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// Entries are moved beside a running service under load, by a command that is killed too; nothing is lost, and the copy
    /// of a segment and a backup stand on their own.
    @Test func segmentsAreMadeBesideTheServiceAndStandOnTheirOwn() async throws {
        let site = try Site(caps: 1000)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        let service = try await site.serve()
        let tally = Tally()
        let workers = load(service, dialer, tally, phones: 300, round: 0)
        for _ in 0..<2000 where tally.all.count < 300 { pause(5) }
        // Killed at some moment, and done again.
        for delay in [120, 180] {
            let killed = try start(
                [executable, "log", "seal", "--through", "200"] + site.options, in: site.folder, as: "killed-\(delay)")
            pause(UInt32(delay))
            killed.signal(SIGKILL)
            _ = killed.wait()
        }
        var sealed = try site.run("log", "seal", "--through", "200")
        for _ in 0..<100 where try site.run("log", "segments").out.contains("1 to 200, 200 entries, sealed") == false {
            sealed = try site.run("log", "seal", "--through", "200")
        }
        #expect(sealed.code == 0, "\(sealed.err)")
        #expect(try site.run("log", "seal").code == 2)
        let verified = try site.run("log", "verify")
        #expect(verified.code == 0 && verified.out.contains("segments     1;"), "\(verified.out) \(verified.err)")
        tally.end()
        for worker in workers { while !worker.isFinished { pause(5) } }
        let client = try Client(port: service.port, key: compliance)
        let found = client.send("GET", "/v1/decisions?limit=500")
        #expect(found?.status == 200 && found?.body.contains(#""dropped":0"#) == true)
        #expect(client.send("GET", "/v1/decisions/\(tally.all[0].id)")?.status == 200)

        let copy = site.folder.path + "/0001.archive"
        #expect(try site.run("log", "archive", "--segment", "1", "-o", copy).code == 0)
        #expect(try site.run("log", "archive", "--segment", "2", "-o", copy + "2").code == 2)
        let judged = try site.run("log", "verify", "--segment", copy)
        #expect(
            judged.code == 0 && judged.out.contains("200 entries, 1 to 200, all there"), "\(judged.out) \(judged.err)")
        let drop = try site.run("log", "drop", "--segment", "1", "--reason", "room")
        #expect(drop.code == 1 && drop.out.contains("not dropped"), "\(drop.out) \(drop.err)")
        #expect(try site.run("doctor").code == 0)
        let file = site.folder.path + "/backup.tar"
        #expect(try site.run("backup", file).code == 0)
        await service.end(SIGTERM)
        try FileManager.default.moveItem(atPath: site.folder.path + "/data", toPath: site.folder.path + "/data.away")
        let restored = try site.run("restore", file)
        #expect(restored.code == 0, "\(restored.out) \(restored.err)")
        let again = try await site.serve()
        let reader = try Client(port: again.port, key: compliance)
        #expect(reader.send("GET", "/v1/decisions/\(tally.all[0].id)")?.status == 200)
        await again.end(SIGTERM)
        #expect(try site.run("log", "verify").code == 0)
        // A segment that is missing is told by everything that needs it.
        try FileManager.default.removeItem(atPath: site.folder.path + "/data/segments/0001.sqlite")
        let broken = try site.run("log", "verify")
        #expect(broken.code == 1 && broken.out.contains("segment 1 is not at"), "\(broken.out)")
        let doctor = try site.run("doctor")
        #expect(doctor.code == 1 && doctor.out.contains("segment 1"), "\(doctor.out)")
    }
}
