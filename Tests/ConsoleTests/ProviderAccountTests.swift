import Gate
import GateModel
import Testing

@testable import Console

/// What the provider says of a person, turned into an account.
@Suite struct ProviderAccountTests {
    private let chen = Gate.identity(issuer: "https://id.example", subject: "8f2c")
    private let wang = Gate.identity(issuer: "https://id.example", subject: "77a0")

    @Test func aPersonKeepsOneAccount() async throws {
        try await withDesk { desk in
            let gate = desk.gate
            let first = try await gate.account(identity: chen, name: "Chen.Jing", role: .compliance).get()
            #expect(first.account == "chen.jing" && first.owner == "chen.jing" && first.identity == chen)
            #expect(try await gate.account(identity: chen, name: "chen.jing", role: .compliance).get().id == first.id)
            // No password opens it, and it is given none.
            #expect(await gate.signIn("chen.jing", "") == nil)
            guard case .failure(.conflict) = await gate.givePassword(first, by: "test") else {
                Issue.record("a password was given")
                return
            }
        }
    }

    @Test func anotherRoleEndsTheOldSessions() async throws {
        try await withDesk { desk in
            let gate = desk.gate
            let first = try await gate.account(identity: chen, name: "chen.jing", role: .compliance).get()
            let cookie = desk.console.sessions.begin(first, zone: nil, in: gate)
            #expect(try await desk.get("/console/today", cookie).status == 200)
            let next = try await gate.account(identity: chen, name: "chen.jing", role: .operations).get()
            #expect(next.id != first.id && next.owner == first.owner && next.role == .operations)
            #expect(try await desk.get("/console/today", cookie).status == 303)
            try await gate.closeAccount(identity: chen).get()
            #expect(gate.account(named: "chen.jing") == nil)
            try await gate.closeAccount(identity: chen).get()
        }
    }

    @Test func nobodyBecomesAnotherByAName() async throws {
        try await withDesk { desk in
            let gate = desk.gate
            let local = try await gate.createAccount("li.wei", role: .admin, owner: "li.wei", by: "test").get().account
            _ = try await gate.account(identity: chen, name: "chen.jing", role: .compliance).get()
            for name in ["li.wei", "LI.WEI", "chen.jing"] {
                guard case .failure(.conflict) = await gate.account(identity: wang, name: name, role: .admin) else {
                    Issue.record("`\(name)` was taken twice")
                    continue
                }
            }
            for name in ["", "王敏", "a b", "../x"] {
                guard case .failure(.invalid) = await gate.account(identity: wang, name: name, role: .admin) else {
                    Issue.record("`\(name)` was taken")
                    continue
                }
            }
            _ = try await gate.revokeKey(local.id, by: "test").get()
            #expect(try await gate.account(identity: wang, name: "li.wei", role: .operations).get().role == .operations)
        }
    }
}
