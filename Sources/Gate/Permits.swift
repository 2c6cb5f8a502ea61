import Crypto
import Documents
import Foundation
import GateModel
import Ledger

extension KeyFile {
    /// A signed permit for one ringing call: a JWS in compact form, assembled here because that costs a third of what a
    /// general library takes.
    ///
    /// Source: RFC 7515 (May 2015), RFC 7519 (May 2015); the contract, section 2 `permit`.
    func permit(
        _ id: EntryID, _ call: Call, issuedAt: Instant, validUntil: Instant, _ kind: APIKey.Permits, key: APIKey
    ) -> String? {
        guard let number = call.number.e164 else { return nil }
        let destination = HMAC<SHA256>.authenticationCode(for: Data(number.description.utf8), using: destinationKey)
        var header = JSONWriter(capacity: 64)
        header.object { json in
            json.member("alg", kind == .es256 ? "ES256" : "HS256")
            json.member("typ", "JWT")
            json.member("kid", kind == .es256 ? permitKeyID : key.id)
        }
        var claims = JSONWriter(capacity: 320)
        claims.object { json in
            json.member("iss", "callgate")
            json.member("aud", "edge")
            json.member("jti", id.description)
            json.member("iat", Int(issuedAt.seconds))
            json.member("exp", Int(validUntil.seconds))
            json.member("dst", base64URL(Data(destination)))
            if let callerID = call.callerID { json.member("src", callerID.text) }
            json.member("pur", call.purpose)
            if let campaign = call.campaign { json.member("cmp", campaign) }
        }
        let input = base64URL(Data(header.bytes)) + "." + base64URL(Data(claims.bytes))
        let signature: Data
        switch kind {
        case .es256:
            guard let signed = try? permitKey.signature(for: Data(input.utf8)) else { return nil }
            signature = signed.rawRepresentation
        case .hs256:
            signature = Data(HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: verifierKey(key)))
        }
        return input + "." + base64URL(signature)
    }

    /// The secret that a verifier of one key's HS256 permits is given.
    public func verifierKey(_ key: APIKey) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(key.id.utf8), using: permitSecret))
    }

    /// The public keys of ES256 permits. Source: RFC 7517 (May 2015).
    public var jwks: [UInt8] {
        let point = permitKey.publicKey.rawRepresentation
        var json = JSONWriter()
        json.object { json in
            json.name("keys")
            json.array { json in
                json.object { json in
                    json.member("kty", "EC")
                    json.member("crv", "P-256")
                    json.member("alg", "ES256")
                    json.member("use", "sig")
                    json.member("kid", permitKeyID)
                    json.member("x", base64URL(point.prefix(32)))
                    json.member("y", base64URL(point.suffix(32)))
                }
            }
        }
        return json.bytes
    }

    /// What an edge computes of a number to compare it with a permit's `dst`.
    public func destination(of number: E164) -> String {
        base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(number.description.utf8), using: destinationKey)))
    }
}

private func base64URL(_ data: some DataProtocol) -> String {
    Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
