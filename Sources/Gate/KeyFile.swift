import Crypto
import Documents
import Feeds
import Foundation
import Ledger
import Storage
import Transparency

/// The secrets of an instance, in a file of mode 0600 apart from the database: without it the log's personal parts
/// cannot be read, and nobody can be looked up.
public struct KeyFile: Sendable {
    public let ledger: LedgerKeys
    let permitKey: P256.Signing.PrivateKey
    let permitKeyID: String
    /// Shared with the edges, which find a permit's destination with it.
    let destinationKey: SymmetricKey
    let permitSecret: SymmetricKey
    /// With what the gate signs in at the sources of feeds, by name.
    let feeds: [String: FeedCredentials]
    /// 32 bytes of which the key that signs the log is made; nil in a file that was made before logs were signed.
    public let logSeed: [UInt8]?
    /// 32 bytes, the secret of the log's SM2 key; nil where it is signed with Ed25519 alone.
    public let sm2Secret: [UInt8]?
    /// The name and public key under which the log was signed when this file was opened; nil where it never was.
    let signedAs: String?
    /// Where it lies; nil for keys that lie nowhere.
    private let path: String?

    public enum Failure: Error, CustomStringConvertible {
        case unreadable(path: String, why: String)
        /// The log was written with other keys: nobody in it would be found, and every cap would begin anew.
        case foreign

        public var description: String {
            switch self {
            case .unreadable(let path, let why): "the key file \(path) cannot be used: \(why)"
            case .foreign: "the key file is not that of this database; restore the right one or give it with --keys"
            }
        }
    }

