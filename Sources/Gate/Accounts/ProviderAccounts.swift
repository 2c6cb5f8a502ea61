import Crypto
import Foundation
import GateModel

/// Accounts of people whom the company's provider vouches for. They have no password here.
extension Gate {
    /// What an account is known by to the log: a hash of who the provider is and whom it means.
    public static func identity(issuer: String, subject: String) -> String {
        hexadecimal(SHA256.hash(data: Data("\(issuer)\n\(subject)".utf8)))
    }

    /// The account of a person, made at the first sign-in. Where the person has another name or role since, the old
    /// account is revoked and its sessions end.
    ///
    /// - Parameters:
    ///   - identity: See ``identity(issuer:subject:)``.
    ///   - name: As the provider calls the person; the account's name and owner.
    /// - Returns: `conflict` where another account has that name.
    public func account(identity: String, name: String, role: Role) async -> Result<APIKey, GateError> {
        let name = name.lowercased()
        guard Gate.isAccountName(name) else {
            return .failure(.invalid("/name", "must be 1 to 64 of a…z, 0…9, `.`, `_`, `-`, `@`"))
        }
        if let known = account(identity: identity), known.name == name, known.role == role { return .success(known) }
        let made = await submit { group -> Result<String, GateError> in
            let accounts = group.memory.registry.keys.values.filter { $0.account != nil && !$0.isRevoked }
            guard !accounts.contains(where: { $0.account == name && $0.identity != identity }) else {
                return .failure(.conflict(code: "account-exists", detail: "there is an account `\(name)` already"))
            }
            for old in accounts where old.identity == identity {
                if old.name == name, old.role == role { return .success(old.id) }
                try group.revoke(old.id, by: Gate.providerActor)
            }
            return .success(
                try group.appendAccount(name, role: role, identity: identity, owner: name, by: Gate.providerActor))
        }
        return made.flatMap { id in
            registry.keys[id].map { .success($0) } ?? .failure(.unavailable("the account is not known yet"))
        }
    }

    /// Revokes the account of a person who no longer has a role; nothing where there is none.
    public func closeAccount(identity: String) async -> Result<Void, GateError> {
        guard let account = account(identity: identity) else { return .success(()) }
        return await revokeKey(account.id, by: Gate.providerActor).map { _ in }
    }

    private func account(identity: String) -> APIKey? {
        registry.keys.values.first { $0.identity == identity && !$0.isRevoked }
    }

    private static let providerActor = "provider"
}
