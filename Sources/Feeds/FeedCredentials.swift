import Foundation

/// With what a gate signs in at a source. Never part of a definition, an error or a log.
public struct FeedCredentials: Sendable, Equatable {
    public var user: String?
    /// Of the user, or of the key file where there is one.
    public var password: String?
    /// The path of a private key for sftp, readable by its owner alone.
    public var keyFile: String?

    public init(user: String? = nil, password: String? = nil, keyFile: String? = nil) {
        self.user = user
        self.password = password
        self.keyFile = keyFile
    }

    /// Looks a name up: in the environment, else among those of the key file.
    ///
    /// - Returns: Nil where neither holds anything of that name.
    public static func find(
        _ name: String, environment: [String: String], keyFile: [String: FeedCredentials]
    ) -> FeedCredentials? {
        func value(_ suffix: String) -> String? {
            environment[variable(name, suffix)].flatMap { $0.isEmpty ? nil : $0 }
        }
        let found = FeedCredentials(user: value("USER"), password: value("PASSWORD"), keyFile: value("KEYFILE"))
        return found == FeedCredentials() ? keyFile[name] : found
    }

    /// The environment variable of a part: `CALLGATE_FEED_NAME_USER`.
    static func variable(_ name: String, _ suffix: String) -> String {
        "CALLGATE_FEED_\(name.uppercased().replacing("-", with: "_"))_\(suffix)"
    }

    static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

/// Checks that a file of secrets is read by its owner alone.
func requirePrivate(_ path: String) throws(FeedError) {
    var info = stat()
    guard stat(path, &info) == 0, access(path, R_OK) == 0 else {
        throw .unusable(path: path, why: "cannot be read: \(systemMessage(errno))")
    }
    guard info.st_mode & 0o077 == 0 else { throw .unusable(path: path, why: "may be read by others; run chmod 600") }
}
