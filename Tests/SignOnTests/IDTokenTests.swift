import Documents
import Foundation
import GateModel
import JWTKit
import Testing

@testable import SignOn

/// Every claim that must hold, one at a time: only the token that is right in all is taken.
@Suite struct IDTokenTests {
    private struct Claims: JWTPayload {
        var iss: String? = "https://id.example"
        var sub: String? = "8f2c"
        var aud: [String]? = ["callgate"]
        var azp: String?
        var exp: Double? = 1_000_300
        var iat: Double? = 1_000_000
        var nbf: Double?
        var nonce: String? = "n"
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private static let now = Instant(seconds: 1_000_010)
    private static let settings = try! ProviderSettings {
        [
            "issuer": "https://id.example", "client.id": "callgate", "url": "https://gate.example",
            "roles": "staff=operations",
        ][$0]
    }!

    private let key = ES256PrivateKey()

    /// What a provider publishes of a key.
    private func published(_ key: ES256PrivateKey, kid: String?) throws -> Node {
        let parameters = try #require(key.publicKey.parameters)
        func url(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let name = kid.map { #","kid":"\#($0)""# } ?? ""
        return try JSONParser.parse(
            Array(
                #"{"keys":[{"kty":"oct","k":"AAAA","kid":"h"},{"kty":"EC","crv":"P-256","x":"\#(url(parameters.x))","y":"\#(url(parameters.y))","alg":"ES256"\#(name)}]}"#
                    .utf8))
    }

    private func sign(_ claims: Claims, with key: ES256PrivateKey? = nil) async throws -> String {
        let keys = await JWTKeyCollection().add(ecdsa: key ?? self.key, kid: "k")
        return try await keys.sign(claims, kid: "k")
    }

    private func take(_ token: String, kid: String? = "k") async throws -> Node {
        let keys = try await IDToken.keys(published(key, kid: kid))
        return try await IDToken.claims(token, keys, Self.settings, nonce: "n", at: Self.now)
    }

    @Test(arguments: ["k", nil])
    func whatTheProviderSignedIsTaken(_ kid: String?) async throws {
        #expect(try await take(sign(Claims()), kid: kid)["sub"]?.string == "8f2c")
        #expect(try await take(sign(Claims(aud: ["callgate", "other"], azp: "callgate")))["sub"] != nil)
    }

    private static let wrong: [(String, @Sendable (inout Claims) -> Void)] = [
        ("another issuer", { $0.iss = "https://id.example/" }), ("no issuer", { $0.iss = nil }),
        ("another audience", { $0.aud = ["other"] }), ("no audience", { $0.aud = nil }),
        ("several audiences without a party", { $0.aud = ["callgate", "other"] }),
        ("another party", { $0.azp = "other" }), ("expired", { $0.exp = 999_949 }), ("no end", { $0.exp = nil }),
        ("from the future", { $0.iat = 1_000_071 }), ("no time", { $0.iat = nil }),
        ("not valid yet", { $0.nbf = 1_000_071 }), ("another nonce", { $0.nonce = "m" }),
        ("no nonce", { $0.nonce = nil }),
    ]

    @Test(arguments: wrong.indices)
    func oneWrongClaimIsEnough(_ index: Int) async throws {
        let (name, change) = Self.wrong[index]
        var claims = Claims()
        change(&claims)
        let token = try await sign(claims)
        await #expect(throws: SignOnFault.self, "\(name)") { try await take(token) }
    }

    @Test func anotherSignatureIsRefused() async throws {
        let right = try await sign(Claims())
        let parts = right.split(separator: ".").map(String.init)
        let foreign = try await sign(Claims(), with: ES256PrivateKey())
        func header(_ json: String) -> String { Data(json.utf8).base64URL }
        let forged = [
            foreign, parts[0] + "." + parts[1] + ".", "\(parts[0]).\(parts[1])", "x",
            "\(header(#"{"alg":"none","typ":"JWT"}"#)).\(parts[1]).",
            "\(header(#"{"alg":"HS256","typ":"JWT","kid":"k"}"#)).\(parts[1]).\(parts[2])",
            "\(header(#"{"alg":"RS256","typ":"JWT","kid":"k"}"#)).\(parts[1]).\(parts[2])",
            "\(parts[0]).\(Data(#"{"iss":"https://id.example"}"#.utf8).base64URL).\(parts[2])",
        ]
        for token in forged {
            await #expect(throws: SignOnFault.self, "\(token.prefix(60))") { try await take(token) }
        }
    }

    @Test func aKeySetWithoutAPublicKeyIsNone() async throws {
        let set = try JSONParser.parse(Array(#"{"keys":[{"kty":"oct","k":"AAAA","kid":"h","alg":"HS256"}]}"#.utf8))
        await #expect(throws: SignOnFault.self) { try await IDToken.keys(set) }
    }
}
