import Gate
import GateModel
import HTTPTypes
import Testing

@testable import Console

@Suite struct AccessTests {
    private func path(_ route: Route) -> String {
        route.path.split(separator: "/").map { $0.hasPrefix("{") ? "none" : String($0) }.reduce("") { $0 + "/" + $1 }
    }

    @Test func everyAddressObeysItsRoles() async throws {
        try await withDesk { desk in
            var sessions: [Role: (cookie: String, token: String, key: APIKey)] = [:]
            for role in Role.allCases { sessions[role] = try await desk.session(role) }
            for route in desk.console.routes {
                guard case .roles(let allowed) = route.access else { continue }
                let path = path(route)
                let visitor = try await route.method == .get ? desk.get(path) : desk.post(path)
                #expect(visitor.status == (route.method == .get ? 303 : 401), "\(path)")
                for role in Role.allCases where !allowed.contains(role) {
                    let session = try #require(sessions[role])
                    let reply =
                        try await route.method == .get
                        ? desk.get(path, session.cookie)
                        : desk.post(path, session.cookie, ["token": session.token])
                    #expect(reply.status == 403, "\(role) \(path)")
                }
                for role in allowed where route.method == .get {
                    let session = try #require(sessions[role])
                    let reply = try await desk.get(path, session.cookie)
                    #expect(reply.status == 200 || path.contains("none") && reply.status == 404, "\(role) \(path)")
                }
            }
        }
    }

    @Test func aFormNeedsItsToken() async throws {
        try await withDesk { desk in
            let (cookie, token, _) = try await desk.session(.operations)
            let other = try await desk.session(.operations, "another")
            for wrong in [[:], ["token": "x"], ["token": other.token]] {
                #expect(
                    try await desk.post("/console/stops", cookie, ["all": "true"].merging(wrong) { $1 }).status == 403)
            }
            let fields = ["all": "true", "token": token]
            for headers: HTTPFields in [[:], [.secFetchSite: "cross-site"], [.origin: "https://example.org"]] {
                #expect(try await desk.post("/console/stops", cookie, fields, headers: headers).status == 403)
            }
            #expect(desk.gate.registry.stops.isEmpty)
            #expect(try await desk.post("/console/stops", cookie, fields).status == 303)
            #expect(desk.gate.registry.stops.count == 1)
        }
    }

    @Test func theSameFormTwiceIsDoneOnce() async throws {
        try await withDesk { desk in
            let (cookie, token, _) = try await desk.session(.operations)
            let fields = ["all": "true", "token": token, "once": "abc"]
            let first = try await desk.post("/console/stops", cookie, fields)
            let second = try await desk.post("/console/stops", cookie, fields)
            #expect(first.status == 303 && second.status == 303 && first.place == second.place)
            #expect(desk.gate.registry.stops.count == 1)
        }
    }

    @Test func noAddressLeadsToAnotherSite() async throws {
        try await withDesk { desk in
            for back in ["//example.org/", "https://example.org/", "/console/..//example.org", "/\\example.org"] {
                let reply = try await desk.get("/console/language?to=zh&back=\(Form.encoded(back))")
                #expect(reply.place == "/", "\(back)")
            }
        }
    }

    @Test func whatWasTypedSurvivesTheEndOfTheSession() async throws {
        try await withDesk { desk in
            let (cookie, token, _) = try await desk.session(.operations)
            desk.clock.advance(Sessions.idle)
            let reply = try await desk.post(
                "/console/people/opt-outs", cookie,
                ["token": token, "phone": "+8613800000001", "purposes": "marketing"])
            #expect(reply.status == 401 && reply.text.contains("name=\"kept.phone\" value=\"+8613800000001\""))
            #expect(!reply.text.contains(token))
        }
    }
}
