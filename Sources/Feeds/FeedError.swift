import GateModel

/// Why a feed brought nothing. Each says what to do; none holds a credential or a query string.
public enum FeedError: Error, Hashable, Sendable {
    /// A field of the definition cannot be used.
    case definition(field: String, why: String)
    /// The definition names credentials that are nowhere.
    case credentialsMissing(name: String)
    /// Credentials, known hosts or certificates cannot be read or may be read by others.
    case unusable(path: String, why: String)
    case unreachable(host: String, why: String)
    case certificate(host: String, why: String)
    case hostKeyUnknown(host: String)
    case hostKeyChanged(host: String)
    case accessDenied(host: String)
    case notFound(what: String)
    /// Any other HTTP status that brings no file.
    case status(Int)
    case redirect(why: String)
    /// Something that is meant for people, such as an error page.
    case notAList(contentType: String)
    case empty
    /// - Parameters: Bytes; nil where the source did not say how many there are.
    case truncated(received: Int64, expected: Int64?)
    /// - Parameter limit: Bytes.
    case tooLarge(limit: Int64)
    case tooSlow(seconds: Int)
    case timeLimit(seconds: Int)
    /// The source wrote to its file while it was read.
    case changed
    case checksumUnreadable(what: String)
    case checksum(expected: String, received: String)
    case signatureUnreadable(what: String)
    case signature
    /// Another process fetches the same feed.
    case busy(list: String)
    case folder(path: String, code: Int32)
    case io(operation: String, path: String, code: Int32)
    /// Whatever else the transfer library says.
    case transfer(code: Int, why: String)
    case cancelled
    /// What was fetched is no good as a version.
    case rejected(why: String)
    /// What was fetched could not be taken now.
    case notTaken(why: String)
}

extension FeedError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .definition(let field, let why): "`\(field)` \(why)"
        case .credentialsMissing(let name):
            "the credentials `\(name)` are nowhere; set \(FeedCredentials.variable(name, "USER")) and "
                + "\(FeedCredentials.variable(name, "PASSWORD")) (or _KEYFILE), or put them into the key file's `feeds`"
        case .unusable(let path, let why): "\(path) \(why)"
        case .unreachable(let host, let why): "\(host) cannot be reached: \(why); check the address and the network"
        case .certificate(let host, let why):
            "the certificate of \(host) is not trusted: \(why); correct the host's name, or set `ca_file`"
        case .hostKeyUnknown(let host):
            "the host key of \(host) is not in `known_hosts`; ask its owner for the key and add it"
        case .hostKeyChanged(let host):
            "the host key of \(host) is another than in `known_hosts`; ask its owner before you replace it"
        case .accessDenied(let host): "\(host) denies access; check the feed's credentials"
        case .notFound(let what): "\(what) is not there; correct the address"
        case .status(let code): "the source answered with status \(code); ask its owner if it lasts"
        case .redirect(let why): "the source sends elsewhere: \(why); name the final address as `url`"
        case .notAList(let type): "the source sent `\(type)`, a page for people and no list; correct the address"
        case .empty: "the source sent nothing; ask its owner, or empty the list by hand with mode `remove`"
        case .truncated(let received, let expected):
            "the transfer broke off after \(received) of \(expected.map(String.init) ?? "some") bytes; it is tried again"
        case .tooLarge(let limit): "the file is larger than \(limit) bytes; raise `size_limit` if that is right"
        case .tooSlow(let seconds): "nothing to speak of came for \(seconds) seconds; it is tried again"
        case .timeLimit(let seconds):
            "the transfer took longer than \(seconds) seconds; raise `time_limit` if that is right"
        case .changed: "the source changed while it was read; it is tried again"
        case .checksumUnreadable(let what): "\(what) holds no SHA-256 of the file; correct `checksum`"
        case .checksum(let expected, let received):
            "the SHA-256 should be \(expected) and is \(received); ask the source's owner if it lasts"
        case .signatureUnreadable(let what): "\(what) holds no Ed25519 signature of 64 bytes; correct `signature`"
        case .signature: "the signature does not fit the file and the public key; ask the source's owner"
        case .busy(let list): "another process fetches the list \(list) right now; wait for it"
        case .folder(let path, let code):
            "the watched folder \(path) cannot be used: \(systemMessage(code)); make it, with the right to write"
        case .io(let operation, let path, let code): "cannot \(operation) \(path): \(systemMessage(code))"
        case .transfer(let code, let why): "the transfer failed: \(why) (libcurl \(code)); it is tried again"
        case .cancelled: "the gate is stopping"
        case .rejected(let why): "what the source holds was rejected: \(why)"
        case .notTaken(let why): "what was fetched could not be taken: \(why); it is tried again"
        }
    }
}
