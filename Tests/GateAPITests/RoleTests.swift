import Foundation
import HTTPTypes
import Testing

@Suite struct RoleTests {
    /// Every route that needs a key, and the roles that it takes: d, o, c, a.
    static let routes: [(HTTPRequest.Method, String, String)] = [
        (.post, "/v1/decisions", "d"), (.get, "/v1/decide", "d"), (.post, "/v1/decisions/batch", "d"),
        (.post, "/v1/decisions/preview", "doc"), (.get, "/v1/decisions", "doc"), (.get, "/v1/decisions/x", "doc"),
        (.get, "/v1/permits/keys", "doca"), (.post, "/v1/decisions/x/outcome", "dc"),
        (.post, "/v1/outcomes/batch", "dc"),
        (.get, "/v1/outcome", "dc"), (.post, "/v1/outcome", "dc"), (.post, "/v1/consents", "o"),
        (.post, "/v1/consents/x/withdrawal", "odc"), (.post, "/v1/consents/batches/x/approval", "c"),
        (.post, "/v1/opt-outs", "doc"), (.post, "/v1/opt-outs/x/lift", "c"), (.post, "/v1/relationships", "o"),
        (.post, "/v1/appointments", "od"), (.post, "/v1/complaints", "c"), (.post, "/v1/complaints/x/steps", "c"),
        (.post, "/v1/complaints/x/extension", "c"), (.post, "/v1/complaints/x/extension/approval", "c"),
        (.post, "/v1/complaints/x/closure", "c"), (.get, "/v1/complaints", "c"), (.get, "/v1/complaints/x", "c"),
        (.post, "/v1/evidence", "c"),
        (.post, "/v1/attempts", "o"),
        (.post, "/v1/attempts/x/approval", "c"), (.post, "/v1/subjects/lookup", "c"), (.get, "/v1/subjects/x", "c"),
        (.post, "/v1/subjects/x/reveal", "c"), (.post, "/v1/subjects/x/erasure", "c"), (.post, "/v1/holds", "c"),
        (.get, "/v1/holds", "c"), (.post, "/v1/holds/x/lift", "c"),
        (.post, "/v1/stops", "oca"), (.get, "/v1/stops", "doca"), (.post, "/v1/stops/x/lift", "c"),
        (.post, "/v1/caller-ids", "o"), (.get, "/v1/caller-ids", "oc"), (.post, "/v1/caller-ids/x/approval", "c"),
        (.post, "/v1/caller-ids/x/withdrawal", "oc"), (.post, "/v1/campaigns", "o"), (.get, "/v1/campaigns", "oc"),
        (.post, "/v1/campaigns/x/approval", "c"), (.post, "/v1/campaigns/x/pause", "oc"),
        (.post, "/v1/campaigns/x/resume", "c"),
        (.post, "/v1/vendors", "c"), (.post, "/v1/calendars", "o"), (.post, "/v1/calendars/x/approval", "c"),
        (.get, "/v1/imports", "oc"), (.get, "/v1/imports/x", "doc"), (.get, "/v1/imports/x/rejects", "doc"),
        (.post, "/v1/imports/x/approval", "c"),
        (.get, "/v1/lists", "oc"), (.get, "/v1/lists/x", "oc"), (.put, "/v1/lists/x", "o"),
        (.post, "/v1/lists/x/versions", "o"),
        (.post, "/v1/lists/x/answers", "o"), (.get, "/v1/lists/x/versions/1", "oc"),
        (.get, "/v1/lists/x/versions/1/rejects", "o"),
        (.post, "/v1/lists/x/versions/1/activation", "oc"), (.get, "/metrics", "doca"), (.get, "/openapi.yaml", "doca"),
        (.get, "/v1/policy", "doca"), (.get, "/v1/reports", "c"), (.post, "/v1/reconciliations", "c"),
        (.get, "/v1/reconciliations/x", "c"),
        (.get, "/v1/reconciliations/x/result", "c"), (.delete, "/v1/reconciliations/x", "c"),
        (.post, "/v1/scrubs", "o"), (.get, "/v1/scrubs/x", "o"),
        (.get, "/v1/scrubs/x/result", "o"), (.delete, "/v1/scrubs/x", "o"),
        (.get, "/v1/log/checkpoint", "doca"), (.get, "/v1/log/key", "doca"),
        (.get, "/v1/decisions/x/proof", "c"), (.get, "/v1/log/consistency?from=0", "c"),
        (.get, "/v1/log/tile/0/000", "c"), (.get, "/v1/log/tile/entries/000", "c"),
    ]

