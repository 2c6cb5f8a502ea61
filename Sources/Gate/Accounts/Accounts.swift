import Crypto
import Documents
import Foundation
import GateModel

/// People who sign in at the console.
///
/// An account is a key without a secret: the log says who has one, with which role and owner, and what was done with it.
/// Its password stands beside the log in `DATA/accounts/ID.json`, because a log forgets nothing and a password must be.
extension Gate {
    /// Makes an account and gives its first password, which is told this once.
    ///
    /// - Parameters:
    ///   - name: What is typed at sign-in: 1 to 64 of `a…z 0…9 . _ - @`, in lower case.
    ///   - owner: The person; approvals need two owners.
    public func createAccount(
        _ name: String, role: Role, owner: String, vendors: [String] = [], legalEntities: [String] = [],
        by actor: String
    ) async -> Result<(account: APIKey, password: String), GateError> {
        let made = await recordAccount(
            name, role: role, owner: owner, vendors: vendors, legalEntities: legalEntities, by: actor)
        guard case .success(let account) = made else { return made.map { ($0, "") } }
        return await givePassword(account, by: actor).map { (account, $0) }
    }

    /// The account alone, which nobody can sign in to before it has a password.
    func recordAccount(
        _ name: String, role: Role, owner: String, vendors: [String] = [], legalEntities: [String] = [],
        by actor: String
    ) async -> Result<APIKey, GateError> {
        guard Gate.isAccountName(name) else {
            return .failure(.invalid("/name", "must be 1 to 64 of a…z, 0…9, `.`, `_`, `-`, `@`"))
        }
        guard !owner.isEmpty, owner.utf8.count <= 200 else {
            return .failure(.invalid("/owner", "is required; at most 200 bytes"))
        }
        let made = await submit { group -> Result<String, GateError> in
            guard !group.memory.registry.keys.values.contains(where: { $0.account == name && !$0.isRevoked }) else {
                return .failure(.conflict(code: "account-exists", detail: "there is an account `\(name)` already"))
            }
            return .success(
                try group.appendAccount(
                    name, role: role, owner: owner, vendors: vendors, legalEntities: legalEntities, by: actor))
        }
        return made.flatMap { id in
            registry.keys[id].map { .success($0) } ?? .failure(.unavailable("the account is not known yet"))
        }
    }

    static func isAccountName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || [0x2E, 0x5F, 0x2D, 0x40].contains($0)
            }
    }

    /// The account that signs in under a name; nil for none and for a disabled one.
    public func account(named name: String) -> APIKey? {
        registry.keys.values.first { $0.account == name.lowercased() && !$0.isRevoked }
    }

    /// A new password made at random, told this once.
    public func givePassword(_ account: APIKey, by actor: String) async -> Result<String, GateError> {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let random = SymmetricKey(size: .init(bitCount: 160)).withUnsafeBytes { $0.map { letters[Int($0) % 32] } }
        let password = stride(from: 0, to: 20, by: 5).map { String(random[$0..<$0 + 5]) }.joined(separator: "-")
        return await setPassword(password, of: account, by: actor).map { password }
    }

    /// The fewest characters of a password. Source: NIST SP 800-63B-4 (July 2025), section 3.1.1.2.
    public static let shortestPassword = 15

    /// - Returns: `invalid` for one that is too short or too long, or like the account's name.
    public func setPassword(_ password: String, of account: APIKey, by actor: String) async -> Result<Void, GateError> {
        guard let name = account.account else { return .failure(.notFound("there is no such account")) }
        guard account.identity == nil else {
            return .failure(.conflict(code: "no-password", detail: "this person signs in at the company's provider"))
        }
        guard (Gate.shortestPassword...256).contains(password.count) else {
            return .failure(
                .invalid("/password", "must have \(Gate.shortestPassword) to 256 characters; a sentence is a good one"))
        }
        guard name.count < 4 || !password.lowercased().contains(name), Set(password).count >= 5 else {
            return .failure(.invalid("/password", "is too easy to guess; take another"))
        }
        let (folder, path, keys, id) = (options.data + "/accounts", passwordPath(account), keyFile.ledger, account.id)
        do {
            try await hashing {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try PasswordHash(password, account: id, keys: keys).write(to: path)
            }
        } catch { return .failure(.unavailable("the password cannot be kept: \(error)")) }
        // Who could act as whom, and since when, must be known later.
        return await submit { group in
            var json = JSONWriter()
            json.object { json in
                json.member("kind", "account")
                json.member("target", id)
                json.member("action", "password")
                json.member("owner", actor)
            }
            try group.append(.change, group.nextID(), actor: actor, json: json.bytes)
            return .success(())
        }
    }

    /// Whose name and password these are; nil for none. Takes as long for an unknown name as for a wrong password.
    public func signIn(_ name: String, _ password: String) async -> APIKey? {
        let account = account(named: name)
        let keys = keyFile.ledger
        let hash = account.flatMap { PasswordHash(contentsOf: passwordPath($0)) }
        let isRight = try? await hashing {
            if let hash, let account { return hash.matches(password, account: account.id, keys: keys) }
            _ = try PasswordHash(password, account: "", keys: keys)
            return false
        }
        return isRight == true ? account : nil
    }

    /// Changes whenever the account's password does; nil where it has none. Reads one small file.
    public func passwordStamp(_ account: APIKey) -> String? { PasswordHash(contentsOf: passwordPath(account))?.stamp }

    private func passwordPath(_ account: APIKey) -> String { options.data + "/accounts/\(account.id).json" }

    /// One after another: each takes 64 MiB, and guessing at random must not take the machine's memory and cores.
    private func hashing<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            passwordQueue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}

extension Group {
    /// Records an account, which is a key without a secret.
    ///
    /// - Parameter identity: Whom the company's provider means by it; nil for an account with a password.
    /// - Returns: The key's id.
    func appendAccount(
        _ name: String, role: Role, identity: String? = nil, owner: String, vendors: [String] = [],
        legalEntities: [String] = [], by actor: String
    ) throws -> String {
        let id = nextID()
        let keyID = "k" + id.description.suffix(17).filter { $0 != "-" }
        var json = JSONWriter()
        json.object { json in
            json.member("id", keyID)
            json.member("role", role.rawValue)
            json.member("name", name)
            json.member("account", name)
            json.member("identity", identity)
            json.member("owned_by", owner)
            json.member("vendors", vendors.isEmpty ? [Call.ownVendor] : vendors)
            json.member("legal_entities", legalEntities.isEmpty ? [Call.mainEntity] : legalEntities)
            json.member("hash", "")
            json.member("owner", actor)
        }
        try append(.key, id, actor: actor, json: json.bytes)
        return keyID
    }
}

private let passwordQueue = DispatchQueue(label: "callgate.passwords", qos: .utility)
