import Documents
import Foundation
import GateModel
import JWTKit

/// Checks of what the provider signed.
///
/// Source: OpenID Connect Core 1.0 (December 2023), section 3.1.3.7.
enum IDToken {
    /// How far the provider's clock may be off.
    static let skew = Span.seconds(60)
    private static let algorithms: Set = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]

    /// The claims are read apart, because their names are settings.
    private struct Signed: JWTPayload {
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// The public keys of a key set; those of other kinds are left out.
    static func keys(_ set: Node) async throws(SignOnFault) -> JWTKeyCollection {
        let keys = JWTKeyCollection()
        var count = 0
        if case .array(let nodes)? = set["keys"]?.value {
            for node in nodes where node["use"]?.string != "enc" {
                var json = JSONWriter()
                json.node(node)
                guard var key = try? JSONDecoder().decode(JWK.self, from: Data(json.bytes)) else { continue }
                if key.keyIdentifier == nil { key.keyIdentifier = JWKIdentifier(string: "") }
                if (try? await keys.add(jwk: key)) != nil { count += 1 }
            }
        }
        guard count > 0 else { throw .unavailable("the provider publishes no key that can be used") }
        return keys
    }

    /// - Returns: The token's claims.
    /// - Throws: `untrusted`, by a key of the set or a claim that is not as it must be.
    static func claims(
        _ token: String, _ keys: JWTKeyCollection, _ settings: ProviderSettings, nonce: String, at now: Instant
    ) async throws(SignOnFault) -> Node {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = object(parts[0]), let claims = object(parts[1]) else {
            throw .untrusted("the ID token is none")
        }
        guard let algorithm = header["alg"]?.string, algorithms.contains(algorithm) else {
            throw .untrusted("the ID token is not signed with a public key")
        }
        do { _ = try await keys.verify(token, as: Signed.self) } catch {
            throw .untrusted("the ID token's signature is not the provider's")
        }
        guard claims["iss"]?.string == settings.issuer else { throw .untrusted("the ID token is of another issuer") }
        var audience = claims["aud"]?.string.map { [$0] } ?? []
        if case .array(let nodes)? = claims["aud"]?.value { audience = nodes.compactMap(\.string) }
        let party = claims["azp"]?.string
        guard audience.contains(settings.clientID), party == nil || party == settings.clientID,
            audience.count == 1 || party != nil
        else { throw .untrusted("the ID token is meant for another application") }
        guard let ends = instant(claims["exp"]), ends > now - skew else { throw .untrusted("the ID token has expired") }
        guard let made = instant(claims["iat"]), made < now + skew, instant(claims["nbf"]) ?? made < now + skew else {
            throw .untrusted("the ID token is from the future; set the clocks")
        }
        guard claims["nonce"]?.string == nonce else { throw .untrusted("the ID token answers another sign-in") }
        return claims
    }

    private static func object(_ part: Substring) -> Node? {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        guard let data = Data(base64Encoded: text), let node = try? JSONParser.parse([UInt8](data)),
            case .object = node.value
        else { return nil }
        return node
    }

    /// Seconds since 1970, which may have a fraction.
    private static func instant(_ node: Node?) -> Instant? {
        guard case .number(let text)? = node?.value, let seconds = Double(text), abs(seconds) < 1e11 else { return nil }
        return Instant(seconds: Int64(seconds))
    }
}