    @Test func anAddressNamesTheMethodsThatItTakes() async throws {
        try await withAPI { api in
            let wrong: [(HTTPRequest.Method, String, String)] = [
                (.head, "/v1/decide", "GET"), (.delete, "/v1/decisions", "GET, POST"), (.get, "/v1/opt-outs", "POST"),
                (.put, "/v1/decisions/batch", "POST"), (.post, "/v1/lists/x", "GET, PUT"), (.post, "/healthz", "GET"),
                (.delete, "/v1/log/tile/entries/000", "GET"), (.get, "/v1/complaints/C-1/steps", "POST"),
            ]
            for (method, path, allowed) in wrong {
                let reply = try await api.send(method, path, api.dialer, nil)
                #expect(reply.status == 405, "\(method) \(path): \(reply.status)")
                #expect(reply.headers[.allow] == allowed, "\(method) \(path)")
                if method == .head { continue }
                #expect(reply["code"] == "method-not-allowed")
                #expect(reply.headers[.contentType] == "application/problem+json")
            }
            for path in ["/v1/nothing", "/v1/decisions/x/y", "/v1/log/tile", "/v1"] {
                let none = try await api.get(path, api.dialer)
                #expect(none.status == 404 && none["code"] == "not-found" && none.headers[.allow] == nil, "\(path)")
            }
        }
    }

    @Test func everyRouteNeedsAKeyOfItsRole() async throws {
        try await withAPI { api in
            let keys = [("d", api.dialer), ("o", api.operations), ("c", api.compliance), ("a", api.admin)]
            for (method, path, roles) in Self.routes {
                let body = method == .get ? nil : "[]"
                let none = try await api.send(method, path, nil, body)
                #expect(none.status == 401 && none["code"] == "unauthorized", "\(method) \(path)")
                #expect(none.headers[.wwwAuthenticate] != nil)
                #expect(try await api.send(method, path, "cg_wrong", body).status == 401)
                for (role, key) in keys {
                    let reply = try await api.send(method, path, key, body)
                    #expect(
                        (reply.status == 403) == !roles.contains(role), "\(method) \(path) \(role): \(reply.status)")
                    #expect(reply.status != 401 && reply.status != 503)
                    #expect(!reply.text.hasPrefix("ALLOW"))
                }
            }
        }
    }

    @Test func theKeyMayComeAsAPassword() async throws {
        try await withAPI { api in
            func ask(_ header: String) async throws -> Int {
                try await api.get("/v1/stops", nil, headers: [.authorization: header]).status
            }
            func basic(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
            let asked = [
                ("Basic " + basic("anyone:" + api.dialer), 200), ("basic " + basic(":" + api.dialer), 200),
                ("bearer  " + api.dialer, 200), ("Basic " + basic(api.dialer), 401), ("Basic %%%", 401),
                ("Bearer", 401),
                ("Digest " + api.dialer, 401), (api.dialer, 401), ("Bearer " + api.dialer + " x", 401),
            ]
            for (header, wanted) in asked {
                let status = try await ask(header)
                #expect(status == wanted, "\(header.prefix(8))")
            }
        }
    }

    @Test func aRevokedKeyIsUnknownAtOnce() async throws {
        try await withAPI { api in
            let key = try await api.gate.makeKey(.dialer, "short-lived")
            let before = try await api.get("/v1/stops", key)
            #expect(before.status == 200)
            let id = try #require(api.gate.authenticate(key)?.id)
            _ = await api.gate.revokeKey(id, by: "test")
            #expect(try await api.get("/v1/stops", key).status == 401)
        }
    }
}
