import Crypto
import Foundation
import GateModel

/// What is fetched for a list, when, and what is asked of it.
public struct FeedDefinition: Hashable, Sendable {
    /// How a fetched file changes the active version.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        case replace, add, remove
    }

    /// Where a checksum or signature lies.
    public enum Companion: Hashable, Sendable {
        /// Beside the file, under its name and this suffix, such as `.sha256`.
        case suffix(String)
        case source(FeedSource)

        /// Reads `.suffix` or an address.
        ///
        /// - Parameter field: The field that a fault names.
        public init(_ text: String, field: String) throws(FeedError) {
            if text.hasPrefix("."), text.utf8.count > 1, !text.contains("/"), !text.contains("?") {
                self = .suffix(text)
                return
            }
            do { self = .source(try FeedSource(text)) } catch {
                throw .definition(field: field, why: "must be a suffix such as .sha256, or an address")
            }
        }
    }

    /// A detached Ed25519 signature over the file's bytes.
    public struct Signature: Hashable, Sendable {
        public var companion: Companion
        /// 32 bytes.
        public let publicKey: [UInt8]

        /// - Parameter key: 32 bytes in base64.
        public init(_ companion: Companion, key: String) throws(FeedError) {
            guard let data = Data(base64Encoded: key), data.count == 32 else {
                throw .definition(field: "public_key", why: "must be the 32 bytes of an Ed25519 key in base64")
            }
            self.companion = companion
            publicKey = [UInt8](data)
        }
    }

    public let source: FeedSource
    public let schedule: FeedSchedule
    public let mode: Mode
    public let checksum: Companion?
    public let signature: Signature?
    /// Bytes.
    public let sizeLimit: Int64
    /// For the whole of one fetch.
    public let timeLimit: Span
    /// The name under which user, password and key file are looked up; nil where none are needed.
    public let credentials: String?
    /// OpenSSH's `known_hosts`; there for sftp, and only there.
    public let knownHosts: String?
    /// PEM certificates that are trusted in place of the system's.
    public let caFile: String?

    /// 8 GB: larger than a registry of 250 million numbers.
    public static let defaultSizeLimit: Int64 = 8_000_000_000
    public static let defaultTimeLimit = Span.hours(1)

    /// - Throws: ``FeedError/definition(field:why:)``, naming the first field at fault.
    public init(
        source: FeedSource, schedule: FeedSchedule, mode: Mode = .replace, checksum: Companion? = nil,
        signature: Signature? = nil, sizeLimit: Int64 = defaultSizeLimit, timeLimit: Span = defaultTimeLimit,
        credentials: String? = nil, knownHosts: String? = nil, caFile: String? = nil
    ) throws(FeedError) {
        func require(_ isRight: Bool, _ field: String, _ why: String) throws(FeedError) {
            if !isRight { throw .definition(field: field, why: why) }
        }
        let scheme = source.scheme
        var isFolder = false
        if case .folder = source { isFolder = true }
        try require(
            scheme != .sftp || knownHosts != nil, "known_hosts", "is required for sftp; name a known_hosts file")
        try require(scheme == .sftp || knownHosts == nil, "known_hosts", "is for sftp alone; remove it")
        try require(scheme != .sftp || credentials != nil, "credentials", "are required for sftp; give their name")
        try require(scheme != nil || credentials == nil, "credentials", "are for https, sftp and ftps; remove them")
        try require(
            scheme == .https || scheme == .ftps || caFile == nil, "ca_file", "is for https and ftps alone; remove it")
        try require(!isFolder || schedule.at == nil, "at", "is not for a watched folder; remove it")
        try require(
            scheme == nil || schedule.every >= .minutes(1), "every", "must be at least 1m, for the source's sake")
        try require(sizeLimit > 0, "size_limit", "must be more than nothing")
        try require(timeLimit >= .seconds(1), "time_limit", "must be at least 1s")
        if let credentials {
            try require(
                FeedCredentials.isName(credentials), "credentials", "must be a name of a-z, 0-9 and -, never a secret")
        }
        for (field, companion) in [("checksum", checksum), ("signature", signature?.companion)] {
            guard case .source(let other) = companion else { continue }
            // Credentials and trust belong to the one host that the definition is about.
            try require(
                !isFolder && other.scheme == scheme, field, "must be a suffix, or have the scheme of `url`")
        }
        self.source = source
        self.schedule = schedule
        self.mode = mode
        self.checksum = checksum
        self.signature = signature
        self.sizeLimit = sizeLimit
        self.timeLimit = timeLimit
        self.credentials = credentials
        self.knownHosts = knownHosts
        self.caFile = caFile
    }

    /// Names the source without telling it: what was remembered of another one does not count.
    var fingerprint: String {
        let text =
            switch source {
            case .remote(_, let url, _): url
            case .file(let path), .folder(let path): path
            }
        return hexadecimal(SHA256.hash(data: Data("\(text)\n\(mode.rawValue)".utf8)))
    }

    /// Reads `500MB`, `8GB`, `100kB` or a plain number of bytes; nil for anything else.
    public static func bytes(_ text: String) -> Int64? {
        for (unit, factor) in [("kB", Int64(1000)), ("MB", 1_000_000), ("GB", 1_000_000_000)] where text.hasSuffix(unit)
        {
            guard let number = whole(text.dropLast(2)), number <= 1_000_000 else { return nil }
            return number * factor
        }
        return whole(text[...])
    }

    /// Reads `10s`, `15m`, `24h` or `7d`, up to 366 days; nil for anything else.
    public static func span(_ text: String) -> Span? {
        guard let number = whole(text.dropLast()), number <= 31_622_400 else { return nil }
        let span: Span? =
            switch text.last {
            case "s": .seconds(number)
            case "m": .minutes(number)
            case "h": .hours(number)
            case "d": .days(number)
            default: nil
            }
        guard let span, span <= .days(366) else { return nil }
        return span
    }

    private static func whole(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(text), number > 0 else { return nil }
        return number
    }
}

/// Lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
