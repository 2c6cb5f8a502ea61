import Foundation
import GateTesting
import Testing

extension LiveTests {
    /// Asks on several connections until the service is gone.
    func load(_ service: Service, _ key: String, _ tally: Tally, phones: Int, round: Int) -> [Thread] {
        (0..<8).map { thread in
            let worker = Thread {
                guard let client = try? Client(port: service.port, key: key) else { return }
                var n = 0
                while !tally.hasEnded {
                    n += 1
                    let phone = "+861380000\(1000 + (n * 8 + thread) % phones)"
                    let body = #"{"phone":"\#(phone)","purpose":"service","request_id":"\#(round)-\#(thread)-\#(n)"}"#
                    guard let response = client.send("POST", "/v1/decisions", body) else { break }
                    if response.status == 200, let id = response.member("id"), let verdict = response.member("verdict")
                    {
                        tally.add(id, verdict, phone)
                    }
                }
            }
            worker.start()
            return worker
        }
    }

    /// Killed in the middle of load, started again: every answered decision is there, and every cap holds.
    @Test func killedInTheMiddleOfLoadNothingAnsweredIsLost() async throws {
        let site = try Site(caps: 3)
        let (dialer, compliance) = (try site.key(), try site.key("compliance"))
        let tally = Tally()
        let phones = 400
        var killed = 0
        for (round, answers) in [1, 60, 250, 500].enumerated() {
            let service = try await site.serve()
            let before = tally.all.count
            let workers = load(service, dialer, tally, phones: phones, round: round)
            for _ in 0..<2000 where tally.all.count < before + answers { pause(5) }
            await service.end(SIGKILL)
            killed += 1
            for worker in workers { while !worker.isFinished { pause(5) } }
        }
        let answered = tally.all
        let allowed = answered.filter { $0.verdict == "allow" }
        let service = try await site.serve()
        let client = try Client(port: service.port, key: compliance)
        for decision in answered {
            let response = client.send("GET", "/v1/decisions/\(decision.id)")
            #expect(response?.status == 200 && response?.member("verdict") == decision.verdict)
        }
        let perPhone = Dictionary(grouping: allowed, by: \.phone).mapValues(\.count)
        #expect(perPhone.values.allSatisfy { $0 <= 3 })
        // However much is asked now, no number is allowed more often than its cap, what was answered before included.
        let asking = try Client(port: service.port, key: dialer)
        for (phone, count) in perPhone.prefix(60) {
            var more = 0
            for n in 0..<4 {
                let body = #"{"phone":"\#(phone)","purpose":"service","request_id":"after-\#(phone)-\#(n)"}"#
                if asking.send("POST", "/v1/decisions", body)?.member("verdict") == "allow" { more += 1 }
            }
            #expect(count + more <= 3, "\(phone): \(count) before, \(more) after")
        }
        await service.end(SIGTERM)
        print(
            "crash: killed \(killed) times, \(answered.count) decisions answered, \(allowed.count) allowed, all there")
        #expect(answered.count > 500)
    }

    /// Three services over one folder race for the caps of a few numbers.
    @Test func severalProcessesRaceForOneCap() async throws {
        let site = try Site(caps: 5)
        let key = try site.key()
        var services: [Service] = []
        for _ in 0..<3 { services.append(try await site.serve()) }
        let tally = Tally()
        let workers = services.enumerated().flatMap { index, service in
            (0..<4).map { thread in
                let worker = Thread {
                    guard let client = try? Client(port: service.port, key: key) else { return }
                    for n in 0..<25 {
                        let phone = "+861380000200\(n % 3)"
                        let body = #"{"phone":"\#(phone)","purpose":"service"}"#
                        guard let response = client.send("POST", "/v1/decisions", body) else { break }
                        tally.add("\(index)-\(thread)-\(n)", response.member("verdict") ?? "\(response.status)", phone)
                    }
                }
                worker.start()
                return worker
            }
        }
        for worker in workers { while !worker.isFinished { pause(10) } }
        for service in services { await service.end(SIGTERM) }
        let perPhone = Dictionary(grouping: tally.all.filter { $0.verdict == "allow" }, by: \.phone).mapValues(\.count)
        print(
            "race, 3 processes, \(tally.all.count) calls to 3 numbers, cap 5:",
            perPhone.sorted { $0.key < $1.key }.map(\.value))
        #expect(tally.all.count == 300)
        #expect(perPhone.values.sorted() == [5, 5, 5])
        #expect(Set(tally.all.map(\.verdict)) == ["allow", "deny"])
    }

    /// A limit on the size of files stands for a full disk.
    @Test func aFullDiskGives503NeverAllowAndRecovers() async throws {
        let site = try Site(caps: 100_000)
        let key = try site.key()
        // The write-ahead log is not emptied in between, so it meets the limit.
        let service = try await site.serve(["bash", "-c", "trap '' XFSZ; ulimit -S -f 700; exec \"$@\"", "_"])
        let client = try Client(port: service.port, key: key)
        var statuses: [Int: Int] = [:]
        var allows = 0
        var n = 0
        while statuses[503, default: 0] < 20 && n < 4000 {
            n += 1
            let body =
                #"{"phone":"+8613800000001","purpose":"fraud_alert","agent":"\#(String(repeating: "x", count: 200))"}"#
            guard let response = client.send("POST", "/v1/decisions", body) else { throw Broken("the service is gone") }
            statuses[response.status, default: 0] += 1
            if response.status == 200 { allows += 1 }
            if response.status == 503 { #expect(response.member("verdict") == nil) }
        }
        print("full disk: \(statuses)")
        #expect(statuses.keys.sorted() == [200, 503])
        let freed = try start(
            ["prlimit", "--pid", "\(service.process.id)", "--fsize=unlimited"], in: site.folder,
            as: "prlimit")
        #expect(freed.wait() == .exit(0))
        let response = client.send("POST", "/v1/decisions", #"{"phone":"+8613800000002","purpose":"service"}"#)
        #expect(response?.member("verdict") == "allow")
        await service.end(SIGTERM)
    }
}
