import Gate
import GateModel
import Testing

@testable import Console

@Suite struct SignInTests {
    @Test func anAccountSignsInWithItsPasswordAlone() async throws {
        try await withDesk { desk in
            let made = try await desk.gate.createAccount("li.wei", role: .operations, owner: "li.wei", by: "test").get()
            #expect(made.password.count >= 20 && made.account.account == "li.wei")
            #expect(desk.gate.authenticate("") == nil)
            let wrong = try await desk.post("/console/sign-in", nil, ["name": "li.wei", "password": "wrong"])
            #expect(wrong.status == 422 && wrong.cookie == nil)
            let right = try await desk.post("/console/sign-in", nil, ["name": "LI.WEI", "password": made.password])
            #expect(right.status == 303 && right.place == "/console/lists")
            let cookie = try #require(right.cookie)
            #expect(try await desk.get("/console/lists", cookie).status == 200)
            // A new password ends every session; so does disabling the account.
            let next = try await desk.gate.givePassword(made.account, by: "test").get()
            #expect(try await desk.get("/console/lists", cookie).status == 303)
            let again = try await desk.post("/console/sign-in", nil, ["name": "li.wei", "password": next])
            #expect(try await desk.get("/console/lists", again.cookie).status == 200)
            _ = try await desk.gate.revokeKey(made.account.id, by: "test").get()
            #expect(try await desk.get("/console/lists", again.cookie).status == 303)
        }
    }

    @Test func aNameIsTakenOnceAndWrittenInOneWay() async throws {
        try await withDesk { desk in
            let gate = desk.gate
            _ = try await gate.createAccount("a", role: .admin, owner: "a", by: "test").get()
            for name in ["a", "", "A b", "x/../y", String(repeating: "x", count: 65)] {
                let made = await gate.createAccount(name, role: .admin, owner: "b", by: "test")
                guard case .failure = made else {
                    Issue.record("`\(name)` was taken")
                    continue
                }
            }
        }
    }

    @Test func aGuessablePasswordIsRefused() async throws {
        try await withDesk { desk in
            let (_, _, key) = try await desk.session(.operations, "li.wei")
            for password in ["short", "li.wei is my name", "aaaaaaaaaaaaaaaaaaaa"] {
                let set = await desk.gate.setPassword(password, of: key, by: key.id)
                guard case .failure(.invalid) = set else {
                    Issue.record("`\(password)` was taken")
                    continue
                }
            }
        }
    }

    @Test func fiveFailuresLockANameForAWhile() {
        let limit = SignInLimit()
        let start = Instant(seconds: 0)
        for _ in 0..<5 {
            #expect(!limit.isLocked("x", at: start))
            limit.failed("x", at: start)
        }
        #expect(limit.isLocked("x", at: start) && !limit.isLocked("y", at: start))
        #expect(limit.isLocked("x", at: start + .minutes(14)) && !limit.isLocked("x", at: start + .minutes(15)))
    }

    @Test func aSessionEndsIdleAndInAnyCase() async throws {
        try await withDesk { desk in
            let (cookie, _, _) = try await desk.session(.operations)
            for _ in 0..<24 {
                desk.clock.advance(.minutes(29))
                #expect(try await desk.get("/console/lists", cookie).status == 200)
            }
            desk.clock.advance(.minutes(29))
            #expect(try await desk.get("/console/lists", cookie).status == 303)
            let (idle, _, _) = try await desk.session(.compliance)
            desk.clock.advance(.minutes(30))
            #expect(try await desk.get("/console/lists", idle).status == 303)
        }
    }
}
