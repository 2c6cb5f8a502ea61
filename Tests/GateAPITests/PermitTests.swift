import Documents
import Foundation
import GateModel
import JWTKit
import Testing

private struct Claims: JWTPayload {
    var iss: IssuerClaim
    var aud: AudienceClaim
    var jti: IDClaim
    var iat: Int
    var exp: Int
    var dst: String
    var src: String
    var pur: String
    var cmp: String?
    // The clock of these tests is not the wall clock; the times are compared by hand.
    func verify(using algorithm: some JWTAlgorithm) throws { try aud.verifyIntendedAudience(includes: "edge") }
}

@Suite struct PermitTests {
    @Test func isSignedWithTheKeyThatIsPublished() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let reply = try await api.decide("\"permit\":true")
            let permit = try #require(reply["permit"])
            let jwks = try await api.get("/v1/permits/keys", api.operations)
            let keys = JWTKeyCollection()
            try await keys.add(jwksJSON: jwks.text)
            let claims = try await keys.verify(permit, as: Claims.self)
            #expect(claims.iss.value == "callgate" && claims.jti.value == reply["id"])
            #expect(claims.pur == "service" && claims.src == "+862223456789" && claims.cmp == nil)
            #expect(claims.iat == 1_795_401_000 && claims.exp == 1_795_401_060)
            #expect(Instant(rfc3339: reply["valid_until"]!)?.seconds == Int64(claims.exp))
            let number = try #require(E164("+8613812345678"))
            #expect(claims.dst == api.gate.keyFile.destination(of: number))
            let parts = permit.split(separator: ".").map(String.init)
            for part in parts.prefix(2) {
                let padded = part.replacing("-", with: "+").replacing("_", with: "/")
                let clear = Data(base64Encoded: padded + String(repeating: "=", count: (4 - part.count % 4) % 4))!
                #expect(!String(decoding: clear, as: UTF8.self).contains("13812345678"))
            }
            let forged = parts[0] + "." + parts[1] + "." + String(parts[2].reversed())
            await #expect(throws: (any Error).self) { try await keys.verify(forged, as: Claims.self) }
            #expect(!jwks.text.contains("\"d\""))
        }
    }

    @Test func hs256HasAKeyForEachVerifier() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let secret = try await api.gate.makeKey(.dialer, "edge-b", permits: .hs256)
            let permit = try #require(try await api.decide("\"permit\":true", key: secret)["permit"])
            let key = try #require(api.gate.authenticate(secret))
            let keys = JWTKeyCollection()
            let verifier = api.gate.keyFile.verifierKey(key).withUnsafeBytes { Data($0) }
            await keys.add(hmac: HMACKey(from: verifier), digestAlgorithm: .sha256)
            let claims = try await keys.verify(permit, as: Claims.self)
            #expect(claims.pur == "service")
        }
    }

    @Test func isNotGivenOnDenyOrUnaskedOrWithoutTheRight() async throws {
        try await withAPI { api in
            #expect(try await api.decide("\"permit\":true")["permit"] == nil)
            try await api.approveCallerID()
            #expect(try await api.decide()["permit"] == nil)
            let plain = try await api.gate.makeKey(.dialer, "plain")
            let reply = try await api.decide("\"permit\":true", phone: "+8613812345679", key: plain)
            #expect(reply["verdict"] == "allow" && reply["permit"] == nil)
        }
    }
}
