import Documents
import Foundation
import GateModel
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

@Suite struct AttackTests {
    @Test func brokenBodiesAreRefusedEverywhereWithoutHarm() async throws {
        try await withAPI { api in
            let deep = String(repeating: "[", count: 100_000)
            let bodies = [
                "\u{0}", "{\"a\":1e999999}", deep, "{\"x\":" + deep, String(repeating: "{\"a\":", count: 70) + "1",
                "{\"\\ud800\":1}", "\u{feff}{}",
                "{\"phone\":\"\\u0000\"}", "{\"\":\"\"}", "{\"__proto__\":{}}", "NaN",
                "{\"phone\":[[[[]]]],\"purpose\":{}}",
                "{\"calls\":\(deep)", String(repeating: "9", count: 100_000),
                "{\"x\":\"" + String(repeating: "y", count: 900_000) + "\"}",
            ]
            for (method, path, roles) in RoleTests.routes
            where method == .post && !["/versions", "/answers", "/reconciliations"].contains(where: path.contains) {
                let key = ["d": api.dialer, "o": api.operations, "c": api.compliance][roles.first!]
                for body in bodies {
                    let reply = try await api.post(path, key, body)
                    #expect([400, 404].contains(reply.status), "\(path) \(body.prefix(30)): \(reply.status)")
                    #expect(reply.text.utf8.count < 40_000)
                }
            }
            #expect(try await api.countDecisions() == 0)
        }
    }