    /// Opens the key file; makes it where it is missing and the data folder holds no database yet.
    ///
    /// - Parameters:
    ///   - addsLogKey: Whether a file without a key for the log gets one.
    ///   - addsSM2Key: Whether one without a key for SM2 does.
    public static func open(
        path: String, mayCreate: Bool, addsLogKey: Bool = false, addsSM2Key: Bool = false
    ) throws -> KeyFile {
        if !FileManager.default.fileExists(atPath: path) {
            guard mayCreate else {
                throw Failure.unreadable(
                    path: path,
                    why: "it is missing, and there is a database that needs it; restore it or give it with --keys")
            }
            try create(path: path)
        }
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & 0o077 == 0 else {
            throw Failure.unreadable(path: path, why: "others may read it; run chmod 600")
        }
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data))
        else {
            throw Failure.unreadable(path: path, why: "it is no JSON")
        }
        let lacking = [addsLogKey ? "log" : nil, addsSM2Key ? sm2Member : nil].compactMap(\.self)
            .first { node[$0] == nil }
        if let lacking {
            try add(lacking, path: path) { try newSecret(of: lacking, path: path) }
            return try open(path: path, mayCreate: false, addsLogKey: addsLogKey, addsSM2Key: addsSM2Key)
        }
        func bytes(_ name: String) throws -> [UInt8] {
            guard let text = node[name]?.string, let data = Data(base64Encoded: text), data.count == 32 else {
                throw Failure.unreadable(path: path, why: "`\(name)` must be 32 bytes in base64")
            }
            return [UInt8](data)
        }
        return try KeyFile(
            lookup: bytes("lookup"), wrapping: bytes("wrapping"), permit: bytes("permit"),
            destination: bytes("destination"), permitSecret: bytes("permit_secret"),
            feeds: feeds(of: node, path: path), log: node["log"] == nil ? nil : bytes("log"),
            sm2: node[sm2Member] == nil ? nil : bytes(sm2Member), signedAs: node[signedMember]?.string, path: path)
    }

    private static let sm2Member = "log_sm2"
    private static let signedMember = "log_signed_as"

    /// Writes down that the log was signed, apart from the log: whoever takes away all checkpoints has not unsaid it.
    ///
    /// - Parameter key: Its name and public key.
    func recordSigned(as key: String) throws {
        guard let path, signedAs == nil else { return }
        try KeyFile.add(KeyFile.signedMember, path: path) { key }
    }

    private static func feeds(of node: Node, path: String) throws -> [String: FeedCredentials] {
        guard let section = node["feeds"] else { return [:] }
        let faults = FaultCollector()
        let reader = ObjectReader(section, at: .member(.root, "feeds"), faults: faults)
        var result: [String: FeedCredentials] = [:]
        for member in reader.members {
            var entry = ObjectReader(member.node, at: .member(reader.pointer, member.name), faults: faults)
            result[member.name] = FeedCredentials(
                user: entry.string("user"), password: entry.string("password"), keyFile: entry.string("keyfile"))
            entry.close()
        }
        do { try faults.check() } catch { throw Failure.unreadable(path: path, why: "\(error)") }
        return result
    }

    /// - Parameters: 32 bytes each; `permit` is a P-256 private scalar.
    public init(
        lookup: [UInt8], wrapping: [UInt8], permit: [UInt8], destination: [UInt8], permitSecret: [UInt8],
        feeds: [String: FeedCredentials] = [:], log: [UInt8]? = nil, sm2: [UInt8]? = nil, signedAs: String? = nil,
        path: String? = nil
    ) throws {
        (logSeed, sm2Secret, self.signedAs, self.path) = (log, sm2, signedAs, path)
        self.feeds = feeds
        ledger = LedgerKeys(lookup: lookup, wrapping: wrapping)
        permitKey = try P256.Signing.PrivateKey(rawRepresentation: permit)
        permitKeyID = String(hexadecimal(SHA256.hash(data: permitKey.publicKey.x963Representation)).prefix(16))
        destinationKey = SymmetricKey(data: destination)
        self.permitSecret = SymmetricKey(data: permitSecret)
    }

    private static func create(path: String) throws {
        var json = JSONWriter()
        json.object { json in
            for name in ["lookup", "wrapping", "destination", "permit_secret", "log"] {
                json.member(name, SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() })
            }
            json.member("permit", P256.Signing.PrivateKey().rawRepresentation.base64EncodedString())
        }
        try write(json.bytes + [10], to: path)
        // Its name must survive as well: without this file the database is lost.
        try syncFolder(of: path)
    }

    /// Makes a file that must not be there.
    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = Foundation.open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw Failure.unreadable(path: path, why: String(cString: strerror(errno))) }
        defer { Foundation.close(descriptor) }
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw Failure.unreadable(path: path, why: String(cString: strerror(errno)))
        }
    }

    private static func syncFolder(of path: String) throws {
        let folder = Foundation.open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY)
        guard folder >= 0 else { throw Failure.unreadable(path: path, why: String(cString: strerror(errno))) }
        defer { Foundation.close(folder) }
        guard fsync(folder) == 0 else { throw Failure.unreadable(path: path, why: String(cString: strerror(errno))) }
    }

    /// A key to sign the log with, in base64.
    private static func newSecret(of name: String, path: String) throws -> String {
        if name == sm2Member {
            guard let made = SM2Signer.newSecret() else {
                throw Failure.unreadable(path: path, why: "libcrypto makes no SM2 key")
            }
            return Data(made).base64EncodedString()
        }
        return SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// Adds a member to a file that lacks it, keeping all else. Several processes may try at once: the folder is locked, and
    /// what the first one added stays.
    private static func add(_ name: String, path: String, _ value: () throws -> String) throws {
        func fail() -> Failure {
            .unreadable(path: path, why: "adding `\(name)` failed: " + String(cString: strerror(errno)))
        }
        let folder = Foundation.open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw fail() }
        // Let go by name: a process that is just being started has a copy of the descriptor for a moment.
        defer {
            flock(folder, LOCK_UN)
            Foundation.close(folder)
        }
        guard flock(folder, LOCK_EX) == 0 else { throw fail() }
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data)),
            case .object(let members) = node.value
        else { throw Failure.unreadable(path: path, why: "it is no JSON object") }
        guard node[name] == nil else { return }
        let value = try value()
        var json = JSONWriter()
        json.object { json in
            for member in members {
                json.name(member.name)
                json.node(member.node)
            }
            json.member(name, value)
        }
        // One that was left by a process that ended in between.
        unlink(path + ".new")
        try write(json.bytes + [10], to: path + ".new")
        guard rename(path + ".new", path) == 0, fsync(folder) == 0 else { throw fail() }
    }

    /// Checks that a log was written with these keys, by its first entry that tells.
    ///
    /// - Throws: ``Failure/foreign``.
    func requireFits(_ log: any StoreReading) throws {
        for entry in try log.entries(after: 0, limit: 100) where !entry.keys.isEmpty {
            if let subject = entry.subject {
                guard let secret = try log.secret(subject) else { continue }
                do { _ = try ledger.unwrap(secret) } catch { throw Failure.foreign }
                return
            }
            if [.access, .erasure, .retention].contains(entry.kind) { continue }
            guard entry.keys.contains(ledger.key(.registry)) else { throw Failure.foreign }
            return
        }
    }
}

/// Lower-case hexadecimal.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
