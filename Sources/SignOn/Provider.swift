import Crypto
import Documents
import Foundation
import GateModel
import JWTKit
import Synchronization

/// One sign-in that has begun: what must come back with the browser, and what only we know of it.
public struct SignOnRequest: Sendable {
    /// Where the browser is sent.
    public var url: String
    /// Comes back in the address.
    public var state: String
    /// Stands in the ID token.
    var nonce: String
    /// What the challenge of PKCE was made of.
    var verifier: String
}

/// Signs people in at the company's provider: the authorization code flow with PKCE.
///
/// Source: OpenID Connect Core 1.0 (December 2023), section 3.1; RFC 7636 (September 2015); RFC 9700 (January 2025).
public final class Provider: Sendable {
    public let settings: ProviderSettings
    private let line = ProviderLine()

    /// What the provider says of itself.
    private struct Discovered: Sendable {
        var authorization: String
        var token: String
        var userInfo: String?
        var keySet: String
        /// Whether it takes the secret in the form alone.
        var takesSecretInForm: Bool
        var namesIssuer: Bool
    }

    private struct Held<Value: Sendable>: Sendable {
        var value: Value
        var since = ContinuousClock.now
        func isYounger(than age: Duration) -> Bool { ContinuousClock.now - since < age }
    }

    private let discovered = Mutex<Held<Discovered>?>(nil)
    private let keys = Mutex<Held<JWTKeyCollection>?>(nil)

    public init(_ settings: ProviderSettings) { self.settings = settings }

    /// Begins a sign-in.
    public func begin() async throws(SignOnFault) -> SignOnRequest {
        let provider = try await discover()
        var request = SignOnRequest(url: "", state: Self.random(), nonce: Self.random(), verifier: Self.random())
        let challenge = Data(SHA256.hash(data: Data(request.verifier.utf8))).base64URL
        let fields = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", settings.redirect),
            ("scope", settings.scopes.joined(separator: " ")), ("state", request.state), ("nonce", request.nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        request.url =
            provider.authorization + (provider.authorization.contains("?") ? "&" : "?")
            + fields.map { "\($0.0)=\(ProviderLine.encoded($0.1))" }.joined(separator: "&")
        return request
    }

    /// Ends a sign-in: takes the code to the provider and checks what it says of the person.
    ///
    /// - Parameters:
    ///   - issuer: What the address of the return names as `iss`.
    ///   - now: By the gate's clock.
    public func finish(
        _ request: SignOnRequest, code: String, issuer: String?, at now: Instant
    ) async throws(SignOnFault) -> SignedOnPerson {
        let provider = try await discover()
        // Source: RFC 9207 (March 2022), section 2.4.
        if provider.namesIssuer || issuer != nil, issuer != settings.issuer {
            throw .untrusted("the answer is of another issuer")
        }
        let answer = try await exchange(code, request, provider)
        guard let token = answer["id_token"]?.string else { throw .untrusted("the provider gave no ID token") }
        let claims: Node
        do {
            claims = try await IDToken.claims(
                token, try await keys(provider, atMost: .seconds(3600)), settings, nonce: request.nonce, at: now)
        } catch .untrusted {
            // Its keys may have changed since.
            claims = try await IDToken.claims(
                token, try await keys(provider, atMost: .seconds(30)), settings, nonce: request.nonce, at: now)
        }
        guard let subject = claims["sub"]?.string, !subject.isEmpty else {
            throw .untrusted("the ID token names nobody")
        }
        var groups = claims[settings.groupsClaim]
        var name = claims[settings.nameClaim]?.string
        if groups == nil || name == nil, let url = provider.userInfo, let access = answer["access_token"]?.string {
            let told = try await line.json(url, authorization: "Bearer \(access)")
            guard told.status == 200, told.body["sub"]?.string == subject else {
                throw .untrusted("the provider tells of another person")
            }
            groups = groups ?? told.body[settings.groupsClaim]
            name = name ?? told.body[settings.nameClaim]?.string
        }
        guard let name, !name.isEmpty else { throw .untrusted("the provider gives no `\(settings.nameClaim)`") }
        var names = groups?.string.map { [$0] } ?? []
        if case .array(let nodes)? = groups?.value { names = nodes.compactMap(\.string) }
        return SignedOnPerson(subject: subject, name: name, groups: names)
    }

    private func exchange(
        _ code: String, _ request: SignOnRequest, _ provider: Discovered
    ) async throws(SignOnFault) -> Node {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", settings.redirect),
            ("code_verifier", request.verifier),
        ]
        var authorization: String?
        if let secret = settings.clientSecret, !provider.takesSecretInForm {
            // Source: RFC 6749 (October 2012), section 2.3.1.
            let pair = "\(ProviderLine.encoded(settings.clientID)):\(ProviderLine.encoded(secret))"
            authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        } else {
            form.append(("client_id", settings.clientID))
            if let secret = settings.clientSecret { form.append(("client_secret", secret)) }
        }
        let answer = try await line.json(provider.token, form: form, authorization: authorization)
        guard answer.status == 200 else {
            let why = answer.body["error"]?.string ?? "\(answer.status)"
            throw .untrusted("the provider does not take the code: \(why.prefix(100))")
        }
        return answer.body
    }

    // MARK: What the provider says of itself

    private func discover() async throws(SignOnFault) -> Discovered {
        if let held = discovered.withLock({ $0 }), held.isYounger(than: .seconds(3600)) { return held.value }
        let root = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let (status, body) = try await line.json(root + "/.well-known/openid-configuration")
        guard status == 200, body["issuer"]?.string == settings.issuer,
            let authorization = body["authorization_endpoint"]?.string, let token = body["token_endpoint"]?.string,
            let keySet = body["jwks_uri"]?.string, ProviderSettings.isSafe(authorization)
        else { throw .unavailable("the provider does not describe itself as `\(settings.issuer)`") }
        var methods: [String] = []
        if case .array(let nodes)? = body["token_endpoint_auth_methods_supported"]?.value {
            methods = nodes.compactMap(\.string)
        }
        var namesIssuer = false
        if case .bool(true)? = body["authorization_response_iss_parameter_supported"]?.value { namesIssuer = true }
        let found = Discovered(
            authorization: authorization, token: token, userInfo: body["userinfo_endpoint"]?.string, keySet: keySet,
            takesSecretInForm: methods.contains("client_secret_post") && !methods.contains("client_secret_basic"),
            namesIssuer: namesIssuer)
        discovered.withLock { $0 = Held(value: found) }
        return found
    }

    private func keys(_ provider: Discovered, atMost age: Duration) async throws(SignOnFault) -> JWTKeyCollection {
        if let held = keys.withLock({ $0 }), held.isYounger(than: age) { return held.value }
        let (status, body) = try await line.json(provider.keySet)
        guard status == 200 else { throw .unavailable("the provider does not give its keys: \(status)") }
        let found = try await IDToken.keys(body)
        keys.withLock { $0 = Held(value: found) }
        return found
    }

    /// 256 random bits in 64 characters, which PKCE takes as they are.
    private static func random() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }
}

extension Data {
    /// Source: RFC 4648 (October 2006), section 5, without padding.
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