    @Test(arguments: [
        "１３８１２３４５６７８", "+٨٦١٣٨١٢٣٤٥٦٧٨", "138\u{200b}12345678", "+86 (138) 1234-5678;ext=9", "tel:+8613812345678",
        "138\n12345678", "138' OR 1=1 --", "=1+1", "1\u{0}3812345678", "+86+8613812345678", "0",
        "00000000000000000000000000000000",
        "<script>1</script>", "8613812345678@sip.example",
    ])
    func oddNumbersAreDeniedOrReadAndNeverBreakAnything(_ phone: String) async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            var body = JSONWriter()
            body.object { json in
                json.member("phone", phone)
                json.member("purpose", "service")
                json.member("region", "CN")
                json.member("caller_id", "+862223456789")
                json.name("attributes")
                json.object { $0.member("sales_content", false) }
            }
            let reply = try await api.post("/v1/decisions", api.dialer, body.text)
            #expect(reply.status == 200 || reply.status == 400)
            if reply["verdict"] == "allow" { #expect(reply["phone"] == "+8613812345678") }
            // However it was written, the attempt counts for the one number.
            let same = try await api.decide()
            if reply["verdict"] == "allow" {
                #expect(same.kinds == "frequency")
            } else {
                #expect(same["verdict"] == "allow")
            }
        }
    }

    @Test func whateverStandsInAFieldComesBackAsItWas() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            for (index, text) in [
                "'; DROP TABLE entries; --", "=HYPERLINK(\"x\")", "<img src=x onerror=alert(1)>", "a\u{0}b",
                "\u{202e}evil", "😀", "%s%n", "../../etc",
                "\"quote\\", "\u{7f}\u{1}",
            ].enumerated() {
                var body = JSONWriter()
                body.object { json in
                    json.member("phone", "+861381234560\(index)")
                    json.member("purpose", "service")
                    json.member("caller_id", "+862223456789")
                    for name in ["customer", "agent", "event", "script", "request_id"] { json.member(name, text) }
                    json.name("attributes")
                    json.object { $0.member("sales_content", false) }
                }
                let reply = try await api.post("/v1/decisions", api.dialer, body.text)
                #expect(reply["verdict"] == "allow", "\(reply.text)")
                let shown = try await api.get("/v1/decisions/\(reply["id"]!)", api.compliance)
                #expect(shown["customer"] == text && shown["agent"] == text && shown["request_id"] == text)
                let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
                #expect(
                    try await api.get("/v1/decisions?agent=\(escaped)", api.compliance).json.list("decisions").count
                        == 1)
            }
            let wide = String(repeating: "é", count: 101)
            #expect(try await api.decide("\"agent\":\"\(wide)\"").status == 400)
        }
    }

    @Test func noNumberOrKeyOrBodyIsLoggedOrToldInAnError() async throws {
        try await withAPI { api in
            let number = "13812345678"
            let bad = [
                "{\"phone\":\"+86\(number)\",\"purpose\":\"\(number)\",\"\(number)\":1,\"mode\":\"+86 138 1234 5678\",\"attributes\":{\"\(number)\":1},\"location\":{\"time_zone\":\"\(number)\"}}",
                "{\"\(number)\":1,\"\(number)\":2}", "{\"phone\":\"+86\(number)",
            ]
            for body in bad {
                let reply = try await api.post("/v1/decisions", api.dialer, body)
                #expect(reply.status == 400)
                #expect(!reply.text.contains(number) && !reply.text.contains("138 1234 5678"), "\(reply.text)")
            }
            for path in [
                "/v1/decide?phone=\(number)&\(number)=1", "/v1/decide?phone=x&purpose=\(number)&request_id=1",
                "/v1/decisions?subject=\(number)",
                "/v1/decisions/\(number)", "/v1/lists/\(number)", "/v1/subjects/\(number)",
                "/v1/none/\(number)?phone=\(number)",
            ] {
                for key in [api.dialer, api.compliance] {
                    #expect(!(try await api.get(path, key)).text.contains(number), "\(path)")
                }
            }
            _ = try await api.post("/v1/opt-outs", api.dialer, "{\"phone\":\"+86\(number)\",\"purposes\":[\"all\"]}")
            _ = try await api.decide("\"customer\":\"C-secret\"")
            api.gate.refresh()
            let log = api.logs.lines.joined(separator: "\n")
            for secret in [number, "C-secret", api.dialer, api.compliance, "purpose"] { #expect(!log.contains(secret)) }
        }
    }

    @Test func equalRequestIDsAtOnceReserveOnce() async throws {
        try await withAPI(.live) { api in
            try await api.approveCallerID()
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        try await api.oneShot(
                            API.call("\"request_id\":\"same-\(index % 4)\"", phone: "+861381234560\(index % 4)"))
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(texts.count == 4)
            #expect(texts.allSatisfy { $0.contains("\"verdict\":\"allow\"") })
            #expect(try await api.countDecisions() == 4)
        }
    }

    @Test func anAbandonedRequestIsDecidedWholeOrNotAtAll() async throws {
        try await withAPI(.live) { api in
            try await api.approveCallerID()
            // Half a body: no decision. A whole one whose sender is gone: a decision that stands.
            for index in 0..<10 {
                let body = API.call("\"request_id\":\"gone-\(index)\"", phone: "+861381234561\(index)")
                let half = index % 2 == 0
                try await api.abandon(body, after: half ? body.utf8.count / 2 : body.utf8.count)
            }
            var found: [Node] = []
            // Asks instead of sleeping: a timer that a faked clock has moved may never fire.
            for _ in 0..<500 where found.count < 5 {
                found = try await api.get("/v1/decisions", api.compliance).json.list("decisions")
            }
            for decision in found {
                let id = decision["request_id"]?.string ?? ""
                #expect(["1", "3", "5", "7", "9"].contains(id.suffix(1)))
                let phone = "+861381234561\(id.suffix(1))"
                let again = try await api.decide("\"request_id\":\"\(id)\"", phone: phone)
                #expect(again["id"] == decision["id"]?.string && again["verdict"] == "allow")
            }
            #expect(try await api.get("/healthz", nil).status == 200)
        }
    }

    @Test(arguments: ["/v1/lists/internal-dnc/versions", "/v1/opt-outs", "/v1/decisions"])
    func aBodyThatIsCutIsTheSendersFault(_ path: String) async throws {
        try await withAPI(.live) { api in
            let told = try await api.exchange(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/csv\r\n"
                    + "Authorization: Bearer \(path.hasSuffix("decisions") ? api.dialer : api.operations)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\nf\r\n+8613800000001\n\r\nzz\r\n")
            #expect(told.hasPrefix("HTTP/1.1 400 ") && told.contains(#""code":"truncated""#), "\(told)")
            #expect(!told.contains("138000"))
        }
    }

    @Test func oddHeadersDoNoHarm() async throws {
        try await withAPI { api in
            let odd: [(HTTPField.Name, String)] = [
                (.accept, String(repeating: "text/plain,", count: 2000)), (.accept, ";q=x"), (.contentType, "text/csv"),
                (.contentType, "\u{1}"),
                (.authorization, "Bearer " + String(repeating: "x", count: 10_000)), (.expect, "200-nothing"),
                (.contentEncoding, "gzip"),
                (HTTPField.Name("X-Forwarded-For")!, "127.0.0.1"), (HTTPField.Name("Deadline-Ms")!, "５"),
            ]
            for (name, value) in odd {
                let reply = try await api.decide(headers: [name: value])
                #expect([200, 400, 401].contains(reply.status), "\(name)")
                #expect(!reply.text.hasPrefix("ALLOW"))
            }
        }
    }
}

extension API {
    private func bytes(_ body: String, length: Int) -> ByteBuffer {
        ByteBuffer(
            string: "POST /v1/decisions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(dialer)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body.prefix(length))
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: "127.0.0.1", port: client.port!
        ) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }

    /// Asks over a connection of its own and gives the body of the answer.
    func oneShot(_ body: String) async throws -> String {
        try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(bytes(body, length: body.utf8.count))
            var text = ""
            for try await buffer in inbound { text += String(buffer: buffer) }
            return text.components(separatedBy: "\r\n\r\n").dropFirst().joined()
        }
    }

    /// Sends what need not be HTTP and gives all that comes back.
    func exchange(_ text: String) async throws -> String {
        try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var told = ""
            for try await buffer in inbound { told += String(buffer: buffer) }
            return told
        }
    }

    /// Sends the first bytes of a request and goes away.
    func abandon(_ body: String, after length: Int) async throws {
        try await connect().executeThenClose { _, outbound in try await outbound.write(bytes(body, length: length)) }
    }
}
