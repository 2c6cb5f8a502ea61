import GateModel

/// The company's OpenID Connect provider, and what it says that counts here.
public struct ProviderSettings: Sendable {
    /// The issuer's address, exactly as its tokens name it.
    public var issuer: String
    public var clientID: String
    /// Nil for a client that has none and rests on PKCE alone.
    public var clientSecret: String?
    /// The console's own address as browsers see it, without a path: `https://gate.example`.
    public var base: String
    public var scopes = ["openid", "profile", "groups"]
    /// The claim that names a person's groups.
    public var groupsClaim = "groups"
    /// The claim that names the person; it becomes the account's name and owner.
    public var nameClaim = "preferred_username"
    /// Group → role. A person in several has the role that stands first.
    public var roles: [(group: String, role: Role)]

    /// Where the provider sends the browser back to; to be registered with it.
    public var redirect: String { base + "/console/sign-in/return" }

    /// Reads the settings by their names.
    ///
    /// - Returns: Nil where no issuer is named.
    /// - Throws: Everything that is missing or wrong.
    public init?(_ value: (String) -> String?) throws(ProviderSettingsFault) {
        guard let issuer = value("issuer") else { return nil }
        var faults: [String] = []
        func require(_ name: String, _ what: String) -> String {
            if let text = value(name), !text.isEmpty { return text }
            faults.append("`\(name)` is missing: \(what)")
            return ""
        }
        self.issuer = issuer
        clientID = require("client.id", "the name under which the provider knows the gate")
        clientSecret = value("client.secret")
        base = require("url", "the console's own address, such as https://gate.example")
        while base.hasSuffix("/") { base.removeLast() }
        roles = []
        for pair in require("roles", "GROUP=ROLE, with commas between").split(separator: ",") {
            let sides = pair.split(separator: "=").map { String($0.drop { $0 == " " }) }
            if sides.count == 2, let role = Role(rawValue: sides[1]) {
                roles.append((sides[0], role))
            } else {
                faults.append("`roles` has `\(pair)`; write GROUP=ROLE with one of the roles")
            }
        }
        if let claim = value("groups") { groupsClaim = claim }
        if let claim = value("name") { nameClaim = claim }
        if let words = value("scopes") { scopes = words.split(separator: " ").map(String.init) }
        for address in [issuer, base] where !address.isEmpty && !ProviderSettings.isSafe(address) {
            faults.append("`\(address)` must be https, or http on this machine")
        }
        if !faults.isEmpty { throw ProviderSettingsFault(description: faults.joined(separator: "\n")) }
    }

    /// Whether an address may be spoken to: over TLS, or without leaving the machine.
    static func isSafe(_ address: String) -> Bool {
        if address.hasPrefix("https://") { return true }
        guard address.hasPrefix("http://") else { return false }
        let authority = address.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return ["127.0.0.1", "localhost", "[::1]"].contains { host in
            authority == host
                || authority.hasPrefix(host + ":") && authority.dropFirst(host.count + 1).allSatisfy(\.isNumber)
        }
    }

    /// The role of a person in some groups; nil where none of them has one.
    public func role(of groups: [String]) -> Role? { roles.first { groups.contains($0.group) }?.role }
}

/// What is wrong in the settings, a line for each.
public struct ProviderSettingsFault: Error, Sendable, CustomStringConvertible {
    public var description: String
}

/// Why a person is not signed in.
public enum SignOnFault: Error, Sendable, CustomStringConvertible {
    /// The provider does not answer, or answers what is none of the protocol. Try again.
    case unavailable(String)
    /// What it answers does not prove who the person is.
    case untrusted(String)

    public var description: String {
        switch self {
        case .unavailable(let why), .untrusted(let why): why
        }
    }
}

/// Whom the provider vouches for.
public struct SignedOnPerson: Sendable, Hashable {
    /// The person's name for ever at this provider; unique and never given to another.
    public var subject: String
    public var name: String
    public var groups: [String]
}
