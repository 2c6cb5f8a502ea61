/// Where a feed's file comes from.
public enum FeedSource: Hashable, Sendable {
    public enum Scheme: String, Hashable, Sendable, CaseIterable {
        case https, sftp, ftps
    }

    case remote(scheme: Scheme, url: String, host: String)
    /// An absolute path.
    case file(path: String)
    /// An absolute path of a folder into which others put files.
    case folder(path: String)

    /// Reads `https://…`, `sftp://…`, `ftps://…`, `file:///…` or an absolute path.
    ///
    /// - Throws: ``FeedError/definition(field:why:)``, of the field `url`.
    public init(_ text: String) throws(FeedError) {
        func refuse(_ why: String) -> FeedError { .definition(field: "url", why: why) }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw refuse("must be ASCII without spaces; write others as %20 and the like")
        }
        if text.hasPrefix("/") {
            self = .file(path: text)
            return
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw refuse("must begin with https://, sftp://, ftps:// or be an absolute path")
        }
        let name = text[..<colon].lowercased()
        let rest = text[text.index(colon, offsetBy: 3)...]
        if name == "file" {
            guard rest.hasPrefix("/") else { throw refuse("a file's address is file:/// and an absolute path") }
            self = .file(path: String(rest))
            return
        }
        guard let scheme = Scheme(rawValue: name) else {
            throw refuse("has the scheme `\(name)`; only https, sftp, ftps and file are fetched")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else {
            throw refuse("must not hold a user or password; give their name as `credentials`")
        }
        guard !rest.contains("#") else { throw refuse("must not hold a fragment (#)") }
        let path = rest[authority.endIndex...]
        guard !authority.isEmpty, path.hasPrefix("/"), path.count > 1, !path.hasSuffix("/") else {
            throw refuse("must name a host and a file, such as https://host.example/list.csv")
        }
        self = .remote(scheme: scheme, url: "\(name)://\(rest)", host: String(authority))
    }

    /// The source without a query string, which may hold a key: for messages and logs.
    public var shown: String {
        switch self {
        case .remote(_, let url, _): String(url.prefix { $0 != "?" })
        case .file(let path), .folder(let path): path
        }
    }

    /// The last part of the path.
    public var name: String {
        String(shown[(shown.lastIndex(of: "/").map(shown.index(after:)) ?? shown.startIndex)...])
    }

    var scheme: Scheme? {
        if case .remote(let scheme, _, _) = self { return scheme }
        return nil
    }

    /// The source whose path is longer by a suffix; a query stays where it is.
    func adding(_ suffix: String) -> FeedSource {
        switch self {
        case .remote(let scheme, let url, let host):
            let path = url.prefix { $0 != "?" }
            return .remote(scheme: scheme, url: path + suffix + url[path.endIndex...], host: host)
        case .file(let path): return .file(path: path + suffix)
        case .folder: return self
        }
    }
}
