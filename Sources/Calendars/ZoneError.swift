/// Why a time zone, or the database of time zones, cannot be used.
///
/// None of these passes with time: the database must be mended or the name corrected, then the load repeated.
public enum ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The zone's file breaks RFC 9636; `reason` says where.
    case malformed(zone: String, reason: String)
    /// The text cannot be the name of a zone.
    case invalidName(String)
    /// The folder holds no zone of that name.
    case notFound(zone: String, folder: String)
    /// The file exists and cannot be read; `errno` is the system's error number.
    case unreadable(path: String, errno: Int32)
    /// The text cannot be a release of tzdata.
    case invalidRelease(String)
    /// The folder does not say which release of tzdata it holds.
    case versionUnknown(folder: String)
    /// The folder's release is older than the oldest that is accepted.
    case outdated(found: String, oldest: String, folder: String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .malformed(let zone, let reason):
            "time zone file `\(zone)` is malformed: \(reason); install tzdata again"
        case .invalidName(let name):
            "`\(name)` is not the name of a time zone; write it as in `America/Vancouver`"
        case .notFound(let zone, let folder):
            "there is no time zone `\(zone)` in `\(folder)`; check its spelling, or install tzdata-legacy for old names"
        case .unreadable(let path, let errno):
            "cannot read `\(path)` (error \(errno)); check its permissions"
        case .invalidRelease(let text):
            "`\(text)` is not a release of tzdata; write it as in `2026f`"
        case .versionUnknown(let folder):
            """
            cannot tell the tzdata release of `\(folder)`: neither `tzdata.zi` nor `+VERSION` names one; \
            install the tzdata package, or name the folder that holds it
            """
        case .outdated(let found, let oldest, let folder):
            """
            tzdata \(found) in `\(folder)` is older than \(oldest), so local times may be wrong; \
            install tzdata \(oldest) or later, or name a folder that holds it
            """
        }
    }
}

/// What is wrong with a file, before its name is known.
struct ZoneFault: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}
