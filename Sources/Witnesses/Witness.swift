import Transparency

/// An outside witness: whose cosignature is wanted, and where it takes checkpoints.
public struct Witness: Hashable, Sendable {
    public let key: VerifierKey
    /// The submission prefix, without a slash at its end.
    public let url: String

    /// Reads `NAME+HASH+KEY URL`.
    public init(_ text: String) throws(WitnessSettingFault) {
        let parts = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard parts.count == 2 else { throw .form(text) }
        do { key = try VerifierKey(parts[0]) } catch { throw .key("\(error)") }
        guard key.kind == .cosignature else {
            throw .key("`\(key.name)` has no key for cosignatures; a witness's key begins with 0x04")
        }
        guard Witness.isSafe(parts[1]) else { throw .url(parts[1]) }
        url = String(parts[1].reversed().drop { $0 == "/" }.reversed())
    }

    /// Whether an address may be spoken to: over TLS, or without leaving the machine.
    private static func isSafe(_ address: String) -> Bool {
        if address.hasPrefix("https://") { return address.utf8.count > 8 }
        guard address.hasPrefix("http://") else { return false }
        let authority = address.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return ["127.0.0.1", "localhost", "[::1]"].contains { host in
            authority == host
                || authority.hasPrefix(host + ":") && authority.dropFirst(host.count + 1).allSatisfy(\.isNumber)
        }
    }
}

/// Why a setting names no witness.
public enum WitnessSettingFault: Error, Hashable, Sendable, CustomStringConvertible {
    case form(String)
    case key(String)
    case url(String)

    public var description: String {
        switch self {
        case .form(let text): "`\(text)` names no witness; write its key and address, `NAME+HASH+KEY https://…`"
        case .key(let why): "the witness's key cannot be used: \(why)"
        case .url(let url): "the witness's address `\(url)` must be https, or http on this machine"
        }
    }
}
