/// Why a witness gave no cosignature.
public enum WitnessFault: Error, Hashable, Sendable {
    /// It cannot be asked, or does not answer in time.
    case unanswered(why: String)
    /// An answer that the protocol gives no meaning, such as 500 or 429.
    case status(Int)
    /// It does not know this log.
    case unknownLog
    /// It does not take this log's key.
    case notTrusted
    /// It finds that the log does not continue what it cosigned at this size.
    case inconsistent(size: Int64)
    /// It cosigned another root of this very size.
    case otherHistory(size: Int64)
    /// It cosigned more entries than the checkpoint has.
    case ahead(size: Int64)
    /// It says 409 and not which size it knows, or another one each time.
    case conflict
    /// It says 200 and gives no cosignature of the key that it was named with.
    case noCosignature
    case wrongCosignature(why: String)

    /// Whether asking again alone will not help: somebody has to look.
    public var isRefusal: Bool {
        switch self {
        case .unanswered, .status: false
        default: true
        }
    }
}

extension WitnessFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unanswered(let why): "it cannot be asked: \(why)"
        case .status(let status): "it answered \(status)"
        case .unknownLog: "it does not know this log; give its operator the log's key, GET /v1/log/key"
        case .notTrusted: "it knows the log by another key; give its operator the log's key, GET /v1/log/key"
        case .inconsistent(let size):
            "it finds that the log does not continue the \(size) entries that it cosigned; run `callgate log verify`"
        case .otherHistory(let size):
            "it cosigned another history of \(size) entries; run `callgate log verify`"
        case .ahead(let size): "it cosigned \(size) entries, more than the log has: the log was cut, or is an old copy"
        case .conflict: "it answered 409 and names no size"
        case .noCosignature: "it gave no cosignature of the key that it is configured with"
        case .wrongCosignature(let why): "its cosignature cannot be used: \(why)"
        }
    }
}
