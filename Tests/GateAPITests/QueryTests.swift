import HTTPTypes
import Testing

@Suite struct QueryTests {
    static let base = "/v1/decide?purpose=service&caller_id=+862223456789&attributes.sales_content=false"

    @Test func asksTheSameQuestionByAddress() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let reply = try await api.get(
                Self.base
                    + "&phone=+8613812345678&request_id=q1&data_fields=salutation,case_id&location.subdivision=CN-TJ&location.time_zone=Asia/Shanghai&permit=true",
                api.dialer)
            #expect(reply.status == 200)
            #expect(reply["verdict"] == "allow", "\(reply.text)")
            #expect(reply["phone"] == "+8613812345678")
            #expect(reply["permit"] != nil)
            #expect(reply.headers[.cacheControl] == "no-store")
            let encoded =
                Self.base.replacing("+86", with: "%2B86") + "&phone=%2B8613812345679&request_id=q2&format=flat"
            #expect(try await api.get(encoded, api.dialer).json["allowed"]?.value == .bool(true))
            let text = try await api.get(Self.base + "&phone=%208613812345680&request_id=q3&format=text", api.dialer)
            #expect(text.text.hasPrefix("ALLOW "), "\(text.text)")
        }
    }

    @Test(arguments: [
        "&phone=1381&request_id=a&moed=live", "&phone=1381&phone=1382&request_id=a", "&phone=1381",
        "&phone=1381&request_id=",
        "&phone=1381&request_id=a&format=json&format=json", "&phone=1381&request_id=a&format=xml",
        "&phone=%zz&request_id=a",
        "&phone=1381&request_id=a&permit=maybe", "&phone=1381&request_id=a&attributes.nothing=1",
        "&phone=%ff&request_id=a",
        "&phone=1381&request_id=a&location.planet=x", "&phone=1381&request_id=a&attributes.sales_content=false",
        "&request_id=a",
    ])
    func refusesAWrongAddress(_ more: String) async throws {
        try await withAPI { api in
            let reply = try await api.get(Self.base + more, api.dialer)
            #expect(reply.status == 400)
            #expect(!reply.pointers.isEmpty)
            #expect(reply.headers[.cacheControl] == "no-store")
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test func headIsNoQuestion() async throws {
        try await withAPI { api in
            let reply = try await api.send(.head, Self.base + "&phone=1381&request_id=a", api.dialer)
            #expect(reply.status == 405)
            #expect(reply.headers[.allow] == "GET")
            #expect(try await api.send(.head, "/v1/outcome?request_id=a&outcome=busy", api.dialer).status == 405)
            #expect(try await api.countDecisions() == 0)
        }
    }
}
