import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// Killed in the middle of erasing, started again: each person is whole or erased, the log verifies, and what is asked
    /// for again is gone from every file.
    @Test func killedInTheMiddleOfErasingEachPersonIsWholeOrErased() async throws {
        let site = try Site(caps: 100)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        var service = try await site.serve()
        let count = 60
        func phone(_ n: Int) -> String { "+86138777\(10_000 + n)" }
        func customer(_ n: Int) -> String { "C-live-\(1000 + n)-x" }
        var subjects: [String] = []
        do {
            let (asking, looking) = (
                try Client(port: service.port, key: dialer), try Client(port: service.port, key: compliance)
            )
            for n in 0..<count {
                let body = #"{"phone":"\#(phone(n))","purpose":"service","customer":"\#(customer(n))"}"#
                for _ in 0..<3 { #expect(asking.send("POST", "/v1/decisions", body)?.member("verdict") == "allow") }
                let found = looking.send("POST", "/v1/subjects/lookup", #"{"phone":"\#(phone(n))","reason":"r"}"#)
                subjects.append(try #require(found?.member("subject")))
            }
        }
        let tally = Tally()
        let (port, asked) = (service.port, subjects)
        let workers = (0..<4).map { thread in
            let worker = Thread {
                guard let client = try? Client(port: port, key: compliance) else { return }
                for n in stride(from: thread, to: count, by: 4) {
                    let told = client.send("POST", "/v1/subjects/\(asked[n])/erasure", #"{"reason":"asked"}"#)
                    guard let told, told.status == 200 else { return }
                    tally.add(asked[n], "erased", "")
                }
            }
            worker.start()
            return worker
        }
        for _ in 0..<4000 where tally.all.count < 15 { pause(1) }
        await service.end(SIGKILL)
        for worker in workers { while !worker.isFinished { pause(5) } }

        service = try await site.serve()
        let told = Set(tally.all.map(\.id))
        let client = try Client(port: service.port, key: compliance)
        var whole = 0
        for subject in subjects {
            let held = try #require(client.send("GET", "/v1/subjects/\(subject)"))
            let isErased = held.body.contains(#""kind":"erasure""#)
            #expect(isErased != held.body.contains("C-live-"))
            #expect(isErased || !told.contains(subject))
            if !isErased { whole += 1 }
        }
        print("erasure: killed after \(told.count) of \(count) were answered, \(whole) were whole")
        // Before anything is asked for again: what was erased is gone though nobody may have been told.
        for subject in subjects {
            #expect(client.send("POST", "/v1/subjects/\(subject)/erasure", #"{"reason":"again"}"#)?.status == 200)
        }
        func traces() throws -> [String] {
            let data = site.folder.path + "/data"
            return try FileManager.default.subpathsOfDirectory(atPath: data).filter { name in
                guard let bytes = FileManager.default.contents(atPath: data + "/" + name) else { return false }
                return ["C-live-", "138777", "138****"].contains { bytes.range(of: Data($0.utf8)) != nil }
            }
        }
        #expect(try traces() == [])
        await service.end(SIGTERM)
        let verified = try site.run("log", "verify")
        #expect(verified.code == 0 && verified.out.contains("0 right, \(3 * count) erased"), "\(verified.out)")
        let replayed = try site.run("log", "replay")
        #expect(replayed.code == 0 && replayed.out.contains("\(3 * count) erased"), "\(replayed.out)")
        #expect(try traces() == [])
        // Its policy says of nothing how long it is kept.
        let dry = try site.run("retention", "run", "--dry-run")
        #expect(dry.code == 0 && dry.out.contains("would remove  nothing"), "\(dry.out) \(dry.err)")
        let ran = try site.run("retention", "run", "--json", "--owner", "desk")
        #expect(ran.code == 0 && ran.out.hasPrefix(#"{"entries":0"#), "\(ran.out) \(ran.err)")
        #expect(try site.run("log", "verify").code == 0)
    }
}
