import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder of compiled time zones, checked to be recent.
///
/// Any number of callers may use one at once. The system's own conversions are never used: a library may carry tables
/// of its own that are years old.
public final class ZoneDatabase: Sendable {
    /// Where tzdata is installed.
    public static let systemFolder = "/usr/share/zoneinfo"

    /// The folder that the zones are read from.
    public let folder: String
    /// The tzdata release, such as `2026f`.
    public let version: String
    private let zones = Mutex<[String: Zone]>([:])

    /// Opens a folder and reads its release from the first line of `tzdata.zi`, or from `+VERSION` if that is absent.
    ///
    /// - Parameters:
    ///   - folder: A folder as `zic` fills it.
    ///   - oldest: The oldest release accepted, such as `2026f`.
    /// - Throws: ``ZoneError/versionUnknown(folder:)`` or ``ZoneError/outdated(found:oldest:folder:)``, and
    ///   ``ZoneError/invalidRelease(_:)`` where `oldest` is none; do not start.
    public init(folder: String = ZoneDatabase.systemFolder, oldest: String = "2026f") throws(ZoneError) {
        guard let required = ZoneRelease(oldest) else { throw .invalidRelease(oldest) }
        guard let found = try ZoneDatabase.release(in: folder) else { throw .versionUnknown(folder: folder) }
        guard found >= required else { throw .outdated(found: found.text, oldest: oldest, folder: folder) }
        self.folder = folder
        self.version = found.text
    }

    /// The zone of that name, read on first use and kept.
    ///
    /// - Throws: ``ZoneError``; nothing is kept, and the next call reads again.
    /// - Complexity: O(1) after the first use.
    public func zone(named name: String) throws(ZoneError) -> Zone {
        if let zone = zones.withLock({ $0[name] }) { return zone }
        // Read outside the lock: another caller may do the same work, and the first to finish is kept.
        let zone = try Zone(name: name, tzif: bytes(named: name))
        return zones.withLock { zones in
            if let kept = zones[name] { return kept }
            zones[name] = zone
            return zone
        }
    }

    /// The zone's file as it is, unparsed.
    ///
    /// - Parameter name: As in `America/Vancouver`: parts of ASCII letters, digits, `_`, `+` and `-`, joined by `/`.
    /// - Throws: ``ZoneError/invalidName(_:)``, ``ZoneError/notFound(zone:folder:)`` or
    ///   ``ZoneError/unreadable(path:errno:)``.
    public func bytes(named name: String) throws(ZoneError) -> [UInt8] {
        // No dots: no way out of the folder, and none of tzdata's own tables.
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isValid =
            name.utf8.count <= 255
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
                            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                    }
            }
        guard isValid else { throw .invalidName(name) }
        let limit = 1 << 20
        guard let bytes = try ZoneDatabase.contents("\(folder)/\(name)", upTo: limit + 1) else {
            throw .notFound(zone: name, folder: folder)
        }
        guard bytes.count <= limit else { throw .malformed(zone: name, reason: "it is longer than 1 MiB") }
        return bytes
    }

    private static func release(in folder: String) throws(ZoneError) -> ZoneRelease? {
        let prefix = "# version "
        let head = try contents("\(folder)/tzdata.zi", upTo: 256)
        if let line = head?.split(separator: UInt8(ascii: "\n")).first {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix(prefix) { return ZoneRelease(text.dropFirst(prefix.count)) }
        }
        let line = try contents("\(folder)/+VERSION", upTo: 256)?.split(separator: UInt8(ascii: "\n")).first
        return line.flatMap { ZoneRelease(String(decoding: $0, as: UTF8.self)) }
    }

    /// The file's first bytes; nil where there is no such file, or a folder in its place.
    private static func contents(_ path: String, upTo limit: Int) throws(ZoneError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable(path: path, errno: errno)
        }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while result.count < limit {
            let count = read(descriptor, &buffer, min(buffer.count, limit - result.count))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EISDIR { return nil }
                throw .unreadable(path: path, errno: errno)
            }
            result.append(contentsOf: buffer[..<count])
        }
        return result
    }
}

/// A release of tzdata: `2026f`, `2026z`, `2026za` in order; a suffix such as `-dirty` is kept and not compared.
private struct ZoneRelease: Comparable {
    var text: String
    var year: Int
    var letters: String

    init?(_ text: some StringProtocol) {
        let digits = text.utf8.prefix { (48...57).contains($0) }
        let letters = text.utf8.dropFirst(digits.count).prefix { (97...122).contains($0) }
        let rest = text.utf8.dropFirst(digits.count + letters.count)
        guard digits.count == 4, let year = Int(String(decoding: digits, as: UTF8.self)), !letters.isEmpty,
            rest.isEmpty || rest.first == UInt8(ascii: "-")
        else { return nil }
        self.text = String(text)
        self.year = year
        self.letters = String(decoding: letters, as: UTF8.self)
    }

    static func < (a: ZoneRelease, b: ZoneRelease) -> Bool { (a.year, a.letters) < (b.year, b.letters) }
    static func == (a: ZoneRelease, b: ZoneRelease) -> Bool { (a.year, a.letters) == (b.year, b.letters) }
}
