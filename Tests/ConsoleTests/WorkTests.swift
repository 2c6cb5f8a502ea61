import Foundation
import GateModel
import GateTesting
import HTTPTypes
import Testing

@testable import Console
@testable import Gate

/// What a page begins and shows once it is done.
@Suite struct WorkTests {
    @Test func aReportIsMadeAndItsFilesComeDown() async throws {
        try await withDesk { desk in
            let session = try await desk.session(.compliance)
            func begin(_ first: String, _ last: String) async throws -> Desk.Reply {
                try await desk.post(
                    "/console/reports", session.cookie,
                    ["token": session.token, "first": first, "last": last, "lang": "en"])
            }
            for (first, last) in [("x", "2026-11-22"), ("2026-11-22", "2026-11-01"), ("2026-11-01", "2026-11-23")] {
                #expect(try await begin(first, last).status == 400, "\(first) \(last)")
            }
            let place = try #require(try await begin("2026-11-01", "2026-11-22").place)
            let page = try await desk.settled(place, session.cookie)
            #expect(page.text.contains("report.html") && page.text.contains("calls.csv"))
            let manifest = try await desk.get(place + "/files/manifest.json", session.cookie)
            #expect(manifest.text.contains("\"2026-10-31T16:00:00.000Z\""))
            #expect(manifest.text.contains("\"2026-11-22T16:00:00.000Z\""))
            for name in ["..%2F..%2Fkeys", "none.csv", "%2E%2E"] {
                #expect(try await desk.get(place + "/files/" + name, session.cookie).status == 404, "\(name)")
            }
        }
    }

    @Test func aCandidateIsTriedOnPastCalls() async throws {
        try await withDesk { desk in
            let session = try await desk.session(.compliance)
            let key = try await desk.gate.key(.dialer)
            let call = body(#"{"phone":"+8613800000031","purpose":"care"}"#)
            let made = try await desk.gate.decide(call, by: key).get().record
            #expect(made.judgement.verdict == .allow)
            let core = try String(contentsOfFile: desk.folder.path + "/policy/core/pack.yaml", encoding: .utf8)
            let late = """
                  - {id: t.hours, kind: hours, status: law, citation: c, message: {en: Too early., zh: 太早。},
                     applies: {purposes: [care]}, parameters: {windows: {every: ["12:00-20:00"]}}}

                """
            let strict = pack.replacing("any_hour: [marketing, care,", with: "any_hour: [marketing,") + late
            try desk.folder.write(core, to: "candidates/strict/core/pack.yaml")
            try desk.folder.write(strict, to: "candidates/strict/CN/test/pack.yaml")
            try desk.folder.write(core, to: "candidates/broken/core/pack.yaml")
            try desk.folder.write("pack: [", to: "candidates/broken/CN/test/pack.yaml")
            func run(_ name: String) async throws -> Desk.Reply {
                let begun = try await desk.post(
                    "/console/what-if", session.cookie, ["token": session.token, "candidate": name])
                guard let place = begun.place else { return begun }
                return try await desk.settled(place, session.cookie)
            }
            let flipped = try await run("strict")
            #expect(flipped.text.contains("t.hours") && flipped.text.contains("\(made.id)"), "\(flipped.text)")
            #expect(try await run("broken").text.contains("CN/test/pack.yaml"))
            let begun = try await desk.post(
                "/console/what-if", session.cookie, ["token": session.token, "candidate": "broken"])
            _ = try await desk.settled(try #require(begun.place), session.cookie)
            let chinese = try await desk.get(
                try #require(begun.place), session.cookie, headers: [.acceptLanguage: "zh"])
            #expect(chinese.text.contains("不是有效的 YAML"), "\(chinese.text)")
            for name in ["../policy", "none", "."] { #expect(try await run(name).status == 400, "\(name)") }
        }
    }

    @Test func everyRuleHasAnAddress() async throws {
        try await withDesk { desk in
            let session = try await desk.session(.operations)
            let reply = try await desk.get("/console/policy/rules/t.dnc", session.cookie)
            #expect(reply.place == "/console/policy/packs/cn.test#t.dnc")
            #expect(try await desk.get("/console/policy/packs/cn.test", session.cookie).text.contains("id=\"t.dnc\""))
            #expect(try await desk.get("/console/policy/rules/none", session.cookie).status == 404)
        }
    }

    @Test func whatWasErasedOrDroppedIsSaidInBothLanguages() async throws {
        let kept = """
            retention:
              - {record: decision, minimum: 10d, default: 30d, citation: c}
              - {record: call_metadata, default: 25d, citation: c}

            """
        try await withDesk(pack + kept) { desk in
            let (gate, session) = (desk.gate, try await desk.session(.compliance))
            let dialer = try await gate.key(.dialer)
            func decide(_ phone: String) async throws -> String {
                try await gate.decide(body(#"{"phone":"\#(phone)","purpose":"care"}"#), by: dialer).get().record.id
                    .description
            }
            func read(_ path: String, _ language: String) async throws -> String {
                let headers: HTTPFields = [.acceptLanguage: language]
                return try await desk.get(path, session.cookie, headers: headers).text
            }
            let erased = try await decide("+8613800000031")
            let path = "/console/decisions/\(erased)"
            #expect(try await !read(path, "zh").contains("该判定所涉个人信息已删除"))
            let subject = try await gate.lookUp(
                phone: "+8613800000031", customer: nil, region: nil, reason: "r", by: session.key
            ).get()
            _ = try await gate.erase(#require(gate.subject(subject)), reason: "asked", by: session.key).get()
            #expect(try await read(path, "zh").contains("该判定所涉个人信息已删除"))
            #expect(try await read(path, "en").contains("The person of this decision was erased"))

            #expect(try await !read("/console/decisions", "zh").contains("旧日志段"))
            while try gate.store.maintain() > 0 {}
            _ = try await gate.aside { try gate.seal(.through(.max)) }
            desk.clock.advance(.days(31))
            _ = try await decide("+8613800000032")
            let key = session.key
            try await gate.aside {
                _ = try gate.runRetention(by: key)
                _ = try gate.dropSegment(1, reason: "over", by: key).get()
            }
            // The session of then is over.
            let later = try await desk.session(.compliance, "later")
            func again(_ path: String, _ language: String) async throws -> Desk.Reply {
                try await desk.get(path, later.cookie, headers: [.acceptLanguage: language])
            }
            let list = try await again("/console/decisions", "zh").text
            #expect(list.contains("此期间有 1 条判定及通话结果已随旧日志段清除"), "\(list)")
            #expect(
                try await again("/console/decisions", "en").text.contains("1 decisions and outcomes of this period"))
            let gone = try await again(path, "zh")
            #expect(gone.status == 404 && gone.text.contains("该时段的判定已随第 1 号旧日志段清除"), "\(gone.text)")
            #expect(try await again(path, "en").text.contains("dropped with segment 1 of the log"))
        }
    }
}
