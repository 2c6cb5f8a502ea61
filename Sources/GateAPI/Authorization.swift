import Foundation
import Gate
import GateModel
import Hummingbird

/// Reads the key of a request.
struct Authorization {
    let gate: Gate

    /// - Throws: 401 for no or an unknown key, 403 for a role that may not do this.
    func require(_ request: Request, _ roles: Role...) throws(Problem) -> APIKey {
        try require(request, anyOf: roles)
    }

    func require(_ request: Request, anyOf roles: [Role]) throws(Problem) -> APIKey {
        guard let secret = Authorization.secret(request), let key = gate.authenticate(secret) else {
            throw Problem.unauthorized
        }
        guard roles.isEmpty || roles.contains(key.role) else {
            let allowed = roles.map(\.rawValue).joined(separator: " or ")
            throw Problem(.forbidden, "forbidden", "the role \(key.role.rawValue) may not do this; it needs \(allowed)")
        }
        return key
    }

    private static func secret(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        // As nearly every client writes it.
        if header.utf8.starts(with: "Bearer ".utf8) {
            let secret = header.utf8.dropFirst(7)
            if !secret.contains(UInt8(ascii: " ")) { return String(secret) }
        }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2 else { return nil }
        // Source: RFC 9110 (June 2022), section 11.1: the scheme's letter case does not matter.
        if parts[0].lowercased() == "bearer" { return String(parts[1]) }
        guard parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let colon = data.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(decoding: data[data.index(after: colon)...], as: UTF8.self)
    }
}
